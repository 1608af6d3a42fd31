"""Sets of whole numbers as sorted ranges that neither overlap nor touch: for ports and for addresses."""

from __future__ import annotations

from collections.abc import Iterable

# Each range with its first and its last number.
Ranges = tuple[tuple[int, int], ...]


def union(several: Iterable[Ranges]) -> Ranges:
    """The numbers in any of them. A pair in them may be in any order and overlap with others."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(pair for ranges in several for pair in ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return tuple(merged)


def meet(one: Ranges, other: Ranges) -> Ranges:
    """The numbers in both."""
    found: list[tuple[int, int]] = []
    left = right = 0
    while left < len(one) and right < len(other):
        first = max(one[left][0], other[right][0])
        last = min(one[left][1], other[right][1])
        if first <= last:
            found.append((first, last))
        if one[left][1] < other[right][1]:
            left += 1
        else:
            right += 1
    return tuple(found)


def minus(one: Ranges, other: Ranges) -> Ranges:
    """The numbers in the one and not in the other."""
    left: list[tuple[int, int]] = []
    at = 0
    for first, last in one:
        while at < len(other) and other[at][1] < first:
            at += 1
        # What reaches beyond this range may cut the next one too, so that `at` stays there.
        beyond = at
        while beyond < len(other) and other[beyond][0] <= last:
            if first < other[beyond][0]:
                left.append((first, other[beyond][0] - 1))
            first = other[beyond][1] + 1
            beyond += 1
        if first <= last:
            left.append((first, last))
    return tuple(left)
