"""What is wrong with a profile, one line per problem: `file:line:column: what; why; cure`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from profiles.contradiction import Contradiction, Path
from profiles.document import Node, Place, find
from profiles.errors import kind as kind_of
from profiles.errors import shown
from profiles.models import DOMAINS, schema
from profiles.policy import RULES

# What one item of these lists is called.
_ITEMS = {
    "exemptions": "exemption",
    "exemptRequirements": "exempt requirement",
    "operations": "operation",
    "otherPools": "pool",
    "patches": "patch",
    "subnets": "subnet",
}
# Clouds, and the names of their Kubernetes.
_KUBERNETES_OF = {"aws": "eks", "amazon": "eks", "azure": "aks", "gcp": "gke", "google": "gke"}


def of_values(
    error: ValidationError, tree: Node, shape: dict[str, Any] | None = None
) -> list[tuple[Place, str]]:
    """The problems that pydantic found in the profile `tree`, with the place each of them has.

    `shape`: the JSON Schema of another file, where it is no profile.
    """
    shape = shape or schema()
    return [
        _problem(details, tree, shape)
        for details in error.errors(include_url=False)
        if not _from_above(_path(details), tree) and not _short_of_wrong_items(details)
    ]


def of_sense(found: Iterable[Contradiction], tree: Node) -> list[tuple[Place, str]]:
    """The contradictions, each at the value that the user's own file states, where it states one."""
    problems = []
    for contradiction in found:
        # What a domain takes from the top is mended there, once for both.
        paths = [path[1:] if _from_above(path, tree) else path for path in contradiction.paths]
        nodes = [find(tree, path)[0] for path in paths]
        own = min(nodes, key=lambda node: node.place.rank)
        problems.append((own.place, f"{_named(paths[nodes.index(own)])}: {contradiction.text}"))
    return problems


def _from_above(path: Path, tree: Node) -> bool:
    """Whether `path`, of a domain, holds what stands at the top for both, and is said there."""
    if len(path) < 2 or path[0] not in DOMAINS:
        return False
    return find(tree, path) == find(tree, path[1:])


def _short_of_wrong_items(details: ErrorDetails) -> bool:
    """Whether a list is too short only because items of it are wrong, which is said of them."""
    return details["type"] == "too_short" and len(details["input"]) >= details["ctx"]["min_length"]


def _path(details: ErrorDetails) -> Path:
    # A key of a map that is itself wrong has the mark [key] behind it.
    return tuple(step for step in details["loc"] if step != "[key]")


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean X?` where a known word is near, else nothing."""
    bare = _bare(word)
    names = {_bare(name): name for name in known}
    meant = (bare, _KUBERNETES_OF.get(bare))
    same = [name for name in names if name in meant or sorted(name) == sorted(bare)]
    begun = [name for name in names if len(bare) > 2 and name.startswith(bare)]
    close = same or begun or difflib.get_close_matches(bare, names, n=1, cutoff=0.6)
    return f"did you mean {names[close[0]]}?" if close else ""


def _bare(word: str) -> str:
    """A word as it is compared: in small letters, whatever stands between its parts."""
    return re.sub("[-_ ]", "", word.lower())


def suggestion(word: str, known: Iterable[str], listed: str) -> str:
    """The known word nearest to `word`; where none is near, all of them behind the words `listed`."""
    known = list(known)
    return nearest(word, known) or f"{listed}: {', '.join(known)}"


def _problem(details: ErrorDetails, tree: Node, shape: dict[str, Any]) -> tuple[Place, str]:
    path = _path(details)
    name = _named(path)
    node, exact = find(tree, path)
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        known = _keys(_at(shape, path[:-1], shape))
        word = str(path[-1])
        cure = _elsewhere(path, shape) or suggestion(word, known, "known here")
        return node.key, f"{name}: unknown key; {cure}"
    if kind == "unknown_rule":
        word = str(details["input"])
        return node.key if "[key]" in details["loc"] else node.place, (
            f"{name}: {shown(word)} is no rule; {suggestion(word, RULES, 'the rules are')}"
        )
    if kind == "missing":
        above = f"under {_named(path[:-1])}" if path[:-1] else "at the top"
        return node.key, f"{name}: missing; it has no default; write {path[-1]}: {above}"
    if kind == "literal_error":
        known = _choices(_at(shape, path, shape)) or [str(context.get("expected", ""))]
        cure = f"write one of: {', '.join(known)}"
        if isinstance(details["input"], bool):
            cure += " (in quotes: YAML 1.1 reads on, off, yes and no as true and false)"
        word = details["input"] if isinstance(details["input"], str) else ""
        near = f"{nearest(word, known)} " if nearest(word, known) else ""
        return node.place, f"{name}: {shown(details['input'])} is none of its values; {near}{cure}"
    if kind == "profile":
        return node.key if "[key]" in details["loc"] else node.place, f"{name}: {context['text']}"
    return (node.place if exact else node.key), f"{name}: {_expected(kind, details['input'], context)}"


def _elsewhere(path: Path, shape: dict[str, Any]) -> str:
    """Where an unknown key would be known: below the domains, or at the top; else nothing."""
    word, of_domain = path[-1], shape["$defs"].get("Domain", {}).get("properties", {})
    if len(path) == 1 and word in of_domain:
        return "it is each domain's own; write it below ledger: and auditor:"
    if len(path) == 2 and path[0] in DOMAINS and word in shape["properties"]:
        return "it holds for the whole deployment; write it at the top"
    return ""


def _named(path: Path) -> str:
    """The path in words, lists counted from 1: `patch 2, operation 1, path`; `network.clients entry 3`."""
    words = key = link = ""
    for step in path:
        if isinstance(step, str):
            key = step.rstrip("_")
            # A URL with its password may have landed in a key, as in any value.
            words += link + ("(a key with @ or =)" if re.search("[@=]", key) else key)
            link = "."
        else:
            item = _ITEMS.get(key)
            words = f"{words.removesuffix(key)}{item}" if item else f"{words} entry"
            words += f" {step + 1}"
            link = ", "
    return words


def _expected(kind: str, found: object, context: Mapping[str, Any]) -> str:
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"a map is expected, not {kind_of(found)}; write its keys below it, indented"
    if kind in ("tuple_type", "list_type"):
        return f"a list is expected, not {kind_of(found)}; begin each item with -, or write [] around them"
    if kind == "string_type":
        return f"text is expected, not {kind_of(found)}; YAML reads it as that; put it in quotes"
    if kind in ("int_type", "int_from_float"):
        what = shown(found) if isinstance(found, (str, float)) else kind_of(found)
        return f"a whole number is expected, not {what}; {_as_count(found)}"
    if kind == "bool_type":
        return f"true or false is expected, not {kind_of(found)}; write one of them"
    if kind == "string_too_long":
        return f"{len(str(found))} characters; it must be {context['max_length']} or fewer; shorten it"
    if kind in ("string_too_short", "too_short"):
        return "empty; it says nothing so; write what it is, or leave the key out"
    if kind == "greater_than_equal":
        return f"{shown(found)} is too small; it must be {context['ge']} or more; write such a number"
    if kind == "less_than_equal":
        return f"{shown(found)} is too large; it must be {context['le']} or less; write such a number"
    return f"cannot be used ({kind}); see: scalardl-gen schema"


def _as_count(found: object) -> str:
    if isinstance(found, str) and re.fullmatch(r"[0-9]{1,4}", found):
        return f"write {found} without quotes"
    if isinstance(found, str) and found.endswith("%"):
        return "write how many, not what share of them"
    if isinstance(found, float):
        return f"write {int(found)}" if found.is_integer() else "write it without a fraction"
    if isinstance(found, (list, tuple, dict)):
        return "write how many, as one number"
    return "write it in digits"


def _at(part: dict[str, Any], path: Path, shape: dict[str, Any]) -> dict[str, Any]:
    """The part of the JSON Schema `shape` that stands for the value at `path` below `part`."""
    if "$ref" in part:
        return _at(shape["$defs"][part["$ref"].rsplit("/", 1)[1]], path, shape)
    for choice in part.get("anyOf", ()):
        if choice.get("type") != "null":
            return _at(choice, path, shape)
    if not path:
        return part
    below = part.get("items") if isinstance(path[0], int) else part.get("properties", {}).get(path[0])
    return _at(below, path[1:], shape) if below else {}


def _keys(part: dict[str, Any]) -> list[str]:
    return list(part.get("properties", {}))


def _choices(part: dict[str, Any]) -> list[str]:
    return [str(choice) for choice in part.get("enum", ())]
