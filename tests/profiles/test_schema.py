"""The JSON Schema for editors agrees with what is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

import profiles
from profiles.load import BUILTIN
from profiles.models import schema

VALIDATOR = jsonschema.Draft202012Validator(schema())


def messages(text: str) -> list[str]:
    value: Any = YAML(typ="safe", pure=True).load(text)
    return [error.message for error in VALIDATOR.iter_errors(value)]


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_every_key_says_what_it_is() -> None:
    whole = schema()
    parts = {"Profile": whole, **whole["$defs"]}
    keys = [(name, key, shape) for name, part in parts.items() for key, shape in part["properties"].items()]
    assert [f"{name}.{key}" for name, key, shape in keys if not shape.get("description")] == []


def test_every_example_is_one() -> None:
    whole = schema()
    for part in (whole, *whole["$defs"].values()):
        for shape in part["properties"].values():
            for example in shape.get("examples", ()):
                jsonschema.Draft202012Validator({**shape, "$defs": whole["$defs"]}).validate(example)


@pytest.mark.parametrize("name", BUILTIN)
def test_built_in_profiles_are_accepted(name: str) -> None:
    file = Path(profiles.__file__).parent / "builtin" / f"{name}.yaml"
    assert messages(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "extends: production",
        "extends: ./base.yaml\nnodePool: {nodeSize: {cpu: 8}}",
        "nodePool: null\ndisruptionBudget: null\npatches: null",
        "network: {clients: [10.0.0.0/8], databases: any, apiServer: null}",
        'exemptions: [{rule: node-pool, kind: Job, name: "*", reason: once, until: "2027-03-31"}]',
        "patches: [{select: {role: ledger}, operations: [{op: remove, path: /a}]}]",
    ],
)
def test_parts_are_accepted(text: str) -> None:
    assert messages(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "nodepool: {}",
        "rules: {anti-afinity: enforce}",
        "rules: {anti-affinity: on}",
        "spread: {nodes: always}",
        "nodePool: {nodes: 0}",
        "network: {databases: []}",
        "readOnlyRoot: [enovy]",
        "exemptions: [{rule: node-pool, kind: Job, name: load}]",
        "patches: [{select: {role: ledger}}]",
    ],
)
def test_mistakes_are_shown(text: str) -> None:
    assert messages(text) != []
