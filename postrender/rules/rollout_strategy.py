"""rollout-strategy: all pods find a node, and a rolling update of each workload comes to its end."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property

from postrender.errors import UnreadableError
from postrender.manifests.manifest import Manifest, Object
from postrender.manifests.operations import Operation, put
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.proof.arithmetic import UNSTATED
from postrender.proof.placement import bounds, groups, rolling
from postrender.proof.placement.board import Board, Snapshot
from postrender.proof.placement.exploring import Found, explore
from postrender.proof.placement.groups import PodGroup
from postrender.proof.placement.placing import Answer, Homeless, every_placement, place
from postrender.proof.placement.rolling import ROLLING, SAFE, Strategy
from postrender.proof.placement.stage import Stage, declared_stage
from postrender.proof.placement.steps import Steps
from postrender.rules import scope
from postrender.rules.finding import Finding
from profiles import quantities
from profiles.policy import NodePool, Policy

RULE = "rollout-strategy"
# Of what finds no place, of an update that hangs for it, and of one that stops all pods.
PLACES = ("node-capacity", "availability-nodes")
ROOM = ("node-capacity",)
STANDING = ("availability-pods",)
ONE_BY_ONE = {"maxSurge": 0, "maxUnavailable": 1}
_LARGER = "declare a larger node pool (nodePool.nodes, nodePool.nodeSize), or run fewer pods"
_ZONES = "declare the zones of the node pool (nodePool.zones) and its nodes, or ask for fewer zones"
# The steps for looking at all ways in which updates may go; a release of a few components needs a tenth.
_EVERY_WAY = 10_000


class _Proof:
    """The release's pods on the declared pool, whether they fit, and in which ways they may stand."""

    def __init__(self, release: Release, pool: NodePool, kubernetes: tuple[int, int]) -> None:
        self._made = release, pool, kubernetes
        self.stage = declared_stage(release, pool, kubernetes, bound=False)
        self.answer = place(self.stage, self.stage.full, Steps())
        # The Deployments' own searches share their steps.
        self.steps = Steps()
        self.ways = Steps(_EVERY_WAY)
        self._of = {id(one.workload.manifest): one for one in reversed(self.stage.groups) if one.workload}

    def of(self, workload: Workload) -> PodGroup | None:
        """The pods of that workload as they are."""
        return self._of.get(id(workload.manifest))

    def place(self, pods: dict[int, int]) -> Answer:
        """Full strength, with other numbers of pods of some groups."""
        # First what is told at once, without a look at each group of the release.
        asked_for = [sizes.copy() for sizes in self._demand]
        for number, count in pods.items():
            group = self.stage.groups[number]
            for sizes, ask in zip(asked_for, group.asks, strict=True):
                sizes[ask] += count - group.pods
        reason = bounds.of_resources(self.stage, asked_for)
        if reason and self.answer.board:
            return Answer(False, reason)
        return place(self.stage, self.stage.with_pods(pods), self.steps)

    def alone(self, pods: dict[int, int]) -> Answer:
        """These pods of these groups, without any others."""
        wanted = [0] * len(self.stage.groups)
        for number, count in pods.items():
            wanted[number] = count
        return place(self.stage, tuple(wanted), self.steps)

    @cached_property
    def _demand(self) -> list[Counter[int]]:
        return bounds.demand(self.stage, self.stage.full)

    @cached_property
    def grown(self) -> Stage:
        """Where the cluster autoscaler has added all the nodes that it may."""
        release, pool, kubernetes = self._made
        return declared_stage(release, pool._replace(nodes=pool.max_nodes), kubernetes, bound=False)

    @cached_property
    def starts(self) -> tuple[Snapshot, ...]:
        """All ways in which the pods may stand; none where they do not fit or there are too many ways."""
        if not self.answer.fits:
            return ()
        found = every_placement(self.stage, self.stage.full, self.ways)
        return found.ends if found.whole else ()

    def update(self, group: PodGroup, strategy: Strategy) -> Found:
        """All ways in which an update of the group may go."""
        turns = rolling.updating(group, self.stage.next(group), group.pods, strategy)
        return explore(Board(self.stage), self.starts, turns, self.ways)


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """Releases that the pool cannot hold, and Deployments whose update cannot end or stops all pods."""
    proof = _Proof(release, policy.pool, policy.kubernetes) if policy.pool else None
    if proof and proof.stage.groups:
        yield from _placed(proof)
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
        elif proof:
            yield from _hanging(release, proof, workload)


def _placed(proof: _Proof) -> Iterator[Finding]:
    """What the placement of all pods tells: a violation for each workload that finds no place."""
    answer, stage = proof.answer, proof.stage
    for homeless in answer.homeless:
        yield _homeless(homeless)
    if answer.fits is None:
        doubted = [group for group in stage.groups if group.unmodelled and group.pods]
        if not answer.board or not doubted:
            yield _undecided(stage.groups[0], answer.reason)
        else:
            for group in doubted:
                yield _undecided(group, f"{' and '.join(group.unmodelled)}, which is not modelled")
    for workload in stage.doubtful if answer.fits is not False else ():
        reason = "whether this DaemonSet runs on the pool's nodes, and takes of their room, is not known"
        yield _not_decided(workload, reason)


def _homeless(homeless: Homeless) -> Finding:
    return Finding(
        rule=RULE,
        manifest=_manifest(homeless.group),
        path=("spec", "replicas"),
        problem=homeless.reason,
        cure=_ZONES if " zone" in homeless.reason else _LARGER,
        requirements=PLACES,
    )


def _manifest(group: PodGroup) -> Manifest:
    assert group.workload is not None, "on the declared pool all pods are the release's"
    return group.workload.manifest


def _undecided(group: PodGroup, reason: str) -> Finding:
    assert group.workload is not None, "on the declared pool all pods are the release's"
    return _not_decided(group.workload, reason)


def _not_decided(workload: Workload, reason: str) -> Finding:
    return Finding(
        rule=RULE,
        manifest=workload.manifest,
        path=("spec",),
        problem=f"whether all pods find a node is not decided: {reason}",
        cure="see to it that the nodes have room",
        requirements=PLACES,
        level="note",
    )


def _recreate(workload: Workload) -> Finding:
    path = ("spec", "strategy")
    wanted = {"type": "RollingUpdate", "rollingUpdate": dict(ONE_BY_ONE)}
    return Finding(
        rule=RULE,
        manifest=workload.manifest,
        path=path,
        problem="strategy Recreate stops all pods at once on every update",
        cure="RollingUpdate with maxSurge 0, maxUnavailable 1: one pod at a time, no spare node needed",
        requirements=STANDING,
        operations=(Operation("replace", path, wanted),),
    )


def _refused(workload: Workload) -> Finding | None:
    """Two zeros, both written, are refused by the API server."""
    strategy = rolling.strategy_of(workload)
    if strategy is None or not strategy.refused:
        return None
    return Finding(
        rule=RULE,
        manifest=workload.manifest,
        path=ROLLING,
        problem="maxSurge 0 and maxUnavailable 0 let no pod be replaced, and Kubernetes refuses them",
        cure="maxUnavailable 1: an old pod makes room for each new one",
        requirements=STANDING,
        operations=(put(workload.manifest, (*ROLLING, "maxUnavailable"), ONE_BY_ONE["maxUnavailable"]),),
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
    return _corrected(workload, problem, rolling)._replace(requirements=STANDING)


def _hanging(release: Release, proof: _Proof, workload: Workload) -> Iterator[Finding]:
    """An update that hangs: no pod may go before a new one stands, and no new one fits."""
    own = proof.of(workload)
    if own is None:
        return
    # Where the pods of all workloads do not fit, or that is not decided, the Deployment's own still tell.
    board, standing = proof.answer.board, proof.place
    if not board:
        standing = proof.alone
        by_itself = standing({own.number: own.pods})
        if by_itself.fits is False:
            if proof.answer.fits is None:
                yield from map(_homeless, by_itself.homeless)
            return
    most = min(max(release.replicas(workload)[1], own.pods), groups.MOST_PODS)
    if most > own.pods:
        reached = _at_most(proof, own, most, alone=not board)
        if reached.fits is False:
            yield _autoscaled_beyond(workload, most, reached)
    rolling_update = workload.manifest.map(*ROLLING)
    bound = _bound(workload, rolling_update, own.pods, most)
    stuck = bound and _stuck(proof, standing, own, workload, bound)
    if stuck:
        yield _corrected(workload, stuck, rolling_update)
    elif board and own.pods:
        yield from _may_hang(proof, own, workload)


def _stuck(
    proof: _Proof, standing: Callable[[dict[int, int]], Answer], own: PodGroup, workload: Workload, bound: int
) -> str:
    """Why an update never ends; empty where nothing tells. `bound`: the most pods none of which may go."""
    rolling_update, board = workload.manifest.map(*ROLLING), proof.answer.board
    # The most pods that find a place while none may go; what admits one more of them admits any fewer.
    larger = range(own.pods + 1, bound + 1)
    count = own.pods + bisect_left(larger, True, key=lambda more: standing({own.number: more}).fits is False)
    surge = _scaled(workload, rolling_update.get("maxSurge"), count, round_up=True)
    # The Deployment controller takes percentages that come to 0 and 0 for maxUnavailable 1.
    new = proof.stage.next(own).number
    if surge == 0 or count == 0 or (board and count == own.pods and next(board.admitting(new), None)):
        return ""
    # Where no term tells old and new pods apart, a new one is simply one more.
    told_apart = any((own.number in seen) != (new in seen) for seen in own.looks_at)
    one_more = standing({own.number: count, new: 1} if told_apart else {own.number: count + 1})
    if one_more.fits is not False:
        return ""
    return (
        f"a rolling update never ends: maxSurge {surge} and maxUnavailable 0 of {count} pods want "
        f"a new pod before an old one goes, and {one_more.reason}"
    )


def _at_most(proof: _Proof, own: PodGroup, most: int, alone: bool) -> Answer:
    """Whether as many pods as the autoscaler may ask for find a place on all nodes that may be added."""
    stage = proof.grown
    wanted = stage.with_pods({own.number: most})
    if alone:
        wanted = tuple(most if one.number == own.number else 0 for one in stage.groups)
    return place(stage, wanted, proof.steps)


def _may_hang(proof: _Proof, own: PodGroup, workload: Workload) -> Iterator[Finding]:
    """An update that ends or hangs with the nodes that the scheduler happens to choose."""
    strategy = rolling.strategy_of(workload)
    if strategy is None or not proof.starts:
        return
    found = proof.update(own, strategy)
    if found.stuck is None:
        return
    limits = strategy.over(own.pods)
    problem = (
        f"a rolling update may hang: maxSurge {limits.surge} and maxUnavailable {limits.unavailable} of "
        f"{own.pods} pods leave a new pod without a node, where the scheduler puts others first"
    )
    if proof.update(own, SAFE).ways == "all":
        yield _corrected(workload, problem, workload.manifest.map(*ROLLING))
    else:
        yield _corrected(workload, problem, {})._replace(
            operations=(), cure=_LARGER, level="violation" if found.ways == "none" else "note"
        )


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
    operations = tuple(put(manifest, (*ROLLING, key), value) for key, value in ONE_BY_ONE.items())
    if not rolling:
        operations = (put(manifest, ROLLING, dict(ONE_BY_ONE)),)
    return Finding(
        rule=RULE,
        manifest=manifest,
        path=ROLLING,
        problem=problem,
        cure="maxSurge 0, maxUnavailable 1: an old pod makes room for each new one",
        requirements=ROOM,
        operations=operations,
        missing=not rolling,
    )


def _scaled(workload: Workload, value: object, count: int, *, round_up: bool) -> int:
    try:
        return quantities.scaled(UNSTATED if value is None else value, count, round_up=round_up)
    except quantities.QuantityError as error:
        raise UnreadableError(f"{workload.manifest.where}: /spec/strategy/rollingUpdate: {error}") from None
