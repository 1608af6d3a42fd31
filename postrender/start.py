"""What the installed command calls first: an interruption ends it quietly, whatever is being imported."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import NoReturn

from postrender.errors import INTERRUPTED, TERMINATED


def main() -> None:
    """The console entry point of `scalardl-harden`."""
    started("postrender.cli")


def started(module: str) -> None:
    """Import the module and call its main(), ready for signals before the import begins."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        import_module(module).main()
    except KeyboardInterrupt:
        # At once: Python would shut down imports that were interrupted, and complain.
        os._exit(INTERRUPTED)


def _terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM as an exception, so that what is half written goes."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(TERMINATED)
