"""Known deadlocks, each in a folder of deadlocks/: that it is found, and that its cure is one.

A folder has `release.yaml`; the nodes of a profile or of a cluster in `profile.yaml` or `nodes.json` (with
`pods.json`); and `expected.txt`: the question that is answered with no, the answer, the reasons and cures
that are told, and notes. A `cured` file stands for one of those (`cured.yaml` for the release): the same
plan with what a cure says done to it, where every answer is yes.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.generator.commands import Command, Run

FOLDERS = sorted(path for path in (Path(__file__).parent / "deadlocks").iterdir() if path.is_dir())
STANDS_FOR = {"cured": "release", "cured-profile": "profile", "cured-nodes": "nodes"}
CURED = [(folder, cured) for folder in FOLDERS for cured in sorted(folder.glob("cured*"))]


def expected(folder: Path) -> dict[str, list[str]]:
    """What is to be told, by what it is."""
    found: dict[str, list[str]] = {}
    for line in (folder / "expected.txt").read_text(encoding="utf-8").splitlines():
        kind, _, words = line.partition(": ")
        found.setdefault(kind, []).append(words)
    return found


def planned(plan: Command, folder: Path, *, cured: Path | None = None, form: str = "text") -> Run:
    files = {
        path.stem: path for path in folder.iterdir() if path.stem in ("release", "profile", "nodes", "pods")
    }
    if cured:
        files[STANDS_FOR[cured.stem]] = cured
    options = [f"--{name}={path}" for name, path in files.items() if name != "release"]
    return plan(files["release"], *options, "--namespace=scalardl", f"--format={form}")


def answers(run: Run) -> dict[str, str]:
    """The answers that count, by their question."""
    return {one["question"]: one["answer"] for one in run.data["summary"] if one["counts"]}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_is_found(plan: Command, folder: Path) -> None:
    wanted = expected(folder)
    found = answers(planned(plan, folder, form="json"))
    failing = {question: answer for question, answer in found.items() if answer in ("never", "sometimes")}
    assert failing == dict(zip(wanted.get("question", []), wanted.get("answer", []), strict=True))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_is_told_with_its_reasons_and_cures(plan: Command, folder: Path) -> None:
    wanted = expected(folder)
    run = planned(plan, folder)
    assert run.code == ("question" in wanted)
    # Once in the list of answers, once with the reasons.
    told = run.words.split(f"✗ {wanted['question'][0]}: ")[1] if "question" in wanted else run.words
    for words in wanted.get("reason", []):
        assert words in told
    for kind in ("cure", "note"):
        for words in wanted.get(kind, []):
            assert f"{kind}: {words}" in told


@pytest.mark.parametrize(("folder", "cured"), CURED, ids=[f"{f.name}-{c.stem}" for f, c in CURED])
def test_is_cured_by_what_the_plan_says(plan: Command, folder: Path, cured: Path) -> None:
    run = planned(plan, folder, cured=cured, form="json")
    assert run.code == 0
    assert set(answers(run).values()) <= {"always", "likely"}


def test_every_no_has_a_cure_that_is_tried() -> None:
    assert [folder.name for folder in FOLDERS if "question" in expected(folder)] == [
        folder.name for folder in FOLDERS if any(of == folder for of, _ in CURED)
    ]


def test_folders_hold_nothing_that_no_test_reads() -> None:
    known = re.compile(r"expected\.txt|(release|(cured-)?profile|cured)\.yaml|((cured-)?nodes|pods)\.json")
    assert [path for folder in FOLDERS for path in folder.iterdir() if not known.fullmatch(path.name)] == []
