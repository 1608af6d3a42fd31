"""What a workload is told: its properties, from its ConfigMaps, its arguments or the charts' variables.

Sources: the configuration references of ScalarDL and ScalarDB, the charts' templates, and the options of
the schema loader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from postrender.manifests import properties
from postrender.manifests.jdbc import UNKNOWN
from postrender.manifests.manifest import Object, Path
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload

DATABASE = "scalar.db."
SEVERAL = f"{DATABASE}multi_storage.storages"
# The variables that the charts set for the properties that come with the image.
_VARIABLES = {
    "HELM_SCALAR_DB_STORAGE": "scalar.db.storage",
    "HELM_SCALAR_DB_CONTACT_POINTS": "scalar.db.contact_points",
    "HELM_SCALAR_DB_CONTACT_PORT": "scalar.db.contact_port",
    "HELM_SCALAR_DB_USERNAME": "scalar.db.username",
    "HELM_SCALAR_DB_PASSWORD": "scalar.db.password",
    "HELM_SCALAR_DL_LEDGER_PROOF_ENABLED": "scalar.dl.ledger.proof.enabled",
    "HELM_SCALAR_DL_LEDGER_PROOF_PRIVATE_KEY_PATH": "scalar.dl.ledger.proof.private_key_path",
    "HELM_SCALAR_DL_LEDGER_AUDITOR_ENABLED": "scalar.dl.ledger.auditor.enabled",
}
# The schema loader's options for a storage: where it is, and who logs in.
_STORAGES = ("dynamo", "cosmos", "jdbc", "cassandra")
_POINTS = {"dynamo": ("--region",), "jdbc": ("-j", "--jdbc-url")}
_HOST, _USER, _PASSWORD = ("-h", "--host"), ("-u", "--user"), ("-p", "--password")
_FILE = re.compile(r"\.properties(?:\.tmpl)?$")
_REFERENCE = re.compile(r"\$\{env:(\w+)|\.Env\.(\w+)")


class Told(NamedTuple):
    """The properties that a workload reads. `written`: as they stand, `values`: with variables filled in.

    `hidden`: what holds them where it is not among the manifests; then nothing is known of them.
    """

    values: Mapping[str, str]
    written: Mapping[str, str]
    hidden: str = ""

    def value(self, name: str) -> str | None:
        """A property's value, empty where it is not set; None where nobody knows it."""
        value = self.values.get(name, "")
        return None if UNKNOWN in value or (self.hidden and not value) else value

    def on(self, name: str) -> bool | None:
        """Whether a property says true; None where nobody knows."""
        value = self.value(name)
        return None if value is None else value.strip().lower() == "true"


def told(release: Release, workload: Workload) -> Told:
    """What the workload is told."""
    found = properties.files(release, workload)
    ours = [one for one in found if not one.values or any(name.startswith("scalar.") for name in one.values)]
    if ours:
        values = {name: value for one in ours for name, value in one.values.items()}
        return Told(values, {name: value for one in ours for name, value in one.written.items()})
    hidden = _hidden(release, workload)
    if not hidden:
        for values in (_arguments(workload), _charts(workload)):
            if values:
                return Told(values, values)
    return Told({}, {}, hidden or "its image")


def references(value: str) -> list[str]:
    """The variables that a property's value refers to."""
    return [one or other for one, other in _REFERENCE.findall(value)]


def unset(workload: Workload, value: str) -> str:
    """A variable that the value refers to and that no container of the pod has; empty where there is none."""
    found = [properties.environment(workload.manifest, path) for path, _ in workload.containers()]
    if any(one[""] is not None for one in found):
        return ""
    return next((name for name in references(value) if not any(name in one for one in found)), "")


def mounted(workload: Workload, file: str) -> tuple[Path, Object, str] | None:
    """The volume from which a container of the component has the file: its path, itself, the name in it.

    None where nothing is mounted there.
    """
    best: tuple[str, str, str] | None = None
    for path, _ in workload.own:
        for mount in workload.manifest.maps(*path, "volumeMounts"):
            at, sub = str(mount.get("mountPath") or "").rstrip("/"), str(mount.get("subPath") or "")
            if file != at and not file.startswith(at + "/"):
                continue
            if best is None or len(at) > len(best[0]):
                rest = file.removeprefix(at).strip("/")
                best = (at, str(mount.get("name")), "/".join(part for part in (sub, rest) if part))
    if best is None:
        return None
    for index, volume in enumerate(workload.manifest.maps(*workload.pod, "volumes")):
        if volume.get("name") == best[1]:
            return (*workload.pod, "volumes", str(index)), volume, best[2]
    return None


def shown(path: str) -> str:
    """A path as it may be told: what is none may be anything that was written into the wrong property."""
    return path if re.fullmatch(r"/?[\w.-]{1,80}(?:/[\w.-]{1,80}){0,12}/?", path) else "a path that is none"


def _hidden(release: Release, workload: Workload) -> str:
    """What holds the properties and is not to be seen here."""
    manifest = workload.manifest
    files = {
        str(mount.get("name")): f"{mount.get('mountPath')} {mount.get('subPath') or ''}".strip()
        for path, _ in workload.containers()
        for mount in manifest.maps(*path, "volumeMounts")
    }
    for index, volume in enumerate(manifest.maps(*workload.pod, "volumes")):
        at = (*workload.pod, "volumes", str(index))
        config, secret = manifest.text(*at, "configMap", "name"), manifest.text(*at, "secret", "secretName")
        if config and release.named("ConfigMap", config, manifest.namespace) is None:
            return f"the ConfigMap {config}"
        if _FILE.search(files.get(str(volume.get("name")), "")) and not config:
            return f"the Secret {secret}" if secret else f"the volume {volume.get('name')}"
    words = _words(workload)
    return f"the file {words[words.index('--config') + 1]}" if "--config" in words[:-1] else ""


def _words(workload: Workload) -> list[str]:
    return [
        str(word)
        for path, _ in workload.containers("containers")
        for key in ("command", "args")
        for word in workload.manifest.list(*path, key)
    ]


def _arguments(workload: Workload) -> dict[str, str]:
    """What the arguments of a schema loader say of its database, as properties."""
    words = _words(workload)
    storage = next((name for name in _STORAGES if f"--{name}" in words), "")
    if not storage or workload.role != "loader":
        return {}
    following = dict(pairwise(words))
    options = {
        "contact_points": _POINTS.get(storage, _HOST),
        "username": _USER,
        "password": _PASSWORD,
    }
    variables: dict[str, str | None] = {"": None}
    for path, _ in workload.containers("containers"):
        variables.update(properties.environment(workload.manifest, path))
    found = {f"{DATABASE}storage": storage}
    for name, several in options.items():
        value = next((following[option] for option in several if option in following), "")
        found[DATABASE + name] = re.sub(
            r"\$\((\w+)\)", lambda one: _known(variables.get(one[1], variables[""])), value
        )
    return found


def _charts(workload: Workload) -> dict[str, str]:
    """What the charts' variables say to the properties that come with the image."""
    for path, _ in workload.own:
        variables = properties.environment(workload.manifest, path)
        if variables.get("HELM_SCALAR_DB_STORAGE"):
            return {
                name: _known(variables[variable])
                for variable, name in _VARIABLES.items()
                if variable in variables
            }
    return {}


def _known(value: str | None) -> str:
    return "" if value is None else value


def prefixes(told: Told) -> Iterator[str]:
    """Where the properties of each storage begin: once, or for each one of a multi-storage."""
    if told.value(f"{DATABASE}storage") != "multi-storage":
        yield DATABASE
        return
    for name in (told.value(SEVERAL) or "").split(","):
        if name.strip():
            yield f"{SEVERAL}.{name.strip()}."
