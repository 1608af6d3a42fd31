"""Runs either command in this process, and gathers all that it lets out: what it says, prints and writes."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from generator import cli as generator
from postrender import cli as postrender

HARDEN, GEN = "scalardl-harden", "scalardl-gen"
_MAINS: dict[str, Callable[[], None]] = {HARDEN: postrender.main, GEN: generator.main}


class Run(NamedTuple):
    """One run: its exit code, what it printed and said, and what it wrote into its folder."""

    code: int
    out: str
    err: str
    written: str

    @property
    def said(self) -> str:
        """All but what went to stdout."""
        return f"{self.err}\n{self.written}"

    @property
    def everything(self) -> str:
        return f"{self.out}\n{self.said}"


class Runner:
    """Runs commands; `folder`: where they run, with `in` for what is read and `out` for what is written."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.capsys = capsys
        for name in ("in", "out"):
            (folder / name).mkdir()
        monkeypatch.chdir(folder)
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "out" / "state"))
        for name in ("SCALARDL_PROFILE", "SCALARDL_HARDEN_DEBUG", "FORCE_COLOR", "NO_COLOR"):
            monkeypatch.delenv(name, raising=False)

    def file(self, name: str, text: str | bytes) -> str:
        """A file to read; gives its path."""
        path = self.folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path.relative_to(self.folder))

    def __call__(self, command: str, *arguments: str, stdin: str = "") -> Run:
        """Runs the command with these arguments; what it wrote is taken away behind it."""
        self.monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        self.monkeypatch.setattr("sys.argv", [command, *arguments])
        code: object = 0
        try:
            _MAINS[command]()
        except SystemExit as ended:
            code = ended.code
        out, err = self.capsys.readouterr()
        kept = self.folder / "out"
        written = "\n".join(
            f"{path.name}\n{path.read_text('utf-8')}" for path in sorted(kept.rglob("*")) if path.is_file()
        )
        for path in kept.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return Run(code if isinstance(code, int) else 0, out, err, written)


def results(listed: str) -> str:
    """What a ResourceList says beside what it passes on."""
    data = yaml.safe_load(listed) if listed.strip() else {}
    return json.dumps({key: value for key, value in data.items() if key not in ("items", "functionConfig")})
