"""A profile's values brought into a values file that a team keeps, and what that changes.

The merge is done on plain data, read as Helm reads it. The text follows with splices, as the
post-renderer edits manifests, so that what is not changed keeps its bytes; it is read again and compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.merging import properties as java_properties
from generator.merging import text as text_of
from generator.merging.properties import Edit
from generator.merging.reading import parsed, place
from generator.merging.shown import is_properties, secret, shown, shown_property
from generator.merging.text import Insertion, KeyPath
from postrender.errors import DefectError, UnreadableError
from postrender.manifests import places
from postrender.manifests.changes import Splice
from postrender.manifests.nodes import (
    ALIAS,
    MAPPING,
    SEQUENCE,
    Node,
    Pair,
    Tree,
    is_merge,
    key_text,
    value_of,
)
from postrender.manifests.splice import same
from postrender.manifests.stream import BOM
from postrender.manifests.style import style_of
from profiles.errors import ProfileError, kind

# Items of these lists, told by the end of the list's key, have one key beside their name and no second.
_ONE_SOURCE = ("volumes", "env")
# What makes two items the same to Kubernetes; a volume may be mounted twice, a path holds one mount.
_IDENTITIES = ("mountPath", "name")


class Change(NamedTuple):
    """What the merge did at one place.

    `path` is from the top: keys, places in lists (from 0), for a property its name behind the block's key.
    `line` is in the existing file, from 1; None for what is new. `before` (None where nothing was) and
    `after` are one line of YAML in flow style, `(not shown)` in place of what may be a credential; what is
    long is shortened.
    """

    path: KeyPath
    line: int | None
    before: str | None
    after: str

    def line_of_text(self, source: str) -> str:
        """The change for a reader: `values.yaml:3: envoy.replicaCount: 2 -> 3`; what is new has no line."""
        at = source if self.line is None else f"{source}:{self.line}"
        what = f"added: {self.after}" if self.before is None else f"{self.before} -> {self.after}"
        return f"{at}: {_named(self.path)}: {what}"


class Merged(NamedTuple):
    """The merged file's text, and what is different in it; without changes the text is the existing one."""

    text: str
    changes: tuple[Change, ...]


def merge(existing: str, wanted: Mapping[str, object], source: str) -> Merged:
    """The values file `existing` brought up to `wanted`: the maps, lists and scalars that a profile gives.

    Maps are merged key by key. Lists whose wanted items have a `mountPath` or a `name` are merged by it,
    others get the items that they lack. Texts under keys that end with `Properties` are merged property by
    property. What `wanted` does not speak of stays. A literal block that ends the file without a line break
    counts as having one. Raises ProfileError, one line `source:line:column: what; why; cure` per problem;
    `source` is the file as the user named it.
    """
    text = existing.removeprefix(BOM)
    tree = parsed(text, source)
    if text and text[-1] not in places.BREAKS:
        closed = text + ("\r\n" if "\r\n" in text else "\n")
        ended = parsed(closed, source)
        if not same(ended.data, tree.data):
            text, tree = closed, ended
    merging = _Merging(text, source, tree, wanted)
    data = merging.top(wanted)
    if merging.problems:
        raise ProfileError("\n".join(problem for _, problem in sorted(merging.problems)))
    if not merging.changes:
        return Merged(existing, ())
    try:
        result, after = text_of.written(text, tree, data, merging.texts, merging.insertions, merging.splices)
    except (UnreadableError, DefectError):
        raise _beyond(source) from None
    again = _Merging(result, source, after, wanted)
    again.top(wanted)
    if again.changes or again.problems or not same(after.data, text_of.restored(data, merging.texts)):
        raise _beyond(source)
    _check_kept(text, tree, result, after, source)
    found = (*merging.changes, *_unlinked(text, tree, after, merging.changes))
    return Merged(BOM * existing.startswith(BOM) + result, found)


class _At(NamedTuple):
    """Where the merge is: the path, the node (None where the value stands elsewhere: an alias, a merge
    key), the offset that a message names, and whether the value may be a credential.
    """

    path: KeyPath
    node: Node | None
    offset: int
    hidden: bool


class _Merging:
    """One walk over existing data and wanted data. Its result has words for new texts of several lines."""

    def __init__(self, text: str, source: str, tree: Tree, wanted: Mapping[str, object]) -> None:
        self.text = text
        self.source = source
        self.tree = tree
        self.newline = style_of(text, tree.root).newline if tree.root else "\n"
        self.changes: list[Change] = []
        self.problems: list[tuple[int, str]] = []
        self.insertions: list[Insertion] = []
        self.splices: list[Splice] = []
        self.texts: dict[str, str] = {}
        self._word = "several"
        while self._word in text or self._word in json.dumps(dict(wanted)):
            self._word += "x"

    def top(self, wanted: Mapping[str, object]) -> Any:
        """The merge of the whole file; problems and changes are gathered on the way."""
        at = _At((), self.tree.root, 0, False)
        if self.tree.data is None:
            # Each key of an empty file is a change of its own.
            return self._map(at, {}, dict(wanted))
        return self._value(at, self.tree.data, dict(wanted))

    def _value(self, at: _At, old: Any, new: Any) -> Any:
        if old and isinstance(old, dict) and isinstance(new, dict):
            return self._map(at, old, new)
        if old and isinstance(old, list) and isinstance(new, list):
            return self._list(at, old, new)
        if same(old, new):
            return old
        collections = (isinstance(old, (dict, list)), isinstance(new, (dict, list)))
        if any(collections) and old is not None and type(old) is not type(new):
            self._problem(
                at,
                f"{kind(old)} stands here and the profile has {kind(new)}; the two cannot be merged; "
                f"write {kind(new)}, or delete the key",
            )
            return old
        key = at.path[-1] if at.path else ""
        if is_properties(key) and isinstance(old, str) and isinstance(new, str) and old.strip():
            return self._properties(at, old, new)
        before = shown(old, key, ours=False, hidden=at.hidden)
        after = shown(new, key, ours=True, hidden=at.hidden)
        self.changes.append(Change(at.path, self._line(at.offset), before, after))
        return self._new(new)

    def _map(self, at: _At, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        merged = dict(old)
        own, around = _own(at.node, old), {**new, **old}
        behind = 0
        added: dict[int, dict[str, Any]] = {}
        for name, content in new.items():
            path, hidden = (*at.path, name), at.hidden or secret(name, around)
            if name not in old:
                merged[name] = added.setdefault(behind, {})[name] = self._new(content)
                self.changes.append(Change(path, None, None, shown(content, name, ours=True, hidden=hidden)))
                continue
            inner = _At(path, None, at.offset, hidden)
            if name in own:
                index, (key, value) = own[name]
                # A block map or list begins below its key; a reader looks for the key.
                below = value.empty or (value.kind in (MAPPING, SEQUENCE) and not value.flow)
                offset = key.start if below else value.start
                inner = _At(path, None if value.kind == ALIAS else value, offset, hidden)
                behind = index + 1
            merged[name] = self._value(inner, old[name], content)
        if at.node is not None and at.node.kind == MAPPING:
            self.insertions += [Insertion(at.node, *item) for item in added.items() if item[0]]
        return merged

    def _list(self, at: _At, old: list[Any], new: list[Any]) -> list[Any]:
        merged = list(old)
        identity = _identity(new)
        for number, content in enumerate(new):
            if identity is None:
                found = any(same(item, content) for item in [*old, *new[:number]])
            else:
                alike = [
                    index for index, item in enumerate(old)
                    if isinstance(item, dict) and same(item.get(identity), content[identity])
                ]  # fmt: skip
                for index in alike:
                    merged[index] = self._item(at, index, old[index], content)
                found = bool(alike)
            if not found:
                path = (*at.path, len(merged))
                merged.append(self._new(content))
                self.changes.append(
                    Change(path, None, None, shown(content, at.path[-1], ours=True, hidden=at.hidden))
                )
        return merged

    def _item(self, at: _At, index: int, old: dict[str, Any], new: dict[str, Any]) -> Any:
        inner = _At((*at.path, index), None, at.offset, at.hidden)
        if at.node is not None and at.node.kind == SEQUENCE:
            node = at.node.value[index]
            inner = inner._replace(node=None if node.kind == ALIAS else node, offset=node.start)
        sources, others = sorted(old.keys() - {"name"}), sorted(new.keys() - {"name"})
        alone = str(at.path[-1]).lower().endswith(_ONE_SOURCE) and bool(sources and others)
        if alone and not set(sources) & set(others):
            self._problem(
                inner,
                f"{', '.join(sources)} stands here and the profile has {', '.join(others)}; Kubernetes "
                "takes one of them; delete what stands here, or give the item another name",
            )
            return old
        return self._value(inner, old, new)

    def _properties(self, at: _At, old: str, new: str) -> str:
        edits = java_properties.edits(old, new)
        merged = java_properties.edited(old, edits)
        if java_properties.edits(merged, new):
            self._problem(
                at,
                "its last line ends with a backslash, which takes what comes below into that property; "
                "the profile has more to add; delete the backslash",
            )
            return old
        splices = text_of.block_splices(self.text, at.node, edits, self.newline) if at.node else None
        for edit in edits:
            self._property(at, edit, in_place=splices is not None)
        if splices is None:
            return self._new(merged) if edits else old
        self.splices += splices
        return merged

    def _property(self, at: _At, edit: Edit, in_place: bool) -> None:
        path, hidden = (*at.path, edit.name), at.hidden
        after = shown_property(edit.name, edit.after, ours=True, hidden=hidden)
        if edit.before is None:
            self.changes.append(Change(path, None, None, after))
            return
        # Below the header of a literal block each line of the value is a line of the file.
        line = self._line(at.offset) + (1 + edit.start if in_place else 0)
        before = shown_property(edit.name, edit.before, ours=False, hidden=hidden)
        self.changes.append(Change(path, line, before, after))

    def _new(self, content: Any) -> Any:
        """New content, a word for each text of several lines in it; the same word for the same text."""
        if isinstance(content, dict):
            return {key: self._new(value) for key, value in content.items()}
        if isinstance(content, list):
            return [self._new(item) for item in content]
        if not isinstance(content, str) or "\n" not in content:
            return content
        known = {text: word for word, text in self.texts.items()}
        word = known.get(content, f"{self._word}{len(known)}")
        self.texts[word] = content
        return word

    def _problem(self, at: _At, text: str) -> None:
        self.problems.append(
            (at.offset, f"{place(self.source, self.text, at.offset)}: {_named(at.path)}: {text}")
        )

    def _line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1


def _own(node: Node | None, old: dict[str, Any]) -> dict[str, tuple[int, Pair]]:
    """The entries that are written in a map and say what it says, each with its number."""
    if node is None or node.kind != MAPPING:
        return {}
    merges = any(is_merge(key) for key, _ in node.value)
    return {
        key_text(key): (index, (key, value))
        for index, (key, value) in enumerate(node.value)
        if not is_merge(key) and not (merges and not same(value_of(value), old[key_text(key)]))
    }


def _identity(items: list[Any]) -> str | None:
    """The key that tells the items of a list apart; None where there is none."""
    for key in _IDENTITIES:
        named = [item[key] for item in items if isinstance(item, dict) and isinstance(item.get(key), str)]
        if len(set(named)) == len(items):
            return key
    return None


def _check_kept(text: str, tree: Tree, result: str, after: Tree, source: str) -> None:
    """Raises ProfileError where a map that has a merge key, or a text with a comment, was written anew."""
    kept = {path for path, _, _ in text_of.standing(after.root)} if tree.aliased else set()
    for path, _, node in text_of.standing(tree.root) if tree.aliased else ():
        if path and path[-1] == "<<" and path not in kept:
            raise ProfileError(
                f"{place(source, text, node.start)}: {_named(path[:-1])}: << cannot stay, for what it merges "
                "gets keys that do not belong here; write out the keys that it stands for"
            )
    for comment in text_of.comments(text, tree.root) - text_of.comments(result, after.root):
        raise ProfileError(
            f"{place(source, text, text.index(comment))}: this comment would be lost, for what it stands in "
            "must be written anew; move it to a line of its own above the key"
        )


def _unlinked(text: str, tree: Tree, after: Tree, changes: list[Change]) -> Iterator[Change]:
    """What an alias or a merge key said and is now written out, where the changes do not tell it."""
    if not tree.aliased:
        return
    known = {change.path for change in changes}
    kept = {path: node for path, _, node in text_of.standing(after.root)}
    for path, parent, node in text_of.standing(tree.root):
        line, named = text.count("\n", 0, node.start) + 1, text[node.start : node.end]
        if path and path[-1] == "<<" and parent is not None:
            # What the merged map said before it was changed.
            written = {key_text(key) for key, _ in parent.value}
            now = (key_text(key) for key, _ in kept[path[:-1]].value)
            paths = [(*path[:-1], name) for name in now if name not in written]
        else:
            paths = [path] if node.kind == ALIAS and kept[path].kind != ALIAS else []
        for each in paths:
            if each not in known:
                hidden = any(secret(step, {}) for step in each if isinstance(step, str))
                yield Change(
                    each, line, named, shown(value_of(kept[each]), each[-1], ours=False, hidden=hidden)
                )


def _beyond(source: str) -> ProfileError:
    return ProfileError(
        f"{source}:1:1: the merged text would not say what it should, so nothing is written; something in "
        "its layout cannot be edited in place; write braces, anchors and tags out in plain block style"
    )


def _named(path: KeyPath) -> str:
    """The path in words, places in lists counted from 1: `ledger.extraVolumes entry 2, secret`."""
    words = link = ""
    for step in path:
        words += f"{link}{step}" if isinstance(step, str) else f" entry {step + 1}"
        link = "." if isinstance(step, str) else ", "
    return words
