"""Files that an Application names: all of them stand in the repository that Argo CD handed over."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from generator.errors import USAGE, GenerateError

# Where the plugin's server unpacks each request, in a folder of its own.
WORK_DIR, WORK_NAME = "ARGOCD_CMP_WORKDIR", "_cmp_server"
SOURCE_PATH = "ARGOCD_APP_SOURCE_PATH"

# What a pattern may look at: a chart's repository has far less, and a run has a deadline.
_MOST_ENTRIES = 10_000


class Source(NamedTuple):
    """The folder of the Application's source, and the top of the repository as far as it was handed over."""

    folder: Path
    top: Path


def source(folder: Path, environment: Mapping[str, str]) -> Source:
    """The source at `folder`: the top is the request's own folder, or the folder less the source's path."""
    here = folder.resolve()
    work = (Path(environment.get(WORK_DIR) or tempfile.gettempdir()) / WORK_NAME).resolve()
    if here.is_relative_to(work) and here != work:
        return Source(here, work / here.relative_to(work).parts[0])
    path = Path(environment.get(SOURCE_PATH, "")).parts
    if path and here.parts[-len(path) :] == path:
        return Source(here, Path(*here.parts[: -len(path)]))
    return Source(here, here)


def inside(where: Source, path: str, option: str) -> Path:
    """The path from the source's folder, or from the top where it begins with `/`; links are followed.

    Raises GenerateError where it leads out of the repository.
    """
    if "\0" in path:
        raise GenerateError(f"{option}: no path; correct it", USAGE)
    base = where.top if path.startswith("/") else where.folder
    found = Path(os.path.realpath(base / path.lstrip("/")))
    if not found.is_relative_to(where.top):
        raise GenerateError(
            f"{option}: {path!r} leads out of the repository; name a file that is in it", USAGE
        )
    return found


def value_files(where: Source, names: Iterable[str], *, may_be_missing: bool) -> list[str]:
    """The value files in the order in which Helm must read them; each once.

    Patterns and their order as in Argo CD: a file that also stands there by name keeps its own place.
    Raises GenerateError for one that is missing, outside, or of another scheme.
    """
    several = list(names)
    by_name = {inside(where, name, "value-files") for name in several if _is_plain(name)}
    found: dict[str, None] = {}
    for name in several:
        if is_address(name, "value-files"):
            found[name] = None
        elif _is_plain(name):
            file = inside(where, name, "value-files")
            if file.is_file():
                found[str(file)] = None
            elif not may_be_missing:
                raise _missing(name)
        else:
            matches = _matching(where, name)
            if not matches and not may_be_missing:
                raise _missing(name)
            found |= {str(file): None for file in matches if file not in by_name}
    return list(found)


def is_address(name: str, option: str) -> bool:
    """Whether it is an address. Raises GenerateError for one that is not https, without telling it."""
    scheme, separator, _ = name.partition("://")
    if separator and scheme != "https":
        raise GenerateError(
            f"{option}: {scheme[:20]!r}: Helm reads https and files here, for what comes over another way "
            "may have been changed; write https://",
            USAGE,
        )
    return bool(separator)


def _is_plain(name: str) -> bool:
    return "://" not in name and not any(sign in name for sign in "*?[")


def _matching(where: Source, pattern: str) -> list[Path]:
    """The files of the repository that it matches, in order; folders that are links are not entered."""
    parts = _parts(where, pattern)
    plain = next((number for number, part in enumerate(parts) if not _is_plain(part)), len(parts))
    folder = Path(os.path.realpath(where.top.joinpath(*parts[:plain])))
    if not folder.is_relative_to(where.top):
        raise _leads_out(pattern)
    found = []
    for name in sorted(_below(folder, parts[plain:], pattern), key=_rank):
        file = Path(os.path.realpath(folder / name))
        if not file.is_relative_to(where.top):
            raise _leads_out(pattern)
        if file.is_file():
            found.append(file)
    return found


def _parts(where: Source, pattern: str) -> list[str]:
    """The parts of the pattern, from the top. Raises GenerateError where `..` leads above it."""
    if "\0" in pattern:
        raise GenerateError("value-files: no path; correct it", USAGE)
    parts = [] if pattern.startswith("/") else list(where.folder.relative_to(where.top).parts)
    for part in pattern.split("/"):
        if part == ".." and not parts:
            raise _leads_out(pattern)
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return parts


def _below(folder: Path, parts: list[str], pattern: str) -> Iterator[str]:
    """The names below the folder of what is no folder and matches the parts, of which ** is any folders."""
    left = [(folder, "", _open(parts, {0}))]
    seen = 0
    while left:
        at, above, states = left.pop()
        try:
            with os.scandir(at) as listed:
                entries = list(itertools.islice(listed, _MOST_ENTRIES + 1))
        except OSError:
            continue  # not there, or closed to us: it matches nothing
        seen += len(entries)
        if seen > _MOST_ENTRIES:
            raise GenerateError(
                f"value-files: {pattern!r}: more than {_MOST_ENTRIES} files to look at; name a folder in it",
                USAGE,
            )
        for entry in entries:
            after = _after(parts, states, entry.name)
            if entry.is_dir(follow_symlinks=False):
                if after:
                    left.append((Path(entry.path), f"{above}{entry.name}/", after))
            elif len(parts) in after:
                yield above + entry.name


def _after(parts: list[str], states: frozenset[int], name: str) -> frozenset[int]:
    """The parts of a pattern that may come next, after a name and where those of `states` could come."""
    found = set[int]()
    for state in states:
        if state < len(parts) and parts[state] == "**":
            found.add(state)
        elif state < len(parts) and fnmatchcase(name, parts[state]):
            found.add(state + 1)
    return _open(parts, found)


def _open(parts: list[str], states: Iterable[int]) -> frozenset[int]:
    """These, and what comes after each **, which may stand for no folder."""
    found = set[int]()
    for start in states:
        state = start
        found.add(state)
        while state < len(parts) and parts[state] == "**":
            state += 1
            found.add(state)
    return frozenset(found)


def _leads_out(path: str) -> GenerateError:
    return GenerateError(
        f"value-files: {path!r} leads out of the repository; name a file that is in it", USAGE
    )


def _rank(name: str) -> list[tuple[bool, str]]:
    """In each folder by name, its files before what is in its folders."""
    *folders, last = name.split("/")
    return [*((True, folder) for folder in folders), (False, last)]


def _missing(name: str) -> GenerateError:
    return GenerateError(
        f"value-files: {name!r} is not there; correct its path, or set ignore-missing-value-files to true",
        USAGE,
    )
