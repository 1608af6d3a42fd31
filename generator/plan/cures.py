"""The smallest changes after which a question of a plan is answered with yes; each is proven first."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from generator.plan.plan import TOGETHER, Cure, question
from generator.plan.scene import Scene
from postrender.proof.placement import bounds, proofs, rolling
from postrender.proof.placement.board import Board
from postrender.proof.placement.budgets import Cover, covers
from postrender.proof.placement.groups import PodGroup, Spread, kept_apart
from postrender.proof.placement.nodes import NodeKind
from postrender.proof.placement.placing import place
from postrender.proof.placement.proofs import Loss, Proofs, Scaling, Update
from postrender.proof.placement.rolling import SAFE
from postrender.proof.placement.stage import Stage, opened
from postrender.proof.placement.steps import Steps
from postrender.proof.placement.terms import HOSTNAME, ZONE
from postrender.proof.placement.words import FAILS, HOLDS

# Cures that are told for one question, and nodes that one may ask for.
_MOST = 3
_MOST_NODES = 16
_STEPS = 20_000
_TOGETHER = 150_000
# Autoscalers that are too large, of which cures are looked for.
_SCALINGS = 4

Change = Callable[[Stage], Stage]
# Whether so many nodes more, like that one, mend it.
Holds = Callable[[int, NodeKind | None], bool]


def cures(scene: Scene, found: Proofs, shut: bool) -> dict[str, tuple[Cure, ...]]:
    """For each question that is answered with no, what mends it. `shut`: no node is for some of the pods."""
    told: dict[str, tuple[Cure, ...]] = {}
    # Cures are looked for as long as there are steps.
    steps = Steps(_TOGETHER)
    scene, found = scene._replace(steps=steps), found._replace(stage=found.stage._replace(steps=steps))
    if found.placement.answer in FAILS:
        told["placement"] = _first(_of_placement(scene, shut))
    for update in found.updates:
        if update.answer in FAILS:
            told[question(update)] = _first(_of_update(scene, found.stage, update))
    if found.together and found.together.answer in FAILS:
        told[TOGETHER] = _first(_of_all_updates(scene, found))
    if any(drain.answer in FAILS or drain.back in FAILS for drain in found.drains):
        told["drains"] = _first(_of_drains(scene, found))
    for loss in found.losses:
        if loss.answer in FAILS:
            told[question(loss)] = _first(_of_loss(found, loss))
    for scaling in found.scalings[:_SCALINGS]:
        if scaling.answer in FAILS:
            told[question(scaling)] = _first(_of_scaling(scene, scaling))
    return told


def _first(found: Iterator[str]) -> tuple[Cure, ...]:
    return tuple(Cure(text) for text in islice(found, _MOST))


# -- changes ----------------------------------------------------------------------------------


def _changes(stage: Stage) -> Iterator[tuple[str, Change]]:
    """Changes of the pods' terms, the least first, each with what it means in a profile or a manifest."""
    spreads = [spread for group in stage.groups for spread in group.spreads if spread.topology == ZONE]
    zones = len({kind.domain(ZONE) for kind in stage.kinds if kind.nodes} - {None})
    if any(_of_one_revision(stage, group) for group in stage.groups):
        yield "without pod-template-hash in matchLabelKeys of its spread constraint", _all_revisions
    if any(spread.min_domains > zones for spread in spreads):
        yield f"minDomains {zones}, the zones that there are (nodePool.zones)", _fewer_domains(zones)
    if spreads:
        yield "nodeTaintsPolicy Honor: zones without a node for the pods do not count", _honoring
        yield "zones preferred, not required (spread.zones: preferred, as in production)", _without_spreads
    if any(group.stands_alone(HOSTNAME) for group in stage.groups):
        yield "nodes preferred, not required (spread.nodes: preferred)", _without_apart


def _of_one_revision(stage: Stage, group: PodGroup) -> bool:
    """Whether a constraint of its counts the pods of one revision only."""
    both = stage.both(group.number)
    return any(spread.counted & both and not both <= spread.counted for spread in group.spreads)


def _all_revisions(stage: Stage) -> Stage:
    def change(group: PodGroup) -> PodGroup:
        both = stage.both(group.number)
        spreads = (
            s._replace(counted=s.counted | both if s.counted & both else s.counted) for s in group.spreads
        )
        return group._replace(spreads=tuple(spreads))

    return _each(stage, change)


def _each(stage: Stage, change: Callable[[PodGroup], PodGroup]) -> Stage:
    residents = 2 * stage.workloads
    groups = tuple(change(group) if group.number < residents else group for group in stage.groups)
    foes = {topology: kept_apart(list(groups), topology) for topology in stage.foes}
    return stage._replace(groups=groups, foes=foes)


def _fewer_domains(zones: int) -> Change:
    def change(group: PodGroup) -> PodGroup:
        spreads = (s._replace(min_domains=min(s.min_domains, zones)) for s in group.spreads)
        return group._replace(spreads=tuple(spreads))

    return lambda stage: _each(stage, change)


def _honoring(stage: Stage) -> Stage:
    def change(group: PodGroup) -> PodGroup:
        spreads = (s._replace(kinds=s.kinds & group.homes) for s in group.spreads)
        return group._replace(spreads=tuple(spreads))

    return _each(stage, change)


def _without_spreads(stage: Stage) -> Stage:
    return _each(stage, lambda group: group._replace(spreads=()))


def _without_apart(stage: Stage) -> Stage:
    def change(group: PodGroup) -> PodGroup:
        return group._replace(apart=tuple(term for term in group.apart if term.topology != HOSTNAME))

    return _each(stage, change)


def _of(like: NodeKind | None, holds: Holds, more: int) -> bool:
    return holds(more, like)


def _fewest(scene: Scene, holds: Holds) -> tuple[int, NodeKind | None] | None:
    """The fewest nodes more with which it holds, of whichever kind; None where no few do."""
    best: tuple[int, NodeKind | None] | None = None
    for like in scene.fresh:
        most = best[0] - 1 if best else _MOST_NODES
        if most and holds(most, like):
            fewest = bisect_left(range(1, most), True, key=partial(_of, like, holds)) + 1
            best = fewest, like
    return best


def _nodes(scene: Scene, holds: Holds) -> Iterator[str]:
    """So many nodes, as a cure."""
    best = _fewest(scene, holds)
    if best:
        yield scene.nodes_more(*best)


# -- questions --------------------------------------------------------------------------------


def _of_placement(scene: Scene, shut: bool) -> Iterator[str]:
    def holds(stage: Stage) -> bool:
        return proofs.placement(stage, stage.full).answer in HOLDS

    stage = scene.stage()
    if shut:
        if holds(opened(stage)):
            yield _let_in(scene, stage)
        return
    if scene.cordoned and holds(scene.uncordoned().stage()):
        yield f"kubectl uncordon {' '.join(scene.cordoned)}"
    for text, change in _changes(stage):
        if holds(change(stage)):
            yield text
    yield from _nodes(scene, lambda more, like: holds(scene.stage(more, like)))
    yield from _fewer_pods(stage)


def _let_in(scene: Scene, stage: Stage) -> str:
    """What lets pods onto nodes that are not for them."""
    shut = [g for g in stage.groups[: stage.workloads] if g.pods and not stage.has_home(g)]
    reasons = {reason for group in shut for reason in [bounds.nowhere(stage, group)]}
    if not any("taint" in reason for reason in reasons):
        cure = "select nodes that are there"
        return f"{cure}, or label the nodes so" if scene.cluster else f"{cure} (the rule node-pool does)"
    return "let the pods tolerate the taint and select the nodes (the rule node-pool does both)"


def _too_many(stage: Stage, number: int, pods: int) -> bool:
    return place(stage, stage.with_pods({number: pods}), Steps(_STEPS)).fits is not True


def _fewer_pods(stage: Stage) -> Iterator[str]:
    """The largest number of pods of a workload with which all the others find a place too."""
    for group in stage.groups[: stage.workloads]:
        sizes = range(1, group.pods)
        fitting = bisect_left(sizes, True, key=partial(_too_many, stage, group.number))
        if fitting:
            pods = sizes[fitting - 1]
            yield f"{pods} pod{'s' * (pods != 1)} of {group.title} in place of {group.pods}"


def _of_update(scene: Scene, stage: Stage, update: Update) -> Iterator[str]:
    number, pods = update.group.number, update.group.pods

    def holds(stage: Stage, strategy: rolling.Strategy) -> bool:
        placed = proofs.placement(stage, stage.with_pods({number: pods}))
        if not placed.starts:
            return False
        group = stage.groups[number]._replace(pods=pods)
        return proofs.update(Board(stage), group, strategy, placed).answer in HOLDS

    if update.strategy != SAFE and holds(stage, SAFE):
        yield "maxSurge 0, maxUnavailable 1: an old pod makes room for each new one"
    if scene.cordoned and holds(opened(scene.uncordoned().stage()), update.strategy):
        yield f"kubectl uncordon {' '.join(scene.cordoned)}"
    yield from _nodes(scene, lambda more, like: holds(opened(scene.stage(more, like)), update.strategy))
    for text, change in _changes(stage):
        if holds(change(stage), update.strategy):
            yield text


def _of_all_updates(scene: Scene, found: Proofs) -> Iterator[str]:
    def holds(stage: Stage, safe: bool = False) -> bool:
        placed = proofs.placement(stage, stage.full)
        if not placed.starts:
            return False
        updated = [(stage.groups[one.group.number], SAFE if safe else one.strategy) for one in found.updates]
        return proofs.together(Board(stage), updated, placed).answer in HOLDS

    # Each by itself goes through: that was the question before.
    yield "upgrade one workload at a time"
    if holds(found.stage, safe=True):
        yield "maxSurge 0, maxUnavailable 1 for each of them"
    yield from _nodes(scene, lambda more, like: holds(opened(scene.stage(more, like))))


def _of_drains(scene: Scene, found: Proofs) -> Iterator[str]:
    stage = found.stage

    def holds(stage: Stage, budgets: list[Cover]) -> bool:
        placed = proofs.placement(stage, stage.full)
        told = proofs.every_drain(Board(stage), placed, budgets)
        return bool(told) and all(drain.answer in HOLDS and drain.back in HOLDS for drain in told)

    standing = covers(scene.release, stage)
    blocked = {group.number for drain in found.drains for group, _ in drain.blocked}
    over = [cover for cover in standing if blocked & cover.groups]
    one_each = [cover._replace(max_unavailable=1, min_available=None) for cover in over]
    others = [cover for cover in standing if cover not in over]
    if over and holds(stage, [*others, *one_each]):
        names = " and ".join(cover.budget.title for cover in over)
        yield f"maxUnavailable 1 in {names}, in place of what {'it says' if len(over) == 1 else 'they say'}"
    for cover in over:
        if len(over) > 1 and holds(stage, [one for one in standing if one != cover]):
            yield f"without {cover.budget.title}"
    if len(over) == 1 and holds(stage, others):
        yield f"without {over[0].budget.title}"
    yield from _nodes(scene, lambda more, like: holds(opened(scene.stage(more, like)), standing))


def _of_loss(found: Proofs, loss: Loss) -> Iterator[str]:
    """Constraints over zones, where there are enough of them."""

    def change(group: PodGroup) -> PodGroup:
        spread = Spread(ZONE, frozenset((group.number,)), 1, 1, group.homes)
        return group._replace(spreads=(*group.spreads, spread)) if group.workload else group

    stage = _each(found.stage, change)
    placed = proofs.placement(stage, stage.full)
    if placed.starts and proofs.loss(Board(stage), loss.zone, placed).answer in HOLDS:
        yield "zones required (spread.zones: required, as in multi-az)"


def _of_scaling(scene: Scene, scaling: Scaling) -> Iterator[str]:
    number = scaling.group.number
    groups = scene.stage().groups
    most = proofs.most_pods(scene.release, groups)

    def holds(more: int, like: NodeKind | None, pods: int) -> bool:
        stage = opened(scene.grown(more, like))
        return proofs.scaled(stage, {**most, number: pods}, number)[0] in HOLDS

    best = _fewest(scene, lambda more, like: holds(more, like, scaling.most))
    if best and scene.pool and not scene.cluster:
        most_nodes = max(scene.pool.max_nodes, scene.pool.nodes) + best[0]
        yield f"nodePool.maxNodes {most_nodes}, with cluster.addOns.clusterAutoscaler"
    elif best:
        yield scene.nodes_more(*best)
    fewest = groups[number].pods
    sizes = range(fewest, min(scaling.most - 1, fewest + _MOST_NODES) + 1)
    fitting = bisect_left(sizes, True, key=lambda pods: not holds(0, None, pods))
    if fitting:
        yield f"maxReplicas {sizes[fitting - 1]}"
