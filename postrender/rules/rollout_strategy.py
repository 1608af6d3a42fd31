"""rollout-strategy: all pods find a node, and a rolling update of each workload comes to its end."""

from __future__ import annotations

from collections.abc import Iterator

from postrender.errors import UnreadableError
from postrender.manifests.manifest import Object
from postrender.manifests.operations import Operation, put
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.proof import placement
from postrender.proof.placement import Answer, PodGroup
from postrender.rules import scope
from postrender.rules.finding import Finding
from profiles import quantities
from profiles.policy import NodePool, Policy

RULE = "rollout-strategy"
REQUIREMENTS = ("node-capacity", "availability-pods")
SAFE = {"maxSurge": 0, "maxUnavailable": 1}


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """Releases that the pool cannot hold, and Deployments whose update cannot end or stops all pods."""
    pool = policy.pool
    groups = placement.pod_groups(release)
    answer = placement.place(groups, pool) if pool and groups else None
    if answer and not answer.fits:
        yield _homeless(answer, groups)
    for workload in scope.workloads(release, policy, scope.SERVING):
        if workload.manifest.kind != "Deployment" or workload.is_hook:
            continue
        if workload.manifest.text("spec", "strategy", "type") == "Recreate":
            if not policy.recreate_allowed and release.replicas(workload)[1] > 1:
                yield _recreate(workload)
        elif pool and answer and answer.fits:
            yield from _rolled(release, pool, answer, groups, workload)


def _homeless(answer: Answer, groups: list[PodGroup]) -> Finding:
    blamed = next((group for group in groups if group.workload.manifest.title in answer.reason), groups[0])
    return Finding(
        rule=RULE,
        manifest=blamed.workload.manifest,
        path=("spec", "replicas"),
        problem=answer.reason,
        cure="declare a larger node pool (nodePool.nodes, nodePool.nodeSize), or run fewer pods",
        requirements=(*REQUIREMENTS, "availability-nodes"),
        level="violation" if answer.fits is False else "note",
    )


def _recreate(workload: Workload) -> Finding:
    path = ("spec", "strategy")
    wanted = {"type": "RollingUpdate", "rollingUpdate": dict(SAFE)}
    return Finding(
        rule=RULE,
        manifest=workload.manifest,
        path=path,
        problem="strategy Recreate stops all pods at once on every update",
        cure="RollingUpdate with maxSurge 0, maxUnavailable 1: one pod at a time, no spare node needed",
        requirements=REQUIREMENTS,
        operations=(Operation("replace", path, wanted),),
    )


def _rolled(
    release: Release, pool: NodePool, answer: Answer, groups: list[PodGroup], workload: Workload
) -> Iterator[Finding]:
    """A rolling update is stuck where no pod may go before a new one stands, and no new one fits."""
    manifest = workload.manifest
    own = next((group for group in groups if group.workload is workload), None)
    if own is None:
        return
    rolling = manifest.map("spec", "strategy", "rollingUpdate")
    fewest, most = release.replicas(workload)
    for count in range(max(fewest, 1), max(fewest, most) + 1):
        surge = _scaled(workload, rolling.get("maxSurge"), count, round_up=True)
        unavailable = _scaled(workload, rolling.get("maxUnavailable"), count, round_up=False)
        if unavailable >= count > 1:
            problem = (
                f"maxUnavailable {unavailable} of {count} pods stops all of them at once on every update"
            )
            yield _corrected(workload, problem, rolling)
            return
        if count > own.pods:
            reached = placement.place(_with(groups, own, count), pool)
            if not reached.fits:
                yield _autoscaled_beyond(workload, count, most, reached)
                return
            answer = reached
        # The Deployment controller takes 0 and 0 for maxUnavailable 1.
        if unavailable > 0 or surge == 0 or (answer.nodes and answer.nodes.admits(own)):
            continue
        one_more = placement.place(_with(groups, own, count + 1), pool)
        if one_more.fits is False:
            problem = (
                f"a rolling update never ends: maxSurge {surge} and maxUnavailable 0 of {count} pods want "
                f"a new pod before an old one goes, and {one_more.reason}"
            )
            yield _corrected(workload, problem, rolling)
            return


def _with(groups: list[PodGroup], own: PodGroup, count: int) -> list[PodGroup]:
    return [group._replace(pods=count) if group is own else group for group in groups]


def _autoscaled_beyond(workload: Workload, count: int, most: int, answer: Answer) -> Finding:
    return Finding(
        rule=RULE,
        manifest=workload.manifest,
        path=("spec", "replicas"),
        problem=f"its autoscaler may ask for {most} pods, and {count} find no place: {answer.reason}",
        cure="declare a larger node pool, lower maxReplicas, or let a cluster autoscaler add nodes",
        requirements=("hpa-node-capacity",),
        level="note",
    )


def _corrected(workload: Workload, problem: str, rolling: Object) -> Finding:
    manifest = workload.manifest
    operations = tuple(
        put(manifest, ("spec", "strategy", "rollingUpdate", key), value) for key, value in SAFE.items()
    )
    if not rolling:
        operations = (put(manifest, ("spec", "strategy", "rollingUpdate"), dict(SAFE)),)
    return Finding(
        rule=RULE,
        manifest=manifest,
        path=("spec", "strategy", "rollingUpdate"),
        problem=problem,
        cure="maxSurge 0, maxUnavailable 1: an old pod makes room for each new one",
        requirements=REQUIREMENTS,
        operations=operations,
        missing=not rolling,
    )


def _scaled(workload: Workload, value: object, count: int, *, round_up: bool) -> int:
    try:
        return quantities.scaled("25%" if value is None else value, count, round_up=round_up)
    except quantities.QuantityError as error:
        raise UnreadableError(f"{workload.manifest.where}: /spec/strategy/rollingUpdate: {error}") from None
