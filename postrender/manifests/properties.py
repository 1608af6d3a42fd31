"""The ScalarDL properties of a workload: where it listens, and which storages it talks to.

Read from the ConfigMaps of the release that the workload mounts. What comes from a Secret stays
unknown: it is never read. Sources: java.util.Properties for the syntax, ScalarDB's configuration
reference for names and defaults.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from postrender.manifests.manifest import Manifest, Object
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from profiles import scalardl
from profiles.scalardl import Ports, Role

# Stands in a value for what is not known here. No property may hold it.
UNKNOWN = "\0"

STORAGE, POINTS, PORT = "storage", "contact_points", "contact_port"
MANAGER = "transaction_manager"
DATABASE = "scalar.db."
SEVERAL = f"{DATABASE}multi_storage.storages"
ENDPOINTS = ("dynamo.endpoint_override", "dynamo.endpoint-override")

_FILES = (".properties", ".properties.tmpl")
_TEMPLATE = re.compile(r'\{\{-?\s*(?P<default>default\s+)?\.Env\.(?P<name>\w+)\s*(?:"(?P<other>[^"]*)")?\s*-?\}\}')
_VARIABLE = re.compile(r"\$\{env:(?P<name>\w+)(?::-(?P<other>[^}]*))?\}")
_UNFILLED = re.compile(r"\{\{.*?\}\}|\$\{[^}]*\}")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ENTRY = re.compile(r"((?:\\.|[^\\:=\s])*)\s*[:=]?\s*(.*)", re.DOTALL)
_PORT = re.compile(r"[0-9]{1,5}")


class File(NamedTuple):
    """One properties file: its values as written, and with the environment filled in."""

    written: Mapping[str, str]
    values: Mapping[str, str]


class Storage(NamedTuple):
    """A database that a workload talks to, and the TCP port."""

    name: str
    port: int


class Storages(NamedTuple):
    """The storages that are known, and the properties that do not say enough to know the others."""

    known: tuple[Storage, ...]
    unknown: tuple[str, ...]


def files(release: Release, workload: Workload) -> list[File]:
    """The properties files that the workload mounts from ConfigMaps of the release."""
    found = []
    for config, volume in _config_maps(release, workload):
        environment = _environment(_reader(workload, volume))
        for name, text in config.texts("data").items():
            if name.endswith(_FILES):
                written = parse(text)
                values = {key: _filled(value, environment) for key, value in written.items()}
                found.append(File(written, values))
    return found


def ports(release: Release, workload: Workload, role: Role) -> tuple[Ports, tuple[str, ...]]:
    """Where a Ledger or an Auditor listens, and the properties that hide a port.

    A metrics port below 1 means that there is none (the exporter is off).
    """
    values = _together(files(release, workload))
    names, defaults = scalardl.PORT_PROPERTY_NAMES[role], scalardl.PORTS[role]
    found, hidden = [], []
    for name, default in zip(names, defaults, strict=True):
        port = _number(values.get(name, ""))
        if port is None:
            hidden.append(name)
        found.append(default if not port else port)
    return Ports(*found), tuple(hidden)


def peer_ports(release: Release, auditor: Workload) -> tuple[int, int]:
    """The client and the privileged port at which an Auditor calls Ledger."""
    values = _together(files(release, auditor))
    defaults = scalardl.PORTS["ledger"]
    client = _number(values.get("scalar.dl.auditor.ledger.port", ""))
    privileged = _number(values.get("scalar.dl.auditor.ledger.privileged_port", ""))
    return client or defaults.client, privileged or defaults.privileged


def storages(release: Release, workload: Workload) -> Storages:
    """The storages of a Ledger, an Auditor or a schema loader.

    From the properties; where there are none, from the loader's arguments or the charts' environment.
    """
    known: list[Storage] = []
    unknown: list[str] = []
    stated = [file.values for file in files(release, workload) if any(key.startswith("scalar.") for key in file.values)]
    if not stated:
        stated = list(_arguments(workload)) or list(_charts_environment(workload))
    if not stated:
        unknown.append(DATABASE + STORAGE)
    for values in stated:
        for prefix in _prefixes(values):
            found, name = _storages(values, prefix)
            known += found
            unknown += [name] if name else []
    return Storages(tuple(dict.fromkeys(known)), tuple(dict.fromkeys(unknown)))


def jdbc_ports(url: str) -> list[int] | None:
    """The TCP ports in a JDBC URL, or its subprotocol's default; None where neither is known.

    Empty for SQLite, which needs no network.
    """
    body = url.removeprefix("jdbc:")
    kind = next((word for word in re.split(r"[:/@]", body) if word in (*scalardl.JDBC_PORTS, "sqlite")), None)
    if kind == "sqlite":
        return []
    default = scalardl.JDBC_PORTS.get(kind or "")
    stated = re.findall(r"port(?:number)?\s*=\s*([0-9]{1,5})", body, re.IGNORECASE)
    if stated:
        return [int(port) for port in stated]
    found: list[int] = []
    for host in _hosts(body):
        port = _number(host.rpartition(":")[2]) if re.search(r":[^]:]*$", host) else 0
        port = default if port == 0 and not host.endswith(UNKNOWN) else port
        if not port:
            return None
        found.append(port)
    return list(dict.fromkeys(found)) or (None if UNKNOWN in body or not default else [default])


def parse(text: str) -> dict[str, str]:
    """The keys and values of a properties file, as written. Source: java.util.Properties.load"""
    found: dict[str, str] = {}
    for line in _logical_lines(text):
        entry = _ENTRY.fullmatch(line)
        if entry:
            found[_unescaped(entry[1])] = _unescaped(entry[2]).strip()
    return found


def _logical_lines(text: str) -> Iterator[str]:
    carried = ""
    for line in text.splitlines():
        line = line.lstrip(" \t\f")
        if not carried and (not line or line[0] in "#!"):
            continue
        # An odd number of backslashes at the end joins the next line.
        if (len(line) - len(line.rstrip("\\"))) % 2:
            carried += line[:-1]
            continue
        yield carried + line
        carried = ""
    if carried:
        yield carried


def _unescaped(text: str) -> str:
    def meaning(found: re.Match[str]) -> str:
        code = found[1]
        return chr(int(code[1:], 16)) if len(code) == 5 else {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}.get(code, code)

    return _ESCAPE.sub(meaning, text) if "\\" in text else text


def _config_maps(release: Release, workload: Workload) -> Iterator[tuple[Manifest, str]]:
    """The ConfigMaps of the release that the pod mounts, each with the name of its volume."""
    base = (*workload.pod, "volumes")
    for index, volume in enumerate(workload.manifest.maps(*base)):
        at = (*base, str(index))
        sources = [(*at, "configMap", "name")]
        projected = (*at, "projected", "sources")
        for number, _ in enumerate(workload.manifest.maps(*projected)):
            sources.append((*projected, str(number), "configMap", "name"))
        for source in sources:
            name = workload.manifest.text(*source)
            config = release.named("ConfigMap", name, workload.manifest.namespace) if name else None
            if config is not None:
                yield config, str(volume.get("name"))


def _reader(workload: Workload, volume: str) -> Object:
    """The container that mounts the volume (the first one where none does)."""
    containers = workload.containers("containers", "initContainers")
    for path, container in containers:
        if any(mount.get("name") == volume for mount in workload.manifest.maps(*path, "volumeMounts")):
            return container
    return containers[0][1] if containers else {}


def _environment(container: Object) -> dict[str, str | None]:
    """The container's variables; UNKNOWN for what is not literal, None as `""` for what is not set.

    The key `""` tells what a variable is that `env` does not name.
    """
    found: dict[str, str | None] = {"": UNKNOWN if container.get("envFrom") else None}
    for variable in container.get("env") or []:
        if not isinstance(variable, dict):
            continue
        value = variable.get("value")
        literal = isinstance(value, str) and "$(" not in value
        unset = value is None and not variable.get("valueFrom")
        found[str(variable.get("name"))] = value if literal else "" if unset else UNKNOWN
    return found


def _filled(value: str, environment: Mapping[str, str | None]) -> str:
    """The value with its variables filled in, as the image's start script and ScalarDB do."""

    def filling(found: re.Match[str]) -> str:
        known = environment.get(found["name"], environment[""])
        if known is not None:
            return known
        return UNKNOWN if found["other"] is None else found["other"]

    value = _VARIABLE.sub(filling, _TEMPLATE.sub(filling, value))
    return _UNFILLED.sub(UNKNOWN, value).strip()


def _together(found: list[File]) -> dict[str, str]:
    return {key: value for file in found for key, value in file.values.items()}


def _number(value: str) -> int | None:
    """The port in a value: 0 where it is empty, -1 where it is negative, None where it is hidden."""
    if value.startswith("-") and _PORT.fullmatch(value[1:]):
        return -1
    return int(value or "0") if not value or _PORT.fullmatch(value) else None


def _prefixes(values: Mapping[str, str]) -> list[str]:
    """Where the properties of each storage start: once, or for each one of a multi-storage."""
    if values.get(DATABASE + STORAGE) != "multi-storage":
        return [DATABASE]
    names = [name.strip() for name in values.get(SEVERAL, "").split(",")]
    return [f"{SEVERAL}.{name}." for name in names if name] or [f"{SEVERAL}."]


def _storages(values: Mapping[str, str], prefix: str) -> tuple[list[Storage], str | None]:
    """The storages stated under `prefix`, or the property that hides them."""
    name = values.get(prefix + STORAGE, "") or "cassandra"  # ScalarDB's default
    if values.get(DATABASE + MANAGER) == "cluster":
        name = "cluster"
    points = values.get(prefix + POINTS, "")
    if UNKNOWN in name:
        return [], prefix + STORAGE
    if name == "jdbc":
        found = jdbc_ports(points) if points else None
        return [Storage(name, port) for port in found or []], prefix + POINTS if found is None else None
    if name in ("cosmos", "dynamo"):
        url = points if name == "cosmos" else next((values[prefix + end] for end in ENDPOINTS if prefix + end in values), "")
        stated = re.fullmatch(r"https?://[^/]*:([0-9]{1,5})(?:/.*)?", url)
        return [Storage(name, int(stated[1]) if stated else scalardl.STORAGE_PORTS[name])], None
    port = _number(values.get(prefix + PORT, ""))
    port = scalardl.STORAGE_PORTS.get(name) if port == 0 else port
    return ([Storage(name, port)], None) if port and port > 0 else ([], prefix + PORT)


def _hosts(body: str) -> list[str]:
    """The `host:port` parts of a JDBC URL without its `jdbc:`."""
    if body.startswith("oracle:"):
        # oracle:thin:@//host:1521/service, @host:1521:sid, @tcps://host:1521/service, @alias
        address = body.rpartition("@")[2].rpartition("//")[2].partition("?")[0].partition("/")[0]
        parts = re.match(r"((?:\[[^]]*\]|[^:])*:[^:]*)(?::.*)?$", address)
        return [parts[1]] if parts else [address] if address else []
    _, slashes, rest = body.partition("//")
    if not slashes:
        return []
    authority = re.split(r"[/?;]", rest, maxsplit=1)[0].rpartition("@")[2]
    return [host for host in authority.split(",") if host]


def _arguments(workload: Workload) -> Iterator[dict[str, str]]:
    """The storage in the arguments of a schema loader that has no properties."""
    for _, container in workload.containers("containers"):
        words = [str(word) for word in [*(container.get("command") or []), *(container.get("args") or [])]]
        following = dict(zip(words, words[1:], strict=False))
        for name in ("cassandra", "cosmos", "dynamo", "jdbc"):
            if f"--{name}" in words:
                points = following.get("-j" if name == "jdbc" else "-h", "")
                values = {STORAGE: name, POINTS: points, PORT: following.get("-P", "")}
                environment = _environment(container)
                yield {DATABASE + key: _arguments_filled(value, environment) for key, value in values.items()}


def _arguments_filled(value: str, environment: Mapping[str, str | None]) -> str:
    def filling(found: re.Match[str]) -> str:
        known = environment.get(found[1], environment[""])
        return UNKNOWN if known is None else known

    return re.sub(r"\$\((\w+)\)", filling, value)


def _charts_environment(workload: Workload) -> Iterator[dict[str, str]]:
    """The storage in the variables that the charts set for the properties that come with the image."""
    for _, container in workload.containers("containers"):
        environment = _environment(container)
        storage = environment.get("HELM_SCALAR_DB_STORAGE")
        if storage:
            values = {
                STORAGE: storage,
                POINTS: environment.get("HELM_SCALAR_DB_CONTACT_POINTS") or "",
                PORT: environment.get("HELM_SCALAR_DB_CONTACT_PORT") or "",
            }
            yield {DATABASE + key: value for key, value in values.items()}
