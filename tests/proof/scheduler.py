"""Asks the code of Kubernetes itself (tests/oracles/scheduler): one question at a time, of one process."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any


class RefusedError(Exception):
    """What the API server would not take, or a question that is none."""


class Scheduler:
    """The running program; what it answers, its main.go says."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def __enter__(self) -> Scheduler:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Its input ends, and so does the program.
        self._process.communicate()

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """The answer to a question. Raises RefusedError where it cannot be answered."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RefusedError(answer["error"])
        return answer
