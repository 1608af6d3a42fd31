"""Changes of a document's text: a value, an entry or an item, in block and in flow style.

Each change is a splice. Anchors stay before what is written anew, and comments with what they are about.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from postrender.manifests import emit, places, removals, scalars
from postrender.manifests.nodes import ALIAS, MAPPING, SCALAR, SEQUENCE, Node
from postrender.manifests.places import BREAKS, breaks_between, column_of, line_end
from postrender.manifests.style import first_of, style_of


class Splice(NamedTuple):
    """Replace the text between two offsets. `order` keeps insertions at one place in sequence."""

    start: int
    end: int
    order: int
    text: str


def apply(text: str, splices: list[Splice]) -> str:
    """`text` with the splices made."""
    parts: list[str] = []
    position = 0
    # A stable sort: of two insertions at one place the one found first, the inner one, comes first.
    for start, end, _, new in sorted(splices, key=lambda found: found[:1] + found[2:3]):
        parts += (text[position:start], new)
        position = max(position, end)
        if new and not new[-1].isspace() and text.startswith("#", position):
            # A comment may stand right behind braces and quotes, not behind anything else.
            parts.append(" ")
    parts.append(text[position:])
    return "".join(parts)


class Changes:
    """Collects in `found` the splices that change `text`, parsed as `root`."""

    def __init__(self, text: str, root: Node) -> None:
        self.text = text
        self.root = root
        self.style = style_of(text, root)
        self.found: list[Splice] = []

    def value(self, parent: Node, key: Node, value: Node, wanted: Any) -> None:
        """Put `wanted` where `value` stands, behind `key` in a mapping."""
        if parent.flow:
            self._flow_value(parent, key, value, wanted)
        else:
            self._block_value(parent, key, value, wanted)

    def item(self, parent: Node, item: Node, wanted: Any) -> None:
        """Put `wanted` where an item of a list stands."""
        if parent.flow:
            self._flow_anew(parent, item, wanted, "")
        elif not self._block_anew(item, wanted):
            column = column_of(self.text, parent.body) + 2 if item.empty else column_of(self.text, item.start)
            text = emit.block(wanted, column, self.style)
            name = self._anchor(item)
            if name:
                text = name + (self.style.newline + " " * column if _filled(wanted) else " ") + text
            self._put(item.start, self._trimmed(item.end), " " + text if item.empty else text)

    # -- block style --------------------------------------------------------------------------

    def root_anew(self, wanted: Any) -> None:
        """Put `wanted` where the whole document stands."""
        root, newline = self.root, self.style.newline
        if not self._block_anew(root, wanted):
            name = self._anchor(root)
            opening = name + newline if name or column_of(self.text, root.start) else ""
            text = emit.block(wanted, 0, self.style)
            self._put(root.start, self._trimmed(root.end), opening + text)

    def _block_anew(self, node: Node, wanted: Any) -> bool:
        """Write the entries of a block collection anew, where it stays one of the same sort."""
        if (
            node.flow
            or not _filled(wanted)
            or node.kind != (MAPPING if isinstance(wanted, dict) else SEQUENCE)
        ):
            return False
        text = emit.block(wanted, column_of(self.text, node.body), self.style)
        self._put(node.body, self._trimmed(node.end), text)
        return True

    def _block_value(self, parent: Node, key: Node, value: Node, wanted: Any) -> None:
        """Put `wanted` where `value` stands, behind `key` in a block mapping."""
        if self._block_anew(value, wanted):
            return
        colon = places.behind_colon(self.text, key.end)
        if colon is None:
            column = column_of(self.text, parent.body)
            text = " " * column + ": " + emit.block(wanted, column + 2, self.style)
            self._behind(key.end, [text], column, order=1)
            return
        key_end = line_end(self.text, colon)
        end = self._trimmed(value.end)
        own_line = value.body > key_end
        # Where the anchor and the tag on the key's line end; the anchor is kept.
        lead = places.properties_end(self.text, value.start, value.body) if value.start < key_end else colon
        lead = max(lead, colon)
        name = self._anchor(value)
        opening = " " + name if name else ""
        scalar = value.kind in (SCALAR, ALIAS) and value.flow not in ("|", ">")
        in_place = scalar or (value.flow and own_line)
        if not _filled(wanted):
            new = self._scalar_text(value, wanted)
            if in_place and value.tag is None:
                gap = "" if self.text[value.body - 1] in BREAKS + " \t" else " "
                self._put(value.body, end, gap + new)
            else:
                self._put(colon, lead, opening + " " + new, order=0)
                self._put(key_end if own_line else lead, end, "", order=1)
            return
        below_name = not name or breaks_between(self.text, value.start, value.body)
        if own_line and in_place and value.tag is None and below_name and isinstance(wanted, dict):
            self._put(value.body, end, emit.block(wanted, column_of(self.text, value.body), self.style))
            return
        inner = column_of(self.text, parent.body)
        inner += self.style.step if isinstance(wanted, dict) else self.style.dash
        lines = [*self._inner_comments(value), emit.block(wanted, inner, self.style)]
        lines = [" " * inner + line for line in lines]
        if own_line:
            self._put(colon, lead, opening, order=0)
            self._put(key_end, end, self.style.newline + self.style.newline.join(lines))
        else:
            # Behind the colon of `? key` no tab may stand before a comment.
            behind = self.text[end : line_end(self.text, end)]
            tabs = len(behind) - len(behind.lstrip("\t"))
            self._put(colon, end + tabs, opening + " " * bool(tabs), order=0)
            self._behind(end, lines, inner, order=1)

    def add(self, node: Node, added: dict[str, Any]) -> None:
        """Add entries at the end of a filled mapping."""
        if node.flow:
            last = node.value[-1][1].end
            self._flow_add(
                node, last, [self._flow_entry(node, name, content) for name, content in added.items()]
            )
            return
        column = column_of(self.text, node.body)
        entries = [emit.entry(name, content, column, self.style) for name, content in added.items()]
        self._behind(node.end, [" " * column + text for text in entries], column, order=2)

    def append(self, node: Node, items: list[Any]) -> None:
        """Add items at the end of a filled list."""
        if node.flow:
            self._flow_add(node, node.value[-1].end, [self._flow_text(node, item) for item in items])
            return
        column = column_of(self.text, node.body)
        texts = [" " * column + "- " + emit.block(item, column + 2, self.style) for item in items]
        self._behind(node.end, texts, column, order=2)

    def insert(self, node: Node, place: int, items: list[Any]) -> None:
        """Add items to a list before the one that begins at `place`."""
        if node.flow:
            self._put(place, place, "".join(self._flow_text(node, item) + ", " for item in items))
            return
        column = column_of(self.text, place)
        between = self.style.newline + " " * column
        self._put(
            place, place, "".join("- " + emit.block(item, column + 2, self.style) + between for item in items)
        )

    def _behind(self, end: int, lines: list[str], column: int, order: int) -> None:
        """Insert whole lines behind the content that ends at `end` and the comments at `column` below it."""
        newline = self.style.newline
        text = newline.join(lines)
        place = places.below(self.text, places.before_break(self.text, end), column)
        place = max(end, places.behind_break(self.text, place))
        whole = self.text[place - 1 : place] in BREAKS
        self._put(place, place, text + newline if whole else newline + text, order)

    def drop(self, node: Node, run: list[tuple[int, int]], before: int, following: int | None) -> None:
        """Remove neighbouring entries or items, each from its start to its end.

        `before`: where the entry before them ends, else where the first may begin; `following`: where
        the next one begins.
        """
        if node.flow:
            ranges = removals.in_flow(self.text, run, before, following)
        else:
            ranges = removals.in_block(self.text, run, following)
        for start, end in ranges:
            self._put(start, end, "")

    # -- flow style ---------------------------------------------------------------------------

    def _flow_value(self, parent: Node, key: Node, value: Node, wanted: Any) -> None:
        lead = ""
        if value.empty:
            lead = " " if self.text[key.end :].lstrip().startswith(":") else ": "
        self._flow_anew(parent, value, wanted, lead)

    def _flow_anew(self, parent: Node, node: Node, wanted: Any, lead: str) -> None:
        """Put `wanted` where `node` stands in braces or brackets."""
        new = self._flow_text(parent, wanted)
        same_sort = node.kind == (MAPPING if isinstance(wanted, dict) else SEQUENCE)
        if same_sort and _filled(wanted) and self._inner_comments(node):
            # The brackets stay, and so do the comments between them.
            self._put(node.end - 1, node.end - 1, new[1:-1])
            return
        name = self._anchor(node)
        self._put(node.start, node.end, lead + (name + " " if name else "") + new)

    def _flow_entry(self, parent: Node, name: str, content: Any) -> str:
        name = scalars.quoted(name) if _quotes_keys(parent) else emit.flow(name)
        return f"{name}: {self._flow_text(parent, content)}"

    def _flow_text(self, parent: Node, wanted: Any) -> str:
        quote_keys = _quotes_keys(parent) or _quotes_keys(self.root)
        if quote_keys and isinstance(wanted, (dict, list)) and self._own_line(parent):
            column = column_of(self.text, first_of(parent).start)
            return emit.json_lines(wanted, column, self.style.step, self.style.newline)
        return emit.flow(wanted, quote_keys)

    def _flow_add(self, node: Node, last: int, texts: list[str]) -> None:
        """Add entries behind the last one, which ends at `last`."""
        if not self._own_line(node):
            self._put(last, last, "".join(", " + text for text in texts), order=2)
            return
        column = column_of(self.text, first_of(node).start)
        between = self.style.newline + " " * column
        comment = places.comment_behind(self.text, last)
        if comment is None:
            self._put(last, last, "".join("," + between + text for text in texts), order=2)
            return
        # The comment stays on its line, behind the comma.
        comma, place = comment
        if not comma:
            self._put(last, last, ",", order=2)
        place = places.below(self.text, place, column)
        self._put(place, place, between + ("," + between).join(texts) + comma, order=2)

    # -- places in the text -------------------------------------------------------------------

    def _scalar_text(self, old: Node, wanted: Any) -> str:
        if isinstance(wanted, str) and old.kind == SCALAR and old.flow == '"':
            return emit.flow(wanted, quote_keys=True)
        return emit.flow(wanted)

    def _put(self, start: int, end: int, text: str, order: int = 1) -> None:
        self.found.append(Splice(start, end, order, text))

    def _trimmed(self, end: int) -> int:
        """The end of content without the line breaks that a block scalar takes with it."""
        while end and self.text[end - 1] in BREAKS:
            end -= 1
        return end

    def _anchor(self, node: Node) -> str:
        return places.anchor_between(self.text, node.start, node.body)

    def _inner_comments(self, node: Node) -> list[str]:
        """The comments between the brackets of an empty collection."""
        empty = node.kind in (MAPPING, SEQUENCE) and not node.value
        return places.comments(self.text, node.body, node.end) if empty else []

    def _own_line(self, node: Node) -> bool:
        """Whether a flow collection's first entry stands on a line of its own."""
        return bool(node.value) and breaks_between(self.text, node.body, first_of(node).start)


def _filled(wanted: Any) -> bool:
    """Whether a value takes lines of its own in block style."""
    return isinstance(wanted, (dict, list)) and bool(wanted)


def _quotes_keys(node: Node) -> bool:
    return node.kind == MAPPING and bool(node.value) and all(key.flow == '"' for key, _ in node.value)
