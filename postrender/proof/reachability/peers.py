"""Sets of peers and of traffic that can be met and subtracted exactly, for all addresses, pods and ports.

Each set is a product (addresses, what is asked of each label, ports); what is left of one product
after another is taken away is a few products that do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from postrender.proof.reachability import addresses, labels, ports, ranges
from postrender.proof.reachability.labels import HOME, NAME, Label, Values
from postrender.proof.reachability.ranges import Ranges


class Peers(NamedTuple):
    """Addresses, and among them (addresses.PODS) the pods with such labels; labels: only of pods alone.

    `closed`: the pods have no labels of their own but the named ones. Of namespaces nobody knows that.
    """

    addresses: Ranges
    labels: Mapping[Label, Values] = {}
    closed: bool = False

    def at(self, label: Label) -> Values:
        """The values that the label may have."""
        found = self.labels.get(label)
        if found is not None:
            return found
        if label == NAME:
            return labels.THERE
        return labels.ABSENT if self.closed and label[0] == "pod" else labels.ANY

    @property
    def empty(self) -> bool:
        return not self.addresses or any(values.empty for values in self.labels.values())

    def meet(self, other: Peers) -> Peers:
        """Those in both."""
        met = {label: self.at(label).meet(other.at(label)) for label in (*self.labels, *other.labels)}
        found = ranges.meet(self.addresses, other.addresses)
        return Peers(found, met, self.closed or other.closed)

    def minus(self, other: Peers) -> tuple[Peers, ...]:
        """Those in this one only, in parts that do not overlap; nothing is taken away by a closed one."""
        common = self.meet(other)
        # What one workload's pods are without, no few parts can say of all other pods.
        if common.empty or other.closed:
            return () if self.empty else (self,)
        left = [self._replace(addresses=ranges.minus(self.addresses, other.addresses))]
        rest = self._replace(addresses=common.addresses)
        for label, values in other.labels.items():
            own = rest.at(label)
            left.append(rest._replace(labels={**rest.labels, label: own.minus(values)}))
            rest = rest._replace(labels={**rest.labels, label: own.meet(values)})
        return tuple(part for part in left if not part.empty)

    def within(self, other: Peers) -> bool | None:
        """Whether they are all among the others; None where some are, or may be."""
        if self.meet(other).empty:
            return False
        return None if self.minus(other) else True

    @property
    def text(self) -> str:
        """`10.0.0.0/8`, `pods with app=envoy in namespace scalardl`, `anybody`."""
        if self.empty:
            return "nobody"
        if not self.labels and not self.closed and self.addresses == addresses.ANY:
            return "anybody"
        outside = addresses.text(self.addresses)
        if not ranges.meet(self.addresses, addresses.PODS):
            return outside
        return " and ".join(filter(None, (outside, _pods(self.labels))))


class Traffic(NamedTuple):
    """Peers and the ports that they talk at: of the destination, whoever that is."""

    peers: Peers
    ports: Ranges

    @property
    def empty(self) -> bool:
        return not self.ports or self.peers.empty

    def meet(self, other: Traffic) -> Traffic:
        """What is in both."""
        return Traffic(self.peers.meet(other.peers), ranges.meet(self.ports, other.ports))

    def minus(self, other: Traffic) -> tuple[Traffic, ...]:
        """What is in this one only, in parts that do not overlap."""
        common = self.meet(other)
        if common.empty:
            return () if self.empty else (self,)
        left = [Traffic(peers, self.ports) for peers in self.peers.minus(other.peers)]
        left.append(common._replace(ports=ranges.minus(self.ports, other.ports)))
        return tuple(part for part in left if not part.empty)

    @property
    def text(self) -> str:
        """`10.0.0.0/8 on TCP 443`"""
        return f"{self.peers.text} on {ports.text(self.ports)}"


_OWN = labels.one("release")
ANYBODY = Peers(addresses.ANY)
ANY_POD = Peers(addresses.PODS)


def left_of(traffic: Iterable[Traffic], taken: Iterable[Traffic]) -> list[Traffic]:
    """What remains of the traffic when all that is taken is gone."""
    left = [part for part in traffic if not part.empty]
    for gone in taken:
        left = [part for each in left for part in each.minus(gone)]
    return left


def pods(asked: Mapping[Label, Values]) -> Peers:
    """The pods with such labels."""
    return Peers(addresses.PODS, asked)


def namespace(name: str) -> dict[Label, Values]:
    """What tells the namespace of that name; an empty name is the release's own, which nobody names."""
    return {NAME: labels.one(name)} if name else {HOME: _OWN}


def _pods(asked: Mapping[Label, Values]) -> str:
    told: dict[str, list[str]] = {"pod": [], "namespace": []}
    for label, values in asked.items():
        key = {NAME: "name", HOME: "place"}.get(label, label[1])
        told[label[0]].append(labels.text(key, values))
    carrying, where = (list(filter(None, found)) for found in told.values())
    text = f"pods with {', '.join(carrying)}" if carrying else "any pod"
    name = asked.get(NAME)
    if where and asked.get(HOME) == _OWN:
        return f"{text} in the release's namespace"
    if name is not None and not name.others and len(where) == 1:
        return f"{text} in namespace {', '.join(sorted(filter(None, name.these)))}"
    return f"{text} in namespaces with {', '.join(where)}" if where else f"{text} of the cluster"
