"""A key of the schema with one letter wrong, at every depth: refused, with its place and the nearest key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from profiles.errors import ProfileError
from profiles.load import load
from tests.profiles.shapes import SCHEMA, resolved


def dropped(key: str) -> str:
    return key[: len(key) // 2] + key[len(key) // 2 + 1 :]


def doubled(key: str) -> str:
    return key[: len(key) // 2] + key[len(key) // 2] + key[len(key) // 2 :]


def swapped(key: str) -> str:
    middle = (len(key) - 1) // 2
    return key[:middle] + key[middle + 1] + key[middle] + key[middle + 2 :]


def in_another_case(key: str) -> str:
    return key[0].upper() + key[1:].lower()


def in_snake_case(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key).replace("-", "_")


TYPOS = (dropped, doubled, swapped, in_another_case, in_snake_case)


class Typo(NamedTuple):
    """A key as it should be, as it is written, where, and the lines of the maps that it stands in."""

    key: str
    written: str
    line: int
    column: int
    above: tuple[str, ...]


class Everywhere:
    """A profile in which every key of the schema stands with a typo, in every map of it."""

    def __init__(self, change: Callable[[str], str]) -> None:
        self.change = change
        self.lines = ["extends: production"]
        self.typos: list[Typo] = []
        self._map(SCHEMA, "", ())

    def _map(self, part: dict[str, Any], indent: str, above: tuple[str, ...]) -> None:
        keys = part["properties"]
        here: set[str] = set()
        for key in keys:
            written = self.change(key)
            if written not in keys and written not in here:
                here.add(written)
                self.lines.append(f"{indent}{written}: null")
                self.typos.append(Typo(key, written, len(self.lines), len(indent) + 1, above))
        for key, below in keys.items():
            inner = resolved(below)
            opened = [f"{indent}{key}:"]
            if not inner.get("properties"):
                inner = resolved(inner.get("items", {}))
                opened.append(f"{indent}  -")
            if inner.get("properties"):
                self.lines += opened
                self._map(inner, indent + "  " * len(opened), (*above, *opened))


def problems(folder: Path, lines: list[str]) -> dict[tuple[int, int], str]:
    """What is said of the file, by line and column."""
    file = folder / "profile.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        load(str(file))
    said = {}
    for line in str(caught.value).splitlines():
        place, text = line.removeprefix(f"{file}:").split(": ", 1)
        row, column = map(int, place.split(":"))
        said[row, column] = text
    return said


@pytest.mark.parametrize("change", TYPOS)
def test_every_key_with_a_typo_is_refused_and_the_nearest_named(
    change: Callable[[str], str], tmp_path: Path
) -> None:
    file = Everywhere(change)
    assert len(file.typos) > 100
    said = problems(tmp_path, file.lines)
    wrong = [
        (typo, said.get((typo.line, typo.column)))
        for typo in file.typos
        if f"did you mean {typo.key}?" not in said.get((typo.line, typo.column), "")
    ]
    assert wrong == []


# One key of each map, so that every depth is met.
ALONE = list({typo.above: typo for typo in Everywhere(dropped).typos}.values())


@pytest.mark.parametrize("typo", ALONE[::3], ids=lambda typo: f"{len(typo.above)}-{typo.written}")
def test_a_typo_alone_in_a_file_is_refused_and_the_nearest_named(typo: Typo, tmp_path: Path) -> None:
    indent = " " * (typo.column - 1)
    lines = ["extends: production", *typo.above, f"{indent}{typo.written}: null"]
    assert f"did you mean {typo.key}?" in problems(tmp_path, lines)[len(lines), typo.column]
