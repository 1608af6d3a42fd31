"""A domain's folder: complete without the other, and without a word of the other but its address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import charts, clusters
from generator.bundle import folder
from profiles.compile import compile_policy
from profiles.domains import OTHER
from profiles.errors import ProfileError
from profiles.load import BUILTIN, load
from profiles.models import DOMAINS, Product
from tests.conftest import ROOT
from tests.generator.bundle.domains import Over, load_with, made, made_of_kind
from tests.generator.deployments import KINDS, PROVIDERS, Kind, of_kind

each_product = pytest.mark.parametrize("product", DOMAINS)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
OPERATOR = {owner: {"cluster": {"addOns": {"externalSecrets": True}}} for owner in DOMAINS}
# Whatever makes other files or other parts of them.
VARIED: dict[str, Over] = {
    "declared": {},
    "hmac": {"authentication": {"method": "hmac"}},
    "given certificates": {"tls": {"mode": "secrets"}},
    "no certificates": {"tls": {"mode": "none"}},
    "store": {"externalSecrets": {"store": "vault"}, **OPERATOR},
    "stack": {"monitoring": {"serviceMonitor": False, "rules": False, "stack": {}}},
    "autoscaling": {"autoscaling": {"maxReplicas": {"product": 3, "envoy": 3}}},
    **{provider: {owner: {"cluster": {"provider": provider}} for owner in DOMAINS} for provider in PROVIDERS},
}


def words(value: Any) -> Iterator[str]:
    """The texts of a profile's section that are names or addresses."""
    if isinstance(value, dict):
        for below in value.values():
            yield from words(below)
    elif isinstance(value, list):
        for below in value:
            yield from words(below)
    elif isinstance(value, str) and re.search(r"lapis|amber|10\.[45]0\.", value):
        yield value


def own_words(over: Over, product: Product) -> set[str]:
    stated = load_with(over).profile.domain(product).model_dump(mode="json", by_alias=True)
    return set(words(stated))


@pytest.mark.parametrize("over", VARIED.values(), ids=VARIED.keys())
@each_product
def test_nothing_names_the_other_domain_but_its_address(over: Over, product: Product) -> None:
    other = load_with(over).profile.domain(OTHER[product])
    # What the two must know of each other beside the address: who signs, and from where it calls.
    known = {other.address, other.certificate_holder, other.cluster.network}
    foreign = own_words(over, OTHER[product]) - known
    assert len(foreign) > 10, "the profile has many names of the other domain's own"
    for path, text in made(over, product).items():
        # Google connects networks by their names, and ours has its cluster's.
        left = text.replace(other.address, "").replace(f"--peer-network {other.cluster.name} ", "")
        assert [word for word in foreign if word in left] == [], path


@pytest.mark.parametrize("over", VARIED.values(), ids=VARIED.keys())
@each_product
def test_the_others_network_stands_where_it_is_let_in_or_routed_to(over: Over, product: Product) -> None:
    network = load_with(over).profile.domain(OTHER[product]).cluster.network
    assert network is not None
    for path, text in made(over, product).items():
        for line in text.splitlines():
            if network in line:
                inside = path == "chart/values.yaml" or path.startswith("cluster/")
                routed = path == "runbook.md" and re.search("route|peering|network|vpn", line, re.IGNORECASE)
                assert inside or routed, (path, line)


def own_values(product: Product) -> set[str]:
    """The lines of values.yaml that have a word of the domain's own."""
    text = made({}, product)["chart/values.yaml"]
    return {
        line.strip() for line in text.splitlines() if any(word in line for word in own_words({}, product))
    }


def test_the_values_share_no_line_of_either_domain() -> None:
    ledger, auditor = made({}, "ledger")["chart/values.yaml"], made({}, "auditor")["chart/values.yaml"]
    shared = {line.strip() for line in ledger.splitlines()} & {line.strip() for line in auditor.splitlines()}
    assert shared & (own_values("ledger") | own_values("auditor")) == set()


@each_kind
def test_both_domains_share_no_secret_but_the_registrys(kind: Kind) -> None:
    profile = of_kind(kind).profile
    secrets = {owner: set(profile.domain(owner).secrets.model_dump().values()) - {None} for owner in DOMAINS}
    for product in DOMAINS:
        for path, text in made_of_kind(kind, product).items():
            found = set(re.findall(r"[a-z0-9][a-z0-9.-]*[a-z0-9]", text))
            assert not found & secrets[OTHER[product]], path


@each_kind
def test_every_file_can_be_read(kind: Kind) -> None:
    for product in DOMAINS:
        for path, text in made_of_kind(kind, product).items():
            assert text.endswith("\n"), path
            assert "\t" not in text, path
            if path.endswith(".json"):
                json.loads(text)
            if path.endswith(".yaml") and "/templates/" not in path:
                assert list(yaml.safe_load_all(text)), path


@each_product
def test_the_chart_is_that_of_the_profile(product: Product) -> None:
    resolved = load_with()
    found = {path[6:]: text for path, text in made({}, product).items() if path.startswith("chart/")}
    assert found == charts.files(resolved, product)
    policy = json.loads(yaml.safe_load(found["values.yaml"])["hardening"]["policy"])
    assert policy == compile_policy(resolved, product)


@pytest.mark.parametrize("provider", PROVIDERS)
@each_product
def test_the_cluster_is_that_of_the_plan(provider: str, product: Product) -> None:
    over = VARIED[provider]
    plan = clusters.plan(load_with(over).profile, product)
    found = {path[8:]: text for path, text in made(over, product).items() if path.startswith("cluster/")}
    assert found == dict(plan.files)


@pytest.mark.parametrize("kind", KINDS[::7], ids=str)
def test_the_files_are_those_that_the_profile_asks_for(kind: Kind) -> None:
    for product in DOMAINS:
        profile = of_kind(kind).profile
        top = {path.split("/")[0] for path in made_of_kind(kind, product)}
        expected = {"runbook.md", "chart", "namespace.yaml", "helm4-plugin"}
        # The one cluster of a test is that of Ledger's folder.
        if clusters.plan(profile, product).files and (product, kind.extends) != ("auditor", "test"):
            expected.add("cluster")
        # With Auditor always; and backups are declared in all but the test profile.
        if product == "ledger" and kind.extends != "test":
            expected.add("pause.yaml")
        assert top == expected


def test_the_plugin_is_that_of_this_project() -> None:
    ours = yaml.safe_load((ROOT / "helm-plugin.yaml").read_text())
    assert yaml.safe_load(made()["helm4-plugin/plugin.yaml"]) == ours


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"tls": {"mode": "self-signed"}}, "lapis-release-scalardl-tls-cert"),
        ({"tls": {"mode": "secrets"}}, "lapis-producttls"),
        ({"tls": {"mode": "none"}}, None),
    ],
)
def test_the_pause_verifies_the_product_that_it_pauses(over: Over, expected: str | None) -> None:
    values = yaml.safe_load(made(over)["pause.yaml"])["scalarAdminForKubernetes"]
    arguments = values["commandArgs"]
    assert arguments[:8] == [
        *("-r", "lapis-release", "-n", "lapis-namespace"),
        *("-d", "10000", "-z", "Etc/UTC"),
    ]
    assert values.get("tls") == ({"caRootCertSecret": expected} if expected else None)
    host = "lapis-release-scalardl-headless.lapis-namespace.svc.cluster.local"
    tls = ["--tls", "--ca-root-cert-path", "/tls/certs/ca.crt", "--override-authority", host]
    assert arguments[8:] == (tls if expected else [])
    assert values["imagePullSecrets"] == [{"name": "lapis-pull"}]


@pytest.mark.parametrize(
    ("over", "paused"),
    [
        ({}, True),
        ({"auditorMode": False}, False),
        (
            {
                "auditorMode": False,
                "ledger": {"database": {"storage": "dynamo", "region": "ap-northeast-1"}},
            },
            True,
        ),
    ],
    ids=["with Auditor", "one transactional database", "no transactions over all tables"],
)
def test_ledger_is_paused_where_a_backup_would_not_fit_else(over: Over, paused: bool) -> None:
    assert ("pause.yaml" in made(over)) == paused
    assert "pause.yaml" not in made({}, "auditor")


@pytest.mark.parametrize("name", BUILTIN)
@each_product
def test_the_same_profile_gives_the_same_bytes(name: str, product: Product) -> None:
    assert folder.files(load(name), product) == folder.files(load(name), product)


def test_there_is_no_folder_for_an_auditor_that_is_not_there() -> None:
    with pytest.raises(ProfileError, match="auditorMode is false"):
        made({"auditorMode": False}, "auditor")


def test_a_whole_bundle_is_written(tmp_path: Path) -> None:
    contents = {product: made({}, product) for product in DOMAINS}
    assert folder.write(tmp_path / "bundle", contents)
    assert not folder.write(tmp_path / "bundle", contents)
    assert (tmp_path / "bundle" / "auditor" / "chart" / "templates" / "policy.yaml").is_file()
