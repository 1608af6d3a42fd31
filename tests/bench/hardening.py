"""How long `scalardl-harden` takes as a whole process, beside kustomize, yq and the floor."""

from __future__ import annotations

import compileall
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.bench import streams
from tests.conftest import BIN, CACHE, KUSTOMIZE, ROOT

FLOOR = Path(__file__).with_name("floor.py")
LAUNCHER = Path(__file__).with_name("launch.py")
HARDEN, KUSTOMIZED, YQ, LEAST = "scalardl-harden", "kustomize", "yq", "floor"

PATCH = """\
resources: [release.yaml]
patches:
- target: {kind: Deployment}
  patch: |
    - {op: add, path: /spec/template/spec/priorityClassName, value: high}
"""
EXPRESSION = '(select(.kind == "Deployment") | .spec.template.spec.priorityClassName) = "high"'

TEXT = """\
Each row is one stream of releases like ScalarDL's (Ledger with Envoy, nine documents, each in a namespace
of its own). `scalardl-harden` (*ours*) applies production to all of it, on a declared pool of three nodes
for each release; kustomize and yq (mikefarah's) set one field of each Deployment. The floor is Python's
start, one split and one pass of libyaml over the documents that matter ([its
program](../tests/bench/floor.py)). All run as whole processes by turns. A time is the median of the turns,
in seconds; a ratio, such as *kustomize ÷ ours*, is the median of the ratios turn by turn; memory is the
most that a process had, in MiB."""


class Row(NamedTuple):
    """A stream: its name in the table, its documents, the policy for it, and how often each command runs."""

    called: str
    documents: int
    stream: str
    policy: str
    turns: int


class Run(NamedTuple):
    """One run of a command: seconds by the clock and of the processor, and MiB at most."""

    wall: float
    cpu: float
    memory: float


def rows(releases: tuple[int, ...] = (1, 10, 100, 1000), foreign: int = 2000) -> Iterator[Row]:
    """The streams, the smallest first, then the one of which nearly nothing is ours."""
    for number in releases:
        stream = streams.releases(number)
        yield Row(f"{9 * number:,}", 9 * number, stream, streams.policy(number), max(3, 20 // number))
    stream = streams.among_foreign(foreign)
    yield Row(f"9 among {foreign + 9:,}", foreign + 9, stream, streams.policy(1), 7)


def commands(row: Row, folder: Path) -> dict[str, list[str]]:
    """What runs on the row's stream, by name; what this machine does not have is left out."""
    (folder / "release.yaml").write_text(row.stream)
    (folder / "kustomization.yaml").write_text(PATCH)
    (folder / "policy.json").write_text(row.policy)
    found = {HARDEN: [str(BIN / "scalardl-harden")], LEAST: [sys.executable, str(FLOOR)]}
    kustomize = Path(os.environ.get("KUSTOMIZE") or CACHE / KUSTOMIZE)
    if kustomize.exists():
        found[KUSTOMIZED] = [str(kustomize), "build", str(folder)]
    yq = shutil.which("yq")
    if yq and b"mikefarah" in subprocess.run([yq, "--version"], capture_output=True, check=False).stdout:
        found[YQ] = [yq, "eval", EXPRESSION, "-"]
    return found


def compiled() -> None:
    """Compile the modules, as whoever installs a package has them: a command compiles none when it starts."""
    for package in ("postrender", "profiles"):
        compileall.compile_dir(ROOT / package, quiet=2)


def environment(folder: Path) -> dict[str, str]:
    """The policy by the variable that names it, as options would cost time; reports go into the folder."""
    ours = {"SCALARDL_PROFILE": str(folder / "policy.json"), "XDG_STATE_HOME": str(folder / "state")}
    return {**os.environ, **ours}


def run(command: list[str], folder: Path) -> Run:
    """Run the command on the folder's stream. Raises RuntimeError where it fails."""
    said = folder / "said"
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(folder / "release.yaml"), str(said)]
    done = subprocess.run(
        [*launcher, *command], capture_output=True, text=True, env=environment(folder), check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {said.read_text()}{done.stderr}")
    return Run(*map(float, done.stdout.split()))


def measured(row: Row, turns: int) -> dict[str, list[Run]]:
    """The runs of each command, by turns, after one of each that is not counted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known = commands(row, folder)
        slow = row.documents > 5000
        found: dict[str, list[Run]] = {called: [] for called in known}
        for turn in range(-1, turns):
            for called, command in known.items():
                # kustomize and yq take minutes for the largest one.
                once = slow and called in (KUSTOMIZED, YQ)
                if (turn < 0 and slow) or (once and found[called]):
                    continue
                one = run(command, folder)
                if turn >= 0:
                    found[called].append(one)
        return found


def section() -> str:
    """The table, in Markdown, from runs that are made now."""
    compiled()
    lines, points = [], []
    for row in rows():
        found = measured(row, row.turns)
        seconds = median(one.wall for one in found[HARDEN])
        print(f"Hardening, {row.called} documents: {seconds:.3g} s", file=sys.stderr)
        lines.append(_line(row, found))
        points.append((row.documents, seconds))
    (small, few), (large, many) = points[2:4]
    growth = math.log(many / few) / math.log(large / small)
    head = ["documents", "MB", "ours", "kustomize", "yq", "floor"]
    head += ["kustomize ÷ ours", "yq ÷ ours", "ours ÷ floor", "memory", "of kustomize"]
    return "\n".join(
        [
            *("## Hardening", "", TEXT, ""),
            "| " + " | ".join(head) + " |",
            "|" + "---:|" * len(head),
            *lines,
            "",
            f"From {small:,} to {large:,} documents it grows with the power {growth:.2f} of their number.",
            "",
        ]
    )


def _line(row: Row, found: Mapping[str, list[Run]]) -> str:
    """A row of the table; a dash for what did not run."""
    ours = found[HARDEN]

    def seconds(called: str) -> str:
        return f"{median(one.wall for one in found[called]):.3f}" if called in found else "-"

    def ratio(over: str, under: str) -> str:
        pairs = zip(found.get(over, ()), found.get(under, ()), strict=False)
        ratios = [a.wall / b.wall for a, b in pairs]
        return f"{median(ratios):.2f}" if ratios else "-"

    def memory(called: str) -> str:
        return f"{max(one.memory for one in found[called]):.0f}" if called in found else "-"

    assert ours, "it ran"
    cells = [row.called, f"{len(row.stream.encode()) / 1e6:.2f}"]
    cells += [seconds(called) for called in (HARDEN, KUSTOMIZED, YQ, LEAST)]
    cells += [ratio(KUSTOMIZED, HARDEN), ratio(YQ, HARDEN), ratio(HARDEN, LEAST)]
    cells += [memory(HARDEN), memory(KUSTOMIZED)]
    return "| " + " | ".join(cells) + " |"
