"""Writing folders of texts: everything or nothing, and never over what somebody edited."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from generator.errors import USAGE, GenerateError
from generator.keys.names import in_shell

# In each folder: what a run wrote there, as `sha256sum --check` reads it.
MARK = ".scalardl-gen"
_TITLE = "# Written by scalardl-gen, which never overwrites what was edited since.\n"
_MARKED = re.compile(r"([0-9a-f]{64})  (\S+)")
_PART = re.compile(r"(?!\.+$)[A-Za-z0-9._-]+")
# Where the former folders stand while the new ones take their places.
_FORMER = ".former.scalardl-gen"

_Texts = Mapping[str, bytes]


def write(folder: Path, contents: Mapping[str, Mapping[str, str]], *, force: bool = False) -> bool:
    """Write `contents` (folder below, path in it, text) into `folder`; say whether anything changed.

    Each folder below is missing, empty, or of an earlier run, wherever that run wrote it. What that run
    wrote in it and is no longer there goes; anything else stays, as does all that is beside it. New
    folders are made first and take their places by renaming, so a run that fails leaves what was. Raises
    GenerateError where a folder is somebody else's, a file was edited (`force` overwrites it), a link is
    in the way, or the system refuses.
    """
    wanted = {
        _checked(below): {_checked(path, "/"): text.encode() for path, text in texts.items()}
        for below, texts in contents.items()
    }
    place = Path(os.path.abspath(folder))  # noqa: PTH100 -- resolve() would follow a link, which is refused
    try:
        _refuse_what_holds_no_bundle(place)
        _restore(place)
        former = {below: _marked(place / below) for below in wanted}
        stale = {below: former[below].keys() - texts.keys() for below, texts in wanted.items()}
        for below, texts in wanted.items():
            _refuse_what_is_in_the_way(place / below, (*texts, *stale[below], MARK))
        edited = [file for below in wanted for file in _edited(place / below, wanted[below], former[below])]
        if edited and not force:
            raise GenerateError("\n".join(map(_kept, edited)), USAGE)
        marked = {below: {**texts, MARK: _mark(texts)} for below, texts in wanted.items()}
        if not any(stale.values()) and all(
            _read(place / below / path) == text
            for below, texts in marked.items()
            for path, text in texts.items()
        ):
            return False
        _refuse_where_one_stands(place, wanted)
        _replace(place, marked, stale)
    except OSError as error:
        raise GenerateError(
            f"{folder}: cannot be written: {_reason(error)}; it is as it was; mend that, or give another "
            "folder with -o"
        ) from None
    return True


def _checked(path: str, separator: str | None = None) -> str:
    if all(map(_PART.fullmatch, path.split(separator) if separator else [path])):
        return path
    raise GenerateError(f"{path!r}: no path within a bundle; nothing was written; please report it")


def _mark(texts: _Texts) -> bytes:
    lines = (f"{hashlib.sha256(text).hexdigest()}  {path}\n" for path, text in sorted(texts.items()))
    return (_TITLE + "".join(lines)).encode()


def _kept(file: Path) -> str:
    return (
        f"{file}: edited by hand, or not written by scalardl-gen; nothing was written; move it away, or "
        "overwrite it with --force"
    )


def _refuse_what_holds_no_bundle(place: Path) -> None:
    _refuse_no_folder(place)
    if (place / MARK).exists():
        raise GenerateError(
            f"{place}: the folder of one domain, which scalardl-gen wrote; give the one that it is in: "
            f"-o {place.parent}",
            USAGE,
        )


def _refuse_no_folder(place: Path) -> None:
    if place.is_symlink():
        raise GenerateError(
            f"{place}: a symbolic link; none is followed; give the folder itself: {os.path.realpath(place)}",
            USAGE,
        )
    if place.exists() and not place.is_dir():
        raise GenerateError(
            f"{place}: not a folder; give the name of one that is new, empty or a bundle's", USAGE
        )


def _refuse_where_one_stands(place: Path, names: Iterable[str]) -> None:
    """A folder that is exchanged is another one afterwards: whoever stands in it sees the old one."""
    here = Path.cwd()
    for name in names:
        if here.is_relative_to((place / name).resolve()):
            raise GenerateError(
                f"{place / name}: you stand in it, and it would be exchanged under your feet; go out of it "
                f"first: cd {in_shell(str(place))}",
                USAGE,
            )


def _marked(place: Path) -> dict[str, str]:
    """What an earlier run wrote: the digest by path. Nothing where the folder is missing or empty."""
    _refuse_no_folder(place)
    mark = place / MARK
    if not mark.is_file() or mark.is_symlink():
        if place.exists() and any(place.iterdir()):
            raise GenerateError(
                f"{place}: not empty, and not written by scalardl-gen (there is no file {MARK} in it); "
                "what is there may be somebody's; give another folder",
                USAGE,
            )
        return {}
    found: dict[str, str] = {}
    for line in mark.read_text(encoding="utf-8", errors="replace").splitlines():
        match = _MARKED.fullmatch(line)
        if match and all(map(_PART.fullmatch, match[2].split("/"))):
            found[match[2]] = match[1]
        elif not line.startswith("#"):
            raise GenerateError(
                f"{mark}: not as scalardl-gen wrote it ({line[:40]!r}); so nobody can tell what was edited; "
                "move the folder away, or give another one",
                USAGE,
            )
    return found


def _refuse_what_is_in_the_way(place: Path, paths: tuple[str, ...]) -> None:
    """A link would lead out of the folder; a file stands where a folder must, or the other way round."""
    for path in paths:
        steps = [place.joinpath(*path.split("/")[:count]) for count in range(1, path.count("/") + 2)]
        for step in steps:
            last = step == steps[-1]
            if step.is_symlink():
                raise GenerateError(
                    f"{step}: a symbolic link is in the way; none is followed or replaced; remove it", USAGE
                )
            if step.exists() and step.is_dir() == last:
                raise GenerateError(
                    f"{step}: a {'folder' if last else 'file'} is in the way of "
                    f"a {'file' if last else 'folder'}; move it away",
                    USAGE,
                )


def _edited(place: Path, wanted: _Texts, former: Mapping[str, str]) -> Iterator[Path]:
    """The files that would be written or go, and hold what neither run wrote."""
    for path in sorted({*wanted, *former}):
        there = _read(place / path)
        if there is None or there == wanted.get(path):
            continue
        if hashlib.sha256(there).hexdigest() != former.get(path):
            yield place / path


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _replace(place: Path, wanted: Mapping[str, _Texts], stale: Mapping[str, set[str]]) -> None:
    """Make the folders anew in a hidden one, with all else that stands in them, and exchange them."""
    staged = place / f".{secrets.token_hex(4)}.scalardl-gen"
    made = [folder for folder in (place, *place.parents) if not folder.exists()]
    try:
        staged.mkdir(parents=True)
        for below, texts in wanted.items():
            _make(staged / below, place / below, texts, stale[below])
        _exchange(place, staged, list(wanted))
        shutil.rmtree(staged, ignore_errors=True)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        raise


def _make(new: Path, former: Path, texts: _Texts, stale: set[str]) -> None:
    if former.exists():
        shutil.copytree(former, new, symlinks=True, copy_function=_linked)
    else:
        new.mkdir()
    for path in stale:
        _remove(new, path)
    for path, text in texts.items():
        file = new / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)  # it may be a link to the former file
        file.write_bytes(text)


def _linked(source: str, target: str) -> None:
    """The same file under a second name; a copy where the file system has no such thing."""
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(source, target)


def _remove(new: Path, path: str) -> None:
    """The file, and the folders that are empty without it."""
    file = new / path
    file.unlink(missing_ok=True)
    with suppress(OSError):
        for folder in file.relative_to(new).parents:
            (new / folder).rmdir()


def _exchange(place: Path, staged: Path, names: list[str]) -> None:
    """Put the folders of `staged` into their places: all of them, or none."""
    former = place / _FORMER
    try:
        former.mkdir()
        for name in names:
            if (place / name).exists():
                (place / name).rename(former / name)
        for name in names:
            (staged / name).rename(place / name)
        former.rename(staged / _FORMER)
    except BaseException:
        if former.is_dir():
            for name in names:
                if not (staged / name).exists():
                    (place / name).rename(staged / name)
            _restore(place)
        raise


def _restore(place: Path) -> None:
    """Put back what is missing where a run ended between the renamings; what took its place stays."""
    former = place / _FORMER
    if former.is_symlink() or not former.is_dir():
        return
    for folder in former.iterdir():
        if not os.path.lexists(place / folder.name):
            folder.rename(place / folder.name)
    shutil.rmtree(former)


def _reason(error: OSError) -> str:
    if isinstance(error, shutil.Error):
        return "; ".join(f"{source}: {why}" for source, _, why in error.args[0][:3])
    return f"{error.strerror or error}" + (f" ({error.filename})" if error.filename else "")
