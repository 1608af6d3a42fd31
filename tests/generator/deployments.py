"""Profiles of every kind of deployment: each storage, authentication method, TLS mode and provider."""

from __future__ import annotations

import tempfile
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from generator.values import umbrella
from generator.values.block import Block
from profiles.load import BUILTIN, ResolvedProfile, load
from profiles.models import Product

STORAGES: dict[str, dict[str, Any]] = {
    "dynamo": {"region": "ap-northeast-1"},
    "cosmos": {"uri": "https://OWNER-db.example.com:443/", "loaderArguments": ["--ru", "400"]},
    "jdbc": {"url": "jdbc:mysql://OWNER-db.example.com:3306/OWNER", "poolSize": 20},
    "cassandra": {"hosts": ["OWNER-db-1.example.com", "OWNER-db-2.example.com"], "port": 9043},
}
METHODS = ("digital-signature", "hmac")
TLS: dict[str, dict[str, Any]] = {
    "none": {},
    "secrets": {},
    "self-signed": {"duration": "2160h0m0s"},
    "issuer": {"issuer": "company-ca"},
    "cluster-issuer": {"issuer": "company-ca"},
}
PROVIDERS = ("eks", "aks", "gke", "none")


class Kind(NamedTuple):
    """A kind of deployment."""

    extends: str
    storage: str
    method: str
    tls: str
    provider: str

    def __str__(self) -> str:
        return "-".join(self)


# A provider changes nothing but annotations: one in turn for each of the rest.
KINDS = tuple(
    Kind(*each, PROVIDERS[index % len(PROVIDERS)])
    for index, each in enumerate(product(BUILTIN, STORAGES, METHODS, TLS))
)


@cache
def of_kind(kind: Kind) -> ResolvedProfile:
    """The profile of a kind; read once, for reading takes longer than what a test does with it."""
    with tempfile.TemporaryDirectory() as folder:
        return profile(kind, Path(folder))


@cache
def values_of(kind: Kind, owner: Product) -> Block:
    """The umbrella's values of a kind, for a domain."""
    return umbrella.values(of_kind(kind), owner)


def profile(kind: Kind, folder: Path, **more: Any) -> ResolvedProfile:
    """The profile of a kind, from a file `ours.yaml` in `folder`; `more` is laid over it at the top."""
    data: dict[str, Any] = {
        "extends": kind.extends,
        "authentication": {"method": kind.method},
        "tls": {"mode": kind.tls, **TLS[kind.tls]},
    }
    for owner in ("ledger", "auditor"):
        stated = yaml.safe_load(yaml.safe_dump(STORAGES[kind.storage]).replace("OWNER", owner))
        data[owner] = {
            "database": {"storage": kind.storage, **stated},
            "cluster": {"provider": kind.provider, "addOns": {"certManager": True}},
        }
    file = folder / "ours.yaml"
    file.write_text(yaml.safe_dump({**data, **more}), encoding="utf-8")
    return load(str(file))
