"""A rolling update from full strength, to its end or to the state in which it hangs.

The Deployment controller keeps at most pods + surge and at least pods - unavailable; a new pod counts once
it has a node, and which old pod goes is the ReplicaSet controller's choice: any.
Source: https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/deployment/rolling.go
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from postrender.errors import UnreadableError
from postrender.manifests.workload import Workload
from postrender.proof.arithmetic import Fenceposts, fenceposts, new_pods
from postrender.proof.placement.board import Board
from postrender.proof.placement.exploring import Next, Turn
from postrender.proof.placement.groups import PodGroup
from profiles.quantities import QuantityError, scaled

ROLLING = ("spec", "strategy", "rollingUpdate")


class Strategy(NamedTuple):
    """How a workload replaces its pods: all at once (`recreate`), or within these limits, as written."""

    recreate: bool
    max_surge: object
    max_unavailable: object

    @property
    def refused(self) -> bool:
        """Whether it states two zeros, which Kubernetes refuses."""
        limits = (self.max_surge, self.max_unavailable)
        return not self.recreate and all(
            limit is not None and scaled(limit, 100, round_up=True) == 0 for limit in limits
        )

    def over(self, pods: int) -> Fenceposts:
        """The limits for that many pods."""
        if self.recreate:
            return Fenceposts(0, pods)
        return fenceposts(self.max_surge, self.max_unavailable, pods)

    def new_pods(self, pods: int, left: int, there: int) -> int:
        """How many pods of the new revision the controller wants, where so many old and new ones are."""
        if self.recreate and left:
            return there
        return new_pods(self.over(pods).surge, pods, there, left + there)


SAFE = Strategy(False, 0, 1)


def strategy_of(workload: Workload) -> Strategy | None:
    """The strategy that it states, or that Kubernetes takes; None where an update replaces no pod by itself.

    Raises UnreadableError where a limit is neither a number nor a percentage.
    """
    manifest = workload.manifest
    if manifest.kind == "StatefulSet":
        on_delete = manifest.text("spec", "updateStrategy", "type") == "OnDelete"
        return None if on_delete else Strategy(False, 0, 1)
    if manifest.kind != "Deployment":
        return None
    rolling = manifest.map(*ROLLING)
    found = Strategy(
        manifest.text("spec", "strategy", "type") == "Recreate",
        rolling.get("maxSurge"),
        rolling.get("maxUnavailable"),
    )
    try:
        found.over(1)
    except QuantityError as error:
        raise UnreadableError(f"{manifest.where}: /spec/strategy/rollingUpdate: {error}") from None
    return found


def updating(old: PodGroup, new: PodGroup, pods: int, strategy: Strategy) -> Next:
    """An update of `pods` pods: a new pod comes, an old one goes."""
    limits = strategy.over(pods)

    def turn(board: Board) -> Turn:
        left, there = board.placed[old.number], board.placed[new.number]
        may_go = left and left + there > pods - limits.unavailable
        may_come = there < strategy.new_pods(pods, left, there)
        going = ((old.number, place) for place in reversed(board.order) if may_go and place.has(old.number))
        return Turn(going, [new.number] if may_come else [], not left and there == pods)

    return turn


def together(several: Sequence[Next]) -> Next:
    """Several updates at the same time, as an upgrade of the whole release starts them."""

    def turn(board: Board) -> Turn:
        turns = [one(board) for one in several]
        going = (gone for one in turns for gone in one.going)
        coming = [number for one in turns for number in one.coming]
        return Turn(going, coming, all(one.ended for one in turns))

    return turn
