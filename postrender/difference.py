"""The coloured difference between what Helm handed over and what is written, without Secrets' content."""

from __future__ import annotations

import difflib

from postrender import concealed
from postrender.manifests import stream
from postrender.printable import one_line

_COLOURS = {"+": "32", "-": "31", "@": "36"}


def unified(before: str, after: str, colour: bool) -> str:
    """A unified diff of two streams, document by document; empty where nothing differs."""
    documents = stream.split(before)
    unchanged = {document.text for document in documents}
    old = [line for document in documents for line in _shown(document, unchanged)]
    new = [line for document in stream.split(after) for line in _shown(document, unchanged)]
    lines = list(difflib.unified_diff(old, new, "rendered", "hardened", lineterm="", n=3))
    return "".join((_painted(one_line(line)) if colour else one_line(line)) + "\n" for line in lines)


def _painted(line: str) -> str:
    code = "1" if line.startswith(("+++", "---")) else _COLOURS.get(line[:1], "")
    return f"\033[{code}m{line}\033[0m" if code else line


def _shown(document: stream.Document, unchanged: set[str]) -> list[str]:
    """The lines of a document without what may be a secret; of one that holds a Secret only that it does."""
    if document.blank:
        return document.text.splitlines()
    return concealed.lines(document) or [
        "---", f"# a Secret: not shown{'' if document.text in unchanged else ', changed'}"
    ]  # fmt: skip
