"""The release and the nodes of a plan: the declared pool, or those of a real cluster; and with some more."""

from __future__ import annotations

from typing import NamedTuple

from generator.plan.cluster import Cluster
from postrender.manifests.release import Release, load
from postrender.proof.placement.nodes import CORDONED, NodeKind
from postrender.proof.placement.stage import Stage, declared_stage, stage_of_nodes
from postrender.proof.placement.terms import ZONE
from profiles import quantities
from profiles.policy import NodePool, Policy


class Scene(NamedTuple):
    """What a plan is about: the manifests and what they say. One of `pool` and `cluster` is there."""

    text: str
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

    def with_more(self, more: int) -> Scene:
        """The scene with so many nodes more, in the policy too."""
        if not more:
            return self
        if self.cluster:
            return self._replace(cluster=self.cluster._replace(kinds=_more(self.cluster.kinds, more)))
        assert self.pool is not None
        nodes = self.pool.nodes + more
        pool = self.pool._replace(nodes=nodes, max_nodes=max(nodes, self.pool.max_nodes))
        return self._replace(pool=pool, policy=self.policy._replace(pool=pool))

    @property
    def cordoned(self) -> list[str]:
        """The names of the nodes that are cordoned."""
        kinds = self.cluster.kinds if self.cluster else []
        return [name for kind in kinds if set(CORDONED) & set(kind.taints) for name in kind.names]

    def uncordoned(self) -> Scene:
        """The scene with all nodes uncordoned."""
        if not self.cluster:
            return self
        kinds = [
            kind._replace(taints=tuple(taint for taint in kind.taints if taint not in CORDONED))
            for kind in self.cluster.kinds
        ]
        return self._replace(cluster=self.cluster._replace(kinds=kinds))

    def holding(self, text: str) -> Scene:
        """The scene with other manifests, in the same namespace where they state none."""
        homes = {manifest.home for manifest in self.release.manifests}
        loaded = load(text)
        for manifest in loaded.manifests:
            manifest.home = manifest.home or next(iter(homes), None)
        return self._replace(text=text, release=loaded)

    def grown(self, more: int = 0) -> Stage:
        """With all the nodes that a cluster autoscaler may add, and so many more."""
        growth = self.pool.max_nodes - self.pool.nodes if self.pool and not self.cluster else 0
        return self.stage(max(growth, 0) + more)

    def nodes_more(self, more: int) -> str:
        """So many nodes more, as a cure."""
        where = "" if self.cluster else " (nodePool.nodes)"
        return f"{more} node{'s' * (more != 1)} more{where}"

    @property
    def nodes(self) -> str:
        """The nodes in words."""
        if self.cluster:
            count = sum(kind.nodes for kind in self.cluster.kinds)
            running = f", other pods on them: {self.cluster.running}" if self.cluster.running else ""
            return f"{count} real node{'s' * (count != 1)}{running}"
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
