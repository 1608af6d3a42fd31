"""Cases: a stream of manifests, how it is hardened, and where it came from.

A stream is either made up (`objects`, `writer`) or one of the texts given, written in another style or
changed here and there. Only few changes may leave something that cannot be read: a refusal shows little.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

import yaml

from postrender.errors import UnreadableError
from postrender.manifests import nodes, stream
from postrender.patches import APPLIED
from profiles.policy import RULES
from tests.fidelity import fields, objects
from tests.fidelity.writer import Writer, plain

PROFILES = ("production", "production", "multi-az", "test")
OPENINGS = [
    "---",
    "---",
    "---",
    "---",
    "---",
    "--- # c",
    "---  ",
    "---\t",
    "--- !!map",
    "---\n---",
    "---\n# Source: x/y.yaml",
    "---\n\n# c",
]
ENDS = ["", "", "", "", "", "", "\n", "\n\n", "\n...", "\n# end", "\n  # end", "\n   ", "\n... # c"]
HEADS = ["", "", "", "", "", "\n", "# head\n", "\n\n# head\n", "  \n", "# head\n---\n", "---\n"]
# Kinds of objects of which no rule knows what their fields are.
FREE = ("Example", "ServiceAccount", "CustomResourceDefinition")


class Case(NamedTuple):
    """Bytes of a stream; the profile by name, without some rules; patches, as a compiled policy has them."""

    content: bytes
    profile: str = "production"
    excluded: tuple[str, ...] = ()
    patches: tuple[dict[str, Any], ...] = ()


def case(r: Random, texts: list[str]) -> Case:
    """A case; `texts` are streams to start from, besides those made up."""
    text = changed(r, r.choice(texts)) if texts and r.random() < 0.15 else made_up(r)
    text = encoded(r, text)
    if r.random() < 0.72:
        return Case(text.encode(), "none", (), tuple(patches(r, text.removeprefix(stream.BOM))))
    excluded = () if r.random() < 0.3 else tuple(r.sample(RULES, r.randint(1, len(RULES) - 2)))
    return Case(text.encode(), r.choice(PROFILES), excluded)


# -- whole streams --------------------------------------------------------------------------------


def made_up(r: Random) -> str:
    """A stream of objects that the generator thought of."""
    return joined(r, [objects.manifest(r, number) for number in range(r.choice((1, 1, 2, 3, 4, 6)))])


def joined(r: Random, manifests: list[dict[str, Any]]) -> str:
    """The objects as a stream."""
    parts = [r.choice(HEADS)]
    comments = 0
    for number, data in enumerate(manifests):
        written = Writer(r, comments)
        lines = written.document(data)
        comments = written.comments
        first = "" if not number and r.random() < 0.3 else r.choice(OPENINGS) + "\n"
        if lines[0].startswith("{") and first and r.random() < 0.3:
            first = "--- "
        elif first == "--- !!map\n" and lines[0].startswith("{"):
            first = "---\n"
        parts.append(first + "\n".join(lines) + r.choice(ENDS) + "\n")
        if first and r.random() < 0.01:
            parts.append(parts[-1])
        if r.random() < 0.04:
            parts.append(r.choice(["---\n", "---\n# nothing\n", "---\nnull\n", "---\n~ # c\n", "---\n\n\n"]))
    if r.random() < 0.01:
        parts.append(r.choice(["--- |\n text\n", "---\n- a\n", "---\na: [\n", "%YAML 1.1\n", "--- text\n"]))
    return "".join(parts)


def changed(r: Random, text: str) -> str:
    """A text of somebody else in another style, or with small changes; at most a few documents of it."""
    documents = [document.text for document in stream.split(text) if len(document.text) < 20_000]
    documents = r.sample(documents, min(len(documents), r.randint(1, 4)))
    if r.random() < 0.5:
        read = [data for one in documents for data in yaml.load_all(one, yaml.CSafeLoader) if data]
        return joined(r, read)
    return "".join(mutated(r, document) for document in documents)


# -- small changes --------------------------------------------------------------------------------


def mutated(r: Random, document: str) -> str:
    """The document with up to six changes, most of them such that it can still be read."""
    for _ in range(r.randint(0, 6)):
        lines = document.split("\n")
        at = r.randrange(len(lines))
        found = r.choice(MUTATIONS)(r, lines, at)
        if found is None:
            continue
        new = "\n".join(found)
        if _readable(new) or r.random() < 0.002:
            document = new
    return document


def _with(lines: list[str], at: int, line: str) -> list[str]:
    return [*lines[:at], line, *lines[at + 1 :]]


def _comment(r: Random, lines: list[str], at: int) -> list[str]:
    pad = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    return [*lines[:at], r.choice((pad, pad, "", pad + "  ")) + f"# m{r.randrange(10**6)}", *lines[at:]]


def _quoted(r: Random, lines: list[str], at: int) -> list[str] | None:
    found = re.fullmatch(r"""(\s*(?:- )?[\w./-]+: )([^\s"'|>&*!\[{#][^"'#\\]*?)(\s*)""", lines[at])
    mark = r.choice("\"'")
    return _with(lines, at, f"{found[1]}{mark}{found[2]}{mark}{found[3]}") if found else None


def _other_scalar(r: Random, lines: list[str], at: int) -> list[str] | None:
    found = re.fullmatch(r"(\s*(?:- )?[\w./-]+: )\S.*", lines[at])
    if not found or re.search(r"\b(name|kind|apiVersion|image|app\S*): ", lines[at]):
        return None
    return _with(lines, at, found[1] + r.choice(fields.RAW))


def _anchor(r: Random, lines: list[str], at: int) -> list[str] | None:
    found = re.fullmatch(r"(\s*(?:- )?[\w./-]+:)((?: .*)?)", lines[at])
    return _with(lines, at, f"{found[1]} &m{r.randrange(1000)}{found[2]}") if found else None


MUTATIONS: list[Callable[[Random, list[str], int], list[str] | None]] = [
    _comment,
    _comment,
    _quoted,
    _other_scalar,
    _anchor,
    lambda r, lines, at: _with(lines, at, lines[at] + r.choice((" # t", "\t# t", "  ", "\t"))),
    lambda r, lines, at: [*lines[:at], r.choice(("", "  ", "\t")), *lines[at:]],
    lambda r, lines, at: [*lines[:at], lines[at], *lines[at:]],
    lambda r, lines, at: [*lines[:at], *lines[at + 1 :]],
    lambda r, lines, at: _with(lines, at, re.sub(r"^(\s*)- ", r"\1-   ", lines[at])),
    lambda r, lines, at: _with(lines, at, re.sub(r"^(\s*)(\w+):", r"\1? \2\n\1:", lines[at])),
    lambda r, lines, at: _with(lines, at, re.sub(r": ", r":\n" + " " * 20, lines[at], count=1)),
    lambda r, lines, at: _with(lines, at, re.sub(r"^(\s*)(\w+):", r'\1"\2" :', lines[at])),
    lambda r, lines, at: [(line + " ") if line[:1] == " " and r.random() < 0.3 else line for line in lines],
]  # fmt: skip


def _readable(text: str) -> bool:
    try:
        data = nodes.compose(text, "", 1).data
    except UnreadableError:
        return False
    return data is None or isinstance(data, dict)


def encoded(r: Random, text: str) -> str:
    """The text with other line ends, a byte-order mark, no final line end."""
    drawn = r.random()
    if drawn < 0.12:
        text = text.replace("\n", "\r\n")
    elif drawn < 0.15:
        text = re.sub("\n", lambda _: r.choice(("\n", "\r\n")), text)
    elif drawn < 0.18:
        mark = r.choice(("\r", "\x85", "\u2028", "\u2029"))
        # Not at separators: these are Kubernetes' to find, and it knows newlines only.
        text = re.sub(
            r"^((?!---).*)\n(?!---|\Z|\.\.\.)",
            lambda f: f[1] + (mark if r.random() < 0.1 else "\n"),
            text,
            flags=re.M,
        )
    if r.random() < 0.15:
        text = text.rstrip("\r\n")
    if r.random() < 0.05:
        text = stream.BOM + text
    return text


# -- patches --------------------------------------------------------------------------------------


def patches(r: Random, text: str) -> list[dict[str, Any]]:
    """Operations that fit the objects of a stream, so that nearly each one of them is edited."""
    found: list[tuple[str, dict[str, Any]]] = []
    for document in stream.split(text):
        try:
            data = nodes.compose(document.text, "", 1).data
        except UnreadableError:
            continue
        if isinstance(data, dict):
            items = data.get("items")
            implied = str(data.get("kind")).removesuffix("List")
            listed = isinstance(items, list) and implied != str(data.get("kind"))
            found += [(implied, item) for item in (items if listed else [data]) if isinstance(item, dict)]
    names = Counter(_name(item) for _, item in found)
    made = []
    for implied, item in found:
        name = _name(item)
        operations = _operations(r, item, free=item.get("kind") in FREE) if name and r.random() < 0.97 else []
        if operations:
            # Where a name is not enough to tell an object from others, its kind must be named too.
            kind = item.get("kind", implied) if names[name] > 1 or r.random() < 0.2 else None
            made.append({"kind": kind, "name": name, "role": None, "labels": {}, "operations": operations})
    return made


def _name(data: dict[str, Any]) -> str:
    meta = data.get("metadata")
    name = meta.get("name") if isinstance(meta, dict) else None
    return name if isinstance(name, str) else ""


def _operations(r: Random, data: dict[str, Any], free: bool) -> list[dict[str, Any]]:
    """One to three operations; `free`: of an object whose fields may take any shape."""
    found: list[dict[str, Any]] = []
    # At places that are apart: a later operation must still find its place.
    places = [place for place in _places(data, ()) if not _kept(place[0])]
    for _ in range(r.choice((1, 1, 1, 2, 3))):
        if not places:
            break
        path, value = r.choice(places)
        drawn = r.random()
        target = path
        if isinstance(value, dict) and drawn < 0.5:
            name = r.choice(fields.KEYS + list(value)[:2])
            target = (*path, name)
            operation = {
                "op": "add",
                "value": _like(r, value.get(name, next(iter(value.values()), "")), free),
            }
        elif isinstance(value, list) and drawn < 0.6:
            target = (*path, r.choice(["-", *map(str, range(len(value) + 1))]))
            operation = {"op": "add", "value": _like(r, next(iter(value), ""), free)}
        elif drawn < 0.75:
            operation = {"op": "replace", "value": _like(r, value, free)}
        else:
            operation = {"op": "remove"}
        if _kept(target) or not target:
            continue
        steps = [step.replace("~", "~0").replace("/", "~1") for step in target]
        found.append(operation | {"path": "".join(f"/{step}" for step in steps)})
        parent = target[:-1]
        places = [p for p in places if not _touches(p[0], parent) and not _touches(parent, p[0])]
    return found


def _like(r: Random, value: Any, free: bool) -> Any:
    """A new value of the same shape as the old one; of any shape where it is free."""
    if free and r.random() < 0.8:
        return plain(objects.anything(r, 2))
    if isinstance(value, dict):
        return {key: _like(r, one, free) for key, one in value.items() if r.random() < 0.7}
    if isinstance(value, list):
        return [_like(r, one, free) for one in [*value, *value[:1]] if r.random() < 0.7]
    if isinstance(value, str):
        return r.choice(fields.WORDS)
    if isinstance(value, bool):
        return not value
    return value if value is None else r.choice((0, 1, 3, 50051))


def _touches(inner: tuple[str, ...], outer: tuple[str, ...]) -> bool:
    return inner[: len(outer)] == outer


def _places(value: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    found = [(path, value)]
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for step, content in entries:
        found += _places(content, (*path, str(step)))
    return found


def _kept(path: tuple[str, ...]) -> bool:
    """Whether a place is what the object is, or must keep its shape to be a manifest."""
    return path[:1] in (("apiVersion",), ("kind",), ("metadata",), ("items",)) or path[-1:] == (APPLIED,)
