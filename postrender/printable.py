"""What is shown of names and texts that somebody else wrote: never a sign that a terminal obeys.

Such are control characters, and what turns the direction of a line (https://www.unicode.org/reports/tr9/).
"""

from __future__ import annotations

import json
import re

# Beyond what is surely printable.
_ODD = re.compile(r"[^ -~\n]")


def printable(text: str) -> str:
    """The text with `?` for each sign that cannot be printed; line breaks stay."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign == "\n" else "?" for sign in text)


def one_line(text: str) -> str:
    """The same of a text that must not look like two lines, such as a name."""
    return printable(text).replace("\n", "?")


def printable_json(text: str) -> str:
    """A JSON text of the same meaning, each sign that cannot be printed escaped."""
    return _ODD.sub(lambda sign: sign[0] if sign[0].isprintable() else json.dumps(sign[0])[1:-1], text)
