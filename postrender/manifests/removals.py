"""What goes from a document's text with entries or items that are removed: they, and no comment but theirs.

A comment behind a removed entry on its line goes with it, as do those inside it. Those on lines of their own
stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from postrender.manifests.places import (
    BREAKS,
    before_break,
    behind_break,
    breaks_between,
    column_of,
    line_end,
)

Range = tuple[int, int]

_TO_COMMA = re.compile(f"(?:\\s|#[^{BREAKS}]*)*,")
_COMMENTED = re.compile(r"\s#")


def in_flow(text: str, run: list[Range], before: int, following: int | None) -> Iterator[Range]:
    """What goes with a run of neighbours in braces or brackets.

    `before`: where what stands before them ends, be it the bracket; `following`: the start of the next one.
    """
    start, end = run[0][0], run[-1][1]
    comma = _comma(text, before)
    bounds = [*run, (len(text) if following is None else following, 0)]
    gaps = [(before, start), *((run[i][1], bounds[i + 1][0]) for i in range(len(run) - (following is None)))]
    if not any(_COMMENTED.search(text, *gap) for gap in gaps[0 if following is None else 1 :]):
        if following is not None:
            yield start, following
        else:
            yield (comma if comma is not None and comma < start else start), end
        return
    if following is None and (comma := _comma(text, end)) is None:
        # No comma behind the last one: the commas before each go.
        for start, end in run:
            comma = _comma(text, before)
            if comma is not None and comma < start:
                yield comma, comma + 1
            before = end
            yield _whole_line(text, start, end)
        return
    for start, end in run:
        comma = _comma(text, end)
        yield _whole_line(text, start, end if comma is None else comma + 1)


def in_block(text: str, run: list[Range], following: int | None) -> Iterator[Range]:
    """What goes with a run of neighbours on lines of their own; the first may stand behind a dash."""
    start, end = run[0]
    if text[start - column_of(text, start) : start].strip():
        stops = [one[0] for one in run[1:]] + [len(text) if following is None else following]
        gaps = [(one[1] - 1, stop) for one, stop in zip(run, stops, strict=True)]
        if following is None or not any(_COMMENTED.search(text, *gap) for gap in gaps):
            # What follows moves up to the place behind the dash.
            yield start, run[-1][1] if following is None else following
            return
        # The dash stays alone, and so do the comments below it.
        while end > start and text[end - 1] in BREAKS:
            end -= 1
        while text[start - 1] in " \t":
            start -= 1
        while text[end : end + 1] in (" ", "\t"):
            end += 1
        # One blank before a comment: a tab may not stand there.
        yield (start + 1 if text[end : end + 1] == "#" else start), end
        run = run[1:]
    for start, end in run:
        first = start - column_of(text, start)
        stop = end if end and text[end - 1] in BREAKS else behind_break(text, line_end(text, end))
        if stop == len(text) and text[stop - 1] == "\n" and first and text[first - 1] != "\n":
            # The separator behind the document must stay behind a newline.
            first, stop = before_break(text, first), before_break(text, stop)
        yield first, stop


def explicit(text: str, column: int, start: int) -> int:
    """Where an entry begins whose key begins at `start`: at the `?` before it, in a map at `column`."""
    return start if column_of(text, start) == column else max(text.rfind("?", 0, start), 0)


def _comma(text: str, offset: int) -> int | None:
    found = _TO_COMMA.match(text, offset)
    return found.end() - 1 if found else None


def _whole_line(text: str, start: int, end: int) -> Range:
    """The range with its line, where nothing else stands there."""
    first, last = start - column_of(text, start), line_end(text, end)
    if (
        first
        and not text[first:start].strip()
        and not text[end:last].strip()
        and breaks_between(text, first - 1, end)
    ):
        return first, behind_break(text, last)
    return start, end
