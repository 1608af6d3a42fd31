"""The controllers' counts of pods. The rows are facts that Kubernetes' own tests state."""

from __future__ import annotations

import pytest

from postrender.proof.arithmetic import (
    Fenceposts,
    disruptions_allowed,
    fenceposts,
    healthy_wanted,
    may_evict,
    new_pods,
)
from profiles.quantities import QuantityError, scaled


# k8s.io/apimachinery pkg/util/intstr/intstr_test.go: TestGetIntFromIntOrPercent
@pytest.mark.parametrize(
    ("value", "total", "round_up", "count"),
    [
        (123, 0, False, 123),
        ("90%", 100, True, 90),
        ("90%", 95, True, 86),
        ("90%", 95, False, 85),
        # and from TestGetIntFromIntOrString, as a part of a hundred
        (200, 100, True, 200),
        ("40%", 100, True, 40),
    ],
)
def test_a_number_or_percentage_of_a_total(value: object, total: int, round_up: bool, count: int) -> None:
    assert scaled(value, total, round_up=round_up) == count


# The same file: TestGetIntFromIntOrPercent, TestGetIntFromIntOrString, TestGetValueFromIntOrPercentNil.
@pytest.mark.parametrize(
    "value",
    [
        *("%", "90#", "#%", "90", "200", "30%0", "a%", "a", "40#", "40%%", None),
        # What is signed or no whole number, the API server refuses: IsValidPercent in
        # k8s.io/apimachinery pkg/util/validation/validation.go.
        *("-5%", "+5%", "1.5%", " 5%", "5%\n", "٥%", 1.5, True, ""),
    ],
)
def test_what_is_neither_number_nor_percentage_is_refused(value: object) -> None:
    with pytest.raises(QuantityError):
        scaled(value, 100, round_up=True)


# pkg/controller/deployment/util/deployment_util_test.go: TestResolveFenceposts (whose absent values are 0:
# the API server has put 25% there before).
@pytest.mark.parametrize(
    ("surge", "unavailable", "pods", "resolved"),
    [
        ("39%", "39%", 10, (4, 3)),
        (0, "39%", 10, (0, 3)),
        ("39%", 0, 10, (4, 0)),
        (0, 0, 10, (0, 1)),
        ("0%", "0%", 10, (0, 1)),
        # One may be away of no pods: MaxUnavailable() takes that back.
        ("0%", "0%", 0, (0, 0)),
        # pkg/apis/apps/v1/defaults_test.go: 25% each; up and down
        (None, None, 4, (1, 1)),
        (None, None, 1, (1, 0)),
        (None, None, 3, (1, 0)),
        (None, None, 5, (2, 1)),
        (None, None, 0, (0, 0)),
        (None, 0, 2, (1, 0)),
        (0, None, 2, (0, 1)),
        # of one pod
        ("100%", 0, 1, (1, 0)),
        (0, "99%", 1, (0, 1)),
        ("1%", "99%", 1, (1, 0)),
        ("100%", "100%", 3, (3, 3)),
        # A surge has no end: ValidateRollingUpdateDeployment looks at maxUnavailable only.
        ("150%", 0, 3, (5, 0)),
        (7, 0, 3, (7, 0)),
    ],
)
def test_fenceposts(surge: object, unavailable: object, pods: int, resolved: tuple[int, int]) -> None:
    assert fenceposts(surge, unavailable, pods) == Fenceposts(*resolved)


# The same file: TestMaxUnavailable; maxSurge is 1 in all of them.
@pytest.mark.parametrize(
    ("pods", "unavailable", "expected"),
    [(10, 5, 5), (10, 10, 10), (5, 10, 5), (0, 10, 0), (10, "50%", 5), (10, "100%", 10), (5, "100%", 5)],
)
def test_no_more_pods_are_away_than_there_are(pods: int, unavailable: object, expected: int) -> None:
    assert fenceposts(1, unavailable, pods).unavailable == expected


# The same file: TestResolveFenceposts
@pytest.mark.parametrize(("surge", "unavailable"), [("oops", "39%"), ("55%", "urg")])
def test_fenceposts_that_are_no_numbers_are_refused(surge: object, unavailable: object) -> None:
    with pytest.raises(QuantityError):
        fenceposts(surge, unavailable, 10)


# The same file: TestNewRSNewReplicas; five pods stand in all.
@pytest.mark.parametrize(
    ("pods", "new", "surge", "expected"),
    [(1, 5, 1, 5), (6, 2, 10, 6), (5, 0, 2, 2), (4, 0, 1, 0), (5, 0, 0, 0)],
)
def test_the_new_revision_grows_up_to_the_surge(pods: int, new: int, surge: int, expected: int) -> None:
    assert new_pods(surge, pods, new, standing=5) == expected


# pkg/controller/disruption/disruption_test.go
@pytest.mark.parametrize(
    ("most", "least", "pods", "wanted"),
    [
        (None, 3, 0, 3),  # TestNoSelector
        (None, 3, 4, 3),  # TestUnavailable
        (2, None, 7, 5),  # TestIntegerMaxUnavailableWithScaling
        (2, None, 5, 3),
        ("30%", None, 7, 4),  # TestPercentageMaxUnavailableWithScaling
        ("30%", None, 3, 2),
        (5, None, 10, 5),  # TestScaleResource
        (None, "28%", 11, 4),  # TestTwoControllers
        (None, "28%", 22, 7),
        (None, "20%", 10, 2),  # TestReplicaSet
        (None, "34%", 3, 2),  # TestReplicationController
        # getExpectedPodCount in disruption.go
        (3, None, 2, 0),
        ("100%", None, 3, 0),
        ("0%", None, 3, 3),
        (0, None, 1, 1),
        ("1%", None, 1, 0),
        ("50%", None, 1, 0),
        (None, "0%", 3, 0),
        (None, "100%", 3, 3),
        (None, 0, 3, 0),
        # updatePdbStatus: nothing expected, nothing allowed
        (None, None, 3, 3),
        # ValidatePodDisruptionBudgetSpec refuses it.
        (1, 1, 3, None),
        ("oops", 1, 3, None),
    ],
)
def test_healthy_wanted(most: object, least: object, pods: int, wanted: int | None) -> None:
    assert healthy_wanted(most, least, pods) == wanted


@pytest.mark.parametrize(("most", "least"), [("1", None), (None, "1"), (True, None), (None, [])])
def test_a_budget_that_is_no_number_is_refused(most: object, least: object) -> None:
    with pytest.raises(QuantityError):
        healthy_wanted(most, least, 3)


# The first five numbers of VerifyPdbStatus in the same tests: TestUnavailable,
# TestIntegerMaxUnavailableWithScaling, TestTwoControllers.
@pytest.mark.parametrize(
    ("healthy", "wanted", "allowed"), [(4, 3, 1), (3, 3, 0), (1, 5, 0), (9, 7, 2), (0, 0, 0)]
)
def test_disruptions_allowed(healthy: int, wanted: int, allowed: int) -> None:
    assert disruptions_allowed(healthy, wanted) == allowed


# pkg/registry/core/pod/storage/eviction_test.go: TestEviction, by the numbers in the budgets' status.
@pytest.mark.parametrize(
    ("ready", "healthy", "wanted", "always_allow", "evicted"),
    [
        (True, 2, 2, False, False),  # running, healthy, no disruptions allowed
        (True, 2, 2, True, False),
        (True, 3, 2, False, True),  # disruptions allowed
        (False, 2, 2, False, True),  # unhealthy, the healthy ones are all there
        (False, 2, 2, True, True),
        (False, 0, 0, False, False),  # unhealthy, none wanted, none allowed
        (False, 0, 0, True, True),
        (False, 1, 2, False, False),
        (False, 1, 2, True, True),
        (False, 1, 0, False, True),
    ],
)
def test_may_evict(ready: bool, healthy: int, wanted: int, always_allow: bool, evicted: bool) -> None:
    assert may_evict(ready, healthy, wanted, always_allow) is evicted
