"""Real nodes, as kubectl prints them, and what runs there already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.errors import UNREADABLE, USAGE, GenerateError
from generator.plan import cluster
from postrender.manifests import release
from postrender.proof.placement.board import Board
from postrender.proof.placement.proofs import placement
from postrender.proof.placement.stage import stage_of_nodes
from postrender.proof.placement.words import waiting
from profiles.quantities import parse
from tests.generator.plan.conftest import Command
from tests.proof.placement.staging import as_list
from tests.proof.small_cases import HOST, ZONE, apart, as_stream, deployment, near, spread

Object = dict[str, Any]
CORDON = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


def node(
    name: str, zone: str | None = "a", *, version: str = "v1.33.1", pods: int = 110, **more: Any
) -> Object:
    """`labels`, `allocatable` and the rest are of the spec."""
    labels = {HOST: name} | ({ZONE: zone} if zone else {}) | more.pop("labels", {})
    allocatable = {"cpu": "3800m", "memory": "7Gi", "pods": str(pods)} | more.pop("allocatable", {})
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": more,
        "status": {"allocatable": allocatable, "nodeInfo": {"kubeletVersion": version}},
    }


def pod(name: str, where: str = "n0", *, phase: str = "Running", cpu: str = "0", **more: Any) -> Object:
    """`labels`, `namespace` and `container` are what they say; the rest is of the spec."""
    container = {"name": "main", "resources": {"requests": {"cpu": cpu}}} | more.pop("container", {})
    metadata = {"name": name, "namespace": more.pop("namespace", "default"), "labels": more.pop("labels", {})}
    spec = {"nodeName": where, "containers": [container]} | more
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": {"phase": phase}}


def port(number: int, ip: str | None = None, protocol: str = "TCP") -> Object:
    where = {"hostIP": ip} if ip else {}
    return {"ports": [{"containerPort": number, "hostPort": number, "protocol": protocol} | where]}


class There:
    """A cluster that was read for the release of these objects, in the namespace default."""

    def __init__(
        self, folder: Path, nodes: list[Object], pods: list[Object] | None, *objects: Object
    ) -> None:
        self.release = release.load(as_stream(objects or [deployment("a", 1)]))
        for manifest in self.release.manifests:
            manifest.home = "default"
        files = folder / "nodes.json", folder / "pods.json"
        files[0].write_text(as_list(nodes))
        files[1].write_text(as_list(pods or []))
        self.cluster = cluster.read(files[0], files[1] if pods is not None else None, self.release)
        found = self.cluster
        self.stage = stage_of_nodes(self.release, found.kinds, found.residents, found.kubernetes)

    @property
    def alike(self) -> list[tuple[str, ...]]:
        return [kind.names for kind in self.cluster.kinds]

    @property
    def open(self) -> set[str]:
        """The nodes that take a pod of the first workload."""
        found = Board(self.stage).admits(0)
        return {name for place in found for name in self.stage.kinds[place.kind].names}

    def free(self, resource: str = "cpu") -> list[int]:
        return [kind.room[resource] for kind in self.cluster.kinds]


# Nodes


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
    ("versions", "oldest"),
    [
        (["v1.30.4"], (1, 30)),
        (["v1.33.1", "v1.9.11", "v1.30.0-eks-036c24b"], (1, 9)),
        (["v1.29.10+k3s1"], (1, 29)),
    ],
)
def test_the_oldest_kubelet_tells_what_is_known(
    tmp_path: Path, versions: list[str], oldest: tuple[int, int]
) -> None:
    nodes = [node(f"n{number}", version=version) for number, version in enumerate(versions)]
    assert There(tmp_path, nodes, None).cluster.kubernetes == oldest


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


# Pods that run there


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


@pytest.mark.xfail(
    reason="terms of pods that run there with a namespaceSelector say nothing yet", strict=True
)
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


# Files


def test_one_node_is_a_cluster_too(tmp_path: Path, plan: Command) -> None:
    (tmp_path / "nodes.json").write_text(json.dumps(node("n0")))
    run = plan("--nodes", tmp_path / "nodes.json", stdin=as_stream([deployment("a", 1)]))
    assert (run.code, run.err) == (0, "")
    assert "1 real node" in run.out


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_of_other_shells_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "nodes.json"
    path.write_text(json.dumps({"items": [node("n0")]}), encoding=encoding)
    found = cluster.read(path, None, release.load(as_stream([deployment("a", 1)])))
    assert [kind.names for kind in found.kinds] == [("n0",)]


def test_a_list_of_the_api_server_need_not_say_what_its_items_are(tmp_path: Path) -> None:
    one = node("n0")
    del one["apiVersion"], one["kind"]
    path = tmp_path / "nodes.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "NodeList", "items": [one]}))
    found = cluster.read(path, None, release.load(as_stream([deployment("a", 1)])))
    assert [kind.names for kind in found.kinds] == [("n0",)]


SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "s"},
    "data": {"password": "aHVudGVyMg=="},
}
WRONG: dict[str, tuple[bytes, int, str]] = {
    "empty": (b"", UNREADABLE, "no JSON"),
    "yaml": (b"apiVersion: v1\nitems: []\nkind: List\n", UNREADABLE, "no JSON"),
    "table": (b"NAME   STATUS   ROLES    AGE\nn0     Ready    <none>   1d\n", UNREADABLE, "no JSON"),
    "junk": (bytes(range(256)), UNREADABLE, "no JSON"),
    "deep": (b"[" * 100_000, UNREADABLE, "no JSON"),
    "long number": (b"9" * 10_000, UNREADABLE, "no JSON"),
    "text": (b'"nodes"', UNREADABLE, "item 1 is no Node"),
    "no list": (b'{"items": {"a": 1}}', UNREADABLE, "items is no list"),
    "null": (b'{"items": null}', UNREADABLE, "items is no list"),
    "no node": (b'{"items": []}', USAGE, "no node in it"),
    "secret": (json.dumps(SECRET).encode(), UNREADABLE, "item 1 is no Node"),
    "pods": (as_list([pod("p")]).encode(), UNREADABLE, "item 1 is no Node"),
    "second": (as_list([node("n0"), pod("p")]).encode(), UNREADABLE, "item 2 is no Node"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_list_of_nodes_is_refused_with_the_command_that_makes_one(
    tmp_path: Path, plan: Command, name: str
) -> None:
    content, code, words = WRONG[name]
    (tmp_path / "nodes.json").write_bytes(content)
    run = plan("--nodes", tmp_path / "nodes.json", stdin=as_stream([deployment("a", 1)]))
    assert (run.code, run.out) == (code, "")
    assert run.err.startswith(f"{tmp_path / 'nodes.json'}: {words}")
    assert "kubectl get nodes -o json > FILE" in run.err
    assert "aHVudGVyMg" not in run.err
    assert run.err.count("\n") == 1


def test_a_file_that_is_not_there(tmp_path: Path, plan: Command) -> None:
    run = plan("--nodes", tmp_path / "none.json", stdin=as_stream([deployment("a", 1)]))
    assert run.code == USAGE
    assert run.err.startswith(f"{tmp_path / 'none.json'}: cannot be read: ")


def _without(one: Object, *path: str) -> Object:
    at = one
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return one


MISSHAPEN: dict[str, tuple[Object, str]] = {
    "label": (node("n0", labels={"pool": 3}), "/metadata/labels/pool is a number where a text belongs"),
    "name": (node("n0") | {"metadata": {"name": 7}}, "/metadata/name is a number where a text belongs"),
    "no name": (_without(node("n0"), "metadata", "name"), "name"),
    "taint": (node("n0", taints=["x"]), "/spec/taints/0 is text where a map belongs"),
    "cordon": (node("n0", unschedulable="yes"), "/spec/unschedulable is text where a boolean belongs"),
    "cpu": (node("n0", allocatable={"cpu": "much"}), "status.allocatable.cpu"),
    "no pods": (_without(node("n0"), "status", "allocatable", "pods"), "no status.allocatable.pods"),
    "no status": (_without(node("n0"), "status"), "no status.allocatable.pods"),
    "no version": (node("n0", version="?"), "no status.nodeInfo.kubeletVersion"),
    "nan": (node("n0", allocatable={"cpu": float("nan")}), "status.allocatable.cpu"),
}


@pytest.mark.parametrize("name", MISSHAPEN)
def test_a_misshapen_node_is_named_with_its_file(tmp_path: Path, name: str) -> None:
    one, words = MISSHAPEN[name]
    nodes, pods = tmp_path / "nodes.json", tmp_path / "pods.json"
    nodes.write_text(as_list([node("good"), one]))
    pods.write_text(as_list([]))
    with pytest.raises(GenerateError) as refused:
        cluster.read(nodes, pods, release.load(as_stream([deployment("a", 1)])))
    assert refused.value.exit_code == UNREADABLE
    assert str(refused.value).startswith(f"{nodes}: ")
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (pod("p", cpu="much"), "much"),
        (pod("p", labels={"app": 1}), "/metadata/labels/app is a number where a text belongs"),
        (pod("p") | {"spec": []}, "/spec is a list where a map belongs"),
        (pod("p") | {"status": {"phase": 1}}, "/status/phase is a number where a text belongs"),
    ],
)
def test_a_misshapen_pod_is_named_with_its_file(tmp_path: Path, one: Object, words: str) -> None:
    nodes, pods = tmp_path / "nodes.json", tmp_path / "pods.json"
    nodes.write_text(as_list([node("n0")]))
    pods.write_text(as_list([one]))
    with pytest.raises(GenerateError) as refused:
        cluster.read(nodes, pods, release.load(as_stream([deployment("a", 1)])))
    assert refused.value.exit_code == UNREADABLE
    assert str(refused.value).startswith(f"{pods}: ")
    assert words in str(refused.value)


@pytest.mark.parametrize("form", ["text", "json", "markdown", "svg"])
def test_names_that_no_text_can_hold_are_shown_all_the_same(tmp_path: Path, plan: Command, form: str) -> None:
    (tmp_path / "nodes.json").write_text(as_list([node("n\ud800\x1b[31m", "\udfff\n")]))
    run = plan("--nodes", tmp_path / "nodes.json", "--format", form, stdin=as_stream([deployment("a", 1)]))
    assert (run.code, run.err) == (0, "")
    assert "\x1b" not in run.out
