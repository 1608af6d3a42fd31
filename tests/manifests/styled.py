"""The same data written in many ways: what hypothesis draws to try edits on."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

KEYS = ["a", "b", "name", "spec", "on", "no", "1", "app.kubernetes.io/name", "x y", "-", "k:v", "#h"]
WORDS = [
    "web", "", "true", "no", "y", "1e3", "08", "0o17", "1:30", "null", "~", "a: b", "# c", " lead",
    "é😀", "line\nbreak", "end\n", "\ttab", "2001-01-01", "*x", "&x", "!t", "{}", "- a", "'", "\"",
    "%", "@",
]  # fmt: skip

scalars = st.one_of(
    st.sampled_from(WORDS), st.integers(-5, 5), st.booleans(), st.none(), st.sampled_from([0.5, 1e9, -2.25])
)
keys = st.sampled_from(KEYS)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=12,
)


@st.composite
def _documents(draw: Any) -> dict[str, Any]:
    data: dict[str, Any] = draw(st.dictionaries(keys, values, min_size=1, max_size=5))
    if draw(st.booleans()):
        # The same value again, and a map that says all of another one and more: for aliases and merge keys.
        value = draw(st.one_of(st.sampled_from(list(data.values())), st.dictionaries(keys, scalars)))
        data = {**data, "first": deepcopy(value), "again": {"same": deepcopy(value)}}
        if isinstance(value, dict):
            data["heir"] = {**deepcopy(value), "name": "heir"}
    return data


documents = _documents()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


class Writer:
    """Writes data with drawn choices: indentation, flow or block, quotes, comments, line ends, anchors
    with their aliases and merge keys.
    """

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.step = draw(st.sampled_from([1, 2, 4]))
        self.dash = draw(st.sampled_from([0, 2]))
        self.newline = draw(st.sampled_from(["\n", "\r\n"]))
        self.comments = draw(st.booleans())
        self.open_literal = False
        self.anchors = draw(st.integers(0, 1))
        self.anchored: list[tuple[str, Any]] = []

    def document(self, data: dict[str, Any]) -> str:
        lines = self.block(data, 0)
        text = self.newline.join(lines)
        head = self.draw(st.sampled_from(["", "---" + self.newline, "# Source: x" + self.newline]))
        tails = [self.newline, self.newline + "# end" + self.newline]
        if not self.open_literal:
            tails.append("")
        tail = self.draw(st.sampled_from(tails))
        return str(head + text + tail)

    def block(self, value: Any, column: int) -> list[str]:
        pad = " " * column
        lines: list[str] = []
        if isinstance(value, dict):
            for key, content in self._merge(value, lines, column).items():
                if self._comment():
                    lines.append(pad + "# about the next")
                lines += self._behind(pad + self._key(key) + ":", content, column, column + self.step)
        else:
            for item in value:
                if isinstance(item, (dict, list)) and item and self.draw(st.booleans()):
                    inner = self.block(item, column + 2)
                    first = next(i for i, line in enumerate(inner) if line.strip()[:1] != "#")
                    # A comment cannot stand between a dash and what it opens on the same line.
                    lines += [pad + line.strip() for line in inner[:first]]
                    lines += [pad + "- " + inner[first].lstrip(), *inner[first + 1 :]]
                else:
                    lines += self._behind(pad + "-", item, column, column + 2)
        if self._comment():
            lines += [*self.draw(st.sampled_from([[], [""]])), pad + "# below"]
        return lines

    def _merge(self, value: dict[str, Any], lines: list[str], column: int) -> dict[str, Any]:
        """What of a map is left to write once a merge key has brought some of it."""
        if not self.anchors or len(value) < 2 or not self.draw(st.booleans()):
            return value
        known = [(name, what) for name, what in self.anchored if isinstance(what, dict) and what]
        name, brought = self.draw(st.sampled_from([("", dict([next(iter(value.items()))])), *known]))
        if not brought.keys() <= value.keys():
            return value
        mark = self.draw(st.sampled_from(["<<", "!!merge <<"]))
        lines.append(" " * column + f"{mark}: {f'*{name}' if name else self.flow(brought)}")
        return {key: content for key, content in value.items() if not _same(brought.get(key, _same), content)}

    def _behind(self, opening: str, content: Any, column: int, inner: int) -> list[str]:
        tail = "  # why" if self._comment() else ""
        if self.anchors:
            known = [name for name, what in self.anchored if _same(what, content)]
            if known and self.draw(st.booleans()):
                return [f"{opening} *{known[0]}{tail}"]
            if content is not None and content != "" and self.draw(st.booleans()):
                tag = {dict: "!!map", list: "!!seq"}.get(type(content), "")
                self.anchors += 1
                name = f"a{self.anchors}"
                opening += self.draw(st.sampled_from([f" &{name}", f" {tag} &{name}".replace("  ", " ")]))
                # Known once it is written: an alias does not stand inside its own anchor.
                lines = self._plainly(opening, content, column, inner, tail)
                self.anchored.append((name, content))
                return lines
        return self._plainly(opening, content, column, inner, tail)

    def _plainly(self, opening: str, content: Any, column: int, inner: int, tail: str) -> list[str]:
        if isinstance(content, dict) and content and self.draw(st.booleans()):
            return [opening + tail, *self.block(content, inner)]
        if isinstance(content, list) and content and self.draw(st.booleans()):
            start = column + self.dash if opening.lstrip()[0] != "-" else inner
            return [opening + tail, *self.block(content, start)]
        if content is None and self.draw(st.booleans()):
            return [opening + tail]
        if isinstance(content, str) and _literal(content) and self.draw(st.booleans()):
            mark = "|" if content.endswith("\n") else "|-"
            # Its last line break belongs to it, so the document must not end without one.
            self.open_literal |= mark == "|"
            return [f"{opening} {mark}", *(" " * inner + line for line in content.rstrip("\n").split("\n"))]
        if isinstance(content, (dict, list)) and not content and self.draw(st.booleans()):
            return [opening, " " * inner + self.flow(content) + tail]
        return [f"{opening} {self.flow(content)}{tail}"]

    def flow(self, value: Any) -> str:
        if isinstance(value, dict):
            space = self.draw(st.sampled_from(["", " "]))
            return (
                "{"
                + space
                + ", ".join(f"{self._key(k)}: {self.flow(v)}" for k, v in value.items())
                + space
                + "}"
            )
        if isinstance(value, list):
            return "[" + ", ".join(self.flow(item) for item in value) + "]"
        if isinstance(value, str):
            single = "'" + value.replace("'", "''") + "'"
            return (
                single
                if "\n" not in value and "\t" not in value and self.draw(st.booleans())
                else _quoted(value)
            )
        return json.dumps(value)

    def _key(self, key: str) -> str:
        plain = key in ("a", "b", "name", "spec", "app.kubernetes.io/name", "x y")
        return key if plain and self.draw(st.booleans()) else _quoted(key)

    def _comment(self) -> bool:
        return self.comments and bool(self.draw(st.booleans()))


def _same(left: Any, right: Any) -> bool:
    return not callable(left) and json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def _literal(text: str) -> bool:
    body = text.rstrip("\n")
    return (
        bool(body)
        and text.count("\n") - body.count("\n") <= 1
        and not body.startswith((" ", "\n", "\t"))
        and body.isprintable() is ("\n" not in body)
    )
