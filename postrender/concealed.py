"""Documents and values for a person to see: without Secrets' content, and without what else may be a secret.

Judged by names (a variable DB_PASSWORD, a key token) and by how a value looks (a URL with a login, a private
key). What is shown is for reading: rather too much is left out than too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from postrender.errors import UnreadableError
from postrender.manifests import nodes
from postrender.manifests.nodes import ALIAS, MAPPING, SCALAR, SEQUENCE, Node
from postrender.manifests.stream import Document

NOT_SHOWN = "(not shown)"

_WORD = (
    r"pass(?:word|wd|phrase)|pwd|secret|token|credential|authorization|"
    r"(?:private|cipher|access|api|licen[cs]e|client|account|hmac)[_.-]?key|key[_.-]?(?:data|pem)"
)
_NAMES = re.compile(_WORD, re.IGNORECASE)
# Of a value: such a word with something behind it, as in properties, JSON, arguments; a login in a URL.
_LOOKS = re.compile(
    rf"(?:{_WORD})[\w.-]*[\"']?\s*[:=,]|--[\w.-]*(?:{_WORD})\s|"
    r"PRIVATE KEY-----|\bbearer\s|[:/][^\s/@:]*[:/][^\s@]*@",
    re.IGNORECASE,
)
_OPTION = re.compile(rf"--?[\w.-]*(?:{_WORD})[\w.-]*|-p", re.IGNORECASE)
# Keys of Kubernetes that have such a word, and hold the name of something and nothing of it.
_REFERENCES = frozenset(
    ("secretName", "secretRef", "secretKeyRef", "secret", "imagePullSecrets", "existingSecret")
)


def lines(document: Document) -> list[str]:
    """The lines of a document without what may be a secret; none of one that may hold a Secret."""
    text = document.text
    sure = document.kind is not None and not document.kind.endswith("List")
    if sure and not _NAMES.search(text) and not _LOOKS.search(text):
        return text.splitlines()
    try:
        tree = nodes.compose(text, "document", document.line)
    except UnreadableError:
        return []
    if _is_secret(tree.data):
        return []
    spans = sorted({(node.body, node.end) for node in _secrets(tree.root, "", False)}) if tree.root else []
    shown, at = [], 0
    for start, end in spans:
        if start >= at:
            shown += [text[at:start], _hidden(text[start:end])]
            at = end
    return "".join([*shown, text[at:]]).splitlines()


def value(data: Any, key: str = "") -> Any:
    """Plain data, such as what an operation writes under `key`, without what may be a secret."""
    if isinstance(data, dict):
        if _is_secret(data):
            return NOT_SHOWN
        named = _NAMES.search(str(data.get("name", "")))
        return {
            name: NOT_SHOWN if named and name == "value" else value(below, str(name))
            for name, below in data.items()
        }
    if isinstance(data, list):
        return [value(item, key) for item in data]
    return NOT_SHOWN if isinstance(data, str) and (_tells(key) or _LOOKS.search(data)) else data


def _is_secret(data: Any) -> bool:
    if isinstance(data, list):
        return any(_is_secret(item) for item in data)
    if not isinstance(data, dict):
        return False
    kind = data.get("kind")
    if isinstance(kind, str) and kind.strip().lower() in ("secret", "secrets", "secretlist"):
        return True
    if isinstance(kind, str) and kind.endswith("List") and not isinstance(data.get("items"), list):
        return True  # of a list that is none nobody knows
    return any(_is_secret(below) for below in data.values())


def _tells(key: str) -> bool:
    return key not in _REFERENCES and bool(_NAMES.search(key))


def _secrets(node: Node, key: str, hidden: bool) -> Iterator[Node]:
    """The scalars that may be secrets; `hidden`: what the node stands under is one, so all of it is."""
    if node.kind == SCALAR:
        text = isinstance(nodes.scalar_value(node), str)
        if not node.empty and (hidden or (text and (_tells(key) or _LOOKS.search(node.value)))):
            yield node
    elif node.kind == SEQUENCE:
        before = ""
        for item in node.value:
            yield from _secrets(item, key, hidden or bool(_OPTION.fullmatch(before)))
            before = item.value if item.kind == SCALAR else ""
    elif node.kind == MAPPING:
        named = any(
            name.kind == SCALAR
            and name.value == "name"
            and below.kind == SCALAR
            and _NAMES.search(below.value)
            for name, below in node.value
        )
        for name, below in node.value:
            word = name.value if name.kind == SCALAR else ""
            if _LOOKS.search(word) or hidden:
                yield name
            yield from _secrets(below, word, hidden or (named and word == "value"))
    elif node.kind == ALIAS:
        return  # what it stands for is hidden where its anchor is


def _hidden(written: str) -> str:
    """As many lines as were written, so that the others keep their places."""
    first, *rest = written.split("\n")
    head = re.match(r"[|>][^\n]*", first)
    kept = [line[: len(line) - len(line.lstrip())] + NOT_SHOWN if line.strip() else line for line in rest]
    return "\n".join([head[0] if head else NOT_SHOWN, *kept])
