"""The release and the nodes of a plan: the declared pool, or those of a real cluster; and with some more."""

from __future__ import annotations

from typing import NamedTuple

from generator.plan.cluster import Cluster
from postrender.manifests.release import Release
from postrender.proof.placement.nodes import NodeKind
from postrender.proof.placement.stage import Stage, declared_stage, stage_of_nodes
from postrender.proof.placement.terms import ZONE
from profiles import quantities
from profiles.policy import NodePool, Policy


class Scene(NamedTuple):
    """What a plan is about. One of `pool` and `cluster` is there."""

    release: Release
    policy: Policy
    pool: NodePool | None
    cluster: Cluster | None

    def stage(self, more: int = 0) -> Stage:
        """The pods and the nodes, with so many nodes more: one zone after another."""
        if self.cluster:
            kinds = _more(self.cluster.kinds, more)
            return stage_of_nodes(self.release, kinds, self.cluster.residents, self.cluster.kubernetes)
        assert self.pool is not None
        pool = self.pool._replace(nodes=self.pool.nodes + more)
        return declared_stage(self.release, pool, self.policy.kubernetes)

    def grown(self, more: int = 0) -> Stage:
        """With all the nodes that a cluster autoscaler may add, and so many more."""
        growth = self.pool.max_nodes - self.pool.nodes if self.pool and not self.cluster else 0
        return self.stage(max(growth, 0) + more)

    @property
    def nodes(self) -> str:
        """The nodes in words."""
        if self.cluster:
            count = sum(kind.nodes for kind in self.cluster.kinds)
            running = f", {self.cluster.running} other pods on them" if self.cluster.running else ""
            return f"{count} real nodes{running}"
        assert self.pool is not None
        size = f"{quantities.text(self.pool.cpu)} cpu and {quantities.text(self.pool.memory)}"
        zones = f" in {self.pool.zones} zones" if self.pool.zones > 1 else ""
        return f"{self.pool.nodes} declared nodes of {size} for pods{zones}"


def _more(kinds: list[NodeKind], more: int) -> list[NodeKind]:
    """Nodes like the roomiest of each zone, without the pods on it, one zone after another."""
    roomiest: dict[str | None, NodeKind] = {}
    for kind in sorted(kinds, key=lambda kind: -kind.room.get("cpu", 0)):
        if not any(taint.key.startswith(("node-role.", "node.")) for taint in kind.taints):
            roomiest.setdefault(kind.domain(ZONE), kind)
    if not roomiest:
        return kinds
    fewest = sorted(roomiest, key=lambda zone: sum(kind.nodes for kind in kinds if kind.domain(ZONE) == zone))
    added = []
    for number in range(more):
        like = roomiest[fewest[number % len(fewest)]]
        added.append(like._replace(names=(f"new node {number + 1}",), nodes=1, residents=()))
    return [*kinds, *added]
