"""What every workload of a release gets: replicas, rollout, resources, and where its pods stand."""

from __future__ import annotations

from typing import Literal

from generator.values.block import Block, Data, entry, joined
from profiles.models import Domain
from profiles.scalardl import APP_LABEL, NAME_LABEL

Component = Literal["product", "envoy"]

TOLERATION_OPERATOR = "Equal"


def replicas(domain: Domain, component: Component) -> Block:
    """The key `replicaCount`."""
    count: int = getattr(domain.replicas, component)
    why = (
        "one on each node [replicas-equal-nodes, size-tiers]"
        if domain.spread.nodes == "required"
        else "in all"
    )
    if domain.autoscaling:
        why = "to begin with; the autoscaler below owns the number [autoscaling, size-tiers]"
    return entry("replicaCount", count, f"Pods: {count}, {why}.")


def pods(domain: Domain, role: str, chart_name: str) -> Block:
    """Strategy, resources, node selector, tolerations and affinity of the role's pods.

    `chart_name` is the value of their label app.kubernetes.io/name.
    """
    amount: Data = getattr(domain.resources, role).model_dump()
    component: Component = "envoy" if role == "envoy" else "product"
    return joined(
        _strategy(domain, component),
        entry(
            "resources",
            {"requests": amount, "limits": amount},
            "Requests are the limits too, within the licence's cap [licence-pod-cap, requests-and-limits].",
        ),
        entry(
            "tolerations",
            tolerations(domain),
            "The nodes dedicated to ScalarDL have a taint that keeps others away [node-taint].",
        ),
        entry(
            "affinity",
            _affinity(domain, role, chart_name),
            _where(domain),
        ),
    )


def tolerations(domain: Domain) -> list[Data]:
    """The tolerations for the pool's taint."""
    taint = domain.node_pool and domain.node_pool.taint
    if not taint:
        return []
    return [{"key": taint.key, "operator": TOLERATION_OPERATOR, "value": taint.value, "effect": taint.effect}]


def _strategy(domain: Domain, component: Component) -> Block:
    if domain.spread.nodes != "required":
        return Block({})
    most = domain.autoscaling.max_replicas if domain.autoscaling else domain.replicas
    # The charts take percentages only. Kubernetes rounds maxUnavailable down, and takes one where that
    # and maxSurge come to 0: so it is one for any fewer pods as well.
    one = -(-100 // getattr(most, component))
    return entry(
        "strategy",
        {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "0%", "maxUnavailable": f"{one}%"}},
        "One pod at a time, and none beyond: no node is left for another one [spread-nodes].",
    )


def _affinity(domain: Domain, role: str, chart_name: str) -> Data:
    return {**_node_affinity(domain), **_pod_anti_affinity(domain, role, chart_name)}


def _where(domain: Domain) -> str:
    stated = []
    if domain.node_pool and domain.node_pool.label:
        stated.append("on the dedicated nodes [node-label]")
    if domain.spread.nodes != "none":
        wished = "" if domain.spread.nodes == "required" else " where there are enough"
        stated.append(f"one of this component on a node{wished} [spread-nodes]")
    return f"Pods stand {', '.join(stated)}."


def _node_affinity(domain: Domain) -> Data:
    label = domain.node_pool and domain.node_pool.label
    if not label:
        return {}
    # Not a node selector: Helm merges maps, so that of another profile would be added to it.
    expression = {"key": label.key, "operator": "In", "values": [label.value]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def _pod_anti_affinity(domain: Domain, role: str, chart_name: str) -> Data:
    term: Data = {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchLabels": {NAME_LABEL: chart_name, APP_LABEL: role}},
    }
    if domain.spread.nodes == "required":
        return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    if domain.spread.nodes == "preferred":
        weighted = {"weight": 100, "podAffinityTerm": term}
        return {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [weighted]}}
    return {}
