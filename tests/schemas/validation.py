"""Kubernetes' own schemas, strict: an unknown field is an error, as with `kubectl apply --validate=strict`.

The schemas come with kubernetes-validate; those before 1.25 with an older release of it (tests/oracles).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, Draft202012Validator
from jsonschema.protocols import Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4, DRAFT202012

PACKAGED = Path(str(resources.files("kubernetes_validate"))) / "kubernetes-json-schema"


def validate(objects: Iterable[dict[str, Any]], version: str, schemas: Path = PACKAGED) -> list[str]:
    """What the schemas of a Kubernetes version ("1.30") find wrong, a line each; nothing wrong is [].

    A kind that this version does not have is an error too. A field that is null is read as absent, as the
    API server reads it; the older schemas would refuse it.
    """
    folder = schemas / f"v{version}.0-local-strict"
    if not folder.is_dir():
        raise FileNotFoundError(f"no schemas of Kubernetes {version} in {schemas}")
    return [line for item in objects for line in _errors(item, version, folder)]


def _errors(item: dict[str, Any], version: str, folder: Path) -> list[str]:
    where = f"{item['kind']} {item['metadata']['name']} (Kubernetes {version})"
    group, _, rest = item["apiVersion"].rpartition("/")
    name = "-".join(filter(None, [item["kind"].lower(), group.split(".")[0], rest]))
    if not (folder / f"{name}.json").exists():
        return [f"{where}: there is no {item['kind']} of {item['apiVersion']}"]
    errors = _validator(folder, name).iter_errors(_without_nulls(item))
    return [f"{where}: {'/'.join(map(str, error.absolute_path))}: {error.message}" for error in errors]


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


@cache
def _validator(folder: Path, name: str) -> Validator:
    schema = json.loads((folder / f"{name}.json").read_text())
    if "$id" in schema:
        return Draft202012Validator(schema, registry=_definitions(folder))
    # Releases before 1.29 of the package: draft 4, without identifiers.
    del schema["$schema"]
    return Draft4Validator(schema, registry=_definitions(folder))


@cache
def _definitions(folder: Path) -> Registry[Any]:
    content = json.loads((folder / "_definitions.json").read_text())
    specification = DRAFT202012 if "$id" in content else DRAFT4
    resource = Resource(contents=content, specification=specification)
    return Registry().with_resource(content.get("$id", "_definitions.json"), resource)
