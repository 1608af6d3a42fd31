"""rollout-strategy: all pods find a node, and a rolling update of each workload comes to its end."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from postrender.errors import UnreadableError
from postrender.manifests.manifest import Object
from postrender.manifests.operations import Operation, put
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.proof import groups as pods
from postrender.proof import placement, pool
from postrender.proof.groups import PodGroup
from postrender.proof.placement import Answer, Homeless, Steps
from postrender.rules import scope
from postrender.rules.finding import Finding
from profiles import quantities
from profiles.policy import NodePool, Policy

RULE = "rollout-strategy"
REQUIREMENTS = ("node-capacity", "availability-pods")
SAFE = {"maxSurge": 0, "maxUnavailable": 1}
_LARGER = "declare a larger node pool (nodePool.nodes, nodePool.nodeSize), or run fewer pods"
_ZONES = "declare the zones of the node pool (nodePool.zones) and its nodes, or ask for fewer zones"
ROLLING = ("spec", "strategy", "rollingUpdate")


class _Stage:
    """The release's pods on the declared pool, and whether they fit."""

    def __init__(self, release: Release, declared: NodePool, kubernetes: tuple[int, int]) -> None:
        room = pool.room(release, declared)
        self.pool = room.pool
        self.doubtful = room.doubtful
        self.groups = pods.pod_groups(release, declared, kubernetes)
        self.answer = placement.place(self.groups, self.pool, Steps())
        # The Deployments' own searches share their steps.
        self.steps = Steps()

    def place(self, groups: list[PodGroup]) -> Answer:
        return placement.place(groups, self.pool, self.steps)

    def place_at_most(self, groups: list[PodGroup]) -> Answer:
        """Where the cluster autoscaler has added all the nodes that it may."""
        return placement.place(groups, self.pool._replace(nodes=self.pool.max_nodes), self.steps)


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """Releases that the pool cannot hold, and Deployments whose update cannot end or stops all pods."""
    stage = _Stage(release, policy.pool, policy.kubernetes) if policy.pool else None
    if stage and stage.groups:
        yield from _placed(stage)
    for workload in scope.workloads(release, policy, scope.SERVING):
        if workload.manifest.kind != "Deployment" or workload.is_hook:
            continue
        if workload.manifest.text("spec", "strategy", "type") == "Recreate":
            if not policy.recreate_allowed and release.replicas(workload)[1] > 1:
                yield _recreate(workload)
            continue
        unsafe = _refused(workload) or _stopping(release, workload)
        if unsafe:
            yield unsafe
        elif stage:
            yield from _stuck(release, stage, workload)


def _placed(stage: _Stage) -> Iterator[Finding]:
    """What the placement of all pods tells: a violation for each workload that finds no place."""
    answer = stage.answer
    for homeless in answer.homeless:
        yield _homeless(homeless)
    if answer.fits is None:
        doubted = [group for group in stage.groups if group.unmodelled and group.pods]
        if not answer.nodes or not doubted:
            yield _undecided(stage.groups[0].workload, answer.reason)
        else:
            for group in doubted:
                yield _undecided(group.workload, f"{' and '.join(group.unmodelled)}, which is not modelled")
    for workload in stage.doubtful if answer.fits is not False else ():
        reason = "whether this DaemonSet runs on the pool's nodes, and takes of their room, is not known"
        yield _undecided(workload, reason)


def _homeless(homeless: Homeless) -> Finding:
    return Finding(
        rule=RULE,
        manifest=homeless.group.workload.manifest,
        path=("spec", "replicas"),
        problem=homeless.reason,
        cure=_ZONES if " zone" in homeless.reason else _LARGER,
        requirements=(*REQUIREMENTS, "availability-nodes"),
    )


def _undecided(workload: Workload, reason: str) -> Finding:
    return Finding(
        rule=RULE,
        manifest=workload.manifest,
        path=("spec",),
        problem=f"whether all pods find a node is not decided: {reason}",
        cure="see to it that the nodes have room",
        requirements=(*REQUIREMENTS, "availability-nodes"),
        level="note",
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


def _refused(workload: Workload) -> Finding | None:
    """Two zeros, both written, are refused by the API server."""
    rolling = workload.manifest.map(*ROLLING)
    if any(rolling.get(key) is None or _scaled(workload, rolling[key], 100, round_up=True) for key in SAFE):
        return None
    return Finding(
        rule=RULE,
        manifest=workload.manifest,
        path=ROLLING,
        problem="maxSurge 0 and maxUnavailable 0 let no pod be replaced, and Kubernetes refuses them",
        cure="maxUnavailable 1: an old pod makes room for each new one",
        requirements=REQUIREMENTS,
        operations=(put(workload.manifest, (*ROLLING, "maxUnavailable"), SAFE["maxUnavailable"]),),
    )


def _stopping(release: Release, workload: Workload) -> Finding | None:
    """An update that may stop all pods at once."""
    fewest, most = release.replicas(workload)
    rolling = workload.manifest.map(*ROLLING)
    count = max(fewest, 2)
    unavailable = _scaled(workload, rolling.get("maxUnavailable"), count, round_up=False)
    if count > max(fewest, most) or unavailable < count:
        return None
    problem = f"maxUnavailable {unavailable} of {count} pods stops all of them at once on every update"
    return _corrected(workload, problem, rolling)


def _stuck(release: Release, stage: _Stage, workload: Workload) -> Iterator[Finding]:
    """An update that hangs: no pod may go before a new one stands, and no new one fits."""
    own = next((group for group in stage.groups if group.workload is workload), None)
    if own is None:
        return
    # Where the pods of all workloads do not fit, or that is not decided, the Deployment's own still tell.
    nodes = stage.answer.nodes
    groups = stage.groups
    if not nodes:
        groups = pods.alone(own)
        own = groups[0]
        by_itself = stage.place(groups)
        if by_itself.fits is False:
            if stage.answer.fits is None:
                yield from map(_homeless, by_itself.homeless)
            return
    most = min(max(release.replicas(workload)[1], own.pods), pods.MOST_PODS)
    if most > own.pods:
        reached = stage.place_at_most(pods.with_pods(groups, own, most))
        if reached.fits is False:
            yield _autoscaled_beyond(workload, most, reached)
    rolling = workload.manifest.map(*ROLLING)
    bound = _bound(workload, rolling, own.pods, most)
    if not bound:
        return
    # The most pods that find a place while none may go; what admits one more of them admits any fewer.
    larger = range(own.pods + 1, bound + 1)
    count = own.pods + bisect_left(
        larger, True, key=lambda more: stage.place(pods.with_pods(groups, own, more)).fits is False
    )
    surge = _scaled(workload, rolling.get("maxSurge"), count, round_up=True)
    # The Deployment controller takes percentages that come to 0 and 0 for maxUnavailable 1.
    if surge == 0 or count == 0 or (nodes and count == own.pods and nodes.admits(own.number)):
        return
    one_more = stage.place(pods.with_one_more(groups, own, count))
    if one_more.fits is False:
        problem = (
            f"a rolling update never ends: maxSurge {surge} and maxUnavailable 0 of {count} pods want "
            f"a new pod before an old one goes, and {one_more.reason}"
        )
        yield _corrected(workload, problem, rolling)


def _bound(workload: Workload, rolling: Object, fewest: int, most: int) -> int:
    """The largest number of pods of which maxUnavailable leaves none unavailable; 0 where there is none."""
    # Of a hundred pods and more, one per cent is one already.
    counts: list[int] = [most, *range(min(most - 1, 99), max(fewest, 1) - 1, -1)]
    unavailable = rolling.get("maxUnavailable")
    return next((n for n in counts if _scaled(workload, unavailable, n, round_up=False) <= 0), 0)


def _autoscaled_beyond(workload: Workload, most: int, answer: Answer) -> Finding:
    return Finding(
        rule=RULE,
        manifest=workload.manifest,
        path=("spec", "replicas"),
        problem=f"its autoscaler may ask for {most} pods, which find no place: {answer.reason}",
        cure="declare a larger node pool, lower maxReplicas, or let a cluster autoscaler add nodes",
        requirements=("hpa-node-capacity",),
        level="note",
    )


def _corrected(workload: Workload, problem: str, rolling: Object) -> Finding:
    manifest = workload.manifest
    operations = tuple(put(manifest, (*ROLLING, key), value) for key, value in SAFE.items())
    if not rolling:
        operations = (put(manifest, ROLLING, dict(SAFE)),)
    return Finding(
        rule=RULE,
        manifest=manifest,
        path=ROLLING,
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
