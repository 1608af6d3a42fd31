"""The stand-ins against the values of the released charts. Present only where those are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charts.release import FOLDER
from tests.conftest import CORPUS

INTERFACE = CORPUS / "interface"
if not INTERFACE.is_dir():
    pytest.skip(
        "not covered: values of the released charts (set SCALARDL_CORPUS to the folder that has interface/)",
        allow_module_level=True,
    )

STAND_INS = {
    "scalardl-4.12.0": "ledger",
    "scalardl-audit-2.12.0": "auditor",
    "schema-loading-2.14.0": "schema-loading",
    "envoy-2.6.0": "ledger/charts/envoy",
}
# Their texts are ours.
PROPERTIES = {"ledger.ledgerProperties", "auditor.auditorProperties"}


def leaves(values: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(values, dict) and values:
        for key, value in values.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    else:
        yield path, values


def types(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, object]]:
    yield path, schema["type"]
    for key, part in schema.get("properties", {}).items():
        yield from types(part, f"{path}.{key}")
    if "items" in schema:
        yield from types(schema["items"], f"{path}[]")


def read(folder: Path, name: str) -> Any:
    text = (folder / name).read_text(encoding="utf-8")
    return json.loads(text) if name.endswith(".json") else yaml.safe_load(text)


@pytest.mark.parametrize("chart", STAND_INS)
def test_the_defaults_are_the_same_and_there_are_no_others(chart: str) -> None:
    released = dict(leaves(read(INTERFACE / chart, "values.yaml")))
    ours = dict(leaves(read(FOLDER / STAND_INS[chart], "values.yaml")))
    differing = {path for path in released.keys() | ours.keys() if ours.get(path) != released.get(path)}
    assert differing <= PROPERTIES


@pytest.mark.parametrize("chart", STAND_INS)
def test_the_types_are_the_same(chart: str) -> None:
    released = dict(types(read(INTERFACE / chart, "values.schema.json")))
    assert dict(types(read(FOLDER / STAND_INS[chart], "values.schema.json"))) == released
