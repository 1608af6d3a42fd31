"""The release and the nodes of a plan: the declared pool, or those of a real cluster; and with some more."""

from __future__ import annotations

from typing import NamedTuple

from generator.plan.cluster import Cluster
from postrender.manifests.release import Release, load
from postrender.proof.placement.nodes import CORDONED, NodeKind
from postrender.proof.placement.stage import Stage, declared_stage, stage_of_nodes
from postrender.proof.placement.steps import Steps
from postrender.proof.placement.terms import ZONE
from profiles import quantities
from profiles.policy import NodePool, Policy


class Scene(NamedTuple):
    """What a plan is about: the manifests and what they say. One of `pool` and `cluster` is there.

    `steps`: those that the searches on all its stages share; None: each stage has its own.
    """

    text: str
    release: Release
    policy: Policy
    pool: NodePool | None
    cluster: Cluster | None
    steps: Steps | None = None

    def stage(self, more: int = 0, like: NodeKind | None = None) -> Stage:
        """The pods and the nodes, with so many nodes more: like that one, or of the declared pool."""
        made = self._stage(more, like)
        return made._replace(steps=self.steps) if self.steps else made

    def _stage(self, more: int, like: NodeKind | None) -> Stage:
        if self.cluster:
            kinds = [*self.cluster.kinds, *_new(like, more)]
            known = self.cluster.own is not None
            return stage_of_nodes(
                self.release, kinds, self.cluster.residents, self.cluster.kubernetes, whole=known
            )
        assert self.pool is not None
        pool = self.pool._replace(nodes=self.pool.nodes + more)
        return declared_stage(self.release, pool, self.policy.kubernetes)

    @property
    def fresh(self) -> list[NodeKind | None]:
        """The kinds of nodes of which there may be more; None: those of the declared pool."""
        return list(self.cluster.fresh) if self.cluster else [None]

    def with_more(self, more: int, like: NodeKind | None = None) -> Scene:
        """The scene with so many nodes more, in the policy too."""
        if not more:
            return self
        if self.cluster:
            kinds = [*self.cluster.kinds, *_new(like, more)]
            return self._replace(cluster=self.cluster._replace(kinds=kinds))
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

    def grown(self, more: int = 0, like: NodeKind | None = None) -> Stage:
        """With all the nodes that a cluster autoscaler may add, and so many more."""
        growth = self.pool.max_nodes - self.pool.nodes if self.pool and not self.cluster else 0
        return self.stage(max(growth, 0) + more, like)

    def nodes_more(self, more: int, like: NodeKind | None = None) -> str:
        """So many nodes more, as a cure."""
        nodes = f"{more} node{'s' * (more != 1)} more"
        if like is None:
            return f"{nodes} (nodePool.nodes)"
        zone = like.domain(ZONE)
        return f"{nodes} like {like.names[0]}{f' in zone {zone}' if zone else ''}"

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


def _new(like: NodeKind | None, more: int) -> list[NodeKind]:
    if like is None or not more:
        return []
    return [like._replace(names=tuple(f"new node {number + 1}" for number in range(more)), nodes=more)]
