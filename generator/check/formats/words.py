"""What the formats share: the summary, what decides the exit, findings that are alike, and safe JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from generator.check.answers import INPUTS, STATUSES, Answer, Finding, Input, Status
from generator.check.judging import Report

TOOL = "scalardl-gen check"
TITLES: dict[Status, str] = {
    "not-met": "not met",
    "exempt": "exempt",
    "person": "for a person",
    "met": "met",
    "not-applicable": "not applicable",
}
# How to come by what is missing, where a command makes it or prints it.
_HOW: dict[Input, str] = {
    "deployment": "the deployment file (scalardl-gen init makes one)",
    "manifests": "the rendered manifests (helm template prints them)",
    "nodes": "the nodes (kubectl get nodes -o yaml prints them)",
    "both": "both domains (--ledger PATH --auditor PATH)",
}
# Beyond what is surely printable.
_ODD = re.compile(r"[^ -~\n]")
# A reason of one domain begins with its name.
_SIDE = re.compile("^(?:Ledger|Auditor): ")


class Entry(NamedTuple):
    """Findings of one requirement that are alike: they differ in the object and in its place alone.

    `problem`, `cure`: of one finding as it states them; of several with `each` for the object.
    """

    problem: str
    cure: str
    findings: tuple[Finding, ...]


def not_met(report: Report) -> list[Answer]:
    """The requirements that are not met: required before recommended, and what is only known last."""
    found = [one for one in report.answers if one.status == "not-met"]
    return sorted(found, key=lambda one: (_later(one), not one.fresh))


def _later(answer: Answer) -> bool:
    """Sorts required before recommended."""
    return answer.requirement.level != "required"


def counting(answer: Answer) -> list[Finding]:
    """The findings that are not exempt, the new ones first."""
    found = [one for one in answer.findings if not one.exempt]
    return sorted(found, key=lambda one: one.known)


def entries(findings: Iterable[Finding]) -> list[Entry]:
    """The findings, those that are alike together."""
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for one in findings:
        shape = (*_shape(one), one.exempt, one.known)
        alike.setdefault(shape, []).append(one)
    return [_entry(several) for several in alike.values()]


def _entry(several: list[Finding]) -> Entry:
    first = several[0]
    problem, cure = _shape(first) if len(several) > 1 else (first.problem, first.cure)
    return Entry(problem, cure, tuple(several))


def _shape(finding: Finding) -> tuple[str, str]:
    return _without(finding.problem, finding.spot.object), _without(finding.cure, finding.spot.object)


def _without(text: str, thing: str) -> str:
    """The text with `each` for the object, and NAME for its name alone."""
    for words, instead in ((thing, "each"), (thing.rpartition(" ")[2], "NAME")):
        if words and words in text:
            text = re.sub(rf"(?<![\w.-]){re.escape(words)}(?![\w-]|\.\w)", instead, text)
    return text


def place(finding: Finding) -> str:
    """Where it is: file, line and column; without a file the object, or the path."""
    spot = finding.spot
    return str(spot) or spot.object or spot.path


def thing(finding: Finding) -> str:
    """The object, and without a line the path in it; without an object path and domain."""
    spot = finding.spot
    path = spot.path if not spot.object or not spot.line else ""
    side = f"(of {finding.side.title()})" if finding.side and not spot.object else ""
    return " ".join(filter(None, (spot.object, path, side)))


def told(finding: Finding) -> str:
    """Problem and cure in two sentences; the object before them, where the problem does not name it.

    Cures are orders or what is to stand there (`a toleration of it`), so that the word tells what they are.
    """
    spot = finding.spot
    head = "" if spot.object in finding.problem else f"{spot.object}: "
    return f"{sentence(head + finding.problem)} Cure: {sentence(finding.cure, capital=False)}"


def sentence(text: str, capital: bool = True) -> str:
    """The text with a full stop, and with a capital."""
    first = text[:1].upper() if capital else text[:1]
    return f"{first}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"


def reasons(answer: Answer) -> list[str]:
    """Why it is met, not applicable or for a person; once what is said of both domains."""
    bare = [_SIDE.sub("", one) for one in answer.because]
    return list(
        dict.fromkeys(
            text if bare.count(text) > 1 else whole for text, whole in zip(bare, answer.because, strict=True)
        )
    )


def undecided(report: Report) -> dict[tuple[Input, ...], list[Answer]]:
    """The requirements that lack an input and nothing else, by what would decide them; the most first."""
    lacking: dict[tuple[Input, ...], list[Answer]] = {}
    for one in _lacking(report):
        if not _special(one):
            missing = tuple(each for each in INPUTS if each in one.missing)
            lacking.setdefault(missing, []).append(one)
    return dict(sorted(lacking.items(), key=lambda each: -len(each[1])))


def special(report: Report) -> dict[str, str]:
    """The requirements, by id, that something more would decide, which their own reasons tell."""
    return {one.id: "; ".join(_special(one)) for one in _lacking(report) if _special(one)}


def _lacking(report: Report) -> list[Answer]:
    return sorted((one for one in report.answers if one.status == "person" and one.missing), key=_later)


def _special(answer: Answer) -> list[str]:
    """The reasons that tell more than which input is missing."""
    return [one for one in reasons(answer) if not _SIDE.sub("", one).startswith("it takes ")]


def persons(report: Report) -> list[Answer]:
    """What a person must decide whatever is given; required before recommended."""
    found = [one for one in report.answers if one.status == "person" and not one.missing]
    return sorted(found, key=_later)


def wanted(missing: Iterable[Input]) -> str:
    """What to give: `the nodes (kubectl get nodes -o yaml prints them) or the deployment file`."""
    return " or ".join(_HOW.get(each, INPUTS[each]) for each in missing)


def summary(report: Report) -> str:
    """`90 requirements: 12 not met (5 required), 1 exempt, 30 for a person, 40 met, 7 not applicable`."""
    statuses = [one.status for one in report.answers]
    parts = [f"{statuses.count(each)} {TITLES[each]}" for each in STATUSES if each in statuses]
    if "person" in statuses:
        at = next(number for number, part in enumerate(parts) if part.endswith(TITLES["person"]))
        parts[at] = _open(report)
    found = not_met(report)
    if found:
        required = sum(one.requirement.level == "required" for one in found)
        known = sum(not one.fresh for one in found)
        parts[0] += f" ({required or 'none'} required{f', {known} known' if known else ''})"
    number = len(statuses)
    return f"{number} requirement{'s' * (number != 1)}: {', '.join(parts) or 'none'}"


def _open(report: Report) -> str:
    """`13 for a person and 46 that lack an input (21 required)`."""
    told = [one for one in report.answers if one.status == "person"]
    lacking = sum(bool(one.missing) for one in told)
    counts = [f"{len(told) - lacking} {TITLES['person']}"] if len(told) > lacking else []
    counts += [f"{lacking} that lack{'s' * (lacking == 1)} an input"] if lacking else []
    required = sum(one.requirement.level == "required" for one in told)
    return " and ".join(counts) + (f" ({required} required)" if required else "")


def verdict(report: Report) -> str:
    """Whether the check fails, and what decides it."""
    levels = ("required", "recommended") if report.fail_on == "recommended" else (report.fail_on,)
    found = [one for one in not_met(report) if one.requirement.level in levels]
    fresh = sum(bool(one.fresh) for one in found)
    option = f"--fail-on {report.fail_on}"
    kind = "required " if len(levels) == 1 else ""
    if fresh:
        beside = f", beside what {report.baseline} has" if report.baseline and fresh < len(found) else ""
        return f"fails: yes, {fresh} {kind}not met ({option}){beside}"
    if found:
        return f"fails: no, {report.baseline or 'the baseline'} has all that counts ({option})"
    if report.fail_on == "never":
        return f"fails: no, nothing does ({option})"
    return f"fails: no, 0 {kind}not met ({option})"


def json_text(data: Any) -> str:
    """The data as JSON; what a terminal would take for orders is escaped."""
    return _ODD.sub(_escaped, json.dumps(data, indent=2, ensure_ascii=False)) + "\n"


def _escaped(sign: re.Match[str]) -> str:
    return sign[0] if sign[0].isprintable() else json.dumps(sign[0])[1:-1]
