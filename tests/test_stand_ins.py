"""Releases of the stand-in charts: names may be overridden, and Envoy left out."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from postrender import policy_source
from postrender.harden import harden
from postrender.manifests import release
from tests.charts.release import as_helm3

pytest.importorskip("helm_python", reason="not covered: releases of stand-in charts (no Helm engine here)")

ROLES = {"ledger": ["envoy", "ledger"], "auditor": ["auditor", "envoy"], "schema-loading": ["loader"]}
OVERRIDES: dict[str, dict[str, Any]] = {
    "none": {},
    "nameOverride": {"nameOverride": "books", "envoy": {"nameOverride": "books"}},
    "fullnameOverride": {"fullnameOverride": "archive", "envoy": {"fullnameOverride": "archive-proxy"}},
}


def rendered(chart: str, values: dict[str, Any]) -> str:
    return as_helm3(chart, values, name="demo", namespace="scalardl")


@pytest.mark.parametrize("override", OVERRIDES)
@pytest.mark.parametrize("chart", ROLES)
def test_an_override_of_names_changes_no_role(chart: str, override: str) -> None:
    found = release.load(rendered(chart, OVERRIDES[override])).workloads
    assert sorted(workload.role for workload in found) == ROLES[chart]


def policies(text: str | None) -> list[dict[str, Any]]:
    assert text is not None
    return [data["spec"] for data in yaml.safe_load_all(text) if data and data["kind"] == "NetworkPolicy"]


def admitted(policy: dict[str, Any], port: int) -> list[dict[str, Any]]:
    return [
        peer
        for rule in policy["ingress"]
        for peer in rule["from"]
        if port in {entry["port"] for entry in rule["ports"]}
    ]


def test_without_envoy_the_clients_reach_the_product() -> None:
    values = {"envoy": {"enabled": False}}
    text = harden(rendered("ledger", values), policy_source.named("production"), "2026-07-01").text
    assert {"ipBlock": {"cidr": "10.0.0.0/8"}} in admitted(policies(text)[0], 50051)


def test_behind_envoy_the_clients_do_not_reach_the_product() -> None:
    text = harden(rendered("ledger", {}), policy_source.named("production"), "2026-07-01").text
    product = next(
        policy
        for policy in policies(text)
        if policy["podSelector"]["matchLabels"]["app.kubernetes.io/app"] == "ledger"
    )
    assert [list(peer) for peer in admitted(product, 50051)] == [["podSelector"]]
