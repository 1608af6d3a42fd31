"""Who may talk to whom, beyond the cases: each change of the base, and the requirements that it breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.check.deciders import applications, calls, exposure, network, separation
from tests.generator.check.cases import laid_out
from tests.generator.commands import Command

pytest.importorskip("helm_python", reason="not covered: the checklist on releases (no Helm engine here)")

_OURS = {name for subject in (network, exposure, calls, separation, applications) for name in subject.ROWS}
_FILE = Path(__file__).parent / "base" / "network.yaml"
CASES: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("name", CASES)
def test_what_it_breaks(check: Command, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    folder = laid_out(case["change"], tmp_path)
    given = case.get(
        "given", ["deployment", *(one for one in ("ledger", "auditor") if one in case["change"])]
    )
    arguments = [str(folder / "deployment.yaml")] if "deployment" in given else []
    for product in ("ledger", "auditor"):
        arguments += ["--" + product, str(folder / f"{product}.yaml")] if product in given else []
    run = check(*arguments, "--format", "json", "--fail-on", "never")
    assert run.err == ""
    answers = {one["id"]: one for one in run.data["requirements"]}
    found = {
        name: sorted({one["place"]["object"] or one["place"]["path"] for one in answer["findings"]})
        for name, answer in answers.items()
        if answer["status"] == "not-met" and name in _OURS
    }
    assert found == case.get("breaks", {})
    for name, status in case.get("answers", {}).items():
        assert (name, answers[name]["status"]) == (name, status)


def test_a_provider_that_nobody_declared_excuses_nothing(check: Command, tmp_path: Path) -> None:
    """What the manifests show is the same beside a file that says nothing of it."""
    service = {"object": "Service ledger-scalardl-envoy"}
    folder = laid_out(
        {"ledger": [{**service, "operations": [{"op": "remove", "path": "/metadata/annotations"}]}]}, tmp_path
    )
    (folder / "deployment.yaml").write_text("extends: production\n", encoding="utf-8")
    given = [str(folder / "deployment.yaml"), "--ledger", str(folder / "ledger.yaml")]
    run = check(*given, "--format", "json", "--fail-on", "never")
    (answer,) = (one for one in run.data["requirements"] if one["id"] == "private-access")
    assert answer["status"] == "not-met"
