"""The text of a first profile, read by the loader: it says what was answered, and no more."""

from __future__ import annotations

import re
from ipaddress import ip_network
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from generator.init.answers import text
from generator.init.questions import QUESTIONS, Answers
from profiles.deployment import Provider
from profiles.load import BUILTIN, ResolvedProfile, load
from profiles.models import DOMAINS, schema
from profiles.networks import within
from profiles.product import Storage

METHODS = ("digital-signature", "hmac")
MODES = ("none", "secrets", "self-signed", "issuer", "cluster-issuer")
STORAGES: tuple[str, ...] = get_args(Storage)
PROVIDERS: tuple[str, ...] = get_args(Provider)
# A key behind a #, an item of a list, or what is indented below either.
BEHIND = re.compile(r"^( *)# (?= *([A-Za-z]+:( |$)|- [{a-z]))", re.MULTILINE)


def loaded(made: str, folder: Path) -> ResolvedProfile:
    file = folder / "ours.yaml"
    file.write_text(made, encoding="utf-8")
    return load(str(file))


def declared(resolved: ResolvedProfile) -> set[str]:
    """The innermost paths that the file states, each where it states it."""
    paths = resolved.declared
    inner = [path for path in paths if not any(len(o) > len(path) and o[: len(path)] == path for o in paths)]
    # What stands at the top is laid below both domains.
    return {".".join(path) for path in inner if path[0] not in DOMAINS or path[1:] not in paths}


def needed(storage: str, mode: str) -> dict[str, Any]:
    """Answers for which there is no default."""
    return (
        {"ledger_database": "eu-west-1", "auditor_database": "eu-west-1"} if storage == "dynamo" else {}
    ) | ({"issuer": "our-ca"} if "issuer" in mode else {})


@pytest.mark.parametrize("extends", BUILTIN)
@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("method", METHODS)
def test_every_combination_loads_and_means_the_answers(
    extends: str, storage: str, method: str, tmp_path: Path
) -> None:
    base = load(extends).profile
    for mode, provider in product(MODES, PROVIDERS):
        answers = Answers(
            extends=extends,
            provider=provider,
            storage=storage,
            authentication=method,
            tls=mode,
            **needed(storage, mode),
        )
        profile = loaded(text(answers), tmp_path).profile
        assert profile.extends == extends
        for each in (profile.ledger, profile.auditor):
            assert each.cluster.provider == provider
            assert each.database.storage == storage
            assert each.authentication.method == method
            assert (each.tls.mode, each.tls.issuer) == (mode, "our-ca" if "issuer" in mode else None)
        # Of what was not answered, nothing changes.
        for key in ("rules", "node_pool", "replicas", "resources", "network", "backup", "clients"):
            assert getattr(profile, key) == getattr(base, key)


@pytest.mark.parametrize(
    ("answers", "path", "value"),
    [
        ({"region": "eu-west-1"}, "ledger.cluster.region", "eu-west-1"),
        ({"region": "eu-west-1"}, "auditor.cluster.region", "eu-west-1"),
        ({"ledger_cluster": "one"}, "ledger.cluster.name", "one"),
        ({"auditor_cluster": "two"}, "auditor.cluster.name", "two"),
        ({"ledger_network": "10.1.0.0/16"}, "ledger.cluster.network", "10.1.0.0/16"),
        ({"auditor_network": "fd00::/48"}, "auditor.cluster.network", "fd00::/48"),
        ({"ledger_address": "l.acme.test"}, "ledger.address", "l.acme.test"),
        ({"auditor_address": "a.acme.test"}, "auditor.address", "a.acme.test"),
        ({"ledger_admin": "yes"}, "ledger.administrativeDomain", "yes"),
        ({"auditor_admin": "監査: #2"}, "auditor.administrativeDomain", "監査: #2"),
        (
            {"storage": "cosmos", "ledger_database": "https://l.test/"},
            "ledger.database.uri",
            "https://l.test/",
        ),
        ({"storage": "cassandra", "auditor_database": "a,b"}, "auditor.database.hosts", ["a", "b"]),
        ({"ledger_database": "jdbc:mysql://l.test/x"}, "ledger.database.url", "jdbc:mysql://l.test/x"),
        (
            {"provider": "eks", "region": "eu-west-1", "storage": "dynamo"},
            "auditor.database.region",
            "eu-west-1",
        ),
        ({"size": "small"}, "size", "small"),
        ({"size": "small"}, "resources.ledger.cpu", "500m"),
        ({"nodes": "6"}, "nodePool.nodes", 6),
        ({"zones": "2"}, "auditor.nodePool.zones", 2),
        ({"client": ("a=10.2.0.0/16",)}, "clients.0.networks", ["10.2.0.0/16"]),
        ({"client": ("a=10.2.0.0/16",), "client_admin": "us"}, "clients.0.administrativeDomain", "us"),
        (
            {"client": ("a=10.2.0.0/16", "b=10.3.0.0/16", "a=10.4.0.0/16")},
            "clients.0.networks",
            ["10.2.0.0/16", "10.4.0.0/16"],
        ),
        ({"client": ("a=10.2.0.0/16", "b=10.3.0.0/16", "a=10.4.0.0/16")}, "clients.1.name", "b"),
    ],
    ids=str,
)
def test_an_answer_is_found_in_the_profile(
    answers: dict[str, Any], path: str, value: object, tmp_path: Path
) -> None:
    found: Any = loaded(text(Answers(**answers)), tmp_path).profile.model_dump(mode="json", by_alias=True)
    for step in path.split("."):
        found = found[int(step)] if isinstance(found, list) else found[step]
    assert found == value


@pytest.mark.parametrize("extends", BUILTIN)
def test_without_answers_the_profile_is_the_extended_one(extends: str, tmp_path: Path) -> None:
    resolved = loaded(text(Answers(extends=extends)), tmp_path)
    assert declared(resolved) == {"extends"}


def test_an_answer_is_stated_though_it_is_inherited_too(tmp_path: Path) -> None:
    """Only what a file states was declared by somebody: the check asks for that."""
    answers = Answers(
        extends="multi-az",
        provider="none",
        ledger_cluster="scalardl-ledger",
        auditor_admin="auditor-team",
        storage="jdbc",
        ledger_database="jdbc:postgresql://ledger-db.example.com:5432/ledger",
        authentication="digital-signature",
        tls="self-signed",
        nodes="3",
        zones="3",
    )
    assert declared(loaded(text(answers), tmp_path)) == {
        "extends",
        *(f"{product}.cluster.provider" for product in DOMAINS),
        *(f"{product}.database.storage" for product in DOMAINS),
        "ledger.cluster.name",
        "ledger.database.url",
        "auditor.administrativeDomain",
        "authentication.method",
        "tls.mode",
        "nodePool.nodes",
        "nodePool.zones",
    }


def test_only_what_was_answered_is_stated(tmp_path: Path) -> None:
    answers = Answers(ledger_network="10.1.0.0/16", authentication="hmac", nodes="3", zones="3")
    assert declared(loaded(text(answers), tmp_path)) == {
        "extends",
        "authentication.method",
        "nodePool.nodes",
        "nodePool.zones",
        "ledger.cluster.network",
    }


@pytest.mark.parametrize("mode", ["self-signed", "issuer", "cluster-issuer"])
def test_a_test_with_certificates_of_cert_manager_has_cert_manager(mode: str, tmp_path: Path) -> None:
    answers = Answers(extends="test", tls=mode, **needed("jdbc", mode))
    profile = loaded(text(answers), tmp_path).profile
    assert [profile.domain(each).cluster.add_ons.cert_manager for each in DOMAINS] == [True, True]


@pytest.mark.parametrize("storage", ["cosmos", "cassandra"])
def test_a_database_that_nobody_named_is_seen_to_be_a_placeholder(storage: str, tmp_path: Path) -> None:
    profile = loaded(text(Answers(storage=storage)), tmp_path).profile
    places = [str(profile.domain(each).database) for each in DOMAINS]
    assert all("example.com" in place for place in places)
    assert len(set(places)) == 2


@pytest.mark.parametrize("extends", BUILTIN)
@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"provider": "eks", "region": "eu-west-1"},
        {"provider": "aks", "region": "westeurope2", "ledger_network": "192.168.0.0/23"},
        {"provider": "gke", "region": "europe-west4", "auditor_network": "fd00::/48"},
        {"storage": "cassandra", "tls": "secrets"},
        {"tls": "issuer", "issuer": "our-ca"},
    ],
    ids=str,
)
def test_all_that_stands_behind_a_sign_can_be_declared_together(
    extends: str, answers: dict[str, Any], tmp_path: Path
) -> None:
    profile = loaded(BEHIND.sub(r"\1", text(Answers(extends=extends, **answers))), tmp_path).profile
    assert (profile.external_secrets, profile.autoscaling, profile.clients) != (None, None, ())
    for domain in (profile.ledger, profile.auditor):
        assert domain.images.envoy.repository
        assert len({subnet.zone for subnet in domain.cluster.subnets}) >= 3
        assert domain.node_pool
        assert domain.node_pool.max_nodes


def shown_cluster(**answers: Any) -> Any:
    return yaml.safe_load(BEHIND.sub(r"\1", text(Answers(**answers))))["ledger"]["cluster"]


def test_zones_shown_are_those_of_the_region() -> None:
    zones = [subnet["zone"] for subnet in shown_cluster(provider="aks", region="westeurope")["subnets"]]
    assert zones == ["westeurope-1", "westeurope-2", "westeurope-3"]


def test_a_region_shown_is_one_of_the_provider() -> None:
    regions = {provider: shown_cluster(provider=provider)["region"] for provider in ("eks", "aks", "gke")}
    assert regions == {"eks": "ap-northeast-1", "aks": "japaneast", "gke": "asia-northeast1"}


def test_on_eks_a_public_subnet_is_shown_for_the_nat_gateway() -> None:
    assert [s.get("public", False) for s in shown_cluster(provider="eks")["subnets"]].count(True) == 1


def test_pools_shown_for_aks_are_large_enough_for_it() -> None:
    # https://learn.microsoft.com/azure/aks/use-system-pools: at least 4 vCPU.
    assert [p["nodeSize"]["cpu"] for p in shown_cluster(provider="aks")["otherPools"]] == ["4"]


@pytest.mark.parametrize("network", ["10.60.0.0/16", "10.60.0.0/24", "10.60.0.0/26", "fd00::/48"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_bastion_shown_is_in_the_network_and_in_no_subnet(provider: str, network: str) -> None:
    cluster = shown_cluster(provider=provider, ledger_network=network)
    bastion = ip_network(cluster["bastion"])
    assert within(cluster["bastion"], network)
    assert not any(bastion.overlaps(ip_network(subnet["network"])) for subnet in cluster["subnets"])


def test_the_comment_of_the_size_says_what_each_has_and_what_is_inherited() -> None:
    said = text(Answers()).replace("\n# ", " ")
    assert "small (3 pods of 500m cpu and 1Gi, Envoy 3 of 250m cpu and 256Mi)" in said
    assert "3 pods of 2 cpu and 4Gi are inherited" in said


def test_what_can_be_declared_is_shown() -> None:
    shown = yaml.safe_load(BEHIND.sub(r"\1", text(Answers())))
    assert set(shown) >= {"nodePool", "autoscaling", "images", "tls", "externalSecrets", "backup", "clients"}
    for name in DOMAINS:
        assert set(shown[name]) >= {"cluster", "address", "database", "administrativeDomain"}
        assert set(shown[name]["cluster"]) >= {"network", "subnets", "addOns", "region"}


def test_keys_stand_in_the_order_of_the_models() -> None:
    shown = yaml.safe_load(BEHIND.sub(r"\1", text(Answers())))
    models = schema()
    # What is the file's own comes first, as in the built-in profiles.
    _in_order([key for key in shown if key not in ("extends", "size")], list(models["properties"]))
    assert list(shown)[:2] == ["extends", "size"]
    for name in DOMAINS:
        _in_order(list(shown[name]), list(models["$defs"]["Domain"]["properties"]))
        _in_order(list(shown[name]["cluster"]), list(models["$defs"]["Cluster"]["properties"]))


def _in_order(keys: list[str], order: list[str]) -> None:
    assert keys == sorted(keys, key=order.index)


def test_every_block_says_what_it_is_for_and_whom_it_serves() -> None:
    _, *blocks = text(Answers(client=("a=10.2.0.0/16",), tls="none")).split("\n\n")
    assert len(blocks) > 12
    for block in blocks[:-1]:
        said = re.match(r"((?:# [^\n]*\n)+?)(?=(# )?[a-zA-Z]+:)", block)
        assert said, block
        assert re.search(r"\[[a-z-]+(, [a-z-]+)*\]\.$", said[1].replace("\n# ", " ").strip()), block


def test_no_line_is_wider_than_others_read() -> None:
    assert max(map(len, text(Answers(extends="multi-az")).splitlines())) <= 110


def test_the_first_line_serves_editors() -> None:
    assert "scalardl-gen schema > scalardl.schema.json" in text(Answers()).splitlines()[0]
    first = text(Answers(), schema=True).splitlines()[0]
    assert first == "# yaml-language-server: $schema=scalardl.schema.json"


def test_the_same_answers_make_the_same_text() -> None:
    answers = Answers(provider="gke", storage="cosmos", client=("b=10.3.0.0/16", "a=10.2.0.0/16"))
    assert text(answers) == text(answers)


def test_a_region_cannot_break_out_of_a_comment() -> None:
    answers = Answers(provider="eks", region="x\nsize: large")
    assert yaml.safe_load(text(answers))["ledger"] == {
        "cluster": {"provider": "eks", "region": "x\nsize: large"}
    }
    assert "size" not in yaml.safe_load(text(answers))


def test_every_answer_has_its_question() -> None:
    assert tuple(question.key for question in QUESTIONS) == Answers._fields
