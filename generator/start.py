"""What the installed command calls first: an interruption ends it quietly, whatever is being imported."""

from __future__ import annotations

import signal

from postrender.start import interrupted, terminated


def main() -> None:
    """The console entry point of `scalardl-gen`."""
    signal.signal(signal.SIGTERM, terminated)
    try:
        from generator import cli

        cli.main()
    except KeyboardInterrupt:
        interrupted()
