"""Markdown that reads well in a terminal and on a code host, and takes any text of a user's."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

# What a reader replaces.
WORD = re.compile(r"<[a-z][a-z0-9-]*>")
_FENCE = "```"
_WIDTH = 100
_ITEM = re.compile(r"- (\[ \] )?")
# Headings, rows of tables: each a line of its own.
_LINE = re.compile(r"#+ |\|")
# A word of a command line, with what is quoted in it.
_ARGUMENT = re.compile(r"""(?:[^\s'"]|'[^']*'|"[^"]*")+""")
_OPTION = re.compile("--?[a-z]")
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")


def code(text: object) -> str:
    """A code span of the text, whatever it holds."""
    shown = str(text)
    ticks = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    space = " " if "`" in (shown[:1], shown[-1:]) else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def cell(text: object) -> str:
    """A code span within a table."""
    return code(text).replace("|", "\\|")


def prose(text: str) -> str:
    """No sign of the text is taken for HTML; code stays, and a word that only the reader knows is code."""
    made, at = [], 0
    for span in _CODE.finditer(text):
        made += [_words(text[at : span.start()]), span[0]]
        at = span.end()
    return "".join([*made, _words(text[at:])])


def _words(text: str) -> str:
    parts = re.split(f"({WORD.pattern})", text)
    return "".join(code(part) if WORD.fullmatch(part) else part.replace("<", "\\<") for part in parts)


def block(lines: Iterable[str]) -> str:
    """Commands to run, one after the other; nothing where there are none."""
    stated = list(lines)
    return "\n".join([f"{_FENCE}bash", *stated, _FENCE]) if stated else ""


def checks(lines: Iterable[str]) -> str:
    """Commands that show whether it worked."""
    shown = block(lines)
    return f"Look:\n\n{shown}" if shown else ""


def together(lines: Sequence[str], folder: str = "") -> str:
    """Commands that stop at the first that fails; in `folder`, where one is given."""
    if not folder and len(lines) < 2:
        return block(lines)
    inside = ["set -eu", *([f"cd {folder}"] if folder else []), *lines]
    return block(["(", *(textwrap.indent(line, "  ") for line in inside), ")"])


def commands(text: str) -> str:
    """What the text has in blocks of commands."""
    return "\n".join(re.findall(r"^ *```bash\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL))


def numbered(sections: Sequence[str], first: int) -> tuple[str, str]:
    """The contents, and the sections with their headings numbered; the empty ones are left out."""
    titles, texts = [], []
    for number, section in enumerate((text for text in sections if _title(text)), first):
        titles.append(f"{number}. {_title(section)}")
        texts.append("\n".join(_lines(section, number)))
    contents = "\n".join(f"- [{title}](#{_anchor(title)})" for title in titles)
    return contents, "\n\n".join(texts)


def tidy(text: str) -> str:
    """The text with paragraphs, items and commands wrapped, and one empty line around each block."""
    lines = "\n".join(_wrapped(text.splitlines()))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n"


def _wrapped(lines: Iterable[str]) -> Iterator[str]:
    inside, waiting = False, ""
    for line in lines:
        fence = line.lstrip().startswith(_FENCE)
        alone = inside or fence or not line.strip() or _LINE.match(line)
        if waiting and (alone or _ITEM.match(line)):
            yield from _filled(waiting)
            waiting = ""
        if fence:
            yield from (line.rstrip(), "") if inside else ("", line.rstrip())
        elif inside:
            yield from _folded(line.rstrip())
        elif alone:
            yield line.rstrip()
        else:
            waiting = f"{waiting} {line.strip()}".lstrip()
        inside ^= fence
    yield from _filled(waiting)


def _folded(command: str) -> Iterator[str]:
    """A long command line goes on in the next one, from an option on, or else from a word on."""
    words = _ARGUMENT.findall(command)
    indent = " " * (len(command) - len(command.lstrip()))
    if len(command) <= _WIDTH or indent + " ".join(words) != command:
        yield command
        return
    room = _WIDTH - len(" \\")
    line, valued = indent + words[0], True
    for word, following in zip(words[1:], _lengths(words), strict=True):
        option = _OPTION.match(word) is not None
        # The value of an option stays with it.
        long = len(line) + following > room if option else not valued and len(line) + 1 + len(word) > room
        if long:
            yield line + " \\"
            line = f"{indent}  {word}"
        else:
            line += f" {word}"
        valued = option
    yield line


def _lengths(words: Sequence[str]) -> list[int]:
    """For each word but the first: how long it is with those behind it, up to the next option."""
    lengths, length = [], 0
    for word in reversed(words[1:]):
        length += 1 + len(word)
        lengths.append(length)
        length = 0 if _OPTION.match(word) else length
    return lengths[::-1]


def _filled(paragraph: str) -> list[str]:
    # A command within a sentence stays on one line, to be copied.
    held = _CODE.sub(lambda span: span[0].replace(" ", "\0"), paragraph)
    indent = "  " if _ITEM.match(paragraph) else ""
    lines = textwrap.wrap(
        held, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace("\0", " ") for line in lines]


def _title(section: str) -> str:
    """The title of a section that has more than a title."""
    title, _, rest = section.strip().partition("\n")
    return title.removeprefix("## ") if rest.strip() else ""


def _lines(section: str, number: int) -> Iterator[str]:
    inside, step = False, 0
    for line in section.strip().splitlines():
        inside ^= line.startswith(_FENCE)
        if not inside and line.startswith("## "):
            yield f"## {number}. {line[3:]}"
        elif not inside and line.startswith("### "):
            step += 1
            yield f"### {number}.{step} {line[4:]}"
        else:
            yield line


def _anchor(title: str) -> str:
    """As code hosts make anchors of headings."""
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
