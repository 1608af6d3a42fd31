"""A network as Markdown, for a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable

from generator.network.connections import Picture
from generator.network.difference import Difference
from generator.network.formats.words import clean, conclusion, counts, question, remarks, way
from generator.network.judging import wrong
from generator.network.question import ANSWERS, Answer
from postrender.proof.reachability import ports

# What would begin something in Markdown, or end a cell.
_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~!@])")


def picture(found: Picture, policy: str) -> str:
    """A table of who may talk to whom; under it what is wrong."""
    lines = [f"### {_text(conclusion(found))}", "", _text(f"{policy}: {counts(found)}"), ""]
    lines += _table(
        ("from", "to", "ports", ""),
        (
            (one.source.name, one.destination.name, ports.text(one.ports), "; ".join(remarks(one)))
            for one in found.connections
        ),
    )
    lines += ["", *(f"- {_text(f'{party.name}: {party.at}')}" for party in found.parties)]
    lines += [f"- {_text(note)}" for note in found.notes]
    for one in wrong(found):
        lines += ["", f"**{one.kind}**: {_text(one.what)}"]
        lines += ["", *(f"- {_text(reason)}" for reason in (*one.reasons, f"cure: {one.cure}"))]
    return "\n".join(lines) + "\n"


def answer(found: Answer) -> str:
    """The answer to a question, with a list of its reasons."""
    lines = [f"**{ANSWERS[found.allowed]}**: {_text(question(found))}"]
    for each in found.ways:
        lines += ["", _text(way(each)), ""]
        lines += [f"- {_text(reason.text)}" for reason in each.verdict.because]
    return "\n".join(lines) + "\n"


def difference(found: Difference) -> str:
    """A table of what is opened and closed."""
    if found.none:
        return "Nothing is opened, and nothing is closed.\n"
    lines = [f"- {_text(one.name)} is new" for one in found.came]
    lines += [f"- {_text(one.name)} is gone" for one in found.went]
    lines += [""] * bool(lines)
    lines += _table(
        ("", "from", "to", "ports", "through", "but for"),
        (
            (
                "opened" if one.opened else "closed",
                one.source.name,
                one.destination.name,
                ports.text(one.ports),
                one.through,
                ", ".join(one.but_for),
            )
            for one in sorted(found.changes, key=lambda change: not change.opened)
        ),
    )
    return "\n".join(lines) + "\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return lines + [f"| {' | '.join(map(_text, row))} |" for row in rows]


def _text(text: str) -> str:
    return _SIGNS.sub(r"\\\1", clean(text).replace("\n", " "))
