"""What may be printed on a terminal."""

from __future__ import annotations

import re

# Control characters (C0 but for the line break, DEL, C1), line and paragraph separators, and what turns
# the direction of a line or hides. https://www.unicode.org/reports/tr9/, https://www.trojansource.codes/
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_OWN_COLOURS = re.compile(r"\x1b\[(?:\d{1,2}(?:;\d{1,2})*)?m")


def assert_printable(text: str, *, coloured: bool = False) -> None:
    """Nothing in it that a terminal obeys, but line breaks and, where they are asked for, our colours."""
    found = FORBIDDEN.search(_OWN_COLOURS.sub("", text) if coloured else text)
    assert found is None, f"{found[0]!a} in {text[max(0, found.start() - 60) : found.end() + 20]!a}"
