"""Nodes by name, and moves replayed on them: the proofs know only how many nodes are in which state.

Which of alike nodes is which does not matter, so names are given in the order of the states.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from postrender.proof.placement.board import Board, Place, Snapshot
from postrender.proof.placement.exploring import Found
from postrender.proof.placement.groups import PodGroup
from postrender.proof.placement.nodes import CORDONED, LOST, NodeKind
from postrender.proof.placement.placing import likely
from postrender.proof.placement.proofs import Placement
from postrender.proof.placement.stage import Stage
from postrender.proof.placement.terms import ZONE


class Node(NamedTuple):
    """A node with the pods on it. `zone`: None where it has none; `state`: `cordoned`, `lost` or empty."""

    name: str
    zone: str | None
    state: str
    place: Place


class Step(NamedTuple):
    """One pod that comes to a node or goes from it. `new`: of the next revision."""

    comes: bool
    group: PodGroup
    new: bool
    node: str


class Replay(NamedTuple):
    """What an exploration met that hangs: the nodes before, each step, the nodes where nothing moves."""

    before: tuple[Node, ...]
    steps: tuple[Step, ...]
    after: tuple[Node, ...]


def named(stage: Stage, snapshot: Snapshot) -> tuple[Node, ...]:
    """The nodes of a state, by their names; of declared ones, which have none, `node 1`, `node 2` ...

    Node i of a declared pool is in zone i modulo the zones, as `nodes.declared` makes them.
    """
    places: dict[int, list[Place]] = {}
    for place, count in sorted(snapshot, key=lambda one: (one[0].kind, one[0].free, one[0].pods)):
        places.setdefault(place.kind % stage.base, []).extend([place] * count)
    names = _names(stage, {kind: len(several) for kind, several in places.items()})
    found = []
    for kind, several in places.items():
        zone = stage.kinds[kind].domain(ZONE)
        for (order, name), place in zip(names[kind], several, strict=True):
            found.append((order, Node(name, zone, _state(stage.kinds[place.kind]), place)))
    return tuple(node for _, node in sorted(found, key=lambda one: one[0]))


def _state(kind: NodeKind) -> str:
    if any(taint in kind.taints for taint in LOST):
        return "lost"
    return "cordoned" if any(taint in kind.taints for taint in CORDONED) else ""


def _names(stage: Stage, counts: dict[int, int]) -> dict[int, list[tuple[tuple[int, int], str]]]:
    """For each kind the names of its nodes, each with its place in the order of all."""
    found: dict[int, list[tuple[tuple[int, int], str]]] = {kind: [] for kind in counts}
    number = 0
    for index in range(max(counts.values(), default=0)):
        for kind, count in sorted(counts.items()):
            own = stage.kinds[kind].names
            if index < count:
                number += index >= len(own)
                name = own[index] if index < len(own) else f"node {number}"
                found[kind].append(((index, kind) if not own else (kind, index), name))
    return found


def standing(stage: Stage, placement: Placement) -> tuple[Node, ...]:
    """The nodes with the pods as they are likely to stand; where not all find a node, those that do."""
    if placement.starts:
        return named(stage, placement.starts[0])
    board = Board(stage)
    likely(board, stage.full)
    return named(stage, board.snapshot())


def replayed(stage: Stage, found: Found) -> Replay | None:
    """The steps that lead to where it hangs; None where it does not, or no steps are known."""
    if found.stuck is None or found.start is None:
        return None
    board = Board(stage)
    board.load(found.start)
    before = named(stage, found.start)
    nodes, steps = list(before), []
    for move in found.moves:
        at = next(index for index, node in enumerate(nodes) if node.place == move.place)
        after = (board.put if move.comes else board.take)(move.place, move.number)
        nodes[at] = nodes[at]._replace(place=after)
        group = stage.groups[move.number]
        steps.append(Step(move.comes, group, move.number >= stage.workloads, nodes[at].name))
    return Replay(before, tuple(steps), tuple(nodes))


def own_pods(stage: Stage, nodes: Sequence[Node]) -> dict[int, int]:
    """How many pods of each group of the release stand on these nodes."""
    found: dict[int, int] = {}
    for node in nodes:
        for number, pods in node.place.own(stage.workloads):
            found[number] = found.get(number, 0) + pods
    return dict(sorted(found.items()))
