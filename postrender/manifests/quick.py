"""The quick way to read a document: what it says, without the place of each word.

libyaml composes the whole document at once. That cannot tell aliases from what they stand for, nor bound
them, and its errors are not ours: a document in which something like an alias, a tag or a merge key stands,
which nests deep, or which is no YAML is left to the reader in `nodes`, which knows every place.
"""

from __future__ import annotations

import re
from operator import is_
from typing import Any

from postrender.manifests.libyaml import LIBYAML, Parser, ScalarNode, SequenceNode, YAMLError
from postrender.manifests.scalars import key_text, resolve

Doubled = list[tuple[str, int]]

MAX_DEPTH = 200

_PROPERTY = re.compile(r"(?:\A|[\s\[\]{},:?-])[&*!]")  # an anchor, an alias or a tag, perhaps
_DIRECTIVE = re.compile("(?:\\A|[\n\r\x85\u2028\u2029])%")
# libyaml's composer calls itself, so what might open thousands of levels is not for it: brackets, dashes and
# question marks one after the other, and lines far to the right.
_LEVELS = re.compile(r"(?:[-?:]\s*){500}")
_MOST_BRACKETS = 2000
_MOST_SPACES = " " * 1000


class _LeftError(Exception):
    """The document is not for the quick way."""


class _Composer(Parser):
    """libyaml's composer without the search for tags: plain scalars are told by their style.

    It calls these three for each node. Functions written in C, with nothing to do and as many arguments,
    take a third of the time of the shortest ones written in Python.
    """

    resolve = slice
    descend_resolver = is_
    ascend_resolver = bool


def read(text: str) -> tuple[Any, Doubled] | None:
    """What the one document in `text` says, and the keys that stand twice in a map, each with its offset.

    None where it is not for the quick way. An empty document says None.
    """
    if not LIBYAML or _unusual(text):
        return None
    doubled: Doubled = []
    try:
        root = composed(text)
        return (None if root is None else _said(root, doubled, 1)), doubled
    except (_LeftError, YAMLError):
        return None


def composed(text: str) -> Any:
    """The root that libyaml composes of a document that `read` can read; None where it says nothing."""
    return _Composer(text).get_single_node()


def _unusual(text: str) -> bool:
    # The searches for a character cost nearly nothing, and nearly always they are all that is needed.
    if ("&" in text or "*" in text or "!" in text) and _PROPERTY.search(text):
        return True
    if "<<" in text or ("%" in text and _DIRECTIVE.search(text)):
        return True
    if text.count("[") + text.count("{") > _MOST_BRACKETS or _MOST_SPACES in text:
        return True
    return text.count("-") + text.count("?") > _MOST_BRACKETS and bool(_LEVELS.search(text))


def _said(node: Any, doubled: Doubled, depth: int) -> Any:
    kind = type(node)
    if kind is ScalarNode:
        return node.value if node.style else resolve(node.value)
    if depth > MAX_DEPTH:
        raise _LeftError
    if kind is SequenceNode:
        return [_said(item, doubled, depth + 1) for item in node.value]
    data: dict[str, Any] = {}
    for key, value in node.value:
        if type(key) is not ScalarNode:
            raise _LeftError
        data[key.value if key.style else key_text(key.value)] = _said(value, doubled, depth + 1)
    if len(data) != len(node.value):
        seen: set[str] = set()
        for key, _ in node.value:
            name = key.value if key.style else key_text(key.value)
            if name in seen:
                doubled.append((name, key.start_mark.index))
            seen.add(name)
    return data
