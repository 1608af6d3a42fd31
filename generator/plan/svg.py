"""A plan as a drawing: SVG, which browsers show. The nodes with their pods, and the answers below them."""

from __future__ import annotations

from xml.sax.saxutils import escape

from generator.plan import picture
from generator.plan.cards import legend, panels, waiting
from generator.plan.ink import LINE, STYLE, Drawn, flowing, mark, rect, text, width_of
from generator.plan.naming import standing
from generator.plan.plan import Plan
from generator.plan.telling import Told, conclusion, remarks, steps, told
from generator.plan.wrapping import printable

_WIDE, _MARGIN, _GAP = 1000, 28, 16
# The ways to where updates hang are alike: so many are drawn.
_DRAWN = 3


class _Sheet:
    """A sheet that is filled from the top downwards."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.y: float = _MARGIN
        self.wide: float = _WIDE - 2 * _MARGIN

    def add(self, drawn: Drawn, gap: float = 0) -> None:
        """What was drawn at the present height."""
        self.parts += drawn.parts
        self.y += drawn.height + gap

    def flow(self, words: str, look: str = "", indent: float = 0, gap: float = 0, bold: bool = False) -> None:
        """A text on lines of its own."""
        self.add(flowing(_MARGIN + indent, self.y, self.wide - indent, words, look, bold), gap)


def render(plan: Plan) -> str:
    """The drawing, 1000 px wide and as high as it needs to be."""
    sheet, found = _Sheet(), told(plan)
    stage, placement = plan.proofs.stage, plan.proofs.placement
    release = f"release {plan.release}, " if plan.release else ""
    title = f"{release}profile {plan.profile}"
    sheet.y += 8
    # The letters of the heading are larger by half.
    sheet.add(flowing(_MARGIN, sheet.y, sheet.wide / 1.5, title, "head", bold=True), 4)
    sheet.flow(plan.nodes, "dim", gap=_GAP)
    if plan.assuming:
        sheet.flow(f"{plan.assuming}:", "name open", bold=True, gap=6)
    nodes = standing(stage, placement)
    sheet.add(panels(stage, nodes, _MARGIN, sheet.y, sheet.wide), _GAP)
    if not placement.starts and placement.waits:
        pods = picture.waiting(placement.waits)
        sheet.add(waiting(stage, pods, _MARGIN, sheet.y, sheet.wide), _GAP)
    sheet.add(legend(stage, nodes, _MARGIN, sheet.y, sheet.wide), _GAP)
    _questions(sheet, plan, found)
    drawn = 0
    for one in found:
        if one.mark == "no":
            _why(sheet, plan, one, drawn < _DRAWN)
            drawn += one.hang is not None
    sheet.y += _GAP / 2
    for note in remarks(plan):
        sheet.flow(note, "dim", gap=2)
    high = sheet.y + _MARGIN
    size = f'width="{_WIDE}" height="{high:.0f}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {_WIDE} {high:.0f}" role="img">',
        f"<title>{escape(printable(f'{title}: {conclusion(found)}'))}</title>",
        f"<style>{STYLE}</style>",
        rect(0, 0, _WIDE, high, 'fill="#ffffff"', 0),
        *sheet.parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _questions(sheet: _Sheet, plan: Plan, found: list[Told]) -> None:
    look = "no" if plan.fails else "open" if any(one.mark == "open" for one in found) else "yes"
    sheet.flow(conclusion(found), f"name {look}", gap=6, bold=True)
    column = min(max(width_of(one.subject, bold=True) for one in found) + _GAP, sheet.wide * 0.42)
    for number, one in enumerate(found):
        if number == 1 and plan.assuming:
            sheet.flow(f"{plan.assuming}:", "name open", gap=2, bold=True)
        sheet.parts.append(mark(_MARGIN + 8, sheet.y + LINE / 2, one.mark))
        left = _MARGIN + 26
        subject = flowing(left, sheet.y, column - 8, one.subject, "name", bold=True)
        look = {"yes": "", "told": "dim"}.get(one.mark, one.mark)
        right = left + column
        verdict = flowing(right, sheet.y, _WIDE - _MARGIN - right, one.verdict, look)
        sheet.add(Drawn(subject.parts + verdict.parts, max(subject.height, verdict.height)))
        for detail in one.details:
            sheet.flow(detail, "dim", indent=26)
        sheet.y += 4


def _why(sheet: _Sheet, plan: Plan, one: Told, drawing: bool) -> None:
    """Why the answer is no; how it comes to that, with a drawing; and what mends it."""
    stage = plan.proofs.stage
    sheet.y += _GAP
    line = rect(_MARGIN, sheet.y, sheet.wide, 1, 'fill="#d5dce4"', 0)
    sheet.add(Drawn([line], _GAP))
    sheet.parts.append(mark(_MARGIN + 8, sheet.y + LINE / 2, "no"))
    sheet.flow(f"{one.subject}: {one.verdict}", "name", indent=26, gap=2, bold=True)
    shown = one.hang is not None and drawing
    waits = {wait.text for wait in one.waits} if shown and one.key != "placement" else set()
    for reason in one.reasons:
        if reason not in waits:
            sheet.flow(reason, indent=26)
    if one.hang and shown:
        told = "if they come so, nothing moves any more:"
        if one.key != "placement":
            so = "there nothing moves any more" if one.hang.steps else "if they stand so, nothing moves"
            told = f"{so} (white pods are the new ones):"
            if one.hang.steps and one.hang.before != standing(stage, plan.proofs.placement):
                sheet.flow("if they stand so:", indent=26, gap=4)
                sheet.add(
                    panels(stage, one.hang.before, _MARGIN + 26, sheet.y, sheet.wide - 26, False), _GAP / 2
                )
            for number, step in steps(one):
                sheet.parts.append(text(_MARGIN + 26, sheet.y + LINE - 5, number))
                sheet.flow(step, indent=26 + 24)
        sheet.flow(told, indent=26, gap=4)
        sheet.add(panels(stage, one.hang.after, _MARGIN + 26, sheet.y, sheet.wide - 26, False), _GAP / 2)
        if one.waits:
            pods = picture.waiting(one.waits)
            sheet.add(waiting(stage, pods, _MARGIN + 26, sheet.y, sheet.wide - 26), _GAP / 2)
    for cure in one.cures:
        sheet.flow(f"cure: {cure}", "yes", indent=26)
