"""Every question about a release on its nodes: placed, rolled, drained, a zone lost, scaled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from postrender.manifests.release import Release
from postrender.proof.arithmetic import Fenceposts
from postrender.proof.placement import budgets, outages, rolling
from postrender.proof.placement.board import Board, Place, Snapshot
from postrender.proof.placement.budgets import Cover
from postrender.proof.placement.draining import cordoned_nodes, evicting, staying
from postrender.proof.placement.exploring import Found, Next, explore
from postrender.proof.placement.groups import MOST_PODS, PodGroup
from postrender.proof.placement.placing import (
    every_placement,
    likely,
    one_way,
    place,
    settling,
)
from postrender.proof.placement.rolling import Strategy
from postrender.proof.placement.stage import Stage
from postrender.proof.placement.steps import Steps
from postrender.proof.placement.words import HOLDS, RANK, Wait, Word, wait, waiting, word
from profiles.scalardl import SERVING

# Steps for all ways of one question; beyond that the likely way is looked at.
_EACH = 15_000
_DRAINS = 60_000
_PLACEMENTS = 30_000
_PLACE = 100_000
# Sizes that an autoscaler may make, beyond its fewest pods, of which updates are looked at.
_SIZES = 4
# With more pods than this there are too many ways to try.
_MOST = 60


class Placement(NamedTuple):
    """Whether all pods find a node. `starts`: the ways in which they may stand that the other questions
    start from (`whole`: all of them), the likely one first. `reason`: why not, or what is not known.
    """

    answer: Word
    reason: str
    waits: tuple[Wait, ...]
    starts: tuple[Snapshot, ...]
    whole: bool
    found: Found | None = None


class Update(NamedTuple):
    """A rolling update of a workload. `waits`: the pods that wait where it hangs."""

    group: PodGroup
    strategy: Strategy
    limits: Fenceposts
    answer: Word
    found: Found
    waits: tuple[Wait, ...]


class Together(NamedTuple):
    """The updates of all workloads at the same time, where each by itself goes through."""

    answer: Word
    found: Found
    waits: tuple[Wait, ...]


class NodeDrain(NamedTuple):
    """A drain of a node in the state `place`. `back`: whether all pods find places again once the node
    is back; `waits`: those that have to wait for it. `blocked`: the groups of which pods never may go.
    """

    place: Place
    start: Snapshot
    answer: Word
    back: Word
    waits: tuple[Wait, ...]
    blocked: tuple[tuple[PodGroup, str], ...]


class Loss(NamedTuple):
    """The loss of a zone. `left`: of each group, the fewest that may remain, and of how many.

    `answer`: whether a pod of each component remains, which is enough to serve: pods of ScalarDL share no
    state. `quorum`: whether more than half of each remain. `again`: whether the lost ones find places on
    the nodes of other zones; `waits`: those that have to wait for the zone.
    """

    zone: str
    left: tuple[tuple[PodGroup, int], ...]
    answer: Word
    quorum: bool
    again: Word
    waits: tuple[Wait, ...]


class Scaling(NamedTuple):
    """An autoscaler's most pods, on as many nodes as a cluster autoscaler may make."""

    group: PodGroup
    most: int
    answer: Word
    reason: str


class Proofs(NamedTuple):
    """The answers. `stuck_budgets`: budgets that keep pods which are not ready on their nodes."""

    stage: Stage
    placement: Placement
    updates: tuple[Update, ...]
    together: Together | None
    drains: tuple[NodeDrain, ...]
    losses: tuple[Loss, ...]
    scalings: tuple[Scaling, ...]
    stuck_budgets: tuple[Cover, ...]


def prove(release: Release, stage: Stage, grown: Callable[[], Stage]) -> Proofs:
    """All answers. `grown`: the stage once a cluster autoscaler has added all nodes that it may."""
    placed = placement(stage, stage.full)
    board, found = Board(stage), budgets.covers(release, stage)
    if placed.starts:
        board.load(placed.starts[0])
    standing = [group for group in stage.groups if group.pods]
    updates = tuple(
        at_each_size(board, release, group, strategy, placed)
        for group in standing
        if placed.starts and group.workload and (strategy := rolling.strategy_of(group.workload))
    )
    # In their likely ways they do not meet: only of all ways is it worth asking.
    several = placed.whole and len(updates) > 1 and all(one.answer in HOLDS for one in updates)
    return Proofs(
        stage,
        placed,
        updates,
        together(board.copy(), [(one.group, one.strategy) for one in updates], placed) if several else None,
        every_drain(board, placed, found),
        tuple(loss(board, zone, placed) for zone in outages.zones(stage) if placed.starts),
        tuple(scalings(release, standing, grown)),
        tuple(cover for cover in found if budgets.unready_stay(cover, stage.full)),
    )


def placement(stage: Stage, wanted: tuple[int, ...]) -> Placement:
    """Whether so many pods of each group find a node, and the ways in which they may stand."""
    answer = place(stage, wanted, stage.steps.upto(_PLACE + stage.once(wanted)))
    small = sum(wanted) <= _MOST
    if answer.board is None:
        board = Board(stage)
        likely(board, wanted)
        waits = waiting(board, wanted)
        return Placement("never" if answer.fits is False else "unknown", answer.reason, waits, (), True)
    found = every_placement(stage, wanted, stage.steps.upto(_PLACEMENTS if small else 0))
    board = Board(stage)
    start = board.snapshot() if not likely(board, wanted) else answer.board.snapshot()
    starts = (start, *(end for end in found.ends if end != start)) if found.whole else (start,)
    waits = ()
    if found.stuck is not None:
        board.load(found.stuck)
        waits = waiting(board, wanted)
    said = word(found) if found.whole or found.stuck else "likely"
    doubted = answer.fits is None
    return Placement("unknown" if doubted else said, answer.reason, waits, starts, found.whole, found)


def update(board: Board, group: PodGroup, strategy: Strategy, placed: Placement) -> Update:
    """A rolling update of the group from full strength."""
    limits = strategy.over(group.pods)
    new = board.stage.next(group)
    found = _all_ways(board, placed, rolling.updating(group, new, group.pods, strategy))
    waits: tuple[Wait, ...] = ()
    if found.stuck is not None:
        board.load(found.stuck)
        waits = waiting(board, board.stage.with_pods(_wanted(board, group, strategy)))
    said = "never" if strategy.refused else _said(board.stage, [group], word(found, placed.whole))
    return Update(group, strategy, limits, said, found, waits)


def at_each_size(
    board: Board, release: Release, group: PodGroup, strategy: Strategy, placed: Placement
) -> Update:
    """The update of a group; of an autoscaled one also of the most pods none of which may be away."""
    first = update(board.copy(), group, strategy, placed)
    most = most_pods(release, [group]).get(group.number, 0)
    if not most or first.answer not in HOLDS:
        return first
    sizes = range(min(most, group.pods + _SIZES), group.pods, -1)
    for size in (size for size in sizes if not strategy.over(size).unavailable):
        larger = placement(board.stage, board.stage.with_pods({group.number: size}))
        if larger.starts:
            found = update(board.copy(), group._replace(pods=size), strategy, larger)
            return first if found.answer in HOLDS else found
    return first


def together(board: Board, updated: list[tuple[PodGroup, Strategy]], placed: Placement) -> Together:
    """The updates of all these groups at the same time, from full strength."""
    stage = board.stage
    turns = [rolling.updating(one, stage.next(one), one.pods, strategy) for one, strategy in updated]
    found = _all_ways(board, placed, rolling.together(turns))
    waits: tuple[Wait, ...] = ()
    if found.stuck is not None:
        board.load(found.stuck)
        wanted: dict[int, int] = {}
        for group, strategy in updated:
            wanted |= _wanted(board, group, strategy)
        waits = waiting(board, stage.with_pods(wanted))
    return Together(word(found, placed.whole), found, waits)


def _wanted(board: Board, group: PodGroup, strategy: Strategy) -> dict[int, int]:
    """How many old and new pods of the group an update wants now."""
    new = board.stage.next(group).number
    left, there = board.placed[group.number], board.placed[new]
    return {group.number: left, new: strategy.new_pods(group.pods, left, there)}


def _all_ways(board: Board, placed: Placement, turns: Next) -> Found:
    """All ways from where the pods may stand; the likely one where there are too many."""
    if placed.whole:
        found = explore(board, placed.starts, turns, board.stage.steps.upto(_EACH))
        if found.whole or found.stuck is not None:
            return found
    return one_way(board, placed.starts[0], turns)


def _said(stage: Stage, groups: Iterable[PodGroup], said: Word) -> Word:
    """What is not modelled of pods can only take places away: of these groups then no yes is sure, and of
    others none in every way.
    """
    if said not in HOLDS:
        return said
    if any(group.unmodelled for group in groups):
        return "unknown"
    return "likely" if any(group.pods and group.unmodelled for group in stage.groups) else said


def every_drain(board: Board, placed: Placement, found: list[Cover]) -> tuple[NodeDrain, ...]:
    """A drain of each node that has pods, from each way in which they may stand; of alike ones the worst.

    Where that are too many ways, from the likely one.
    """
    worst: dict[tuple[int, tuple[tuple[int, int], ...]], NodeDrain] = {}
    steps, whole = board.stage.steps.upto(_DRAINS if placed.whole else 0), placed.whole
    for number, start in enumerate(placed.starts):
        if number and steps.left <= 0:
            whole = False
            break
        board.load(start)
        for node in board.order:
            if node.own(board.stage.workloads):
                done, key = drain(board.copy(), start, node, found, steps), (node.kind, node.pods)
                worst[key] = max(worst.get(key, done), done, key=_badness)
    if whole:
        return tuple(worst.values())
    likely: dict[Word, Word] = {"always": "likely"}
    return tuple(
        one._replace(answer=likely.get(one.answer, one.answer), back=likely.get(one.back, one.back))
        for one in worst.values()
    )


def _badness(done: NodeDrain) -> tuple[int, int]:
    return RANK.index(done.answer), RANK.index(done.back)


def drain(board: Board, start: Snapshot, place: Place, found: list[Cover], steps: Steps) -> NodeDrain:
    """A drain of one node in that state, in all its ways as long as there are steps."""
    base, full = board.stage.base, board.stage.full
    board.load(start)
    board.turn(place, place.kind + base)
    cordoned = board.snapshot()
    turns = evicting(full, found, base)
    met = explore(board, [cordoned], turns, steps, keep=True)
    if not (met.whole or met.stuck):
        met = one_way(board, cordoned, turns)
    blocked: tuple[tuple[PodGroup, str], ...] = ()
    if met.stuck is not None:
        board.load(met.stuck)
        blocked = tuple(staying(board, found))
    waits: dict[int, Wait] = {}
    returned = []
    for end in met.ends:
        board.load(end)
        for number in board.pending(full):
            if number not in waits and not board.admits(number):
                waits[number] = wait(board, full, number)
        for one in cordoned_nodes(board):
            board.turn(one, one.kind - base)
        returned.append(board.snapshot())
    back: Word = "unknown"
    if returned:
        settled = explore(board, returned, settling(full), steps)
        if not (settled.whole or settled.stuck):
            settled = one_way(board, returned[0], settling(full))
        back = word(settled, met.whole)
    there = [board.stage.groups[number] for number, _ in place.own(board.stage.workloads)]
    answers = (_said(board.stage, there, word(met)), _said(board.stage, there, back))
    return NodeDrain(place, start, *answers, tuple(waits.values()), blocked)


def loss(board: Board, zone: str, placed: Placement) -> Loss:
    """The loss of a zone, from every way in which the pods may stand."""
    full = board.stage.full
    found = outages.lose(
        board, zone, placed.starts, full, board.stage.steps.upto(_EACH if placed.whole else 0)
    )
    again = found.again
    if not (again.whole or again.stuck) and found.first is not None:
        board.load(found.first)
        homeless = likely(board, full)
        end = board.snapshot()
        again = Found(False, (), end) if homeless else Found(False, (end,))
    waits: tuple[Wait, ...] = ()
    if again.stuck is not None:
        board.load(again.stuck)
        waits = waiting(board, full)
    groups = [group for group in board.stage.groups if group.pods]
    serving = [group for group in groups if group.workload and group.workload.role in SERVING]
    asked = serving or groups
    stands = all(found.stands(group.number) for group in asked)
    quorum = all(found.quorum(group.number) for group in asked)
    left = tuple((group, found.left[group.number]) for group in groups)
    stand: Word = ("always" if placed.whole else "likely") if stands else "sometimes"
    elsewhere = _said(board.stage, [], word(again, placed.whole))
    return Loss(zone, left, _said(board.stage, [], stand), quorum, elsewhere, waits)


def scalings(release: Release, groups: list[PodGroup], grown: Callable[[], Stage]) -> list[Scaling]:
    """Each autoscaler at its most pods."""
    most = most_pods(release, groups)
    if not most:
        return []
    stage = grown()
    return [
        Scaling(stage.groups[number], pods, *scaled(stage, most, number)) for number, pods in most.items()
    ]


def most_pods(release: Release, groups: Iterable[PodGroup]) -> dict[int, int]:
    """Of the groups that an autoscaler may make larger, the most pods."""
    return {
        group.number: min(release.replicas(group.workload)[1], MOST_PODS)
        for group in groups
        if group.pods and group.workload and release.replicas(group.workload)[1] > group.pods
    }


def scaled(stage: Stage, most: dict[int, int], number: int) -> tuple[Word, str]:
    """Whether the most pods of the group find a node, alone and beside the others' most; and why not."""
    alone = placement(stage, stage.with_pods({number: most[number]}))
    if alone.answer not in HOLDS or len(most) == 1:
        return alone.answer, _why(alone)
    together = placement(stage, stage.with_pods(most))
    if together.answer in HOLDS:
        return together.answer, ""
    return together.answer, f"beside the most pods of the other autoscalers: {_why(together)}"


def _why(placed: Placement) -> str:
    return placed.reason or "; ".join(wait.text for wait in placed.waits)
