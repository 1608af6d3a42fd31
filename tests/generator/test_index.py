"""The index of rules and requirements in docs/ is the one that the program knows."""

from __future__ import annotations

from generator import index


def test_the_index_has_not_drifted() -> None:
    """Where it has: make docs."""
    assert index.FILE.read_text(encoding="utf-8") == index.text()
