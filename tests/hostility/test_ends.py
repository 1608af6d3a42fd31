"""A run that is cut off: readers that leave, streams that are closed, signals. No traceback, nothing half."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostility.measured import GEN, HARDEN, until
from tests.test_bad_input import DEPLOYMENT, LEDGER

MUCH = DEPLOYMENT * 3000
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


def shell(script: str, environment: dict[str, str], folder: Path, stdin: str = MUCH) -> tuple[int, str, str]:
    """What a line of bash gives, its commands as $H and $G: the exit code of the first in the pipe."""
    done = subprocess.run(
        ["bash", "-c", f"{script}; exit ${{PIPESTATUS[0]}}"], input=stdin, capture_output=True, text=True,
        env=environment | {"H": HARDEN, "G": GEN}, cwd=folder, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


READERS_THAT_LEAVE = {
    "harden": "$H | head -c 1 >/dev/null",
    "check": "$H --check --format json --report /dev/stderr 2>/dev/null | true",
    "gen schema": "$G schema | true",
    "gen values": "$G profile production --for ledger | true",
    "gen explain": "$G explain | true",
    "gen network": "$G network --format json | true",
}


@pytest.mark.parametrize("name", READERS_THAT_LEAVE)
def test_a_reader_that_leaves(name: str, environment: dict[str, str], tmp_path: Path) -> None:
    code, _, told = shell(
        READERS_THAT_LEAVE[name], environment, tmp_path, MUCH if name == "harden" else LEDGER
    )
    assert code in (0, 1, 74), told
    assert "Traceback" not in told
    assert "Exception ignored" not in told


@pytest.mark.parametrize(
    "words", [["schema"], ["show", "production"], ["network"], ["check", "-"]], ids=" ".join
)
def test_a_reader_that_has_left_is_never_an_answer(words: list[str], environment: dict[str, str]) -> None:
    """1 would say that something is not met."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [GEN, *words],
        input=LEDGER.encode(),
        stdout=writer,
        stderr=subprocess.PIPE,
        env=environment,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr.decode().splitlines()) == (
        74, ["stdout: cannot be written: Broken pipe; check where it leads"]
    )  # fmt: skip


@pytest.mark.parametrize(
    "command", ["$H", "$H --check", "$G schema", "$G check -", "$G show test", "$G plan"]
)
@pytest.mark.parametrize(
    "closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full", ">/dev/full"]
)
def test_streams_that_are_closed(
    command: str, closed: str, environment: dict[str, str], tmp_path: Path
) -> None:
    code, _, told = shell(f"{command} {closed}", environment, tmp_path, LEDGER)
    assert code in (0, 1, 2, 3, 74), told
    assert "Traceback" not in told
    assert "Exception ignored" not in told


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize(
    "command", [[HARDEN], [GEN, "check", "-"], [GEN, "network"]], ids=["harden", "check", "network"]
)
def test_a_signal_while_reading(
    command: list[str], number: signal.Signals, environment: dict[str, str]
) -> None:
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        # A shell that starts the tests in the background has them ignore Ctrl-C, and so what they start.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    ) as process:
        assert process.stdin is not None
        process.stdin.write(LEDGER.encode())
        process.stdin.flush()
        # It has begun to read when the pipe is empty.
        assert until(lambda: _reads(process.pid))
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (CODES[number], b"")
    assert b"Traceback" not in err


def _reads(pid: int) -> bool:
    """Whether the process waits for what comes through its stdin (0 is read(), of descriptor 0)."""
    try:
        return Path(f"/proc/{pid}/syscall").read_text().startswith("0 0x0 ")
    except OSError:
        return False


WRITES = {
    "bundle": [GEN, "profile", "production", "-o", "out"],
    "component": [HARDEN, "--emit", "kustomize", "-o", "out"],
    "report": [HARDEN, "--report", "out"],
    "baseline": [GEN, "check", "-", "--write-baseline", "out"],
    "plugin": [GEN, "argocd", "manifests", "--image", "example.com/x:1", "-o", "out"],
}


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize("name", WRITES)
def test_a_signal_while_writing(
    name: str, number: signal.Signals, environment: dict[str, str], tmp_path: Path
) -> None:
    """As soon as anything stands in the folder: it is all there afterwards, or nothing is."""
    folder = tmp_path / "place"
    folder.mkdir()
    (tmp_path / "stdin").write_text(LEDGER)
    with (
        (tmp_path / "stdin").open("rb") as given,
        subprocess.Popen(
            WRITES[name],
            stdin=given,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=folder,
        ) as process,
    ):
        until(lambda: any(folder.iterdir()) or process.poll() is not None)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    # Once all is written, Python's own end may be what the signal meets.
    assert process.returncode in (0, 1, CODES[number], -number), err
    assert b"Traceback" not in err
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert [path for path in found if ".tmp" in path or path.rpartition("/")[2].startswith(".objects")] == []
    assert [path.name for path in folder.rglob("*.scalardl-gen") if path.is_dir()] == []
    for mark in folder.rglob(".scalardl-gen"):
        for line in mark.read_text().splitlines():
            if not line.startswith("#"):
                digest, path = line.split("  ")
                assert hashlib.sha256((mark.parent / path).read_bytes()).hexdigest() == digest
    if name == "component" and found:
        assert found == ["out/kustomization.yaml", "out/objects.yaml"]
    if name == "bundle" and found:
        assert {path.split("/")[1] for path in found} == {"ledger", "auditor"}


INTERRUPTED_IMPORT = """
import sys
from {package} import start
class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupts())
sys.argv = ["command"]
start.main()
"""


@pytest.mark.parametrize(("package", "module"), [("generator", "typer"), ("postrender", "postrender.harden")])
def test_an_interruption_of_the_imports(package: str, module: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IMPORT.format(package=package, module=module)],
        capture_output=True, env=environment, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, b"")


def test_the_commands_begin_where_imports_may_be_interrupted() -> None:
    for command, package in ((HARDEN, "postrender"), (GEN, "generator")):
        assert f"from {package}.start import main" in Path(command).read_text()


def test_a_child_of_a_shell_that_ignores_interruptions(environment: dict[str, str], tmp_path: Path) -> None:
    """As with nohup: what is ignored by whoever started us stays ignored."""
    code, out, _ = shell("trap '' INT; $H", environment, tmp_path, DEPLOYMENT)
    assert (code, out) == (0, DEPLOYMENT)
    assert os.name == "posix"
