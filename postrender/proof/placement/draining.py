"""Draining a node: its pods are evicted as far as the budgets let them go, and come again elsewhere.

Source: https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
"""

from __future__ import annotations

from postrender.proof.placement import budgets
from postrender.proof.placement.board import Board
from postrender.proof.placement.budgets import Cover
from postrender.proof.placement.exploring import Move, Next


def evicting(full: tuple[int, ...], found: list[Cover], base: int) -> Next:
    """The moves of a drain of the cordoned nodes: a pod is evicted, or another comes for one that was."""

    def moves(board: Board) -> tuple[list[Move], bool]:
        workloads = board.stage.workloads
        cordoned = sorted(
            place for place in board.alike if base <= place.kind < 2 * base and place.own(workloads)
        )
        going = [
            Move(False, number, place)
            for place in cordoned
            for number, _ in place.own(workloads)
            if budgets.lets_go(board, full, found, number)
        ]
        coming = [
            Move(True, number, place) for number in board.pending(full) for place in board.admits(number)
        ]
        return going + coming, not cordoned

    return moves
