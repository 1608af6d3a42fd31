"""Whether the declared nodes can hold a release's pods, for all its workloads together.

Counted are requests, required pod anti-affinity and binding spread constraints, by node and by zone.
What else decides about a pod's place is not modelled; it can only take places away. So a no stands,
and where all pods find a place but something is not modelled, the answer is neither yes nor no.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from postrender.proof import bounds
from postrender.proof.groups import PodGroup
from postrender.proof.nodes import PODS_PER_NODE, Node, Nodes
from postrender.proof.terms import HOSTNAME
from profiles.policy import NodePool

# The states of nodes that the searches of one run look at together, far more than a release of a few
# workloads needs: about a second.
MAX_STEPS = 300_000

_TOO_LONG = "there are too many ways to place them"

# Workloads that a reason names; the others are counted.
_NAMED = 4


class Steps:
    """What is left of the steps that searches may take together."""

    def __init__(self, left: int = MAX_STEPS) -> None:
        self.left = left

    def take(self, steps: int) -> bool:
        """Take some; whether there were as many."""
        self.left -= steps
        return self.left >= 0


class Homeless(NamedTuple):
    """A group of which pods find no node, and why."""

    group: PodGroup
    reason: str


class Answer(NamedTuple):
    """Whether all pods find a node; None: not decided, for the reason given.

    `homeless`: where not, whose pods in the best attempt. `nodes`: where they do as far as is
    modelled, the nodes with the pods on them.
    """

    fits: bool | None
    reason: str = ""
    homeless: tuple[Homeless, ...] = ()
    nodes: Nodes | None = None


def place(groups: list[PodGroup], pool: NodePool, steps: Steps) -> Answer:
    """Whether each pod of each group finds a node of the pool."""
    reasons = {group.number: reason for group in groups if (reason := bounds.of_one(group, pool))}
    if reasons:
        impossible = [Homeless(group, reasons[group.number]) for group in groups if group.number in reasons]
        others = [group._replace(pods=0) if group.number in reasons else group for group in groups]
        rest = place(others, pool, steps)
        return Answer(False, impossible[0].reason, (*impossible, *rest.homeless))
    # The hardest first: pods that must stand apart, then the largest.
    order = sorted(groups, key=lambda group: (not group.stands_alone(HOSTNAME), -group.cpu, -group.memory))
    reason = bounds.of_all(groups, pool)
    if not reason:
        answer = _searched(order, groups, pool, steps)
        if answer is not None:
            return answer
        reason = f"{pool.nodes} nodes do not hold all pods at once ({_listed(groups)})"
    return Answer(False, reason, tuple(_greedily(Nodes(groups, pool), order, reason)))


def _searched(order: list[PodGroup], groups: list[PodGroup], pool: NodePool, steps: Steps) -> Answer | None:
    """What a search tells; None for a no."""
    total = sum(group.pods for group in groups)
    if total > pool.nodes * PODS_PER_NODE:
        return Answer(None, f"{total} pods on {pool.nodes} nodes are more than {PODS_PER_NODE} on each")
    if not steps.take(len(groups)):
        return Answer(None, _TOO_LONG)
    nodes = Nodes(groups, pool)
    found = _search(nodes, order, steps)
    if found is None:
        return Answer(None, _TOO_LONG)
    # With constraints that count others' pods, the order in which the pods come tells.
    crossed = any(spread.counted - {group.number} for group in groups for spread in group.spreads)
    if crossed and not (found and nodes.settled()):
        return Answer(None, "spread constraints count the pods of several workloads")
    if not found:
        full = f"{total} pods find no place with {PODS_PER_NODE} at most on a node"
        return Answer(None, full) if _may_crowd(groups, pool) else None
    doubts = [f"{doubt} of {group.title}" for group in groups if group.pods for doubt in group.unmodelled]
    return Answer(None, ", ".join(doubts), nodes=nodes) if doubts else Answer(True, nodes=nodes)


def _search(nodes: Nodes, order: list[PodGroup], steps: Steps) -> bool | None:
    """Depth-first over the nodes that admit each pod; None where the steps ran out.

    On True the pods stand on `nodes`.
    """
    ends = list(accumulate(group.pods for group in order))
    total = ends[-1] if ends else 0
    path: list[
        tuple[int, Node, list[Node]]
    ] = []  # for each placed pod its node as it is then, and what is left
    failed: set[tuple[int, frozenset[tuple[Node, int]]]] = set()
    while len(path) < total:
        number = order[bisect_right(ends, len(path))].number
        if not steps.take(len(nodes.alike)):
            return None
        choices = [] if failed and _state(nodes, path) in failed else nodes.admits(number)
        while not choices:
            if not path:
                return False
            failed.add(_state(nodes, path))
            number, node, choices = path.pop()
            nodes.take(node, number)
        path.append((number, nodes.put(choices[0], number), choices[1:]))
    return True


def _state(nodes: Nodes, path: list[tuple[int, Node, list[Node]]]) -> tuple[int, frozenset[tuple[Node, int]]]:
    return len(path), frozenset(nodes.alike.items())


def _greedily(nodes: Nodes, order: list[PodGroup], reason: str) -> Iterator[Homeless]:
    """The groups of which pods find no node when each pod in turn takes the first that admits it."""
    steps = Steps()
    for group in order:
        left = group.pods
        while left and steps.take(len(nodes.alike)):
            choices = nodes.admits(group.number)
            if not choices:
                break
            nodes.put(choices[0], group.number)
            left -= 1
        if left and steps.left < 0:
            yield Homeless(group, f"no node was found for {left} of its {group.pods} pods: {reason}")
        elif left:
            yield Homeless(group, f"no node for {left} of its {group.pods} pods: {reason}")


def _may_crowd(groups: list[PodGroup], pool: NodePool) -> bool:
    """Whether a node has room for more pods than the usual number of a kubelet."""
    present = [group for group in groups if group.pods]
    more = PODS_PER_NODE + 1
    return sum(group.pods for group in present) >= more and (
        more * min(group.cpu for group in present) <= pool.cpu
        and more * min(group.memory for group in present) <= pool.memory
    )


def _listed(groups: list[PodGroup]) -> str:
    wanting = [f"{group.pods} of {group.title}" for group in groups if group.pods]
    more = [f"{len(wanting) - _NAMED} workloads more"] if len(wanting) > _NAMED else []
    return " and ".join(wanting[:_NAMED] + more)
