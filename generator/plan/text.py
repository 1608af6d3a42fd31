"""A plan for people, in a terminal: the picture, an answer to each question, and why where it is no."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.plan.boxes import drawn, legend, row
from generator.plan.naming import standing
from generator.plan.paint import BOLD, DIM, GREEN, RED, YELLOW, Page
from generator.plan.picture import waiting
from generator.plan.plan import Plan
from generator.plan.telling import Mark, Told, conclusion, mends, remarks, steps, told
from generator.plan.wrapping import cells, printable

_MARKS: dict[Mark, tuple[str, str]] = {
    "yes": ("✓", GREEN),
    "no": ("✗", RED),
    "open": ("?", YELLOW),
    "told": ("·", DIM),
}
# The ways to where updates hang are alike: so many are shown step by step.
_SHOWN = 3
# Subjects stand in a column of at most this part of the page.
_COLUMN = 0.45


def render(plan: Plan, width: int, coloured: bool) -> str:
    """The plan in so many columns, at least 60."""
    page = Page(width, coloured)
    found = told(plan)
    lines = [*_heading(plan, page), "", *_picture(plan, page), "", *_questions(plan, found, page)]
    shown = 0
    for one in found:
        if one.mark == "no":
            lines += ["", *_why(plan, one, page, shown < _SHOWN)]
            shown += one.hang is not None
    for cure in mends(plan):
        lines += ["", *page.flowing(cure, "cure of all: ", head=GREEN)]
    notes = remarks(plan)
    if notes:
        lines += ["", *(line for note in notes for line in page.flowing(note, "note: ", code=DIM))]
    marks = {one.mark for one in found}
    code = RED if "no" in marks else YELLOW if "open" in marks else GREEN
    lines += ["", *page.flowing(conclusion(found), "", code=code)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _heading(plan: Plan, page: Page) -> Iterator[str]:
    release = f"release {plan.release}, " if plan.release else ""
    yield from page.flowing(f"{release}profile {plan.profile}", "", code=BOLD)
    yield from page.flowing(plan.nodes, "")


def _picture(plan: Plan, page: Page) -> Iterator[str]:
    stage, placement = plan.proofs.stage, plan.proofs.placement
    if plan.assuming:
        yield from page.flowing(f"{plan.assuming}:", "", code=YELLOW)
    nodes = standing(stage, placement)
    yield from drawn(stage, nodes, page)
    if not placement.starts and placement.waits:
        yield from row(stage, (), waiting(placement.waits), page, "")
    yield from legend(stage, nodes, page)


def _questions(plan: Plan, found: Sequence[Told], page: Page) -> Iterator[str]:
    subjects = [cells(printable(one.subject)) for one in found]
    column = max((each for each in subjects if each <= page.width * _COLUMN), default=0)
    for number, (one, taken) in enumerate(zip(found, subjects, strict=True)):
        if number == 1 and plan.assuming:
            yield ""
            yield from page.flowing(f"{plan.assuming}:", "", code=YELLOW)
        sign, code = _MARKS[one.mark]
        colour = "" if one.mark == "yes" else code
        if taken <= column:
            first = one.subject + " " * (column - taken + 2)
            lines = page.flowing(one.verdict, first, code=colour, head=BOLD, left=2)
        else:
            lines = page.flowing(one.subject, "", code=BOLD, left=2)
            lines += page.flowing(one.verdict, " " * (column + 2), code=colour, left=2)
        yield page.paint(code, sign) + " " + lines[0]
        yield from ("  " + line for line in lines[1:])
        for detail in one.details:
            yield from page.flowing(detail, "    ", code=DIM)


def _why(plan: Plan, one: Told, page: Page, whole: bool) -> Iterator[str]:
    """Why the answer is no, how it comes to that, and what mends it."""
    yield from page.flowing(f"{one.subject}: {one.verdict}", "✗ ", code=BOLD, head=RED)
    shown = one.hang is not None and whole
    # Where the steps are shown, the last of them tell who waits and why.
    waits = {wait.text for wait in one.waits} if shown and one.key != "placement" else set()
    for reason in one.reasons:
        if reason not in waits:
            yield from page.flowing(reason, "  ")
    if one.hang and shown:
        yield from _hanging(plan, one, page)
    for cure in one.cures:
        yield from page.flowing(cure, "  cure: ", head=GREEN)


def _hanging(plan: Plan, one: Told, page: Page) -> Iterator[str]:
    """The steps to the state in which it hangs, and that state."""
    stage, placement = plan.proofs.stage, plan.proofs.placement
    assert one.hang is not None
    told = "if they come so, nothing moves any more:"
    if one.key != "placement":
        so = "there nothing moves any more" if one.hang.steps else "if they stand so, nothing moves"
        told = f"{so} (' marks new pods):"
        if one.hang.steps and one.hang.before != standing(stage, placement):
            yield "  if they stand so:"
            yield from row(stage, one.hang.before, (), page, "     ")
        for number, step in steps(one):
            yield from page.flowing(step, f"  {number} " if one.hang.steps else "  ")
    yield f"  {told}"
    yield from row(stage, one.hang.after, waiting(one.waits), page, "     ")
