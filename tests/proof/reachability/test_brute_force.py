"""The answers beside those of a reading of the documentation, word for word, connection by connection.

Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

import ipaddress
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from postrender.proof.reachability import ports, ranges
from postrender.proof.reachability.verdict import verdict
from postrender.proof.reachability.world import between
from tests.proof.reachability.worlds import Object, endpoint, namespace, pod, policy, world

NAME = "kubernetes.io/metadata.name"
ADDRESSES = ("10.0.0.1", "10.0.0.6", "10.1.0.1", "2001:db8::1")
PORTS, PROTOCOLS = range(1, 7), ("TCP", "UDP")
PODS = ("p0", "p1", "p2", "p3")
FIRST_PORTS = ranges.union(ports.of(protocol, 1, 6) for protocol in PROTOCOLS)


# What the documentation says, on the objects as they are written.


def connects(objects: list[Object], source: str, destination: str, port: int, protocol: str) -> bool:
    if source == destination:
        return True
    egress = admits(objects, source, destination, "Egress", destination, port, protocol)
    return egress and admits(objects, destination, source, "Ingress", destination, port, protocol)


def admits(
    objects: list[Object], own: str, other: str, direction: str, destination: str, port: int, protocol: str
) -> bool:
    pods = {one["metadata"]["name"]: one for one in objects if one["kind"] == "Pod"}
    if own not in pods:
        return True
    spaces = {one["metadata"]["name"]: one["metadata"] for one in objects if one["kind"] == "Namespace"}
    me = pods[own]["metadata"]
    rules: list[Any] = []
    isolated = False
    for one in objects:
        if one["kind"] != "NetworkPolicy" or one["metadata"]["namespace"] != me["namespace"]:
            continue
        spec = one["spec"]
        types = spec.get("policyTypes") or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
        if direction in types and matches(spec["podSelector"], me["labels"]):
            isolated = True
            rules += spec.get(direction.lower()) or []

    def has_peer(rule: Any) -> bool:
        peers = rule.get("from" if direction == "Ingress" else "to") or []
        return not peers or any(is_peer(peer) for peer in peers)

    def is_peer(peer: Any) -> bool:
        if "ipBlock" in peer:
            if other in pods:
                return False
            address, block = ipaddress.ip_address(other), peer["ipBlock"]
            holes = [ipaddress.ip_network(hole) for hole in block.get("except") or []]
            return address in ipaddress.ip_network(block["cidr"]) and not any(
                address in hole for hole in holes
            )
        if other not in pods:
            return False
        them = pods[other]["metadata"]
        if "namespaceSelector" in peer:
            labels = {**spaces[them["namespace"]]["labels"], NAME: them["namespace"]}
            near = matches(peer["namespaceSelector"], labels)
        else:
            near = them["namespace"] == me["namespace"]
        return near and matches(peer.get("podSelector", {}), them["labels"])

    def has_port(rule: Any) -> bool:
        return not rule.get("ports") or any(is_port(one) for one in rule["ports"])

    def is_port(one: Any) -> bool:
        if one.get("protocol", "TCP") != protocol:
            return False
        if isinstance(one.get("port"), str):
            containers = pods[destination]["spec"]["containers"] if destination in pods else []
            called = [
                own["containerPort"] for c in containers for own in c["ports"]
                if own["name"] == one["port"] and own.get("protocol", "TCP") == protocol
            ]  # fmt: skip
            return port in called
        return "port" not in one or one["port"] <= port <= one.get("endPort", one["port"])

    return not isolated or any(has_peer(rule) and has_port(rule) for rule in rules)


def matches(selector: Any, labels: dict[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        holds(one, labels) for one in selector.get("matchExpressions", [])
    )


def holds(expression: Any, labels: dict[str, str]) -> bool:
    there = expression["key"] in labels
    match expression["operator"]:
        case "In":
            return there and labels[expression["key"]] in expression["values"]
        case "NotIn":
            return not there or labels[expression["key"]] not in expression["values"]
        case "Exists":
            return there
    return not there


# Worlds of two namespaces and four pods.

VALUES = st.sampled_from(("x", "y"))


def selectors(keys: tuple[str, ...], names: tuple[str, ...] = ()) -> st.SearchStrategy[Object]:
    by_value = [
        st.fixed_dictionaries(
            {
                "key": st.just(key),
                "operator": st.sampled_from(("In", "NotIn")),
                "values": st.lists(st.sampled_from(names) if key == NAME else VALUES, min_size=1, max_size=2),
            }
        )
        for key in keys
    ]
    by_key = st.fixed_dictionaries(
        {"key": st.sampled_from(keys), "operator": st.sampled_from(("Exists", "DoesNotExist"))}
    )
    expressions: st.SearchStrategy[Object] = st.one_of(*by_value, by_key)
    by_label = st.dictionaries(st.sampled_from(keys[:2]), VALUES, max_size=1)
    return st.fixed_dictionaries(
        {}, optional={"matchLabels": by_label, "matchExpressions": st.lists(expressions, max_size=2)}
    )


POD_SELECTORS: st.SearchStrategy[Object] = st.just({}) | selectors(("app", "tier"))
NAMESPACE_SELECTORS = selectors(("team", "team", NAME), ("a", "b"))
BLOCKS = st.sampled_from(
    (
        {"cidr": "10.0.0.0/29"},
        {"cidr": "10.0.0.0/8", "except": ["10.0.0.4/30", "10.1.0.0/16"]},
        {"cidr": "0.0.0.0/0"},
        {"cidr": "2001:db8::/32"},
        {"cidr": "10.0.0.6/32"},
    )
)
PEERS = st.one_of(
    st.fixed_dictionaries({"podSelector": POD_SELECTORS}),
    st.fixed_dictionaries({"namespaceSelector": NAMESPACE_SELECTORS}),
    st.fixed_dictionaries({"podSelector": POD_SELECTORS, "namespaceSelector": NAMESPACE_SELECTORS}),
    st.fixed_dictionaries({"ipBlock": BLOCKS}),
)
PROTOCOL = {"protocol": st.sampled_from(PROTOCOLS)}
RULE_PORTS = st.one_of(
    st.fixed_dictionaries({}, optional=PROTOCOL),
    st.fixed_dictionaries({"port": st.integers(1, 6)}, optional=PROTOCOL),
    st.fixed_dictionaries({"port": st.integers(1, 3), "endPort": st.integers(3, 6)}, optional=PROTOCOL),
    st.fixed_dictionaries({"port": st.sampled_from(("http", "grpc"))}, optional=PROTOCOL),
)


def rules(side: str) -> st.SearchStrategy[list[Object]]:
    fields = {side: st.lists(PEERS, max_size=3), "ports": st.lists(RULE_PORTS, min_size=1, max_size=3)}
    whole = st.fixed_dictionaries(fields)
    return st.lists(whole | whole | st.fixed_dictionaries({}, optional=fields), max_size=3)


POLICIES = st.builds(
    policy,
    st.fixed_dictionaries(
        {"podSelector": POD_SELECTORS, "ingress": rules("from"), "egress": rules("to")},
        optional={"policyTypes": st.lists(st.sampled_from(("Ingress", "Egress")), unique=True, max_size=2)},
    ),
    st.just("p"),
    st.sampled_from(("a", "b")),
)
CONTAINER_PORTS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(("http", "grpc")), "containerPort": st.integers(1, 6)}, optional=PROTOCOL
    ),
    max_size=2,
    unique_by=lambda port: port["name"],
)
LABELS = st.fixed_dictionaries({}, optional={"app": VALUES, "tier": VALUES})


@st.composite
def worlds(draw: st.DrawFn) -> list[Object]:
    """Four pods, up to four policies, and the two namespaces with a label of their own."""
    found = [
        pod(name, namespace=draw(st.sampled_from(("a", "b"))), ports=draw(CONTAINER_PORTS), **draw(LABELS))
        for name in PODS
    ]
    found += draw(st.lists(POLICIES, min_size=1, max_size=4))
    for name in ("a", "b"):
        found.append(namespace(name, team=draw(VALUES)))
    return found


PAIRS = [
    (source, destination)
    for source, destination in product((*PODS, *ADDRESSES), repeat=2)
    if source in PODS or destination in PODS
]


@settings(max_examples=200, deadline=None)
@given(worlds())
def test_agrees_on_every_connection(objects: list[Object]) -> None:
    made = world(*objects)
    for source, destination in PAIRS:
        expected = ranges.union(
            ports.of(protocol, port)
            for port in PORTS
            for protocol in PROTOCOLS
            if connects(objects, source, destination, port, protocol)
        )
        found = between(made, endpoint(made, source), endpoint(made, destination))
        assert ranges.meet(found.certain, FIRST_PORTS) == expected
        assert ranges.meet(found.possible, FIRST_PORTS) == expected


@settings(max_examples=200, deadline=None)
@given(worlds(), st.sampled_from(PAIRS), st.sampled_from(PORTS), st.sampled_from(PROTOCOLS))
def test_a_verdict_agrees_and_says_why(
    objects: list[Object], pair: tuple[str, str], port: int, protocol: str
) -> None:
    made = world(*objects)
    found = verdict(made, endpoint(made, pair[0]), endpoint(made, pair[1]), port, protocol)
    assert found.allowed is connects(objects, *pair, port, protocol)
    effects = {reason.effect for reason in found.because}
    assert ("isolates" in effects) is not found.allowed
    assert effects & {"always", "open", "admits", "isolates"}


@settings(max_examples=200, deadline=None)
@given(worlds(), st.sampled_from(PAIRS), st.sampled_from(PORTS), st.sampled_from(PROTOCOLS))
def test_what_nobody_knows_of_namespaces_makes_no_answer_wrong(
    objects: list[Object], pair: tuple[str, str], port: int, protocol: str
) -> None:
    """A yes and a no stand whatever labels the namespaces turn out to have."""
    known = [one for one in objects if one["kind"] != "Namespace"]
    made = world(*known)
    found = verdict(made, endpoint(made, pair[0]), endpoint(made, pair[1]), port, protocol).allowed
    labels: list[dict[str, str]] = [{}, {"team": "x"}, {"team": "y"}, {"team": "z"}]
    truths = {
        connects([*known, namespace("a", **first), namespace("b", **second)], *pair, port, protocol)
        for first, second in product(labels, repeat=2)
    }
    assert found is None or truths == {found}
