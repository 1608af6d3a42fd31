"""Files that are lists of nodes and pods, and those that are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.errors import UNREADABLE, USAGE, GenerateError
from generator.plan import cluster
from postrender.manifests import release
from tests.generator.commands import Command
from tests.generator.plan.there import Object, node, pod
from tests.proof.placement.staging import as_list
from tests.proof.small_cases import as_stream, deployment


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
