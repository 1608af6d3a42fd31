"""Counts of pods as Kubernetes' controllers reckon them: rolling updates, disruption budgets, evictions.

Sources: pkg/controller/deployment/util/deployment_util.go, pkg/controller/disruption/disruption.go and
pkg/registry/core/pod/storage/eviction.go of https://github.com/kubernetes/kubernetes
"""

from __future__ import annotations

from typing import NamedTuple

from profiles.quantities import scaled

# What the API server writes where a Deployment states no maxSurge or no maxUnavailable.
UNSTATED = "25%"


class Fenceposts(NamedTuple):
    """How many pods beyond the wanted ones a rolling update may start, and how many of them may be away."""

    surge: int
    unavailable: int


def fenceposts(max_surge: object, max_unavailable: object, pods: int) -> Fenceposts:
    """The bounds of a Deployment's rolling update over that many pods; None stands for the API's default.

    maxSurge rounds up and maxUnavailable down. Where both come to 0 one pod may be away; never more
    than there are. Raises QuantityError for what is neither a whole number nor a percentage.
    """
    surge = scaled(UNSTATED if max_surge is None else max_surge, pods, round_up=True)
    unavailable = scaled(UNSTATED if max_unavailable is None else max_unavailable, pods, round_up=False)
    if surge == unavailable == 0:
        unavailable = 1
    return Fenceposts(surge, min(unavailable, pods))


def new_pods(surge: int, pods: int, new: int, standing: int) -> int:
    """To how many pods the controller scales the new revision that has `new` of all `standing` ones."""
    free = pods + surge - standing
    return new if free <= 0 else new + min(free, pods - new)


def healthy_wanted(max_unavailable: object, min_available: object, pods: int) -> int | None:
    """How many healthy pods a budget wants of that many expected ones; None where it states both limits.

    The expected pods are those that the workloads ask for, ready or not. Percentages round up. Of a
    budget without limits the controller expects no pods, and then lets none go: it wants all.
    Raises QuantityError as `fenceposts` does.
    """
    if max_unavailable is not None and min_available is not None:
        return None
    if max_unavailable is not None:
        return max(0, pods - scaled(max_unavailable, pods, round_up=True))
    return pods if min_available is None else max(0, scaled(min_available, pods, round_up=True))


def disruptions_allowed(healthy: int, wanted: int) -> int:
    """How many ready pods evictions may take now."""
    return max(0, healthy - wanted)


def may_evict(ready: bool, healthy: int, wanted: int, always_allow: bool) -> bool:
    """Whether a budget lets a running pod be evicted; a Pending, ended or terminating one asks no budget.

    One that is not ready goes freely under unhealthyPodEvictionPolicy AlwaysAllow, and under
    IfHealthyBudget (the default) where the budget wants healthy pods and has them all.
    """
    if not ready and (always_allow or healthy >= wanted > 0):
        return True
    return disruptions_allowed(healthy, wanted) > 0
