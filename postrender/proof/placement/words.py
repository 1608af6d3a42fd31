"""What an exploration tells, in a word; and why pods wait, in a sentence."""

from __future__ import annotations

from typing import Literal, NamedTuple

from postrender.proof.placement.board import Board
from postrender.proof.placement.bounds import called_of
from postrender.proof.placement.exploring import Found
from postrender.proof.placement.groups import PodGroup
from profiles import quantities

# always: whatever the scheduler and the controllers choose. likely: on the way that they are likely to
# go, of too many to look at. sometimes: a way is known that hangs. never: no way leads to the end.
Word = Literal["always", "likely", "sometimes", "never", "unknown"]
HOLDS: tuple[Word, ...] = ("always", "likely")
# From the best to the worst.
RANK: tuple[Word, ...] = ("always", "likely", "unknown", "sometimes", "never")
FAILS: tuple[Word, ...] = ("sometimes", "never")


def word(found: Found, sure: bool = True) -> Word:
    """What was found. `sure`: it started from every state from which it may start."""
    if found.stuck is not None:
        return "never" if not found.ends and found.whole and sure else "sometimes"
    if not found.ends:
        return "unknown"
    return "always" if found.whole and sure else "likely"


class Wait(NamedTuple):
    """Pods that wait: how many of which group, and why no node takes one, each with the number of nodes."""

    group: PodGroup
    pods: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def text(self) -> str:
        """`1 pod of Deployment x waits: 3 nodes have pods from which it must stand apart`"""
        waits = "1 pod" if self.pods == 1 else f"{self.pods} pods"
        verb = "waits" if self.pods == 1 else "wait"
        return f"{waits} of {self.group.title} {verb}: {self.why}"

    @property
    def why(self) -> str:
        """Why no node takes one."""
        return ", ".join(f"{nodes} {reason}" for reason, nodes in self.reasons) or "there is no node"


def waiting(board: Board, wanted: tuple[int, ...]) -> tuple[Wait, ...]:
    """The pods that wait on the board, where so many of each group are wanted."""
    return tuple(wait(board, wanted, number) for number in board.pending(wanted))


def wait(board: Board, wanted: tuple[int, ...], number: int) -> Wait:
    """The same for one group."""
    pods = wanted[number] - board.placed[number]
    return Wait(board.stage.groups[number], pods, _reasons(board, number))


def _reasons(board: Board, number: int) -> tuple[tuple[str, int], ...]:
    group = board.stage.groups[number]
    found: dict[str, int] = {}
    for reason, nodes in board.refusals(number).items():
        text = _sentence(board, group, reason, nodes)
        found[text] = found.get(text, 0) + nodes
    return tuple(found.items())


def _sentence(board: Board, group: PodGroup, reason: str, nodes: int) -> str:
    """What follows the number of nodes: `nodes have too little cpu (2 asked, 1300m free at most)`."""
    one = nodes == 1
    node, has, is_ = ("node", "has", "is") if one else ("nodes", "have", "are")
    kind, _, what = reason.partition(" ")
    if kind == "little":
        index = board.stage.resources.index(what)
        asked = group.asks[index]
        little = (place.free[index] for place in board.alike if place.kind in group.homes)
        most = max((free for free in little if free < asked), default=0)
        asks, has_free = quantities.text(asked), quantities.text(max(most, 0))
        return f"{node} {has} too little {what} ({asks} asked, {has_free} free at most)"
    if kind == "apart":
        there = "" if called_of(what) == "nodes" else f" in their {called_of(what)}"
        return f"{node} {has} pods{there} from which it must stand apart"
    if kind == "spread":
        return f"{node} would make its spread over {called_of(what)} too uneven"
    return {
        "closed": f"{node} {is_} not for it (labels, taints)",
        "cordoned": f"{node} {is_} cordoned",
        "lost": f"{node} {is_} lost or not ready",
        "pods": f"{node} {'takes' if one else 'take'} no pod more",
        "near": f"{node} {has} none of the pods that it must be near",
    }[kind]
