"""Draining a node: its pods are evicted as far as the budgets let them go, and come again elsewhere.

Source: https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from postrender.proof.placement import budgets
from postrender.proof.placement.board import Board, Place, Snapshot
from postrender.proof.placement.budgets import Cover
from postrender.proof.placement.exploring import Found, Move, Next, Steps, explore
from postrender.proof.placement.placing import settling


class Drain(NamedTuple):
    """A drain of one node in the state `place`: whether it ends, and whether, once the node is back, all
    pods find a place again. `waiting`: the groups of which pods may wait for the node meanwhile.
    """

    place: Place
    drained: Found
    settled: Found | None
    waiting: frozenset[int]


def drain(
    board: Board, start: Snapshot, place: Place, full: tuple[int, ...], found: list[Cover], steps: Steps
) -> Drain:
    """A drain of one of the nodes that are in the state `place` at the start, in all its ways."""
    base = board.stage.base
    board.load(start)
    board.turn(place, place.kind + base)
    drained = explore(board, [board.snapshot()], evicting(full, found, base), steps, keep=True)
    waiting: set[int] = set()
    returned = []
    for end in drained.ends:
        board.load(end)
        waiting.update(number for number in board.pending(full) if not board.admits(number))
        for one in [one for one in board.alike if base <= one.kind < 2 * base]:
            board.turn(one, one.kind - base)
        returned.append(board.snapshot())
    settled = explore(board, returned, settling(full), steps, keep=True) if returned else None
    return Drain(place, drained, settled, frozenset(waiting))


def evicting(full: tuple[int, ...], found: list[Cover], base: int) -> Next:
    """The moves of a drain of the cordoned nodes: a pod is evicted, or another comes for one that was."""

    def moves(board: Board) -> list[Move] | None:
        cordoned = sorted(place for place in board.alike if base <= place.kind < 2 * base and place.pods)
        if not cordoned:
            return None
        going = [
            Move(False, number, place)
            for place in cordoned
            for number, _ in place.pods
            if budgets.lets_go(board, full, found, number)
        ]
        coming = [
            Move(True, number, place) for number in board.pending(full) for place in board.admits(number)
        ]
        return going + coming

    return moves


def every_drain(
    board: Board, starts: Iterable[Snapshot], full: tuple[int, ...], found: list[Cover], steps: Steps
) -> list[Drain]:
    """Drains of one node in each state in which one with pods is, from each of these starts."""
    return [
        drain(board, start, place, full, found, steps)
        for start in starts
        for place, _ in sorted(start)
        if place.pods
    ]
