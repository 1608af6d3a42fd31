"""Arguments that the commands on rendered manifests share, and the page that they print on."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Annotated

import typer

Manifests = Annotated[
    list[str] | None,
    typer.Argument(metavar="MANIFESTS", help="Rendered manifests: files, folders; - or none: stdin."),
]
Namespace = Annotated[
    str, typer.Option(metavar="NS", help="Where the release is installed, for what states none.")
]
_NARROWEST, _PIPED = 60, 100


def page(widest: int) -> tuple[int, bool]:
    """How many columns there are, and whether with colours; in a pipe always 100, and none."""
    terminal = sys.stdout.isatty()
    coloured = not os.environ.get("NO_COLOR") and (bool(os.environ.get("FORCE_COLOR")) or terminal)
    width = shutil.get_terminal_size().columns if terminal else _PIPED
    return min(max(width, _NARROWEST), widest), coloured
