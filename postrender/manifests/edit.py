"""An edited document: the splices made, the result read again and compared with what it should say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from postrender.errors import DefectError, UnreadableError
from postrender.manifests import changes, nodes, splice
from postrender.manifests.nodes import Tree
from postrender.manifests.splice import Path, Splicer

_TRIES = 16
_UNREAD = object()


def edited(text: str, tree: Tree, wanted: Any, where: str, touched: Iterable[Path] | None = None) -> str:
    """`text` changed so that it says `wanted`, which is RFC 6902 operations applied to what it says.

    `touched`: the paths at or below which the two differ; without it all is compared.

    First with splices alone; where the result reads differently, the node at that place is written
    anew. Raises DefectError where even that does not help.
    """
    root = tree.root
    if root is None:
        raise DefectError(f"{where}: an edit of an empty document")
    anew: frozenset[Path] = frozenset()
    for attempt in range(_TRIES):
        within = None if attempt else touched
        splicer = Splicer(text, root, tree.aliased, anew, within)
        result, said, changed = _tried(text, splicer, wanted)
        if said is not _UNREAD and splice.same(said, wanted):
            return result
        if said is not _UNREAD:
            places = [_difference(said, wanted)]
        else:
            # Often one place is to blame, and the others can stay as they are.
            alone = changed[:_TRIES] if not anew else []
            others = ((place, Splicer(text, root, tree.aliased, frozenset([place]))) for place in alone)
            read = (place for place, other in others if _tried(text, other, wanted)[1] is not _UNREAD)
            blamed = next(read, None)
            places = changed if blamed is None else [blamed]
        anew |= {_larger(place, anew) for place in places} if attempt < _TRIES - 2 else {()}
    raise DefectError(
        f"{where}: an edit does not read as it should; please report this with the document's shape"
    )


def _tried(text: str, splicer: Splicer, wanted: Any) -> tuple[str, Any, list[Path]]:
    """The text changed, what it says then (_UNREAD where it is no YAML any more), and the places changed."""
    result = changes.apply(text, splicer.splices(wanted))
    try:
        said = nodes.compose(result, "", 1).data
    except UnreadableError:
        said = _UNREAD
    return result, said, list(dict.fromkeys(splicer.touched))


def _larger(place: Path, anew: frozenset[Path]) -> Path:
    """The place itself, or the next larger node where it was written anew and is still wrong."""
    while place and place in anew:
        place = place[:-1]
    return place


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
