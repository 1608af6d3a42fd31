"""Umbrella charts made complete with the stand-ins of what they depend on: Helm needs no network then.

`as_helm3` of tests/charts/release.py and real Helm render a completed chart like any other.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tests.charts.release import FOLDER, as_helm3

# Templates that the released charts define. Those of the umbrella share one space of names with them: one of
# the same name would replace theirs.
_CHARTS = ("scalardl", "scalardl-audit")
_LABELLED = ("scalardl-ledger", "scalardl-audit-auditor")
_BOTH = ("envoy", "schema-loading", "scalardl-ledger-monitoring", "scalardl-auditor-monitoring")
TAKEN = {f"{chart}.{part}" for chart in _CHARTS + _BOTH for part in ("name", "fullname", "chart")} | {
    f"{prefix}.{part}" for prefix in _LABELLED + _BOTH for part in ("labels", "selectorLabels")
}
_DEFINED = re.compile(r'\{\{-?\s*(?:define|block)\s+"([^"]+)"')


def complete(chart: Path, into: Path) -> Path:
    """Copies the umbrella chart to the new folder `into`, puts its dependencies' stand-ins in; gives `into`.

    What the umbrella has in its own charts/ folder stays behind. Raises LookupError where a dependency has no
    stand-in of that very name and version, ValueError where a template has a name that a released chart uses.
    """
    stand_ins = {_key(_metadata(file)): file.parent for file in FOLDER.glob("*/Chart.yaml")}
    wanted = {_key(dependency) for dependency in _metadata(chart / "Chart.yaml").get("dependencies", [])}
    if missing := ", ".join(sorted(wanted - stand_ins.keys())):
        there = ", ".join(sorted(stand_ins))
        raise LookupError(f"{chart / 'Chart.yaml'}: no stand-in for {missing}; tests/charts has {there}")
    _refuse_taken_names(chart)
    shutil.copytree(chart, into, ignore=lambda folder, _: {"charts"} if Path(folder) == chart else set())
    for key in wanted:
        shutil.copytree(stand_ins[key], into / "charts" / key.split()[0])
    return into


def render(
    completed: Path,
    values_text: str = "",
    *,
    name: str,
    namespace: str,
    api_versions: Iterable[str] = (),
    hooks: bool = False,
) -> str:
    """The stream of a completed chart with values given as YAML, as `as_helm3` gives it."""
    values = yaml.safe_load(values_text)
    return as_helm3(completed, values, name=name, namespace=namespace, api_versions=api_versions, hooks=hooks)


def _metadata(file: Path) -> dict[str, Any]:
    metadata: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return metadata


def _key(chart: dict[str, Any]) -> str:
    """Name and version, for a chart's own metadata and for a dependency."""
    return f"{chart['name']} {chart['version']}"


def _refuse_taken_names(chart: Path) -> None:
    for file in sorted((chart / "templates").rglob("*")):
        defined = set(_DEFINED.findall(file.read_text(encoding="utf-8"))) if file.is_file() else set()
        if taken := ", ".join(sorted(defined & TAKEN)):
            raise ValueError(f"{file}: {taken}: a released chart has a template of that name; rename it")
