"""Every way in which scheduler and controllers may go on from a state: to which ends, and where they hang.

States that differ only in which of alike nodes, or of alike zones, has which pods are one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Literal, NamedTuple

from postrender.proof.placement.board import Board, Place, Snapshot
from postrender.proof.placement.stage import Stage
from postrender.proof.placement.steps import Steps
from postrender.proof.placement.terms import HOSTNAME, ZONE

# Whether all ways, some or none come to the end; None: not decided.
Ways = Literal["all", "some", "none"]
# Of a state, for `key`: how many nodes of which shape with which pods each block of zones has.
Key = tuple[tuple[tuple[tuple[int, tuple[tuple[int, int], ...]], int], ...], ...]


class Move(NamedTuple):
    """One pod of a group comes to a node in that state, or goes (`comes` False)."""

    comes: bool
    number: int
    place: Place


class Found(NamedTuple):
    """What an exploration met. `whole`: it looked at every way.

    `ends`: the states at the end, each once. `stuck`: a state in which nothing moves any more, with the
    moves that led there from its start.
    """

    whole: bool
    ends: tuple[Snapshot, ...]
    stuck: Snapshot | None = None
    moves: tuple[Move, ...] = ()
    start: Snapshot | None = None

    @property
    def ways(self) -> Ways | None:
        """Whether all ways come to the end, some or none; None: not decided."""
        if self.ends and self.stuck is not None:
            return "some"
        if not self.whole:
            return None
        return "all" if self.ends else "none"


class Turn(NamedTuple):
    """What may happen next. `going`: pods of which group may go from where, as long as nothing changes.

    `coming`: groups of which a pod may come to any node that admits it. `ended`: it is at an end already;
    something may still happen there.
    """

    going: Iterable[tuple[int, Place]]
    coming: list[int]
    ended: bool

    def moves(self, board: Board) -> Iterator[Move]:
        """All of it, one by one: the board has to be in the same state each time."""
        for number in reversed(self.coming):
            for place in reversed(board.admits(number)):
                yield Move(True, number, place)
        for number, place in reversed(list(self.going)):
            yield Move(False, number, place)


# What may happen next on the board.
Next = Callable[[Board], Turn]


def explore(board: Board, starts: Iterable[Snapshot], turns: Next, steps: Steps, keep: bool = False) -> Found:
    """All that may happen from these states. `keep`: all ends are wanted, not only whether there is one."""
    if steps.left <= 0:
        return Found(False, ())
    key_of = Keys(board.stage)
    seen: set[Key] = set()
    ends: list[Snapshot] = []
    stuck: tuple[Snapshot, tuple[Move, ...], Snapshot] | None = None
    for start in starts:
        board.load(start)
        frames: list[_Frame] = []
        arrival: tuple[Move, Place] | None = None
        if not _new(key_of(board), seen):
            continue
        while True:
            # A state that was not seen before.
            turn = turns(board)
            if not steps.take(len(board.alike) * (1 + len(turn.coming))):
                return _found(False, ends, stuck)
            choices = turn.moves(board)
            first = next(choices, None)
            frames.append(_Frame(chain((first,) if first else (), choices), arrival))
            if turn.ended:
                if keep or not ends:
                    ends.append(board.snapshot())
            elif not first and stuck is None:
                trail = tuple(frame.arrival[0] for frame in frames if frame.arrival)
                stuck = board.snapshot(), trail, start
            if ends and stuck and not keep:
                return _found(False, ends, stuck)
            arrival = _onwards(board, frames, key_of, seen)
            if arrival is None:
                break
    return _found(True, ends, stuck)


class _Frame(NamedTuple):
    """A state on the way: what is left to try from it, and the move and the place by which it was reached."""

    choices: Iterator[Move]
    arrival: tuple[Move, Place] | None


def _onwards(board: Board, frames: list[_Frame], key_of: Keys, seen: set[Key]) -> tuple[Move, Place] | None:
    """Go on to the next state that was not seen, and back where there is none; None: nothing is left."""
    while frames:
        choices, arrival = frames[-1]
        for move in choices:
            after = (board.put if move.comes else board.take)(move.place, move.number)
            if _new(key_of(board), seen):
                return move, after
            _undo(board, move, after)
        frames.pop()
        if arrival:
            _undo(board, *arrival)
    return None


def _new(key: Key, seen: set[Key]) -> bool:
    if key in seen:
        return False
    seen.add(key)
    return True


def _undo(board: Board, move: Move, after: Place) -> None:
    if move.comes:
        board.take(after, move.number)
    else:
        board.put(after, move.number)


def _found(
    whole: bool, ends: list[Snapshot], stuck: tuple[Snapshot, tuple[Move, ...], Snapshot] | None
) -> Found:
    return Found(whole, tuple(ends), *stuck) if stuck else Found(whole, tuple(ends))


class Keys:
    """Names states, the same name for those that differ in nothing that matters."""

    def __init__(self, stage: Stage) -> None:
        topologies = {topology for topology in stage.foes if topology != HOSTNAME}
        topologies |= {spread.topology for group in stage.groups for spread in group.spreads}
        topologies |= {topology for group in stage.groups for topology in group.near}
        topologies -= {HOSTNAME}
        shapes: dict[object, int] = {}
        self.shape: list[int] = []
        self.block: list[str | None] = []
        # Zones in a hierarchy of topologies are no equals: then each kind stands for itself.
        self.even = topologies <= {ZONE} or len(topologies) == 1
        single = next(iter(topologies), ZONE)
        for number, kind in enumerate(stage.kinds):
            there = tuple(number in group.homes for group in stage.groups)
            counted = tuple(number in spread.kinds for group in stage.groups for spread in group.spreads)
            has = tuple(kind.domain(topology) is not None for topology in sorted(topologies))
            own = number // stage.base if self.even else number
            shape = (there, counted, has, tuple(sorted(kind.room.items())), kind.pods, own)
            self.shape.append(shapes.setdefault(shape, len(shapes)))
            self.block.append(kind.domain(single) if self.even else None)
        # Whether the blocks are the zones.
        self.by_zone = self.even and single == ZONE

    def __call__(self, board: Board) -> Key:
        blocks: dict[str | None, dict[tuple[int, tuple[tuple[int, int], ...]], int]] = {}
        for place, count in board.alike.items():
            block = blocks.setdefault(self.block[place.kind], {})
            named = (self.shape[place.kind], place.pods)
            block[named] = block.get(named, 0) + count
        return tuple(sorted(tuple(sorted(block.items())) for block in blocks.values()))
