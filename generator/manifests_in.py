"""Rendered manifests that a command is given: files, folders and stdin, as one stream.

text = stream(paths)          # the texts one after another, each known to be readable
with refusals():              # what the post-renderer refuses ends the command with its exit code
    found = release.load(text)
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from generator.errors import UNREADABLE, USAGE, GenerateError
from postrender.errors import HardenError, UnreadableError
from postrender.manifests import release
from postrender.manifests.stream import BOM, decode, split

STDIN = "-"
ENDINGS = (".yaml", ".yml")
MOST = 256 << 20  # bytes of one file
_RENDER = "; a values file or a chart is rendered first: helm template NAME CHART -f VALUES"
_NOTHING = "no manifests came in; did the command before the pipe fail?"


def stream(paths: Sequence[str]) -> str:
    """One stream of the manifests in these files and folders, in the order given; `-` or none is stdin.

    Of a folder: all *.yaml and *.yml in it and below it, by name, but for what is hidden. Raises
    GenerateError: USAGE where a path is not there, UNREADABLE where one holds no manifests.
    """
    parts: list[str] = []
    for path in paths or (STDIN,):
        for place in _files(path):
            parts.append(readable(content(place), place))
    text = joined(parts)
    if all(document.blank for document in split(text)):
        where = ", ".join(path for path in paths if path != STDIN)
        why = f"{where}: empty; name the manifests that helm template made" if where else _NOTHING
        raise GenerateError(why, UNREADABLE)
    return text


def joined(texts: Iterable[str]) -> str:
    """The texts as one stream; each of them begins on a line of its own, with a separator between them."""
    parts: list[str] = []
    for text in texts:
        if parts and not text.startswith("---"):
            parts.append("---\n")
        parts.append(text if text.endswith("\n") else text + "\n")
    return "".join(parts)


@contextmanager
def refusals() -> Iterator[None]:
    """What the post-renderer's modules refuse, as an error of this floor with the same exit code."""
    try:
        yield
    except HardenError as error:
        raise GenerateError(str(error), error.exit_code) from None


def _files(path: str) -> list[Path | None]:
    """The files that a path stands for; None is stdin."""
    folder = Path(path)
    try:
        whole = path != STDIN and folder.is_dir()
    except OSError as error:
        raise GenerateError(f"{path[:60]}…: cannot be read: {error.strerror or error}", USAGE) from None
    if not whole:
        return [None if path == STDIN else folder]
    found: list[Path | None] = [
        each
        for each in sorted(folder.rglob("*"))
        if each.suffix in ENDINGS and not each.is_dir() and not _hidden(each.relative_to(folder))
    ]
    if not found:
        raise GenerateError(f"{path}: no *.yaml or *.yml in it; name the folder that holds manifests", USAGE)
    return found


def _hidden(place: Path) -> bool:
    return any(part.startswith(".") for part in place.parts)


def content(place: Path | None) -> bytes:
    """What a file holds; None is stdin. Raises GenerateError where it cannot be read."""
    if place is None and (sys.stdin is None or sys.stdin.isatty()):
        raise GenerateError(
            "manifests are expected: name files or folders, or pipe them in: helm template ... | ...", USAGE
        )
    try:
        if place is None:
            found = sys.stdin.buffer.read(MOST + 1)
        else:
            with place.open("rb") as file:
                found = file.read(MOST + 1)
    except (OSError, ValueError) as error:
        why = (
            f"{place or 'stdin'}: cannot be read: {getattr(error, 'strerror', None) or error}; check the name"
        )
        raise GenerateError(why, USAGE) from None
    if len(found) > MOST:
        raise GenerateError(
            f"{place or 'stdin'}: more than {MOST >> 20} MiB; give less at a time", UNREADABLE
        )
    return found


def readable(content: bytes, place: Path | None) -> str:
    """The text of one file's content, which is known to be a stream of Kubernetes objects."""
    try:
        text = decode(content).removeprefix(BOM)
        # Read here too, for only here the file of a wrong document is known.
        release.load(text)
    except UnreadableError as error:
        hint = _RENDER if "no Kubernetes object" in str(error) else ""
        raise GenerateError((f"{place}: {error}" if place else str(error)) + hint, UNREADABLE) from None
    return text
