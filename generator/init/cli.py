"""The command `scalardl-gen init`: asks, or takes options, and writes a profile of the user's own."""

from __future__ import annotations

import inspect
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn

import typer

from generator.errors import OUTPUT, USAGE
from generator.init.answers import (
    SCHEMA_FILE,
    default,
    needed,
    needless,
    owner,
    stood_in,
    text,
    unusable,
    wanted,
)
from generator.init.questions import QUESTIONS, Answers, Question, question_of
from postrender.printable import printable
from profiles.errors import ProfileError
from profiles.load import is_name, load

# As shells say it of a program that Ctrl-C ended: 128 and the signal's number.
_INTERRUPTED = 130
_STDOUT = "-"
_EXISTS = "{}: exists, and stays as it is; replace it with --force, or choose another with -o"
_PLACE = re.compile(r".*?:[0-9]+:[0-9]+: ")


class _Problem(NamedTuple):
    """What is wrong with the answers: the value's name in the profile, why, the question to answer anew."""

    name: str
    why: str
    question: Question | None

    @property
    def asked(self) -> str:
        return f"{self.name}: {self.why}" if self.name else self.why

    @property
    def with_option(self) -> str:
        # Who gives options sees no profile: only the option is a place that they know.
        return f"{self.question.option}: {self.why}" if self.question else self.asked


def init(output: str, force: bool, yes: bool, **said: str | list[str] | None) -> None:
    """Write a commented profile of your own."""
    target = None if output == _STDOUT else Path(output)
    for key, value in said.items():
        # An argument that is no text: Python keeps its bytes as halves of characters.
        if any(0xD800 <= ord(sign) <= 0xDFFF for word in value or () for sign in word):
            _say(f"--{key.replace('_', '-')}: not UTF-8; a profile is; write it in that encoding")
            raise typer.Exit(USAGE)
    answers = Answers._make(
        tuple(answer) or None if isinstance(answer, list) else answer
        for answer in map(said.get, Answers._fields)
    )
    try:
        if target:
            _refuse_taken(target, force)
        answers = _completed(answers, not yes and sys.stdin is not None and sys.stdin.isatty())
        made = text(answers, target is not None and (target.parent / SCHEMA_FILE).is_file())
        if target:
            _write(made, target, force)
            shown = f"./{target}" if is_name(str(target)) else target
            _say(f"{target}: written; see it whole: scalardl-gen show {shown}")
            _say(f"next: scalardl-gen check {shown}; then: scalardl-gen profile {shown} -o DIR")
        else:
            # Bytes: the file is UTF-8, whatever the terminal speaks.
            typer.echo(made.encode(), nl=False)
    except KeyboardInterrupt:
        _say("\nstopped; nothing is written")
        raise typer.Exit(_INTERRUPTED) from None
    except EOFError:
        _refuse("\nthe answers end here; nothing is written; answer all, or give options and --yes")
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or error
        _refuse(f"{output}: {reason}; nothing is written; choose another place with -o", OUTPUT)


def _completed(answers: Answers, asking: bool) -> Answers:
    """The answers, with those to the questions that are still open where somebody can be asked."""
    still = [each for each in QUESTIONS if getattr(answers, each.key) is None] if asking else []
    _refuse_if(each.with_option for each in _problems(answers) if each.question not in still)
    if asking:
        _say("Enter takes what stands in brackets; ? explains; Ctrl-C stops, and nothing is written.")
    for question in QUESTIONS if asking else ():
        if question not in still:
            _refuse_if(_amiss(question, answers))
            continue
        still.remove(question)
        if not needless(question, answers):
            answers = _asked(question, answers, still)
    _refuse_if(line for question in QUESTIONS for line in _amiss(question, answers))
    _refuse_if(each.with_option for each in _problems(answers))
    taken = [] if asking else list(_taken(answers))
    if taken:
        _say("\n".join(("not said, so as the profile has it:", *taken)))
    return answers


def _amiss(question: Question, answers: Answers) -> Iterator[str]:
    """Why there must be no answer to the question, or one."""
    given = getattr(answers, question.key) is not None
    reason = (needless if given else needed)(question, answers)
    if reason:
        yield f"{question.option}: {reason}"


def _taken(answers: Answers) -> Iterator[str]:
    for question in QUESTIONS:
        if getattr(answers, question.key) is None and not needless(question, answers):
            value = default(question, answers)
            if value:
                mark = " (a placeholder; declare yours)" if "example.com" in value else ""
                yield f"  {question.option} {value}{mark}"


def _asked(question: Question, answers: Answers, still: list[Question]) -> Answers:
    """The answers with one more. What is wrong with it is said, and it is asked again."""
    choices = f" ({question.metavar.replace('|', ', ')})" if "|" in question.metavar else ""
    taken = default(question, answers) or "not declared"
    while True:
        typer.echo(printable(f"{wanted(question, answers)}{choices} [{taken}]: "), nl=False, err=True)
        try:
            line = input().strip()
        except UnicodeDecodeError:
            _say("  not UTF-8; write it again")
            continue
        if line == "?":
            more_of_it = " Several on one line, with a blank between them." if question.repeated else ""
            _say(f"  {question.help}{more_of_it}")
            continue
        answer: Any = tuple(re.split(r"[\s,]+", line)) if question.repeated else line
        more = answers._replace(**{question.key: answer}) if line else answers
        # What waits for an answer that is still to come is no fault of this one.
        wrong = [problem for problem in _problems(more) if problem.question not in still]
        lines = [problem.asked for problem in wrong]
        reason = None if line else needed(question, answers)
        if not (lines or reason):
            return more
        _say("\n".join(f"  {each}" for each in (*lines, reason) if each))


def _problems(answers: Answers) -> list[_Problem]:
    """What is wrong with the answers, or with the profile that they make; needed ones stood in."""
    found = [_Problem("", why, question_of("client")) for why in unusable(answers)]
    try:
        with _draft(text(stood_in(answers)), None) as draft:
            lines = _refused(draft, "")
    except ProfileError as error:  # no profile to extend
        lines = [str(error)]
    for line in lines:
        name, _, why = _PLACE.sub("", line, count=1).partition(": ")
        found.append(_Problem(name, why, owner(name)))
    # What is said of both domains is wrong in both: once is enough.
    return list({(each.question, each.why): each for each in reversed(found)}.values())[::-1]


def _refused(draft: Path, shown: str) -> list[str]:
    try:
        load(str(draft))
    except ProfileError as error:
        return str(error).replace(str(draft), shown).splitlines()
    return []


def _write(made: str, target: Path, force: bool) -> None:
    """Puts the text at `target`: all of it or nothing, and never where a file is, but with `force`."""
    place = target.resolve()  # a link to a file stays a link
    with _draft(made, place.parent) as draft:
        _refuse_if(_refused(draft, str(target)))
        # A temporary file is for its maker alone; a profile is for whom the umask lets.
        mask = os.umask(0)
        os.umask(mask)
        draft.chmod(0o666 & ~mask)
        if force:
            draft.replace(place)
            return
        try:
            # Unlike a rename, a link never takes the place of a file that came in between.
            place.hardlink_to(draft)
        except FileExistsError:
            _refuse(_EXISTS.format(target))
        except OSError:  # a file system without links
            draft.rename(place)


@contextmanager
def _draft(content: str, folder: Path | None) -> Iterator[Path]:
    """A temporary file with this text, in the folder or where such files belong; it is gone afterwards."""
    handle, name = tempfile.mkstemp(".yaml", ".scalardl-", folder)
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _refuse_taken(target: Path, force: bool) -> None:
    if target.is_dir():
        _refuse(f"{target}: a folder; a profile is one file; name the file in it")
    if force and target.exists() and not target.is_file():
        _refuse(f"{target}: no ordinary file, so it is not replaced; choose another place with -o")
    if not force and os.path.lexists(target):
        _refuse(_EXISTS.format(target))


def _refuse_if(lines: Iterable[str]) -> None:
    joined = "\n".join(lines)
    if joined:
        _refuse(joined)


def _refuse(line: str, code: int = USAGE) -> NoReturn:
    _say(line)
    raise typer.Exit(code)


def _say(line: str) -> None:
    typer.echo(printable(line), err=True)


def _option(name: str, kind: object, start: object, *options: str, **how: Any) -> inspect.Parameter:
    annotation = Annotated[kind, typer.Option(*options, **how)]  # type: ignore[valid-type]  # -- made at run time
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=start, annotation=annotation)


# Where typer looks for the options: one for each question, so that they are written once.
init.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # -- inspect reads it, mypy does not know
    [
        *(
            _option(
                each.key,
                (list[str] if each.repeated else str) | None,
                None,
                each.option,
                metavar=each.metavar,
                help=f"{each.help} Repeat it for more." if each.repeated else each.help,
            )
            for each in QUESTIONS
        ),
        _option(
            "output", str, "scalardl.yaml", "--output", "-o", metavar="FILE", help="Where to; - is stdout."
        ),
        _option("force", bool, False, "--force", help="Replace the file where it exists."),
        _option("yes", bool, False, "--yes", help="Ask nothing; take what is not said."),
    ]
)
