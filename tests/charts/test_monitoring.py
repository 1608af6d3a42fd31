"""What the stand-ins have for Prometheus and Grafana."""

from __future__ import annotations

import pytest

from tests.charts.parts import MONITORING, NAMES, PRODUCTS, rendered

SECRETS = {
    "enabled": True,
    "caRootCertSecret": "authority",
    "certChainSecret": "chain",
    "privateKeySecret": "key",
}


@pytest.mark.parametrize("kind", ["ServiceMonitor", "PrometheusRule"])
@pytest.mark.parametrize("chart", PRODUCTS)
def test_monitors_and_rules_are_rendered_only_where_the_api_knows_them(chart: str, kind: str) -> None:
    on = {kind[0].lower() + kind[1:]: {"enabled": True}}
    values = {chart: on, "envoy": on}
    assert kind not in {found for found, _ in rendered(chart, values)}
    monitors = [data for (found, _), data in rendered(chart, values, MONITORING).items() if found == kind]
    assert [data["metadata"]["namespace"] for data in monitors] == ["monitoring", "monitoring"]


def test_a_monitor_under_tls_knows_the_authority() -> None:
    tls = SECRETS | {"caRootCertSecretForServiceMonitor": "for-prometheus"}
    found = rendered("ledger", {"ledger": {"tls": tls, "serviceMonitor": {"enabled": True}}}, MONITORING)
    (endpoint,) = found["ServiceMonitor", "demo-scalardl-metrics"]["spec"]["endpoints"]
    assert endpoint["scheme"] == "https"
    assert endpoint["tlsConfig"]["ca"]["secret"]["name"] == "for-prometheus"


@pytest.mark.parametrize("chart", PRODUCTS)
def test_dashboards_go_to_the_monitoring_namespace(chart: str) -> None:
    found = rendered(chart, {chart: {"grafanaDashboard": {"enabled": True}}})
    dashboard = found["ConfigMap", f"demo-{NAMES[chart]}-{chart}-grafana-dashboard"]
    assert dashboard["metadata"]["namespace"] == "monitoring"


@pytest.mark.parametrize("side", PRODUCTS)
def test_the_monitoring_charts_show_what_they_keep_data_on(side: str) -> None:
    values = {
        "prometheus": {"server": {"retention": "30d", "persistentVolume": {"size": "50Gi"}}},
        "grafana": {"persistence": {"enabled": True, "size": "1Gi"}},
        "loki": {"singleBinary": {"persistence": {"size": "20Gi", "storageClass": "fast"}}},
    }
    shown = rendered(f"{side}-monitoring", values)["ConfigMap", f"demo-{side}-monitoring-given"]["data"]
    assert shown["prometheus.server.retention"] == "30d"
    assert shown["prometheus.server.volume"] == "50Gi of the default class"
    assert shown["grafana.volume"] == "1Gi of the default class"
    assert shown["loki.volume"] == "20Gi of fast"


@pytest.mark.parametrize("side", PRODUCTS)
def test_a_component_that_is_off_keeps_nothing(side: str) -> None:
    off = {key: {"enabled": False} for key in ("prometheus", "grafana", "loki")}
    shown = rendered(f"{side}-monitoring", off)["ConfigMap", f"demo-{side}-monitoring-given"]["data"]
    assert list(shown) == ["alloy.tolerations"]
