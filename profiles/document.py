"""A profile file as a tree of nodes, each with its place; trees are laid over each other with `overlay`."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import category

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode
from ruamel.yaml.reader import ReaderError

from profiles.errors import ProfileError, shown
from profiles.opening import opened

# A profile is written by hand. The bounds keep a wrong file (a log, an alias bomb)
# from costing more than a moment.
MOST_BYTES = 1 << 18
MOST_VALUES = 20_000
MOST_DEPTH = 40

_CORE = "tag:yaml.org,2002:"
# Unicode's categories: control characters, halves of characters, and separators of lines and paragraphs.
_CONTROLS = ("Cc", "Cs", "Zl", "Zp")
# What turns the direction of the text behind it: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
_TURNS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

_NAMED = re.compile(r" (['\"])(?!<)[^'\"]{5,}\1")

# Keys that say of what kind a map is; another kind has other keys.
KIND_KEYS = ("storage", "mode")

Scalar = str | int | float | bool | None


class Place(NamedTuple):
    """Where something stands: the file as the user named it, line and column from 1.

    `rank` counts how far up the `extends` chain the file is: 0 is the user's own.
    """

    source: str
    line: int
    column: int
    rank: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


class Node(NamedTuple):
    """A value of a profile.

    `key` is where its key (of a list: its item) begins, `place` where the value does.
    """

    value: Mapping[str, Node] | tuple[Node, ...] | Scalar
    key: Place
    place: Place


def read(path: Path, source: str, rank: int) -> Node:
    """The profile file at `path`, a map at the top. Raises ProfileError, naming the file `source`."""
    text = _text(path, source)
    directive = re.search(r"^%(?!YAML 1\.[12][ \t]*\r?$)", text, re.MULTILINE)
    if directive:
        line, _ = _position(text, directive.start())
        raise ProfileError(
            f"{source}:{line}:1: a YAML directive other than of YAML 1.1 or 1.2; delete the line"
        )
    try:
        with warnings.catch_warnings():
            # YAML lets an anchor stand twice; ruamel.yaml warns of it, and shows the lines.
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            top = YAML(typ="safe", pure=True).compose(text)
    except ReaderError as error:
        line, column = _position(text, error.position)
        raise ProfileError(
            f"{source}:{line}:{column}: a control character; YAML allows none; delete it"
        ) from None
    except MarkedYAMLError as error:
        raise ProfileError(_syntax(error, source)) from None
    except (YAMLError, ValueError) as error:
        raise ProfileError(f"{source}:1:1: not YAML ({type(error).__name__}); check the file") from None
    except RecursionError:
        raise ProfileError(
            f"{source}:1:1: nested too deep to read; a profile has a handful of levels; check the brackets"
        ) from None
    if top is None:
        raise ProfileError(
            f"{source}:1:1: the profile is empty; a profile names at least what it builds on; "
            "write: extends: production"
        )
    if not isinstance(top, MappingNode):
        kind = "a list" if isinstance(top, SequenceNode) else "a plain value"
        raise ProfileError(
            f"{source}:{top.start_mark.line + 1}:{top.start_mark.column + 1}: {kind} stands at the top; "
            "a profile is a map of keys; write keys such as extends: production"
        )
    reading = _Reading(source, rank)
    node = reading.node(top, None, 0)
    if reading.problems:
        raise ProfileError("\n".join(reading.problems))
    return node


def plain(node: Node) -> Any:
    """The node as dicts, lists and scalars."""
    if isinstance(node.value, Mapping):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, tuple):
        return [plain(child) for child in node.value]
    return node.value


def overlay(base: Node, over: Node) -> Node:
    """`over` laid on `base`: maps key by key, everything else (lists, scalars, null) replaced.

    A map of another kind than the inherited one, such as a database of another storage, replaces it.
    """
    if not isinstance(base.value, Mapping) or not isinstance(over.value, Mapping):
        return over
    merged = dict(base.value)
    if any(
        key in merged and key in over.value and merged[key].value != over.value[key].value
        for key in KIND_KEYS
    ):
        return over
    for key, child in over.value.items():
        merged[key] = overlay(merged[key], child) if key in merged else child
    return Node(merged, over.key, over.place)


def find(node: Node, path: tuple[str | int, ...]) -> tuple[Node, bool]:
    """The node at `path`, or the nearest one above it; the flag says whether it is the very one."""
    for step in path:
        value = node.value
        if isinstance(value, Mapping) and step in value:
            node = value[str(step)]
        elif isinstance(value, tuple) and isinstance(step, int) and step < len(value):
            node = value[step]
        else:
            return node, False
    return node, True


def _text(path: Path, source: str) -> str:
    try:
        with open(path, "rb", opener=opened) as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise ProfileError(f"{source}: no such file; check the path") from None
    except IsADirectoryError:
        raise ProfileError(f"{source}: a folder; a profile is one file; name the file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise ProfileError(
            f"{source}: cannot be read: {reason}; check the path and its permissions"
        ) from None
    if len(content) > MOST_BYTES:
        raise ProfileError(
            f"{source}: larger than {MOST_BYTES // 1024} KiB; that is no profile; check the path"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise ProfileError(
            f"{source}:{before.count(bytes([10])) + 1}:{column}: not UTF-8 from this byte on; "
            "profiles are read as UTF-8; save the file in that encoding"
        ) from None


def _position(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - before.rfind("\n")


def _syntax(error: MarkedYAMLError, source: str) -> str:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    # A name in quotes, of an alias or a tag, may be a password that begins with a sign of YAML's.
    problem = _NAMED.sub("", " ".join((error.problem or "it cannot be read").split()))
    cure = "check the indentation, the colons and the quotes here"
    if "\\t" in problem or "\t" in problem:
        cure = "indent with spaces, not with tabs"
    elif "another document" in problem:
        problem, cure = "a second document begins", "keep one profile in a file"
    return f"{source}:{line}:{column}: not YAML: {problem}; {cure}"


class _Reading:
    """One pass over the composed tree of a file; gathers the problems instead of stopping at the first."""

    def __init__(self, source: str, rank: int) -> None:
        self.source = source
        self.rank = rank
        self.problems: list[str] = []
        self.values = 0
        self.yaml = YAML(typ="safe", pure=True)

    def node(self, found: YamlNode, key: Place | None, depth: int) -> Node:
        place = self._place(found)
        self.values += 1
        # Aliases are followed each time they stand, so an alias bomb ends here and not in memory.
        if self.values > MOST_VALUES or depth > MOST_DEPTH:
            raise ProfileError(
                f"{place}: more than {MOST_VALUES} values or {MOST_DEPTH} levels; "
                "that is no profile; check its anchors and aliases"
            )
        if isinstance(found, MappingNode):
            return Node(self._map(found, depth), key or place, place)
        if isinstance(found, SequenceNode):
            items = (self.node(item, self._place(item), depth + 1) for item in found.value)
            return Node(tuple(items), key or place, place)
        return Node(self._scalar(found, place), key or place, place)

    def _map(self, found: MappingNode, depth: int) -> dict[str, Node]:
        children: dict[str, Node] = {}
        for key, value in found.value:
            place = self._place(key)
            if not isinstance(key, ScalarNode):
                self.problems.append(f"{place}: a key that is no text; keys are plain words; write it so")
            elif key.tag == _CORE + "merge":
                self.problems.append(
                    f"{place}: YAML merge keys are not read here; use extends for what is shared"
                )
            elif self._text(key.value, place) in children:
                first = children[key.value].key
                self.problems.append(
                    f"{place}: the key {shown(key.value)} stands twice (first in line {first.line}); "
                    "one of them would be lost in silence; remove one"
                )
            else:
                children[key.value] = self.node(value, place, depth + 1)
        return children

    def _scalar(self, found: YamlNode, place: Place) -> Scalar:
        tag = found.tag.removeprefix(_CORE) if found.tag else "str"
        # Kubernetes reads a date as text, and so does the profile: its patches carry values for Kubernetes.
        if tag in ("str", "timestamp"):
            return self._text(str(found.value), place)
        if tag not in ("int", "float", "bool", "null"):
            self.problems.append(
                f"{place}: a YAML tag (a word behind !), which is not read here; write the plain value"
            )
            return None
        try:
            value = self.yaml.constructor.construct_object(found)
        except (ValueError, YAMLError):
            self.problems.append(f"{place}: a number that cannot be read; write it in decimal digits")
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self.problems.append(f"{place}: not a finite number; JSON and Kubernetes know none; write digits")
            return None
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return str(value)

    def _text(self, value: str, place: Place) -> str:
        # What an escape in quotes may bring: a terminal, a shell or a runbook would take it for a command.
        if any(category(sign) in _CONTROLS and sign not in "\n\t" for sign in value):
            self.problems.append(
                f"{place}: a control character, or half of a character, behind an escape; no text here needs "
                "one; delete it"
            )
        elif any(sign in _TURNS for sign in value):
            self.problems.append(
                f"{place}: a sign that turns the direction of text, so that it reads as something else; "
                "delete it"
            )
        return value

    def _place(self, found: YamlNode) -> Place:
        return Place(self.source, found.start_mark.line + 1, found.start_mark.column + 1, self.rank)
