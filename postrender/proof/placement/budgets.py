"""PodDisruptionBudgets over the pods of a stage: which evictions they let through.

Sources: https://kubernetes.io/docs/concepts/workloads/pods/disruptions/ and
https://kubernetes.io/docs/tasks/run-application/configure-pdb/
"""

from __future__ import annotations

from typing import NamedTuple

from postrender.errors import UnreadableError
from postrender.manifests.manifest import Manifest
from postrender.manifests.release import Release
from postrender.manifests.surroundings import Surroundings
from postrender.manifests.workload import Workload
from postrender.proof import arithmetic
from postrender.proof.placement.board import Board
from postrender.proof.placement.stage import Stage
from profiles.quantities import QuantityError

KIND = "PodDisruptionBudget"
GROUP = "policy"
# Kinds without the scale subresource, of which the controller cannot tell how many pods there should be.
_WITHOUT_SCALE = ("Job", "CronJob", "DaemonSet")
AT_MOST, AT_LEAST = ("spec", "maxUnavailable"), ("spec", "minAvailable")


class Cover(NamedTuple):
    """A budget, its limits as they are written, and the groups whose pods it covers.

    `outside`: how many pods of workloads that are not on the stage it covers beside them, taken to be ready.
    `uncounted`: a workload among them of which Kubernetes does not know how many pods there should be.
    `always`: pods that are not ready may always go.
    """

    budget: Manifest
    max_unavailable: object
    min_available: object
    groups: frozenset[int]
    always: bool
    outside: int = 0
    uncounted: str = ""

    @property
    def broken(self) -> bool:
        """Whether the disruption controller cannot tell how many pods are expected, and then lets none go.

        Source: getExpectedScale and failSafe in pkg/controller/disruption/disruption.go
        """
        counted = self.max_unavailable is None and isinstance(self.min_available, int)
        return bool(self.uncounted) and not counted

    def healthy(self, board: Board) -> int:
        """How many pods that it covers stand."""
        return sum(board.placed[one] for one in self.groups) + self.outside

    def wanted(self, full: tuple[int, ...]) -> int:
        """How many healthy pods it wants, where so many of each group are expected."""
        expected = sum(full[one] for one in self.groups) + self.outside
        return arithmetic.healthy_wanted(self.max_unavailable, self.min_available, expected) or 0


def picked(near: Surroundings, budget: Manifest) -> list[Workload]:
    """The workloads whose pods a budget selects. No selector is none; in v1beta1 an empty one too."""
    selector = budget.selector("spec", "selector")
    none = selector is None or (not selector and budget.api_version == "policy/v1beta1")
    if none or budget.group != GROUP or budget.hooks:
        return []
    return near.picked(selector, budget.namespace)


def wanted(budget: Manifest, pods: int) -> int | None:
    """How many healthy pods it wants of that many; None where it states both limits: Kubernetes refuses it.

    Raises UnreadableError where a limit is neither a number nor a percentage.
    """
    most, least = budget.at(*AT_MOST), budget.at(*AT_LEAST)
    try:
        return arithmetic.healthy_wanted(most, least, pods)
    except QuantityError as error:
        place = "/".join(("", *(AT_MOST if most is not None else AT_LEAST)))
        raise UnreadableError(f"{budget.where}: {place}: {error}") from None


def covers(release: Release, stage: Stage) -> list[Cover]:
    """The budgets of the release over pods of the stage; those that the API server refuses are none."""
    near = Surroundings(release)
    own_groups = stage.groups[: stage.workloads]
    numbers = {group.workload.manifest: group.number for group in own_groups if group.workload}
    found = []
    for budget in release.of_kind(KIND):
        covered = picked(near, budget)
        own = [numbers[one.manifest] for one in covered if one.manifest in numbers]
        others = [one for one in covered if one.manifest not in numbers and not one.is_hook]
        outside = sum(release.replicas(one)[0] for one in others if one.replicated)
        uncounted = next((o.manifest.title for o in others if o.manifest.kind in _WITHOUT_SCALE), "")
        if own and wanted(budget, 1) is not None:
            groups = frozenset((*own, *(stage.workloads + number for number in own)))
            always = budget.text("spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow"
            limits = (budget.at(*AT_MOST), budget.at(*AT_LEAST))
            found.append(Cover(budget, *limits, groups, always, outside, uncounted))
    return found


def over(found: list[Cover], number: int) -> list[Cover]:
    """The budgets over the pods of a group."""
    return [cover for cover in found if number in cover.groups]


def lets_go(board: Board, full: tuple[int, ...], found: list[Cover], number: int) -> bool:
    """Whether a ready pod of the group may be evicted now; one with two budgets never may."""
    own = over(found, number)
    if len(own) != 1:
        return not own
    (cover,) = own
    if cover.broken:
        return False
    return arithmetic.may_evict(True, cover.healthy(board), cover.wanted(full), cover.always)


def unready_stay(cover: Cover, full: tuple[int, ...]) -> bool:
    """Whether pods that are all not ready (a broken image, a database that is away) could not be drained."""
    return not arithmetic.may_evict(False, 0, cover.wanted(full), cover.always)
