"""`make fuzz`: each harness for SECONDS, from seeds made anew and what earlier runs found worth keeping.

Prints executions, coverage (edges of our own code) and the time of the slowest input. An input that breaks
a promise is kept in .fuzz/HARNESS/found, and the exit status is 1. Give it a name in
tests/fuzz/cases/HARNESS, and each test run tries it again.
"""

from __future__ import annotations

import hashlib
import importlib
import re
import subprocess
import sys
from pathlib import Path

HARNESSES = ("stream", "edits", "profiles", "keys")
KEPT = Path(".fuzz")
LARGEST = 16_384  # bytes of an input
SLOWEST = 20  # seconds for an input, after which it counts as found
MEMORY = 2048  # MiB
_STATED = re.compile(
    r"(?:cov: (\d+)|stat::(number_of_executed_units|slowest_unit_time_sec|peak_rss_mb):\s+(\d+))"
)


def main() -> None:
    """The arguments: seconds for each harness, then the harnesses (none: all)."""
    try:
        import atheris  # noqa: F401, to say in words where it is missing
    except ImportError:
        sys.exit(
            "fuzz: atheris is not installed, or has no wheel for this machine and Python; run: make fuzz"
        )
    seconds = int(sys.argv[1])
    names = sys.argv[2:] or HARNESSES
    print(f"{'harness':10} {'executions':>10} {'edges':>7} {'slowest':>8} {'memory':>9}", flush=True)
    results = [_run(name, seconds) for name in names]
    sys.exit(0 if all(results) else 1)


def _run(name: str, seconds: int) -> bool:
    """Whether the harness ran its time and nothing was found."""
    folder = KEPT / name
    corpus, found = folder / "corpus", folder / "found"
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    for seed in importlib.import_module(f"tests.fuzz.{name}").start():
        if len(seed) <= LARGEST:
            (corpus / hashlib.sha256(seed).hexdigest()[:20]).write_bytes(seed)
    log = folder / "log"
    with log.open("wb") as output:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.fuzz.loop", name, f"-max_total_time={seconds}"),
                *(f"-max_len={LARGEST}", f"-timeout={SLOWEST}", f"-rss_limit_mb={MEMORY}"),
                *("-print_final_stats=1", "-verbosity=1", f"-artifact_prefix={found}/", str(corpus)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
    text = log.read_text(encoding="utf-8", errors="replace")
    stated = {"cov": "?"}
    for edges, figure, number in _STATED.findall(text):
        stated[figure or "cov"] = number or edges
    runs, slowest, memory = (
        stated.get(key, "?") for key in ("number_of_executed_units", "slowest_unit_time_sec", "peak_rss_mb")
    )
    print(f"{name:10} {runs:>10} {stated['cov']:>7} {slowest:>6} s {memory:>5} MiB", flush=True)
    if done.returncode:
        print(f"{name}: an input breaks a promise; it is in {found}; all that was said is in {log}:")
        print("\n".join(text[max(text.find("=== Uncaught"), 0) :].splitlines()[:40]), flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    main()
