"""Draining a node: its pods are evicted as far as the budgets let them go, and come again elsewhere.

Source: https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
"""

from __future__ import annotations

from postrender.proof.placement import budgets
from postrender.proof.placement.board import Board, Place
from postrender.proof.placement.budgets import Cover
from postrender.proof.placement.exploring import Next, Turn
from postrender.proof.placement.groups import PodGroup
from postrender.proof.placement.stage import Stage


def evicting(full: tuple[int, ...], found: list[Cover], base: int) -> Next:
    """A drain of the cordoned nodes: a pod is evicted, or another comes for one that was."""
    over: dict[int, list[Cover]] = {}
    for cover in found:
        for number in cover.groups:
            over.setdefault(number, []).append(cover)

    def turn(board: Board) -> Turn:
        workloads = board.stage.workloads
        cordoned = [place for place in board.order if base <= place.kind < 2 * base and place.own(workloads)]
        going = (
            (number, place)
            for place in cordoned
            for number, _ in place.own(workloads)
            if budgets.lets_go(board, full, over.get(number, []), number)
        )
        return Turn(going, board.pending(full), not cordoned)

    return turn


def cordoned_nodes(board: Board) -> list[Place]:
    """The states of the cordoned nodes."""
    base = board.stage.base
    return [one for one in board.alike if base <= one.kind < 2 * base]


def returning(stage: Stage, place: Place) -> list[PodGroup]:
    """The groups of which pods may come back to the node in that state while it is cordoned: those that
    tolerate the cordon.

    No drain waits for that: it evicts the pods that were there when it began, and waits for their uids.
    Source: evictPods and waitForDelete in pkg/drain/drain.go of k8s.io/kubectl v0.37.2, lines 284 and 446.
    """
    there = (stage.groups[number] for number, _ in place.own(stage.workloads))
    return [group for group in there if place.kind % stage.base + stage.base in group.homes]


def staying(board: Board, found: list[Cover]) -> list[tuple[PodGroup, str]]:
    """The groups of which pods stay on a cordoned node, and why none may go."""
    full, groups = board.stage.full, board.stage.groups
    numbers = {n for one in cordoned_nodes(board) for n, _ in one.own(board.stage.workloads)}
    reasons = [(groups[number], _reason(board, full, found, number)) for number in sorted(numbers)]
    return [(group, reason) for group, reason in reasons if reason]


def _reason(board: Board, full: tuple[int, ...], found: list[Cover], number: int) -> str:
    """Why no pod of the group may go; empty where one may."""
    own = budgets.over(found, number)
    names = " and ".join(cover.budget.title for cover in own)
    if len(own) > 1:
        both = "both " * (len(own) == 2)
        return f"{names} {both}cover it, and with more than one budget every eviction fails"
    if not own or budgets.lets_go(board, full, found, number):
        return ""
    if own[0].broken:
        return (
            f"{names} also covers {own[0].uncounted}, of which Kubernetes cannot tell how many pods it wants"
        )
    wanted, healthy = own[0].wanted(full), own[0].healthy(board)
    pods, are = f"pod{'s' * (wanted != 1)}", "is" if healthy == 1 else "are"
    return f"{names} wants {wanted} healthy {pods}, and there {are} {healthy}"
