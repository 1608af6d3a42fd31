"""NetworkPolicies, read as the API server takes them.

Sources: https://kubernetes.io/docs/concepts/services-networking/network-policies/ and
https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from postrender.errors import UnreadableError
from postrender.manifests.manifest import Manifest, Object, Path, pointer
from postrender.manifests.release import Release
from postrender.proof.reachability import addresses, labels, peers, ports, ranges
from postrender.proof.reachability.labels import Label, Scope, Values
from postrender.proof.reachability.peers import ANYBODY, Peers
from postrender.proof.reachability.ranges import Ranges

INGRESS, EGRESS = "Ingress", "Egress"
DIRECTIONS = (INGRESS, EGRESS)
_SIDES = {INGRESS: "from", EGRESS: "to"}
# IANA service names: a port's name has at least one letter, else it would be a number in quotes.
_PORT_NAME = re.compile(r"(?=[a-z0-9-]{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")


class Rule(NamedTuple):
    """A rule of a policy; `place` is `ingress[1]`. Traffic must have one of its peers and one of its ports.

    `peers`: each with its place, `ingress[1].from[0]`. `names`: ports by protocol and name, which mean
    whatever the destination's containers call so.
    """

    place: str
    peers: tuple[tuple[str, Peers], ...]
    numbers: Ranges
    names: tuple[tuple[str, str], ...]


class NetworkPolicy(NamedTuple):
    """A policy for the pods that `selects` holds. `rules`: by direction; a direction that is not in it is
    left open. `hook`: Helm runs it apart from the release, so that it may be there or not.
    """

    name: str
    namespace: str
    selects: Peers
    rules: dict[str, tuple[Rule, ...]]
    hook: bool

    @property
    def title(self) -> str:
        """`NetworkPolicy scalardl/ledger`"""
        return (
            f"NetworkPolicy {self.namespace}/{self.name}" if self.namespace else f"NetworkPolicy {self.name}"
        )


def of(release: Release, namespace: str) -> list[NetworkPolicy]:
    """The policies of the release. `namespace`: where those stand that state none; empty: not known.

    Raises UnreadableError where the API server would refuse one.
    """
    return [
        read(manifest, manifest.namespace or namespace)
        for manifest in release.of_kind("NetworkPolicy")
        if manifest.group == "networking.k8s.io"
    ]


def read(manifest: Manifest, namespace: str) -> NetworkPolicy:
    """The policy that the object is. Raises UnreadableError where the API server would refuse it."""
    types = manifest.list("spec", "policyTypes")
    for index, found in enumerate(types):
        if found not in DIRECTIONS:
            raise _refused(manifest, ("spec", "policyTypes", str(index)), "is neither Ingress nor Egress")
    # Without types: for ingress always, for egress where there are rules for it.
    directions = types or [INGRESS, *([EGRESS] if manifest.list("spec", "egress") else [])]
    chosen = {**peers.namespace(namespace), **_asked(manifest, ("spec", "podSelector"), "pod")}
    return NetworkPolicy(
        name=manifest.name,
        namespace=namespace,
        selects=peers.pods(chosen),
        rules={one: tuple(_rules(manifest, one, namespace)) for one in DIRECTIONS if one in directions},
        hook=bool(manifest.hooks),
    )


def _rules(manifest: Manifest, direction: str, namespace: str) -> Iterator[Rule]:
    field, side = direction.lower(), _SIDES[direction]
    for index, _ in enumerate(manifest.maps("spec", field)):
        path, place = ("spec", field, str(index)), f"{field}[{index}]"
        found = tuple(
            (f"{place}.{side}[{number}]", _peer(manifest, (*path, side, str(number)), namespace))
            for number, _ in enumerate(manifest.maps(*path, side))
        )
        numbers: list[Ranges] = []
        names: list[tuple[str, str]] = []
        for number, port in enumerate(manifest.maps(*path, "ports")):
            _port(manifest, (*path, "ports", str(number)), port, numbers, names)
        everything = not numbers and not names
        yield Rule(
            place,
            found or ((place, ANYBODY),),
            ports.ALL if everything else ranges.union(numbers),
            tuple(dict.fromkeys(names)),
        )


def _peer(manifest: Manifest, path: Path, namespace: str) -> Peers:
    by_pod, by_namespace = (manifest.at(*path, f"{scope}Selector") for scope in ("pod", "namespace"))
    if manifest.at(*path, "ipBlock") is not None:
        if by_pod is not None or by_namespace is not None:
            raise _refused(manifest, path, "has an ipBlock beside a selector; make two peers of them")
        return Peers(_block(manifest, (*path, "ipBlock")))
    if by_pod is None and by_namespace is None:
        raise _refused(manifest, path, "is no peer: it has no podSelector, namespaceSelector or ipBlock")
    asked = _asked(manifest, (*path, "podSelector"), "pod")
    if by_namespace is None:
        return peers.pods({**asked, **peers.namespace(namespace)})
    return peers.pods({**asked, **_asked(manifest, (*path, "namespaceSelector"), "namespace")})


def _block(manifest: Manifest, path: Path) -> Ranges:
    block = _network(manifest, (*path, "cidr"))
    left = block
    for index, _ in enumerate(manifest.list(*path, "except")):
        at = (*path, "except", str(index))
        hole = _network(manifest, at)
        if hole == block or ranges.minus(hole, block):
            raise _refused(manifest, at, "is no smaller part of its cidr")
        left = ranges.minus(left, hole)
    return left


def _network(manifest: Manifest, path: Path) -> Ranges:
    try:
        return addresses.network(manifest.text(*path))
    except ValueError:
        raise _refused(manifest, path, "is no CIDR, such as 10.0.0.0/8") from None


def _port(
    manifest: Manifest, path: Path, port: Object, numbers: list[Ranges], names: list[tuple[str, str]]
) -> None:
    protocol = manifest.text(*path, "protocol") or "TCP"
    if protocol not in ports.PROTOCOLS:
        raise _refused(manifest, (*path, "protocol"), "is none of TCP, UDP, SCTP")
    last = manifest.number(*path, "endPort")
    if isinstance(port.get("port"), str):
        name = manifest.text(*path, "port")
        if not _PORT_NAME.fullmatch(name):
            raise _refused(
                manifest, (*path, "port"), "is no name of a port; a number is written without quotes"
            )
        if last is not None:
            raise _refused(manifest, (*path, "endPort"), "stands beside a name; a range starts with a number")
        names.append((protocol, name))
        return
    first = manifest.number(*path, "port")
    if first is None:
        if last is not None:
            raise _refused(manifest, (*path, "endPort"), "stands without a port with which the range starts")
        numbers.append(ports.of_protocol(protocol))
        return
    try:
        numbers.append(ports.of(protocol, first, last))
    except ValueError:
        field = "port" if last is None else "endPort"
        raise _refused(manifest, (*path, field), "is no port from 1 to 65535 in ascending order") from None


def _asked(manifest: Manifest, path: Path, scope: Scope) -> dict[Label, Values]:
    """What the selector at `path` asks; nothing where there is none."""
    selector = manifest.selector(*path)
    for index, expression in enumerate(manifest.maps(*path, "matchExpressions")):
        at = (*path, "matchExpressions", str(index))
        if not expression.get("key"):
            raise _refused(manifest, at, "has no key")
        operator, values = expression.get("operator"), manifest.list(*at, "values")
        if operator not in labels.OPERATORS:
            raise _refused(manifest, (*at, "operator"), f"is none of {', '.join(labels.OPERATORS)}")
        for number, value in enumerate(values):
            if not isinstance(value, str):
                raise manifest.misshapen((*at, "values", str(number)), "text", value)
        if bool(values) != (operator in ("In", "NotIn")):
            raise _refused(manifest, (*at, "values"), "belongs to In and NotIn, which need one value or more")
    return labels.asked(selector, scope)


def _refused(manifest: Manifest, path: Path, why: str) -> UnreadableError:
    return UnreadableError(f"{manifest.where}: {pointer(path)} {why}; the API server refuses it")
