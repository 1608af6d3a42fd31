"""The charts of the add-ons: where each comes from, which version, and the command that installs it.

The versions are those that each project's repository tagged as its newest in August 2026. A chart itself
refuses a Kubernetes older than it supports.
"""

from __future__ import annotations

from typing import NamedTuple

from generator.clusters.steps import line


class Chart(NamedTuple):
    """A chart of a Helm repository, and the namespace it is installed in."""

    name: str
    repository: str
    version: str
    namespace: str


CLUSTER_AUTOSCALER = Chart(
    "cluster-autoscaler", "https://kubernetes.github.io/autoscaler", "9.59.0", "kube-system"
)
METRICS_SERVER = Chart(
    "metrics-server", "https://kubernetes-sigs.github.io/metrics-server", "3.13.1", "kube-system"
)
CERT_MANAGER = Chart("cert-manager", "https://charts.jetstack.io", "v1.21.1", "cert-manager")
EXTERNAL_SECRETS = Chart(
    "external-secrets", "https://charts.external-secrets.io", "2.9.0", "external-secrets"
)
KYVERNO = Chart("kyverno", "https://kyverno.github.io/kyverno", "3.9.0", "kyverno")
KYVERNO_POLICIES = Chart("kyverno-policies", "https://kyverno.github.io/kyverno", "3.9.0", "kyverno")
GATEKEEPER = Chart(
    "gatekeeper", "https://open-policy-agent.github.io/gatekeeper/charts", "3.23.0", "gatekeeper-system"
)
ARGO_CD = Chart("argo-cd", "https://argoproj.github.io/argo-helm", "10.1.1", "argocd")


def prometheus(namespace: str) -> Chart:
    """The Prometheus operator with Prometheus, Alertmanager, Grafana and the exporters."""
    repository = "https://prometheus-community.github.io/helm-charts"
    return Chart("kube-prometheus-stack", repository, "88.5.3", namespace)


def loki(namespace: str) -> Chart:
    """Loki; Grafana's own repository has kept a chart of its enterprise edition only since March 2026."""
    return Chart("loki", "https://grafana-community.github.io/helm-charts", "18.11.0", namespace)


def alloy(namespace: str) -> Chart:
    """The agent that sends the pods' logs to Loki."""
    return Chart("alloy", "https://grafana.github.io/helm-charts", "1.11.1", namespace)


def install(chart: Chart, *options: str) -> str:
    """The line that installs or upgrades a chart and waits until it runs. The release has its name."""
    return line(
        *("helm", "upgrade", "--install", chart.name, chart.name),
        *("--repo", chart.repository, "--version", chart.version),
        *("--namespace", chart.namespace, "--create-namespace", *options, "--wait"),
    )


def shown(chart: Chart, what: str = "pods") -> str:
    """The line that shows what runs of it."""
    return line("kubectl", "--namespace", chart.namespace, "get", what)
