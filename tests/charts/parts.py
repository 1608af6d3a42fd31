"""The parts of a rendered stand-in that tests look at. Without a Helm engine, importing this skips."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.charts.release import as_helm3

helm_python = pytest.importorskip(
    "helm_python", reason="not covered: the stand-in charts (no Helm engine here)"
)

PRODUCTS = ("ledger", "auditor")
NAMES = {"ledger": "scalardl", "auditor": "scalardl-audit"}
MONITORING = "monitoring.coreos.com/v1"

Objects = dict[tuple[str, str], dict[str, Any]]


def rendered(chart: str, values: dict[str, Any], *api_versions: str, name: str = "demo") -> Objects:
    stream = as_helm3(chart, values, name=name, namespace="scalardl", api_versions=api_versions)
    return {(data["kind"], data["metadata"]["name"]): data for data in yaml.safe_load_all(stream)}


def product(chart: str, values: dict[str, Any]) -> dict[str, Any]:
    """The pod template of the product, with those values of its own."""
    deployment = rendered(chart, {chart: values})["Deployment", f"demo-{NAMES[chart]}-{chart}"]
    template: dict[str, Any] = deployment["spec"]["template"]
    return template


def envoy(chart: str, values: dict[str, Any]) -> dict[str, Any]:
    """The pod of Envoy, with those values of its own."""
    deployment = rendered(chart, {"envoy": values})["Deployment", f"demo-{NAMES[chart]}-envoy"]
    pod: dict[str, Any] = deployment["spec"]["template"]["spec"]
    return pod


def volumes(pod: dict[str, Any]) -> list[str]:
    return [volume["name"] for volume in pod["volumes"] or []]


def mounts(pod: dict[str, Any]) -> list[str]:
    return [mount["name"] for mount in pod["containers"][0]["volumeMounts"] or []]


def volume(pod: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(volume for volume in pod["volumes"] if volume["name"] == name)
    return found


def environment(pod: dict[str, Any]) -> dict[str, Any]:
    return {entry["name"]: entry.get("value") for entry in pod["containers"][0]["env"]}
