"""Markdown: any text of a user's, numbered sections, lines that fit a terminal."""

from __future__ import annotations

import shlex

import pytest

from generator.bundle.markdown import code, numbered, prose, tidy


@pytest.mark.parametrize(
    ("given", "expected"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("``x", "``` ``x ```")],
)
def test_code_takes_any_text(given: str, expected: str) -> None:
    assert code(given) == expected


def test_prose_is_wrapped_and_code_is_not_broken() -> None:
    long = "word " * 30 + "`a command that stays on one line whatever happens to it here` " + "word " * 9
    lines = tidy(f"{long}\n\n- {long}\n```bash\n{long}\n```\n").splitlines()
    assert any("`a command that stays on one line whatever happens to it here`" in line for line in lines)
    assert all(len(line) <= 100 for line in lines)


def test_an_empty_section_is_left_out() -> None:
    contents, sections = numbered(["## A\n\ntext", "## B\n\n", "## C\n\n### S\n\n```bash\n## no\n```"], 1)
    assert contents == "- [1. A](#1-a)\n- [2. C](#2-c)"
    assert sections == "## 1. A\n\ntext\n\n## 2. C\n\n### 2.1 S\n\n```bash\n## no\n```"


def test_angle_brackets_of_prose_are_kept() -> None:
    assert prose("a < b, <B>") == "a \\< b, \\<B>"


def test_a_word_that_the_reader_replaces_is_code() -> None:
    assert prose("at <bastion-range> now") == "at `<bastion-range>` now"


def test_a_long_command_goes_on_at_an_option_and_stays_the_same() -> None:
    command = "tool make " + " ".join(f"--option-{each} 'a --value of {each}'" for each in "abcdefgh")
    lines = tidy(f"```bash\n{command}\n```\n").splitlines()[1:-1]
    assert len(lines) > 1
    assert all(len(line) <= 100 for line in lines)
    assert all(line.startswith("  --option-") for line in lines[1:])
    assert shlex.split(" ".join(lines).replace("\\ ", "")) == shlex.split(command)


def test_a_block_has_an_empty_line_on_both_sides() -> None:
    assert tidy("Do:\n```bash\nx\n```\nLook:\n") == "Do:\n\n```bash\nx\n```\n\nLook:\n"
