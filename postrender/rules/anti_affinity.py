"""anti-affinity: the pods of a component stand on different nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from postrender.manifests import selectors
from postrender.manifests.manifest import Path
from postrender.manifests.operations import append
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.rules import scope
from postrender.rules.finding import Finding
from profiles.policy import Policy

RULE = "anti-affinity"
HOSTNAME = "kubernetes.io/hostname"
ANTI_AFFINITY = ("affinity", "podAntiAffinity")
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """Workloads of more than one pod whose pods may share a node."""
    if policy.node_spread == "none":
        return
    for workload in scope.of_several_pods(release, policy):
        if apart(workload):
            continue
        base = (*workload.pod, *ANTI_AFFINITY)
        spread = scope.spread(policy.node_spread, workload)
        term: dict[str, Any] = {"labelSelector": workload.selector, "topologyKey": HOSTNAME}
        if spread == "required":
            path, item = (*base, REQUIRED), term
        else:
            preferred = workload.manifest.maps(*base, PREFERRED)
            places = [(*base, PREFERRED, str(index), "podAffinityTerm") for index, _ in enumerate(preferred)]
            if any(_parts(workload, place) for place in places):
                continue
            path, item = (*base, PREFERRED), {"weight": 100, "podAffinityTerm": term}
        yield Finding(
            rule=RULE,
            manifest=workload.manifest,
            path=path,
            problem=f"two pods of {workload.manifest.title} may stand on one node",
            cure=f"{spread} pod anti-affinity by {HOSTNAME}, added to what is there",
            requirements=("spread-nodes",),
            operations=(append(workload.manifest, path, item),),
            missing=True,
        )


def apart(workload: Workload) -> bool:
    """Whether a required term keeps the workload's own pods on different nodes."""
    base = (*workload.pod, *ANTI_AFFINITY, REQUIRED)
    terms = workload.manifest.maps(*base)
    return any(_parts(workload, (*base, str(index))) for index, _ in enumerate(terms))


def _parts(workload: Workload, path: Path) -> bool:
    """Whether the anti-affinity term at `path` keeps the workload's own pods on different nodes."""
    term = workload.manifest.map(*path)
    elsewhere = term.get("namespaces") or term.get("namespaceSelector") is not None
    return (
        term.get("topologyKey") == HOSTNAME
        and not elsewhere
        and not term.get("matchLabelKeys")
        and not term.get("mismatchLabelKeys")
        and selectors.matches(workload.manifest.selector(*path, "labelSelector"), workload.pod_labels)
    )
