"""Whether a large release finds its nodes, rolls, is drained and loses a zone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from postrender.manifests import release
from postrender.proof.placement.proofs import Proofs, prove
from postrender.proof.placement.stage import declared_stage
from profiles import quantities
from profiles.policy import NodePool
from tests.bench.measuring import Bench

KUBERNETES = (1, 31)
PODS_EACH = 5
CPU = ("500m", "250m", "1")


def ready(nodes: int, pods: int) -> Callable[[], Proofs]:
    """`pods` in Deployments of five with a budget each, on a declared pool in three zones."""
    objects = [one for number in range(pods // PODS_EACH) for one in deployment(number)]
    loaded = release.load("".join(f"---\n{json.dumps(one)}\n" for one in objects))
    cpu, memory = quantities.parse("3800m"), quantities.parse("7Gi")
    pool = NodePool(None, None, nodes, nodes, 3, cpu, memory)

    def ask() -> Proofs:
        stage = declared_stage(loaded, pool, KUBERNETES)
        found = prove(loaded, stage, lambda: stage)
        assert found.placement.answer != "unknown", "it gave up, and that is no answer"
        return found

    return ask


def deployment(number: int) -> list[dict[str, Any]]:
    """A Deployment as the rules leave it: one pod on a node, spread over the zones, one by one, a budget."""
    name = f"d{number}"
    selector = {"matchLabels": {"app": name}}
    container = {
        "name": "main",
        "resources": {"requests": {"cpu": CPU[number % len(CPU)], "memory": "512Mi"}},
    }
    apart = {"topologyKey": "kubernetes.io/hostname", "labelSelector": selector}
    spread = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": selector,
        "nodeTaintsPolicy": "Honor",
    }
    pod = {
        "containers": [container],
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [apart]}},
        "topologySpreadConstraints": [spread],
    }
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "annotations": {"scalardl-harden/role": "envoy"}},
            "spec": {
                "replicas": PODS_EACH,
                "selector": selector,
                "strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
                "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
            },
        },
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": name},
            "spec": {"maxUnavailable": 1, "selector": selector},
        },
    ]


BENCH = Bench(
    title="Placement",
    text="""\
The proofs behind `scalardl-gen plan`: placement, a rolling update of every Deployment, a drain of every
node, the loss of every zone. The release has Deployments of five pods, one on a node, spread over three
zones, with a budget each. With so many pods the likely way is looked at, not every way.""",
    columns=("nodes", "pods"),
    rows=((25, 125), (50, 250), (100, 500), (200, 1000), (400, 2000)),
    ready=ready,
)
