"""The index of all rules and requirements: docs/checklist.md, made from what the program itself knows.

`python -m generator.index` (make docs) writes it anew; a test fails where it has drifted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generator.check.catalogue import ROWS
from generator.pages import rules_of, summary
from profiles.policy import RULES
from profiles.requirements import SOURCES, requirements

FILE = Path(__file__).parent.parent / "docs" / "checklist.md"


def text() -> str:
    """The index as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    count, decided = len(requirements()), len(ROWS)
    yield "# Rules and requirements"
    yield ""
    yield "<!-- Written by `make docs`; edit what it is made from. -->"
    yield ""
    yield (
        f"`scalardl-gen check` answers {count} requirements of the guides: {decided} are decided from what "
        f"it is given, {count - decided} are for a person, with what to look at. "
        "`scalardl-gen explain ID` prints the page of each."
    )
    yield ""
    yield "## Rules of scalardl-harden"
    yield ""
    yield "| rule | | requirements |"
    yield "|---|---|---|"
    for rule in RULES:
        served = [name for name in requirements() if rule in rules_of(name)]
        yield f"| `{rule}` | {summary(rule)} | {', '.join(f'`{name}`' for name in served)} |"
    for level in ("required", "recommended"):
        yield ""
        yield f"## Requirements: {level}"
        yield ""
        yield "| requirement | | of | decided by | asked in |"
        yield "|---|---|---|---|---|"
        for name, one in requirements().items():
            if one.level == level:
                row = ROWS.get(name)
                by = ", ".join(row.inputs) if row else "a person"
                rules = "".join(f"; rule `{rule}`" for rule in rules_of(name))
                asked = ", ".join(one.asked)
                yield f"| `{name}` | {one.text} | {', '.join(one.of)} | {by}{rules} | {asked} |"
    yield ""
    yield "## The guides"
    yield ""
    for document, title in SOURCES.items():
        yield f"- {document}: {title}"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
