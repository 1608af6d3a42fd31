"""One object written as YAML, each node in a style drawn at random.

What the text says is for readers to tell: a folded text or a number beyond 64 bits need not say what the
data said. It is YAML, though, and each comment of it has a number of its own.
"""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

from tests.fidelity.fields import Raw

PLAIN = re.compile(r"[A-Za-z0-9/$é日本語ключ(_.\xa0][\w ./$()é=+@'\"\\%*&|>!`{}\[\],-]*")
PLAIN_IN_FLOW = re.compile(r"[A-Za-z0-9/$é(_.][\w ./$()é=+@'\"\\-]*")
_BLOCK = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\t]*")
REMARKS = ["", " why", ": x", " 'a", ' "b', " - c", " é😀", " {", " |", "#", " a: b", " &a *b", "\twith tab"]


class Writer:
    """Writes one document. Lines come without their ends, which are the stream's."""

    def __init__(self, r: Random, first_comment: int = 0) -> None:
        self.r = r
        self.step = r.choice((2, 2, 2, 4, 1, 3, 8))
        self.dash = r.choice((0, 0, 2, 4, 1))
        self.flow_odds = r.choice((0.0, 0.03, 0.03, 0.1, 0.4))
        self.comment_odds = r.choice((0.0, 0.05, 0.15, 0.4))
        self.quote_odds = r.choice((0.0, 0.1, 0.5))
        self.anchor_odds = r.choice((0.0, 0.0, 0.0, 0.04, 0.15))
        self.odd_odds = r.choice((0.0, 0.0, 0.03, 0.1))
        self.json = r.random() < 0.06
        self.comments = first_comment
        self.anchors = 0
        # What an alias can stand for: name -> the value written at the anchor.
        self.known: list[tuple[str, Any]] = []

    def document(self, data: dict[str, Any]) -> list[str]:
        """The lines of an object."""
        if self.json:
            return json.dumps(
                plain(data), ensure_ascii=self.r.random() < 0.5, indent=self.r.choice((2, 4, 1))
            ).split("\n")
        if self.r.random() < self.flow_odds / 4:
            return self.flow(data, 1)
        return self.block(data, 0)

    # -- block style ----------------------------------------------------------------------------

    def block(self, value: Any, column: int) -> list[str]:
        """The lines of a filled map or list, all of them indented."""
        pad = " " * column
        lines: list[str] = []
        if isinstance(value, dict):
            merged = self._merge(value, column, lines)
            for key, content in value.items():
                if key in merged and self.r.random() < 0.8:
                    continue
                self._between(lines, column)
                lines += self._entry(pad, key, content, column)
                if self.r.random() < self.odd_odds / 10:
                    lines += self._entry(pad, key, content, column)
            if not lines or all(line.lstrip()[:1] in ("", "#") for line in lines):
                lines.append(f"{pad}filler: 1")
        else:
            for item in value:
                self._between(lines, column)
                lines += self._item(pad, item, column)
        return lines

    def _entry(self, pad: str, key: str, content: Any, column: int) -> list[str]:
        name = self.key(key)
        if self.r.random() < self.anchor_odds / 8:
            self.anchors += 1
            name = f"&k{self.anchors} {name}"
        if self.r.random() < self.odd_odds / 3:
            lines = [f"{pad}? {name}" + self._tail()]
            self._between(lines, column)
            return lines + self._behind(f"{pad}:", content, column, column + 2)
        space = " " if self.r.random() < self.odd_odds / 2 else ""
        if len(name) > 120:
            return [f"{pad}? {name}", *self._behind(f"{pad}:", content, column, column + 2)]
        return self._behind(
            f"{pad}{name}{space if name[-1] != ':' else ''}:", content, column, column + self.step
        )

    def _item(self, pad: str, item: Any, column: int) -> list[str]:
        if isinstance(item, (dict, list)) and item and self.r.random() < 0.85 and not self._flows():
            gap = self.r.choice((1, 1, 1, 1, 3)) if self.r.random() < 0.2 else 1
            inner = self.block(item, column + 1 + gap)
            first = next(i for i, line in enumerate(inner) if line.strip() and line.lstrip()[0] != "#")
            above = [line for line in inner[:first] if line.strip()]
            return [*above, f"{pad}-{' ' * gap}{inner[first].lstrip(' ')}", *inner[first + 1 :]]
        return self._behind(f"{pad}-", item, column, column + 2)

    def _behind(self, opening: str, content: Any, column: int, inner: int) -> list[str]:
        """A value behind `key:` or a dash: on the line, or on lines of its own from column `inner` on."""
        if self.anchor_odds and self.r.random() < self.anchor_odds * 3:
            same = [name for name, what in self.known if _same(what, content)]
            if same:
                return [f"{opening} *{self.r.choice(same)}{self._tail()}"]
        if self.r.random() < self.anchor_odds:
            return self._anchored(opening, content, column, inner)
        if self.r.random() < self.odd_odds / 2:
            tag = {dict: "!!map", list: "!!seq", str: "!!str", bool: "!!bool", int: "!!int"}.get(
                type(content)
            )
            if tag:
                opening += f" {tag}"
        return self._value(opening, content, column, inner)

    def _anchored(self, opening: str, content: Any, column: int, inner: int) -> list[str]:
        self.anchors += 1
        name = f"{self.r.choice(('a', 'x-', 'Y_'))}{self.anchors}"
        tag = self.r.choice(("", "", {dict: " !!map", list: " !!seq"}.get(type(content), "")))
        marks = self.r.choice((f"{tag} &{name}", f" &{name}{tag}"))
        lines = self._value(opening + marks, content, column, inner)
        self.known.append((name, content))
        return lines

    def _value(self, opening: str, content: Any, column: int, inner: int) -> list[str]:
        if isinstance(content, (dict, list)):
            if content and not self._flows():
                start = inner
                if isinstance(content, list) and not opening.lstrip().startswith(("-", ":")):
                    start = column + self.dash
                lines = [opening + self._tail()]
                return lines + self.block(content, start)
            written = self.flow(content, inner)
        elif isinstance(content, str) and not isinstance(content, Raw) and self._as_block(content):
            return self._scalar_block(opening, content, inner)
        else:
            written = self.scalar(content, inner)
        own_line = self.r.random() < self.odd_odds and written[0].strip() != ""
        lines = (
            [opening + self._tail(), " " * inner + written[0]]
            if own_line
            else [f"{opening} {written[0]}".rstrip(" ")]
        )
        return (
            [*lines, *written[1:-1], written[-1] + self._tail()]
            if len(written) > 1
            else [*lines[:-1], lines[-1] + self._tail()]
        )

    def _as_block(self, text: str) -> bool:
        if (
            not _BLOCK.fullmatch(text)
            or not text.strip("\n ")
            or (text != text.lstrip(" ") and not self.odd_odds)
        ):
            return False
        return self.r.random() < (0.7 if "\n" in text else 0.06)

    def _scalar_block(self, opening: str, text: str, inner: int) -> list[str]:
        body = text.rstrip("\n")
        ends = len(text) - len(body)
        chomp = {0: "-", 1: ""}.get(ends, "+")
        if self.r.random() < 0.05:
            chomp = self.r.choice(("-", "", "+"))
        lead = body[:1] in (" ", "\n") or self.r.random() < 0.05
        deep = self.r.choice((0, 0, 0, 2)) if not lead else 0
        column = len(opening) - len(opening.lstrip(" "))
        step = inner + deep - column
        mark = self.r.choice("||||>") + "".join(
            self.r.sample([str(step), chomp], 2) if lead and step < 10 else [chomp]
        )
        lines = [" " * (inner + deep) + line if line else "" for line in body.split("\n")]
        return [f"{opening} {mark}{self._tail()}", *lines, *[""] * max(0, ends - 1)]

    def _merge(self, value: dict[str, Any], column: int, lines: list[str]) -> set[str]:
        """Put a merge key before a map's own keys; returns the keys that it brings."""
        if self.r.random() >= self.anchor_odds:
            return set()
        maps = [(name, what) for name, what in self.known if isinstance(what, dict) and what]
        fitting = [(n, w) for n, w in maps if all(k in value and _same(v, value[k]) for k, v in w.items())]
        mark = self.r.choice(("<<", "<<", "!!merge <<"))
        if fitting:
            name, brought = self.r.choice(fitting)
            source = self.r.choice((f"*{name}", f"[*{name}]"))
        elif value and self.r.random() < 0.3:
            key = next(iter(value))
            brought = {key: value[key]}
            source = " ".join(self.flow(brought, column + 2))
            if "#" in source:
                return set()
        else:
            return set()
        lines.append(f"{' ' * column}{mark}: {source}")
        return set(brought)

    # -- flow style -----------------------------------------------------------------------------

    def flow(self, value: Any, column: int) -> list[str]:
        """A value in flow style: the first line without its indent."""
        if not isinstance(value, (dict, list)):
            return self.scalar(value, column, in_flow=True)
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        if not value:
            return [opening + self.r.choice(("", "", " ")) + closing]
        parts: list[list[str]] = []
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, content in items:
            part = self.flow(content, column + 2)
            if isinstance(value, dict):
                part[0] = f"{self.key(key, in_flow=True)}: {part[0]}".rstrip(" ")
            parts.append(part)
        if self.r.random() < 0.7:
            space = self.r.choice(("", " "))
            lines = [opening + space]
            for number, part in enumerate(parts):
                lines[-1] += (self.r.choice((", ", ", ", ",")) if _spaced(part) else ", ") * bool(
                    number
                ) + part[0]
                lines += part[1:]
            lines[-1] += space + closing
            return lines
        pad = " " * (column + self.step)
        lines = [opening + self._tail()]
        last = self.r.choice(("", "", ","))
        for number, part in enumerate(parts):
            if self.r.random() < self.comment_odds:
                lines.append(pad + self.comment())
            lines += [pad + part[0], *part[1:]]
            lines[-1] += ("," if number < len(parts) - 1 else last) + self._tail()
        lines.append(" " * column + closing)
        return lines

    # -- scalars --------------------------------------------------------------------------------

    def scalar(self, value: Any, column: int, in_flow: bool = False) -> list[str]:
        """A scalar over one line or more; the lines after the first have their indent."""
        if isinstance(value, Raw):
            return ["~" if in_flow and not value else str(value)]
        if value is None:
            return [self.r.choice(("null", "~", "null" if in_flow else ""))]
        if not isinstance(value, str):
            return [json.dumps(value)]
        pattern = PLAIN_IN_FLOW if in_flow else PLAIN
        plain_fits = (
            pattern.fullmatch(value) and ": " not in value and " #" not in value and value == value.strip(" ")
        )
        if (
            plain_fits
            and value[-1] != ":"
            and value not in _READ_OTHERWISE
            and self.r.random() >= self.quote_odds
        ):
            return self._folded(value, column)
        if self.r.random() < 0.4 and _BLOCK.fullmatch(value) and "\n" not in value:
            return self._folded("'" + value.replace("'", "''") + "'", column)
        return self._double(value, column)

    def _double(self, value: str, column: int) -> list[str]:
        text = json.dumps(value, ensure_ascii=self.r.random() < 0.3)
        # A pair of surrogates is two characters to YAML.
        text = re.sub(r"\\ud83d\\ude00", r"\\U0001f600", text)
        text = re.sub("[\x7f-\x9f\u2028\u2029\ufeff]", lambda found: f"\\u{ord(found[0]):04x}", text)
        if self.r.random() < 0.1:
            text = text.replace("a", "\\x61").replace("\\u0085", "\\N").replace("\\u2028", "\\L")
        if " " in text[1:-1] and self.r.random() < 0.1:
            at = text.index(" ", 1)
            if text[at - 1] != "\\":
                return [text[:at] + " \\", " " * column + text[at + 1 :]] if text[at + 1] != " " else [text]
        return self._folded(text, column)

    def _folded(self, text: str, column: int) -> list[str]:
        """A text over several lines where it has blanks to be broken at."""
        words = text.split(" ")
        if (
            len(words) < 3
            or "" in words
            or self.r.random() > 0.15
            or any(w[0] in "#-?&*!|>%@`" for w in words)
        ):
            return [text]
        at = self.r.randint(1, len(words) - 1)
        return [" ".join(words[:at]), " " * column + " ".join(words[at:])]

    def key(self, key: str, in_flow: bool = False) -> str:
        """A key as it is written."""
        if isinstance(key, Raw):
            return str(key)
        if re.fullmatch(r"[A-Za-z][\w./-]*", key) and self.r.random() >= self.quote_odds / 3:
            return key
        if re.fullmatch(r"[\w.~/ -]+", key) and key[0] not in "- " and not in_flow and self.r.random() < 0.3:
            return key
        if _BLOCK.fullmatch(key) and self.r.random() < 0.3:
            return "'" + key.replace("'", "''") + "'"
        return json.dumps(key, ensure_ascii=False)

    # -- comments and blanks --------------------------------------------------------------------

    def comment(self) -> str:
        """A comment that no other one is like."""
        self.comments += 1
        return f"#c{self.comments}." + self.r.choice(REMARKS)

    def _between(self, lines: list[str], column: int) -> None:
        if self.r.random() < self.comment_odds:
            # Where a literal text may stand above, deeper would be part of it.
            lines.append(
                " " * self.r.choice((column, column, column, 0, max(column - 1, 0))) + self.comment()
            )
        if self.r.random() < self.comment_odds / 3:
            lines.append(self.r.choice(("", "", " " * column)))

    def _tail(self) -> str:
        """A comment or blanks behind what stands on a line."""
        drawn = self.r.random()
        if drawn < self.comment_odds / 2:
            return self.r.choice((" ", "  ", "\t")) + self.comment()
        return self.r.choice((" ", "\t", "   ")) if drawn > 1 - self.odd_odds / 3 else ""

    def _flows(self) -> bool:
        return self.r.random() < self.flow_odds


_READ_OTHERWISE = {"true", "null", "y", "1", "08", "1e3", "2001-01-01", "..."}


def plain(value: Any) -> Any:
    """The value without Raw: what JSON can write."""
    if isinstance(value, dict):
        return {str(key): plain(content) for key, content in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return (str(value) or None) if isinstance(value, Raw) else value


def _same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and repr(left) == repr(right)


def _spaced(part: list[str]) -> bool:
    return part[0][:1] in "\"'{["
