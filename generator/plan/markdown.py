"""A plan as Markdown, for a pull request: a table of the answers, and below it why where one is no."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from generator.plan.naming import Node
from generator.plan.phrases import counted, listed, zone
from generator.plan.picture import boxes
from generator.plan.plan import Plan
from generator.plan.telling import Mark, Told, conclusion, mends, remarks, steps, told
from generator.plan.wrapping import printable
from postrender.proof.placement.stage import Stage

_MARKS: dict[Mark, str] = {"yes": "✅", "no": "❌", "open": "❔", "told": ""}
# What would begin something in Markdown or HTML, or end a cell.
_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~!@&$])")


def render(plan: Plan) -> str:
    """The plan as Markdown of GitHub's kind."""
    found = told(plan)
    release = f"Release {plan.release}, " if plan.release else ""
    lines = [
        f"### {_text(conclusion(found))}",
        "",
        _text(f"{release}profile {plan.profile}; {plan.nodes}."),
        "",
    ]
    lines += ["| | question | answer |", "|---|---|---|"]
    for number, one in enumerate(found):
        if number == 1 and plan.assuming:
            lines.append(f"| | *{_text(plan.assuming)}:* | |")
        said = "; ".join((one.verdict, *one.details))
        lines.append(f"| {_MARKS[one.mark]} | {_text(one.subject)} | {_text(said)} |")
    for one in found:
        if one.mark == "no":
            lines += ["", f"#### {_MARKS['no']} {_text(f'{one.subject}: {one.verdict}')}", ""]
            lines += _why(plan.proofs.stage, one)
    for cure in mends(plan):
        lines += ["", f"**cure of all:** {_text(cure)}"]
    notes = remarks(plan)
    if notes:
        lines += ["", "Notes:", "", *(f"- {_text(note)}" for note in notes)]
    return "\n".join(lines) + "\n"


def _why(stage: Stage, one: Told) -> Iterator[str]:
    for reason in one.reasons:
        yield f"- {_text(reason)}"
    if one.hang:
        if one.hang.steps:
            yield from ("", "How it comes to that, from " + _nodes(stage, one.hang.before) + ":", "")
            yield from (f"{number} {_text(step)}" for number, step in steps(one))
            yield from ("", f"There nothing moves any more: {_nodes(stage, one.hang.after)}.")
        else:
            yield from ("", f"Nothing moves where they stand so: {_nodes(stage, one.hang.after)}.")
    if one.cures:
        yield ""
    for cure in one.cures:
        yield f"- **cure:** {_text(cure)}"


def _nodes(stage: Stage, nodes: Sequence[Node]) -> str:
    """The nodes with their pods, in a sentence."""
    parts = []
    for box in boxes(stage, nodes):
        pods = listed([_pods(stage, number, count) for number, count in box.pods]) or "no pods"
        where = f" ({zone(box.zone)})" if box.zone else ""
        each = " in all" if not box.alike else " each" if box.folded else ""
        parts.append(f"{box.title} {box.folded}".rstrip() + f"{where} with {pods}{each}")
    return _text("; ".join(parts))


def _pods(stage: Stage, number: int, count: int) -> str:
    new = "new " if stage.workloads <= number < 2 * stage.workloads else ""
    return f"{counted(count, f'{new}pod')} of {stage.groups[number].title}"


def _text(text: str) -> str:
    return _SIGNS.sub(r"\\\1", printable(text))
