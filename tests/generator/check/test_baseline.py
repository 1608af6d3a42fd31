"""A baseline: what was found before does not fail, what is new does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generator.check.manifests import DEPLOYMENT, without_affinity
from tests.generator.check.test_cli import answers, written
from tests.generator.commands import Command


def test_what_it_holds_does_not_fail(check: Command, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    assert check("--write-baseline", known, "--fail-on", "recommended", stdin=without_affinity()).code == 1
    run = check("--baseline", known, "--fail-on", "recommended", "--format", "json", stdin=without_affinity())
    assert run.code == 0
    assert [one["known"] for one in answers(run)["spread-nodes"]["findings"]] == [True]


def test_what_is_new_fails(check: Command, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    check("--write-baseline", known, "--fail-on", "never", stdin=DEPLOYMENT)
    run = check("--baseline", known, "--fail-on", "recommended", "--format", "json", stdin=without_affinity())
    assert run.code == 1
    fresh = {name for name, one in answers(run).items() for f in one["findings"] if not f["known"]}
    assert fresh == {"spread-nodes"}


def test_lines_may_move(check: Command, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    check("--write-baseline", known, "--fail-on", "never", stdin=without_affinity())
    moved = "# a line more\n\n" + without_affinity()
    assert check("--baseline", known, "--fail-on", "recommended", stdin=moved).code == 0


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"baselineVersion": 2, "findings": {}}', "{"])
def test_what_is_none_is_refused(check: Command, tmp_path: Path, text: str) -> None:
    file = written(tmp_path, "known.json", text)
    run = check("--baseline", file, stdin=DEPLOYMENT)
    assert (run.code, run.out) == (3, "")
    assert f"{file}: no baseline of version 1" in run.err


def test_one_that_cannot_be_written_is_told(check: Command, tmp_path: Path) -> None:
    run = check("--write-baseline", tmp_path, stdin=DEPLOYMENT)
    assert run.code == 2
    assert f"{tmp_path}: cannot be written" in run.err
