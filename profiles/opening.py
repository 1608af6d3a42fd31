"""Opening a file that somebody names, which may be a pipe."""

from __future__ import annotations

import os


def opened(path: str, flags: int) -> int:
    """An opener for open(): a pipe to which nobody writes reads as empty, and is not waited for.

    One with a writer, such as <(command) in a shell, is read to its end.
    """
    waiting = getattr(os, "O_NONBLOCK", 0)  # none on Windows
    descriptor = os.open(path, flags | waiting)
    if waiting:
        os.set_blocking(descriptor, True)
    return descriptor
