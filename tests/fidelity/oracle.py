"""Reads YAML as Kubernetes does: yamljson (tests/oracles/yamljson) as a process that stays."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any


class Unread:
    """What sigs.k8s.io/yaml says of a document that it does not read."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class Kubernetes:
    """The running program."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen(
            [program, "-ask"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def __enter__(self) -> Kubernetes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Its input ends, and so does the program.
        self._process.communicate()

    def documents(self, streams: list[str]) -> list[list[Any]]:
        """For each stream its documents, as Kubernetes tells them apart: a value, or an Unread."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(streams) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return [
            [Unread(one["error"]) if "error" in one else one["value"] for one in documents]
            for documents in answer
        ]

    def document(self, texts: list[str]) -> list[Any]:
        """For each text, which holds one document, its value or an Unread."""
        return [found[0] for found in self.documents(texts)]
