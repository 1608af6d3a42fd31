"""A profile or a policy that is a pipe: nobody waits for a writer who never comes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.hostility.measured import GEN, HARDEN
from tests.test_bad_input import LEDGER


@pytest.mark.parametrize("name", ["pipe.yaml", "pipe.json"])
@pytest.mark.parametrize(
    "command",
    [[HARDEN, "--profile"], [GEN, "show"], [GEN, "profile"], [GEN, "check", "-", "--exemptions"]],
    ids=["harden", "show", "profile", "exemptions"],
)
def test_a_pipe_without_a_writer(
    command: list[str], name: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    os.mkfifo(tmp_path / name)
    done = subprocess.run(
        [*command, f"./{name}"], input=LEDGER.encode(), capture_output=True, env=environment, cwd=tmp_path,
        timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode in (1, 2), b"Traceback" in done.stderr) == (True, False), done.stderr


def test_a_profile_of_another_command_is_read(tmp_path: Path, environment: dict[str, str]) -> None:
    """As with <(sops --decrypt ours.yaml) in bash."""
    script = f"{GEN} show <(sleep 0.3; echo 'extends: test')"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, env=environment,
        cwd=tmp_path, timeout=30, check=False,
    )  # fmt: skip
    # The name of such a pipe, /dev/fd/63, has no suffix, but it has a slash.
    assert done.returncode == 0, done.stderr
