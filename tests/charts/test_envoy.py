"""Envoy's stand-in, and the Services of the products with and without it."""

from __future__ import annotations

import pytest

from tests.charts.parts import NAMES, PRODUCTS, environment, envoy, rendered


def test_auditors_envoy_names_ports_that_it_does_not_listen_on() -> None:
    pod = envoy("auditor", {})
    assert [port["containerPort"] for port in pod["containers"][0]["ports"]] == [50051, 50052, 9001]
    assert environment(pod)["service_listeners"] == (
        "scalardl-audit-service:40051,scalardl-audit-privileged:40052"
    )


@pytest.mark.parametrize(("chart", "ports"), [("ledger", [50051, 50052]), ("auditor", [40051, 40052])])
def test_without_envoy_a_service_for_clients_stands_in(chart: str, ports: list[int]) -> None:
    service = {"type": "LoadBalancer", "annotations": {"a": "b"}}
    found = rendered(chart, {"envoy": {"enabled": False}, chart: {"service": service}})
    endpoint = found["Service", f"demo-{NAMES[chart]}-endpoint"]
    assert endpoint["metadata"]["annotations"] == {"a": "b"}
    assert endpoint["spec"]["type"] == "LoadBalancer"
    assert [port["port"] for port in endpoint["spec"]["ports"]] == ports
    assert not [name for _, name in found if name.endswith("-envoy")]


@pytest.mark.parametrize("chart", PRODUCTS)
def test_behind_envoy_there_is_no_service_for_clients(chart: str) -> None:
    assert ("Service", f"demo-{NAMES[chart]}-endpoint") not in rendered(chart, {})


def test_envoys_service_takes_its_type_annotations_and_ports() -> None:
    service = {"type": "LoadBalancer", "annotations": {"a": "b"}, "ports": {"envoy": {"port": 443}}}
    found = rendered("ledger", {"envoy": {"service": service}})["Service", "demo-scalardl-envoy"]
    assert found["metadata"]["annotations"] == {"a": "b"}
    assert found["spec"]["type"] == "LoadBalancer"
    assert [(port["port"], port["targetPort"]) for port in found["spec"]["ports"]] == [
        (443, 50051),
        (50052, 50052),
    ]


def test_envoy_has_no_pod_labels() -> None:
    assert envoy("ledger", {"podLabels": {"team": "a"}}) == envoy("ledger", {})
