"""The text of a report: what must be read first, at any width, and quiet where all is well."""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator.check.answers import INPUTS
from generator.check.formats import text
from generator.check.formats import words as words_
from generator.check.judging import Report
from generator.plan.wrapping import cells
from tests.generator.check.reports import FILE, REPORTS, RICH, WELL, answered
from tests.generator.check.test_formats import flat


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_text_stays_within_the_page(width: int, name: str) -> None:
    assert max(map(cells, text.render(REPORTS[name], width, False).splitlines())) <= width


@pytest.mark.parametrize("name", REPORTS)
def test_colours_change_no_word_of_the_text(name: str) -> None:
    coloured = text.render(REPORTS[name], 80, True)
    assert re.sub(r"\033\[[0-9]+m", "", coloured) == text.render(REPORTS[name], 80, False)
    assert "\033" in coloured


def test_text_has_what_is_required_first_and_what_is_known_last() -> None:
    lines = text.render(RICH, 100, False).splitlines()
    headings = [line.split(":")[0][2:] for line in lines if line.startswith("✗")]
    assert headings == ["default-deny", "availability-pods", "spread-nodes", "health-checks"]


def test_text_tells_place_problem_and_cure_of_a_finding() -> None:
    lines = text.render(RICH, 100, False).splitlines()
    at = lines.index(f"    {FILE}:6:3  Deployment ledger")
    assert lines[at + 1].strip() == "Deployment ledger has 1 pod"
    assert lines[at + 2].strip() == "-> write replicas: 3 into Deployment ledger"
    assert "    deployment.yaml  network (of Ledger)" in lines


def test_a_cure_that_is_wrapped_hangs_under_its_first_word() -> None:
    long = RICH._replace(
        answers=(answered("tls", "not-met", RICH.answers[0].findings[0]._replace(cure="write this " * 20)),)
    )
    lines = text.render(long, 80, False).splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("      -> write"))
    assert lines[first + 1].startswith("         this") or lines[first + 1].startswith("         write")


def test_text_tells_what_is_alike_once() -> None:
    written = flat(RICH)
    assert written.count("may stand on one node") == 1
    assert "two pods of each may stand on one node -> add podAntiAffinity to each" in written
    assert "many.yaml:10:1 Deployment a many.yaml:20:1 Deployment b" in written
    assert "many.yaml:70:1" not in written
    assert "and 2 more" in written


def test_text_marks_what_the_baseline_knows() -> None:
    assert "the probe of ledger is gone (known)" in flat(RICH)


def test_text_has_reason_and_end_of_an_exemption() -> None:
    assert "reason: the second site is being built (until 2027-03-31)" in flat(RICH)


def test_text_says_once_what_would_decide_several() -> None:
    assert re.search(
        r"\? give .*deployment.* or .*nodes.*, and these 2 are decided: node-label, node-size", flat(RICH)
    )
    assert "network-peering: peering: nobody declared it" in flat(RICH)


def test_text_tells_where_a_person_looks() -> None:
    assert "why: a test has to be run and its report read look: the report of a load test" in flat(RICH)


def test_text_is_quiet_where_all_is_well() -> None:
    assert text.render(WELL, 80, False).splitlines() == [
        "1 requirement: 1 met",
        "fails: no, 0 required not met (--fail-on required)",
    ]


def test_the_summary_counts_requirements() -> None:
    told = (
        "12 requirements: 4 not met (1 required, 1 known), 1 exempt, "
        "1 for a person and 4 that lack an input (3 required), 1 met, 1 not applicable"
    )
    assert words_.summary(RICH) == told
    assert told in flat(RICH)


KNOWN = RICH._replace(answers=RICH.answers[3:4])


@pytest.mark.parametrize(
    ("report", "level", "verdict"),
    [
        (RICH, "required", "fails: yes, 1 required not met (--fail-on required)"),
        (RICH, "recommended", "fails: yes, 3 not met (--fail-on recommended), beside what known.json has"),
        (RICH, "never", "fails: no, nothing does (--fail-on never)"),
        (KNOWN, "recommended", "fails: no, known.json has all that counts (--fail-on recommended)"),
        (WELL, "recommended", "fails: no, 0 not met (--fail-on recommended)"),
    ],
)
def test_the_verdict_says_what_decides_the_exit(report: Report, level: Any, verdict: str) -> None:
    asked = report._replace(fail_on=level)
    assert words_.verdict(asked) == verdict
    assert verdict.startswith("fails: yes") is asked.fails


def test_every_input_can_be_asked_for() -> None:
    assert all(words_.wanted([each]) for each in INPUTS)
