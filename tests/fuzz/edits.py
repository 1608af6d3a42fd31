"""A document and operations (RFC 6902) on it: the text is edited, read again and compared.

The bytes: a document; behind the first zero byte, what chooses the operations.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import jsonpatch
import yaml

from postrender.errors import UnreadableError
from postrender.manifests import nodes, splice, stream
from postrender.manifests.edit import edited
from postrender.manifests.manifest import pointer
from tests.fuzz import seeds

_Item = TypeVar("_Item")
_KEYS = ("a", "b", "name", "spec", "on", "1", "x y", "k:v", "#h", "<<", "é", "=", "")
_VALUES: tuple[Any, ...] = (
    "web", "", "true", "no", "1e3", "08", "1:30", "~", "a: b", "# c", " lead", "line\nbreak", "end\n", "*x",
    "- a", "'", '"', "%", "@", "\x07", "\u2028", "\ufeff", "---", "...", 0, -5, 10**18, 0.5, True, None,
    {}, [], {"a": "b"}, ["a", "b"], {"a": {"b": [1]}}, [[]], [{"name": "x", "value": "y"}],
)  # fmt: skip


class Choices:
    """Bytes as a row of choices; the first possibility where none is left."""

    def __init__(self, data: bytes) -> None:
        self.left = list(data)

    def one(self, items: Sequence[_Item]) -> _Item:
        return items[self.left.pop(0) % len(items)] if self.left else items[0]


def start() -> Iterator[bytes]:
    """The tests' documents and the charts', with a few operations each."""
    texts = [*seeds.edits(), *(d.text for text in seeds.releases() for d in stream.split(text))]
    for number, text in enumerate(texts):
        for change in range(3):
            yield text.encode() + b"\0" + bytes((number * 31 + change * 7 + i * 13) % 256 for i in range(9))


def once(data: bytes) -> None:
    """Raises AssertionError, or whatever a defect raises, where an edit does not say what it must."""
    document, _, rest = data.partition(b"\0")
    try:
        text = document.decode()
    except UnicodeDecodeError:
        return
    if len(stream.split(text)) != 1:
        return
    try:
        tree = nodes.compose(text, "document 1", 1)
    except UnreadableError:
        return
    if not isinstance(tree.data, dict) or not tree.data:
        return  # no manifest
    other = _by_pyyaml(text)
    # Where a merge key overrides a key before it, or a key stands twice, aliases may be written out.
    if not tree.doubled and ("<<" not in text or _agree(other, tree.data)):
        assert edited(text, tree, tree.data, "document 1") == text, "no operation, and a change"
    wanted = _changed(tree.data, Choices(rest))
    if _unsayable(wanted):
        return
    result = edited(text, tree, wanted, "document 1")
    assert splice.same(nodes.compose(result, "document 1", 1).data, wanted)
    assert len(stream.split(result)) == 1, "an edit made two documents of one"
    again = nodes.compose(result, "document 1", 1)
    assert edited(result, again, wanted, "document 1") == result
    if "<<" not in result and "!" not in result and _agree(other, tree.data):
        assert _agree(_by_pyyaml(result), wanted), "another reader of YAML reads something else"


def _unsayable(wanted: Any) -> bool:
    """More than any manifest: what JSON cannot hold."""
    try:
        return len(json.dumps(wanted, allow_nan=False)) > 200_000
    except ValueError:
        return True


def _changed(data: Any, choices: Choices) -> Any:
    """The data after one to three operations that fit it."""
    for _ in range(choices.one((1, 2, 3))):
        places = _places(data, ())
        path, value = choices.one(places)
        kinds = ["add"] if isinstance(value, (dict, list)) else []
        kinds += ["replace", "remove", "move", "copy"] if path else []
        if not kinds:
            return data
        kind = choices.one(kinds)
        operation: dict[str, Any] = {"op": kind, "path": pointer(path)}
        if kind == "add":
            ends = ("-", *map(str, range(len(value) + 1))) if isinstance(value, list) else (*_KEYS, *value)
            operation["path"] = pointer((*path, choices.one(ends)))
        if kind in ("move", "copy"):
            operation = {"op": kind, "from": pointer(path), "path": pointer((choices.one(_KEYS),))}
        if kind in ("add", "replace"):
            operation["value"] = choices.one(_VALUES)
        try:
            data = jsonpatch.apply_patch(data, [operation])
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
            return data
    return data


def _places(value: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    found = [(path, value)]
    entries: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list):
        entries = [(str(index), content) for index, content in enumerate(value)]
    for step, content in entries:
        if len(found) < 200:
            found += _places(content, (*path, step))
    return found


def _by_pyyaml(text: str) -> Any:
    try:
        return yaml.load(text, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return None


def _agree(read: Any, wanted: Any) -> bool:
    try:
        return splice.same(json.loads(json.dumps(read)), wanted)  # its keys may be numbers
    except TypeError:
        return False
