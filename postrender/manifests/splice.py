"""From a parsed document and what it should say to the smallest changes of its text.

`splices` walks the document's nodes beside the wanted data and changes text only where the two
differ. A node that cannot be changed in place is written anew, and only that node.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from postrender.manifests import emit
from postrender.manifests.nodes import (
    ALIAS,
    MAPPING,
    SCALAR,
    SEQUENCE,
    Node,
    Pair,
    is_merge,
    key_text,
    value_of,
)
from postrender.manifests.style import column_of, first_of, style_of

Path = tuple[str, ...]


class Splice(NamedTuple):
    """Replace the text between two offsets. `order` keeps insertions at one place in sequence."""

    start: int
    end: int
    order: int
    text: str


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal as JSON: 1, 1.0, true and "1" are four different things."""
    return left is right or json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def apply(text: str, splices: list[Splice]) -> str:
    """`text` with the splices made."""
    parts: list[str] = []
    position = 0
    # A stable sort: of two insertions at one place the one found first, the inner one, comes first.
    for start, end, _, new in sorted(splices, key=lambda found: found[:1] + found[2:3]):
        parts += (text[position:start], new)
        position = max(position, end)
    parts.append(text[position:])
    return "".join(parts)


class Splicer:
    """Collects the splices that make `text` (parsed as `root`) say something else.

    `anew`: paths of nodes to be written anew instead of being changed in place; `touched` collects
    the paths of the collections whose own text was changed.
    `aliased`: whether the document has aliases; only then are changed anchors looked for.
    """

    def __init__(self, text: str, root: Node, aliased: bool, anew: frozenset[Path]) -> None:
        self.text = text
        self.root = root
        self.anew = anew
        self.aliased = aliased
        self.style = style_of(text, root)
        self.found: list[Splice] = []
        self.touched: list[Path] = []
        self._changed_anchors: dict[int, Any] = {}

    def splices(self, wanted: Any) -> list[Splice]:
        """The splices after which the document says `wanted`."""
        if self.aliased:
            self._find_changed_anchors(self.root, wanted)
        if () in self.anew or not _alike(self.root, wanted):
            self._put(self.root.start, self._trimmed(self.root.end), emit.block(wanted, 0, self.style))
        else:
            self._inside(self.root, wanted, ())
        return self.found

    # -- what differs -------------------------------------------------------------------------

    def _inside(self, node: Node, wanted: Any, path: Path) -> None:
        """Change what differs below a collection that stays the collection it is."""
        if node.kind == MAPPING:
            self._mapping(node, wanted, path)
        else:
            self._sequence(node, wanted, path)

    def _differs(self, node: Node, wanted: Any) -> bool:
        if node.kind == ALIAS:
            target = id(node.value)
            if target in self._changed_anchors:
                return not same(self._changed_anchors[target], wanted)
            return not same(value_of(node), wanted)
        if self.aliased and _holds_alias(node):
            return True
        return not same(value_of(node), wanted)

    def _forced(self, path: Path) -> bool:
        return any(place[: len(path)] == path for place in self.anew)

    def _mapping(self, node: Node, wanted: dict[str, Any], path: Path) -> None:
        pairs: dict[str, Pair] = {}
        for key, value in node.value:
            pairs[key_text(key)] = (key, value)
        kept = [name for name in pairs if name in wanted]
        added = {name: content for name, content in wanted.items() if name not in pairs}
        for name in kept:
            key, value = pairs[name]
            inner = (*path, name)
            if self._differs(value, wanted[name]) or self._forced(inner):
                self._entry(node, key, value, wanted[name], inner)
        gone = [pair for name, pair in pairs.items() if name not in wanted]
        for key, value in gone:
            self._drop(node, key.start, value.end, [k.start for k, _ in node.value])
        if added or gone:
            self.touched.append(path)
        if added:
            self._add(node, added, path)

    def _entry(self, parent: Node, key: Node, value: Node, wanted: Any, path: Path) -> None:
        if path not in self.anew and _alike(value, wanted):
            self._inside(value, wanted, path)
            return
        self.touched.append(path[:-1])
        if parent.flow:
            self._flow_value(parent, key, value, wanted)
        else:
            self._block_value(parent, key, value, wanted)

    def _sequence(self, node: Node, wanted: list[Any], path: Path) -> None:
        items = node.value
        most = min(len(items), len(wanted))
        head = 0
        while head < most and not self._differs(items[head], wanted[head]):
            if self._forced((*path, str(head))):
                break
            head += 1
        tail = 0
        while tail < most - head and not self._differs(items[-1 - tail], wanted[len(wanted) - 1 - tail]):
            tail += 1
        old = items[head : len(items) - tail]
        new = wanted[head : len(wanted) - tail]
        for offset, (item, content) in enumerate(zip(old, new, strict=False)):
            inner = (*path, str(head + offset))
            if self._differs(item, content) or self._forced(inner):
                self._item(node, item, content, inner)
        if len(old) != len(new):
            self.touched.append(path)
        starts = [item.start if node.flow else self._dash(item) for item in items]
        for index in range(head + len(new), head + len(old)):
            self._drop(node, starts[index], items[index].end, starts)
        extra = new[len(old) :]
        if extra:
            place = head + len(old)
            if place == len(items):
                self._append(node, extra)
            else:
                self._insert(node, starts[place], extra)

    def _item(self, parent: Node, item: Node, wanted: Any, path: Path) -> None:
        if path not in self.anew and _alike(item, wanted):
            self._inside(item, wanted, path)
            return
        self.touched.append(path[:-1])
        if parent.flow:
            self._put(item.start, item.end, self._flow_text(parent, wanted))
        elif item.empty:
            self._put(
                item.start,
                item.end,
                " " + emit.block(wanted, column_of(self.text, self._dash(item)) + 2, self.style),
            )
        else:
            self._put(
                item.start,
                self._trimmed(item.end),
                emit.block(wanted, column_of(self.text, item.start), self.style),
            )

    # -- block style --------------------------------------------------------------------------

    def _block_value(self, parent: Node, key: Node, value: Node, wanted: Any) -> None:
        """Put `wanted` where `value` stands, behind `key` in a block mapping."""
        column = column_of(self.text, parent.start)
        colon = self.text.index(":", key.end) + 1
        line_end = self._line_end(colon)
        end = self._trimmed(value.end)
        own_line = value.start > line_end
        scalar = value.kind in (SCALAR, ALIAS) and value.flow not in ("|", ">")
        if not (isinstance(wanted, (dict, list)) and wanted):
            new = self._scalar_text(value, wanted)
            if scalar or (value.flow and own_line):
                self._put(value.start, end, new if value.start > colon else " " + new)
            else:
                self._put(colon, colon, " " + new, order=0)
                self._put(line_end if own_line else colon, end, "", order=1)
            return
        if own_line and (value.flow or scalar) and not isinstance(wanted, list):
            self._put(value.start, end, emit.block(wanted, column_of(self.text, value.start), self.style))
            return
        inner = column + (self.style.step if isinstance(wanted, dict) else self.style.dash)
        text = self.style.newline + " " * inner + emit.block(wanted, inner, self.style)
        if own_line:
            self._put(line_end, end, text)
        else:
            self._put(colon, end, "", order=0)
            behind = self._line_end(end)
            self._put(behind, behind, text, order=1)

    def _add(self, node: Node, added: dict[str, Any], path: Path) -> None:
        if node.flow:
            last = node.value[-1][1].end if node.value else None
            first = node.value[-1][0].start if node.value else None
            entries = [self._flow_entry(node, name, content) for name, content in added.items()]
            self._flow_add(node, first, last, entries)
            return
        column = column_of(self.text, node.start)
        entries = [emit.entry(name, content, column, self.style) for name, content in added.items()]
        self._behind(node.end, [" " * column + text for text in entries])

    def _append(self, node: Node, items: list[Any]) -> None:
        if node.flow:
            last = node.value[-1] if node.value else None
            texts = [self._flow_text(node, item) for item in items]
            self._flow_add(node, last.start if last else None, last.end if last else None, texts)
            return
        column = column_of(self.text, self._dash(node.value[-1]))
        texts = [" " * column + "- " + emit.block(item, column + 2, self.style) for item in items]
        self._behind(node.end, texts)

    def _insert(self, node: Node, place: int, items: list[Any]) -> None:
        if node.flow:
            self._put(place, place, "".join(self._flow_text(node, item) + ", " for item in items))
            return
        column = column_of(self.text, place)
        between = self.style.newline + " " * column
        self._put(
            place, place, "".join("- " + emit.block(item, column + 2, self.style) + between for item in items)
        )

    def _behind(self, end: int, lines: list[str]) -> None:
        """Insert whole lines behind the content that ends at `end`."""
        newline = self.style.newline
        text = newline.join(lines)
        place = end
        if self.text[end - 1 : end] != "\n":
            place = self._line_end(end)
            place += len(self._newline_at(place))
        whole = self.text[place - 1 : place] == "\n"
        self._put(place, place, text + newline if whole else newline + text, order=2)

    def _drop(self, node: Node, start: int, end: int, starts: list[int]) -> None:
        """Remove the entry or item between two offsets; `starts` are those of all its siblings."""
        following = [other for other in starts if other > start]
        if node.flow:
            if following:
                self._put(start, following[0], "")
            else:
                comma = self.text.rfind(",", node.start, start)
                self._put(comma if comma >= 0 else start, end, "")
            return
        line_start = start - column_of(self.text, start)
        if self.text[line_start:start].strip():
            # Behind a dash on the same line: what follows moves up to its place.
            self._put(start, following[0] if following else end, "")
        else:
            after = self._line_end(end)
            newline = 0 if end and self.text[end - 1] == "\n" else len(self._newline_at(after))
            stop = end if end and self.text[end - 1] == "\n" else after + newline
            self._put(line_start, stop, "")

    # -- flow style ---------------------------------------------------------------------------

    def _flow_value(self, parent: Node, key: Node, value: Node, wanted: Any) -> None:
        new = self._flow_text(parent, wanted)
        if value.empty and not self.text[key.end :].lstrip().startswith(":"):
            new = ": " + new
        elif value.empty:
            new = " " + new
        self._put(value.start, value.end, new)

    def _flow_entry(self, parent: Node, name: str, content: Any) -> str:
        name = json.dumps(name, ensure_ascii=False) if _quotes_keys(parent) else emit.flow(name)
        return f"{name}: {self._flow_text(parent, content)}"

    def _flow_text(self, parent: Node, wanted: Any) -> str:
        quote_keys = _quotes_keys(parent) or _quotes_keys(self.root)
        if quote_keys and isinstance(wanted, (dict, list)) and self._own_line(parent):
            column = column_of(self.text, first_of(parent).start)
            return emit.json_lines(wanted, column, self.style.step, self.style.newline)
        return emit.flow(wanted, quote_keys)

    def _flow_add(self, node: Node, first: int | None, last: int | None, texts: list[str]) -> None:
        if first is None or last is None:
            self._put(node.start + 1, node.start + 1, ", ".join(texts))
            return
        between = ", "
        if self._own_line(node):
            between = "," + self.style.newline + " " * column_of(self.text, first_of(node).start)
        self._put(last, last, "".join(between + text for text in texts), order=2)

    # -- places in the text -------------------------------------------------------------------

    def _scalar_text(self, old: Node, wanted: Any) -> str:
        if isinstance(wanted, str) and old.kind == SCALAR and old.flow == '"':
            return emit.flow(wanted, quote_keys=True)
        return emit.flow(wanted)

    def _put(self, start: int, end: int, text: str, order: int = 1) -> None:
        self.found.append(Splice(start, end, order, text))

    def _line_end(self, offset: int) -> int:
        """The offset where the line ends, before its line break."""
        end = self.text.find("\n", offset)
        if end < 0:
            return len(self.text)
        return end - 1 if end > offset and self.text[end - 1] == "\r" else end

    def _newline_at(self, offset: int) -> str:
        return "\r\n" if self.text.startswith("\r\n", offset) else self.text[offset : offset + 1]

    def _trimmed(self, end: int) -> int:
        """The end of content without the line breaks that a block scalar takes with it."""
        while end and self.text[end - 1] in "\r\n":
            end -= 1
        return end

    def _dash(self, item: Node) -> int:
        return self.text.rindex("-", 0, item.start)

    def _own_line(self, node: Node) -> bool:
        """Whether a flow collection's first entry stands on a line of its own."""
        return bool(node.value) and "\n" in self.text[node.start : first_of(node).start]

    def _find_changed_anchors(self, node: Node, wanted: Any) -> None:
        if node.anchored and not same(value_of(node), wanted):
            self._changed_anchors[id(node)] = wanted
        if node.kind == MAPPING and isinstance(wanted, dict):
            for key, value in node.value:
                name = key_text(key)
                if name in wanted:
                    self._find_changed_anchors(value, wanted[name])
        elif node.kind == SEQUENCE and isinstance(wanted, list):
            for item, content in zip(node.value, wanted, strict=False):
                self._find_changed_anchors(item, content)


def _alike(node: Node, wanted: Any) -> bool:
    """Whether the node can be changed in place to say `wanted`: a filled collection of the same sort."""
    if not (node.kind in (MAPPING, SEQUENCE) and node.value and wanted):
        return False
    if node.kind == SEQUENCE:
        return isinstance(wanted, list)
    if not isinstance(wanted, dict) or any(is_merge(key) for key, _ in node.value):
        return False
    names = {key_text(key) for key, _ in node.value}
    kept = names & wanted.keys()
    # In braces an entry that goes and one that comes would fight for one comma.
    return bool(kept) and not (node.flow and kept != names and kept != wanted.keys())


def _holds_alias(node: Node) -> bool:
    if node.kind == MAPPING:
        return any(_holds_alias(value) for _, value in node.value)
    if node.kind == SEQUENCE:
        return any(_holds_alias(item) for item in node.value)
    return node.kind == ALIAS


def _quotes_keys(node: Node) -> bool:
    return node.kind == MAPPING and bool(node.value) and all(key.flow == '"' for key, _ in node.value)
