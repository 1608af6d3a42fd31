"""The command `scalardl-gen check` in this process."""

from __future__ import annotations

import pytest

from tests.generator.commands import Command, command


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `scalardl-gen check`."""
    return command("check", monkeypatch, capsys)
