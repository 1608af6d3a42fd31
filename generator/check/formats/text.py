"""The report for people, in a terminal: what is not met first, and quiet where all is well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.check.answers import Answer, Finding
from generator.check.formats import words
from generator.check.judging import Report
from generator.plan.paint import BOLD, DIM, GREEN, RED, YELLOW, Page
from generator.plan.wrapping import cells, printable

# So many places are told of findings that are alike.
_PLACES = 6


def render(report: Report, width: int, coloured: bool, everything: bool = False) -> str:
    """The report, at most `width` columns wide; `everything`: also what is met or does not apply."""
    page = Page(width, coloured)
    sections = [
        [line for given in report.given for line in page.flowing(given, "", code=DIM)],
        *(list(_not_met(one, page)) for one in words.not_met(report)),
        list(_exempt(report, page)),
        list(_lacking(report, page)),
        list(_persons(report, page)),
        list(_well(report, page)) if everything else [],
        [line for remark in report.remarks for line in page.flowing(remark, "note: ", head=YELLOW)],
        list(_end(report, page)),
    ]
    shown = ("\n".join(line.rstrip() for line in section) for section in sections if section)
    return "\n\n".join(shown) + "\n"


def _not_met(answer: Answer, page: Page) -> Iterator[str]:
    """One requirement, and below it what is found."""
    colour = DIM if not answer.fresh else RED if answer.requirement.level == "required" else YELLOW
    yield from _heading("✗", colour, answer, page)
    for entry in words.entries(words.counting(answer)):
        known = entry.findings[0].known
        shade = DIM if known else ""
        yield from _places(entry.findings, page, shade)
        yield from page.flowing(entry.problem + (" (known)" if known else ""), "      ", code=shade)
        yield from page.flowing(entry.cure, "      -> ", code=shade, head=shade or GREEN)


def _heading(sign: str, colour: str, answer: Answer, page: Page) -> Iterator[str]:
    """`✗ spread-nodes: Pods of a component spread over nodes (recommended)`."""
    requirement = answer.requirement
    heading = f"{answer.id}: {requirement.text} ({requirement.level})"
    yield from page.flowing(heading, f"{sign} ", code=BOLD, head=colour)


def _places(findings: tuple[Finding, ...], page: Page, shade: str) -> Iterator[str]:
    for one in findings[:_PLACES]:
        yield from _place(one, page, shade)
    if len(findings) > _PLACES:
        yield from page.flowing(
            f"and {len(findings) - _PLACES} more, which --format json has", "    ", code=DIM
        )


def _place(finding: Finding, page: Page, shade: str) -> Iterator[str]:
    """`ours.yaml:34:5  Deployment ledger`, on two lines where they do not fit on one."""
    at = str(finding.spot)
    beside = words.thing(finding)
    if at and beside and cells(printable(f"{at}  {beside}")) + 4 > page.width:
        yield from page.flowing(at, "    ", code=shade)
        at = ""
    if at and beside:
        yield "    " + page.paint(shade, at) + "  " + page.paint(shade or BOLD, beside)
    elif not at and not beside:
        yield from page.flowing("in no file", "    ", code=DIM)
    else:
        yield from page.flowing(at or beside, "    ", code=shade or (BOLD if beside else ""))


def _exempt(report: Report, page: Page) -> Iterator[str]:
    for answer in report.answers:
        excused = [one for one in answer.findings if one.exempt]
        if not excused:
            continue
        yield from page.flowing(answer.requirement.text, f"exempt: {answer.id}  ", head=DIM)
        for entry in words.entries(excused):
            told = ", ".join(dict.fromkeys(words.thing(one) or words.place(one) for one in entry.findings))
            yield from page.flowing(f"{told}: {entry.problem}" if told else entry.problem, "    ", code=DIM)
            yield from page.flowing(entry.findings[0].exempt, "    reason: ", head=DIM)


def _lacking(report: Report, page: Page) -> Iterator[str]:
    """What is only undecided because something was not given."""
    for missing, answers in words.undecided(report).items():
        yield from page.flowing(
            f"give {words.wanted(missing)}, and {_counted(answers)} decided:", "? ", head=YELLOW
        )
        yield from page.flowing(", ".join(one.id for one in answers), "    ", code=DIM)
    special = words.special(report)
    if special:
        yield from page.flowing(
            f"more would decide {'this' if len(special) == 1 else 'these'}:", "? ", head=YELLOW
        )
    for name, why in special.items():
        yield from page.flowing(f"{name}: {why}", "    - ", code=DIM)


def _counted(answers: list[Answer]) -> str:
    return "this is" if len(answers) == 1 else f"these {len(answers)} are"


def _persons(report: Report, page: Page) -> Iterator[str]:
    found = words.persons(report)
    if found:
        yield from page.flowing(f"{len(found)} for a person to decide:", "", code=BOLD)
    for answer in found:
        yield from _heading("?", YELLOW, answer, page)
        yield from _listed(words.reasons(answer), "    why: ", page)
        yield from page.flowing(answer.requirement.look, "    look: ", head=GREEN)


def _well(report: Report, page: Page) -> Iterator[str]:
    for answer in report.answers:
        if answer.status in ("met", "not-applicable"):
            sign, colour = ("✓", GREEN) if answer.status == "met" else ("·", DIM)
            told = "; ".join(words.reasons(answer))
            yield from page.flowing(f"{answer.id}: {told}", f"{sign} ", head=colour)


def _listed(texts: Iterable[str], first: str, page: Page) -> Iterator[str]:
    for text in texts:
        yield from page.flowing(text, first, code=DIM, head=DIM)


def _end(report: Report, page: Page) -> Iterator[str]:
    clean = all(one.status not in ("not-met", "person") for one in report.answers)
    colour = RED if report.fails else GREEN if clean else YELLOW
    yield from page.flowing(words.summary(report), "", code=BOLD)
    yield from page.flowing(words.verdict(report), "", code=colour)
