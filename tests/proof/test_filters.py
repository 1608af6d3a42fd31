"""The filters of brute force where the answer was worked out by hand: which nodes admit a pod of `a`."""

from __future__ import annotations

import pytest

from tests.proof.brute_force import ZONE
from tests.proof.filters import Object, admits, cordoned, read_node, read_pod, requests
from tests.proof.small_cases import (
    HOST,
    apart,
    app,
    deployment,
    near,
    node,
    nodes_in,
    required,
    required_of_nodes,
    spread,
)


def admitted(
    nodes: list[Object], spec: Object, placed: tuple[tuple[Object, str], ...] = (), cordon: str = ""
) -> set[str]:
    """`placed`: pods of these Deployments on the named nodes."""
    found = {one.name: one for one in map(read_node, nodes)}
    if cordon:
        found[cordon] = cordoned(found[cordon])
    others = [
        (read_pod(f"other-{index}", "other", one["spec"]["template"], "other"), found[at])
        for index, (one, at) in enumerate(placed)
    ]
    pod = read_pod("a-0", "a", deployment("a", 1, cpu="1", memory="1Gi", **spec)["spec"]["template"], "a")
    return admits(tuple(found.values()), others, pod)


def tainted(**taint: str) -> list[Object]:
    return [node("n0", "z1", taints=[{"key": "k", "value": "v", "effect": "NoSchedule"} | taint])]


@pytest.mark.parametrize(
    ("taint", "toleration", "expected"),
    [
        ({}, None, False),
        ({"effect": "NoExecute"}, None, False),
        ({"effect": "PreferNoSchedule"}, None, True),
        ({}, {"key": "k", "value": "v"}, True),
        ({}, {"key": "k", "value": "w"}, False),
        ({}, {"key": "k", "operator": "Exists", "effect": "NoSchedule"}, True),
        ({}, {"key": "k", "operator": "Exists", "effect": "NoExecute"}, False),
        ({}, {"operator": "Exists"}, True),
    ],
)
def test_taints(taint: dict[str, str], toleration: Object | None, expected: bool) -> None:
    spec = {} if toleration is None else {"tolerations": [toleration]}
    assert bool(admitted(tainted(**taint), spec)) is expected


def test_a_cordoned_node_admits_who_tolerates_it() -> None:
    nodes = nodes_in("z1", "z1")
    assert admitted(nodes, {}, cordon="n0") == {"n1"}
    assert admitted([node("n0", "z1", unschedulable=True)], {}) == set()  # before the taint is there
    assert admitted(nodes, {"tolerations": [{"operator": "Exists"}]}, cordon="n0") == {"n0", "n1"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"key": ZONE, "operator": "In", "values": ["z1", "z3"]}, {"n0"}),
        ({"key": ZONE, "operator": "NotIn", "values": ["z1"]}, {"n1", "n2"}),
        ({"key": "rank", "operator": "Exists"}, {"n2"}),
        ({"key": "rank", "operator": "DoesNotExist"}, {"n0", "n1"}),
        ({"key": "rank", "operator": "NotIn", "values": ["1"]}, {"n0", "n1", "n2"}),
        ({"key": "rank", "operator": "Gt", "values": ["6"]}, {"n2"}),
        ({"key": "rank", "operator": "Lt", "values": ["7"]}, set()),
    ],
)
def test_node_affinity(expression: Object, expected: set[str]) -> None:
    nodes = nodes_in("z1", "z2", "z2")
    nodes[2]["metadata"]["labels"]["rank"] = "7"
    assert admitted(nodes, {"affinity": {"nodeAffinity": required_of_nodes([expression])}}) == expected


def test_any_term_of_node_affinity_and_all_of_the_node_selector() -> None:
    nodes = nodes_in("z1", "z2", "z3")
    either = [{"key": ZONE, "operator": "In", "values": [zone]} for zone in ("z1", "z2")]
    affinity = {"affinity": {"nodeAffinity": required_of_nodes(either)}}
    assert admitted(nodes, affinity) == {"n0", "n1"}
    assert admitted(nodes, affinity | {"nodeSelector": {HOST: "n1"}}) == {"n1"}


def test_room() -> None:
    assert admitted(nodes_in("z1", cpu="999m"), {}) == set()
    assert admitted(nodes_in("z1", memory="1023Mi"), {}) == set()
    one = ((deployment("b", 1, cpu="0"), "n0"),)
    assert admitted(nodes_in("z1", pods=1), {}, one) == set()
    assert admitted(nodes_in("z1", cpu="1", memory="1152Mi", pods=2), {}, one) == {"n0"}


def test_init_containers_and_limits_ask_too() -> None:
    """Sidecar 1 beside the sum of 3, or beside the migration's 3.5 if it comes first; the overhead on top."""
    containers = [{"resources": {"requests": {"cpu": "1"}}}, {"resources": {"limits": {"cpu": "2"}}}]
    sidecar = {"restartPolicy": "Always", "resources": {"requests": {"cpu": "1"}}}
    migration = {"resources": {"requests": {"cpu": "3.5"}}}
    spec = {"containers": containers, "initContainers": [sidecar, migration], "overhead": {"cpu": "250m"}}
    assert requests(spec)["cpu"] == 4750
    assert requests(spec | {"initContainers": [migration, sidecar]})["cpu"] == 4250


def test_affinity_needs_a_pod_that_matches_all_terms() -> None:
    """The b's match one term each; a itself matches neither."""
    nodes = nodes_in("z1", "z2")
    tier = {"topologyKey": ZONE, "labelSelector": {"matchLabels": {"tier": "x"}}}
    spec = {"affinity": {"podAffinity": required([{"topologyKey": ZONE, "labelSelector": app("b")}, tier])}}
    one_term = ((deployment("b", 1), "n0"), (deployment("c", 1, labels={"tier": "x"}), "n0"))
    assert admitted(nodes, spec, one_term) == set()
    assert admitted(nodes, spec, ((deployment("b", 1, labels={"tier": "x"}), "n1"),)) == {"n1"}


def test_nodes_without_the_key() -> None:
    """For affinity, also of the first, and for a spread they are none; anti-affinity does not see them."""
    nodes = nodes_in("z1", "z2")
    del nodes[0]["metadata"]["labels"][ZONE]
    assert admitted(nodes, near(ZONE, "a")) == {"n1"}
    assert admitted(nodes, spread(ZONE, app("a"))) == {"n1"}
    assert admitted(nodes, apart(ZONE, "b"), ((deployment("b", 1), "n0"),)) == {"n0", "n1"}


def test_a_domain_of_two_constraints_needs_both_keys() -> None:
    """The node of z2 has no rack: neither constraint knows it, and z1 may have two more than z2."""
    nodes = nodes_in("z1", "z2")
    nodes[0]["metadata"]["labels"]["rack"] = "r1"
    by_rack = spread("rack", app("a"), max_skew=9)["topologySpreadConstraints"]
    by_zone = spread(ZONE, app("a"))["topologySpreadConstraints"]
    two = ((deployment("a", 1), "n0"),) * 2
    assert admitted(nodes, {"topologySpreadConstraints": by_zone + by_rack}, two) == {"n0"}
    assert admitted(nodes, {"topologySpreadConstraints": by_zone}, two) == {"n1"}


def test_which_nodes_make_domains() -> None:
    """One matching pod in z1; z2's node is not for this pod. Were it a domain, z1 would hold one too many."""
    nodes, one = nodes_in("z1", "z2"), ((deployment("a", 1), "n0"),)
    chosen = {"nodeSelector": {HOST: "n0"}}
    assert admitted(nodes, chosen | spread(ZONE, app("a")), one) == {"n0"}
    assert admitted(nodes, chosen | spread(ZONE, app("a"), nodeAffinityPolicy="Ignore"), one) == set()
    nodes[1]["spec"] = {"taints": [{"key": "k", "effect": "NoSchedule"}]}
    assert admitted(nodes, spread(ZONE, app("a")), one) == set()
    assert admitted(nodes, spread(ZONE, app("a"), nodeTaintsPolicy="Honor"), one) == {"n0"}


def test_a_spread_counts_whom_it_selects() -> None:
    """Three pods of b in z1; a is not one of them, so that it adds nothing itself."""
    nodes, three = nodes_in("z1", "z2"), ((deployment("b", 1), "n0"),) * 3
    assert admitted(nodes, spread(ZONE, app("b"), max_skew=2), three) == {"n1"}
    assert admitted(nodes, spread(ZONE, app("b"), max_skew=3), three) == {"n0", "n1"}
    assert admitted(nodes, spread(ZONE, None), three) == {"n0", "n1"}
    assert admitted(nodes, spread(ZONE, {}), three) == {"n0", "n1"}  # an empty selector counts none
    assert admitted(nodes, spread(ZONE, {"matchExpressions": []}, whenUnsatisfiable="ScheduleAnyway"), three)
