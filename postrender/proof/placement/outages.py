"""The loss of a zone: who is left, and whether the lost pods find places on the nodes of the others.

The lost nodes stay in the cluster for a while with the taints that Kubernetes gives them, and their pods
no longer count. Source: https://kubernetes.io/docs/concepts/architecture/nodes/#condition
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import product
from typing import NamedTuple

from postrender.proof.placement.board import Board, Snapshot
from postrender.proof.placement.exploring import Found, Keys, explore
from postrender.proof.placement.placing import settling
from postrender.proof.placement.stage import Stage
from postrender.proof.placement.steps import Steps
from postrender.proof.placement.terms import ZONE


class Outage(NamedTuple):
    """The loss of a zone. `left`: of each group the fewest pods that may remain of `full`.

    `again`: whether all lost pods find a place on the nodes that remain, in all ways, some or none.
    `first`: the state after the first of the starts.
    """

    zone: str
    left: tuple[int, ...]
    full: tuple[int, ...]
    again: Found
    first: Snapshot | None = None

    def quorum(self, number: int) -> bool:
        """Whether more than half of the group's pods remain, however they stood before."""
        return 2 * self.left[number] > self.full[number]

    def stands(self, number: int) -> bool:
        """Whether a pod of the group remains, however they stood before."""
        return self.left[number] > 0


def zones(stage: Stage) -> list[str]:
    """The zones that have nodes."""
    there = {kind.domain(ZONE) for kind in stage.kinds if kind.nodes}
    return sorted(zone for zone in there if zone is not None)


def alike(stage: Stage, zone: str) -> list[str]:
    """The zone and those with the same nodes: a start stands for those in which they changed places."""
    keys = Keys(stage)
    nodes: dict[str | None, Counter[int]] = {}
    for number, kind in enumerate(stage.kinds):
        nodes.setdefault(kind.domain(ZONE), Counter())[keys.shape[number]] += kind.nodes
    return [one for one in zones(stage) if one == zone or (keys.by_zone and nodes[one] == nodes[zone])]


def lose(board: Board, zone: str, starts: Iterable[Snapshot], full: tuple[int, ...], steps: Steps) -> Outage:
    """The loss of that zone from each of these starts, in which all pods stand."""
    left = list(full)
    after = []
    for start, lost in product(list(starts), alike(board.stage, zone)):
        board.load(start)
        _lose(board, lost)
        left = [min(pods, now) for pods, now in zip(left, board.placed, strict=True)]
        after.append(board.snapshot())
    again = explore(board, after, settling(full), steps)
    return Outage(zone, tuple(left), full, again, next(iter(after), None))


def _lose(board: Board, zone: str) -> None:
    kinds, base = board.stage.kinds, board.stage.base
    for place, count in sorted(board.alike.items()):
        if kinds[place.kind].domain(ZONE) == zone and place.kind < base:
            for _ in range(count):
                gone = place
                for number, pods in place.pods:
                    for _ in range(pods):
                        gone = board.take(gone, number)
                board.turn(gone, place.kind + 2 * base)
