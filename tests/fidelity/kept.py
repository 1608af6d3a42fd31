"""Which lines of a document an edit may change: those that hold an edited value, and no other.

A line ends with any line break of YAML 1.1. Added entries of a block map or list stand on lines of their own,
so they change none.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from typing import Any

from postrender.manifests import places, splice
from postrender.manifests.nodes import (
    ALIAS,
    MAPPING,
    SEQUENCE,
    Node,
    Tree,
    is_merge,
    key_text,
    merged,
    value_of,
)

_LINES = re.compile("[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029]|\\Z)")
_BREAKS = "\r\n\x85\u2028\u2029"
_OUR_COMMENT = re.compile(r"#c\d+\.")


def lines_of(text: str) -> list[str]:
    """The lines with their ends."""
    return [line for line in _LINES.findall(text) if line]


def lost(text: str, tree: Tree, wanted: Any, result: str) -> str:
    """What of `text`, edited to `result` to say `wanted`, went without need; empty where nothing did."""
    if tree.root is None:
        return "" if text == result else "an empty document was edited"
    ranges = _Ranges(text)
    ranges.differing(tree.root, wanted)
    ranges.scalars_above(tree.root)
    if tree.aliased:
        ranges.aliases(tree.root)
    lines = lines_of(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    free = {
        number
        for start, end, _ in ranges.found
        for number in range(
            bisect.bisect_right(starts, start) - 1, bisect.bisect_left(starts, max(end, start + 1))
        )
    }
    for number in sorted(free):
        # Blank lines below what went may go with it.
        while number + 1 < len(lines) and not lines[number + 1].strip():
            number += 1
            free.add(number)
    after = iter(lines_of(result))
    last = max((number for number in range(len(lines)) if number not in free), default=0)
    for number, line in enumerate(lines[: last + 1]):
        if number in free:
            continue
        # The end of the last one may change: it had none, or lines behind it went.
        bare = line.rstrip(_BREAKS)
        if not any(one == line or (number == last and one.rstrip(_BREAKS) == bare) for one in after):
            return f"line {number + 1}, which holds nothing edited, is gone or stands elsewhere: {line!r}"
    return _comments(text, result, ranges)


def _comments(text: str, result: str, ranges: _Ranges) -> str:
    left = _OUR_COMMENT.findall(result)
    if len(set(left)) != len(left):
        return "a comment stands twice"
    for found in _OUR_COMMENT.finditer(text):
        if found[0] not in left and not any(
            start <= found.start() < end
            or (whole and end <= found.start() and "\n" not in text[end : found.start()])
            for start, end, whole in ranges.found
        ):
            return f"the comment {found[0]} is gone, and it stands in no value that was replaced"
    return ""


class _Ranges:
    """Collects the ranges of a document's text that hold edited values: start, end, whether they went."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[tuple[int, int, bool]] = []
        # Collections that something is added to.
        self.grown: list[tuple[int, int]] = []
        # Lists that got longer or shorter and hold aliases: which item is which is then hard to say.
        self.shifted: list[tuple[int, int]] = []

    def differing(self, node: Node, wanted: Any) -> None:
        """Note what differs below a node."""
        if node.kind == MAPPING and node.value and isinstance(wanted, dict) and wanted:
            self._mapping(node, wanted)
        elif node.kind == SEQUENCE and node.value and isinstance(wanted, list) and wanted:
            self._sequence(node, wanted)
        elif node.kind == ALIAS or not splice.same(value_of(node), wanted):
            self._take(node.start, node.end)

    def _mapping(self, node: Node, wanted: dict[str, Any]) -> None:
        own = [(key_text(key), key, value) for key, value in node.value if not is_merge(key)]
        names = [name for name, _, _ in own]
        said = value_of(node)
        gone = said.keys() - wanted.keys()
        added = wanted.keys() - said.keys()
        changed = {name for name in said.keys() & wanted.keys() if not splice.same(said[name], wanted[name])}
        inherited = {name for name in gone | changed if name not in names}
        brought = {name for key, value in node.value if is_merge(key) for name in merged(value)}
        if brought & (gone | changed) or inherited or (node.flow and gone and added) or gone == said.keys():
            # What a merge key brings, what stands twice, and a lone comma: the map is written anew.
            self._take(node.start, node.end, whole=True)
            return
        last = {name: id(key) for name, key, _ in own}
        for name, key, value in own:
            if name in gone:
                self._take(key.start, value.end, whole=True)
                self._next([(one.start, one.start) for one, _ in node.value], key.start)
            elif name in changed and last[name] == id(key):
                if value.kind in (MAPPING, SEQUENCE) and value.value and _alike(value, wanted[name]):
                    self.differing(value, wanted[name])
                else:
                    self._take(key.start, value.end)
        if node.flow and gone:
            self._comma(max(value.end for name, _, value in own if name not in gone))
        if added:
            self._grow(node)

    def _sequence(self, node: Node, wanted: list[Any]) -> None:
        items = node.value
        old = [value_of(item) for item in items]
        most = min(len(old), len(wanted))
        head = next((i for i in range(most) if not splice.same(old[i], wanted[i])), most)
        tail = next(
            (i for i in range(most - head) if not splice.same(old[-1 - i], wanted[-1 - i])), most - head
        )
        middle = items[head : len(items) - tail]
        new = wanted[head : len(wanted) - tail]
        for item, content in zip(middle, new, strict=False):
            if not splice.same(value_of(item), content):
                self.differing(item, content)
        if len(new) != len(middle) and any(splice.holds_alias(item) for item in items):
            self.shifted.append((node.start, node.end))
        starts = [item.start for item in items]
        if not node.flow:
            starts = places.dashes(self.text, node.body, [item.end for item in items])
        dashes = {id(item): start for item, start in zip(items, starts, strict=True)}
        for item in middle[len(new) :]:
            self._take(dashes[id(item)], item.end, whole=True)
            self._next([(dashes[id(one)], one.start) for one in items], dashes[id(item)])
        if node.flow and len(middle) > len(new) and head + len(new):
            self._comma(items[head + len(new) - 1].end)
        if len(new) > len(middle):
            self._grow(node)
            if head + len(middle) < len(items):
                # In a list behind a dash or in brackets the new item takes the place of this one.
                item = items[head + len(middle)]
                place = dashes[id(item)]
                if node.flow or self.text[place - places.column_of(self.text, place) : place].strip():
                    self._take(place, item.start)

    def _next(self, starts: list[tuple[int, int]], start: int) -> None:
        """What follows a removed entry may move up to its place; `starts`: of dashes or keys, and values."""
        following = [found for found in starts if found[0] > start]
        if following:
            self._take(*following[0])

    def _comma(self, end: int) -> None:
        """In braces the last entry that stays loses its comma."""
        self._take(end, self.text.find(",", end) + 1 or end)

    def _grow(self, node: Node) -> None:
        self.grown.append((node.start, node.end))
        if node.flow:
            last = node.value[-1]
            end = last[1].end if node.kind == MAPPING else last.end
            self._take(end, end)
            self._take(node.end - 1, node.end - 1)

    def scalars_above(self, node: Node) -> None:
        """Note the literal texts that would say something else above what goes, or is added, below them."""
        if node.kind == MAPPING:
            for _, value in node.value:
                self.scalars_above(value)
        elif node.kind == SEQUENCE:
            for item in node.value:
                self.scalars_above(item)
        elif node.kind != ALIAS and node.flow in ("|", ">") and self._above(node.end):
            self._take(node.start, node.end)

    def _above(self, end: int) -> bool:
        """Whether what follows, but for blanks, goes; or nothing follows, not even a line break."""
        if end == len(self.text) and self.text[-1] not in _BREAKS:
            return any(stop == end for _, stop in self.grown)
        return any(whole and not self.text[end:start].strip(" \r\n?") for start, _, whole in self.found)

    def aliases(self, root: Node) -> None:
        """Note the aliases of what was changed: they must say what their anchors said."""
        before = -1
        while len(self.found) + len(self.grown) != before:
            before = len(self.found) + len(self.grown)
            touched = [(start, end) for start, end, _ in self.found] + self.grown
            for holder, alias in _aliases(root, root):
                target = alias.value
                if any(start <= target.end and target.start <= end for start, end in touched):
                    entry = (holder.start, holder.end, False)
                    for one in (entry, *((*shifted, False) for shifted in self.shifted)):
                        if one not in self.found:
                            self.found.append(one)

    def _take(self, start: int, end: int, whole: bool = False) -> None:
        self.found.append((start, end, whole))


def _alike(node: Node, wanted: Any) -> bool:
    return bool(wanted) and isinstance(wanted, dict if node.kind == MAPPING else list)


def _aliases(node: Node, root: Node, holder: Node | None = None) -> Iterator[tuple[Node, Node]]:
    """Each alias, and what may have to be written anew for it: itself, or the map that it is merged into.

    Below the first of two equal keys nothing is edited: where an anchor goes that is needed there, the whole
    document is written anew.
    """
    if node.kind == ALIAS:
        yield holder or node, node
    elif node.kind == MAPPING:
        last = {key_text(key): key for key, _ in node.value if not is_merge(key)}
        for key, value in node.value:
            yield from _aliases(key, root)
            inner = node if is_merge(key) else holder if last[key_text(key)] is key else root
            yield from _aliases(value, root, inner)
    elif node.kind == SEQUENCE:
        for item in node.value:
            yield from _aliases(item, root, holder)
