"""Whether each node of the declared pool can be drained, with the budgets as they are in the release now."""

from __future__ import annotations

from typing import NamedTuple

from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.proof.placement.board import Board
from postrender.proof.placement.budgets import covers
from postrender.proof.placement.draining import evicting, staying
from postrender.proof.placement.exploring import explore
from postrender.proof.placement.placing import every_placement
from postrender.proof.placement.stage import declared_stage
from postrender.proof.placement.steps import Steps
from profiles.policy import NodePool

# The steps for all ways in which pods may stand and go: some tenths of a second, on each `helm upgrade`.
_STEPS = 8_000


class Blocked(NamedTuple):
    """A workload of which a pod stays on a drained node, and why. `always`: wherever its pods stand."""

    workload: Workload
    reason: str
    always: bool


def blocked(release: Release, pool: NodePool, kubernetes: tuple[int, int]) -> list[Blocked]:
    """The workloads that block a drain; none where the pods do not fit, or have too many ways to stand."""
    stage = declared_stage(release, pool, kubernetes, bound=False)
    steps = Steps(_STEPS)
    starts = every_placement(stage, stage.full, steps)
    if not starts.whole:
        return []
    board, budgets = Board(stage), covers(release, stage)
    moves = evicting(stage.full, budgets, stage.base)
    met: dict[int, str] = {}
    never: dict[int, set[int]] = {}
    for number, start in enumerate(starts.ends):
        for node, _ in start:
            board.load(start)
            board.turn(node, node.kind + stage.base)
            found = explore(board, [board.snapshot()], moves, steps)
            if found.stuck is not None:
                board.load(found.stuck)
                for group, reason in staying(board, budgets):
                    met.setdefault(group.number, reason)
                    if not found.ends:
                        never.setdefault(group.number, set()).add(number)
            elif not found.whole:
                return []
    return [
        Blocked(group.workload, met[group.number], len(never.get(group.number, ())) == len(starts.ends))
        for group in stage.groups
        if group.number in met and group.workload
    ]
