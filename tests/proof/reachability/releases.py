"""Hardened releases for these tests: what a stand-in chart renders, hardened, and the world around it."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from postrender import policy_source
from postrender.harden import harden
from postrender.manifests import release
from postrender.proof.reachability.declared import blocked, components, flows, open_beyond
from postrender.proof.reachability.world import World
from profiles.policy import Policy
from tests.charts.release import as_helm3
from tests.proof.reachability.worlds import Object, pod

TODAY = "2026-07-01"
PROFILES = ("test", "production", "multi-az")
# Networks of which no two are alike, so that one cannot stand for another.
DECLARED = """\
extends: production
network:
  clients: [203.0.113.0/24]
  otherDomain: [198.51.100.0/24]
  nodes: [10.1.0.0/16]
  databases: [10.2.0.0/24]
  apiServer: [10.3.0.1/32]
  monitoringNamespaces: [watchers, alerts]
  dns: [10.4.0.10/32]
"""
LOAD_BALANCER = {"envoy": {"service": {"type": "LoadBalancer"}}}
COSMOS = {
    "scalarLedgerConfiguration": {"dbStorage": "cosmos", "dbContactPoints": "https://x.example.com:443/"}
}
PORTS_OF_ITS_OWN = """
scalar.db.storage=jdbc
scalar.db.contact_points=jdbc:postgresql://db.example.com:6543/ledger
scalar.dl.ledger.server.port=60051
scalar.dl.ledger.server.privileged_port=60052
scalar.dl.ledger.server.admin_port=60053
scalar.dl.ledger.server.prometheus_exporter_port=9090
"""
# Each with its chart and its values.
RELEASES: dict[str, tuple[str, dict[str, Any]]] = {
    "ledger": ("ledger", {}),
    "ledger behind a load balancer": ("ledger", LOAD_BALANCER),
    "ledger without envoy": ("ledger", {"envoy": {"enabled": False}}),
    "ledger on cosmos": ("ledger", {"ledger": COSMOS}),
    "ledger at ports of its own": ("ledger", {"ledger": {"ledgerProperties": PORTS_OF_ITS_OWN}}),
    "auditor": ("auditor", {}),
    "auditor behind a load balancer": ("auditor", LOAD_BALANCER),
    "schema loading": ("schema-loading", {}),
}
# A job that the charts of the corpus do not render; scalar-admin-for-kubernetes renders one like it.
ADMIN: Object = {
    "apiVersion": "batch/v1",
    "kind": "CronJob",
    "metadata": {"name": "demo-scalar-admin-for-kubernetes", "namespace": "scalardl"},
    "spec": {
        "schedule": "0 3 * * *",
        "jobTemplate": {
            "spec": {
                "template": {
                    "metadata": {
                        "labels": {
                            "app.kubernetes.io/name": "scalar-admin-for-kubernetes",
                            "app.kubernetes.io/instance": "demo",
                        }
                    },
                    "spec": {
                        "restartPolicy": "Never",
                        "containers": [
                            {
                                "name": "admin",
                                "image": "ghcr.io/scalar-labs/scalar-admin-for-kubernetes:1.4.0",
                            }
                        ],
                    },
                }
            }
        },
    },
}
# Pods of the cluster that no release has.
OTHERS: tuple[Object, ...] = (
    pod("dns", "kube-system", None, **{"k8s-app": "kube-dns"}),
    pod("prometheus", namespace="monitoring", app="prometheus"),
    pod("stranger", namespace="scalardl", app="stranger"),
    pod("impostor", "elsewhere", None, **{"app.kubernetes.io/app": "envoy"}),
)


@lru_cache
def policy(profile: str) -> Policy:
    """The policy of a built-in profile, or of a file."""
    return policy_source.named(profile)


@lru_cache
def standing_in(name: str, profile: str) -> str:
    """The stand-in of that name with scalar-admin beside it, hardened."""
    chart, values = RELEASES[name]
    text = as_helm3(chart, values, name="demo", namespace="scalardl")
    return hardened(text + f"---\n{json.dumps(ADMIN)}\n", profile)


def hardened(text: str, profile: str) -> str:
    found = harden(text, policy(profile), TODAY)
    assert found.text is not None, [outcome.line for outcome in found.refused]
    return found.text


def seen(text: str, profile: str, *beside: Object) -> World:
    """The world of a stream, with other objects beside it."""
    more = "".join(f"---\n{json.dumps(one)}\n" for one in beside)
    return World(release.load(text + more), policy(profile).network)


def declaring(folder: Path) -> str:
    """A profile in that folder that declares every network."""
    path = folder / "declared.yaml"
    path.write_text(DECLARED)
    return str(path)


def problems(made: World, profile: str) -> list[str]:
    """Declared flows that are blocked, and what is open beyond them."""
    stated = flows(made, policy(profile).network)
    assert stated
    stopped = [f"blocked: {each.flow.text}" for each in blocked(made, stated)]
    return stopped + [each.text for each in open_beyond(made, components(made), stated)]
