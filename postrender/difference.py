"""The coloured difference between what Helm handed over and what is written, without Secrets' content."""

from __future__ import annotations

import difflib

from postrender.errors import UnreadableError
from postrender.manifests import nodes, stream

_COLOURS = {"+": "32", "-": "31", "@": "36"}


def unified(before: str, after: str, colour: bool) -> str:
    """A unified diff of two streams, document by document; empty where nothing differs."""
    lines = list(
        difflib.unified_diff(
            _shown(before).splitlines(), _shown(after).splitlines(), "rendered", "hardened", lineterm="", n=3
        )
    )
    if colour:
        lines = [_painted(line) for line in lines]
    return "".join(line + "\n" for line in lines)


def _painted(line: str) -> str:
    code = "1" if line.startswith(("+++", "---")) else _COLOURS.get(line[:1], "")
    return f"\033[{code}m{line}\033[0m" if code else line


def _shown(text: str) -> str:
    """The stream with the data of Secrets left out."""
    parts = []
    for document in stream.split(text):
        if document.kind == "Secret" or (
            document.kind in (None, "List", "SecretList") and "Secret" in document.text
        ):
            parts.append(_without_data(document))
        else:
            parts.append(document.text)
    return "".join(parts)


def _without_data(document: stream.Document) -> str:
    """The document's text with each value of `data` and `stringData` blanked; all of it where in doubt."""
    text = document.text
    try:
        tree = nodes.compose(text, f"document {document.number}", document.line)
    except UnreadableError:
        return "--- # a document with Secrets, not shown\n"
    values: list[nodes.Node] = []
    _secret_values(tree.root, values)
    if tree.aliased and values:
        return "--- # a document with Secrets, not shown\n"
    for node in sorted(values, key=lambda node: -node.start):
        hidden = "\n" if text[node.end - 1 : node.end] == "\n" else ""
        text = f"{text[: node.start]}(not shown){hidden}{text[node.end :]}"
    return text


def _secret_values(node: nodes.Node | None, found: list[nodes.Node]) -> None:
    if node is None or node.kind not in (nodes.MAPPING, nodes.SEQUENCE):
        return
    if node.kind == nodes.SEQUENCE:
        for item in node.value:
            _secret_values(item, found)
        return
    entries = {key.value: value for key, value in node.value if key.kind == nodes.SCALAR}
    if "kind" in entries and entries["kind"].value == "Secret":
        for key, value in node.value:
            if key.kind == nodes.SCALAR and key.value in ("data", "stringData", "metadata"):
                _leaves(value if key.value != "metadata" else _annotations(value), found)
    else:
        for _, value in node.value:
            _secret_values(value, found)


def _annotations(metadata: nodes.Node) -> nodes.Node | None:
    """A Secret's annotations: kubectl keeps a copy of the whole object in one of them."""
    if metadata.kind == nodes.MAPPING:
        for key, value in metadata.value:
            if key.kind == nodes.SCALAR and key.value == "annotations":
                found: nodes.Node = value
                return found
    return None


def _leaves(node: nodes.Node | None, found: list[nodes.Node]) -> None:
    if node is None or node.start == node.end:
        return
    if node.kind == nodes.MAPPING:
        for _, value in node.value:
            _leaves(value, found)
    elif node.kind == nodes.SEQUENCE:
        for item in node.value:
            _leaves(item, found)
    else:
        found.append(node)
