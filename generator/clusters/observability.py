"""What watches a cluster: Prometheus and Loki from their charts, the values of both, and the logs' agents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.clusters.charts import alloy, install, loki, prometheus, shown
from generator.clusters.nodes import PURPOSE
from generator.clusters.site import Site
from generator.clusters.steps import Step, line, why
from generator.values.placement import tolerations
from generator.yamltext import dump
from profiles.product import MonitoringStack

PROMETHEUS_VALUES = "kube-prometheus-stack.yaml"
LOKI_VALUES = "loki.yaml"
ALLOY_VALUES = "alloy.yaml"


def files(site: Site) -> dict[str, str]:
    """The values files of the charts that the profile declares, by name."""
    add_ons, made = site.cluster.add_ons, {}
    if add_ons.prometheus_operator:
        made[PROMETHEUS_VALUES] = _prometheus(site)
    if _own_loki(site):
        made[LOKI_VALUES] = _loki(site)
        made[ALLOY_VALUES] = _alloy(site)
    return made


def steps(site: Site) -> Iterator[Step]:
    """The Prometheus operator, and the logs where they are not the provider's business."""
    namespace = site.domain.monitoring.namespace
    add_ons = site.cluster.add_ons
    if add_ons.prometheus_operator:
        chart = prometheus(namespace)
        crds = "servicemonitors.monitoring.coreos.com"
        yield Step(
            "Install the Prometheus operator",
            why(
                "it reads the metrics of ScalarDL and of the cluster, and keeps them on a volume",
                "monitor-components",
                "observability-stack",
                "telemetry-retention",
            ),
            (install(chart, "--values", PROMETHEUS_VALUES),),
            (
                shown(chart, "pods,persistentvolumeclaims"),
                line("kubectl", "get", "customresourcedefinitions", crds),
            ),
        )
    if _own_loki(site):
        yield Step(
            "Install Loki and the agents that send it the logs",
            why(
                "the agents run on every node, so they tolerate ScalarDL's taint",
                "collect-logs",
                "daemonsets-tolerate",
                "observability-stack",
                "telemetry-retention",
            ),
            (
                install(loki(namespace), "--values", LOKI_VALUES),
                install(alloy(namespace), "--values", ALLOY_VALUES),
            ),
            (shown(loki(namespace), "pods,persistentvolumeclaims"), show_agents()),
        )
    elif add_ons.logs == "loki":
        yield Step(
            "Take Loki from ScalarDL's monitoring chart",
            why(
                "monitoring.stack brings Loki and its agents with the release; once it is installed there is "
                "an agent on every node",
                "collect-logs",
                "daemonsets-tolerate",
                "observability-stack",
            ),
            (),
            (show_agents(),),
        )
    elif add_ons.logs == "other" or (add_ons.logs == "provider" and site.cluster.provider == "none"):
        yield Step(
            "Collect the logs with the agents of your choice",
            why(
                "nobody but you knows how they are installed; their DaemonSet runs on every node, so it "
                f"tolerates {_taint(site)}",
                "collect-logs",
                "daemonsets-tolerate",
            ),
            (),
            (show_agents(),),
        )


def show_agents() -> str:
    """A line that shows the DaemonSets, on how many nodes each runs, and what it tolerates."""
    columns = {
        "NAMESPACE": ".metadata.namespace",
        "NAME": ".metadata.name",
        "DESIRED": ".status.desiredNumberScheduled",
        "READY": ".status.numberReady",
        "TOLERATIONS": ".spec.template.spec.tolerations",
    }
    shown_columns = "custom-columns=" + ",".join(f"{name}:{path}" for name, path in columns.items())
    return line("kubectl", "get", "daemonsets", "--all-namespaces", "--output", shown_columns)


def delete_volumes(site: Site) -> tuple[str, ...]:
    """Lines that delete the claims of Prometheus and Loki, whose disks would outlive the cluster."""
    if not site.keeps_volumes:
        return ()
    namespace = site.domain.monitoring.namespace
    charts = [prometheus(namespace)] if site.cluster.add_ons.prometheus_operator else []
    charts += [alloy(namespace), loki(namespace)] if _own_loki(site) else []
    return (
        *(line("helm", "uninstall", chart.name, "--namespace", namespace, "--wait") for chart in charts),
        line("kubectl", "delete", "persistentvolumeclaims", "--all", "--namespace", namespace),
    )


def _taint(site: Site) -> str:
    taint = site.pool and site.pool.taint
    return f"the taint {taint.key}={taint.value}:{taint.effect}" if taint else "the taints of your nodes"


def _own_loki(site: Site) -> bool:
    return site.cluster.add_ons.logs == "loki" and site.domain.monitoring.stack is None


def _kept(site: Site) -> MonitoringStack:
    return site.domain.monitoring.stack or MonitoringStack()


def _placed(site: Site) -> dict[str, Any]:
    return {"nodeSelector": {PURPOSE: "monitoring"}} if site.monitoring_pool else {}


def _claim(size: str) -> dict[str, Any]:
    return {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}


def _prometheus(site: Site) -> str:
    kept, placed = _kept(site), _placed(site)
    # The monitoring chart of ScalarDL brings a Grafana of its own.
    grafana = {"enabled": site.domain.monitoring.stack is None, **placed}
    spec = {
        "serviceMonitorSelectorNilUsesHelmValues": False,
        "ruleSelectorNilUsesHelmValues": False,
        "retention": f"{kept.retention_days}d",
        "storageSpec": {"volumeClaimTemplate": {"spec": _claim(kept.metrics_storage)}},
        **placed,
    }
    parts = {"prometheusOperator": placed, "kube-state-metrics": placed}
    parts |= {"alertmanager": {"alertmanagerSpec": placed}} if placed else {}
    return dump(
        {
            "prometheus": {"prometheusSpec": spec},
            "grafana": grafana,
            **{name: values for name, values in parts.items() if values},
        },
        {
            (
                "prometheus",
            ): "Monitors and rules of every release count, for ScalarDL's charts label theirs for "
            "none\n[monitor-components, telemetry-retention].",
        },
    )


def _loki(site: Site) -> str:
    kept = _kept(site)
    none = {"replicas": 0}
    return dump(
        {
            "deploymentMode": "Monolithic",
            "loki": {
                "auth_enabled": False,
                "commonConfig": {"replication_factor": 1},
                "storage": {"type": "filesystem"},
                "schemaConfig": {
                    "configs": [
                        {
                            "from": "2024-04-01",
                            "store": "tsdb",
                            "object_store": "filesystem",
                            "schema": "v13",
                            "index": {"prefix": "index_", "period": "24h"},
                        }
                    ]
                },
                "limits_config": {"retention_period": f"{kept.retention_days * 24}h"},
                "compactor": {"retention_enabled": True, "delete_request_store": "filesystem"},
            },
            "singleBinary": {
                "replicas": 1,
                "persistence": {"enabled": True, "size": kept.logs_storage},
                **_placed(site),
            },
            "read": none,
            "write": none,
            "backend": none,
            **({"gateway": _placed(site)} if _placed(site) else {}),
            "chunksCache": {"enabled": False},
            "resultsCache": {"enabled": False},
            "lokiCanary": {"enabled": False},
            "test": {"enabled": False},
        },
        {
            ("deploymentMode",): "One Loki on one volume: enough for the logs of one cluster of ScalarDL.",
            ("loki",): "[collect-logs, telemetry-retention]",
            ("read",): "The parts that one Loki does without.",
        },
    )


def _alloy(site: Site) -> str:
    tolerated = tolerations(site.domain)
    controller: dict[str, Any] = {"type": "daemonset"}
    if tolerated:
        controller["tolerations"] = tolerated
    url = f"http://loki-gateway.{site.domain.monitoring.namespace}.svc/loki/api/v1/push"
    return dump(
        {
            "crds": {"create": False},
            "controller": controller,
            "alloy": {"configMap": {"content": _PIPELINE.replace("URL", url)}},
        },
        {
            ("controller",): "On every node, ScalarDL's as well [collect-logs, daemonsets-tolerate].",
            ("alloy",): "The logs of the node's own pods, named by namespace, pod, container and component.",
        },
    )


_PIPELINE = """\
discovery.kubernetes "pods" {
  role = "pod"
  selectors {
    role  = "pod"
    field = "spec.nodeName=" + sys.env("HOSTNAME")
  }
}

discovery.relabel "pods" {
  targets = discovery.kubernetes.pods.targets
  rule {
    source_labels = ["__meta_kubernetes_namespace"]
    target_label  = "namespace"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_name"]
    target_label  = "pod"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_container_name"]
    target_label  = "container"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_label_app_kubernetes_io_app"]
    target_label  = "app"
  }
}

loki.source.kubernetes "pods" {
  targets    = discovery.relabel.pods.output
  forward_to = [loki.write.loki.receiver]
}

loki.write "loki" {
  endpoint {
    url = "URL"
  }
}
"""
