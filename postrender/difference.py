"""The coloured difference between what Helm handed over and what is written, without Secrets' content."""

from __future__ import annotations

import difflib
from typing import Any

from postrender.errors import UnreadableError
from postrender.manifests import nodes, stream

_COLOURS = {"+": "32", "-": "31", "@": "36"}


def unified(before: str, after: str, colour: bool) -> str:
    """A unified diff of two streams, document by document; empty where nothing differs."""
    documents = stream.split(before)
    unchanged = {document.text for document in documents}
    old = [line for document in documents for line in _shown(document, unchanged)]
    new = [line for document in stream.split(after) for line in _shown(document, unchanged)]
    lines = list(difflib.unified_diff(old, new, "rendered", "hardened", lineterm="", n=3))
    return "".join((_painted(line) if colour else line) + "\n" for line in lines)


def _painted(line: str) -> str:
    code = "1" if line.startswith(("+++", "---")) else _COLOURS.get(line[:1], "")
    return f"\033[{code}m{line}\033[0m" if code else line


def _shown(document: stream.Document, unchanged: set[str]) -> list[str]:
    """The lines of a document; of one that holds a Secret nothing but that it does."""
    if not _holds_secret(document):
        return document.text.splitlines()
    return ["---", f"# a Secret: not shown{'' if document.text in unchanged else ', changed'}"]


def _holds_secret(document: stream.Document) -> bool:
    """Whether it may hold a Secret: judged by what it says, and where that is not clear, yes."""
    kind = document.kind
    if kind is not None and kind != "Secret" and not kind.endswith("List"):
        return False
    try:
        return _is_secret(nodes.compose(document.text, "document", 1).data)
    except UnreadableError:
        return True


def _is_secret(data: Any) -> bool:
    if isinstance(data, list):
        return any(_is_secret(item) for item in data)
    if not isinstance(data, dict):
        return False
    kind = data.get("kind")
    return kind in ("Secret", "SecretList") or any(_is_secret(value) for value in data.values())
