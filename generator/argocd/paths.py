"""Files that an Application names: all of them stand in the repository that Argo CD handed over."""

from __future__ import annotations

import glob
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from generator.errors import USAGE, GenerateError

# Where the plugin's server unpacks each request, in a folder of its own.
WORK_DIR, WORK_NAME = "ARGOCD_CMP_WORKDIR", "_cmp_server"
SOURCE_PATH = "ARGOCD_APP_SOURCE_PATH"

_REMOTE = ("https://", "http://")


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
        if name.startswith(_REMOTE):
            found[name] = None
        elif "://" in name:
            raise GenerateError(f"value-files: {name.split('://')[0]!r}: Helm reads https and files", USAGE)
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


def _is_plain(name: str) -> bool:
    return "://" not in name and not any(sign in name for sign in "*?[")


def _matching(where: Source, pattern: str) -> list[Path]:
    base = where.top if pattern.startswith("/") else where.folder
    names = glob.glob(  # noqa: PTH207 -- Path.glob refuses ../ and follows no links
        pattern.lstrip("/"), root_dir=base, recursive=True, include_hidden=True
    )
    files = (
        inside(where, ("/" if base == where.top else "") + name, "value-files")
        for name in sorted(names, key=_rank)
    )
    return [file for file in files if file.is_file()]


def _rank(name: str) -> list[tuple[bool, str]]:
    """In each folder by name, its files before what is in its folders."""
    *folders, last = name.split("/")
    return [*((True, folder) for folder in folders), (False, last)]


def _missing(name: str) -> GenerateError:
    return GenerateError(
        f"value-files: {name!r} is not there; correct its path, or set ignore-missing-value-files to true",
        USAGE,
    )
