"""The flows that are declared against what policies admit: what is blocked, and what is open beyond them."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from postrender.proof.reachability import parties, ports, ranges
from postrender.proof.reachability.declared import Flow, blocked, open_beyond
from postrender.proof.reachability.verdict import verdict
from postrender.proof.reachability.world import World
from tests.proof.reachability.test_brute_force import PODS, PROTOCOLS, worlds
from tests.proof.reachability.worlds import Object, named, namespace, pod, policy, world

WEB, FRIEND = pod("web", app="web"), pod("friend", app="friend")
CLIENTS = parties.networks("clients", ["10.0.0.0/8"], caller=True)


def into_web(*rules: dict[str, Any]) -> Object:
    spec = {
        "podSelector": {"matchLabels": {"app": "web"}},
        "policyTypes": ["Ingress"],
        "ingress": list(rules),
    }
    return policy(spec)


def beyond(made: World, *flows: Flow) -> list[str]:
    return [
        found.text for found in open_beyond(made, [named(made, "web")], flows) if found.direction == "Ingress"
    ]


def flow(made: World, source: str | parties.Party, *numbers: int) -> Flow:
    origin = named(made, source) if isinstance(source, str) else source
    return Flow(origin, named(made, "web"), ports.tcp(*numbers), "")


def test_nothing_is_open_beyond_what_is_declared() -> None:
    friends = {"podSelector": {"matchLabels": {"app": "friend"}}}
    block = {"ipBlock": {"cidr": "10.1.0.0/16"}}
    made = world(WEB, FRIEND, into_web({"from": [friends, block], "ports": [{"port": 80, "endPort": 81}]}))
    deployment_like = parties.pods("friends", {"app": "friend"}, "a")
    assert beyond(made, flow(made, deployment_like, 80, 81), flow(made, CLIENTS, 80, 81)) == []
    assert beyond(made, flow(made, deployment_like, 80, 81), flow(made, CLIENTS, 80)) == [
        (
            "Ingress of Pod web: NetworkPolicy a/p ingress[0].from[1] admits 10.1.0.0/16 on TCP 80-81, "
            "of which some is not declared, such as 10.1.0.0/16 on TCP 81"
        )
    ]
    assert beyond(made, flow(made, CLIENTS, 80, 81)) == [
        (
            "Ingress of Pod web: NetworkPolicy a/p ingress[0].from[0] admits pods with app=friend "
            "in namespace a on TCP 80-81, and no such flow is declared"
        )
    ]


def test_a_pod_without_policies_is_open_to_everybody() -> None:
    assert beyond(world(WEB)) == ["Ingress of Pod web: no NetworkPolicy limits it"]


def test_a_flow_of_which_a_part_does_not_pass_is_blocked() -> None:
    made = world(
        WEB, FRIEND, into_web({"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 80}]})
    )
    stated = [flow(made, CLIENTS, 80), flow(made, CLIENTS, 80, 81), flow(made, "friend", 80)]
    found = blocked(made, stated)
    assert [(each.flow, ports.text(each.ports), each.verdict.allowed) for each in found] == [
        (stated[1], "TCP 81", False),
        (stated[2], "TCP 80", False),
    ]


def test_names_of_ports_that_nobody_knows_may_open_any() -> None:
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": "http"}]}]}
    made = world(WEB, policy(spec))
    found = [each for each in open_beyond(made, [named(made, "web")], []) if each.direction == "Egress"]
    assert [part.text for each in found for part in each.beyond] == ["any pod of the cluster on all TCP"]


# Whoever there may be, in small: any labels, two namespaces of the world and a third one.
SOMEBODY = st.builds(
    lambda app, tier, place: parties.pods(
        "somebody", {key: value for key, value in (("app", app), ("tier", tier)) if value}, place
    ),
    st.sampled_from(("x", "y", "z")),
    st.sampled_from(("x", "y", "z")),
    st.sampled_from(("a", "b", "c")),
) | st.sampled_from(("10.0.0.1", "10.0.0.6", "10.1.0.1", "2001:db8::1", "192.0.2.1")).map(parties.address)
DECLARED = st.lists(
    st.tuples(
        SOMEBODY | st.just(parties.ANY_ADDRESS) | st.just(parties.ANY_OTHER_POD),
        st.sampled_from((ports.ALL, ports.TCP, ports.tcp(1, 2, 3))),
    ),
    max_size=3,
)


@settings(max_examples=200, deadline=None)
@given(worlds(), st.sampled_from(PODS), DECLARED, SOMEBODY, st.integers(1, 7), st.sampled_from(PROTOCOLS))
def test_whoever_gets_in_is_declared_or_open_beyond(
    objects: list[Object],
    destination: str,
    declared: list[tuple[parties.Party, ranges.Ranges]],
    somebody: parties.Party,
    port: int,
    protocol: str,
) -> None:
    """For each peer and port: it is open beyond the flows where it gets in and no flow declares it."""
    made = world(*objects, namespace("c", team="z"))
    into = named(made, destination)
    found = open_beyond(made, [into], [Flow(who, into, at, "") for who, at in declared])
    asked = ports.of(protocol, port)
    (who,) = somebody.parts

    def among(traffic_ports: ranges.Ranges, others: Any) -> bool:
        return bool(ranges.meet(traffic_ports, asked)) and not who.meet(others).empty

    gets_in = verdict(made, somebody, into, port, protocol).allowed is not False
    is_declared = any(
        ranges.meet(at, asked) and who.within(one) for party, at in declared for one in party.parts
    )
    is_beyond = any(
        among(part.ports, part.peers) for each in found if each.direction == "Ingress" for part in each.beyond
    )
    if is_beyond:
        assert gets_in
        assert not is_declared
    elif gets_in:
        assert is_declared or any(among(at, one) for party, at in declared for one in party.parts)
