"""The release's namespace: how much a pod in it may do, and no traffic but what a policy admits."""

from __future__ import annotations

from typing import Any

from generator.yamltext import Path, dump
from profiles.models import Domain, Product
from profiles.scalardl import ADMIN_CHART, ENVOY_ADMIN_PORT, LOADER_CHART, NAME_LABEL, PORTS, PRODUCT_CHARTS

# https://kubernetes.io/docs/concepts/security/pod-security-standards/
RESTRICTED, BASELINE = "restricted", "baseline"
DENY, STACK, METRICS = "default-deny", "monitoring-stack", "monitoring-stack-metrics"

Object = dict[str, Any]
# An object, and the comments for its keys.
Commented = tuple[Object, dict[Path, str]]


def text(domain: Domain, product: Product) -> str:
    """namespace.yaml: the namespace, and its NetworkPolicies."""
    return "---\n".join(dump(made, comments) for made, comments in _documents(domain, product))


def level(domain: Domain) -> tuple[str, str]:
    """The Pod Security level that is enforced, and why that one."""
    if domain.monitoring.stack:
        return BASELINE, (
            "The monitoring chart's log collector (Alloy) runs as root, which restricted refuses; it brings\n"
            "no node exporter, which baseline would refuse too. What is not restricted is warned of."
        )
    if domain.rules.get("pod-security") != "enforce":
        return BASELINE, (
            "The rule pod-security is not enforced, so pods may come that restricted refuses. They are\n"
            "warned of."
        )
    if any(exemption.rule == "pod-security" for exemption in domain.exemptions):
        return BASELINE, (
            "An exemption lets pods be as they are, which restricted may refuse. They are warned of. Where\n"
            "they need more than baseline, write what: privileged."
        )
    return RESTRICTED, "Pods that do not keep to the restricted level are refused."


def _documents(domain: Domain, product: Product) -> list[Commented]:
    enforced, why = level(domain)
    version = f"v{domain.kubernetes_version}"
    labels: dict[str, str] = {}
    for mode, asked in (("enforce", enforced), ("audit", RESTRICTED), ("warn", RESTRICTED)):
        labels[f"pod-security.kubernetes.io/{mode}"] = asked
        labels[f"pod-security.kubernetes.io/{mode}-version"] = version
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": domain.namespace, "labels": labels},
    }
    denied = _policy(domain, DENY, {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})
    made: list[Commented] = [
        (
            namespace,
            {
                ("apiVersion",): "A namespace of its own [own-namespace].",
                ("metadata", "labels"): f"{why}\n[container-security, admission-policies]",
            },
        ),
        (
            denied,
            {
                ("apiVersion",): "No traffic but what another policy admits [default-deny]; those of the\n"
                "release come with it (rule network-policies)."
            },
        ),
    ]
    if domain.monitoring.stack:
        made += _for_stack(domain, product)
    return made


def _for_stack(domain: Domain, product: Product) -> list[Commented]:
    """The monitoring chart brings no policies of its own, and the rule leaves it alone."""
    ours = [PRODUCT_CHARTS[product].name, LOADER_CHART.name, ADMIN_CHART.name]
    stack: Object = {"matchExpressions": [{"key": NAME_LABEL, "operator": "NotIn", "values": ours}]}
    inside = {
        "podSelector": stack,
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [{"podSelector": stack}]}],
        "egress": [{}],
    }
    metrics = {
        "podSelector": {"matchLabels": {NAME_LABEL: PRODUCT_CHARTS[product].name}},
        "policyTypes": ["Ingress"],
        "ingress": [
            {
                "from": [{"podSelector": stack}],
                "ports": [
                    {"protocol": "TCP", "port": port} for port in (PORTS[product].metrics, ENVOY_ADMIN_PORT)
                ],
            }
        ],
    }
    return [
        (
            _policy(domain, STACK, inside),
            {
                (
                    "apiVersion",
                ): "Prometheus, Grafana and Loki, which run in this namespace: among themselves, "
                "and to what\nthey read (pods, the API server, DNS)."
            },
        ),
        (
            _policy(domain, METRICS, metrics),
            {("apiVersion",): "The metrics of ScalarDL's pods, for them [metrics-ports]."},
        ),
    ]


def _policy(domain: Domain, name: str, spec: Object) -> Object:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": domain.namespace},
        "spec": spec,
    }
