"""The command `plan` as its user meets it."""

from __future__ import annotations

import pytest

from tests.generator.commands import Command, command


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return command("plan", monkeypatch, capsys)
