"""Places in a document's text: where lines begin and end, and which comment lines belong together.

A line ends with any line break of YAML 1.1, not only with a newline.
Source: https://yaml.org/spec/1.1/#id871856
"""

from __future__ import annotations

import re

BREAKS = "\n\r\x85\u2028\u2029"

_BREAK = re.compile(f"\r\n|[{BREAKS}]")
_COMMENT = re.compile(f"#[^{BREAKS}]*")
_COMMENT_BEHIND = re.compile(f"[ \t]*(,?)[ \t]+#[^{BREAKS}]*")
_COMMENT_LINE = re.compile(f"(?:(?:\r\n|[{BREAKS}])[ \t]*)*(?:\r\n|[{BREAKS}])( *)#[^{BREAKS}]*")
_PROPERTIES = re.compile(r"[&!]\S*(?:[ \t]+[&!]\S*)*")
_ANCHOR = re.compile(r"&[^\s,\[\]{}]+")
_TO_DASH = re.compile(f"(?:\\s|#[^{BREAKS}]*)*-")
_TO_COLON = re.compile(f"(?:\\s|#[^{BREAKS}]*)*:")
_NEXT_CONTENT = re.compile(f"(?:(?:\r\n|[{BREAKS}])[ \t]*(?:#[^{BREAKS}]*)?)*(?:\r\n|[{BREAKS}])( *)[^\\s#]")


def column_of(text: str, offset: int) -> int:
    """How far into its line an offset is."""
    start = text.rfind("\n", 0, offset) + 1
    return offset - max(start, *(text.rfind(mark, start, offset) + 1 for mark in BREAKS[1:]))


def line_end(text: str, offset: int) -> int:
    """The offset where the line ends, before its line break."""
    found = _BREAK.search(text, offset)
    return found.start() if found else len(text)


def behind_break(text: str, offset: int) -> int:
    """The offset behind the line break at `offset`; `offset` itself where none stands there."""
    found = _BREAK.match(text, offset)
    return found.end() if found else offset


def before_break(text: str, offset: int) -> int:
    """The offset before the line break that ends at `offset`; the line's end where none ends there."""
    if offset and text[offset - 1] in BREAKS:
        return offset - (2 if text.endswith("\r\n", 0, offset) else 1)
    return line_end(text, offset)


def breaks_between(text: str, start: int, end: int) -> bool:
    """Whether a line ends between two offsets."""
    return bool(_BREAK.search(text, start, end))


def comments(text: str, start: int, end: int) -> list[str]:
    """The comments between two offsets, where nothing but comments and brackets stands."""
    return _COMMENT.findall(text, start, end)


def comment_behind(text: str, offset: int) -> tuple[str, int] | None:
    """The comma (or "") and the end of the comment that follow `offset` on its line."""
    found = _COMMENT_BEHIND.match(text, offset)
    return (found[1], found.end()) if found else None


def properties_end(text: str, start: int, body: int) -> int:
    """Where the anchor and the tag end that stand between the start of a node and its body."""
    found = _PROPERTIES.match(text, start, body)
    return found.end() if found else start


def anchor_between(text: str, start: int, body: int) -> str:
    """The anchor, with its `&`, between the start of a node and its body; "" without one."""
    found = _ANCHOR.search(text, start, body)
    return found[0] if found else ""


def below(text: str, offset: int, column: int) -> int:
    """From one line's end to the end of the last comment line below that stands at `column` or deeper.

    Blank lines count only before such a comment. Where the next content stands at `column` too (the key
    behind a list that is not indented), comments at that column are about it.
    """
    following = _NEXT_CONTENT.match(text, offset)
    if following and len(following[1]) == column:
        column += 1
    while (found := _COMMENT_LINE.match(text, offset)) and len(found[1]) >= column:
        offset = found.end()
    return offset


def behind_colon(text: str, key_end: int) -> int | None:
    """The offset behind the colon of a key that ends at `key_end`; comments may stand before it.

    None where `? key` has no colon.
    """
    found = _TO_COLON.match(text, key_end)
    return found.end() if found else None


def dashes(text: str, body: int, ends: list[int]) -> list[int]:
    """The offsets of a list's dashes, from where the list begins and where each item ends."""
    found = []
    for offset in (body, *ends[:-1]):
        match = _TO_DASH.match(text, offset)
        found.append(match.end() - 1 if match else offset)
    return found
