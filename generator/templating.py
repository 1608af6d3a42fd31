"""Jinja for files that have signs of their own: Helm's {{ }}, shell's ${ } and # comments."""

from __future__ import annotations

import jinja2


def _written(value: object) -> object:
    """What a template may write: a text or a number. Raises ValueError for what is none."""
    if isinstance(value, jinja2.Undefined):
        return value  # which refuses by itself, and says what is not stated
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"a template would write {type(value).__name__}")
    if isinstance(value, str) and any(not sign.isprintable() and sign not in "\n\t" for sign in value):
        raise ValueError("a template would write a control character")
    return value


# Helm's templates have {{ }} of their own.
ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("generator"),
    variable_start_string="[[",
    variable_end_string="]]",
    block_start_string="[%",
    block_end_string="%]",
    comment_start_string="[#",
    comment_end_string="#]",
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    undefined=jinja2.StrictUndefined,
    finalize=_written,
    # Not HTML: what is put into Markdown goes through a filter, into commands through shlex.
    autoescape=False,
)
