"""What Prometheus and Grafana are told, and ScalarDL's monitoring chart."""

from __future__ import annotations

from generator.values.block import Block, entry, joined
from profiles.models import Domain, Product
from profiles.scalardl import MONITORING_CHARTS

# What the chart is made for when nothing is said.
_CHARTS_NAMESPACE = "monitoring"


def of_component(domain: Domain) -> Block:
    """`serviceMonitor`, `prometheusRule` and `grafanaDashboard` of a product or of Envoy."""
    watched = domain.monitoring
    place = {} if watched.namespace == _CHARTS_NAMESPACE else {"namespace": watched.namespace}
    monitor = {"enabled": True, **place, "interval": watched.interval} if watched.service_monitor else {}
    return joined(
        entry(
            "serviceMonitor",
            monitor,
            "For the Prometheus operator and Grafana [monitor-components, service-monitor, "
            "prometheus-rules, dashboards].",
        ),
        entry("prometheusRule", {"enabled": True, **place} if watched.rules else {}),
        entry("grafanaDashboard", {"enabled": True, **place} if watched.dashboards else {}),
    )


def of_stack(domain: Domain, product: Product) -> Block:
    """The values of the monitoring chart; without a stack only that it is off."""
    stack, name = domain.monitoring.stack, MONITORING_CHARTS[product].name
    if stack is None:
        return Block(
            {name: {"enabled": False}},
            {(name,): "ScalarDL's monitoring chart: Prometheus, Grafana, Loki. Off: you have your own."},
        )
    return Block(
        {
            name: {
                "enabled": True,
                "global": {"envoy": {"enabled": True}},
                "prometheus": {
                    "server": {
                        "retention": f"{stack.retention_days}d",
                        "persistentVolume": {"enabled": True, "size": stack.metrics_storage},
                    }
                },
                "loki": {
                    "loki": {"limits_config": {"retention_period": f"{stack.retention_days * 24}h"}},
                    "minio": {"persistence": {"size": stack.logs_storage}},
                },
            }
        },
        {
            (name,): "Prometheus, Grafana and Loki beside the product [telemetry-retention, collect-logs].\n"
            "They read metrics without TLS: where the product has it, bring a Prometheus of your own."
        },
    )
