"""What aliases and merge keys will stand for once a document is edited."""

from __future__ import annotations

from typing import Any, NamedTuple

from postrender.manifests.nodes import ALIAS, MAPPING, SCALAR, Node, is_merge, key_text, sources_of, value_of

GONE = object()  # what an alias stands for whose anchor goes

Changed = dict[int, Any]
"""By the id of an anchored node: what it will say, or GONE. Nodes that stay as they are do not stand here."""


class Inherited(NamedTuple):
    """What the merge keys of a map bring: what of it shows, each name that any of them has, whether some
    of it is lost with its anchor.
    """

    shown: dict[str, Any]
    names: frozenset[str]
    lost: bool


NOTHING = Inherited({}, frozenset(), False)


def said(node: Node, changed: Changed) -> Any:
    """What a node will say, GONE where its anchor goes; for other nodes than aliases what they say now."""
    return changed.get(id(node.value), value_of(node)) if node.kind == ALIAS else value_of(node)


def inherited(node: Node, changed: Changed) -> Inherited:
    """What a mapping will say through its merge keys, besides what its own keys say behind them."""
    merges = [value for key, value in node.value if is_merge(key)]
    if not merges:
        return NOTHING
    shown: dict[str, Any] = {}
    names: set[str] = set()
    for key, value in node.value:
        if not is_merge(key):
            shown.pop(key_text(key), None)
            continue
        for source in reversed(sources_of(value)):
            content = said(source, changed)
            if not isinstance(content, dict) or said(value, changed) is GONE:
                return Inherited({}, frozenset(), True)
            shown.update(content)
            names.update(content)
    return Inherited(shown, frozenset(names), False)


def forget(node: Node, changed: Changed, itself: bool) -> None:
    """Note that what is written in `node` goes, and with it the anchors there; `itself`: its own too."""
    if itself and node.anchored:
        changed[id(node)] = GONE
    if node.kind == MAPPING:
        for key, value in node.value:
            forget(key, changed, True)
            forget(value, changed, True)
    elif node.kind not in (SCALAR, ALIAS):
        for item in node.value:
            forget(item, changed, True)


def holds_alias(node: Node) -> bool:
    """Whether an alias is written anywhere in a node."""
    if node.kind == MAPPING:
        return any(holds_alias(value) for _, value in node.value)
    if node.kind in (SCALAR, ALIAS):
        return node.kind == ALIAS
    return any(holds_alias(item) for item in node.value)
