"""Input that is large or deep is read, or refused, in bounded time and memory.

The sizes keep the tests short; docs/limits.md has what larger ones took.
"""

from __future__ import annotations

import re

import pytest

from tests.hostility.measured import HARDEN, Run, run
from tests.test_bad_input import DEPLOYMENT, LEDGER

CONFIG_MAP = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata:\n"


def harden(
    text: str, environment: dict[str, str], *arguments: str, memory: int = 700, seconds: int = 20
) -> Run:
    return run([HARDEN, *arguments], text, memory=memory, seconds=seconds, environment=environment)


def with_annotations(lines: str) -> str:
    return LEDGER.replace(
        "metadata:\n  name: x-ledger", f"metadata:\n  annotations:\n{lines}  name: x-ledger", 1
    )


def merge_bomb(levels: int) -> str:
    """Each level merges three times what the level before has, and is three times as large."""
    lines = ["m0: &m0 {a: [x, x, x, x, x, x, x, x, x, x]}"]
    lines += [
        f"m{n}: &m{n} {{a: [*m{n - 1}, *m{n - 1}], <<: [*m{n - 1}, *m{n - 1}]}}" for n in range(1, levels)
    ]
    return DEPLOYMENT + "\n".join(lines) + "\n"


REFUSED = {
    "merge keys that multiply": (merge_bomb(40), "its aliases stand for too much"),
    "brackets, 100,000 deep": (DEPLOYMENT + "x: " + "[" * 100_000, "nested deeper than 200 levels"),
    "braces, 100,000 deep": (DEPLOYMENT + "x: " + "{a: " * 100_000, "nested deeper than 200 levels"),
    "closed braces, 5,000 deep": (
        DEPLOYMENT + "x: " + "{a: " * 5_000 + "}" * 5_000 + "\n",
        "nested deeper than 200 levels",
    ),
    "a list in a list, 100,000 deep": (
        DEPLOYMENT + "x:\n " + "- " * 100_000,
        "nested deeper than 200 levels",
    ),
    "a key of a key, 100,000 deep": (DEPLOYMENT + "x:\n " + "? " * 100_000, "nested deeper than 200 levels"),
    "maps, 2,000 deep": (
        DEPLOYMENT + "x:\n" + "".join(" " * (n + 1) + "a:\n" for n in range(2_000)),
        "nested deeper than 200 levels",
    ),
    "aliases, each one level deeper": (
        DEPLOYMENT + "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 300)),
        "nested deeper than 200 levels by its aliases",
    ),
    "a merge of 1,000 keys, 400 times": (
        f"{DEPLOYMENT}m: &m {{{', '.join(f'k{n}: x' for n in range(1000))}}}\n"
        + "".join(f"n{n}: {{<<: *m}}\n" for n in range(400)),
        "its aliases stand for too much",
    ),
    "a quote that never ends": (DEPLOYMENT + 'x: "' + "y\n" * 2_000_000, "not YAML"),
    "the line `kind` 20,000 times": ("kind: ConfigMap\n" * 20_000, "no Kubernetes object"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_soon(environment: dict[str, str], name: str) -> None:
    text, reason = REFUSED[name]
    done = harden(text, environment, memory=400)
    assert (done.code, done.out) == (3, b""), done.err
    assert reason in done.err


UNTOUCHED = {
    "a text of 10 MB in a kind that is not read": DEPLOYMENT + CONFIG_MAP + f"  k: '{'x' * 10_000_000}'\n",
    "a text of 10 MB in a kind that is read": DEPLOYMENT.replace(
        "metadata:\n", f"metadata:\n  annotations: {{a: '{'x' * 10_000_000}'}}\n", 1
    ),
    "100,000 documents": "---\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n" * 100_000,
    "100,000 documents of nothing": DEPLOYMENT + "---\n" * 100_000,
    "1,000 workloads": "".join(DEPLOYMENT.replace("name: web", f"name: web-{n}") for n in range(1_000)),
    "2,000,000 blank lines": DEPLOYMENT + "\n" * 2_000_000,
    "a comment of 10 MB": DEPLOYMENT + "#" + "x" * 10_000_000 + "\n",
    "10 MB of spaces": DEPLOYMENT + CONFIG_MAP + "  k: " + " " * 10_000_000 + "\n",
}


@pytest.mark.parametrize("name", UNTOUCHED)
def test_passes_byte_for_byte(environment: dict[str, str], name: str) -> None:
    done = harden(UNTOUCHED[name], environment)
    assert done.code == 0, done.err
    assert done.out == UNTOUCHED[name].encode()


PREFIX = "example.com/" + "p" * 200
HARDENED = {
    "30,000 keys in one map": with_annotations("".join(f"    k{n}: v\n" for n in range(30_000))),
    "10,000 keys that begin alike": with_annotations("".join(f"    {PREFIX}{n}: v\n" for n in range(10_000))),
    "5,000 anchors, each with an alias": LEDGER
    + "".join(f"a{n}: &a{n} [x]\nb{n}: *a{n}\n" for n in range(5_000)),
    "20,000 aliases of one anchor": LEDGER.replace("name: x-ledger", "name: &n x-ledger", 1)
    + "x:\n"
    + "- *n\n" * 20_000,
    "a chain of 190 merge keys": LEDGER
    + "m0: &m0 {a: 1}\n"
    + "".join(f"m{n}: &m{n} {{<<: *m{n - 1}, b{n}: 1}}\n" for n in range(1, 190)),
    "a text of 5 MB": with_annotations(f"    k0: '{'x' * 5_000_000}'\n"),
}


@pytest.mark.parametrize("name", HARDENED)
def test_is_hardened_all_the_same(environment: dict[str, str], name: str) -> None:
    done = harden(HARDENED[name], environment)
    assert done.code == 0, done.err
    assert b"scalardlpool" in done.out
    # Each line that came in and that no rule concerns is there.
    kept = [line for line in HARDENED[name].splitlines() if re.match(r"\s*(?:k|a|b|m|example)\S*\d*:", line)]
    there = set(done.out.decode().splitlines())
    assert [line for line in kept if line not in there] == []


def test_keys_that_stand_twice_are_counted_in_time(environment: dict[str, str]) -> None:
    text = with_annotations("".join(f"    k: v{n}\n" for n in range(20_000)))
    done = harden(text, environment, "--check", "--format", "json")
    assert done.code == 1, done.err
    assert done.seconds < 10
    assert "the key k stands twice in one map (line 20005)" in done.out.decode()


def test_lines_of_doubled_keys_are_those_of_an_editor(environment: dict[str, str]) -> None:
    text = (
        with_annotations("    k: v\n    k: w\n")
        + "x: {y: {a: 1,\n  a: 2}, b: 1,\n  b: 2}\nx: 3\nz:\n- {c: 1,\n   c: 2}\n"
    )
    done = harden(text, environment, "--check", "--format", "json")
    told = dict(re.findall(r"the key (\w) stands twice in one map \(line (\d+)\)", done.out.decode()))
    lines = text.splitlines()
    assert {key: lines[int(line) - 1].split(":")[0].strip() for key, line in told.items()} == {
        key: key for key in ("k", "a", "b", "x", "c")
    }


def test_what_is_no_utf8_is_found_at_the_end_of_much_text(environment: dict[str, str]) -> None:
    done = run([HARDEN], b"---\na: b\n" * 1_000_000 + b"\xff", memory=500, environment=environment)
    assert (done.code, done.out) == (3, b"")
    assert "document 1000000, line 2000001: not UTF-8" in done.err


def test_more_memory_than_there_is_ends_in_one_line(environment: dict[str, str]) -> None:
    done = harden(DEPLOYMENT + CONFIG_MAP + f"  k: '{'x' * 30_000_000}'\n", environment, memory=96)
    assert (done.code, done.out, done.err.count("\n")) == (70, b"", 1)
    assert "Traceback" not in done.err
