"""How a document is laid out, so that new text looks like the old."""

from __future__ import annotations

from typing import NamedTuple

from postrender.manifests.nodes import MAPPING, SEQUENCE, Node
from postrender.manifests.places import breaks_between, column_of


class Style(NamedTuple):
    """How a document is laid out: spaces a level, spaces before a list's dash, line ending."""

    step: int = 2
    dash: int = 0
    newline: str = "\n"


def first_of(node: Node) -> Node:
    """The first key or item of a filled collection."""
    first: Node = node.value[0][0] if node.kind == MAPPING else node.value[0]
    return first


def style_of(text: str, root: Node) -> Style:
    """The layout of a document, from the first nested map and the first list in it."""
    step = dash = None
    pending = [root]
    while pending and (step is None or dash is None):
        node = pending.pop(0)
        if node.kind == SEQUENCE:
            pending.extend(node.value)
        if node.kind != MAPPING:
            continue
        for key, value in node.value:
            if value.kind not in (MAPPING, SEQUENCE) or not value.value:
                continue
            pending.append(value)
            column = column_of(text, key.start)
            first = first_of(value).start
            if value.flow:
                if step is None and breaks_between(text, value.body, first):
                    step = max(column_of(text, first) - column, 1)
            elif value.kind == MAPPING and step is None:
                step = max(column_of(text, value.body) - column, 1)
            elif value.kind == SEQUENCE and dash is None:
                dash = max(column_of(text, value.body) - column, 0)
    newline = next((mark for mark in ("\r\n", "\n", "\r") if mark in text), "\n")
    return Style(step or 2, dash or 0, newline)
