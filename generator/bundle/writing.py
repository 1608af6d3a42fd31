"""Writing folders of texts: everything or nothing, and never over what somebody edited."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from generator.errors import USAGE, GenerateError

# In the folder: what a run wrote there, as `sha256sum --check` reads it.
MARK = ".scalardl-gen"
_TITLE = "# Written by scalardl-gen, which never overwrites what was edited since.\n"
_MARKED = re.compile(r"([0-9a-f]{64})  (\S+)")
_PART = re.compile(r"(?!\.+$)[A-Za-z0-9._-]+")

_Texts = Mapping[str, bytes]


def write(folder: Path, contents: Mapping[str, Mapping[str, str]], *, force: bool = False) -> bool:
    """Write `contents` (folder below, path in it, text) into `folder`; say whether anything changed.

    The folder is missing, empty, or of an earlier run. What that run wrote below the same folders and
    is no longer there goes; anything else stays. A new folder is made beside it and takes its place
    by renaming, so a run that fails leaves what was. Raises GenerateError where the folder is
    somebody else's, a file was edited (`force` overwrites it), a link is in the way, or the system
    refuses.
    """
    wanted = {
        _checked(f"{below}/{path}"): text.encode()
        for below, texts in contents.items()
        for path, text in texts.items()
    }
    place = Path(os.path.abspath(folder))  # noqa: PTH100 -- resolve() would follow a link, which is refused
    try:
        _restore(place)
        former = _marked(place)
        stale = {path for path in former if path not in wanted and path.split("/")[0] in contents}
        _refuse_what_is_in_the_way(place, (*wanted, *stale, MARK))
        _refuse_what_was_edited(place, wanted, stale, former, force)
        digests = {path: digest for path, digest in former.items() if path not in stale}
        digests |= {path: hashlib.sha256(text).hexdigest() for path, text in wanted.items()}
        lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items()))
        texts = {**wanted, MARK: (_TITLE + lines).encode()}
        if all(_read(place / path) == text for path, text in texts.items()) and not stale:
            return False
        _replace(place, texts, stale)
    except OSError as error:
        raise GenerateError(
            f"{folder}: cannot be written: {_reason(error)}; it is as it was; mend that, or give another "
            "folder with -o"
        ) from None
    return True


def _checked(path: str) -> str:
    if all(map(_PART.fullmatch, path.split("/"))):
        return path
    raise GenerateError(f"{path!r}: no path within a bundle; nothing was written; please report it")


def _marked(place: Path) -> dict[str, str]:
    """What an earlier run wrote: the digest by path. Nothing where the folder is missing or empty."""
    if place.is_symlink():
        raise GenerateError(
            f"{place}: a symbolic link; none is followed; give the folder itself: {place.resolve()}", USAGE
        )
    if not place.exists():
        return {}
    if not place.is_dir():
        raise GenerateError(
            f"{place}: not a folder; give the name of one that is new, empty or a bundle's", USAGE
        )
    mark = place / MARK
    if not mark.is_file() or mark.is_symlink():
        if any(place.iterdir()):
            raise GenerateError(
                f"{place}: not empty, and not written by scalardl-gen (there is no file {MARK} in it); "
                "what is there may be somebody's; give another folder, or a new one in it",
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


def _refuse_what_was_edited(
    place: Path, wanted: _Texts, stale: set[str], former: Mapping[str, str], force: bool
) -> None:
    edited = []
    for path in sorted((*wanted, *stale)):
        there = _read(place / path)
        if there is None or there == wanted.get(path):
            continue
        if hashlib.sha256(there).hexdigest() != former.get(path):
            edited.append(path)
    if edited and not force:
        raise GenerateError(
            "\n".join(
                f"{place / path}: edited by hand, or not written by scalardl-gen; nothing was written; "
                "move it away, or overwrite it with --force"
                for path in edited
            ),
            USAGE,
        )


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _replace(place: Path, texts: _Texts, stale: set[str]) -> None:
    """Make the folder anew beside `place`, with all else that stands there, and exchange the two."""
    new = place.with_name(f".{place.name}.{secrets.token_hex(4)}.scalardl-gen")
    made = _missing_above(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            shutil.copytree(place, new, symlinks=True, copy_function=_linked)
        else:
            new.mkdir()
        for path in stale:
            _remove(new, path)
        for path, text in texts.items():
            file = new / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)  # it may be a link to the former file
            file.write_bytes(text)
        _exchange(place, new)
    except BaseException:
        _restore(place)
        shutil.rmtree(new, ignore_errors=True)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        raise


def _missing_above(place: Path) -> list[Path]:
    """The folders above `place` that do not exist yet, the innermost first."""
    return [folder for folder in place.parents if not folder.exists()]


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


def _exchange(place: Path, new: Path) -> None:
    former = _former(place)
    if place.exists():
        place.rename(former)
    new.rename(place)
    shutil.rmtree(former, ignore_errors=True)


def _former(place: Path) -> Path:
    """Where the former folder stands for the moment between two renamings."""
    return place.with_name(f".{place.name}.former.scalardl-gen")


def _restore(place: Path) -> None:
    """Put it back where a run ended in that moment; remove it where one could not remove all of it."""
    former = _former(place)
    if former.is_symlink() or not former.is_dir():
        return
    if os.path.lexists(place):
        shutil.rmtree(former)
    else:
        former.rename(place)


def _reason(error: OSError) -> str:
    if isinstance(error, shutil.Error):
        return "; ".join(f"{source}: {why}" for source, _, why in error.args[0][:3])
    return f"{error.strerror or error}" + (f" ({error.filename})" if error.filename else "")
