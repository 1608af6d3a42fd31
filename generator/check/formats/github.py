"""The report as workflow commands of GitHub Actions: an annotation at the line of each new finding.

How they are escaped: `escapeData` and `escapeProperty` of @actions/core. What is exempt or known is only
counted, for GitHub shows few annotations of a step, and each of them asks somebody to act.
"""

from __future__ import annotations

from generator.check.answers import Finding
from generator.check.formats import words
from generator.check.judging import Report
from generator.plan.wrapping import printable

_COMMANDS = {"required": "error", "recommended": "warning"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def render(report: Report) -> str:
    """A command for each new finding, required first; then what to know besides, and the summary."""
    lines = [
        _command(
            _COMMANDS[answer.requirement.level],
            {**_where(finding), "title": f"{answer.id} ({answer.requirement.level})"},
            words.told(finding),
        )
        for answer in words.not_met(report)
        for finding in answer.fresh
    ]
    end = f"{words.summary(report)}; {words.verdict(report)}"
    lines += [_command("notice", {"title": words.TOOL}, remark) for remark in report.remarks]
    return "\n".join([*lines, _command("notice", {"title": words.TOOL}, end)]) + "\n"


def _where(finding: Finding) -> dict[str, str]:
    """The place as parameters; none where it is in no file that a repository has."""
    spot = finding.spot
    if spot.file in ("", "-"):
        return {}
    numbers = {"line": spot.line, "col": spot.column}
    return {"file": spot.file, **{key: str(number) for key, number in numbers.items() if number}}


def _command(name: str, parameters: dict[str, str], message: str) -> str:
    told = ",".join(f"{key}={_escaped(value, _PROPERTY)}" for key, value in parameters.items())
    return f"::{name} {told}::{_escaped(message, _DATA)}"


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in printable(text))
