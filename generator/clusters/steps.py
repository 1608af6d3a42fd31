"""What a plan is made of: steps of a runbook, and command lines in which every value is quoted."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import NamedTuple


class Step(NamedTuple):
    """A step of the runbook: an imperative sentence, why (with requirement ids), what to run, what to see."""

    title: str
    why: str
    commands: tuple[str, ...]
    verify: tuple[str, ...] = ()


class ClusterPlan(NamedTuple):
    """A cluster: files of the bundle's folder `cluster/`, the steps to create it, and those to remove it."""

    files: Mapping[str, str]
    create: tuple[Step, ...]
    delete: tuple[Step, ...]


class Variable(NamedTuple):
    """A variable of the shell as a word of a command line; `before` stands in front of its value."""

    name: str
    before: str = ""


class Output(NamedTuple):
    """What a command line prints, as a word of another one; `before` stands in front of it."""

    command: str
    before: str = ""


Word = str | Output | Variable
# Beyond this a line goes on in the next one, from an option on.
_WIDTH = 96
_BREAK = " \\\n    "


def line(*words: Word) -> str:
    """A command line for a POSIX shell that passes these words, whatever they contain."""
    parts: list[str] = []
    for word in words:
        if not parts or (isinstance(word, str) and word.startswith("-")):
            parts.append(_word(word))
        else:
            parts[-1] += f" {_word(word)}"
    text = parts[0]
    for part in parts[1:]:
        width = len(text.rpartition("\n")[2]) + 1 + len(part.partition("\n")[0])
        text += f" {part}" if width <= _WIDTH else f"{_BREAK}{part}"
    return text


def keep(variable: str, command: str) -> str:
    """A line that keeps what a command line prints in a variable; it fails where the command does."""
    return f"{variable}=$({command})"


def each(words: tuple[Word, ...], variable: str, command: tuple[Word, ...]) -> str:
    """A line that runs `command` once for each word that `words` prints, with it as the last argument."""
    return f'for {variable} in $({line(*words)}); do{_BREAK}{line(*command)} "${variable}"; done'


def otherwise(condition: str, command: str) -> str:
    """A line that runs `command` where the condition does not hold."""
    return f"{condition} ||{_BREAK}{command}"


def missing(what: str) -> str:
    """What stands in a command or a file for what the profile does not say."""
    return f"<{what}>"


def why(text: str, *requirements: str) -> str:
    """One line: the reason, and the ids of the requirements that the step serves."""
    return f"{text} [{', '.join(requirements)}]"


def _word(word: Word) -> str:
    if isinstance(word, str):
        return shlex.quote(word)
    before = shlex.quote(word.before) if word.before else ""
    if isinstance(word, Variable):
        return f'{before}"${word.name}"'
    start = _BREAK if len(word.command) > _WIDTH // 2 else ""
    return f'{before}"$({start}{word.command})"'
