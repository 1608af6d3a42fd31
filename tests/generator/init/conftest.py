"""One run of `init`, in a folder of its own, with a terminal at stdin or without one."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import typer

from generator.init.cli import init


class Run(NamedTuple):
    """What a run of the command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


class Terminal(io.StringIO):
    """Lines that somebody types."""

    def isatty(self) -> bool:
        return True


# From arguments, and what is typed (None: stdin is no terminal), to what the run left.
Runner = Callable[..., Run]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, empty."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Runner:
    """Runs `init` in `folder`. Whatever the end, no temporary file may be left."""
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command("init")(init)
    app.command("other")(lambda: None)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def once(*arguments: str, typed: str | None = None) -> Run:
        monkeypatch.setattr("sys.stdin", io.StringIO() if typed is None else Terminal(typed))
        with pytest.raises(SystemExit) as ended:
            app(["init", *arguments], prog_name="scalardl-gen")
        assert list(temporary.iterdir()) == []
        assert [file.name for file in folder.iterdir() if file.name.startswith(".")] == []
        return Run(int(ended.value.code or 0), *capsys.readouterr())

    return once
