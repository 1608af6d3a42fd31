"""Jinja for files that have signs of their own: Helm's {{ }}, shell's ${ } and # comments."""

from __future__ import annotations

import jinja2

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
    # Not HTML.
    autoescape=False,
)
