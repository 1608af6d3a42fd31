"""The search finds a leak: each shape, a part of it, over the end of a line, and in no other text."""

from __future__ import annotations

import base64

import pytest

from tests.canary.canary import CANARY, PART, SHAPES, filled, leaks
from tests.canary.runs import GEN, HARDEN, Runner, results


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_found_whole_and_in_part(shape: str) -> None:
    text = SHAPES[shape]
    for leak in (text, text[3 : 3 + PART], text.lower(), f"a {text[5:]}…", f"x{text[: PART + 1]}"):
        assert leaks(f"before\n{leak}\nbehind"), leak


@pytest.mark.parametrize("before", ["", "a", "ab", "password="])
def test_base64_is_found_whatever_stands_before_it(before: str) -> None:
    assert leaks(base64.b64encode(f"{before}{CANARY} and more".encode()).decode())


@pytest.mark.parametrize("between", ["\n", "\n      ", "\\", "\033[0m", "<!-- -->", "\u200b"])
def test_what_stands_between_hides_nothing(between: str) -> None:
    assert leaks(f"{CANARY[:9]}{between}{CANARY[9:]}")


@pytest.mark.parametrize("text", ["", "stringData: {a: (not shown)}", CANARY[: PART - 1], "@PLAIN@"])
def test_nothing_else_is_found(text: str) -> None:
    assert leaks(text) == []


def test_a_place_is_filled_in_its_indent() -> None:
    assert leaks(filled("a: @HEX@")) == ["HEX"]
    assert filled("k:\n  @PEM@").splitlines()[2:3] == [f"  {SHAPES['BASE64']}"]


def test_a_planted_leak_is_found_in_what_a_run_says_prints_and_writes(runner: Runner) -> None:
    object_of = "apiVersion: v1\nkind: Pod\nmetadata: {{name: {}}}\n".format
    told = runner(HARDEN, "--report", "out/r.json", "--format", "json", "--profile", f"./{CANARY}.yaml")
    assert (leaks(told.err), leaks(told.written)) == (["PLAIN"], ["PLAIN"])
    assert leaks(runner(HARDEN, stdin=object_of(CANARY)).out) == ["PLAIN"]
    assert leaks(runner(GEN, "show", f"./{CANARY}.yaml").err) == ["PLAIN"]
    listed = f"kind: ResourceList\nitems: [a]\nresults: [{{message: {CANARY}}}]\n"
    assert leaks(results(listed)) == ["PLAIN"]
