"""Runs a command of `scalardl-gen` in this process, as its user would."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from generator import cli


class Run(NamedTuple):
    """One run of the command: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """What it printed, without the places where lines end."""
        return " ".join(self.out.split())


class Command(Protocol):
    """Runs the command with the arguments, `stdin` piped in, and these variables set."""

    def __call__(self, *arguments: str | Path, stdin: str | bytes = b"", **variables: str) -> Run: ...


def command(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command of that name."""

    def run(*arguments: str | Path, stdin: str | bytes = b"", **variables: str) -> Run:
        content = stdin if isinstance(stdin, bytes) else stdin.encode()
        for variable in ("SCALARDL_PROFILE", "FORCE_COLOR", "NO_COLOR"):
            monkeypatch.delenv(variable, raising=False)
        for variable, value in variables.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        monkeypatch.setattr("sys.argv", ["scalardl-gen", name, *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        return Run(code if isinstance(code, int) else 0, *capsys.readouterr())

    return run
