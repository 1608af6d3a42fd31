"""The nodes with the pods on them, and where the scheduler would let one more pod stand.

Nodes in the same state are kept as one entry with a count. The filters follow the scheduler's own:
https://github.com/kubernetes/kubernetes/tree/master/pkg/scheduler/framework/plugins
(noderesources, nodeports, interpodaffinity, podtopologyspread; homes.py has nodeaffinity, tainttoleration).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from itertools import compress
from operator import gt
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

    def own(self, workloads: int) -> tuple[tuple[int, int], ...]:
        """Its pods that are none of the residents, of a stage with so many workloads."""
        return tuple(one for one in self.pods if one[0] < 2 * workloads)

    def counted(self, groups: frozenset[int]) -> int:
        """How many pods of these groups it has."""
        found = 0
        for number, pods in self.pods:
            if number in groups:
                found += pods
        return found

    def has(self, number: int) -> int:
        """How many pods of that group it has."""
        for one, pods in self.pods:
            if one == number:
                return pods
        return 0


class Board:
    """The nodes of a stage and the pods on them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        # How many nodes are in which state; the states in order, those with the least room first.
        self.alike: dict[Place, int] = {}
        self.order: list[Place] = []
        for number, kind in enumerate(stage.kinds):
            if kind.nodes:
                free = tuple(kind.room.get(resource, 0) for resource in stage.resources)
                there = tuple((2 * stage.workloads + one, pods) for one, pods in kind.residents)
                place = Place(free, number, kind.pods, there)
                self.alike[place] = self.alike.get(place, 0) + kind.nodes
        # How many pods of each group stand, and on the nodes of each kind.
        self.placed: list[int] = []
        self.of_kind: list[dict[int, int]] = []
        self.nodes: list[int] = []
        # The snapshot of the state, where one was made of it.
        self._at: Snapshot | None = None
        self.load(frozenset(self.alike.items()))

    def copy(self) -> Board:
        """Another board in the same state."""
        other = Board.__new__(Board)
        other.stage, other._at = self.stage, self._at
        other.alike, other.order = self.alike.copy(), self.order.copy()
        other.placed, other.nodes = self.placed.copy(), self.nodes.copy()
        other.of_kind = [own.copy() for own in self.of_kind]
        return other

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
        self._at = None
        self.alike[before] -= 1
        if not self.alike[before]:
            del self.alike[before]
            del self.order[bisect_left(self.order, before)]
        if after not in self.alike:
            insort(self.order, after)
        self.alike[after] = self.alike.get(after, 0) + 1

    def snapshot(self) -> Snapshot:
        """The state, to `load` later."""
        if self._at is None:
            self._at = frozenset(self.alike.items())
        return self._at

    def load(self, snapshot: Snapshot) -> None:
        """Take a state back."""
        if snapshot is self._at:
            return
        self._at = snapshot
        self.alike = dict(snapshot)
        self.order = sorted(self.alike)
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
        return list(self.admitting(number))

    def admitting(self, number: int, after: Place | None = None) -> Iterator[Place]:
        """The same one by one, as long as nothing changes; `after`: those that follow that one."""
        refuses, order = self.refusing(number), self.order
        # In order of what is free: those before that one have too little of the first resource.
        first = (
            bisect_left(order, (self.stage.groups[number].asks[:1],))
            if not after
            else bisect_right(order, after)
        )
        places = map(order.__getitem__, range(first, len(order)))
        return (place for place in places if not refuses(place))

    def refusals(self, number: int) -> dict[str, int]:
        """Why nodes do not take one more pod of the group: for how many nodes each reason is the first."""
        refuses = self.refusing(number)
        found: dict[str, int] = {}
        for place in self.order:
            reason = refuses(place)
            if reason:
                found[reason] = found.get(reason, 0) + self.alike[place]
        return found

    def refusing(self, number: int) -> Callable[[Place], str]:
        """Why a node does not take one more pod of the group; empty where it does."""
        group = self.stage.groups[number]
        kinds, resources = self.stage.kinds, self.stage.resources
        needs = [(index, ask, resources[index]) for index, ask in enumerate(group.asks) if ask > 0]
        foes = self.stage.foes[HOSTNAME][group.number]
        shut = self._shut(group)
        near = self._near(group) if group.near else None
        limits = [(spread, *self._limit(group, spread)) for spread in group.spreads]

        def refusal(place: Place) -> str:
            if place.kind not in group.homes:
                return kinds[place.kind].state or "closed"
            for index, ask, resource in needs:
                if place.free[index] < ask:
                    return f"little {resource}"
            if place.slots < 1:
                return "pods"
            for other, _ in place.pods if foes else ():
                if other in foes:
                    return f"apart {HOSTNAME}"
            for topology, domains in shut.items():
                if kinds[place.kind].domain(topology) in domains:
                    return f"apart {topology}"
            if near and not near(place):
                return "near"
            for spread, most, counts in limits:
                domain = kinds[place.kind].domain(spread.topology)
                if spread.topology == HOSTNAME:
                    there = place.counted(spread.counted) if place.kind in spread.kinds else 0
                else:
                    there = counts.get(domain, 0)
                if domain is None or there > most:
                    return f"spread {spread.topology}"
            return ""

        return refusal

    def by_domain(
        self, topology: str, groups: frozenset[int], among: Iterable[int] | None = None
    ) -> dict[str | None, int]:
        """How many pods of these groups each domain has (by hostname: all nodes together).

        `among`: only on the nodes of these kinds. Nodes without the topology are one domain, None.
        """
        found: dict[str | None, int] = {}
        for number in range(len(self.nodes)) if among is None else among:
            if self.nodes[number]:
                domain, own = self.stage.kinds[number].domain(topology), self.of_kind[number]
                found[domain] = found.get(domain, 0) + sum([own.get(one, 0) for one in groups])
        return found

    def _limit(self, group: PodGroup, spread: Spread) -> tuple[int, dict[str | None, int]]:
        """The most pods in the domain to which one more may come, and how many each domain has (by hostname:
        the nodes tell).
        """
        counts: dict[str | None, int] = {}
        if spread.topology == HOSTNAME:
            there = [place for place in self.alike if place.kind in spread.kinds]
            domains = sum(self.alike[place] for place in there)
            lowest = min((place.counted(spread.counted) for place in there), default=0)
        else:
            counts = self.by_domain(spread.topology, spread.counted, spread.kinds)
            counts.pop(None, None)
            domains, lowest = len(counts), min(counts.values(), default=0)
        # As long as there are fewer domains than are wanted, the emptiest counts as empty.
        low = lowest if domains >= spread.min_domains else 0
        return low + spread.max_skew - (group.number in spread.counted), counts

    def _shut(self, group: PodGroup) -> dict[str, set[str | None]]:
        """The domains, by topology, in which pods stand that keep the group away."""
        return {
            topology: {one for one, pods in self.by_domain(topology, foes[group.number]).items() if pods}
            - {None}
            for topology, foes in self.stage.foes.items()
            if topology != HOSTNAME and foes[group.number]
        }

    def _near(self, group: PodGroup) -> Callable[[Place], bool]:
        """Whether in a node's domains stand pods that the group must be near.

        The first such pod may stand anywhere.
        """
        kinds, together = self.stage.kinds, group.together
        counts = {topology: self.by_domain(topology, together) for topology in group.near}
        first = group.number in together and not self._anywhere(group)

        def near(place: Place) -> bool:
            found = []
            for topology, there in counts.items():
                domain = kinds[place.kind].domain(topology)
                if domain is None:
                    return False
                found.append(place.counted(together) if topology == HOSTNAME else there[domain])
            return first or all(found)

        return near

    def _anywhere(self, group: PodGroup) -> bool:
        """Whether pods that the group must be near stand on any node that has one of the topologies."""
        return any(
            own.get(other)
            for number, own in enumerate(self.of_kind)
            if any(self.stage.kinds[number].domain(topology) is not None for topology in group.near)
            for other in group.together
        )

    def pending(self, wanted: Iterable[int]) -> list[int]:
        """The groups of which more pods are wanted than stand."""
        return list(compress(range(len(self.placed)), map(gt, wanted, self.placed)))
