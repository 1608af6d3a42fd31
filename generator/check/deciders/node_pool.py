"""The nodes that are dedicated to ScalarDL: their label, their taint, and who tolerates it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from generator.check.answers import Said, met, person, wrong
from generator.check.deciders import node_objects
from generator.check.deciders.by_rule import ByRule, Less, of_rule
from generator.check.deciders.facts import Fact, of_fact
from generator.check.evidence import Declared, Manifests, Side
from generator.check.row import Row
from generator.clusters.nodes import label_text, taint_text
from profiles.hardening import NodePool
from profiles.scalardl import SERVING, Role

_ON_POOL: tuple[Role, ...] = (*SERVING, "loader", "admin")
# The label and the taint of the guide, as kubectl and as a deployment file write them.
_GUIDES = {
    "label": ("agentpool=scalardlpool", "{key: agentpool, value: scalardlpool}"),
    "taint": (
        "kubernetes.io/app=scalardlpool:NoSchedule",
        "{key: kubernetes.io/app, value: scalardlpool, effect: NoSchedule}",
    ),
}


def _dedicated(side: Side) -> Iterator[Said]:
    manifests = side.manifests
    if manifests and manifests.nodes:
        nodes = node_objects.workers(manifests)
        own = [node for node in node_objects.labelled(manifests) if node in node_objects.tainted(manifests)]
        if own:
            yield met(f"nodes with the label and the taint of the pool: {len(own)}")
        elif nodes and not node_objects.labelled(manifests) and not node_objects.tainted(manifests):
            yield manifests.wrong(
                "dedicated-node-group",
                nodes[0],
                (),
                f"none of the {len(nodes)} nodes carries the label or the taint of a group for ScalarDL",
                "make one, with the label " + " and the taint ".join(mark for mark, _ in _GUIDES.values()),
            )
        return
    if side.declared:
        pool = side.declared.domain.node_pool
        fact = Fact(
            ("nodePool",),
            "nodePool is null: no nodes are dedicated to ScalarDL",
            "make a node group for it and declare it as nodePool",
            "its nodes, zones and nodeSize",
            lambda _: pool is not None,
        )
        yield of_fact("dedicated-node-group", fact, side.declared)


def _own_label(declared: Declared) -> Less:
    pool = declared.domain.node_pool
    return _mark("label", pool, label_text(pool) if pool and pool.label else "")


def _own_taint(declared: Declared) -> Less:
    pool = declared.domain.node_pool
    return _mark("taint", pool, taint_text(pool) if pool and pool.taint else "")


def _mark(name: str, pool: NodePool | None, has: str) -> Less:
    """Why a pool has not the label or the taint of the guide; `has`: the one that it has."""
    wanted, written = _GUIDES[name]
    if has == wanted:
        return None
    at = ("nodePool", name) if pool else ("nodePool",)
    problem = f"{'.'.join(at)} is {has or 'null'}, so that no node has the {name} {wanted}"
    return at, problem, f"write nodePool.{name}: {written}"


class _Marked:
    """The label or the taint of the pool: what pods say of it, and what real nodes carry."""

    def __init__(
        self,
        requirement: str,
        less: Callable[[Declared], Less],
        nodes: Callable[[Manifests], Iterator[Said]],
    ) -> None:
        self.requirement = requirement
        self.less = less
        self.nodes = nodes
        self.rule = ByRule(requirement, "node-pool", _ON_POOL, less)

    def __call__(self, side: Side) -> Iterator[Said]:
        """What the rule finds; where it finds nothing, what the profile says less than the guide."""
        pods = side.manifests if side.manifests and side.manifests.roles & set(_ON_POOL) else None
        several = list(self._of_pods(pods) if pods else self.rule(side))
        less = self.less(side.declared) if side.declared else None
        if less and side.declared and not any(one.finding for one in several):
            path, problem, cure = less
            several = [wrong(self.requirement, problem, cure, side.declared.spot(*path))]
        yield from several
        if side.manifests and side.manifests.nodes:
            yield from self.nodes(side.manifests)

    def _of_pods(self, manifests: Manifests) -> Iterator[Said]:
        """What the rule finds of ScalarDL's pods; those of DaemonSets are of another requirement."""
        others = {one.manifest.title for one in manifests.workloads("monitoring")}
        found = [
            said
            for said in of_rule(manifests, self.requirement, "node-pool")
            if said.finding and said.finding.spot.object not in others
        ]
        yield from found
        if all(said.finding and said.finding.exempt for said in found):
            yield met("ScalarDL's pods are as the rule node-pool asks")


def _carry_label(manifests: Manifests) -> Iterator[Said]:
    own = node_objects.labelled(manifests)
    bare = [node for node in node_objects.tainted(manifests) if node not in own]
    pool = manifests.judged_by.pool
    if not pool or not pool.label:
        return
    mark = "=".join(pool.label)
    for node in bare or ([] if own else node_objects.workers(manifests)[:1]):
        problem = f"the node does not carry the label {mark}" if bare else f"no node carries the label {mark}"
        cure = f"label the node group, or: kubectl label nodes {node.name} {mark}"
        yield manifests.wrong("node-label", node, ("metadata", "labels"), problem, cure)
    if own and not bare:
        yield met(f"nodes with the label {mark}: {len(own)}")


def _carry_taint(manifests: Manifests) -> Iterator[Said]:
    own = node_objects.tainted(manifests)
    bare = [node for node in node_objects.labelled(manifests) if node not in own]
    pool = manifests.judged_by.pool
    if not pool or not pool.taint:
        return
    mark = f"{pool.taint.key}={pool.taint.value}:{pool.taint.effect}"
    for node in bare or ([] if own else node_objects.workers(manifests)[:1]):
        problem = f"the node does not carry the taint {mark}" if bare else f"no node carries the taint {mark}"
        cure = f"kubectl taint nodes {node.name} {mark}"
        yield manifests.wrong("node-taint", node, ("spec", "taints"), problem, cure)
    if own and not bare:
        yield met(f"nodes with the taint {mark}: {len(own)}")


def _daemonsets(side: Side) -> Iterator[Said]:
    given = side.manifests and side.manifests.workloads("monitoring")
    comes = not side.manifests and side.declared and side.declared.domain.monitoring.stack
    if given or comes:
        yield from _DAEMONSETS(side)
    elif side.declared or side.manifests:
        yield person(
            "no DaemonSet that monitors or collects logs is among the manifests; give those too", "manifests"
        )


_DAEMONSETS = ByRule("daemonsets-tolerate", "node-pool", ("monitoring",))


def _groups(side: Side) -> Iterator[Said]:
    manifests = side.manifests
    if manifests and manifests.nodes:
        own = node_objects.of_pool(manifests)
        others = len(node_objects.workers(manifests)) - len(own)
        if others:
            yield met(f"{len(own)} nodes are ScalarDL's, and others not: {others}")
            return
        if not side.declared:
            yield person("none of the nodes is of another group than ScalarDL's; were all of them given?")
    if side.declared:
        fact = Fact(
            ("cluster", "otherPools"),
            "there is one group of nodes for all kinds of workloads",
            "make a group for the system or the monitoring and declare it below otherPools",
            "the pools beside that of ScalarDL",
        )
        yield of_fact("node-groups-by-workload", fact, side.declared)


ROWS: dict[str, Row] = {
    "dedicated-node-group": Row(("nodes", "deployment"), _dedicated),
    "node-label": Row(("manifests", "nodes", "deployment"), _Marked("node-label", _own_label, _carry_label)),
    "node-taint": Row(("manifests", "nodes", "deployment"), _Marked("node-taint", _own_taint, _carry_taint)),
    "daemonsets-tolerate": Row(("manifests",), _daemonsets),
    "node-groups-by-workload": Row(("deployment", "nodes"), _groups),
}
