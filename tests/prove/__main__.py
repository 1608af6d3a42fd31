"""`make prove`: all scenarios at each version, the versions at the same time; writes docs/proof.md.

Each version has a pytest of its own, which ends all that it has started whether it comes to its end, is
interrupted, or is told to by us; where we are killed, the kernel tells it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.conftest import ROOT
from tests.prove import record
from tests.prove.control_plane import end_with_parent
from tests.prove.known import KNOWN
from tests.prove.programs import PROGRAMS, VERSIONS

# How long a run may need to end what it has started.
ENDS = 120
PAGE = ROOT / "docs" / "proof.md"

Run = subprocess.Popen[str]


def main() -> int:
    """The exit status: 0 where all is shown, 130 where the run was ended before."""
    began = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="scalardl-prove-") as folder:
        records = {version: Path(folder, version) for version in VERSIONS}
        runs: list[Run] = []
        try:
            runs += [_started(version, path) for version, path in records.items()]
            for printing in [_printing(run) for run in runs]:
                printing.join()
            failed = sum(run.wait() != 0 for run in runs)
        except KeyboardInterrupt:
            _end(runs)
            print("prove: ended before its end; what it had started is ended as well", file=sys.stderr)
            return 130
        if failed:
            return 1
        told = [record.load(path) for path in records.values()]
    page = record.page(told, PROGRAMS, KNOWN, time.monotonic() - began)
    PAGE.write_text(page, encoding="utf-8")
    print(f"prove: all is shown; {PAGE.relative_to(ROOT)} says what")
    return 0


def _started(version: str, told: Path) -> Run:
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-v", "--color=no", Path(__file__).parent],
        env=os.environ | {"SCALARDL_PROVE": version, "SCALARDL_PROVE_RECORD": str(told)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        # Ctrl-C is for us alone: a second signal would disturb a run that ends already.
        start_new_session=True,
        preexec_fn=end_with_parent(signal.SIGTERM),
    )


def _printing(run: Run) -> threading.Thread:
    """Prints what the run says, line by line, so that two of them do not mix within a line."""

    def go_on() -> None:
        assert run.stdout
        for line in run.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    return thread


def _end(runs: list[Run]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for run in runs:
        run.terminate()
    for run in runs:
        with suppress(subprocess.TimeoutExpired):
            run.wait(ENDS)


if __name__ == "__main__":
    sys.exit(main())
