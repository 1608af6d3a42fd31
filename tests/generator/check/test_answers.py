"""What the check answers where the base is changed: each case of answers.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.generator.check.cases import laid_out
from tests.generator.commands import Command

pytest.importorskip("helm_python", reason="not covered: answers on releases (no Helm engine here)")

CASES = yaml.safe_load((Path(__file__).parent / "answers.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_answers(check: Command, tmp_path: Path, case: dict[str, Any]) -> None:
    folder = laid_out(case, tmp_path)
    arguments: list[str] = []
    for each in case["given"]:
        arguments += [] if each == "deployment" else [f"--{each}"]
        arguments.append(str(folder / f"{each}.yaml"))
    if "values" in case:
        (folder / "values.yaml").write_text(yaml.safe_dump(case["values"]), encoding="utf-8")
        arguments.append(str(folder / "values.yaml"))
    if "exemptions" in case:
        file = folder / "exemptions.yaml"
        file.write_text(yaml.safe_dump({"exemptions": case["exemptions"]}), encoding="utf-8")
        arguments += ["--exemptions", str(file)]
    run = check(*arguments, "--format", "json", "--fail-on", "never")
    assert run.err == ""
    found = {one["id"]: one for one in run.data["requirements"]}
    wanted = case.get("answers", {})
    assert {name: found[name]["status"] for name in wanted} == wanted
    for name, count in case.get("findings", {}).items():
        assert len(found[name]["findings"]) == count
