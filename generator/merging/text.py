"""The text of a merged values file: splices in what stands there, so that all the rest keeps its bytes.

In three steps: first what has its own place, new entries behind their sibling and lines of properties;
then what else differs, by the post-renderer's edits, with a word for each new text of several lines;
then those texts, as literal blocks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.merging.properties import Edit
from postrender.errors import UnreadableError
from postrender.manifests import changes, emit, nodes, places, scalars
from postrender.manifests.changes import Changes, Splice
from postrender.manifests.edit import edited
from postrender.manifests.nodes import MAPPING, SCALAR, SEQUENCE, Node, Tree, is_merge, key_text
from postrender.manifests.splice import same
from postrender.manifests.style import Style, style_of

KeyPath = tuple[str | int, ...]

_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\r\n]*", re.MULTILINE)
# No line break but \n, and nothing that YAML allows in double quotes only.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


class Insertion(NamedTuple):
    """New entries of a filled mapping, to stand behind its first `behind` entries."""

    node: Node
    behind: int
    entries: dict[str, Any]


class Standing(NamedTuple):
    """A node with its path from the top (of a merge key: ending with <<) and the collection it stands in."""

    path: KeyPath
    parent: Node | None
    node: Node


def written(
    text: str,
    tree: Tree,
    wanted: Any,
    stand_ins: Mapping[str, str],
    insertions: list[Insertion],
    splices: list[Splice],
) -> tuple[str, Tree]:
    """`text` changed so that it says `wanted`, in which words stand for texts of several lines; and its tree.

    `insertions` and `splices` are the part of the difference that has a place of its own. Raises
    UnreadableError or DefectError where the text cannot be changed.
    """
    if tree.root is None or tree.root.empty:
        result = _literals(_filled(text, wanted), stand_ins)
        return result, nodes.compose(result, "", 1)
    final = restored(wanted, stand_ins)
    changing = Changes(text, tree.root)
    for node, behind, entries in insertions:
        changing.add(_beginning(node, behind), entries)
    try:
        result = changes.apply(text, [*splices, *changing.found])
        result = edited(result, nodes.compose(result, "", 1), wanted, "")
        result = _literals(result, stand_ins)
        after = nodes.compose(result, "", 1)
        if same(after.data, final):
            return result, after
    except UnreadableError:
        # An odd layout where an entry or a text should go: then without its own place.
        pass
    result = edited(text, tree, final, "")
    return result, nodes.compose(result, "", 1)


def restored(value: Any, stand_ins: Mapping[str, str]) -> Any:
    """`value` with the texts in place of the words that stand for them."""
    if isinstance(value, dict):
        return {key: restored(content, stand_ins) for key, content in value.items()}
    if isinstance(value, list):
        return [restored(item, stand_ins) for item in value]
    return stand_ins.get(value, value) if isinstance(value, str) else value


def block_splices(text: str, node: Node, edits: list[Edit], newline: str) -> list[Splice] | None:
    """The splices that make the edits in a filled literal block.

    None for any other node, and where the lines of the text are not those of the value (odd line breaks).
    """
    if node.kind != SCALAR or node.flow != "|":
        return None
    lines = node.value.rstrip("\n").split("\n")
    spans: list[tuple[int, int]] = []
    end = places.line_end(text, node.body)
    for _ in lines:
        start = places.behind_break(text, end)
        end = places.line_end(text, start)
        spans.append((start, end))
    filled = next(index for index, line in enumerate(lines) if line)
    pad = " " * (spans[filled][1] - spans[filled][0] - len(lines[filled]))
    if any(line and text[start:end] != pad + line for line, (start, end) in zip(lines, spans, strict=True)):
        return None
    splices = []
    for edit in edits:
        new = newline.join(pad + line for line in edit.lines)
        if edit.start == len(lines):
            splices.append(Splice(spans[-1][1], spans[-1][1], 1, newline + new))
        else:
            splices.append(Splice(spans[edit.start][0], spans[edit.end - 1][1], 1, new))
    return splices


def standing(node: Node | None, path: KeyPath = (), parent: Node | None = None) -> Iterator[Standing]:
    """The node and all that is written in it, in order; aliases are not followed."""
    if node is None:
        return
    yield Standing(path, parent, node)
    if node.kind == MAPPING:
        for key, value in node.value:
            name = "<<" if is_merge(key) else key_text(key)
            yield from standing(value, (*path, name), node)
    elif node.kind == SEQUENCE:
        for index, item in enumerate(node.value):
            yield from standing(item, (*path, index), node)


def comments(text: str, root: Node | None) -> Counter[str]:
    """The comments of a document, and how often each stands in it; a scalar that holds a # is none."""
    scalar_spans = []
    for _, _, node in standing(root):
        if node.kind == SCALAR:
            # The header of a literal or folded block may have a comment behind it.
            block = node.flow in ("|", ">")
            scalar_spans.append((places.line_end(text, node.body) if block else node.body, node.end))
        elif node.kind == MAPPING:
            scalar_spans += [(key.start, key.end) for key, _ in node.value]
    parts, position = [], 0
    for start, end in sorted(scalar_spans):
        parts.append(text[position:start])
        position = max(position, end)
    parts.append(text[position:])
    return Counter(comment.rstrip() for comment in _COMMENT.findall("\n".join(parts)))


def _beginning(node: Node, count: int) -> Node:
    """A mapping as if it ended behind its first `count` entries."""
    pairs = node.value[:count]
    beginning = Node(MAPPING, node.start, pairs[-1][1].end, pairs, node.flow, node.tag)
    beginning.body = node.body
    return beginning


def _filled(text: str, wanted: Any) -> str:
    """A file that holds nothing but comments, with content below them."""
    newline = "\r\n" if "\r\n" in text else "\n"
    above = text if not text or text[-1] in places.BREAKS else text + newline
    return above + emit.block(wanted, 0, Style(newline=newline)) + newline


def _literals(text: str, stand_ins: Mapping[str, str]) -> str:
    """`text` with each text of several lines in place of its word: in block style as a literal block."""
    root = nodes.compose(text, "", 1).root if stand_ins else None
    if root is None:
        return text
    style = style_of(text, root)
    splices = []
    for _, parent, node in standing(root):
        content = stand_ins.get(node.value) if node.kind == SCALAR else None
        if content is None:
            continue
        if parent is None or parent.flow or parent.kind != MAPPING or not _literal(content):
            splices.append(Splice(node.body, node.end, 1, scalars.quoted(content)))
            continue
        pad = " " * (places.column_of(text, parent.body) + style.step)
        lines = [pad + line if line else "" for line in content.removesuffix("\n").split("\n")]
        end = places.line_end(text, node.end)
        last = style.newline if end == len(text) else ""
        splices.append(Splice(node.body, node.end, 0, "|" if content[-1] == "\n" else "|-"))
        splices.append(Splice(end, end, 1, style.newline + style.newline.join(lines) + last))
    return changes.apply(text, splices)


def _literal(content: str) -> bool:
    """Whether a literal block can hold a text as it is: first line not indented, one break at its end."""
    odd = content[0] in " \t\n" or content.endswith("\n\n") or content.split("\n")[-1].isspace()
    return not odd and not _UNWRITABLE.search(content)
