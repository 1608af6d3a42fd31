"""Extending, merging, and what counts as declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from profiles.load import BUILTIN, load
from profiles.models import Profile
from profiles.policy import RULES
from profiles.quantities import parse


def profile_of(folder: Path, text: str, encoding: str = "utf-8") -> Profile:
    (folder / "ours.yaml").write_bytes(text.encode(encoding))
    return load(str(folder / "ours.yaml")).profile


@pytest.mark.parametrize("name", BUILTIN)
def test_a_built_in_profile_says_a_mode_for_every_rule(name: str) -> None:
    assert set(load(name).profile.rules) == set(RULES)


@pytest.mark.parametrize("name", ["production", "multi-az"])
@pytest.mark.parametrize("product", ["ledger", "auditor"])
@pytest.mark.parametrize("unit", ["cpu", "memory"])
def test_product_and_envoy_fit_a_node_beside_each_other(name: str, product: str, unit: str) -> None:
    profile = load(name).profile
    pool = profile.node_pool
    assert pool is not None
    free = parse(getattr(pool.node_size, unit)) - parse(getattr(pool.reserved, unit))
    asked = (getattr(getattr(profile.resources, role), unit) for role in (product, "envoy"))
    assert sum(map(parse, asked)) <= free


def test_multi_az_is_production_but_for_its_zones() -> None:
    production, multi_az = load("production").profile.model_dump(), load("multi-az").profile.model_dump()
    assert multi_az["node_pool"].pop("zones") == 3
    assert multi_az["spread"].pop("zones") == "required"
    del production["node_pool"]["zones"], production["spread"]["zones"]
    del production["extends"], multi_az["extends"], production["description"], multi_az["description"]
    assert multi_az == production


def test_maps_merge_key_by_key(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, "extends: production\nnodePool: {nodeSize: {memory: 16Gi}}\n")
    assert profile.node_pool is not None
    assert profile.node_pool.node_size.model_dump() == {"cpu": "4", "memory": "16Gi"}
    assert profile.node_pool.nodes == 3


def test_lists_are_replaced(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, "extends: production\nreadOnlyRoot: [envoy]\n")
    assert profile.read_only_root == ("envoy",)


@pytest.mark.parametrize(
    ("key", "cleared"),
    [
        ("nodePool", None),
        ("disruptionBudget", None),
        ("readOnlyRoot", ()),
        ("exemptions", ()),
        ("patches", ()),
    ],
)
def test_null_clears(key: str, cleared: object, tmp_path: Path) -> None:
    profile = profile_of(tmp_path, f"extends: production\n{key}: null\n")
    assert profile.model_dump(by_alias=True)[key] == cleared


def test_files_extend_files_relative_to_themselves(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "all.yaml").write_text("extends: ./deep.yml\nscope: all\n", encoding="utf-8")
    (tmp_path / "base" / "deep.yml").write_text("extends: multi-az\nnodePool: {nodes: 6}\n", encoding="utf-8")
    profile = profile_of(tmp_path, "extends: base/all.yaml\n")
    assert (profile.scope, profile.node_pool and profile.node_pool.nodes) == ("all", 6)


def test_a_description_is_not_inherited(tmp_path: Path) -> None:
    assert profile_of(tmp_path, "extends: production\n").description == ""


def test_anchors_are_read(tmp_path: Path) -> None:
    text = 'extends: production\nresources: {ledger: &small {cpu: "1", memory: 2Gi}, auditor: *small}\n'
    assert profile_of(tmp_path, text).resources.auditor.memory == "2Gi"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("extends: production\r\nscope: all\r\n", "utf-8"),
        ("extends: production\nscope: all", "utf-8"),
        ("extends: production\nscope: all\n", "utf-8-sig"),
        ('{"extends": "production", "scope": "all"}', "utf-8"),
        ("# 日本語\n---\nextends: production\nscope: all # 全部\n", "utf-8"),
    ],
    ids=["crlf", "no-final-newline", "byte-order-mark", "json", "comments"],
)
def test_texts_of_other_editors_are_read(text: str, encoding: str, tmp_path: Path) -> None:
    assert profile_of(tmp_path, text, encoding).scope == "all"


@pytest.mark.parametrize("off", ["off", '"off"'])
def test_off_is_a_mode_with_and_without_quotes(off: str, tmp_path: Path) -> None:
    profile = profile_of(tmp_path, f"extends: production\nrules: {{pod-security: {off}}}\n")
    assert profile.rules["pod-security"] == "off"


def test_the_name_is_the_file_name_without_its_suffix(tmp_path: Path) -> None:
    (tmp_path / "osaka.eu.yaml").write_text("extends: production\n", encoding="utf-8")
    assert load(str(tmp_path / "osaka.eu.yaml")).name == "osaka.eu"


def test_only_what_the_user_states_is_declared(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("extends: production\nnodePool: {nodes: 4}\n", encoding="utf-8")
    (tmp_path / "ours.yaml").write_text("extends: ./base.yaml\nscope: all\n", encoding="utf-8")
    declared = load(str(tmp_path / "ours.yaml")).declared
    assert {("nodePool", "nodes"), ("scope",)} <= declared
    assert ("nodePool", "zones") not in declared


@pytest.mark.parametrize("name", BUILTIN)
def test_a_built_in_profile_declares_nothing(name: str) -> None:
    assert load(name).declared == frozenset()
