"""`make demo`: a release like ScalarDL Ledger's, hardened. Shows the coloured diff, then the report.

The release is rendered by the Helm engine that pip installs and piped through the installed command, in
the order in which Helm 3 would hand it over. Anything that fails ends the demo with exit status 1.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.charts.release import as_helm3

PROFILE = "production"


def main() -> None:
    try:
        release = as_helm3("ledger", name="demo", namespace="scalardl")
    except ImportError:
        sys.exit(
            "demo: helm-python-sdk has no wheel for this platform, so there is no Helm engine to render the "
            "release; run it on Linux (x86_64, aarch64), macOS (arm64) or Windows (AMD64)"
        )
    with tempfile.TemporaryDirectory(prefix="scalardl-harden-demo-") as folder:
        state = {"XDG_STATE_HOME": folder}
        report = Path(folder, "report.txt")

        heading(f"A release of Ledger, and what the profile {PROFILE} changes in it")
        diff = harden(["--profile", PROFILE, "--diff"], release, state | {"FORCE_COLOR": "1"})
        print(diff, end="")

        hardened = harden(["--profile", PROFILE, "--report", str(report)], release, state)
        if not diff.strip() or hardened == release or not (report.is_file() and report.stat().st_size):
            sys.exit("demo: the release came out as it went in, or the report is empty")

        heading("The report: scalardl-harden last")
        print(harden(["last"], "", state), end="")

        heading("Once more")
        again = harden(["--profile", PROFILE], hardened, state)
        if again != hardened:
            sys.exit("demo: a second run changed the hardened release")
        before, after = (text.count("\n---\n") + 1 for text in (release, hardened))
        print(f"{before} documents went in, {after} came out; a second run changes no byte.")


def heading(text: str) -> None:
    print(f"\n{text}\n{'=' * len(text)}\n", flush=True)


def harden(arguments: list[str], stdin: str, variables: dict[str, str]) -> str:
    """What the installed command writes. Ends the demo where it fails, with what it said."""
    command = ["scalardl-harden", *arguments]
    try:
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            env={name: value for name, value in os.environ.items() if name != "NO_COLOR"} | variables,
            check=False,
        )
    except FileNotFoundError:
        sys.exit("demo: scalardl-harden is not on PATH; run: make demo")
    if done.returncode != 0:
        sys.exit(f"demo: {' '.join(command)} ended with exit status {done.returncode}:\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
