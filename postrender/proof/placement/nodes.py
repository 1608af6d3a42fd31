"""The nodes on which a release may stand, in kinds of alike ones.

Source: https://kubernetes.io/docs/concepts/scheduling-eviction/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from postrender.proof.placement.terms import HOSTNAME, ZONE, HostPorts
from profiles.policy import NodePool, Taint

# A kubelet takes 110 pods unless it is told otherwise.
PODS_PER_NODE = 110

# What `kubectl drain` and a node that is gone put on a node.
# Source: https://kubernetes.io/docs/reference/labels-annotations-taints/
CORDONED = (Taint("node.kubernetes.io/unschedulable", "", "NoSchedule"),)
LOST = (
    Taint("node.kubernetes.io/unreachable", "", "NoSchedule"),
    Taint("node.kubernetes.io/unreachable", "", "NoExecute"),
)

_GONE = {LOST[0].key, "node.kubernetes.io/not-ready"}

# ScalarDL's images are for Linux, and so are the declared nodes.
_LINUX = {"kubernetes.io/os": "linux"}


class NodeKind(NamedTuple):
    """Nodes that differ in name only: how many, and what the scheduler reads of each.

    `domains`: in which domain of which topology they stand, beside their own host. `labels`: without the
    hostname; `open`: they may have others that nobody declared. `room`: what is free of each resource,
    nano-units; `pods`: how many pods more each takes. `ports`: the host ports that are taken.
    `residents`: which pods that matter to others run on each already, and how many.
    """

    names: tuple[str, ...]
    nodes: int
    labels: Mapping[str, str]
    domains: Mapping[str, str]
    taints: tuple[Taint, ...]
    room: Mapping[str, int]
    pods: int = PODS_PER_NODE
    open: bool = False
    ports: HostPorts = frozenset()
    residents: tuple[tuple[int, int], ...] = ()

    @property
    def state(self) -> str:
        """`cordoned`, `lost` (not ready, not reached), or empty."""
        keys = {taint.key for taint in self.taints}
        if keys & _GONE:
            return "lost"
        return "cordoned" if CORDONED[0].key in keys else ""

    def domain(self, topology: str) -> str | None:
        """Its domain; None where it has none. Every node is a domain of its own by hostname."""
        return "" if topology == HOSTNAME else self.domains.get(topology)


def declared(pool: NodePool) -> list[NodeKind]:
    """The nodes of a declared pool, node i in zone i modulo the number of zones."""
    zones = max(1, min(pool.zones, pool.nodes))
    return [
        NodeKind(
            names=(),
            nodes=len(range(zone, pool.nodes, zones)),
            labels=dict([pool.label] if pool.label else []) | _LINUX,
            domains={ZONE: f"zone {zone + 1}"},
            taints=(pool.taint,) if pool.taint else (),
            room={"cpu": pool.cpu, "memory": pool.memory},
            open=True,
        )
        for zone in range(zones)
    ]


def domains_of(kinds: list[NodeKind], topology: str, among: frozenset[int]) -> int:
    """How many domains the nodes of these kinds make."""
    there = [kinds[number] for number in among if kinds[number].nodes]
    if topology == HOSTNAME:
        return sum(kind.nodes for kind in there)
    return len({kind.domains[topology] for kind in there if topology in kind.domains})
