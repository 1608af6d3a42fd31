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
FOLDER = Path(__file__).parent
PAGE = ROOT / "docs" / "proof.md"

Run = subprocess.Popen[str]


def main() -> int:
    """The exit status: 0 where all is shown, 1 where not, 130 where the run was ended before."""
    began = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="scalardl-prove-") as folder:
        records = {version: Path(folder, f"{version}.json") for version in VERSIONS}
        runs: dict[str, Run] = {}
        try:
            for version, path in records.items():
                runs[version] = _started(version, path, Path(folder, version))
            for printing in [_printing(version, run) for version, run in runs.items()]:
                printing.join()
            failed = [version for version, run in runs.items() if run.wait() != 0]
        except KeyboardInterrupt:
            print(f"prove: ended before its end{_ended(runs)}", file=sys.stderr)
            return 130
        told = [record.load(path) for path in records.values() if path.exists()]
    if failed or [one.asked for one in told] != [len(one.shown) for one in told] or not told[0].asked:
        print(f"prove: not all is shown; {PAGE.relative_to(ROOT)} stays as it is", file=sys.stderr)
        return 1
    page = record.page(told, PROGRAMS, KNOWN, time.monotonic() - began)
    PAGE.write_text(page, encoding="utf-8")
    print(f"prove: all is shown; {PAGE.relative_to(ROOT)} says what")
    return 0


def _started(version: str, told: Path, folder: Path) -> Run:
    """All scenarios at that version. What they make is in the folder, which goes with ours."""
    folder.mkdir()
    asked = {"SCALARDL_PROVE": version, "SCALARDL_PROVE_RECORD": str(told)}
    # A tool that is missing is a failure here, and nobody leaves a scenario out.
    strictly = {"SCALARDL_REQUIRE_ORACLES": "1", "PYTEST_ADDOPTS": ""}
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-v", "--color=no", f"--basetemp={folder}/pytest", FOLDER],
        env=os.environ | asked | strictly | {"TMPDIR": str(folder)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        # Ctrl-C is for us alone: a second signal would disturb a run that ends already.
        start_new_session=True,
        preexec_fn=end_with_parent(signal.SIGTERM),
    )


def _printing(version: str, run: Run) -> threading.Thread:
    """Prints what the run says, each line with its version; goes on reading where nobody reads us."""

    def go_on() -> None:
        assert run.stdout
        for line in run.stdout:
            with suppress(OSError):
                sys.stdout.write(f"{version:8}{line}")
                sys.stdout.flush()

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    return thread


def _ended(runs: dict[str, Run]) -> str:
    """Ends the runs; which of them did not end what they had started, in words."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for run in runs.values():
        run.terminate()
    left = []
    for version, run in runs.items():
        try:
            run.wait(ENDS)
        except subprocess.TimeoutExpired:
            left.append(f"; that of {version} is still there as process {run.pid}")
    return "".join(left)


if __name__ == "__main__":
    sys.exit(main())
