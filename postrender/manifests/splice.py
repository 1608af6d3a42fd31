"""From a parsed document and what it should say to the smallest changes of its text.

`splices` walks the document's nodes beside the wanted data and changes text only where the two
differ. A node that cannot be changed in place is written anew, and only that node.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from typing import Any

from postrender.manifests import places, removals
from postrender.manifests.anchors import GONE, Changed, forget, holds_alias, inherited, said
from postrender.manifests.changes import Changes, Splice
from postrender.manifests.nodes import ALIAS, MAPPING, SEQUENCE, Node, Pair, is_merge, key_text, value_of
from postrender.manifests.places import column_of

Path = tuple[str, ...]


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal as JSON: 1, 1.0, true and "1" are four different things."""
    if left is right:
        return True
    if type(left) is str or type(right) is str:
        return bool(left == right)
    # Most are equal, and say so in the same order.
    return repr(left) == repr(right) or json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


class Splicer:
    """Collects the splices that make `text` (parsed as `root`) say something else.

    `anew`: paths of nodes to be written anew instead of being changed in place; `touched` collects
    the paths of the collections whose own text was changed.
    `aliased`: whether the document has aliases; only then are changed anchors looked for.
    `places`: the paths at or below which the document differs from what is wanted; None: anywhere.
    """

    def __init__(
        self,
        text: str,
        root: Node,
        aliased: bool,
        anew: frozenset[Path],
        places: Iterable[Path] | None = None,
    ) -> None:
        self.text = text
        self.root = root
        self.anew = anew
        self.aliased = aliased
        self.changes = Changes(text, root)
        self.touched: list[Path] = []
        self._changed: Changed = {}
        # What stands at an alias may differ though no operation is about its path.
        self._places = None if aliased or anew or places is None else frozenset(places)
        self._above = frozenset(place[:depth] for place in self._places or () for depth in range(len(place)))

    def splices(self, wanted: Any) -> list[Splice]:
        """The splices after which the document says `wanted`."""
        if self.aliased:
            self._foresee(self.root, wanted, ())
        if () in self.anew or not self._alike(self.root, wanted):
            self.changes.root_anew(wanted)
        else:
            self._inside(self.root, wanted, ())
        return self.changes.found

    # -- what differs -------------------------------------------------------------------------

    def _inside(self, node: Node, wanted: Any, path: Path) -> None:
        """Change what differs below a collection that stays the collection it is."""
        if node.kind == MAPPING:
            self._mapping(node, wanted, path)
        else:
            self._sequence(node, wanted, path)

    def _differs(self, node: Node, wanted: Any, path: Path) -> bool:
        # Below a list that got longer or shorter, paths do not tell which item is meant.
        if self._places is not None and not any(
            path[:depth] in self._places for depth in range(len(path) + 1)
        ):
            if path not in self._above:
                return False
            if type(wanted) is (dict if node.kind == MAPPING else list):
                return True
        if node.kind == ALIAS:
            content = said(node, self._changed)
            return content is GONE or not same(content, wanted)
        if self._changed and holds_alias(node):
            # Something that is said by an alias changes, and perhaps it is what one of these says.
            return True
        return not same(value_of(node), wanted)

    def _forced(self, path: Path) -> bool:
        return any(place[: len(path)] == path for place in self.anew)

    def _alike(self, node: Node, wanted: Any) -> bool:
        """Whether the node can be changed in place to say `wanted`: a filled collection of the same sort."""
        if not (node.kind in (MAPPING, SEQUENCE) and node.value and wanted):
            return False
        if node.kind == SEQUENCE:
            return isinstance(wanted, list)
        if not isinstance(wanted, dict):
            return False
        own = {key_text(key) for key, _ in node.value if not is_merge(key)}
        gone = own - wanted.keys()
        brought = inherited(node, self._changed)
        if brought.lost or not brought.shown.keys() <= wanted.keys() or gone & brought.names:
            return False
        other = {name for name, content in brought.shown.items() if not same(content, wanted[name])}
        if other & own:
            # A key that a merge key behind it overrides.
            return False
        added = wanted.keys() - own - brought.shown.keys() | other
        # In braces an entry that goes and one that comes would fight for one comma.
        return bool(own - gone or brought.names) and not (node.flow and gone and added)

    def _mapping(self, node: Node, wanted: dict[str, Any], path: Path) -> None:
        brought = inherited(node, self._changed).shown
        pairs: dict[str, Pair] = {}
        for key, value in node.value:
            if not is_merge(key) and key_text(key) not in brought:
                pairs[key_text(key)] = (key, value)
        kept = [name for name in pairs if name in wanted]
        added = {
            name: content
            for name, content in wanted.items()
            if name not in pairs and not (name in brought and same(brought[name], content))
        }
        for name in kept:
            key, value = pairs[name]
            inner = (*path, name)
            if self._differs(value, wanted[name], inner) or self._forced(inner):
                self._entry(node, key, value, wanted[name], inner)
        gone = pairs.keys() - wanted.keys()
        if gone:
            self._drop_entries(node, gone)
        if added or gone:
            self.touched.append(path)
        if added:
            self.changes.add(node, added)

    def _drop_entries(self, node: Node, gone: Set[str]) -> None:
        """Remove entries of a mapping, neighbours together; a key that stands twice goes twice."""
        column = column_of(self.text, node.body)
        before, run = node.body + 1, list[tuple[int, int]]()
        for key, value in node.value:
            start = key.start if node.flow else removals.explicit(self.text, column, key.start)
            if not is_merge(key) and key_text(key) in gone:
                run.append((start, value.end))
                continue
            if run:
                self.changes.drop(node, run, before, start)
            before, run = value.end, []
        if run:
            self.changes.drop(node, run, before, None)

    def _entry(self, parent: Node, key: Node, value: Node, wanted: Any, path: Path) -> None:
        if path not in self.anew and self._alike(value, wanted):
            self._inside(value, wanted, path)
            return
        self.touched.append(path[:-1])
        self.changes.value(parent, key, value, wanted)

    def _sequence(self, node: Node, wanted: list[Any], path: Path) -> None:
        items = node.value
        head, tail = self._ends(items, wanted, path)
        old = items[head : len(items) - tail]
        new = wanted[head : len(wanted) - tail]
        for offset, (item, content) in enumerate(zip(old, new, strict=False)):
            inner = (*path, str(head + offset))
            if self._differs(item, content, inner) or self._forced(inner):
                self._item(node, item, content, inner)
        if len(old) != len(new):
            self.touched.append(path)
        starts = [item.start for item in items]
        if not node.flow:
            starts = places.dashes(self.text, node.body, [item.end for item in items])
        if len(old) > len(new):
            first, after = head + len(new), head + len(old)
            run = [(starts[index], items[index].end) for index in range(first, after)]
            before = items[first - 1].end if first else node.body + 1
            self.changes.drop(node, run, before, starts[after] if after < len(items) else None)
        extra = new[len(old) :]
        if extra:
            place = head + len(old)
            if place == len(items):
                self.changes.append(node, extra)
            else:
                self.changes.insert(node, starts[place], extra)

    def _ends(self, items: list[Node], wanted: list[Any], path: Path) -> tuple[int, int]:
        """How many items stay as they are at the beginning and at the end of a list."""
        most = min(len(items), len(wanted))
        head = 0
        while head < most and not self._differs(items[head], wanted[head], (*path, str(head))):
            if self._forced((*path, str(head))):
                break
            head += 1
        tail = 0
        while tail < most - head and not self._differs(
            items[-1 - tail], wanted[-1 - tail], (*path, str(len(items) - 1 - tail))
        ):
            if self._forced((*path, str(len(wanted) - 1 - tail))):
                break
            tail += 1
        return head, tail

    def _item(self, parent: Node, item: Node, wanted: Any, path: Path) -> None:
        if path not in self.anew and self._alike(item, wanted):
            self._inside(item, wanted, path)
            return
        self.touched.append(path[:-1])
        self.changes.item(parent, item, wanted)

    # -- what is said elsewhere ---------------------------------------------------------------

    def _foresee(self, node: Node, wanted: Any, path: Path) -> None:
        """Note what each anchored node will say, in the order of the text."""
        if same(value_of(node), wanted) and not holds_alias(node) and not self._forced(path):
            return
        if node.anchored:
            self._changed[id(node)] = wanted
        if path in self.anew or not self._alike(node, wanted):
            forget(node, self._changed, itself=False)
        elif node.kind == MAPPING:
            # Of a key that stands twice the last counts; what the first says stays as it is.
            last = {key_text(key): key for key, _ in node.value if not is_merge(key)}
            for key, value in node.value:
                name = key_text(key)
                if is_merge(key):
                    continue
                if name in wanted:
                    if last[name] is key:
                        self._foresee(value, wanted[name], (*path, name))
                else:
                    forget(key, self._changed, itself=True)
                    forget(value, self._changed, itself=True)
        else:
            _, tail = self._ends(node.value, wanted, path)
            most = len(node.value) - tail
            for index, item in enumerate(node.value[:most]):
                if index < len(wanted) - tail:
                    self._foresee(item, wanted[index], (*path, str(index)))
                else:
                    forget(item, self._changed, itself=True)
