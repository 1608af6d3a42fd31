"""No command repeats what is secret in manifests, whatever is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from generator.check.cli import Format as CheckFormat
from tests.canary.canary import filled, told
from tests.canary.runs import GEN, HARDEN, Run, Runner, results

PLACES = {path.stem: path for path in sorted((Path(__file__).parent / "places" / "manifests").iterdir())}


def _all(run: Run) -> str:
    return run.everything


def _but_manifests(run: Run) -> str:
    """What is beside the hardened manifests; where none may be written, stdout too."""
    return run.said if run.code == 0 else run.everything


def _results(run: Run) -> str:
    return run.said + results(run.out)


# What reads the manifests on stdin, and what of it is searched.
ON_STDIN: dict[str, tuple[tuple[str, ...], Callable[[Run], str]]] = {
    "harden": ((HARDEN, "--report", "out/report.txt"), _but_manifests),
    "harden, report in json": ((HARDEN, "--report", "out/report.json", "--format", "json"), _but_manifests),
    "harden for tests": ((HARDEN, "--profile", "test"), _but_manifests),
    "--check": ((HARDEN, "--check"), _all),
    "--check, json": ((HARDEN, "--check", "--format", "json"), _all),
    "--diff": ((HARDEN, "--diff"), _all),
    "--diff for tests": ((HARDEN, "--diff", "--profile", "test"), _all),
    "--emit kustomize": ((HARDEN, "--emit", "kustomize", "-o", "out/emitted"), _all),
    "--emit flux": ((HARDEN, "--emit", "flux", "-o", "out/emitted"), _all),
    "--krm": ((HARDEN, "--krm"), _results),
    **{
        f"check, {form}": ((GEN, "check", "-", "--all", "--format", form), _all)
        for form in get_args(CheckFormat)
    }
    | {"check, baseline": ((GEN, "check", "-", "--write-baseline", "out/baseline.json"), _all)},
    **{
        f"plan, {form}": ((GEN, "plan", "--format", form), _all)
        for form in ("text", "json", "markdown", "svg")
    },
    **{
        f"network, {form}": ((GEN, "network", "--format", form), _all)
        for form in ("text", "json", "markdown", "mermaid", "dot", "svg")
    },
    "network, asked": ((GEN, "network", "--from", "any", "--to", "ledger", "--port", "50051"), _all),
}


@pytest.mark.parametrize("place", PLACES)
def test_no_command_repeats_it(runner: Runner, place: str) -> None:
    text = filled(PLACES[place].read_text("utf-8"))
    found = []
    for name, (command, searched) in ON_STDIN.items():
        run = runner(*command, stdin=text)
        assert run.everything.strip(), name
        found += [f"{name}: {leak}" for leak in told(searched(run))]
    assert found == []
