"""The parts of the profile's JSON Schema, as tests walk them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from profiles.models import schema

SCHEMA = schema()
Path = tuple[str | int, ...]


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """A part of the schema without references and without null."""
    if "$ref" in part:
        return resolved(SCHEMA["$defs"][part["$ref"].rsplit("/", 1)[1]])
    for choice in part.get("anyOf", ()):
        if choice.get("type") != "null":
            return resolved(choice)
    return part


def paths(part: dict[str, Any] = SCHEMA, above: Path = ()) -> Iterator[Path]:
    """Every path at which a profile may state a value; of lists the first item."""
    part = resolved(part)
    if above:
        yield above
    for key, below in part.get("properties", {}).items():
        yield from paths(below, (*above, key))
    if "items" in part:
        yield from paths(part["items"], (*above, 0))


def stating(value: Any, path: Path) -> Any:
    """The value, below the maps and lists of the path."""
    for step in reversed(path):
        value = [value] if isinstance(step, int) else {step: value}
    return value
