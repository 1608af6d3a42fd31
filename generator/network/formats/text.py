"""A network for people, in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from generator.network.connections import Connection, Picture
from generator.network.difference import Change, Difference
from generator.network.formats.words import clean, conclusion, counts, question, remarks, way
from generator.network.judging import wrong
from generator.network.question import ANSWERS, Answer
from generator.network.rows import WIDE, Who
from postrender.proof.reachability import ports, ranges

_BOLD, _DIM, _RED, _GREEN, _YELLOW = "1", "2", "31", "32", "33"
_EDGE = 8


class Page(NamedTuple):
    """How wide a page is, and whether it may be coloured."""

    width: int = 100
    coloured: bool = False

    def paint(self, code: str, words: str) -> str:
        """The words in that colour; control characters in them are gone."""
        return f"\033[{code}m{clean(words)}\033[0m" if self.coloured and words else clean(words)

    def wrapped(self, words: str, indent: str, first: str | None = None) -> str:
        """The words on lines of that indent; the first line begins with `first` in its place."""
        return "\n".join(
            textwrap.wrap(
                clean(words),
                self.width,
                initial_indent=indent if first is None else first,
                subsequent_indent=indent,
                break_on_hyphens=False,
            )
        )


def picture(found: Picture, policy: str, page: Page) -> str:
    """Who may talk to whom, workload by workload, and what is wrong with it. `policy`: which was taken."""
    lines = [page.wrapped(f"{policy}: {counts(found)}", "  ", "")]
    for one in found.workloads:
        place = [one.role] * (one.role != "other") + [f"namespace {one.at}"] * bool(one.at)
        beside = page.paint(_DIM, f"  {', '.join(place)}") if place else ""
        lines += ["", page.paint(_BOLD, one.name) + beside]
        lines += _of_workload(found, one, page)
    lines.append("")
    named = {end.name for one in found.connections for end in (one.source, one.destination)}
    named |= {end.title for one in found.blocked for end in (one.flow.source, one.flow.destination)}
    for party in found.parties:
        if party.name in named:
            lines.append(page.wrapped(f"{party.name}: {party.at}", "  ", ""))
    lines.append("each pod and its own node always reach each other (probes of the kubelet)")
    lines += [page.wrapped(f"note: {note}", "  ", "") for note in found.notes]
    lines += ["", *_conclusion(found, page)]
    return "\n".join(lines) + "\n"


def answer(found: Answer, page: Page) -> str:
    """The answer to a question, and why."""
    colour = {True: _GREEN, False: _RED, None: _YELLOW}[found.allowed]
    lines = [page.paint(colour, ANSWERS[found.allowed]) + clean(f": {question(found)}")]
    for each in found.ways:
        if len(found.ways) > 1 or each.service:
            lines += ["", clean(way(each))]
        for reason in each.verdict.because:
            side = {"Ingress": "in", "Egress": "out"}.get(reason.direction, "")
            lines.append(page.wrapped(reason.text, " " * 6, f"  {side:<4}"))
    return "\n".join(lines) + "\n"


def difference(found: Difference, page: Page) -> str:
    """What differs between two renderings."""
    if found.none:
        return "nothing is opened, and nothing is closed\n"
    lines = [f"{clean(one.name)} is new" for one in found.came]
    lines += [f"{clean(one.name)} is gone" for one in found.went]
    for opened, word, colour in ((True, "opened", _RED), (False, "closed", _GREEN)):
        lines += [_change(one, word, colour, page) for one in found.changes if one.opened is opened]
    number = sum(one.opened for one in found.changes)
    lines += ["", f"{number} opened, {len(found.changes) - number} closed"]
    return "\n".join(lines) + "\n"


def _change(one: Change, word: str, colour: str, page: Page) -> str:
    more = f" through {one.through}" if one.through else ""
    more += f"; but for {', '.join(one.but_for)}" if one.but_for else ""
    text = f"{one.source.name} -> {one.destination.name}, {ports.text(one.ports)}{more}"
    wrapped = page.wrapped(text, " " * _EDGE, f"{word:<{_EDGE}}")
    return page.paint(colour, word) + wrapped.removeprefix(word)


def _of_workload(found: Picture, one: Who, page: Page) -> Iterator[str]:
    coming = [(each.source, each) for each in found.connections if each.destination == one]
    going = [(each.destination, each) for each in found.connections if each.source == one]
    for side, rows in (("from", coming), ("to", going)):
        wide = ranges.union(each.ports for who, each in rows if who.name == WIDE[0].name)
        # Of a workload nothing is said that is said of anybody.
        told = [(who, each) for who, each in rows if who.kind != "workload" or ranges.minus(each.ports, wide)]
        if not told:
            yield f"  {side:<{_EDGE - 2}}nobody"
        for index, (who, each) in enumerate(told):
            yield from _row(f"  {side if index == 0 else '':<{_EDGE - 2}}", each, who, page)


def _row(first: str, one: Connection, who: Who, page: Page) -> Iterator[str]:
    """Three columns: who, at which ports, and what else there is to say of it."""
    left = page.width - _EDGE
    widths = (left * 40 // 100, left * 22 // 100, left * 38 // 100)
    cells = (who.name, ports.text(one.ports), "; ".join(remarks(one)))
    columns = [
        textwrap.wrap(clean(text), width - 2, break_on_hyphens=False) or [""]
        for text, width in zip(cells, widths, strict=True)
    ]
    for index in range(max(map(len, columns))):
        parts = [column[index] if index < len(column) else "" for column in columns]
        padded = "".join(f"{part:<{width}}" for part, width in zip(parts[:2], widths, strict=False))
        colour = _RED if one.declared is False else _DIM
        last = page.paint(colour, parts[2])
        yield (first if index == 0 else " " * _EDGE) + (padded + last if parts[2] else padded.rstrip())


def _conclusion(found: Picture, page: Page) -> Iterable[str]:
    colour = _YELLOW if not found.components else _GREEN if found.well else _RED
    yield page.paint(colour, conclusion(found))
    # What has the same cure stands together, and the cure once behind it.
    for cure, several in groupby(wrong(found), key=lambda each: each.cure):
        for each in several:
            wrapped = page.wrapped(each.what, " " * 10, f"  {each.kind:<8}")
            yield page.paint(_RED, f"  {each.kind:<8}") + wrapped[10:]
            for reason in each.reasons:
                yield page.wrapped(reason, " " * 14, " " * 12)
        yield page.paint(_DIM, page.wrapped(f"-> {cure}", " " * 13, " " * 10))
