"""Each folder of a rule's cases: the input hardened by that rule alone gives what is expected.

A case holds `input.yaml` and either `expected.yaml` (the text of the output) or `error.txt` (the
lines of the refusal), and may hold `profile.yaml` (default: production) and `findings.txt` (the
lines of the report).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from postrender import policy_source
from postrender.harden import Result, harden
from profiles.policy import RULES, Policy

HERE = Path(__file__).parent
TODAY = "2026-07-01"
CASES = sorted(path.parent for path in HERE.glob("*/*/input.yaml"))
ACCEPTED = [case for case in CASES if not (case / "error.txt").exists()]


def run(case: Path, text: str) -> Result:
    profile = case / "profile.yaml"
    policy = policy_source.named(str(profile) if profile.exists() else "production")
    return harden(text, only(policy, case.parent.name), TODAY)


def only(policy: Policy, rule: str) -> Policy:
    """The policy with that one rule, in the mode that the policy gives it, and its other rules off."""
    return policy._replace(modes={rule: policy.mode(rule)}) if rule in RULES else policy


def read(path: Path) -> str:
    return path.read_bytes().decode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_gives_what_is_expected(case: Path) -> None:
    result = run(case, read(case / "input.yaml"))
    if (case / "error.txt").exists():
        assert [outcome.line for outcome in result.refused] == read(case / "error.txt").splitlines()
    else:
        assert [outcome.line for outcome in result.refused] == []
        assert result.text == read(case / "expected.yaml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_reports_what_is_expected(case: Path) -> None:
    result = run(case, read(case / "input.yaml"))
    lines = [f"{o.status} {o.kind} {o.name} {o.pointer}: {o.problem}" for o in result.outcomes]
    wanted = case / "findings.txt"
    if wanted.exists():
        assert lines == read(wanted).splitlines()
    else:
        # A case that says nothing of findings has one exactly where it changes or refuses something.
        changes = (case / "error.txt").exists() or read(case / "input.yaml") != read(case / "expected.yaml")
        assert any(line.startswith(("fixed", "refused")) for line in lines) == changes


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_finds_nothing_to_fix_after_the_fix(case: Path) -> None:
    first = run(case, read(case / "input.yaml"))
    assert first.text is not None
    again = run(case, first.text)
    assert (again.fixed, again.text) == ([], first.text)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_its_cases(rule: str) -> None:
    cases = [case for case in CASES if case.parent.name == rule]
    untouched = [
        case for case in cases
        if (case / "expected.yaml").exists() and read(case / "expected.yaml") == read(case / "input.yaml")
    ]  # fmt: skip
    assert len(cases) >= 4, "one that passes untouched, one fixed, one in conflict, one of a real shape"
    assert untouched, "a case that passes untouched"
    assert len(cases) > len(untouched), "a case that is fixed or refused"


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_its_page(rule: str) -> None:
    page = (HERE.parent.parent / "postrender" / "rules" / f"{rule}.md").read_text()
    headings = [line for line in page.splitlines() if line.startswith("#")]
    assert headings == [f"# {rule}", "## Problem", "## Cure", "## What it leaves alone"]
