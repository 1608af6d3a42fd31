"""What the installed command calls first."""

from __future__ import annotations

from postrender.start import started


def main() -> None:
    """The console entry point of `scalardl-gen`."""
    started("generator.cli")
