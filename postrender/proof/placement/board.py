"""The nodes with the pods on them, and where the scheduler would let one more pod stand.

Nodes in the same state are kept as one entry with a count. The filters follow the scheduler's own:
https://github.com/kubernetes/kubernetes/tree/master/pkg/scheduler/framework/plugins
(noderesources, nodeports, interpodaffinity, podtopologyspread; homes.py has nodeaffinity, tainttoleration).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from postrender.proof.placement.groups import PodGroup, Spread
from postrender.proof.placement.stage import Stage
from postrender.proof.placement.terms import HOSTNAME

Snapshot = frozenset[tuple["Place", int]]


class Place(NamedTuple):
    """A node's state: what is free, its kind, for how many pods more, and how many pods of which groups."""

    free: tuple[int, ...]
    kind: int
    slots: int
    pods: tuple[tuple[int, int], ...]

    def counted(self, groups: frozenset[int]) -> int:
        """How many pods of these groups it has."""
        return sum(pods for number, pods in self.pods if number in groups)

    def has(self, number: int) -> int:
        """How many pods of that group it has."""
        return next((pods for one, pods in self.pods if one == number), 0)


class Board:
    """The nodes of a stage and the pods on them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.alike: dict[Place, int] = {}
        for number, kind in enumerate(stage.kinds):
            if kind.nodes:
                free = tuple(kind.room.get(resource, 0) for resource in stage.resources)
                place = Place(free, number, kind.pods, ())
                self.alike[place] = self.alike.get(place, 0) + kind.nodes
        self.placed = [0] * len(stage.groups)
        self.nodes = [kind.nodes for kind in stage.kinds]
        # How many pods of a group the nodes of a kind have.
        self.of_kind: list[dict[int, int]] = [{} for _ in stage.kinds]

    # -- changing -----------------------------------------------------------------------------

    def put(self, place: Place, number: int) -> Place:
        """Place a pod of the group on a node in that state; its state then."""
        return self._change(place, number, 1)

    def take(self, place: Place, number: int) -> Place:
        """Take a pod of the group from a node in that state; its state then."""
        return self._change(place, number, -1)

    def _change(self, place: Place, number: int, pods: int) -> Place:
        there = dict(place.pods)
        there[number] = there.get(number, 0) + pods
        asks = self.stage.groups[number].asks
        after = Place(
            tuple(free - pods * ask for free, ask in zip(place.free, asks, strict=True)),
            place.kind,
            place.slots - pods,
            tuple(sorted((one, count) for one, count in there.items() if count)),
        )
        self._swap(place, after)
        self.placed[number] += pods
        own = self.of_kind[place.kind]
        own[number] = own.get(number, 0) + pods
        return after

    def turn(self, place: Place, kind: int) -> Place:
        """Make a node in that state one of another kind, its pods staying; its state then."""
        after = place._replace(kind=kind)
        self._swap(place, after)
        self.nodes[place.kind] -= 1
        self.nodes[kind] += 1
        for number, pods in place.pods:
            self.of_kind[place.kind][number] -= pods
            self.of_kind[kind][number] = self.of_kind[kind].get(number, 0) + pods
        return after

    def _swap(self, before: Place, after: Place) -> None:
        self.alike[before] -= 1
        if not self.alike[before]:
            del self.alike[before]
        self.alike[after] = self.alike.get(after, 0) + 1

    def snapshot(self) -> Snapshot:
        """The state, to `load` later."""
        return frozenset(self.alike.items())

    def load(self, snapshot: Snapshot) -> None:
        """Take a state back."""
        self.alike = dict(snapshot)
        self.placed = [0] * len(self.stage.groups)
        self.nodes = [0] * len(self.stage.kinds)
        self.of_kind = [{} for _ in self.stage.kinds]
        for place, count in snapshot:
            self.nodes[place.kind] += count
            own = self.of_kind[place.kind]
            for number, pods in place.pods:
                self.placed[number] += pods * count
                own[number] = own.get(number, 0) + pods * count

    # -- asking -------------------------------------------------------------------------------

    def admits(self, number: int) -> list[Place]:
        """The states of nodes that take one more pod of the group, those with the least room first."""
        group = self.stage.groups[number]
        shut = self._shut(group)
        lowest = [self._lowest(spread) for spread in group.spreads]
        return sorted(place for place in self.alike if not self._refusal(group, place, shut, lowest))

    def refusals(self, number: int) -> dict[str, int]:
        """Why nodes do not take one more pod of the group: for how many nodes each reason is the first."""
        group = self.stage.groups[number]
        shut = self._shut(group)
        lowest = [self._lowest(spread) for spread in group.spreads]
        found: dict[str, int] = {}
        for place, count in sorted(self.alike.items()):
            reason = self._refusal(group, place, shut, lowest)
            if reason:
                found[reason] = found.get(reason, 0) + count
        return found

    def _refusal(
        self, group: PodGroup, place: Place, shut: dict[str, frozenset[str]], lowest: list[int]
    ) -> str:
        """Why the node does not take one more pod of the group; empty where it does."""
        kind = self.stage.kinds[place.kind]
        if place.kind not in group.homes:
            return ("closed", "cordoned", "lost")[place.kind // self.stage.base]
        for free, ask, resource in zip(place.free, group.asks, self.stage.resources, strict=True):
            if ask > 0 and free < ask:
                return f"little {resource}"
        if place.slots < 1:
            return "pods"
        foes = self.stage.foes[HOSTNAME][group.number]
        if foes and any(other in foes for other, _ in place.pods):
            return f"apart {HOSTNAME}"
        for topology, domains in shut.items():
            if kind.domain(topology) in domains:
                return f"apart {topology}"
        if group.near and not self._near(group, place):
            return "near"
        for spread, low in zip(group.spreads, lowest, strict=True):
            domain = kind.domain(spread.topology)
            itself = group.number in spread.counted
            if domain is None or self._counted(spread, place) + itself - low > spread.max_skew:
                return f"spread {spread.topology}"
        return ""

    def _shut(self, group: PodGroup) -> dict[str, frozenset[str]]:
        """The domains, by topology, in which pods stand that keep the group away."""
        found = {}
        for topology, all_foes in self.stage.foes.items():
            foes = all_foes[group.number]
            if topology == HOSTNAME or not foes:
                continue
            taken = {
                domain
                for number, own in enumerate(self.of_kind)
                if (domain := self.stage.kinds[number].domain(topology)) is not None
                and any(own.get(foe) for foe in foes)
            }
            found[topology] = frozenset(taken)
        return found

    def _near(self, group: PodGroup, place: Place) -> bool:
        """Whether in the node's domains stand pods that the group must be near.

        The first such pod may stand anywhere.
        """
        kinds = self.stage.kinds
        counts = []
        for topology in group.near:
            domain = kinds[place.kind].domain(topology)
            if domain is None:
                return False
            if topology == HOSTNAME:
                counts.append(place.counted(group.together))
            else:
                counts.append(
                    sum(
                        own.get(other, 0)
                        for number, own in enumerate(self.of_kind)
                        if kinds[number].domain(topology) == domain
                        for other in group.together
                    )
                )
        if all(counts):
            return True
        return group.number in group.together and not self._anywhere(group)

    def _anywhere(self, group: PodGroup) -> bool:
        """Whether pods that the group must be near stand on any node that has one of the topologies."""
        return any(
            own.get(other)
            for number, own in enumerate(self.of_kind)
            if any(self.stage.kinds[number].domain(topology) is not None for topology in group.near)
            for other in group.together
        )

    def _counted(self, spread: Spread, place: Place) -> int:
        """The pods that the constraint counts in the node's domain."""
        if spread.topology == HOSTNAME:
            return place.counted(spread.counted) if place.kind in spread.kinds else 0
        return self._in_domain(spread, self.stage.kinds[place.kind].domain(spread.topology))

    def _in_domain(self, spread: Spread, domain: str | None) -> int:
        return sum(
            self.of_kind[number].get(other, 0)
            for number in spread.kinds
            if self.stage.kinds[number].domain(spread.topology) == domain
            for other in spread.counted
        )

    def _lowest(self, spread: Spread) -> int:
        """The pods in the emptiest domain; 0 where there are fewer domains than the constraint wants."""
        if spread.topology == HOSTNAME:
            there = [place for place in self.alike if place.kind in spread.kinds]
            enough = sum(self.alike[place] for place in there) >= spread.min_domains
            return min((place.counted(spread.counted) for place in there), default=0) if enough else 0
        domains: dict[str, int] = {}
        for number in spread.kinds:
            domain = self.stage.kinds[number].domain(spread.topology)
            if domain is not None and self.nodes[number]:
                own = self.of_kind[number]
                domains[domain] = domains.get(domain, 0) + sum(own.get(one, 0) for one in spread.counted)
        return min(domains.values(), default=0) if len(domains) >= spread.min_domains else 0

    def pending(self, wanted: Iterable[int]) -> list[int]:
        """The groups of which more pods are wanted than stand."""
        return [number for number, pods in enumerate(wanted) if pods > self.placed[number]]
