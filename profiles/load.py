"""From a name or a file to a resolved profile: read, follow `extends`, merge, validate."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from profiles import domains, problems, sense
from profiles.document import Node, Place, overlay, plain, read
from profiles.errors import ProfileError, shown
from profiles.models import DOMAINS, Profile, Settings

# Each extends the one before.
BUILTIN: tuple[str, ...] = ("test", "production", "multi-az")

# A file's own, never inherited.
_OWN_KEYS = ("extends", "description", "size")
# What stands at the top for both domains.
_SHARED = {field.alias or name for name, field in Settings.model_fields.items()}
_BUILTIN_FOLDER = Path(str(resources.files("profiles"))) / "builtin"


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


class Problem(NamedTuple):
    """What is wrong with a profile: where, and what, why and the cure."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"

    @property
    def requirements(self) -> tuple[str, ...]:
        """The ids of the guides' requirements that it breaks, as its text names them."""
        return tuple(name for named in _REQUIREMENTS.findall(self.text) for name in named.split(", "))


_REQUIREMENTS = re.compile(r"\(requirements? ([a-z-]+(?:, [a-z-]+)*)\)")


class _Source(NamedTuple):
    """One file of the chain: where it is, what errors call it, its built-in name if it has one."""

    path: Path
    shown: str
    builtin: str | None


def load(name_or_path: str, *, within: Path | None = None) -> ResolvedProfile:
    """The profile of a built-in name (`production`) or of a file (`ours.yaml`, `./ours`).

    A text without a path separator and without the suffix .yaml or .yml is a name. Where `within` is
    given, the file and all that it extends must stand below it, links followed. Raises ProfileError with
    one line per problem, `file:line:column: what; why; cure`, all at once.
    """
    resolved, found = judged(name_or_path, within=within)
    if resolved is None or found:
        raise ProfileError("\n".join(map(str, found)))
    return resolved


def judged(
    name_or_path: str, *, within: Path | None = None
) -> tuple[ResolvedProfile | None, tuple[Problem, ...]]:
    """The profile as `load` reads it, and all that is wrong with it.

    Where a value by itself is wrong there is no profile; where values cannot stand together there is one.
    Raises ProfileError where the file is no profile at all.
    """
    source = _source(name_or_path, None, within)
    if isinstance(source, str):
        raise ProfileError(f"{_named(name_or_path)}: {source}")
    chain, own = _chain(source, within)
    tree = chain[-1]
    for over in reversed(chain[:-1]):
        tree = overlay(_sized(_inheritable(tree), over), over)
    tree = _with_domains(tree)
    profile, found = _validated(tree)
    if profile is None:
        return None, found
    # It is shown, and written into files.
    name = source.builtin or "".join(sign if sign.isprintable() else "?" for sign in source.path.stem)
    return ResolvedProfile(name, profile, frozenset(_declared(tree, own)), tree), found


def is_name(text: str) -> bool:
    """Whether `text` names a built-in profile rather than a file."""
    separated = "/" in text or os.sep in text
    return not separated and not text.lower().endswith((".yaml", ".yml"))


def _source(text: str, above: _Source | None, within: Path | None) -> _Source | str:
    """The file that `text` stands for, seen from the file `above`; or what is wrong with it."""
    if text in BUILTIN:
        shown = f"profiles/builtin/{text}.yaml"
        return _Source(_BUILTIN_FOLDER / f"{text}.yaml", shown, text)
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
    if "://" in text:
        return "an address; profiles are read from files only; fetch it, and write its path"
    if "\0" in text:
        return "a zero byte; no path holds one; write the path of a file"
    path = Path(above.shown).parent / text if above else Path(text)
    if within is not None and (wrong := _outside(path, within)):
        return wrong
    return _Source(path, str(path) if above else text, None)


def _outside(path: Path, within: Path) -> str:
    """What is wrong with a file that somebody else names; nothing where it stands below the folder."""
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(within)):
        return "leads out of the repository; name a file that is in it"
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return ""  # whoever reads it says so
    # To open a pipe would wait for whoever writes to it.
    return "" if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else "not a file; name one that is"


def _named(text: str) -> str:
    # The address of a repository may hold who logs in to it.
    return "(an address)" if "://" in text else text or "(empty)"


def _is_folder(text: str, above: _Source | None) -> bool:
    folder = Path(above.shown).parent if above else Path()
    try:
        return (folder / text).is_dir()
    except (OSError, ValueError):  # too long, or with a zero byte
        return False


def _chain(source: _Source, within: Path | None) -> tuple[list[Node], int]:
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
        below = _source(base.value, source, within)
        if isinstance(below, str):
            raise ProfileError(f"{base.place}: extends: {shown(base.value)}: {below}")
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


def _sized(tree: Node, over: Node) -> Node:
    """The tree with the replicas and resources of the size that `over` names; what else it states wins."""
    assert isinstance(over.value, dict)
    size = over.value.get("size")
    if size is None or not isinstance(size.value, str):
        return tree
    sizes = read(_BUILTIN_FOLDER / "sizes.yaml", "profiles/builtin/sizes.yaml", 0).value
    assert isinstance(sizes, dict)
    if size.value not in sizes:
        return tree
    # Whoever reads a place is to mend the size, or to say more beside it.
    chosen = _placed(sizes[size.value], size)
    assert isinstance(tree.value, dict)
    value = {key: _without(child, chosen) if key in DOMAINS else child for key, child in tree.value.items()}
    return overlay(tree._replace(value=value), chosen)


def _placed(node: Node, at: Node) -> Node:
    """The node, and all below it, as if it stood where `at` does."""
    value = node.value
    if isinstance(value, dict):
        value = {key: _placed(child, at) for key, child in value.items()}
    return Node(value, at.key, at.place)


def _without(node: Node, other: Node) -> Node:
    """The node without the values that the other one has too."""
    if not isinstance(node.value, dict) or not isinstance(other.value, dict):
        return node
    left = {
        key: _without(child, other.value[key]) if key in other.value else child
        for key, child in node.value.items()
        if key not in other.value or isinstance(other.value[key].value, dict)
    }
    return node._replace(value=left)


def _with_domains(tree: Node) -> Node:
    """The tree with what stands at the top laid below each domain."""
    assert isinstance(tree.value, dict)
    shared = {key: child for key, child in tree.value.items() if key in _SHARED}
    laid = dict(tree.value)
    for product in DOMAINS:
        if product in laid and isinstance(laid[product].value, dict):
            laid[product] = overlay(laid[product]._replace(value=shared), laid[product])
    return tree._replace(value=laid)


def _validated(tree: Node) -> tuple[Profile | None, tuple[Problem, ...]]:
    values: dict[str, Any] = plain(tree)
    found = []
    profile = None
    try:
        profile = Profile.model_validate(values)
    except ValidationError as error:
        found += problems.of_values(error, tree)
    for product in domains.standing(values.get("auditorMode") is not False):
        if isinstance(values.get(product), dict):
            own = sense.contradictions(values[product], product)
            found += problems.of_sense((c.below(product) for c in own), tree)
    if profile is not None:
        found += problems.of_sense(domains.contradictions(profile), tree)
    # A reader goes through a file from its top; the user's own file first. Both domains may have the same
    # problem with what stands above them.
    found.sort(key=lambda problem: (problem[0].rank, problem[0].line, problem[0].column))
    several = {str(problem): problem for problem in (Problem(*each) for each in found)}
    return profile, tuple(several.values())


def _declared(node: Node, own: int, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if node.place.rank < own:
        yield path
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from _declared(child, own, (*path, key))
