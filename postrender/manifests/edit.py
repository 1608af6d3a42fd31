"""An edited document: the splices made, the result read again and compared with what it should say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from postrender.errors import DefectError, UnreadableError
from postrender.manifests import changes, nodes, splice
from postrender.manifests.nodes import Tree
from postrender.manifests.splice import Path

_TRIES = 8


def edited(text: str, tree: Tree, wanted: Any, where: str, touched: Iterable[Path] | None = None) -> str:
    """`text` changed so that it says `wanted`, which is RFC 6902 operations applied to what it says.

    `touched`: the paths at or below which the two differ; without it all is compared.

    First with splices alone; where the result reads differently, the node at that place is written
    anew. Raises DefectError where even that does not help.
    """
    if tree.root is None:
        raise DefectError(f"{where}: an edit of an empty document")
    anew: frozenset[Path] = frozenset()
    for _ in range(_TRIES):
        splicer = splice.Splicer(text, tree.root, tree.aliased, anew, touched)
        result = changes.apply(text, splicer.splices(wanted))
        try:
            said = nodes.compose(result, where, 1).data
        except UnreadableError:
            places = frozenset(splicer.touched)
        else:
            if splice.same(said, wanted):
                return result
            places = frozenset([_difference(said, wanted)])
        if places <= anew:
            # Written anew and still wrong: the next larger node.
            places = frozenset(place[:-1] for place in places)
        anew |= places
        touched = None
    raise DefectError(
        f"{where}: an edit does not read as it should; please report this with the document's shape"
    )


def _difference(said: Any, wanted: Any) -> Path:
    """The path of the first value in which the two differ."""
    if isinstance(said, dict) and isinstance(wanted, dict) and set(said) == set(wanted):
        for name, content in wanted.items():
            if not splice.same(said[name], content):
                return (name, *_difference(said[name], content))
    if isinstance(said, list) and isinstance(wanted, list) and len(said) == len(wanted):
        for index, content in enumerate(wanted):
            if not splice.same(said[index], content):
                return (str(index), *_difference(said[index], content))
    return ()
