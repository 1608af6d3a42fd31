"""Whether the nodes can hold a release's pods, for all its workloads together.

What is not modelled can only take places away. So a no stands, and where all pods find a place but
something is not modelled, the answer is neither yes nor no.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, compress
from typing import NamedTuple

from postrender.proof.placement import bounds
from postrender.proof.placement.board import Board, Place, Snapshot
from postrender.proof.placement.exploring import Found, Key, Keys, Move, Next, Turn, explore
from postrender.proof.placement.groups import PodGroup
from postrender.proof.placement.stage import Stage
from postrender.proof.placement.steps import Steps
from postrender.proof.placement.terms import HOSTNAME, ZONE

_TOO_LONG = "there are too many ways to place them"

# Workloads that a reason names; the others are counted.
_NAMED = 4
_DOUBTS = 4


class Homeless(NamedTuple):
    """A group of which pods find no node, and why."""

    group: PodGroup
    reason: str


class Answer(NamedTuple):
    """Whether all pods find a node; None: not decided, for the reason given.

    `homeless`: where not, whose pods in the best attempt. `board`: where they do as far as is
    modelled, the nodes with the pods on them.
    """

    fits: bool | None
    reason: str = ""
    homeless: tuple[Homeless, ...] = ()
    board: Board | None = None


def place(stage: Stage, wanted: tuple[int, ...], steps: Steps) -> Answer:
    """Whether there is a way in which all the wanted pods find a node: so many of each group."""
    groups = list(compress(stage.groups, wanted))
    reasons = {g.number: reason for g in groups if (reason := bounds.of_one(stage, g, wanted[g.number]))}
    if reasons:
        impossible = [Homeless(group, reasons[group.number]) for group in groups if group.number in reasons]
        others = tuple(0 if number in reasons else pods for number, pods in enumerate(wanted))
        rest = place(stage, others, steps)
        return Answer(False, impossible[0].reason, (*impossible, *rest.homeless))
    # The hardest first: pods that must stand apart, then the largest.
    order = sorted(groups, key=lambda g: (not g.stands_alone(HOSTNAME), [-ask for ask in g.asks]))
    reason = bounds.of_all(stage, wanted)
    if not reason:
        answer = _searched(stage, order, wanted, steps)
        if answer is not None:
            return answer
        reason = f"{stage.nodes} nodes do not hold all pods at once ({_listed(order, wanted)})"
    return Answer(False, reason, tuple(_greedily(Board(stage), order, wanted, reason)))


def settling(wanted: tuple[int, ...]) -> Next:
    """Pending pods come to nodes, in any order, until so many of each group stand."""

    def turn(board: Board) -> Turn:
        pending = board.pending(wanted)
        return Turn((), pending, not pending)

    return turn


def every_placement(stage: Stage, wanted: tuple[int, ...], steps: Steps) -> Found:
    """All ways in which the scheduler may place the pods, in whatever order they come."""
    board = Board(stage)
    return explore(board, [board.snapshot()], settling(wanted), steps, keep=True)


def likely(board: Board, wanted: tuple[int, ...]) -> list[int]:
    """Place the pending pods as the scheduler likes to, evenly; the groups of which some found no node.

    Preferred terms are taken as a wish to stand apart from its own kind, in other zones first.
    """
    homeless = []
    groups = board.stage.groups
    for number in sorted(board.pending(wanted), key=lambda number: [-ask for ask in groups[number].asks]):
        while board.placed[number] < wanted[number]:
            place = evenest(board, number)
            if place is None:
                homeless.append(number)
                break
            board.put(place, number)
    return homeless


def evenest(board: Board, number: int) -> Place | None:
    """The node that suits one more pod of the group best; None where none admits it.

    There are the fewest alike pods in its zone, then on the node; then the most is free.
    """
    refuses, alike = board.refusing(number), board.stage.both(number)
    zones = [kind.domain(ZONE) for kind in board.stage.kinds]
    there = board.by_domain(ZONE, alike)
    homes = board.stage.groups[number].homes
    least = min((there[zones[kind]] for kind in homes if board.nodes[kind]), default=0)
    best, found = None, None
    for place in reversed(board.order):
        room = [-free for free in place.free]
        if best and best < [least, 0, *room]:
            break  # so are all that follow, which have no more room
        unfit = [there[zones[place.kind]], place.counted(alike), *room, place.kind]
        if (best is None or unfit <= best) and not refuses(place):
            best, found = unfit, place
    return found


def one_way(board: Board, start: Snapshot, turns: Next) -> Found:
    """The way that scheduler and controllers are likely to go from a state: it ends, or hangs."""
    board.load(start)
    trail: list[Move] = []
    came: set[tuple[int, int]] = set()
    seen: set[Snapshot] = set()
    while True:
        turn = turns(board)
        if turn.ended:
            return Found(False, (board.snapshot(),), moves=tuple(trail), start=start)
        move = _likely_move(board, turn)
        # No state comes again as long as no pod goes from where such a pod came.
        again = move and not move.comes and (move.number, move.place.kind) in came
        if not move or (again and board.snapshot() in seen):
            return Found(False, (), board.snapshot(), tuple(trail), start)
        if move.comes:
            board.put(move.place, move.number)
            came.add((move.number, move.place.kind))
        else:
            if again:
                seen.add(board.snapshot())
            board.take(move.place, move.number)
        trail.append(move)


def _likely_move(board: Board, turn: Turn) -> Move | None:
    """What they do first: a pod comes, evenly; else one goes where most are."""
    for number in turn.coming:
        place = evenest(board, number)
        if place is not None:
            return Move(True, number, place)
    going = (Move(False, number, place) for number, place in turn.going)
    return max(going, key=lambda move: (move.place.has(move.number), move.place.pods), default=None)


def _searched(stage: Stage, order: list[PodGroup], wanted: tuple[int, ...], steps: Steps) -> Answer | None:
    """What a search tells; None for a no."""
    total, most = sum(wanted), max((kind.pods for kind in stage.kinds if kind.nodes), default=0)
    if total > sum(kind.pods * kind.nodes for kind in stage.kinds):
        more = f"{total} pods on {stage.nodes} nodes are more than {most} on each"
        return Answer(None, more) if stage.open else None
    if not steps.take(len(stage.groups)):
        return Answer(None, _TOO_LONG)
    board = Board(stage)
    # With terms that look at others' pods, the order in which the pods come tells.
    ordered = any(g.near or any(s.counted - stage.both(g.number) for s in g.spreads) for g in order)
    if ordered:
        found: bool | None = not likely(board, wanted)
        if not found:
            found = _in_any_order(stage, wanted, board, steps)
    else:
        found = _search(board, order, wanted, steps)
    if found is None:
        return Answer(None, _TOO_LONG)
    if not found:
        full = f"{total} pods find no place with {most} at most on a node"
        return Answer(None, full) if stage.open and not ordered and _may_crowd(stage, order, wanted) else None
    doubts = [f"{doubt} of {group.title}" for group in order for doubt in group.unmodelled]
    shown = doubts[:_DOUBTS] + ([f"{len(doubts) - _DOUBTS} doubts more"] if len(doubts) > _DOUBTS else [])
    return Answer(None, ", ".join(shown), board=board) if doubts else Answer(True, board=board)


def _in_any_order(stage: Stage, wanted: tuple[int, ...], board: Board, steps: Steps) -> bool | None:
    start = Board(stage).snapshot()
    met = explore(board, [start], settling(wanted), steps)
    if met.ends:
        board.load(met.ends[0])
        return True
    return False if met.whole else None


def _search(board: Board, order: list[PodGroup], wanted: tuple[int, ...], steps: Steps) -> bool | None:
    """Depth-first over the nodes that admit each pod; None where the steps ran out.

    On True the pods stand on the board.
    """
    ends = list(accumulate(wanted[group.number] for group in order))
    total = ends[-1] if ends else 0
    # For each placed pod the state of its node before and then.
    path: list[tuple[int, Place, Place]] = []
    failed: set[tuple[int, Key]] = set()
    key_of: Keys | None = None
    while len(path) < total:
        number = order[bisect_right(ends, len(path))].number
        if not steps.take(len(board.alike)):
            return None
        seen = key_of is not None and (len(path), key_of(board)) in failed
        place = None if seen else next(board.admitting(number), None)
        while place is None:
            if not path:
                return False
            key_of = key_of or Keys(board.stage)
            failed.add((len(path), key_of(board)))
            number, tried, after = path.pop()
            board.take(after, number)
            place = next(board.admitting(number, tried), None)
        path.append((number, place, board.put(place, number)))
    return True


def _greedily(
    board: Board, order: list[PodGroup], wanted: tuple[int, ...], reason: str
) -> Iterator[Homeless]:
    """The groups of which pods find no node when each pod in turn takes the first that admits it."""
    steps = Steps()
    for group in order:
        pods = left = wanted[group.number]
        while left and steps.take(len(board.alike)):
            place = next(board.admitting(group.number), None)
            if place is None:
                break
            board.put(place, group.number)
            left -= 1
        if left and steps.left < 0:
            yield Homeless(group, f"no node was found for {left} of its {pods} pods: {reason}")
        elif left:
            yield Homeless(group, f"no node for {left} of its {pods} pods: {reason}")


def _may_crowd(stage: Stage, order: list[PodGroup], wanted: tuple[int, ...]) -> bool:
    """Whether a node has room for more pods than it takes: then their number may be what fails."""
    for kind in stage.kinds:
        more = kind.pods + 1
        if kind.nodes and sum(wanted[group.number] for group in order) >= more:
            smallest = [min(asks) for asks in zip(*(group.asks for group in order), strict=True)]
            room = [kind.room.get(resource, 0) for resource in stage.resources]
            if all(more * ask <= free for ask, free in zip(smallest, room, strict=True)):
                return True
    return False


def _listed(order: list[PodGroup], wanted: tuple[int, ...]) -> str:
    groups = sorted(order, key=lambda group: group.number)
    wanting = [f"{wanted[group.number]} of {group.title}" for group in groups]
    more = [f"{len(wanting) - _NAMED} workloads more"] if len(wanting) > _NAMED else []
    return " and ".join(wanting[:_NAMED] + more)
