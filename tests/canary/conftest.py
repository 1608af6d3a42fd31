"""The runner that the canary's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.canary.runs import Runner


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(tmp_path, monkeypatch, capsys)
