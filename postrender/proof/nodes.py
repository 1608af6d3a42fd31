"""The nodes of a pool with the pods on them. Nodes in the same state are kept as one entry with a count."""

from __future__ import annotations

from typing import NamedTuple

from postrender.proof.groups import PodGroup, Spread, kept_apart
from postrender.proof.terms import HOSTNAME, ZONE
from profiles.policy import NodePool

# A kubelet takes 110 pods unless it is told otherwise.
PODS_PER_NODE = 110


class Node(NamedTuple):
    """The state of a node: what is free (nano-units), its zone, and how many pods of which groups it has."""

    cpu: int
    memory: int
    zone: int
    pods: tuple[tuple[int, int], ...]

    def counted(self, groups: frozenset[int]) -> int:
        """How many pods of these groups it has."""
        return sum(pods for number, pods in self.pods if number in groups)


class Nodes:
    """The nodes of a pool, node i in zone i modulo the number of zones, and the pods on them."""

    def __init__(self, groups: list[PodGroup], pool: NodePool) -> None:
        self.groups = groups
        self.number = pool.nodes
        zones = min(pool.zones, pool.nodes)
        self.alike = {
            Node(pool.cpu, pool.memory, zone, ()): len(range(zone, pool.nodes, zones))
            for zone in range(zones)
        }
        self.in_zones = [[0] * len(groups) for _ in range(zones)]
        self._apart = {topology: kept_apart(groups, topology) for topology in (HOSTNAME, ZONE)}

    def admits(self, number: int) -> list[Node]:
        """The nodes that take one more pod of the group, those with the least room first."""
        group = self.groups[number]
        foes = self._apart[HOSTNAME][number]
        taken = [any(zone[other] for other in self._apart[ZONE][number]) for zone in self.in_zones]
        lowest = [self._lowest(spread) for spread in group.spreads]
        return sorted(
            node
            for node in self.alike
            if node.cpu >= group.cpu
            and node.memory >= group.memory
            and sum(pods for _, pods in node.pods) < PODS_PER_NODE
            and not any(other in foes for other, _ in node.pods)
            and not taken[node.zone]
            and all(
                self._counted(spread, node) + (number in spread.counted) - low <= spread.max_skew
                for spread, low in zip(group.spreads, lowest, strict=True)
            )
        )

    def put(self, node: Node, number: int) -> Node:
        """Place a pod of the group on a node in that state; its state then."""
        return self._change(node, number, 1)

    def take(self, node: Node, number: int) -> Node:
        """Take a pod of the group from a node in that state; its state then."""
        return self._change(node, number, -1)

    def _change(self, node: Node, number: int, pods: int) -> Node:
        group, there = self.groups[number], dict(node.pods)
        there[number] = there.get(number, 0) + pods
        after = Node(
            node.cpu - pods * group.cpu,
            node.memory - pods * group.memory,
            node.zone,
            tuple(sorted((one, count) for one, count in there.items() if count)),
        )
        self.alike[node] -= 1
        if not self.alike[node]:
            del self.alike[node]
        self.alike[after] = self.alike.get(after, 0) + 1
        self.in_zones[node.zone][number] += pods
        return after

    def settled(self) -> bool:
        """Whether each pod would find its own place again: no constraint is broken by what came later."""
        return all(
            self._counted(spread, node) - self._lowest(spread) <= spread.max_skew
            for group in self.groups
            for spread in group.spreads
            for node in self.alike
            if any(number == group.number for number, _ in node.pods)
        )

    def _counted(self, spread: Spread, node: Node) -> int:
        """The pods that the constraint counts in the node's domain."""
        if spread.topology == HOSTNAME:
            return node.counted(spread.counted)
        return self._in_zone(spread, node.zone)

    def _in_zone(self, spread: Spread, zone: int) -> int:
        return sum(self.in_zones[zone][number] for number in spread.counted)

    def _lowest(self, spread: Spread) -> int:
        """The pods in the emptiest domain; 0 where there are fewer domains than the constraint wants."""
        zones = range(len(self.in_zones))
        if spread.topology == HOSTNAME:
            enough = self.number >= spread.min_domains
            return min(node.counted(spread.counted) for node in self.alike) if enough else 0
        return min(self._in_zone(spread, zone) for zone in zones) if len(zones) >= spread.min_domains else 0
