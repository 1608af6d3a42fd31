"""The report as JSON; its shape is published in check.schema.json."""

from __future__ import annotations

from typing import Any

from generator.check.answers import STATUSES, Answer, Finding
from generator.check.baseline import fingerprint
from generator.check.formats import words
from generator.check.judging import Report
from postrender.version import VERSION
from profiles.requirements import SOURCES


def render(report: Report) -> str:
    """The report as JSON, keys in the order of their meaning."""
    return words.json_text(data(report))


def data(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    statuses = [answer.status for answer in report.answers]
    return {
        "tool": words.TOOL,
        "version": VERSION,
        "schema": 1,
        "date": report.today,
        "given": list(report.given),
        "failOn": report.fail_on,
        "baseline": report.baseline,
        "fails": report.fails,
        "summary": {status: statuses.count(status) for status in STATUSES},
        "summaryText": words.summary(report),
        "remarks": list(report.remarks),
        "requirements": [_answer(answer) for answer in report.answers],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    requirement = answer.requirement
    return {
        "id": answer.id,
        "text": requirement.text,
        "level": requirement.level,
        "of": list(requirement.of),
        "asked": [
            {"document": SOURCES[document], "section": section}
            for document, section in requirement.asked.items()
        ],
        "conflict": requirement.conflict,
        "status": answer.status,
        "because": list(answer.because),
        "look": requirement.look if answer.status == "person" else "",
        "missing": list(answer.missing),
        "findings": [_finding(finding) for finding in answer.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    spot = finding.spot
    return {
        "problem": finding.problem,
        "cure": finding.cure,
        "rule": finding.rule,
        "side": finding.side,
        "place": {
            "file": spot.file,
            "line": spot.line,
            "column": spot.column,
            "object": spot.object,
            "path": spot.path,
        },
        "exempt": finding.exempt,
        "known": finding.known,
        "fingerprint": fingerprint(finding),
    }
