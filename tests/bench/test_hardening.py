"""Hardening stays near the floor, and its time and what it imports do not grow unseen."""

from __future__ import annotations

import cProfile
import pstats
import subprocess
import sys
from pathlib import Path

import pytest

from postrender.harden import harden
from profiles import policy
from tests.bench import hardening, streams
from tests.bench.hardening import HARDEN, LEAST

pytest.importorskip("helm_python", reason="no Helm engine for this platform to render releases with")

# What takes more time to import than a rule takes, and what only some runs need.
_FORBIDDEN = (
    "argparse", "asyncio", "base64", "cryptography", "dataclasses", "datetime", "decimal", "difflib",
    "email", "hashlib", "html", "http", "importlib.util", "inspect", "ipaddress", "jinja2", "jsonpatch",
    "logging", "pathlib", "pydantic", "random", "ruamel", "shutil", "socket", "ssl", "subprocess",
    "tempfile", "textwrap", "threading", "typer", "unittest", "urllib", "uuid", "xml", "yaml",
    "yaml.constructor", "yaml.reader", "yaml.resolver", "zipfile",
)  # fmt: skip
_LOADED = """
import sys
from postrender.cli import run
from io import TextIOWrapper, BytesIO
real, sys.stdout = sys.stdout, TextIOWrapper(BytesIO())
assert run([]) == 0
real.write("\\n".join(sys.modules))
"""


# Measured: 2.1, 5 and 1.8 times the floor. The margin of half as much again is for what else a machine does:
# the processor's time is compared, by turns, and of each the least.
@pytest.mark.parametrize(
    ("releases", "foreign", "most"),
    [(1, 0, 3.2), (100, 0, 7.5), (1, 2000, 2.9)],
    ids=["one", "many", "foreign"],
)
def test_stays_near_the_floor(releases: int, foreign: int, most: float, tmp_path: Path) -> None:
    stream = streams.among_foreign(foreign) if foreign else streams.releases(releases)
    row = hardening.Row("", 9 * releases, stream, streams.policy(releases), 5)
    hardening.compiled()
    known = hardening.commands(row, tmp_path)
    runs = [[hardening.run(known[name], tmp_path).cpu for name in (HARDEN, LEAST)] for _ in range(row.turns)]
    ours, floor = (min(column) for column in zip(*runs, strict=True))
    assert ours < most * floor


def test_four_times_the_releases_take_four_times_as_long() -> None:
    """Calls are counted, which no other program on the machine changes. The margin is of a tenth."""
    assert calls(40) < 4.4 * calls(10)


def calls(releases: int) -> int:
    chosen = policy.load(streams.policy(releases), "production")
    stream = streams.releases(releases)
    profile = cProfile.Profile()
    result = profile.runcall(harden, stream, chosen, "2026-07-01")
    assert result.text, "it was hardened"
    total: int = pstats.Stats(profile).total_calls  # type: ignore[attr-defined]  # its stub lacks it
    return total


def test_imports_nothing_slow_on_the_way(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", _LOADED],
        input=streams.releases(1),
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    assert sorted(set(_FORBIDDEN) & set(done.stdout.split())) == []
