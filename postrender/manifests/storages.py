"""The databases that a workload talks to, as its properties state them.

Source: the configuration reference of ScalarDB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from postrender.manifests import jdbc
from postrender.manifests.jdbc import UNKNOWN
from postrender.manifests.properties import environment, files, number
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from profiles import scalardl

STORAGE, POINTS, PORT = "storage", "contact_points", "contact_port"
MANAGER = "transaction_manager"
DATABASE = "scalar.db."
SEVERAL = f"{DATABASE}multi_storage.storages"
ENDPOINTS = ("dynamo.endpoint_override", "dynamo.endpoint-override")


class Storage(NamedTuple):
    """A database that a workload talks to, and the TCP port."""

    name: str
    port: int


class Storages(NamedTuple):
    """The storages that are known, and the properties that do not say enough to know the others."""

    known: tuple[Storage, ...]
    unknown: tuple[str, ...]


def of(release: Release, workload: Workload) -> Storages:
    """The storages of a Ledger, an Auditor or a schema loader.

    From the properties; where there are none, from the loader's arguments or the charts' environment.
    """
    known: list[Storage] = []
    unknown: list[str] = []
    stated = [
        file.values
        for file in files(release, workload)
        if any(key.startswith("scalar.") for key in file.values)
    ]
    if not stated:
        stated = list(_arguments(workload)) or list(_charts_environment(workload))
    if not stated:
        unknown.append(DATABASE + STORAGE)
    for values in stated:
        prefixes = _prefixes(values)
        if not prefixes or UNKNOWN in values.get(SEVERAL, ""):
            unknown.append(SEVERAL)
            continue
        for prefix in prefixes:
            found, name = _storages(values, prefix)
            known += found
            unknown += [name] if name else []
    return Storages(tuple(dict.fromkeys(known)), tuple(dict.fromkeys(unknown)))


def _prefixes(values: Mapping[str, str]) -> list[str]:
    """Where the properties of each storage start: once, or for each one of a multi-storage."""
    if values.get(DATABASE + STORAGE) != "multi-storage":
        return [DATABASE]
    names = [name.strip() for name in values.get(SEVERAL, "").split(",")]
    return [f"{SEVERAL}.{name}." for name in names if name]


def _storages(values: Mapping[str, str], prefix: str) -> tuple[list[Storage], str | None]:
    """The storages stated under `prefix`, or the property that hides them."""
    name = values.get(prefix + STORAGE, "") or "cassandra"  # ScalarDB's default
    if values.get(DATABASE + MANAGER) == "cluster":
        name = "cluster"
    points = values.get(prefix + POINTS, "")
    if UNKNOWN in name:
        return [], prefix + STORAGE
    if name == "jdbc":
        found = jdbc.ports(points) if points else None
        return [Storage(name, port) for port in found or []], prefix + POINTS if found is None else None
    if name in ("cosmos", "dynamo"):
        url = (
            points
            if name == "cosmos"
            else next((values[prefix + end] for end in ENDPOINTS if prefix + end in values), "")
        )
        stated = re.fullmatch(r"https?://[^/]*:([0-9]{1,5})(?:/.*)?", url)
        return [Storage(name, int(stated[1]) if stated else scalardl.STORAGE_PORTS[name])], None
    port = number(values.get(prefix + PORT, ""))
    port = scalardl.STORAGE_PORTS.get(name) if port == 0 else port
    return ([Storage(name, port)], None) if port and port > 0 else ([], prefix + PORT)


def _arguments(workload: Workload) -> Iterator[dict[str, str]]:
    """The storage in the arguments of a schema loader that has no properties."""
    for path, _ in workload.containers("containers"):
        words = [str(word) for key in ("command", "args") for word in workload.manifest.list(*path, key)]
        following = dict(pairwise(words))
        for name in ("cassandra", "cosmos", "dynamo", "jdbc"):
            if f"--{name}" in words:
                points = following.get("-j" if name == "jdbc" else "-h", "")
                values = {STORAGE: name, POINTS: points, PORT: following.get("-P", "")}
                variables = environment(workload.manifest, path)
                yield {DATABASE + key: _arguments_filled(value, variables) for key, value in values.items()}


def _arguments_filled(value: str, variables: Mapping[str, str | None]) -> str:
    def filling(found: re.Match[str]) -> str:
        known = variables.get(found[1], variables[""])
        return UNKNOWN if known is None else known

    return re.sub(r"\$\((\w+)\)", filling, value)


def _charts_environment(workload: Workload) -> Iterator[dict[str, str]]:
    """The storage in the variables that the charts set for the properties that come with the image."""
    for path, _ in workload.containers("containers"):
        variables = environment(workload.manifest, path)
        storage = variables.get("HELM_SCALAR_DB_STORAGE")
        if storage:
            values = {
                STORAGE: storage,
                POINTS: variables.get("HELM_SCALAR_DB_CONTACT_POINTS") or "",
                PORT: variables.get("HELM_SCALAR_DB_CONTACT_PORT") or "",
            }
            yield {DATABASE + key: value for key, value in values.items()}
