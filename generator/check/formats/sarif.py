"""The report as SARIF 2.1.0, for code hosts that show findings at the lines of a change.

Chosen for GitHub's code scanning (`SARIF support for code scanning` in its documentation), which refuses a
whole file where one result has no `physicalLocation`, finds a result again by `primaryLocationLineHash`
alone, and disregards `suppressions`, so that what is exempt is a note. There is no `security-severity`:
the guides give no scores.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from generator.check.answers import Answer, Finding, Spot
from generator.check.baseline import fingerprint
from generator.check.formats import words
from generator.check.formats.markup import prose
from generator.check.judging import Report
from postrender.version import VERSION
from profiles.requirements import SOURCES, Requirement

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
# Where a finding is in no file: a result must have a place all the same.
_STDIN, _NOWHERE = "stdin", "not-in-a-file"
_LEVELS = {"required": "error", "recommended": "warning"}


def render(report: Report) -> str:
    """The report as SARIF."""
    return words.json_text(data(report))


def data(report: Report) -> dict[str, Any]:
    """The report as plain data: a log with one run. Rules: all requirements; results: all findings."""
    rules = {answer.id: number for number, answer in enumerate(report.answers)}
    seen: Counter[str] = Counter()
    results = []
    for answer in report.answers:
        for finding in answer.findings:
            print_ = fingerprint(finding)
            seen[print_] += 1
            results.append(_result(report, answer, finding, rules[answer.id], f"{print_}:{seen[print_]}"))
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "scalardl-gen",
                        "version": VERSION,
                        "rules": [_rule(answer.id, answer.requirement) for answer in report.answers],
                    }
                },
                "invocations": [_invocation(report)],
                "originalUriBaseIds": {
                    _ROOT: {"description": {"text": "The folder in which the check ran."}}
                },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _invocation(report: Report) -> dict[str, Any]:
    """That the check came to its end, and what to know besides."""
    notes = [{"level": "note", "message": {"text": _plain(remark)}} for remark in report.remarks]
    told = {"toolExecutionNotifications": notes} if notes else {}
    return {"executionSuccessful": True, **told}


def _rule(name: str, requirement: Requirement) -> dict[str, Any]:
    asked = [f"{SOURCES[document]}: {section}" for document, section in requirement.asked.items()]
    level = _LEVELS[requirement.level]
    return {
        "id": name,
        "shortDescription": {"text": f"{requirement.text}."},
        "fullDescription": {
            "text": f"{requirement.text}. {requirement.level.title()} by ScalarDL's deployment guides, "
            f"of: {', '.join(requirement.of)}."
        },
        "help": {
            "text": "\n".join(
                [
                    f"{requirement.text}.",
                    *(f"Asked by {each}." for each in asked),
                    f"How to see it: {requirement.look}.",
                    *([f"The documents disagree: {requirement.conflict}"] if requirement.conflict else ()),
                ]
            ),
            "markdown": "\n\n".join(
                [
                    f"{prose(requirement.text)}.",
                    "Asked by:\n\n" + "\n".join(f"- {prose(each)}" for each in asked),
                    f"How to see it: {prose(requirement.look)}.",
                    *(
                        [f"The documents disagree: {prose(requirement.conflict)}"]
                        if requirement.conflict
                        else ()
                    ),
                ]
            ),
        },
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["scalardl", requirement.level, *requirement.of],
            "precision": "high",
            "problem.severity": level,
        },
    }


def _plain(text: str) -> str:
    """The text without what is a link in SARIF: square brackets before round ones."""
    return re.sub(r"\](?=\()", "] ", text)


def _result(report: Report, answer: Answer, finding: Finding, rule: int, print_: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": answer.id,
        "ruleIndex": rule,
        "level": "note" if finding.exempt else _LEVELS[answer.requirement.level],
        "message": {"text": _plain(words.told(finding))},
        "locations": [_location(finding.spot)],
        "partialFingerprints": {
            "primaryLocationLineHash": print_,
            "scalardlFinding/v1": fingerprint(finding),
        },
    }
    if report.baseline:
        found["baselineState"] = "unchanged" if finding.known else "new"
    if finding.exempt:
        found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": finding.exempt}]
    beside = {"side": finding.side, "rule": finding.rule}
    if any(beside.values()):
        found["properties"] = {key: value for key, value in beside.items() if value}
    return found


def _location(spot: Spot) -> dict[str, Any]:
    line = spot.line or 1
    region = {"startLine": line, **({"startColumn": spot.column} if spot.column else {}), "endLine": line}
    found: dict[str, Any] = {"physicalLocation": {"artifactLocation": artifact(spot.file), "region": region}}
    if spot.object or spot.path:
        parted = "" if not spot.object or spot.path.startswith("/") else " "
        found["logicalLocations"] = [
            {
                "name": spot.object or spot.path,
                "fullyQualifiedName": f"{spot.object}{parted}{spot.path}".strip(),
                "kind": "resource" if spot.object else "member",
            }
        ]
    return found


def artifact(file: str) -> dict[str, str]:
    """The file as an artifactLocation: below the working folder relative to it, or else a file URI.

    A colon is percent-encoded, for it would end a scheme (RFC 3986, 4.2); so is what no URI has.
    """
    if file in ("", "-"):
        return {"uri": _STDIN if file else _NOWHERE}
    path, here = Path(file), _here()
    if here and (path.is_absolute() or ".." in path.parts):
        whole = _resolved(path)
        if not whole.is_relative_to(here):
            return {"uri": f"file://{_encoded(whole)}"}
        path = whole.relative_to(here)
    return {"uri": _encoded(path), "uriBaseId": _ROOT}


def _here() -> Path | None:
    """The folder of this run; None where it is gone."""
    try:
        return Path.cwd()
    except OSError:
        return None


def _encoded(path: Path) -> str:
    # Not encoded: what a segment of a path may hold, beside the colon.
    return quote(path.as_posix(), safe="/!$&'()*+,;=@~", errors="surrogateescape")


def _resolved(path: Path) -> Path:
    """The absolute path without `..`; nothing is asked of the disk."""
    parts: list[str] = []
    for part in (Path.cwd() / path).parts:
        if part == "..":
            parts = parts[:-1] if len(parts) > 1 else parts
        else:
            parts.append(part)
    return Path(*parts)
