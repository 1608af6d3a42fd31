"""Where pods stand and how many there are: replicas, autoscalers, the room on the nodes, drains."""

from __future__ import annotations

from collections.abc import Iterator

from generator.check.answers import Said, beside, met, person, wrong
from generator.check.deciders.autoscaling import scaled_by_keda
from generator.check.deciders.by_rule import ByRule, Less, of_rule
from generator.check.evidence import Declared, Manifests, Side
from generator.check.row import RELEASE, Row
from postrender.manifests.workload import Workload
from postrender.proof.placement import budgets
from postrender.proof.placement.proofs import Proofs, Update
from postrender.proof.placement.rolling import ROLLING
from postrender.proof.placement.words import FAILS
from profiles.product import Replicas
from profiles.scalardl import PRODUCTS, SERVING

# What A and E ask for: pods of Ledger and of Auditor.
FEWEST = 3
# What K asks a budget to keep: so many pods, or half of them.
KEPT = 2
_ROLLOUT = "rollout-strategy"
_ONE_BY_ONE = "write maxSurge 0 and maxUnavailable 1, or add a node"


def _availability_pods(side: Side) -> Iterator[Said]:
    manifests, declared = side.manifests, side.declared
    if manifests and manifests.roles & set(PRODUCTS):
        yield from of_rule(manifests, "availability-pods", _ROLLOUT)
        for workload in _counted(manifests):
            yield _pods(manifests, workload)
    elif declared:
        count = declared.domain.replicas.product
        if count < FEWEST:
            yield wrong(
                "availability-pods",
                f"replicas.product is {count}, where the guides ask for {FEWEST} pods of each at least",
                f"write replicas.product: {FEWEST} or more",
                declared.spot("replicas", "product"),
            )
        else:
            yield met(f"replicas.product is {count}")
    elif manifests:
        yield beside("no ledger or auditor is in the manifests")


def _counted(manifests: Manifests) -> Iterator[Workload]:
    """The products' workloads with a number of pods; a DaemonSet has as many as there are nodes."""
    for workload in manifests.workloads(*PRODUCTS):
        if workload.manifest.kind != "DaemonSet" and not workload.is_hook:
            yield workload


def _pods(manifests: Manifests, workload: Workload) -> Said:
    fewest, _ = manifests.release.replicas(workload)
    autoscaler = manifests.release.autoscaler(workload)
    if fewest >= FEWEST:
        return met(f"{workload.manifest.title} has {fewest} pods{' at least' if autoscaler else ''}")
    where, path, key = workload.manifest, ("spec", "replicas"), "replicas"
    if autoscaler:
        where, path, key = autoscaler, ("spec", "minReplicas"), "minReplicas"
    return manifests.wrong(
        "availability-pods",
        where,
        path,
        f"{_count(fewest)} of {workload.manifest.title}, where the guides ask for at least {FEWEST}",
        f"write {key}: {FEWEST} or more",
    )


def _count(pods: int) -> str:
    return "one pod" if pods == 1 else f"{pods} pods"


def _not_apart(declared: Declared) -> Less:
    if declared.domain.spread.nodes != "none":
        return None
    return (
        ("spread", "nodes"),
        "spread.nodes is none, so the pods of a component may all stand on one node",
        "write spread: {nodes: required}",
    )


def _node_capacity(side: Side) -> Iterator[Said]:
    manifests, declared = side.manifests, side.declared
    proofs = manifests.proofs if manifests else None
    if manifests and proofs:
        found = list(_no_room(manifests, proofs))
        yield from found
        doubts = list(_not_decided(proofs))
        yield from doubts
        if not doubts and all(said.finding and said.finding.exempt for said in found):
            yield _on_nodes(manifests, declared, "all pods find a place, and updates come to their end")
    elif declared:
        yield _by_declared_pool(declared, "all pods have room")


def _no_room(manifests: Manifests, proofs: Proofs) -> Iterator[Said]:
    """What finds no place, and updates that hang; on the declared pool it is the rule that tells."""
    if manifests.cluster is None:
        yield from of_rule(manifests, "node-capacity", _ROLLOUT)
        return
    if proofs.placement.answer in FAILS:
        for wait in proofs.placement.waits:
            workload = wait.group.workload
            if not wait.group.homes:
                yield person(f"{wait.text}; see node-label and node-taint")
            elif workload:
                yield manifests.wrong(
                    "node-capacity",
                    workload.manifest,
                    ("spec", "replicas"),
                    f"on the nodes given {wait.text}",
                    "add nodes or take larger ones, or run fewer pods",
                )
    for update in proofs.updates:
        workload = update.group.workload
        if update.answer in FAILS and workload and workload.role in SERVING:
            yield manifests.wrong("node-capacity", workload.manifest, ROLLING, _hanging(update), _ONE_BY_ONE)


def _hanging(update: Update) -> str:
    waits = "; ".join(wait.text for wait in update.waits)
    ends = "never ends" if update.answer == "never" else "may hang"
    return f"a rolling update {ends} on the nodes given{': ' if waits else ''}{waits}"


def _not_decided(proofs: Proofs) -> Iterator[Said]:
    if proofs.placement.answer == "unknown":
        reason = proofs.placement.reason
        yield person(f"whether all pods find a node is not decided{': ' if reason else ''}{reason}", "nodes")
    for update in proofs.updates:
        if update.answer == "unknown":
            yield person(
                f"whether an update of {update.group.title} comes to its end is not decided", "nodes"
            )


def _on_nodes(manifests: Manifests, declared: Declared | None, what: str) -> Said:
    """That it holds, if the nodes are real, or declared by the user and not by a built-in profile."""
    cluster, pool = manifests.cluster, manifests.judged_by.pool
    if cluster:
        count = sum(kind.nodes for kind in cluster.kinds)
        return met(f"{what} on the {_nodes(count)} given, as far as nothing else runs there")
    if declared and _stated(declared):
        return _by_declared_pool(declared, what)
    count = pool.nodes if pool else 0
    return person(
        f"{what} on the {_nodes(count)} that profile {manifests.policy.profile} takes for granted; whether "
        "yours are such is not known",
        "nodes",
        "deployment",
    )


def _by_declared_pool(declared: Declared, what: str) -> Said:
    """The same without manifests: what does not fit, the profile itself refuses."""
    pool = declared.domain.node_pool
    if pool is None:
        return person("nodePool is null, so nothing is known of the nodes", "nodes")
    size = f"{pool.node_size.cpu} cpu and {pool.node_size.memory}"
    if _stated(declared):
        most = f" (up to {pool.max_nodes})" if pool.max_nodes else ""
        return met(f"{what} on the {_nodes(pool.nodes)}{most} of {size} that nodePool declares")
    return person(
        f"{what} on {_nodes(pool.nodes)} of {size}, which are not declared; write nodePool.nodes and "
        "nodePool.nodeSize as they are",
        "nodes",
        "deployment",
    )


def _stated(declared: Declared) -> bool:
    return declared.stated("nodePool", "nodes") and declared.stated("nodePool", "nodeSize")


def _nodes(count: int) -> str:
    return "one node" if count == 1 else f"{count} nodes"


def _hpa_node_capacity(side: Side) -> Iterator[Said]:
    manifests, declared = side.manifests, side.declared
    if manifests and any(manifests.release.autoscaler(one) for one in manifests.workloads(*SERVING)):
        yield from _at_most(manifests, declared)
    elif by_keda := scaled_by_keda(side):
        yield person(f"{by_keda} changes the number of pods; see that the most of them find nodes")
    elif declared:
        if declared.domain.autoscaling is None:
            yield beside("there is no autoscaler")
        else:
            yield _by_declared_pool(declared, "the most pods that autoscaling may ask for have room")
    elif manifests:
        yield beside("no autoscaler is in the manifests")


def _at_most(manifests: Manifests, declared: Declared | None) -> Iterator[Said]:
    holds = "the most pods that the autoscalers may ask for find a place"
    proofs = manifests.proofs
    if proofs is None:
        return
    adding = declared is not None and declared.domain.cluster.add_ons.cluster_autoscaler
    said = False
    for one in proofs.scalings:
        autoscaler = one.group.workload and manifests.release.autoscaler(one.group.workload)
        if not autoscaler or one.answer not in (*FAILS, "unknown"):
            continue
        said = True
        if one.answer == "unknown":
            yield person(f"whether {one.most} pods of {one.group.title} find nodes is not decided", "nodes")
        elif manifests.cluster and adding:
            yield person(
                f"{one.most} pods of {one.group.title} need more nodes than there are; see that the cluster "
                "autoscaler may add as many"
            )
        else:
            yield manifests.wrong(
                "hpa-node-capacity",
                autoscaler,
                ("spec", "maxReplicas"),
                f"it may ask for {one.most} pods, which find no place on the nodes that there may be"
                + (f": {one.reason}" if one.reason else ""),
                "lower maxReplicas, or let the nodes grow (nodePool.maxNodes and a cluster autoscaler)",
            )
    if not said:
        yield _on_nodes(manifests, declared, holds)


def _no_budget(declared: Declared) -> Less:
    budget = declared.domain.disruption_budget
    if budget is None:
        return (
            ("disruptionBudget",),
            "disruptionBudget is null, so a drain may take all pods of a component at once",
            "write disruptionBudget: {maxUnavailable: 1}",
        )
    for role in Replicas.model_fields:
        pods = getattr(declared.domain.replicas, role)
        kept = pods - budget.max_unavailable
        if 0 < kept < KEPT and 2 * kept < pods:
            return (
                ("disruptionBudget", "maxUnavailable"),
                f"maxUnavailable {budget.max_unavailable} keeps {_count(kept)} of {pods} in a drain",
                f"write maxUnavailable: {pods - KEPT} or less",
            )
    return None


_BUDGET = ByRule("disruption-budget", "disruption-budgets", SERVING, _no_budget)


def _disruption_budget(side: Side) -> Iterator[Said]:
    yield from _BUDGET(side)
    for workload in side.manifests.workloads(*SERVING) if side.manifests else ():
        yield from _few_kept(side.manifests, workload) if side.manifests else ()


def _few_kept(manifests: Manifests, workload: Workload) -> Iterator[Said]:
    """A budget that keeps pods, and too few; one that keeps none is what the rule finds."""
    pods, _ = manifests.release.replicas(workload)
    for budget in manifests.release.selected(budgets.KIND, workload) if workload.replicated else ():
        kept = budgets.wanted(budget, pods)
        if kept and kept < KEPT and 2 * kept < pods:
            yield manifests.wrong(
                "disruption-budget",
                budget,
                budgets.AT_LEAST if budget.at(*budgets.AT_LEAST) is not None else budgets.AT_MOST,
                f"it keeps {_count(kept)} of {pods} of {workload.manifest.title}",
                f"write maxUnavailable: {pods - KEPT}, or minAvailable: 50% or more",
            )


ROWS: dict[str, Row] = {
    "availability-pods": Row(RELEASE, _availability_pods),
    "spread-nodes": Row(RELEASE, ByRule("spread-nodes", "anti-affinity", SERVING, _not_apart, rendered=True)),
    "node-capacity": Row(("nodes", *RELEASE), _node_capacity),
    "hpa-node-capacity": Row(("nodes", *RELEASE), _hpa_node_capacity),
    "disruption-budget": Row(RELEASE, _disruption_budget),
}
