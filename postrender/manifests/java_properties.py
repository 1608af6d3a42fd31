"""The syntax of Java properties files. Source: java.util.Properties.load"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

_ENTRY = re.compile(r"((?:\\.|[^\\:=\s])*)\s*[:=]?\s*(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


# Many workloads mount the same file, and several rules ask for it.
@lru_cache(maxsize=64)
def parse(text: str) -> Mapping[str, str]:
    """The keys and values of a properties file. The last one of a name wins."""
    found: dict[str, str] = {}
    for line in _logical_lines(text):
        entry = _ENTRY.fullmatch(line)
        if entry:
            found[_unescaped(entry[1])] = _unescaped(entry[2]).strip()
    return found


def _logical_lines(text: str) -> Iterator[str]:
    carried = ""
    for line in text.splitlines():
        line = line.lstrip(" \t\f")
        if not carried and (not line or line[0] in "#!"):
            continue
        # An odd number of backslashes at the end joins the next line.
        if (len(line) - len(line.rstrip("\\"))) % 2:
            carried += line[:-1]
            continue
        yield carried + line
        carried = ""
    if carried:
        yield carried


def _unescaped(text: str) -> str:
    def meaning(found: re.Match[str]) -> str:
        code = found[1]
        return chr(int(code[1:], 16)) if len(code) == 5 else _CONTROL.get(code, code)

    return _ESCAPE.sub(meaning, text) if "\\" in text else text
