"""A profile in which each domain has names of its own that stand nowhere else, and what is made of it."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from generator.bundle import folder
from profiles.load import ResolvedProfile, load
from profiles.models import DOMAINS, Product
from tests.generator.deployments import Kind, of_kind

ZONES = ("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d")
# Of each domain: second number of its network, and a word that all of its names begin with.
_OWN = {"ledger": (40, "lapis"), "auditor": (50, "amber")}
_SECRETS = ("database", "keys", "environment", "productTls", "envoyTls", "metricsCa")

Over = dict[str, Any]


def load_with(over: Over | None = None, extends: str = "multi-az") -> ResolvedProfile:
    """Two domains at EKS over three zones, everything declared; `over` is laid over it, map by map."""
    return _loaded(json.dumps(over or {}), extends)


@cache
def _loaded(over: str, extends: str) -> ResolvedProfile:
    data: Over = {
        "extends": extends,
        "nodePool": {"nodes": 3, "zones": 3, "nodeSize": {"cpu": "4", "memory": "16Gi"}},
        "clients": [
            {"name": "payments", "administrativeDomain": "payments team", "networks": ["10.60.0.0/16"]}
        ],
        **{owner: _domain(owner) for owner in DOMAINS},
    }
    data["auditor"]["certificateHolder"] = "amber-holder"
    data["auditor"]["secrets"]["ledgerCa"] = "amber-authority-of-the-other"
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "ours.yaml"
        file.write_text(yaml.safe_dump(_laid(data, json.loads(over))), encoding="utf-8")
        return load(str(file))


def made(over: Over | None = None, product: Product = "ledger", extends: str = "multi-az") -> dict[str, str]:
    """The files of a domain's folder, of that profile."""
    return folder.files(load_with(over, extends), product)


@cache
def made_of_kind(kind: Kind, product: Product) -> dict[str, str]:
    """The files of a domain's folder, of a kind of deployment."""
    return folder.files(of_kind(kind), product)


def _domain(owner: Product) -> Over:
    second, word = _OWN[owner]
    subnets = [{"zone": zone, "network": f"10.{second}.{index}.0/24"} for index, zone in enumerate(ZONES)]
    public = {"zone": ZONES[0], "network": f"10.{second}.254.0/24", "public": True}
    return {
        "administrativeDomain": f"{word} administrators",
        "namespace": f"{word}-namespace",
        "release": f"{word}-release",
        "address": f"{word}-address.example.net",
        "cluster": {
            "name": f"{word}-cluster",
            "provider": "eks",
            "region": "ap-northeast-1",
            "network": f"10.{second}.0.0/16",
            "bastion": f"10.{second}.255.0/28",
            "subnets": [*subnets, public],
            "otherPools": [
                {"name": "system", "purpose": "system", "nodes": 2, "nodeSize": {"cpu": "2", "memory": "8Gi"}}
            ],
        },
        "database": {"url": f"jdbc:postgresql://{word}-db.example.net:5432/{word}"},
        "secrets": {purpose: f"{word}-{purpose.lower()}" for purpose in _SECRETS},
        "images": {"pullSecrets": [f"{word}-pull"]},
    }


def _laid(base: Over, over: Over) -> Over:
    if "storage" in over:  # another storage has other keys
        return over
    both = base.keys() & over.keys()
    return {**base, **over} | {
        key: _laid(base[key], over[key])
        for key in both
        if isinstance(base[key], dict) and isinstance(over[key], dict)
    }
