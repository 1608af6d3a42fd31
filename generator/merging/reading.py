"""A values file as it is read before a merge: one document, a map, no key twice, not too large."""

from __future__ import annotations

import re
from pathlib import Path

from postrender.errors import UnreadableError
from postrender.manifests import nodes
from postrender.manifests.nodes import Tree
from profiles.errors import ProfileError, kind

MOST_BYTES = 1 << 20


def read(file: Path, source: str) -> str:
    """The text of a values file, its line ends and byte-order mark as they are.

    Raises ProfileError, naming the file `source`, where it cannot be read, is too large or not UTF-8.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise ProfileError(f"{source}: no such file; check the path") from None
    except IsADirectoryError:
        raise ProfileError(f"{source}: a folder; values are one file; name the file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise ProfileError(
            f"{source}: cannot be read: {reason}; check the path and its permissions"
        ) from None
    if len(content) > MOST_BYTES:
        raise _too_large(source)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        raise ProfileError(
            f"{place(source, before, len(before))}: not UTF-8 from this byte on; "
            "Helm reads values as UTF-8; save the file in that encoding"
        ) from None


def parsed(text: str, source: str) -> Tree:
    """The one document of a values file (without a byte-order mark). Raises ProfileError for what is none."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        at = place(source, text, error.start)
        raise ProfileError(
            f"{at}: not a character; Helm reads values as UTF-8; save the file in that encoding"
        ) from None
    if size > MOST_BYTES:
        raise _too_large(source)
    try:
        tree = nodes.compose(text, "", 1)
    except UnreadableError as error:
        raise _unreadable(str(error), text, source) from None
    if tree.doubled:
        raise ProfileError(
            "\n".join(
                f"{place(source, text, offset)}: the key {key!r} stands twice; one of them would be lost in "
                "silence; remove one"
                for key, offset in tree.doubled
            )
        )
    if tree.data is not None and not isinstance(tree.data, dict):
        assert tree.root is not None
        raise ProfileError(
            f"{place(source, text, tree.root.start)}: {kind(tree.data)} stands at the top; values are a "
            "map of keys; write keys such as ledger: with what belongs to them below"
        )
    return tree


def place(source: str, text: str, offset: int) -> str:
    """The place of an offset: `source:line:column`, both from 1."""
    before = text[:offset]
    return f"{source}:{before.count(chr(10)) + 1}:{offset - before.rfind(chr(10))}"


def _unreadable(message: str, text: str, source: str) -> ProfileError:
    """The reader's message (`, line 3: not YAML: ...`) with the column where that line's content begins."""
    found = re.fullmatch(r", line ([0-9]+): (.*)", message, re.DOTALL)
    assert found
    number, what = int(found[1]), found[2]
    line = [*text.split("\n"), ""][min(number - 1, text.count("\n") + 1)]
    column = len(line) - len(line.lstrip(" ")) + 1
    if "second document" in what:
        what = "a second document; Helm reads the first one only; keep one in the file, and no --- behind it"
    elif ";" not in what:
        cure = (
            "check indentation, colons and quotes here" if what.startswith("not YAML") else "correct it here"
        )
        what += f"; only a file that Helm can read can be merged; {cure}"
    return ProfileError(f"{source}:{number}:{column}: {what}")


def _too_large(source: str) -> ProfileError:
    return ProfileError(
        f"{source}:1:1: larger than {MOST_BYTES >> 20} MiB; that is no values file, and Helm could "
        "not store its release; check the path"
    )
