"""Texts in Markdown of which no sign is taken for markup, a mention or a reference; commands are code."""

from __future__ import annotations

import re

from generator.bundle.markdown import code
from generator.plan.wrapping import printable

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~!@&$])")
# A code host looks for names and numbers of issues after the markup is gone; a comment parts them.
_CALLS = re.compile(r"(?<!\w)(\\[@#])(?=\w)")
_SPANS = re.compile(r"(`[^`]+`)")


def prose(text: str) -> str:
    """The text with what it has in backquotes as code."""
    return "".join(_part(part) for part in _SPANS.split(printable(text)))


def span(text: str) -> str:
    """A code span of the text, on one line."""
    return code(printable(text))


def _part(part: str) -> str:
    if _SPANS.fullmatch(part):
        return span(part[1:-1])
    return _CALLS.sub(r"\1<!-- -->", _SIGNS.sub(r"\\\1", part))
