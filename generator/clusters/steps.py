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


class Output(NamedTuple):
    """What a command line prints, as a word of another one; `before` and `after` stand around it."""

    command: str
    before: str = ""
    after: str = ""


def line(*words: str | Output) -> str:
    """A command line for a POSIX shell that passes these words, whatever they contain."""
    return " ".join(_word(word) for word in words)


def each(words: tuple[str | Output, ...], variable: str, command: tuple[str | Output, ...]) -> str:
    """A line that runs `command` once for each word that `words` prints, with it as the last argument."""
    return f'for {variable} in $({line(*words)}); do {line(*command)} "${variable}"; done'


def missing(what: str) -> str:
    """What stands in a command or a file for what the profile does not say."""
    return f"<{what}>"


def why(text: str, *requirements: str) -> str:
    """One line: the reason, and the ids of the requirements that the step serves."""
    return f"{text} [{', '.join(requirements)}]"


def _word(word: str | Output) -> str:
    if isinstance(word, str):
        return shlex.quote(word)
    before, after = (shlex.quote(text) if text else "" for text in (word.before, word.after))
    return f'{before}"$({word.command})"{after}'
