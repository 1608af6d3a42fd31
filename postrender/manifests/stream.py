"""The stream that Helm hands over, split into documents as text. Nothing is parsed here.

Joining the documents' texts gives the stream back, byte for byte.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from postrender.errors import UnreadableError

BOM = "\ufeff"

_SEPARATOR = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_BARE_SEPARATOR = re.compile(r"\s*^---[ \t]*\r?(?:#.*)?$", re.MULTILINE)
_KIND = re.compile(r"""^["']?kind["']?[ \t]*:[ \t]+["']?([A-Za-z]+)["']?[ \t]*\r?(?:#.*)?$""", re.MULTILINE)
_ANY_KIND = re.compile(r"""^["']?kind["']?[ \t]*:""", re.MULTILINE)
_CONTENT = re.compile(r"^(?!---[ \t]*\r?(?:#.*)?$|\.\.\.[ \t]*\r?$|[ \t]*\r?(?:#.*)?$)", re.MULTILINE)
# A line at column 0 that is no comment, no separator, no plain key and no item of a list: something
# written in a way that a glance cannot judge (braces, quotes, `? key`, `<<`, tags, anchors).
_ODD_LINE = re.compile(
    r"^(?![ \t\r\n#]|\Z|---(?:[ \t\r\n]|\Z)|\.\.\.|[A-Za-z][\w.-]*:(?:[ \t\r\n]|\Z)|-[ \n])", re.M
)
# Line breaks to YAML 1.1, though not to a text editor.
_ODD_BREAK = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
_SOURCE = re.compile(r"^# Source: (\S+)", re.MULTILINE)


class Document(NamedTuple):
    """One document: its place in the stream (from 1), its first line (from 1) and its text with `---`."""

    number: int
    line: int
    text: str

    @property
    def blank(self) -> bool:
        """Whether it holds nothing but comments and empty lines."""
        return not self._odd_breaks and not _CONTENT.search(self.text)

    @property
    def kind(self) -> str | None:
        """The kind, where a glance at the text is enough to be sure of it."""
        found = _KIND.search(self.text)
        if not found or len(_ANY_KIND.findall(self.text)) != 1:
            return None
        return None if self._odd_breaks or _ODD_LINE.search(self.text) else found[1]

    @property
    def opens(self) -> bool:
        """Whether it starts, after blank lines or none, with a separator that is one to all readers.

        Kubernetes takes no line for one that holds more than `---` and a comment.
        """
        return bool(_BARE_SEPARATOR.match(self.text))

    @property
    def _odd_breaks(self) -> bool:
        # Both tests are instant for nearly every document.
        return ("\r" in self.text or not self.text.isascii()) and bool(_ODD_BREAK.search(self.text))

    @property
    def source(self) -> str | None:
        """The template that Helm 3 names in a `# Source:` line."""
        found = _SOURCE.search(self.text)
        return found[1] if found else None


def decode(content: bytes) -> str:
    """The stream as text, its byte-order mark kept. Raises UnreadableError where it is not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        number = len(re.findall(rb"^---(?=\s)", content[: error.start], re.MULTILINE)) or 1
        hint = " (it looks like UTF-16)" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise UnreadableError(
            f"document {number}, line {line}: not UTF-8{hint}; Kubernetes manifests must be"
        ) from None


def split(text: str) -> list[Document]:
    """The documents of a stream (without its byte-order mark)."""
    starts = [found.start() for found in _SEPARATOR.finditer(text)]
    if not starts or starts[0] != 0:
        starts = [0, *starts]
    documents = []
    line = 1
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True), 1):
        part = text[start:end]
        documents.append(Document(number, line, part))
        line += part.count("\n")
    if len(documents) > 1 and not documents[0].text.strip():
        # Blank lines before the first `---`: part of the first document, not one of their own.
        first, second = documents[0], documents[1]
        joined = Document(1, 1, first.text + second.text)
        documents = [joined, *(Document(d.number - 1, d.line, d.text) for d in documents[2:])]
    return documents
