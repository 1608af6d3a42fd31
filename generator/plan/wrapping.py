"""Texts in lines of a width, with signs that take two columns, and without those that give orders."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """The text without signs that a terminal or a drawing would take for orders, on one line."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def cells(text: str) -> int:
    """How many columns of a terminal a printable text takes."""
    return sum(_cells(sign) for sign in text)


def _cells(sign: str) -> int:
    if unicodedata.combining(sign) or unicodedata.category(sign) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of so many columns at most; a word that is longer is cut."""
    lines, line = [], ""
    for word in printable(text).split():
        whole = f"{line} {word}" if line else word
        if cells(whole) <= width:
            line = whole
            continue
        if line:
            lines.append(line)
        line = word
        while cells(line) > width:
            head = cut(line, width, "")
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line] if line else lines


def cut(text: str, width: int, sign: str = "…") -> str:
    """The printable text, at most so many columns of it; where it is cut it ends with the sign."""
    text = printable(text)
    if cells(text) <= width:
        return text
    while text and cells(text) + len(sign) > width:
        text = text[:-1]
    return text + sign
