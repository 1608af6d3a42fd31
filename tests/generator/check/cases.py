"""Reads the cases of requirements/ and lays their files out; see test_requirements.py for their form."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import jsonpatch
import yaml

from profiles.models import DOMAINS, Product
from profiles.scalardl import PRODUCT_CHARTS
from tests.generator.check.keys import write_keys
from tests.generator.check.releases import DEPLOYMENT, hardened

FOLDER = Path(__file__).parent / "requirements"
CASES = sorted(file.stem for file in FOLDER.glob("*.yaml"))

Change = dict[str, Any]


class Case(NamedTuple):
    """A case: its requirement, what is given to the check, the changes, and where the finding is."""

    id: str
    file: Path
    given: list[str]
    breaks: Change
    meets: Change
    at: str
    also: dict[str, str]


def case(name: str) -> Case:
    """The case of a requirement."""
    file = FOLDER / f"{name}.yaml"
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    breaks, meets = data["breaks"], data.get("meets") or {}
    touched = ["deployment", *(product for product in DOMAINS if product in breaks or product in meets)]
    touched += ["chart"] if "chart" in breaks or "chart" in meets else []
    given = data.get("given", touched)
    return Case(name, file, given, breaks, meets, data["at"], data.get("also") or {})


def laid_out(change: Change, folder: Path) -> Path:
    """The folder with deployment.yaml, ledger.yaml, auditor.yaml and keys, as the change makes them."""
    deployment = yaml.safe_load(DEPLOYMENT.read_text(encoding="utf-8"))
    merged = _laid(deployment, change.get("deployment") or {})
    (folder / "deployment.yaml").write_text(yaml.safe_dump(merged, sort_keys=False), encoding="utf-8")
    for product in DOMAINS:
        text = hardened(product)
        if change.get(product):
            objects = [one for one in yaml.safe_load_all(text) if one is not None]
            for each in change[product]:
                objects = _changed(objects, each)
            text = yaml.safe_dump_all(objects, sort_keys=False, width=1000)
        (folder / f"{product}.yaml").write_text(text, encoding="utf-8")
    write_keys(change.get("keys") or {}, folder)
    if "chart" in change:
        _write_chart(change["chart"], folder)
    return folder


def _write_chart(chart: Change, folder: Path) -> None:
    """A chart, and as Helm a script: it answers with a version, and renders the domain's manifests."""
    product: Product = chart["of"]
    place = folder / f"{product}-chart"
    place.mkdir()
    dependencies = [{"name": one.name, "version": one.version} for one in (PRODUCT_CHARTS[product],)]
    metadata = {"apiVersion": "v2", "name": f"scalardl-{product}", "version": "0.1.0"}
    (place / "Chart.yaml").write_text(
        yaml.safe_dump({**metadata, "dependencies": chart.get("dependencies", dependencies)}),
        encoding="utf-8",
    )
    helm, manifests = folder / "helm", folder / f"{product}.yaml"
    helm.write_text(
        f"#!/bin/sh\nif [ \"$1\" = version ]; then echo {chart['helm']}; else cat '{manifests}'; fi\n",
        encoding="utf-8",
    )
    helm.chmod(0o700)


def _laid(base: Any, over: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    made = dict(base)
    for key, value in over.items():
        made[key] = _laid(base.get(key), value) if key in base else value
    return made


def _changed(objects: list[Any], change: Change) -> list[Any]:
    if "add" in change:
        return [*objects, change["add"]]
    wanted = change.get("object") or change["drop"]
    found = [one for one in objects if f"{one['kind']} {one['metadata']['name']}" == wanted]
    assert len(found) == 1, f"{len(found)} objects {wanted}"
    if "drop" in change:
        return [one for one in objects if one is not found[0]]
    if "operations" in change:
        made = jsonpatch.apply_patch(found[0], change["operations"])
    else:
        parent, key = found[0], change["path"].strip("/").split("/")
        for step in key[:-1]:
            parent = parent[step.replace("~1", "/")]
        last = key[-1].replace("~1", "/")
        assert change["old"] in parent[last], f"{wanted} has no {change['old']}"
        parent[last] = parent[last].replace(change["old"], change["new"])
        made = found[0]
    return [made if one is found[0] else one for one in objects]
