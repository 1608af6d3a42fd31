"""Each requirement that a machine decides: a deployment that breaks just that, and one that meets it.

A case is a file in requirements/. The deployment of base/ and its hardened manifests meet everything;
`breaks` and `meets` change them:

    why: one sentence
    given: [deployment, ledger, auditor]     # to the check; left out: deployment, and what is changed
    breaks:
      deployment: {nodePool: {nodes: 2}}     # laid over base/deployment.yaml; null stays null
      ledger:                                # changes of Ledger's manifests, one after another
        - {object: Deployment x, operations: [{op: replace, path: /spec/replicas, value: 2}]}
        - {object: ConfigMap x, path: /data/y, old: a text, new: another}
        - {drop: PodDisruptionBudget x}
        - {add: {apiVersion: v1, kind: ..., ...}}
      keys: {ledger/private-key.pem: p256}   # see tests/generator/check/keys.py
      chart: {of: ledger, helm: v3.4.2}      # a chart and its Helm; given as ledger-chart
    meets: ...                               # left out: nothing is changed
    at: ledger.yaml Deployment ledger-scalardl-ledger   # of each finding: its file, and its object or path
    also: {other-requirement: why that is broken by the same}
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.check.catalogue import ROWS
from profiles.requirements import requirements
from tests.generator.check.cases import CASES, Case, case, laid_out
from tests.generator.commands import Command

pytest.importorskip("helm_python", reason="not covered: the checklist on releases (no Helm engine here)")


@pytest.fixture(params=CASES)
def each(request: pytest.FixtureRequest) -> Case:
    return case(request.param)


def _answers(check: Command, folder: Path, given: list[str]) -> dict[str, Any]:
    arguments = [str(folder / "deployment.yaml")] if "deployment" in given else []
    for product in ("ledger", "auditor"):
        arguments += ["--" + product, str(folder / f"{product}.yaml")] if product in given else []
        keys = folder / product
        arguments += ["--" + product, str(keys)] if keys.is_dir() else []
        chart = folder / f"{product}-chart"
        arguments += ["--" + product, str(chart)] if "chart" in given and chart.is_dir() else []
    run = check(*arguments, "--format", "json", "--fail-on", "never", HELM_BIN=str(folder / "helm"))
    assert run.err == ""
    return {one["id"]: one for one in run.data["requirements"]}


def test_breaks_just_that(check: Command, tmp_path: Path, each: Case) -> None:
    answers = _answers(check, laid_out(each.breaks, tmp_path), each.given)
    found = {name: one for name, one in answers.items() if one["status"] == "not-met"}
    assert set(found) == {each.id, *each.also}
    places = [one["place"] for one in found[each.id]["findings"]]
    file, _, what = each.at.partition(" ")
    assert {(Path(place["file"]).name, place["object"] or place["path"]) for place in places} == {
        (file, what)
    }


def test_its_twin_meets_it(check: Command, tmp_path: Path, each: Case) -> None:
    answers = _answers(check, laid_out(each.meets, tmp_path), each.given)
    assert [name for name, one in answers.items() if one["status"] == "not-met"] == []
    assert answers[each.id]["status"] == "met", answers[each.id]["because"]


def test_each_decided_requirement_has_a_case() -> None:
    assert sorted(CASES) == sorted(ROWS)


def test_of_each_other_it_is_said_why_a_person_must_tell() -> None:
    assert [name for name, one in requirements().items() if (name in ROWS) == bool(one.person)] == []


@pytest.mark.parametrize("name", CASES)
def test_a_case_says_why(name: str) -> None:
    data = yaml.safe_load(case(name).file.read_text(encoding="utf-8"))
    assert len(data["why"].split()) > 3
    assert all(len(reason.split()) > 3 for reason in case(name).also.values())
