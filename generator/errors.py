"""The errors of this floor and the exit codes of `scalardl-gen`, named in this one place."""

from __future__ import annotations

DONE = 0
ANSWER_IS_NO = 1
USAGE = 2
UNREADABLE = 3
DEFECT = 70
OUTPUT = 74
INTERRUPTED = 130


class GenerateError(Exception):
    """An end of the run that its user may see: one line or more, each with what, where, why and the cure."""

    def __init__(self, text: str, exit_code: int = OUTPUT) -> None:
        super().__init__(text)
        self.exit_code = exit_code
