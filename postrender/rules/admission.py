"""What the NetworkPolicies that stand already admit, compared with rules of ours by their structure.

Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from postrender.manifests.manifest import Manifest, Object, Path

INGRESS, EGRESS = "Ingress", "Egress"
_SIDES = {INGRESS: "from", EGRESS: "to"}


def isolates(policy: Manifest, direction: str) -> bool:
    """Whether the policy limits that direction.

    Without types it is for ingress, and for egress where it has rules for it.
    """
    types = policy.list("spec", "policyTypes")
    return direction in types if types else direction == INGRESS or bool(policy.list("spec", "egress"))


def admits_everything(policy: Manifest, direction: str) -> bool:
    """Whether the policy has a rule without peers and without ports: anyone, on any port."""
    return isolates(policy, direction) and any(
        not policy.maps(*path, _SIDES[direction]) and not policy.maps(*path, "ports")
        for path in _rules(policy, direction)
    )


def admits(policies: list[Manifest], direction: str, wanted: tuple[Object, ...]) -> bool:
    """Whether for each wanted rule one of the policies' rules has its peers and its ports, or any."""
    return all(
        any(
            _has_peers(policy, path, _SIDES[direction], rule) and _has_ports(policy, path, rule)
            for policy in policies
            for path in _rules(policy, direction)
        )
        for rule in wanted
    )


def _rules(policy: Manifest, direction: str) -> Iterator[Path]:
    base = ("spec", direction.lower())
    for index, _ in enumerate(policy.maps(*base)):
        yield (*base, str(index))


def _has_peers(policy: Manifest, path: Path, side: str, rule: Object) -> bool:
    theirs = [(*path, side, str(index)) for index, _ in enumerate(policy.maps(*path, side))]
    wanted = rule.get(side) or []
    if not theirs or not wanted:  # none means any
        return not theirs
    return all(any(_has_peer(policy, place, peer) for place in theirs) for peer in wanted)


def _has_peer(policy: Manifest, path: Path, wanted: Object) -> bool:
    block = policy.map(*path, "ipBlock")
    if block or "ipBlock" in wanted:
        both = bool(block) and "ipBlock" in wanted and not policy.list(*path, "ipBlock", "except")
        return both and _within(wanted["ipBlock"]["cidr"], policy.text(*path, "ipBlock", "cidr"))
    namespaces, pods = policy.selector(*path, "namespaceSelector"), policy.selector(*path, "podSelector")
    if namespaces is None and pods is None:
        return False
    if namespaces is None:  # the policy's own namespace
        near = "namespaceSelector" not in wanted
    else:
        near = _wider(namespaces, wanted.get("namespaceSelector") or {})
    return near and _wider(pods or {}, wanted.get("podSelector") or {})


def _within(network: str, other: str) -> bool:
    """Whether the network (a CIDR) is a part of the other."""
    if network == other:
        return True
    import ipaddress  # here, for it takes time to load and only teams' own policies need it

    try:
        inner, outer = ipaddress.ip_network(network, strict=False), ipaddress.ip_network(other, strict=False)
    except ValueError:
        return False
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False


def _wider(selector: Object, other: Object) -> bool:
    """Whether the selector picks all that the other picks: it asks for nothing that the other does not."""
    asked = _asked(other)
    return all(any(_follows(one, from_) for from_ in asked) for one in _asked(selector))


def _asked(selector: Object) -> list[tuple[str, str, frozenset[Any]]]:
    """What a selector asks of labels, each as key, operator and values."""
    labels = [
        (key, "In", frozenset((value or "",))) for key, value in (selector.get("matchLabels") or {}).items()
    ]
    return labels + [
        (one.get("key", ""), one.get("operator", ""), frozenset(one.get("values") or ()))
        for one in selector.get("matchExpressions") or []
    ]


def _follows(one: tuple[str, str, frozenset[Any]], other: tuple[str, str, frozenset[Any]]) -> bool:
    """Whether labels that meet the other demand meet this one too."""
    key, operator, values = one
    if key != other[0] or other[1] != "In":
        return one == other
    return operator == "Exists" or (operator == "In" and other[2] <= values)


def _has_ports(policy: Manifest, path: Path, rule: Object) -> bool:
    theirs = [(*path, "ports", str(index)) for index, _ in enumerate(policy.maps(*path, "ports"))]
    wanted = rule.get("ports") or []
    if not theirs or not wanted:  # none means any
        return not theirs
    return all(any(_has_port(policy, place, port) for place in theirs) for port in wanted)


def _has_port(policy: Manifest, path: Path, wanted: Object) -> bool:
    if (policy.text(*path, "protocol") or "TCP") != wanted["protocol"]:
        return False
    if policy.at(*path, "port") is None:
        return True
    if "port" not in wanted or isinstance(policy.at(*path, "port"), str):  # a name is a pod's own affair
        return False
    first = policy.number(*path, "port") or 0
    last = policy.number(*path, "endPort") or first
    lowest: int = wanted["port"]
    highest: int = wanted.get("endPort", lowest)
    return first <= lowest and highest <= last
