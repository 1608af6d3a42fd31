"""The compiled policy: in step, readable, and honest about what was taken for granted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import profiles
from profiles import policy
from profiles.compile import compile_policy, dumps
from profiles.load import BUILTIN, load
from profiles.quantities import NANO

PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]


def compiled(folder: Path, text: str) -> dict[str, Any]:
    (folder / "ours.yaml").write_text(text, encoding="utf-8")
    return compile_policy(load(str(folder / "ours.yaml")))


@pytest.mark.parametrize("name", BUILTIN)
def test_the_shipped_policy_is_in_step(name: str) -> None:
    shipped = Path(profiles.__file__).parent / "compiled" / f"{name}.json"
    assert shipped.read_text(encoding="utf-8") == dumps(compile_policy(load(name))), (
        "write it anew with: python -m profiles.compile"
    )


@pytest.mark.parametrize("name", BUILTIN)
def test_the_post_renderer_reads_it(name: str) -> None:
    read = policy.load(dumps(compile_policy(load(name))), name)
    assert (read.profile, read.kubernetes) == (name, (1, 30))


def test_pods_may_ask_for_what_is_not_reserved() -> None:
    read = policy.load(dumps(compile_policy(load("production"))), "production")
    assert read.pool is not None
    assert (read.pool.cpu, read.pool.memory) == (3800 * NANO // 1000, 7 * 2**30 * NANO)


@pytest.mark.parametrize("name", ["production", "multi-az"])
@pytest.mark.parametrize(
    "key",
    ["nodePool.nodes", "nodePool.nodeSize", "nodePool.reserved", "network.clients", "network.otherDomain",
     "network.nodes", "network.databases", "network.apiServer", "network.monitoringNamespaces",
     "network.dns"],
)  # fmt: skip
def test_what_nobody_declared_is_said_once(name: str, key: str) -> None:
    sentences = [s for s in compile_policy(load(name))["assumed"] if s.startswith(f"{key} is not declared: ")]
    assert len(sentences) == 1


def test_the_throw_away_cluster_assumes_nothing() -> None:
    assert compile_policy(load("test"))["assumed"] == []


@pytest.mark.parametrize(
    ("key", "taken"),
    [("clients", PRIVATE), ("otherDomain", PRIVATE), ("nodes", []), ("databases", []), ("apiServer", []),
     ("monitoringNamespaces", ["monitoring"]), ("dns", ["169.254.20.10/32"])],
)  # fmt: skip
def test_undeclared_networks(key: str, taken: list[str]) -> None:
    assert compile_policy(load("production"))["network"][key] == taken


def test_a_declared_deployment_assumes_nothing(tmp_path: Path) -> None:
    text = """\
extends: multi-az
nodePool:
  {nodes: 6, zones: 3, nodeSize: {cpu: 8, memory: 16Gi}, reserved: {cpu: 0, memory: 1Gi}}
network:
  {clients: [10.1.0.0/16], otherDomain: [], nodes: [10.2.0.0/16], databases: any, apiServer: [10.3.0.1/32],
   monitoringNamespaces: [observability], dns: []}
"""
    made = compiled(tmp_path, text)
    assert made["assumed"] == []
    assert made["nodePool"]["allocatable"] == {"cpu": "8", "memory": "15Gi"}
    assert (made["network"]["clients"], made["network"]["databases"]) == (["10.1.0.0/16"], [])


def test_half_a_node_size_is_not_declared(tmp_path: Path) -> None:
    made = compiled(tmp_path, "extends: production\nnodePool: {nodeSize: {cpu: 8}}\n")
    assert any(sentence.startswith("nodePool.nodeSize") for sentence in made["assumed"])


def test_null_declares_no_network(tmp_path: Path) -> None:
    made = compiled(tmp_path, "extends: test\nnetwork: {clients: null}\n")
    assert made["network"]["clients"] == PRIVATE
    assert [sentence.partition(" ")[0] for sentence in made["assumed"]] == ["network.clients"]


def test_patches_carry_what_was_written_and_no_more(tmp_path: Path) -> None:
    text = """\
extends: production
patches:
  - select: {role: ledger, labels: {tier: "1"}}
    operations:
      - {op: replace, path: /a, value: null}
      - {op: remove, path: /b}
      - {op: move, from: /c, path: /d}
      - {op: add, path: /e, value: {until: 2027-03-31, no: [1, 1.5, true]}}
"""
    (patch,) = compiled(tmp_path, text)["patches"]
    assert patch == {
        "kind": None,
        "name": None,
        "role": "ledger",
        "labels": {"tier": "1"},
        "operations": [
            {"op": "replace", "path": "/a", "value": None},
            {"op": "remove", "path": "/b"},
            {"op": "move", "from": "/c", "path": "/d"},
            {"op": "add", "path": "/e", "value": {"until": "2027-03-31", "no": [1, 1.5, True]}},
        ],
    }


@pytest.mark.parametrize(
    ("until", "kept"), [("2027-03-31", "2027-03-31"), ('"2027-03-31"', "2027-03-31"), ("null", None)]
)
def test_an_exemption_keeps_its_date(until: str, kept: str | None, tmp_path: Path) -> None:
    text = (
        "extends: production\nexemptions:\n"
        f"  - {{rule: node-pool, kind: Job, name: load-*, reason: runs once, until: {until}}}\n"
    )
    (exemption,) = compiled(tmp_path, text)["exemptions"]
    assert exemption == {
        "rule": "node-pool",
        "kind": "Job",
        "name": "load-*",
        "reason": "runs once",
        "until": kept,
    }


def test_without_a_cap_there_is_none(tmp_path: Path) -> None:
    assert "ledger" not in compiled(tmp_path, "extends: production\ncaps: {ledger: null}\n")["caps"]


def test_the_text_does_not_depend_on_the_order_of_keys() -> None:
    made = compile_policy(load("production"))
    assert dumps(dict(reversed(made.items()))) == dumps(made)


def test_what_is_compiled_is_plain_json() -> None:
    made = compile_policy(load("production"))
    assert json.loads(dumps(made)) == made
