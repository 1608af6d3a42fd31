"""How long a question takes, how much memory it needs, and how both grow with its size."""

from __future__ import annotations

import math
import time
import tracemalloc
from collections.abc import Callable
from typing import NamedTuple

# Of several runs the fastest is told: what else runs on the machine only ever adds.
RUNS = 3


class Bench(NamedTuple):
    """A question that is asked at several sizes.

    `columns`: what a row is called by, and `rows` the values of each, with the size that the growth is
    measured by. `ready`: makes the input of a row; what it returns is timed.
    """

    title: str
    text: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]
    ready: Callable[..., Callable[[], object]]


class Measured(NamedTuple):
    """A row with its time (the fastest run) and the most memory that Python held for it at a time."""

    row: tuple[int, ...]
    seconds: float
    peak: int

    @property
    def size(self) -> int:
        """What the growth is measured by: the last column."""
        return self.row[-1]


def measure(bench: Bench, row: tuple[int, ...], runs: int = RUNS) -> Measured:
    """Ask the question at one size. Memory is counted in a run of its own, for counting takes time."""
    ask = bench.ready(*row)
    seconds = []
    for _ in range(runs):
        before = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - before)
    tracemalloc.start()
    try:
        ask()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return Measured(row, min(seconds), peak)


def exponent(points: list[tuple[float, float]]) -> float | None:
    """The k of y = c * x^k, by least squares on the logarithms; None where there is one size only."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x, mean_y = (sum(each) / len(logs) for each in zip(*logs, strict=True))
    width = sum((x - mean_x) ** 2 for x, _ in logs)
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / width if width else None
