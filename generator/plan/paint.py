"""Colours and lines of a terminal."""

from __future__ import annotations

from typing import NamedTuple

from generator.plan.wrapping import cells, printable, wrapped

BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"
# Behind pods, by workload; never red, which says that something fails.
PODS = ("30;46", "30;42", "30;43", "30;45", "97;44", "30;47")


class Page(NamedTuple):
    """How wide a page is, and whether it may be coloured."""

    width: int
    coloured: bool

    def paint(self, code: str, words: str) -> str:
        """The words in that colour; what a terminal would take for orders is gone from them."""
        clean = printable(words)
        return f"\033[{code}m{clean}\033[0m" if self.coloured and code and clean else clean

    def flowing(self, words: str, first: str, code: str = "", head: str = "", left: int = 0) -> list[str]:
        """The words on lines that begin after `first`, which stands on the first of them.

        `code`, `head`: their colours; `left`: columns that something else takes.
        """
        indent = cells(first)
        lines = wrapped(words, self.width - indent - left) or [""]
        begin = self.paint(head, first) if first.strip() else first
        return [
            (begin if number == 0 else " " * indent) + self.paint(code, line)
            for number, line in enumerate(lines)
        ]
