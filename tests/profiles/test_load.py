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
    for settings in (multi_az, multi_az["ledger"], multi_az["auditor"]):
        assert settings["node_pool"].pop("zones") == 3
        assert settings["spread"].pop("zones") == "required"
    for settings in (production, production["ledger"], production["auditor"]):
        del settings["node_pool"]["zones"], settings["spread"]["zones"]
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


def test_a_size_sets_replicas_and_resources(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, "extends: production\nsize: large\nnodePool: {nodes: 8}\n")
    for settings in (profile, profile.ledger, profile.auditor):
        assert settings.replicas.model_dump() == {"product": 8, "envoy": 4}
        assert settings.resources.ledger.model_dump() == {"cpu": "2", "memory": "4Gi"}


@pytest.mark.parametrize("size", ["small", "medium", "large", "very-large"])
def test_no_size_asks_for_more_than_the_licence_allows_or_for_too_few_pods(size: str, tmp_path: Path) -> None:
    profile = profile_of(tmp_path, f"extends: production\nsize: {size}\nnodePool: {{nodes: 16}}\n")
    assert min(profile.replicas.product, profile.replicas.envoy) >= 3
    for amount in (profile.resources.ledger, profile.resources.auditor):
        assert (parse(amount.cpu), parse(amount.memory)) <= (parse("2"), parse("4Gi"))


def test_what_a_file_states_itself_wins_over_its_size(tmp_path: Path) -> None:
    text = """\
extends: production
size: medium
replicas: {envoy: 3}
resources: {ledger: {cpu: 1500m}}
auditor: {replicas: {product: 5}}
nodePool: {nodes: 5}
"""
    profile = profile_of(tmp_path, text)
    assert profile.ledger.replicas.model_dump() == {"product": 4, "envoy": 3}
    assert profile.auditor.replicas.model_dump() == {"product": 5, "envoy": 3}
    assert profile.resources.ledger.model_dump() == {"cpu": "1500m", "memory": "2Gi"}


def test_a_size_wins_over_what_is_inherited_for_a_domain_too(tmp_path: Path) -> None:
    base = "extends: production\nledger: {replicas: {product: 9}, nodePool: {nodes: 9}, namespace: books}\n"
    (tmp_path / "base.yaml").write_text(base, encoding="utf-8")
    profile = profile_of(tmp_path, "extends: base.yaml\nsize: small\n")
    assert profile.ledger.replicas.model_dump() == {"product": 3, "envoy": 3}
    assert profile.ledger.node_pool
    assert (profile.ledger.node_pool.nodes, profile.ledger.namespace) == (9, "books")


def test_the_size_of_a_base_is_inherited_as_what_it_made(tmp_path: Path) -> None:
    base = "extends: production\nsize: medium\nnodePool: {nodes: 4}\n"
    (tmp_path / "base.yaml").write_text(base, encoding="utf-8")
    profile = profile_of(tmp_path, "extends: base.yaml\nreplicas: {product: 3}\n")
    assert (profile.size, profile.replicas.model_dump()) == (None, {"product": 3, "envoy": 4})


def test_the_nearest_of_three_files_counts(tmp_path: Path) -> None:
    (tmp_path / "company.yaml").write_text(
        "extends: production\nscope: all\n"
        "ledger: {namespace: company, release: company}\nnetwork: {clients: [10.1.0.0/16]}\n",
        encoding="utf-8",
    )
    (tmp_path / "team.yaml").write_text(
        "extends: company.yaml\nledger: {release: team}\nnetwork: {clients: [10.2.0.0/16]}\n",
        encoding="utf-8",
    )
    profile = profile_of(tmp_path, "extends: team.yaml\nnetwork: {clients: [10.3.0.0/16]}\n")
    ledger = profile.ledger
    assert (ledger.scope, ledger.namespace, ledger.release) == ("all", "company", "team")
    assert ledger.network.clients == ("10.3.0.0/16",)


def test_another_storage_replaces_the_inherited_database(tmp_path: Path) -> None:
    text = "extends: production\nledger: {database: {storage: dynamo, region: eu-west-1}}\n"
    database = profile_of(tmp_path, text).ledger.database
    assert database.model_dump(exclude_unset=True) == {"storage": "dynamo", "region": "eu-west-1"}


def test_the_same_storage_keeps_the_inherited_database(tmp_path: Path) -> None:
    text = "extends: production\nledger: {database: {storage: jdbc, poolSize: 20}}\n"
    database = profile_of(tmp_path, text).ledger.database
    assert (database.pool_size, database.url) == (20, load("production").profile.ledger.database.url)


def test_another_tls_mode_replaces_the_inherited_tls(tmp_path: Path) -> None:
    base = "extends: production\ntls: {mode: issuer, issuer: our-ca, duration: 2160h}\n"
    (tmp_path / "base.yaml").write_text(base, encoding="utf-8")
    text = "extends: base.yaml\ntls: {renewBefore: 240h}\nauditor: {tls: {mode: secrets}}\n"
    profile = profile_of(tmp_path, text)
    assert profile.ledger.tls.model_dump() == {
        "mode": "issuer",
        "issuer": "our-ca",
        "duration": "2160h",
        "renew_before": "240h",
    }
    assert profile.auditor.tls.model_dump(exclude_unset=True) == {"mode": "secrets"}


def test_a_domain_takes_from_the_top_what_it_does_not_state(tmp_path: Path) -> None:
    text = "extends: production\nspread: {zones: none}\nauditor: {spread: {nodes: preferred}}\n"
    profile = profile_of(tmp_path, text)
    assert profile.ledger.spread.model_dump() == {"nodes": "required", "zones": "none"}
    assert profile.auditor.spread.model_dump() == {"nodes": "preferred", "zones": "none"}


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
