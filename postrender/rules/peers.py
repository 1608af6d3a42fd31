"""Peers, ports and rules of a NetworkPolicy.

Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from postrender.manifests.manifest import Object
from postrender.manifests.operations import copied
from postrender.manifests.workload import Workload
from profiles import scalardl
from profiles.policy import Policy

NAMESPACE_NAME = "kubernetes.io/metadata.name"
ANYONE_IN_CLUSTER: Object = {"namespaceSelector": {}}


def dns(policy: Policy) -> Object:
    """The rule for name look-ups: kube-dns, and the declared node-local addresses, over UDP and TCP."""
    cluster: Object = {
        "namespaceSelector": {"matchLabels": {NAMESPACE_NAME: "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    ports: list[Object] = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
    return {"to": [cluster, *blocks(policy.network.dns)], "ports": ports}


def metrics(policy: Policy, port: int) -> list[Object]:
    """The rule for the monitoring namespaces, where there are some and the port is open."""
    names = list(dict.fromkeys(policy.network.monitoring_namespaces))
    wanted: Object = {"matchExpressions": [{"key": NAMESPACE_NAME, "operator": "In", "values": names}]}
    return rule("from", [{"namespaceSelector": wanted}] if names else [], tcp(port))


def rule(side: str, peers: list[Object], ports: list[Object]) -> list[Object]:
    """One rule, or none: an empty list of peers or ports would mean all of them."""
    return [{side: copied(peers), "ports": ports}] if peers and ports else []


def to_any(peers: list[Object], ports: list[Object]) -> Object:
    """A rule in which no peers mean any."""
    return {"to": peers, "ports": ports} if peers else {"ports": ports}


def blocks(networks: tuple[str, ...]) -> list[Object]:
    """The peers of networks (CIDRs), each once, in the order given."""
    return [{"ipBlock": {"cidr": network}} for network in dict.fromkeys(networks)]


def pods(selector: Object) -> Object:
    """The peer of the pods in the same namespace that `selector` picks."""
    return {"podSelector": copied(selector)}


def product_pods(*roles: str) -> Object:
    """The peer of the pods of Ledger or Auditor in the same namespace, of whatever release."""
    expression = {"key": scalardl.APP_LABEL, "operator": "In", "values": list(roles)}
    return pods(
        {"matchLabels": {scalardl.APP_LABEL: roles[0]}}
        if len(roles) == 1
        else {"matchExpressions": [expression]}
    )


def tcp(*ports: int) -> list[Object]:
    """TCP ports, sorted, each once; those below 1 stand for none."""
    return [{"protocol": "TCP", "port": port} for port in sorted(set(ports)) if port > 0]


def own_labels(workload: Workload) -> Object:
    """A selector of the workload's pods: its own, or for what has none the labels that stay the same."""
    if workload.template == ("spec", "template") and not workload.runs_to_completion:
        return workload.selector
    return {"matchLabels": {key: value for key, value in workload.pod_labels.items() if not _changing(key)}}


def _changing(label: str) -> bool:
    return label in (
        "controller-uid",
        "job-name",
        "pod-template-hash",
        "helm.sh/chart",
        "app.kubernetes.io/version",
    ) or label.startswith("batch.kubernetes.io/")
