"""Brute force where the answer was worked out by hand: the known ways to hang."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.proof.brute_force import (
    ZONE,
    Answer,
    Drain,
    TooManyStatesError,
    ZoneLoss,
    drain,
    fenceposts,
    full_placements,
    placement,
    rollout,
    zone_loss,
)
from tests.proof.filters import HASH, Object
from tests.proof.small_cases import (
    HOST,
    Case,
    apart,
    app,
    as_stream,
    budget,
    cases,
    deployment,
    near,
    node,
    nodes_in,
    spread,
    tractable,
)

ONE_AT_A_TIME = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}


# Placement.


def test_one_pod_a_node_needs_as_many_nodes() -> None:
    assert placement(nodes_in("z1", "z1", "z1"), [deployment("a", 3, **apart(HOST, "a"))]) == "always"
    assert placement(nodes_in("z1", "z1"), [deployment("a", 3, **apart(HOST, "a"))]) == "never"


def test_small_pods_may_take_the_room_of_a_large_one() -> None:
    pods = [deployment("a", 2, cpu="1"), deployment("b", 1, cpu="3")]
    assert placement(nodes_in("z1", "z1", cpu="3"), pods) == "sometimes"
    assert placement(nodes_in("z1", "z1", cpu="4"), pods) == "always"


def test_anti_affinity_holds_whoever_comes_first() -> None:
    """Only one of the two states it; on one node the second never finds a place, in either order."""
    pods = [deployment("a", 1, **apart(HOST, "b")), deployment("b", 1)]
    assert placement(nodes_in("z1"), pods) == "never"
    assert placement(nodes_in("z1", "z1"), pods) == "always"


def test_fewer_zones_than_min_domains_let_one_pod_into_each() -> None:
    """The global minimum is 0 then."""
    nodes = nodes_in("z1", "z2")
    wide = spread(ZONE, app("a"), minDomains=3)
    assert placement(nodes, [deployment("a", 2, **wide)]) == "always"
    assert placement(nodes, [deployment("a", 3, **wide)]) == "never"
    assert placement(nodes, [deployment("a", 3, **spread(ZONE, app("a"), minDomains=2))]) == "always"


def test_the_first_of_pods_that_want_each_other_goes_anywhere() -> None:
    """The second must follow it, and finds room or not."""
    pods = [deployment("a", 2, cpu="1", **near(ZONE, "a"))]
    assert placement(nodes_in("z1", "z2", cpu="2"), pods) == "always"
    assert placement(nodes_in("z1", "z2", cpu="1"), pods) == "never"
    uneven = [node("n0", "z1", cpu="2"), node("n1", "z2", cpu="1")]
    assert placement(uneven, pods) == "sometimes"


def test_who_wants_another_waits_for_it() -> None:
    nodes = nodes_in("z1", "z2")
    follower = deployment("a", 1, **near(ZONE, "b"))
    assert placement(nodes, [follower]) == "never"
    assert placement(nodes, [follower, deployment("b", 1)]) == "always"


# Rollout.


def test_a_surge_pod_finds_no_node_of_its_own() -> None:
    """Three replicas, three nodes, one pod a node: the default is one pod more, none fewer."""
    apart_pods = apart(HOST, "a")
    three, four = nodes_in("z1", "z2", "z3"), nodes_in("z1", "z2", "z3", "z1")
    assert rollout(three, [deployment("a", 3, **apart_pods)], "a") == "never"
    assert rollout(three, [deployment("a", 3, strategy=ONE_AT_A_TIME, **apart_pods)], "a") == "always"
    assert rollout(three, [deployment("a", 3, strategy={"type": "Recreate"}, **apart_pods)], "a") == "always"
    assert rollout(four, [deployment("a", 3, **apart_pods)], "a", most=10_000) == "always"


def test_a_surge_pod_finds_no_cpu() -> None:
    """No constraint at all: 2 cpu twice is more than 3.8; Envoy's 500m fit beside one."""
    envoy = deployment("envoy", 3, cpu="500m")
    three = nodes_in("z1", "z2", "z3", cpu="3800m")
    assert placement(three, [deployment("ledger", 3, cpu="2"), envoy], most=10_000) == "always"
    assert rollout(three, [deployment("ledger", 3, cpu="2"), envoy], "ledger", most=10_000) == "never"
    two, envoy = nodes_in("z1", "z2", cpu="3800m"), deployment("envoy", 2, cpu="500m")
    assert rollout(two, [deployment("ledger", 2, cpu="2"), envoy], "ledger") == "never"
    patient = deployment("ledger", 2, cpu="2", strategy=ONE_AT_A_TIME)
    assert rollout(two, [patient, envoy], "ledger") == "always"


def test_no_step_but_the_controllers() -> None:
    """One old pod fewer, one new pod more: olds o and p give op, o, p, on, pn, n and nm, no other state."""
    pods = [deployment("a", 2, strategy=ONE_AT_A_TIME)]
    assert rollout(nodes_in("z1"), pods, "a", most=7) == "always"
    with pytest.raises(TooManyStatesError):
        rollout(nodes_in("z1"), pods, "a", most=6)


def test_a_rollout_may_depend_on_where_others_are() -> None:
    """Beside the 3 cpu, 4 have room for one a; with both on the other node 2 are left there, else 3."""
    pods = [deployment("a", 2, cpu="1"), deployment("b", 1, cpu="3")]
    assert rollout(nodes_in("z1", "z1", cpu="4"), pods, "b") == "sometimes"


def test_a_spread_of_the_new_pods_alone_may_wait_for_an_old_one() -> None:
    """One pod a node, as many pods as nodes, the spread counts each revision for itself.

    Old pods of one zone may go first: the second new pod would have to stand beside the first.
    """
    nodes = nodes_in("z1", "z2", "z1", "z2")
    alone = spread(ZONE, app("a"), matchLabelKeys=[HASH])
    both = spread(ZONE, app("a"))
    assert rollout(nodes, [deployment("a", 4, **apart(HOST, "a"), **alone)], "a", most=50_000) == "sometimes"
    assert rollout(nodes, [deployment("a", 4, **apart(HOST, "a"), **both)], "a", most=50_000) == "always"
    per_revision = apart(HOST, "a", matchLabelKeys=[HASH])
    surging = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    pods = deployment("a", 2, strategy=surging, **per_revision, **alone)
    assert rollout(nodes_in("z1", "z2"), [pods], "a") == "always"


def test_no_full_placement_nothing_to_roll_out() -> None:
    pods = [deployment("a", 2, **apart(HOST, "a"))]
    assert rollout(nodes_in("z1"), pods, "a") is None
    assert drain(nodes_in("z1"), pods, [], "n0") is None
    assert zone_loss(nodes_in("z1"), pods, "z1") is None


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "expected"),
    [
        # The comment on ResolveFenceposts; both at zero make one unavailable.
        (2, "0%", "1%", (0, 1)),
        (1, "0%", "1%", (0, 1)),
        (2, "1%", "25%", (1, 0)),
        (1, "1%", "0%", (1, 0)),
        (3, None, None, (1, 0)),
        (4, None, None, (1, 1)),
        (None, None, None, (1, 0)),
        (6, None, None, (2, 1)),
        (2, 3, 5, (3, 2)),
    ],
)
def test_percentages_round_up_for_the_surge_and_down_for_the_rest(
    replicas: int | None, surge: int | str | None, unavailable: int | str | None, expected: tuple[int, int]
) -> None:
    limits = {"maxSurge": surge, "maxUnavailable": unavailable}
    stated = {key: value for key, value in limits.items() if value is not None}
    assert fenceposts(deployment("a", replicas, strategy={"rollingUpdate": stated})) == expected


# Drain.


@pytest.mark.parametrize(
    ("stated", "emptied"),
    [
        ({"minAvailable": 2}, "never"),
        ({"minAvailable": "100%"}, "never"),
        ({"minAvailable": "51%"}, "never"),  # of two, rounded up
        ({"minAvailable": 1}, "always"),
        ({"minAvailable": "50%"}, "always"),
        ({"maxUnavailable": 0}, "never"),
        ({"maxUnavailable": "1%"}, "always"),  # rounded up
        ({"maxUnavailable": 1}, "always"),
        ({}, "never"),  # of nothing expected, nothing allowed
    ],
)
def test_a_budget_that_equals_the_replicas_blocks(stated: Object, emptied: Answer) -> None:
    """Two nodes, one pod on each."""
    pods = [deployment("a", 2, **apart(HOST, "a"))]
    found = drain(nodes_in("z1", "z1"), pods, [budget("a", app("a"), **stated)], "n0")
    assert found == Drain(emptied, "always" if emptied == "always" else None)


def test_a_node_without_covered_pods_is_drained_at_once() -> None:
    """The one pod is on this node or on the other."""
    pods, blocking = [deployment("a", 1)], [budget("a", app("a"), maxUnavailable=0)]
    assert drain(nodes_in("z1", "z1"), pods, blocking, "n0") == Drain("sometimes", "always")


def test_two_budgets_over_one_pod_block() -> None:
    pods = [deployment("a", 2, **apart(HOST, "a"))]
    one = budget("one", app("a"), maxUnavailable=1)
    exists = {"matchExpressions": [{"key": "app", "operator": "Exists"}]}
    two = budget("two", exists, maxUnavailable=1)
    other = budget("two", app("b"), maxUnavailable=0)
    nodes = nodes_in("z1", "z1")
    assert drain(nodes, pods, [one, two], "n0") == Drain("never", None)
    assert drain(nodes, pods, [one, other], "n0") == Drain("always", "always")


def test_a_budget_over_two_deployments_counts_both() -> None:
    """Of two and two, half may go: both that are on the node."""
    pods = [deployment(name, 2, labels={"tier": "x"}, **apart(HOST, name)) for name in ("a", "b")]
    tier = {"matchLabels": {"tier": "x"}}
    nodes = nodes_in("z1", "z1")
    assert drain(nodes, pods, [budget("x", tier, maxUnavailable="50%")], "n0") == Drain("always", "always")
    assert drain(nodes, pods, [budget("x", tier, minAvailable="75%")], "n0") == Drain("never", None)


def test_a_percentage_is_of_the_covered_replicas() -> None:
    """Half of one may not go, for one is to stay; that there are two more of another changes nothing."""
    pods = [deployment("a", 1, nodeSelector={HOST: "n0"}), deployment("b", 2)]
    half = [budget("a", app("a"), minAvailable="50%")]
    assert drain(nodes_in("z1", "z1"), pods, half, "n0") == Drain("never", None)
    most = [budget("a", app("a"), maxUnavailable="34%")]
    assert drain(nodes_in("z1", "z1"), pods, most, "n0") == Drain("always", "always")


def test_the_second_eviction_waits_for_a_place_of_the_first() -> None:
    """Both pods are on the only node that is large enough."""
    nodes = [node("n0", "z1", cpu="4"), node("n1", "z1", cpu="1")]
    pods, one = [deployment("a", 2, cpu="2")], [budget("a", app("a"), maxUnavailable=1)]
    assert drain(nodes, pods, one, "n0") == Drain("never", None)
    assert drain(nodes, pods, [], "n0") == Drain("always", "always")


def test_a_cordoned_zone_still_counts_unless_taints_are_honored() -> None:
    """Two pods in each zone; the evicted one would make three beside one."""
    nodes, one = nodes_in("z1", "z2"), [budget("a", app("a"), maxUnavailable=1)]
    ignoring = [deployment("a", 4, **spread(ZONE, app("a")))]
    honoring = [deployment("a", 4, **spread(ZONE, app("a"), nodeTaintsPolicy="Honor"))]
    assert drain(nodes, ignoring, one, "n0") == Drain("never", None)
    assert drain(nodes, honoring, one, "n0") == Drain("always", "always")


def test_a_pod_may_go_where_its_companion_cannot_follow() -> None:
    """Evicted, b may be placed on the small node before the other is uncordoned; a has no room there."""
    nodes = [node("n0", "z1", cpu="2"), node("n1", "z1", cpu="1")]
    pods = [deployment("a", 1, cpu="1", **near(HOST, "b")), deployment("b", 1, cpu="1")]
    assert drain(nodes, pods, [], "n0") == Drain("always", "sometimes")


# Loss of a zone.


def test_what_a_lost_zone_leaves() -> None:
    nodes = nodes_in("z1", "z1", "z2", "z2")
    assert zone_loss(nodes, [deployment("a", 2)], "z1") == ZoneLoss({"a": 0}, "always")
    ignoring = [deployment("a", 2, **spread(ZONE, app("a")))]
    assert zone_loss(nodes, ignoring, "z1") == ZoneLoss({"a": 1}, "never")
    honoring = [deployment("a", 2, **spread(ZONE, app("a"), nodeTaintsPolicy="Honor"))]
    assert zone_loss(nodes, honoring, "z1") == ZoneLoss({"a": 1}, "always")


def test_no_room_in_the_zone_that_is_left() -> None:
    pods = [deployment("a", 2, **apart(HOST, "a"))]
    assert zone_loss(nodes_in("z1", "z2"), pods, "z1") == ZoneLoss({"a": 1}, "never")
    assert zone_loss(nodes_in("z1", "z2", "z2"), pods, "z1") == ZoneLoss({"a": 1}, "always")


# The reference as a whole.


def test_a_state_too_many_is_said() -> None:
    with pytest.raises(TooManyStatesError):
        placement(nodes_in("z1", "z1"), [deployment("a", 3)], most=26)
    assert placement(nodes_in("z1", "z1"), [deployment("a", 3)], most=27) == "always"


@settings(max_examples=50, deadline=None)
@given(cases(), st.integers(0, 3))
def test_answers_hang_together(case: Case, number: int) -> None:
    """Where pods cannot all be placed, there is nothing to drain; without budgets any node is emptied."""
    full = tractable(lambda: full_placements(case.nodes, case.deployments))
    assert (placement(case.nodes, case.deployments) == "never") is (not full)
    name = f"n{number % len(case.nodes)}"
    found = tractable(lambda: drain(case.nodes, case.deployments, [], name))
    assert (found is None) is (not full)
    # Nothing holds back an eviction.
    assert found is None or found.emptied == "always"


@settings(max_examples=20)
@given(cases())
def test_a_stream_is_read_as_it_was_written(case: Case) -> None:
    assert list(yaml.safe_load_all(as_stream(case.deployments))) == json.loads(json.dumps(case.deployments))
