"""How far a check is, on a terminal's stderr, for one that takes longer than a moment."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SILENT = 0.7  # seconds


def _capable() -> bool:
    """Whether stderr is a terminal that can clear a line."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A function that is told of each step: its name, how many were, of how many. The line goes with it."""
    begun = time.monotonic()
    shown = False

    def step(name: str, number: int, count: int) -> None:
        nonlocal shown
        if _capable() and time.monotonic() - begun > _SILENT:
            shown = True
            sys.stderr.write(f"\r\033[K{number + 1} of {count}: {name}")
            sys.stderr.flush()

    try:
        yield step
    finally:
        if shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
