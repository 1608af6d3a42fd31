"""The ScalarDL properties of a workload, and the ports that they state.

Read from the ConfigMaps of the release that the workload mounts. What comes from a Secret stays
unknown: it is never read. Source: the configuration references of ScalarDB and ScalarDL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from postrender.manifests import java_properties
from postrender.manifests.jdbc import UNKNOWN
from postrender.manifests.manifest import Manifest, Path
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from profiles import scalardl
from profiles.scalardl import Ports, Role

_FILES = (".properties", ".properties.tmpl")
_TEMPLATE = re.compile(
    r'\{\{-?\s*(?P<default>default\s+)?\.Env\.(?P<name>\w+)\s*(?:"(?P<other>[^"]*)")?\s*-?\}\}'
)
_VARIABLE = re.compile(r"\$\{env:(?P<name>\w+)(?::-(?P<other>[^}]*))?\}")
_UNFILLED = re.compile(r"\{\{.*?\}\}|\$\{[^}]*\}")
_PORT = re.compile(r"[0-9]{1,5}")


class File(NamedTuple):
    """One properties file: its values as written, and with the environment filled in."""

    written: Mapping[str, str]
    values: Mapping[str, str]


def files(release: Release, workload: Workload) -> list[File]:
    """The properties files that the workload mounts from ConfigMaps of the release."""
    found = []
    for config, volume in _config_maps(release, workload):
        variables = environment(workload.manifest, _reader(workload, volume))
        for name, text in config.texts("data").items():
            if name.endswith(_FILES):
                written = java_properties.parse(text)
                values = {key: _filled(value, variables) for key, value in written.items()}
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
        port = number(values.get(name, ""))
        if port is None:
            hidden.append(name)
        found.append(port or default)
    return Ports(*found), tuple(hidden)


def peer_ports(release: Release, auditor: Workload) -> tuple[int, int, tuple[str, ...]]:
    """The client and the privileged port at which an Auditor calls Ledger, and what hides them."""
    values = _together(files(release, auditor))
    found = {name: number(values.get(name, "")) for name in scalardl.LEDGER_PORT_PROPERTY_NAMES}
    client, privileged = found.values()
    defaults = scalardl.PORTS["ledger"]
    hidden = tuple(name for name, port in found.items() if port is None)
    return client or defaults.client, privileged or defaults.privileged, hidden


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


def _reader(workload: Workload, volume: str) -> Path:
    """The path of the container that mounts the volume (the first one where none does)."""
    containers = [path for path, _ in workload.containers("containers", "initContainers")]
    for path in containers:
        if any(mount.get("name") == volume for mount in workload.manifest.maps(*path, "volumeMounts")):
            return path
    return (containers or [workload.pod])[0]


def environment(manifest: Manifest, container: Path) -> dict[str, str | None]:
    """A container's variables: literal values, and UNKNOWN for what comes from elsewhere.

    The key `""` tells what a variable is that `env` does not name: None (not set), or UNKNOWN.
    """
    found: dict[str, str | None] = {"": UNKNOWN if manifest.list(*container, "envFrom") else None}
    for variable in manifest.maps(*container, "env"):
        value = variable.get("value")
        literal = isinstance(value, str) and "$(" not in value
        unset = value is None and not variable.get("valueFrom")
        found[str(variable.get("name"))] = value if literal else "" if unset else UNKNOWN
    return found


def _filled(value: str, variables: Mapping[str, str | None]) -> str:
    """The value with its variables filled in, as the image's start script and ScalarDB do."""

    def filling(found: re.Match[str]) -> str:
        known = variables.get(found["name"], variables[""])
        # A default that says something wins over a Secret of which nobody knows what it sets.
        if known is None or (found["other"] and found["name"] not in variables):
            return UNKNOWN if found["other"] is None else found["other"]
        return known

    value = _VARIABLE.sub(filling, _TEMPLATE.sub(filling, value))
    return _UNFILLED.sub(UNKNOWN, value).strip()


def _together(found: list[File]) -> dict[str, str]:
    return {key: value for file in found for key, value in file.values.items()}


def number(value: str) -> int | None:
    """The port in a value: 0 where it is empty, -1 where it is negative, None where it is hidden."""
    if value.startswith("-") and _PORT.fullmatch(value[1:]):
        return -1
    return int(value or "0") if not value or _PORT.fullmatch(value) else None
