"""The report as Markdown, for a comment on a pull request; never longer than a comment may be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from generator.check.answers import STATUSES, Answer, Finding
from generator.check.formats import words
from generator.check.formats.markup import prose, span
from generator.check.formats.words import Entry
from generator.check.judging import Report

# GitHub: "body is too long (maximum is 65536 characters)". Bytes are counted, to be safe.
LONGEST = 65_536
# What the end takes at most: the sentence on what was cut.
_RESERVED = 400
_SIGNS = {"not-met": "❌", "exempt": "➖", "person": "❔", "met": "✅", "not-applicable": ""}
_PLACES = 10
# Where a file is to be read on the code host in whose pipeline the check runs.
_HOSTS = (
    (("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA"), "{}/{}/blob/{}/"),
    (("CI_PROJECT_URL", "CI_COMMIT_SHA"), "{}/-/blob/{}/"),
)


class _Part(NamedTuple):
    """A part: its items, each of which may be cut, whether it is open at first, and what parts the items."""

    title: str
    items: list[str]
    is_open: bool = False
    between: str = "\n"


def render(report: Report) -> str:
    """The report in at most 65,536 characters; what was cut is said at the end."""
    base = _base()
    blocks = ["\n".join(_head(report))]
    room = LONGEST - _RESERVED - _size(blocks[0])
    cut: list[str] = []
    for part in _parts(report, base):
        before, after = (f"#### {part.title}", []) if part.is_open else (_folded(part.title), ["</details>"])
        left = room - sum(map(_size, (before, *after)))
        kept = []
        for each in part.items:
            left -= _size(each)
            if left < 0:
                break
            kept.append(each)
        if len(kept) < len(part.items):
            cut.append(f"{len(part.items) - len(kept)} of {len(part.items)} under {part.title!r}")
        if kept:
            blocks += [before, part.between.join(kept), *after]
            room = max(left, 0)
    if cut:
        blocks.append(f"Too long for a comment, so left out: {'; '.join(cut)}. `--format json` has all.")
    return "\n\n".join(blocks) + "\n"


def _size(block: str) -> int:
    """The bytes of a block and of the empty line behind it."""
    return len(block.encode("utf-8", "replace")) + 2


def _head(report: Report) -> Iterator[str]:
    sign = "❌" if report.fails else "✅"
    yield f"### {sign} {words.TOOL}: {prose(words.summary(report))}"
    yield ""
    yield f"{prose(words.sentence(words.verdict(report)))}"
    yield ""
    yield "| | | required | recommended |"
    yield "|---|---|---:|---:|"
    for status in STATUSES:
        levels = [one.requirement.level for one in report.answers if one.status == status]
        required = levels.count("required")
        yield f"| {_SIGNS[status]} | {words.TITLES[status]} | {required} | {len(levels) - required} |"


def _parts(report: Report, base: str) -> Iterator[_Part]:
    """The parts, what counts most first."""
    found = words.not_met(report)
    yield _Part("Not met", ["\n".join(_not_met(one, base)) for one in found], True, "\n\n")
    yield _Part("Notes", [f"- {prose(each)}" for each in report.remarks], True)
    yield _Part("Exempt", [line for one in report.answers for line in _exempt(one, base)])
    yield _Part("Undecided, for something was not given", list(_lacking(report)))
    yield _Part("For a person", [_person(one) for one in words.persons(report)])
    for title, status in (("Met", "met"), ("Not applicable", "not-applicable")):
        yield _Part(title, [_met(one) for one in report.answers if one.status == status])
    yield _Part("Looked at", [f"- {prose(each)}" for each in report.given])


def _folded(title: str) -> str:
    return f"<details>\n<summary>{title}</summary>"


def _not_met(answer: Answer, base: str) -> Iterator[str]:
    known = "" if answer.fresh else ", known"
    yield (f"**{span(answer.id)}** ({answer.requirement.level}{known}): {prose(answer.requirement.text)}")
    yield ""
    for entry in words.entries(words.counting(answer)):
        yield from _entry(entry, base)


def _entry(entry: Entry, base: str) -> Iterator[str]:
    known = " (known)" if entry.findings[0].known else ""
    if len(entry.findings) == 1:
        at = _place(entry.findings[0], base)
        yield f"- {f'{at}: ' if at else ''}{prose(entry.problem)}{known}"
    else:
        yield f"- {prose(entry.problem)}{known}"
        yield from (f"  - {_place(one, base)}" for one in entry.findings[:_PLACES])
        if len(entry.findings) > _PLACES:
            yield f"  - and {len(entry.findings) - _PLACES} more"
    yield f"  - **cure:** {prose(entry.cure)}"


def _exempt(answer: Answer, base: str) -> Iterator[str]:
    for one in answer.findings:
        if one.exempt:
            at = _place(one, base)
            yield (
                f"- {span(answer.id)}{f', {at}' if at else ''}: {prose(one.problem)}; "
                f"**reason:** {prose(one.exempt)}"
            )


def _person(answer: Answer) -> str:
    why = "".join(f" {prose(words.sentence(each))}" for each in words.reasons(answer))
    return (
        f"- {span(answer.id)} ({answer.requirement.level}): {prose(answer.requirement.text)}.{why} "
        f"**Look:** {prose(answer.requirement.look)}."
    )


def _lacking(report: Report) -> Iterator[str]:
    for missing, answers in words.undecided(report).items():
        yield f"- Give {prose(words.wanted(missing))}: {', '.join(span(one.id) for one in answers)}"
    yield from (f"- {span(name)}: {prose(why)}" for name, why in words.special(report).items())


def _met(answer: Answer) -> str:
    why = "; ".join(words.reasons(answer))
    return f"- {span(answer.id)}: {prose(answer.requirement.text)}{f' ({prose(why)})' if why else ''}"


def _place(finding: Finding, base: str) -> str:
    """A link to the line, and the object."""
    spot, beside = finding.spot, words.thing(finding)
    shown = span(str(spot)) if spot.file else ""
    if spot.file not in ("", "-"):
        line = f"#L{spot.line}" if spot.line else ""
        path = spot.file.removeprefix("./")
        inside = not path.startswith(("/", "..")) and base
        shown = f"[{shown}]({base if inside else ''}{quote(path, errors='replace')}{line})"
    return " ".join(filter(None, (shown, span(beside) if beside else "")))


def _base() -> str:
    """The address of the repository's files at the commit that is checked; empty where none is known."""
    for names, form in _HOSTS:
        values = [os.environ.get(name, "") for name in names]
        if all(values):
            return form.format(*values)
    return ""
