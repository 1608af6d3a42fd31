"""A block of Java properties brought up to another one, line by line: its comments and order stay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from postrender.manifests import java_properties

_LEAD = re.compile(r"[ \t\f]*(?:\\.|[^\\:=\s])*[ \t\f]*[:=]?[ \t\f]*")


class Edit(NamedTuple):
    """Lines `start` to `end` (from 0) of a block become `lines`; what that does to one property.

    `before` is None where the property is new. The values are as Java reads them.
    """

    start: int
    end: int
    lines: tuple[str, ...]
    name: str
    before: str | None
    after: str


class Entry(NamedTuple):
    """One property: its name and value as Java reads them, its text, and its lines `start` to `end`."""

    name: str
    value: str
    text: str
    start: int
    end: int


def entries(block: str) -> Iterator[Entry]:
    """The properties of a block in the order written; of a name that stands twice Java takes the last."""
    lines = block.rstrip("\n").split("\n")
    start = 0
    while start < len(lines):
        end = start + 1
        comment = lines[start].lstrip(" \t\f")[:1] in ("#", "!", "")
        while not comment and end < len(lines) and _continues(lines[end - 1]):
            end += 1
        text = "\n".join(lines[start:end])
        for name, value in java_properties.parse(text).items():
            yield Entry(name, value, text, start, end)
        start = end


def edits(block: str, wanted: str) -> list[Edit]:
    """What must change in a filled `block` so that its properties say what `wanted` says, in its order."""
    own = {entry.name: entry for entry in entries(block)}
    below = block.rstrip("\n").count("\n") + 1
    found = []
    for new in {entry.name: entry for entry in entries(wanted)}.values():
        old = own.get(new.name)
        if old is None:
            found.append(Edit(below, below, tuple(new.text.split("\n")), new.name, None, new.value))
        elif old.value != new.value:
            lines = tuple(_changed(old, new).split("\n"))
            found.append(Edit(old.start, old.end, lines, new.name, old.value, new.value))
    return found


def edited(block: str, found: list[Edit]) -> str:
    """`block` with the edits made; the line breaks at its end stay as they are."""
    body = block.rstrip("\n")
    lines: list[str] = body.split("\n")
    # From the end, so that the numbers stay true; what is appended keeps its order.
    for edit in sorted(found, key=lambda edit: edit.start)[::-1]:
        lines[edit.start : edit.end] = edit.lines
    return "\n".join(lines) + block[len(body) :]


def _continues(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _changed(old: Entry, new: Entry) -> str:
    """The property's text with the new value, its name and separator as they stand where that is possible."""
    kept = _LEAD.match(old.text.split("\n")[0])
    value = _LEAD.match(new.text)
    assert kept
    assert value
    text = kept[0] + new.text[value.end() :]
    return text if java_properties.parse(text) == {new.name: new.value} else new.text
