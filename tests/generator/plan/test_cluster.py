"""Real nodes, as kubectl prints them."""

from __future__ import annotations

from pathlib import Path

import pytest

from postrender.proof.placement.board import Board
from tests.generator.commands import Command
from tests.generator.plan.there import Object, There, node, pod
from tests.proof.placement.staging import as_list
from tests.proof.small_cases import HOST, ZONE, as_stream, deployment, spread

CORDON = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


def test_nodes_that_differ_in_name_only_are_one_kind(tmp_path: Path) -> None:
    nodes = [node(f"n{number}", zone) for number in range(6) for zone in ["ab"[number % 2]]]
    assert There(tmp_path, nodes, None).alike == [("n0", "n2", "n4"), ("n1", "n3", "n5")]


@pytest.mark.parametrize(
    "other",
    [
        node("n1", "b"),
        node("n1", labels={"pool": "x"}),
        node("n1", allocatable={"cpu": "4"}),
        node("n1", pods=30),
        node("n1", taints=[{"key": "x", "effect": "NoSchedule"}]),
        node("n1", unschedulable=True),
    ],
    ids=["zone", "label", "room", "pods", "taint", "cordon"],
)
def test_other_nodes_are_another_kind(tmp_path: Path, other: Object) -> None:
    assert There(tmp_path, [node("n0"), other], None).alike == [("n0",), ("n1",)]


def test_a_node_with_pods_is_another_kind_than_one_without(tmp_path: Path) -> None:
    there = There(tmp_path, [node("n0"), node("n1")], [pod("p", cpu="1")])
    assert there.alike == [("n0",), ("n1",)]


@pytest.mark.parametrize("way", [{HOST: "n1"}, None], ids=["label", "field"])
def test_a_node_may_be_asked_for_by_name(tmp_path: Path, way: dict[str, str] | None) -> None:
    field = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}
    affinity = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [field]}}
    spec = {"nodeSelector": way} if way else {"affinity": {"nodeAffinity": affinity}}
    there = There(tmp_path, [node("n0"), node("n1"), node("n2")], None, deployment("a", 1, **spec))
    assert there.open == {"n1"}


@pytest.mark.parametrize(
    "spec", [{"unschedulable": True}, {"taints": [CORDON]}, {"unschedulable": True, "taints": [CORDON]}]
)
def test_a_cordoned_node_takes_no_pod(tmp_path: Path, spec: Object) -> None:
    there = There(tmp_path, [node("n0"), node("n1", **spec)], None)
    assert there.open == {"n0"}
    assert CORDON["key"] in [taint.key for taint in there.cluster.kinds[1].taints]
    assert len(there.cluster.kinds[1].taints) == 1


@pytest.mark.parametrize(
    ("toleration", "open_"),
    [
        ({"key": "for", "value": "db", "effect": "NoSchedule"}, {"n0", "n1"}),
        ({"key": "for", "operator": "Exists"}, {"n0", "n1"}),
        ({"key": "for", "value": "web"}, {"n0"}),
        ({"key": "for", "value": "db", "effect": "NoExecute"}, {"n0"}),
    ],
)
def test_a_taint_keeps_off_who_does_not_tolerate_it(
    tmp_path: Path, toleration: Object, open_: set[str]
) -> None:
    tainted = node("n1", taints=[{"key": "for", "value": "db", "effect": "NoSchedule"}])
    there = There(tmp_path, [node("n0"), tainted], None, deployment("a", 1, tolerations=[toleration]))
    assert there.open == open_


def test_a_taint_that_only_prefers_keeps_nobody_off(tmp_path: Path) -> None:
    there = There(tmp_path, [node("n0", taints=[{"key": "x", "effect": "PreferNoSchedule"}])], None)
    assert there.open == {"n0"}


def test_what_is_allocatable_counts_not_the_capacity(tmp_path: Path) -> None:
    small = node("n0", allocatable={"cpu": "400m"})
    small["status"]["capacity"] = {"cpu": "64", "memory": "256Gi", "pods": "110"}
    there = There(tmp_path, [small, node("n1")], None, deployment("a", 1, cpu="500m"))
    assert there.open == {"n1"}


def test_a_device_is_on_the_nodes_that_have_it(tmp_path: Path) -> None:
    asking = deployment("a", 1)
    asking["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"] = {"nvidia.com/gpu": 1}
    nodes = [
        node("n0"),
        node("n1", allocatable={"nvidia.com/gpu": "1"}),
        node("n2", allocatable={"nvidia.com/gpu": "0"}),
    ]
    assert There(tmp_path, nodes, None, asking).open == {"n1"}
    taken = pod("p", "n1", container={"resources": {"limits": {"nvidia.com/gpu": "1"}}})
    assert There(tmp_path, nodes, [taken], asking).open == set()


def test_a_device_that_no_node_has_is_told(tmp_path: Path, plan: Command) -> None:
    asking = deployment("a", 1)
    asking["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"] = {"nvidia.com/gpu": 1}
    (tmp_path / "nodes.json").write_text(as_list([node("n0")]))
    run = plan("--nodes", tmp_path / "nodes.json", stdin=as_stream([asking]))
    assert run.code == 1
    assert "nvidia.com/gpu" in run.out


def test_nodes_without_a_zone_are_in_none(tmp_path: Path) -> None:
    evenly = deployment("a", 1, **spread(ZONE, {"matchLabels": {"app": "a"}}))
    assert There(tmp_path, [node("n0"), node("n1", None)], None, evenly).open == {"n0"}
    assert There(tmp_path, [node("n0"), node("n1", None)], None, deployment("a", 1)).open == {"n0", "n1"}


@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (["v1.30.4"], (1, 30)),
        (["v1.30.0-eks-036c24b", "v1.9.11", "v1.33.1"], (1, 33)),
        (["v1.29.10+k3s1"], (1, 29)),
    ],
)
def test_the_newest_kubelet_tells_what_is_known(
    tmp_path: Path, versions: list[str], newest: tuple[int, int]
) -> None:
    nodes = [node(f"n{number}", version=version) for number, version in enumerate(versions)]
    assert There(tmp_path, nodes, None).cluster.kubernetes == newest


def test_an_old_cluster_knows_no_min_domains(tmp_path: Path) -> None:
    three = deployment("a", 3, **spread(ZONE, {"matchLabels": {"app": "a"}}, minDomains=3))
    limits = {}
    for version in ("v1.26.1", "v1.27.1"):
        there = There(
            tmp_path, [node("n0", "a", version=version), node("n1", "b", version=version)], None, three
        )
        board = Board(there.stage)
        while places := board.admits(0):
            if board.placed[0] == 3:
                break
            board.put(places[0], 0)
        limits[version] = board.placed[0]
    # Two zones: with three demanded, one pod in each; else they are spread over the two.
    assert limits == {"v1.26.1": 3, "v1.27.1": 2}
