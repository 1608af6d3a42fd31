"""Profiles of clusters at each provider, written to a file and loaded as a user's are."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import yaml

from generator.clusters import ClusterPlan
from profiles.load import load
from profiles.models import Product, Profile

PROVIDERS = ("eks", "aks", "gke", "none")
REGIONS = {"eks": "ap-northeast-1", "aks": "japaneast", "gke": "asia-northeast1", "none": "tokyo"}
ZONES = {
    "eks": ("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"),
    "aks": ("1", "2", "3"),
    "gke": ("asia-northeast1-a", "asia-northeast1-b", "asia-northeast1-c"),
    "none": ("a", "b", "c"),
}
SYSTEM = {"name": "system", "purpose": "system", "nodes": 3, "nodeSize": {"cpu": "4", "memory": "16Gi"}}
MONITORING = SYSTEM | {"name": "monitoring", "purpose": "monitoring", "nodes": 2}
ADD_ONS: dict[str, Any] = {
    "clusterAutoscaler": True,
    "metricsServer": True,
    "certManager": True,
    "externalSecrets": True,
    "controlPlaneLogs": True,
    "logs": "provider",
    "prometheusOperator": True,
    "policies": "kyverno",
    "gitops": True,
}


def cluster(provider: str, number: int, **more: Any) -> dict[str, Any]:
    """A cluster in 10.NUMBER.0.0/16, with a private and a public subnet in each of three zones."""
    subnets = [
        {"zone": zone, "network": f"10.{number}.{index + 10 * public}.0/24", "public": public}
        for public in (False, True)
        for index, zone in enumerate(ZONES[provider], 1)
    ]
    return {
        "name": f"cluster-{number}",
        "provider": provider,
        "region": REGIONS[provider],
        "network": f"10.{number}.0.0/16",
        "subnets": subnets,
        "privateApi": True,
        "bastion": f"10.{number}.11.0/28",
        "nat": True,
        "otherPools": [SYSTEM, MONITORING],
        "addOns": ADD_ONS,
        **more,
    }


def written(folder: Path, data: dict[str, Any]) -> Profile:
    """The profile of a file with this content."""
    file = folder / "ours.yaml"
    file.write_text(yaml.safe_dump(data), encoding="utf-8")
    return load(str(file)).profile


def declared(folder: Path, provider: str, extends: str = "multi-az", **more: Any) -> Profile:
    """A profile in which everything about both clusters is declared; `more` is laid over it at the top."""
    clients = [
        {"name": "payments", "administrativeDomain": "payments-team", "networks": ["10.60.0.0/16"]},
    ]
    domains = {
        "ledger": {"cluster": cluster(provider, 40)},
        "auditor": {"cluster": cluster(provider, 50)},
    }
    return written(folder, {"extends": extends, "clients": clients, **domains, **more})


def undeclared(folder: Path, provider: str, extends: str = "production") -> Profile:
    """A profile that names the provider and leaves open whatever may be left open."""
    domains = {product: {"cluster": {"provider": provider}} for product in ("ledger", "auditor")}
    return written(folder, {"extends": extends, **domains})


def changed(profile: Profile, product: Product, section: str, **fields: Any) -> Profile:
    """The profile with other fields in one section of a domain: cluster, cluster.add_ons, node_pool ..."""
    whole = _changed(profile, [product, *section.split(".")], fields)
    assert isinstance(whole, Profile)
    return whole


def _changed(part: Any, path: list[str], fields: dict[str, Any]) -> Any:
    if not path:
        return part.model_copy(update=fields)
    return part.model_copy(update={path[0]: _changed(getattr(part, path[0]), path[1:], fields)})


def lines(plan: ClusterPlan) -> list[str]:
    """Every command of a plan, each in one line."""
    steps = (*plan.create, *plan.delete)
    return [joined(command) for step in steps for command in (*step.commands, *step.verify)]


def joined(command: str) -> str:
    """The command in one line, as a shell reads what goes on behind a backslash."""
    return command.replace(" \\\n    ", " ")


def line_of(plan: ClusterPlan, *words: str) -> str:
    """The one line of a plan that begins with these words."""
    start = " ".join(words) + " "
    (found,) = [command for command in lines(plan) if command.startswith(start)]
    return found


def option(command: str, name: str) -> str:
    """The word behind an option."""
    words = shlex.split(command)
    return words[words.index(name) + 1]
