"""One document parsed with positions: libyaml's events made into nodes that know where they stand.

Its own composer, for three reasons: an alias keeps its own place, the end of a block is the end of
its content and not of the comments behind it, and depth and expansion are bounded while reading.
"""

from __future__ import annotations

import re
from typing import Any

from postrender.errors import UnreadableError
from postrender.manifests import quick, scalars
from postrender.manifests.libyaml import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingNode,
    MappingStartEvent,
    MarkedYAMLError,
    Parser,
    ReaderError,
    ScalarEvent,
    ScalarNode,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from postrender.manifests.quick import MAX_DEPTH, Doubled

SCALAR, MAPPING, SEQUENCE, ALIAS = "scalar", "mapping", "sequence", "alias"

MAX_EXPANDED = 250_000  # nodes, once each alias is written out

_DIRECTIVE = "a YAML directive (a line that starts with %), which Helm and kubectl refuse; remove it"
_SECOND = "a second document without a line `---` before it"

# Anchors and tags before a scalar, with the white space and comments behind them.
_PROPERTIES = re.compile(
    r"(?:(?:!<[^>\s]*>|[&!][^\s,\[\]{}]*)(?:[ \t\n\r\x85\u2028\u2029]+(?:#[^\n\r\x85\u2028\u2029]*)?)*)+"
)

Pair = tuple["Node", "Node"]


class Node:
    """A node of a document. `start` and `end` are offsets into its text; `end` is where content ends.

    `body`: the offset behind its anchor and tag, where the first brace, dash, key or letter stands.
    `value`: the text of a scalar, the pairs of a mapping, the items of a sequence, an alias's target.
    `flow`: written with braces or brackets; for a scalar, the style (`None` is plain).
    `size`, `height`: its nodes and its levels, once each alias is written out.
    """

    __slots__ = ("kind", "start", "body", "end", "value", "flow", "tag", "anchored", "size", "height")

    def __init__(self, kind: str, start: int, end: int, value: Any, flow: Any, tag: str | None) -> None:
        self.kind = kind
        self.start = self.body = start
        self.end = end
        self.value = value
        self.flow = flow
        self.tag = tag
        self.anchored = False
        self.size = 1
        self.height = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is written where this value should stand, as in `volumes:`."""
        return self.body == self.end and self.kind == SCALAR


class _Seen(Node):
    """A node that libyaml composed; the nodes in it are made when its value is asked for."""

    __slots__ = ("_composed",)

    def __init__(self, composed: Any) -> None:
        self._composed = composed
        self.start = self.body = composed.start_mark.index
        self.tag = None
        self.anchored = False
        if type(composed) is ScalarNode:
            self.kind = SCALAR
            self.end = composed.end_mark.index
            self.value = composed.value
            self.flow = composed.style or None
        else:
            self.kind = MAPPING if type(composed) is MappingNode else SEQUENCE
            self.flow = composed.flow_style
            while not getattr(composed, "flow_style", True):
                # The content of a block ends with that of its last entry.
                last = composed.value[-1]
                composed = last[1] if type(composed) is MappingNode else last
            self.end = composed.end_mark.index

    def __getattr__(self, name: str) -> Any:
        if name != "value":
            raise AttributeError(name)
        within = self._composed.value
        if self.kind == MAPPING:
            self.value = [(_Seen(key), _Seen(value)) for key, value in within]
        else:
            self.value = [_Seen(item) for item in within]
        return self.value


class Tree:
    """A parsed document: what it says as plain data, whether it has aliases, the keys that stand twice, each
    with its offset, and its root (None: nothing but comments), which is read again when it is asked for.
    """

    __slots__ = ("data", "aliased", "doubled", "_root", "_text")

    def __init__(
        self, data: Any, root: Node | None, aliased: bool, doubled: Doubled, text: str | None = None
    ) -> None:
        self.data = data
        self.aliased = aliased
        self.doubled = doubled
        self._root = root
        self._text = text

    @property
    def root(self) -> Node | None:
        if self._text is None:
            return self._root
        # Not kept: the nodes of a document take fifty times as much memory as its text.
        composed = quick.composed(self._text)
        return None if composed is None else _Seen(composed)


class _ProblemError(Exception):
    """What is wrong with a document, and the offset of the place."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.what = what
        self.offset = offset


def compose(text: str, where: str, first_line: int) -> Tree:
    """Parse the one document in `text`. `where` names it in errors; `first_line` is its line in the stream.

    Raises UnreadableError, with the line, for what is not one YAML document or is too deep or too large.
    """
    said = quick.read(text)
    if said is not None:
        return Tree(said[0], None, False, said[1], text)
    try:
        return _compose(text)
    except _ProblemError as problem:
        line = first_line + text.count("\n", 0, problem.offset)
        raise UnreadableError(f"{where}, line {line}: {problem.what}") from None
    except ReaderError as error:
        line = first_line + text.count("\n", 0, max(error.position, 0))
        raise UnreadableError(f"{where}, line {line}: a character that YAML does not allow") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise UnreadableError(f"{where}, line {line}: not YAML: {_reason(error, text, mark)}") from None


def _reason(error: MarkedYAMLError, text: str, mark: Any) -> str:
    lines = text.splitlines()
    if mark and mark.line < len(lines) and "\t" in lines[mark.line][: mark.column + 1]:
        return "a tab where only spaces may indent; replace it with spaces"
    if error.problem == "did not find expected <document start>":
        return _DIRECTIVE if any(line.startswith("%") for line in lines) else _SECOND
    parts = [part for part in (error.problem, error.context) if part]
    return ", ".join(parts) or "it cannot be parsed"


def _compose(text: str) -> Tree:
    next_event = Parser(text).get_event
    anchors: dict[str, Node] = {}
    doubled: Doubled = []
    aliased = False
    # The open collections, innermost last, and for a mapping the key that waits for its value.
    root = Node(SEQUENCE, 0, 0, [], True, None)
    stack: list[tuple[Node, list[Any]]] = [(root, root.value)]
    top = root
    waiting: list[Node | None] = [None]
    while True:
        event: Any = next_event()
        kind = type(event)
        if kind is ScalarEvent:
            style = event.style
            node = Node(
                SCALAR, event.start_mark.index, event.end_mark.index, event.value,
                None if style == "" or style == "\0" else style, event.tag,
            )  # fmt: skip
            if event.anchor is not None or event.tag is not None:
                found = _PROPERTIES.match(text, node.start, node.end)
                node.body = found.end() if found else node.start
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            node = Node(
                MAPPING if kind is MappingStartEvent else SEQUENCE,
                event.start_mark.index, event.end_mark.index, [], event.flow_style, event.tag,
            )  # fmt: skip
            node.height = 1
            # The event ends behind the opening bracket or the dash of a list that is not indented.
            within = kind is SequenceStartEvent and text[node.end : node.end + 1] != "-"
            node.body = node.end - 1 if event.flow_style or within else node.end
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            stack.pop()
            closed, top = top, stack[-1][0]
            waiting.pop()
            _close(closed, event.end_mark.index, doubled)
            if top is not root:
                top.size += closed.size
                top.height = max(top.height, closed.height + 1)
                if top.size > MAX_EXPANDED and aliased:
                    raise _ProblemError(
                        "its aliases stand for too much; write out what they mean", closed.start
                    )
            continue
        elif kind is AliasEvent:
            target = anchors.get(event.anchor)
            if target is None:
                raise _ProblemError(
                    "an alias to an anchor that does not stand before it", event.start_mark.index
                )
            if any(opened is target for opened, _ in stack):
                raise _ProblemError("an alias inside its own anchor", event.start_mark.index)
            node = Node(ALIAS, event.start_mark.index, event.end_mark.index, target, None, None)
            node.size = target.size
            node.height = target.height
            top.height = max(top.height, target.height + 1)
            if len(stack) + target.height - 1 > MAX_DEPTH:
                raise _ProblemError(f"nested deeper than {MAX_DEPTH} levels by its aliases", node.start)
            target.anchored = aliased = True
        elif kind is StreamEndEvent:
            if len(root.value) > 1:
                raise _ProblemError(_SECOND, root.value[1].start)
            first: Node | None = root.value[0] if root.value else None
            return Tree(None if first is None else value_of(first), first, aliased, doubled)
        else:
            if kind is DocumentStartEvent and (event.version or event.tags):
                raise _ProblemError(_DIRECTIVE, event.start_mark.index)
            if kind is DocumentEndEvent:
                anchors.clear()
            continue

        if kind is not AliasEvent and event.anchor is not None:
            anchors[event.anchor] = node
        if top.kind == MAPPING:
            key = waiting[-1]
            if key is None:
                waiting[-1] = node
            else:
                top.value.append((key, node))
                waiting[-1] = None
        else:
            top.value.append(node)
        if node.kind == MAPPING or node.kind == SEQUENCE:
            if len(stack) > MAX_DEPTH:
                raise _ProblemError(f"nested deeper than {MAX_DEPTH} levels", node.start)
            stack.append((node, node.value))
            waiting.append(None)
            top = node
        elif top is not root:
            top.size += node.size


def _close(node: Node, end: int, doubled: Doubled) -> None:
    """Set where a finished collection ends, and note the keys that stand twice in a mapping."""
    if node.flow:
        node.end = end
    elif node.value:
        last = node.value[-1]
        node.end = (last[1] if node.kind == MAPPING else last).end
    if node.kind == MAPPING:
        keys = [(key_text(key), key.start) for key, _ in node.value if not is_merge(key)]
        if len({name for name, _ in keys}) != len(keys):
            seen: set[str] = set()
            for name, start in keys:
                if name in seen:
                    doubled.append((name, start))
                seen.add(name)


def is_merge(key: Node) -> bool:
    """Whether `key` is the merge key `<<`, which Helm 4 writes as `!!merge <<`."""
    return key.kind == SCALAR and (
        (key.value == "<<" and key.flow is None and key.tag is None) or key.tag == "tag:yaml.org,2002:merge"
    )


def key_text(key: Node) -> str:
    """The key as JSON has it: always a string."""
    if key.kind == SCALAR and key.tag is None:
        # Nearly every key: a word that stands for itself.
        value = key.value if key.flow is not None else scalars.resolve(key.value)
        if isinstance(value, str):
            return value
    if key.kind == ALIAS:
        return key_text(key.value)
    if key.kind != SCALAR:
        raise _ProblemError("a key that is not a scalar", key.start)
    return scalars.key_of(scalar_value(key), str(key.value))


def scalar_value(node: Node) -> scalars.Scalar:
    """The value of a scalar node, as Kubernetes reads it."""
    if node.tag is None or node.tag == "!":
        return scalars.resolve(node.value) if node.flow is None and node.tag is None else str(node.value)
    name = node.tag.removeprefix("tag:yaml.org,2002:")
    if name in ("int", "float", "bool", "null"):
        return scalars.resolve(node.value)
    if name == "binary":
        return _binary(node)
    return str(node.value)


def _binary(node: Node) -> str:
    import base64

    try:
        content = base64.b64decode(node.value.replace("\n", "").replace("\r", ""), validate=True)
    except ValueError:
        raise _ProblemError("a !!binary value that is not base64", node.start) from None
    return content.decode("utf-8", "replace")


def value_of(node: Node) -> Any:
    """The node's content as plain data, nothing shared: aliases written out, merge keys merged."""
    kind = node.kind
    if kind == SCALAR:
        # The two cases that nearly every scalar is, before the general one.
        if node.tag is None:
            return node.value if node.flow is not None else scalars.resolve(node.value)
        return scalar_value(node)
    if kind == MAPPING:
        data: dict[str, Any] = {}
        for key, value in node.value:
            if is_merge(key):
                # In the order written, as Kubernetes does: a merge key overrides what stands before it.
                data.update(merged(value))
            else:
                data[key_text(key)] = value_of(value)
        return data
    if kind == SEQUENCE:
        return [value_of(item) for item in node.value]
    return value_of(node.value)


def sources_of(value: Node) -> list[Node]:
    """The maps that a merge key takes, as written: aliases stay aliases."""
    target = value.value if value.kind == ALIAS else value
    return target.value if target.kind == SEQUENCE else [value]


def merged(value: Node) -> dict[str, Any]:
    """What a merge key brings: of several maps the first wins."""
    data: dict[str, Any] = {}
    for source in reversed(sources_of(value)):
        inherited = value_of(source)
        if not isinstance(inherited, dict):
            raise _ProblemError("a merge key (<<) that does not merge a map", value.start)
        data.update(inherited)
    return data
