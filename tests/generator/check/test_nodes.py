"""What real nodes, as kubectl prints them, say beside Ledger's manifests: one thing is changed, and is found.

The nodes that meet everything are three m5.xlarge of a group for ScalarDL in three zones, and one for the
system. Their fields are those of the API: reference/kubernetes-api/cluster-resources/node-v1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonpatch
import pytest
import yaml

from tests.generator.check.releases import hardened
from tests.generator.commands import Command

pytest.importorskip("helm_python", reason="not covered: the checklist on nodes (no Helm engine here)")

_TAINT = {"key": "kubernetes.io/app", "value": "scalardlpool", "effect": "NoSchedule"}
_LABEL = "/metadata/labels/agentpool"
_ZONE = "/metadata/labels/topology.kubernetes.io~1zone"
_TYPE = "/metadata/labels/node.kubernetes.io~1instance-type"
_MEMORY = "/status/capacity/memory"


def _node(name: str, zone: str, own: bool = True) -> dict[str, Any]:
    labels = {
        "kubernetes.io/hostname": name,
        "topology.kubernetes.io/zone": zone,
        "node.kubernetes.io/instance-type": "m5.xlarge",
        "eks.amazonaws.com/nodegroup": "scalardl" if own else "system",
    }
    room = {"cpu": "4", "memory": "15950372Ki", "pods": "58"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {**labels, **({"agentpool": "scalardlpool"} if own else {})}},
        "spec": {"taints": [_TAINT] if own else []},
        "status": {
            "capacity": room,
            "allocatable": {**room, "cpu": "3920m", "memory": "14933540Ki"},
            "addresses": [{"type": "InternalIP", "address": "10.40.1.7"}],
            "conditions": [{"type": "Ready", "status": "True"}],
            "nodeInfo": {"kubeletVersion": "v1.30.4-eks-a737599"},
        },
    }


def _control_plane(name: str, taints: bool = True) -> dict[str, Any]:
    node = _node(name, "ap-northeast-1a", own=False)
    role = "node-role.kubernetes.io/control-plane"
    node["metadata"]["labels"] = {role: ""}
    node["spec"]["taints"] = [{"key": role, "effect": "NoSchedule"}] if taints else []
    return node


def _answers(check: Command, folder: Path, nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """The answers on Ledger's manifests and these nodes."""
    (folder / "ledger.yaml").write_text(hardened("ledger"), encoding="utf-8")
    dump = {"apiVersion": "v1", "kind": "List", "items": nodes}
    (folder / "nodes.yaml").write_text(yaml.safe_dump(dump), encoding="utf-8")
    run = check("--ledger", str(folder), "--format", "json", "--fail-on", "never")
    assert run.err == ""
    return {one["id"]: one for one in run.data["requirements"]}


def _given(check: Command, folder: Path, nodes: list[dict[str, Any]]) -> dict[str, set[str]]:
    """What is not met on Ledger's manifests and these nodes: the objects of the findings."""
    answers = [one for one in _answers(check, folder, nodes).values() if one["status"] == "not-met"]
    for place in (each["place"] for one in answers for each in one["findings"]):
        assert Path(place["file"]).name == "nodes.yaml" or not place["object"].startswith("Node")
    return {one["id"]: {each["place"]["object"] for each in one["findings"]} for one in answers}


def _meeting() -> list[dict[str, Any]]:
    own = [_node(f"node-{letter}", f"ap-northeast-1{letter}") for letter in "acd"]
    return [*own, _node("system", "ap-northeast-1a", own=False)]


def test_nodes_that_meet_everything(check: Command, tmp_path: Path) -> None:
    assert _given(check, tmp_path, _meeting()) == {}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ([{"op": "remove", "path": _LABEL}], {"node-label"}),
        ([{"op": "remove", "path": "/spec/taints"}], {"node-taint"}),
        (
            [{"op": "replace", "path": "/status/conditions/0/status", "value": "Unknown"}],
            {"availability-nodes"},
        ),
        (
            [{"op": "replace", "path": _MEMORY, "value": "7935688Ki"}, {"op": "remove", "path": _TYPE}],
            {"instance-type"},
        ),
        (
            [{"op": "replace", "path": _MEMORY, "value": "3935688Ki"}, {"op": "remove", "path": _TYPE}],
            {"instance-type", "node-size"},
        ),
        (
            [{"op": "replace", "path": "/status/nodeInfo/kubeletVersion", "value": "v1.20.15"}],
            {"kubernetes-version"},
        ),
        (
            [
                {
                    "op": "add",
                    "path": "/status/addresses/-",
                    "value": {"type": "ExternalIP", "address": "52.95.110.1"},
                }
            ],
            {"private-network"},
        ),
    ],
)
def test_one_node_that_does_not(
    check: Command, tmp_path: Path, change: list[dict[str, Any]], found: set[str]
) -> None:
    nodes = _meeting()
    nodes[0] = jsonpatch.apply_patch(nodes[0], change)
    several = _given(check, tmp_path, nodes)
    # That a pod then finds no place is of the module that proves placement.
    assert set(several) - {"node-capacity", "disruption-budget", "spread-nodes"} == found
    assert all(several[name] == {"Node node-a"} for name in found)


def test_a_private_address_is_not_in_the_internet(check: Command, tmp_path: Path) -> None:
    """Clusters of one's own give it as ExternalIP too."""
    nodes = _meeting()
    nodes[0]["status"]["addresses"] += [{"type": "ExternalIP", "address": "10.40.9.7"}]
    assert _given(check, tmp_path, nodes) == {}


def test_a_node_that_is_not_ready_takes_no_pod(check: Command, tmp_path: Path) -> None:
    """The third of three pods that must stand on different nodes has none then."""
    nodes = _meeting()
    nodes[0]["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    assert "node-capacity" in _given(check, tmp_path, nodes)


def test_one_node_for_all(check: Command, tmp_path: Path) -> None:
    """A node of the control plane that takes pods is a node for ScalarDL, and the only one."""
    node = _control_plane("one", taints=False)
    node["metadata"]["labels"] |= {"agentpool": "scalardlpool", "topology.kubernetes.io/zone": "a"}
    found = _given(check, tmp_path, [node])
    assert found["replicas-equal-nodes"] >= {"Deployment ledger-scalardl-ledger"}
    for name in ("availability-nodes", "spread-zones", "control-plane-apart"):
        assert found[name] == {"Node one"}


@pytest.mark.parametrize(
    ("name", "nodes", "why"),
    [
        ("replicas-equal-nodes", [_control_plane("one")], "kept for the control plane"),
        (
            "control-plane-apart",
            [{**_node("a", "a"), "metadata": {"name": "a", "labels": {"agentpool": "scalardlpool"}}}],
            "none of the nodes given",
        ),
    ],
)
def test_what_these_nodes_do_not_tell(
    check: Command, tmp_path: Path, name: str, nodes: list[dict[str, Any]], why: str
) -> None:
    answer = _answers(check, tmp_path, nodes)[name]
    assert answer["status"] == "person"
    assert why in " ".join(answer["because"])


def test_all_nodes_in_one_zone(check: Command, tmp_path: Path) -> None:
    nodes = _meeting()
    for node in nodes:
        node["metadata"]["labels"]["topology.kubernetes.io/zone"] = "ap-northeast-1a"
    assert _given(check, tmp_path, nodes)["spread-zones"] == {"Node node-a"}


def test_no_group_for_scalardl(check: Command, tmp_path: Path) -> None:
    nodes = [_node(f"node-{name}", f"ap-northeast-1{name}", own=False) for name in "acd"]
    found = _given(check, tmp_path, nodes)
    assert {"dedicated-node-group", "node-label", "node-taint"} <= set(found)


@pytest.mark.parametrize(
    ("several", "wrong"),
    [
        ([_control_plane("one"), _control_plane("two"), _control_plane("three")], set()),
        ([_control_plane("one")], {"Node one"}),
        ([_control_plane("one"), _control_plane("two", taints=False)], {"Node one", "Node two"}),
    ],
)
def test_a_control_plane_of_ones_own(
    check: Command, tmp_path: Path, several: list[dict[str, Any]], wrong: set[str]
) -> None:
    assert _given(check, tmp_path, [*_meeting(), *several]).get("control-plane-apart", set()) == wrong
