"""New values as text, in the style of the place they go to."""

from __future__ import annotations

from typing import Any

from postrender.manifests import scalars
from postrender.manifests.style import Style


def block(value: Any, column: int, style: Style) -> str:
    """`value` in block style, its lines indented to `column`, the first one without the indent.

    No newline at the end. An empty map or list is written as `{}` or `[]`.
    """
    if isinstance(value, dict) and value:
        return (style.newline + " " * column).join(
            entry(str(key), content, column, style) for key, content in value.items()
        )
    if isinstance(value, list) and value:
        return (style.newline + " " * column).join("- " + block(item, column + 2, style) for item in value)
    return flow(value)


def entry(key: str, value: Any, column: int, style: Style) -> str:
    """`key: value` for a block mapping at `column`; the first line without the indent."""
    name = scalars.written(key)
    if isinstance(value, dict) and value:
        inner = column + style.step
        return f"{name}:{style.newline}{' ' * inner}{block(value, inner, style)}"
    if isinstance(value, list) and value:
        inner = column + style.dash
        return f"{name}:{style.newline}{' ' * inner}{block(value, inner, style)}"
    return f"{name}: {flow(value)}"


def flow(value: Any, quote_keys: bool = False) -> str:
    """`value` on one line, in flow style; with `quote_keys` as JSON."""
    if quote_keys:
        return scalars.quoted(value)
    if isinstance(value, dict):
        pairs = ", ".join(f"{scalars.written(str(key))}: {flow(content)}" for key, content in value.items())
        return "{" + pairs + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalars.written(value)


def json_lines(value: Any, column: int, step: int, newline: str) -> str:
    """`value` as JSON over several lines, those after the first indented from `column` on."""
    lines = scalars.quoted(value, indent=step).split("\n")
    return (newline + " " * column).join(lines)
