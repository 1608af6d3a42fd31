"""The runbooks of a test: one cluster with both products in it, which one administrator makes and ends."""

from __future__ import annotations

import re

import pytest

from generator.bundle import folder
from profiles.load import load
from profiles.models import DOMAINS, Product
from tests.generator.bundle.domains import made_of_kind
from tests.generator.deployments import PROVIDERS, Kind

each_product = pytest.mark.parametrize("product", DOMAINS)


def runbook(product: Product) -> str:
    return folder.files(load("test"), product)["runbook.md"]


def titles(text: str) -> list[str]:
    return re.findall(r"^##+ [\d.]+ (.*)$", text, re.MULTILINE)


@each_product
def test_it_has_no_word_for_a_second_administrator_or_a_network(product: Product) -> None:
    text = " ".join(runbook(product).split())
    for word in ("administrators", "telephone", "Settle", "<network>", "NAT", "load test", "production"):
        assert word not in text


@each_product
def test_its_sections_are_those_of_one_cluster(product: Product) -> None:
    found = re.findall(r"^## \d+\. (.*)$", runbook(product), re.MULTILINE)
    cluster = ["Cluster"] if product == "ledger" else []
    assert found == [
        *cluster,
        *("Database", "Namespace and Secrets", "Charts", "Install", "Verify", "Register", "Tear down"),
    ]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_cluster_is_made_and_ended_in_one_of_both_runbooks(provider: str) -> None:
    kind = Kind("test", "jdbc", "hmac", "none", provider)
    ends = [made_of_kind(kind, product)["runbook.md"].count(" Delete the cluster\n") for product in DOMAINS]
    assert ends == [1, 0]
    assert "Cluster" not in titles(made_of_kind(kind, "auditor")["runbook.md"])


def test_auditor_is_removed_before_the_cluster() -> None:
    assert "Auditor first, by its runbook" in runbook("ledger")


def test_the_server_is_run_once_and_has_a_database_for_each() -> None:
    ledger, auditor = (re.sub(r" \\\n +", " ", runbook(product)) for product in DOMAINS)
    assert "kubectl -n databases create deployment postgresql --image=postgres:" in ledger
    assert "create deployment" not in auditor
    assert "createdb -U postgres ledger\n" in ledger
    assert "createdb -U postgres auditor\n" in auditor


def test_the_server_takes_the_connections_of_both() -> None:
    # One pod of each product with 200 connections for data, 25 for metadata and 25 for administration.
    (found,) = re.findall(r"max_connections=(\d+)", runbook("ledger"))
    assert int(found) > 2 * (200 + 25 + 25)


@each_product
def test_a_certificate_is_registered_from_a_pod(product: Product) -> None:
    text = re.sub(r" \\\n +", " ", runbook(product))
    assert "kubectl -n scalardl-client run client --image=" in text
    assert f"/sdk/bin/scalardl register-cert --properties {product}.as.client.properties" in text


@pytest.mark.parametrize("storage", ["dynamo", "cosmos", "cassandra"])
def test_another_database_is_not_run_in_the_cluster(storage: str) -> None:
    text = made_of_kind(Kind("test", storage, "hmac", "none", "none"), "ledger")["runbook.md"]
    assert "create deployment" not in text
    assert "Make the database" in titles(text)


def test_what_one_product_has_of_the_other_is_copied() -> None:
    kind = Kind("test", "jdbc", "hmac", "self-signed", "none")
    text = re.sub(r" \\\n +", " ", made_of_kind(kind, "auditor")["runbook.md"])
    here, there = (f'"$HOME"/.scalardl/scalardl-test/scalardl-{each}' for each in ("auditor", "ledger"))
    assert f"cp {there}/hmac-secret-key {here}/hmac-secret-key\n" in text
    assert f"cp {there}/ledger-envoy-ca.crt {here}/from-ledger-ca.crt\n" in text
    assert "Share with Ledger" in titles(text)
    assert "create secret generic ledger-ca" in text.partition("Copy what Ledger has")[2]
