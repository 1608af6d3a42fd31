"""What runs on real nodes already: it takes room, and it keeps pods away or wants them near."""

from __future__ import annotations

from pathlib import Path

import pytest

from postrender.proof.placement.board import Board
from postrender.proof.placement.proofs import placement
from postrender.proof.placement.words import waiting
from profiles.quantities import parse
from tests.generator.plan.there import Object, There, node, pod, port
from tests.proof.small_cases import HOST, ZONE, apart, deployment, near, spread


def test_running_pods_take_room(tmp_path: Path) -> None:
    there = There(tmp_path, [node("n0")], [pod("p", cpu="1"), pod("q", cpu="1500m")])
    assert there.free() == [parse("1300m")]
    assert there.cluster.running == 2


def test_what_an_init_container_asks_for_is_taken_if_it_is_more(tmp_path: Path) -> None:
    inits = [{"name": "init", "resources": {"requests": {"cpu": "2"}}}]
    sidecar = [{"name": "proxy", "restartPolicy": "Always", "resources": {"requests": {"cpu": "200m"}}}]
    pods = [pod("p", cpu="1", initContainers=inits), pod("q", cpu="1", initContainers=sidecar)]
    assert There(tmp_path, [node("n0")], pods).free() == [parse("600m")]


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_pods_that_ended_take_nothing(tmp_path: Path, phase: str) -> None:
    there = There(tmp_path, [node("n0", pods=1)], [pod("p", cpu="3", phase=phase, container=port(80))])
    assert there.free() == [parse("3800m")]
    assert there.open == {"n0"}


def test_pods_without_a_node_take_nothing(tmp_path: Path) -> None:
    waiting_pod = pod("p", cpu="3", phase="Pending")
    del waiting_pod["spec"]["nodeName"]
    assert There(tmp_path, [node("n0")], [waiting_pod]).free() == [parse("3800m")]


def test_pods_that_start_take_room(tmp_path: Path) -> None:
    assert There(tmp_path, [node("n0")], [pod("p", cpu="3", phase="Pending")]).free() == [parse("800m")]


def test_pods_on_nodes_that_are_not_in_the_list_do_not_count(tmp_path: Path) -> None:
    there = There(tmp_path, [node("n0")], [pod("p", "elsewhere", cpu="3")])
    assert there.free() == [parse("3800m")]
    assert there.cluster.running == 0


def test_the_releases_own_pods_are_placed_anew(tmp_path: Path) -> None:
    own = pod("a-1", cpu="3", labels={"app": "a", "pod-template-hash": "x"})
    there = There(tmp_path, [node("n0")], [own], deployment("a", 1, cpu="3"))
    assert there.free() == [parse("3800m")]
    assert there.cluster.running == 0


def test_pods_with_the_same_labels_in_another_namespace_are_not_its_own(tmp_path: Path) -> None:
    other = pod("a-1", cpu="3", labels={"app": "a"}, namespace="other")
    there = There(tmp_path, [node("n0")], [other], deployment("a", 1, cpu="3"))
    assert there.free() == [parse("800m")]


@pytest.mark.parametrize("spec", [{}, apart(HOST, "nobody")], ids=["pods", "pods whose terms are looked at"])
def test_a_node_takes_as_many_pods_as_its_kubelet_does(tmp_path: Path, spec: Object) -> None:
    pods = [pod(f"p{number}", **spec) for number in range(3)]
    assert There(tmp_path, [node("n0", pods=3)], pods).open == set()
    assert There(tmp_path, [node("n0", pods=4)], pods).open == {"n0"}


def test_pods_from_which_the_release_keeps_away(tmp_path: Path) -> None:
    away = deployment("a", 1, **apart(HOST, "db"))
    nodes = [node("n0"), node("n1"), node("n2", "b")]
    assert There(tmp_path, nodes, [pod("p", labels={"app": "db"})], away).open == {"n1", "n2"}
    away = deployment("a", 1, **apart(ZONE, "db"))
    assert There(tmp_path, nodes, [pod("p", labels={"app": "db"})], away).open == {"n2"}
    other = pod("p", labels={"app": "db"}, namespace="other")
    assert There(tmp_path, nodes, [other], away).open == {"n0", "n1", "n2"}


def test_pods_that_keep_the_release_away(tmp_path: Path) -> None:
    nodes = [node("n0"), node("n1"), node("n2", "b")]
    for key, open_ in ((HOST, {"n1", "n2"}), (ZONE, {"n2"})):
        assert There(tmp_path, nodes, [pod("p", labels={"app": "db"}, **apart(key, "a"))]).open == open_
    everywhere = apart(HOST, "a", namespaceSelector={})
    assert There(tmp_path, nodes, [pod("p", namespace="other", **everywhere)]).open == {"n1", "n2"}
    assert There(tmp_path, nodes, [pod("p", namespace="other", **apart(HOST, "a"))]).open == {
        "n0",
        "n1",
        "n2",
    }


def test_whom_a_running_pod_keeps_away_by_labels_of_namespaces_is_not_known(tmp_path: Path) -> None:
    """What labels the namespaces have, no list of pods tells."""
    by_label = apart(HOST, "a", namespaceSelector={"matchLabels": {"team": "red"}})
    there = There(tmp_path, [node("n0")], [pod("p", namespace="other", **by_label)])
    assert placement(there.stage, there.stage.full).answer == "unknown"


def test_pods_which_the_release_wants_to_be_near(tmp_path: Path) -> None:
    beside = deployment("a", 1, **near(HOST, "db"))
    there = There(tmp_path, [node("n0"), node("n1")], [pod("p", "n1", labels={"app": "db"})], beside)
    assert there.open == {"n1"}


def test_pods_that_count_for_a_spread(tmp_path: Path) -> None:
    evenly = deployment("a", 1, **spread(ZONE, {"matchExpressions": [{"key": "app", "operator": "Exists"}]}))
    there = There(tmp_path, [node("n0"), node("n1", "b")], [pod("p", labels={"app": "db"})], evenly)
    assert there.open == {"n1"}


def _on_port(name: str, container: Object) -> Object:
    found = deployment(name, 1)
    found["spec"]["template"]["spec"]["containers"][0] |= container
    return found


@pytest.mark.parametrize(
    ("taken", "open_"),
    [
        (port(80), {"n1"}),
        (port(81), {"n0", "n1"}),
        (port(80, protocol="UDP"), {"n0", "n1"}),
        (port(80, "10.0.0.1"), {"n1"}),
    ],
)
def test_a_port_of_a_node_is_taken_once(tmp_path: Path, taken: Object, open_: set[str]) -> None:
    there = There(tmp_path, [node("n0"), node("n1")], [pod("p", container=taken)], _on_port("a", port(80)))
    assert there.open == open_


@pytest.mark.parametrize(
    ("taken", "asked", "open_"),
    [
        ("127.0.0.1", "10.0.0.1", {"n0", "n1"}),
        ("127.0.0.1", "127.0.0.1", {"n1"}),
        ("0.0.0.0", "10.0.0.1", {"n1"}),
        ("127.0.0.1", None, {"n1"}),
    ],
)
def test_a_port_is_taken_at_one_address_or_at_all(
    tmp_path: Path, taken: str, asked: str | None, open_: set[str]
) -> None:
    pods = [pod("p", container=port(80, taken))]
    there = There(tmp_path, [node("n0"), node("n1")], pods, _on_port("a", port(80, asked)))
    assert there.open == open_


def test_a_pod_on_the_hosts_network_takes_the_ports_that_it_names(tmp_path: Path) -> None:
    daemon = pod("p", hostNetwork=True, container={"ports": [{"containerPort": 80}]})
    there = There(tmp_path, [node("n0"), node("n1")], [daemon], _on_port("a", port(80)))
    assert there.open == {"n1"}


def test_why_a_pod_waits_is_told_of_real_nodes(tmp_path: Path) -> None:
    tall = deployment("a", 1, cpu="2")
    there = There(tmp_path, [node("n0"), node("n1", unschedulable=True)], [pod("p", cpu="3")], tall)
    (wait,) = waiting(Board(there.stage), there.stage.full)
    assert "1 node has too little cpu (2 asked, 800m free at most)" in wait.text
