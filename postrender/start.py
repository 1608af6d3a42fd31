"""What the installed command calls first: an interruption ends it quietly, whatever is being imported."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from postrender.errors import INTERRUPTED, TERMINATED


def main() -> None:
    """The console entry point of `scalardl-harden`."""
    signal.signal(signal.SIGTERM, terminated)
    try:
        from postrender import cli

        cli.main()
    except KeyboardInterrupt:
        interrupted()


def terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM as an exception, so that what is half written goes."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(TERMINATED)


def interrupted() -> NoReturn:
    """Ends the process at once: Python would shut down imports that were interrupted, and complain."""
    os._exit(INTERRUPTED)
