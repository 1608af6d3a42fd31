"""From a name or a file to a resolved profile: read, follow `extends`, merge, validate."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from profiles import problems, sense
from profiles.document import Node, Place, overlay, plain, read
from profiles.errors import ProfileError
from profiles.models import Profile

# Each extends the one before.
BUILTIN: tuple[str, ...] = ("test", "production", "multi-az")

# A file's own, never inherited.
_OWN_KEYS = ("extends", "description")


@dataclass(frozen=True)
class ResolvedProfile:
    """A profile with all that it extends merged in.

    `name` is the built-in name or the file's name without its suffix. `declared` holds the paths
    (keys from the top) that the user's own files state; of a built-in profile there are none.
    `tree` has the place of each value.
    """

    name: str
    profile: Profile
    declared: frozenset[tuple[str, ...]]
    tree: Node


class _Source(NamedTuple):
    """One file of the chain: where it is, what errors call it, its built-in name if it has one."""

    path: Path
    shown: str
    builtin: str | None


def load(name_or_path: str) -> ResolvedProfile:
    """The profile of a built-in name (`production`) or of a file (`ours.yaml`, `./ours`).

    A text without a path separator and without the suffix .yaml or .yml is a name. Raises
    ProfileError with one line per problem, `file:line:column: what; why; cure`, all at once.
    """
    source = _source(name_or_path, None)
    if isinstance(source, str):
        raise ProfileError(f"{name_or_path or '(empty)'}: {source}")
    chain, own = _chain(source)
    tree = chain[-1]
    for over in reversed(chain[:-1]):
        tree = overlay(_inheritable(tree), over)
    profile = _validated(tree)
    name = source.builtin or source.path.stem
    return ResolvedProfile(name, profile, frozenset(_declared(tree, own)), tree)


def is_name(text: str) -> bool:
    """Whether `text` names a built-in profile rather than a file."""
    separated = "/" in text or os.sep in text
    return not separated and not text.lower().endswith((".yaml", ".yml"))


def _source(text: str, above: _Source | None) -> _Source | str:
    """The file that `text` stands for, seen from the file `above`; or what is wrong with it."""
    if text in BUILTIN:
        shown = f"profiles/builtin/{text}.yaml"
        return _Source(Path(str(resources.files("profiles"))) / "builtin" / f"{text}.yaml", shown, text)
    if not text:
        return f"an empty name; the built-in profiles are: {', '.join(BUILTIN)}"
    if is_name(text):
        if _is_folder(text, above):
            return "a folder; a profile is one file; name the file in it"
        near = problems.nearest(text, BUILTIN)
        near += " " if near else ""
        return (
            f"no built-in profile has this name; {near}they are: {', '.join(BUILTIN)}; "
            f"for a file write its path: ./{text}"
        )
    if "\0" in text:
        return "a zero byte; no path holds one; write the path of a file"
    path = Path(above.shown).parent / text if above else Path(text)
    return _Source(path, str(path) if above else text, None)


def _is_folder(text: str, above: _Source | None) -> bool:
    folder = Path(above.shown).parent if above else Path()
    try:
        return (folder / text).is_dir()
    except (OSError, ValueError):  # too long, or with a zero byte
        return False


def _chain(source: _Source) -> tuple[list[Node], int]:
    """The trees of the file and of all that it extends, itself first; and how many are the user's own."""
    trees: list[Node] = []
    own = 0
    seen: list[str] = []
    while True:
        seen.append(os.path.realpath(source.path))
        tree = read(source.path, source.shown, len(trees))
        trees.append(tree)
        own += source.builtin is None
        assert isinstance(tree.value, dict)
        base = tree.value.get("extends")
        if base is None or base.value is None:
            if source.builtin:
                return trees, own
            raise ProfileError(
                f"{base.place if base else Place(source.shown, 1, 1)}: extends: missing; "
                "a profile states what differs from another; write: extends: production"
            )
        if not isinstance(base.value, str):
            raise ProfileError(
                f"{base.place}: extends: one name or file is expected; write: extends: production"
            )
        below = _source(base.value, source)
        if isinstance(below, str):
            raise ProfileError(f"{base.place}: extends: {base.value!r}: {below}")
        if os.path.realpath(below.path) in seen:
            raise ProfileError(
                f"{base.place}: extends: {below.shown} is already in the chain; "
                "profiles cannot extend each other in a circle; extend a built-in profile in one of them"
            )
        try:
            below.path.stat()
        except OSError as error:
            reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror
            raise ProfileError(f"{base.place}: extends: {below.shown}: {reason}; check the path") from None
        source = below


def _inheritable(tree: Node) -> Node:
    assert isinstance(tree.value, dict)
    return tree._replace(value={key: child for key, child in tree.value.items() if key not in _OWN_KEYS})


def _validated(tree: Node) -> Profile:
    values: dict[str, Any] = plain(tree)
    found = problems.of_sense(sense.contradictions(values), tree)
    profile = None
    try:
        profile = Profile.model_validate(values)
    except ValidationError as error:
        found += problems.of_values(error, tree)
    if profile is None or found:
        # A reader goes through a file from its top; the user's own file first.
        found.sort(key=lambda problem: (problem[0].rank, problem[0].line, problem[0].column))
        raise ProfileError("\n".join(f"{place}: {text}" for place, text in found))
    return profile


def _declared(node: Node, own: int, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if node.place.rank < own:
        yield path
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from _declared(child, own, (*path, key))
