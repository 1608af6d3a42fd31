"""`make bench`: how long hardening and the proofs take and how that grows; writes docs/benchmarks.md.

`python -m tests.bench --smallest` asks each question about proofs at its smallest size only and writes
nothing. A benchmark of proofs is a module beside this one with a BENCH, and a place in BENCHES.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from tests.bench import hardening, placement, reachability
from tests.bench.measuring import RUNS, Bench, Measured, exponent, measure

BENCHES = (placement.BENCH, reachability.BENCH)
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"

INTRODUCTION = """\
# How long it takes

`make bench` measures and writes this page. The ratios, and the power *k* of time = c · size^*k*, hold on
another machine too; the seconds do not.
"""
PROOFS = f"""\
## The proofs

A time is that of the fastest of {RUNS} runs in one process, without starting Python and without reading the
manifests. Memory is the most that Python's objects held at a time beyond the input, counted in a run of its
own. *Times* is a row's time beside that of the smallest size; *k* is by least squares on the logarithms.
"""


def main(arguments: list[str]) -> None:
    smallest = arguments == ["--smallest"]
    if arguments and not smallest:
        sys.exit("usage: python -m tests.bench [--smallest]")
    parts = [INTRODUCTION, f"Measured on {machine()}.\n"]
    if not smallest:
        parts.append(hardening.section())
    parts.append(PROOFS)
    for bench in BENCHES:
        found = []
        for row in bench.rows[:1] if smallest else bench.rows:
            found.append(measure(bench, row, runs=1 if smallest else RUNS))
            print(f"{bench.title}, {called(bench, row)}: {found[-1].seconds:.3g} s", file=sys.stderr)
        lines = table(bench, found)
        print("\n".join([bench.title, *lines, ""]))
        parts.append("\n".join([f"### {bench.title}", "", bench.text, "", *lines, ""]))
    if not smallest:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text("\n".join(parts))


def machine() -> str:
    """What it was measured on, without names."""
    processors = f"{os.cpu_count()} processors" if os.cpu_count() != 1 else "1 processor"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {platform.system()} on {platform.machine()}, {processors}"


def called(bench: Bench, row: tuple[int, ...]) -> str:
    """`nodes 25, pods 125`"""
    return ", ".join(f"{column} {value}" for column, value in zip(bench.columns, row, strict=True))


def table(bench: Bench, found: list[Measured]) -> list[str]:
    """The table in Markdown, and how time and memory grow."""
    first = found[0]
    lines = [
        "| " + " | ".join((*bench.columns, "seconds", "times", "MiB")) + " |",
        "|" + "---:|" * (len(bench.columns) + 3),
    ]
    for one in found:
        values = (f"{one.seconds:.3f}", f"{one.seconds / first.seconds:.1f}", f"{one.peak / 2**20:.1f}")
        lines.append("| " + " | ".join((*(f"{each:,}" for each in one.row), *values)) + " |")
    time = exponent([(one.size, one.seconds) for one in found])
    memory = exponent([(one.size, one.peak) for one in found])
    if time is not None and memory is not None:
        by = bench.columns[-1]
        lines += ["", f"Time grows with the number of {by} to the power of {time:.2f}, memory {memory:.2f}."]
    return lines


if __name__ == "__main__":
    main(sys.argv[1:])
