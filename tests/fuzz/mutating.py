"""Changes of YAML by lines: what a mutation of bytes seldom does, and a person with an editor does."""

from __future__ import annotations

import random

WORDS = (
    b"null", b"true", b"~", b"[]", b"{}", b"''", b'"\\e[31m"', b'"\\u202e"', b"0644", b"1e3", b"-1",
    b"9" * 25,
    b"1:30", b"2001-01-01", b"|\n  x", b">-\n  x\n", b"*a", b"&a x", b"&a", b"!!binary aGk=",
    b"!!str 1", b"!x",
    b"? x", b"# c", b"{a: b, <<: *a}", b"[a, [b], {c: d}]", b"1Gi", b"100m", b"50%",
    b"2147483648", b"x" * 300,
)  # fmt: skip


def lines(data: bytes, size: int, seed: int) -> bytes:
    """The data with one line changed, doubled, moved, indented or gone; at most `size` bytes."""
    choose = random.Random(seed)
    rows = data.split(b"\n")
    at, to = choose.randrange(len(rows)), choose.randrange(len(rows) + 1)
    row = rows[at]
    match choose.randrange(8):
        case 0:
            del rows[at]
        case 1:
            rows.insert(to, row)
        case 2:
            rows.insert(min(to, len(rows) - 1), rows.pop(at))
        case 3:
            for index in range(at, min(at + choose.randrange(1, 6), len(rows))):
                rows[index] = b" " * choose.choice((1, 2, 4)) + rows[index]
        case 4:
            for index in range(at, min(at + choose.randrange(1, 6), len(rows))):
                rows[index] = rows[index].removeprefix(b"  ")
        case 5 | 6:
            key, colon, _ = row.partition(b":")
            rows[at] = key + colon + b" " + choose.choice(WORDS) if colon else row + choose.choice(WORDS)
        case _:
            _, colon, value = row.partition(b":")
            other, _, _ = choose.choice(rows).partition(b":")
            rows[at] = other + colon + value
    return b"\n".join(rows)[:size]
