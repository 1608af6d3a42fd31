"""Runs an installed command with hostile input, with bounds on its memory and its time."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.conftest import BIN

HARDEN, GEN = str(BIN / "scalardl-harden"), str(BIN / "scalardl-gen")
MIB = 1 << 20


class Run(NamedTuple):
    """The end of a run. `seconds` of processor time; an exit code below zero is the signal that ended it."""

    code: int
    out: bytes
    err: str
    seconds: float


def run(
    command: Sequence[str | Path],
    stdin: str | bytes = b"",
    *,
    memory: int = 1024,
    seconds: int = 30,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Run:
    """Run to the end with at most so many MiB of address space and seconds of processor time."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory * MIB, memory * MIB))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))

    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode() if isinstance(stdin, str) else stdin)
        given.seek(0)
        process = subprocess.Popen(
            [str(word) for word in command], stdin=given, stdout=out, stderr=err, env=environment, cwd=folder,
            preexec_fn=limit,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        spent = used.ru_utime + used.ru_stime
        return Run(process.returncode, out.read(), err.read().decode("utf-8", "surrogateescape"), spent)


def until(condition: object, seconds: float = 20) -> bool:
    """Whether `condition()` came true within so many seconds."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return False
