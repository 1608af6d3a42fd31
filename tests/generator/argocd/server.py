"""Argo CD's own server of plugins with ours, and questions to it as Argo CD's repo-server asks them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import yaml


class Server(NamedTuple):
    """A server that runs: the oracle, its socket, and the folder in which it unpacks requests."""

    program: Path
    socket: Path
    work: Path

    def ask(self, **question: Any) -> Any:
        """The answer to one question: see tests/oracles/argocd/main.go."""
        done = subprocess.run(
            [str(self.program), "ask", str(self.socket)],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)


def objects(answer: Any) -> list[Any]:
    """The objects of an answer, in an order of their own."""
    assert "manifests" in answer, answer
    found = [yaml.safe_load(text) for text in answer["manifests"]]
    return sorted(found, key=lambda each: (each["kind"], each["metadata"]["name"]))


def start(program: Path, folder: Path, plugin: str, path: str) -> tuple[Server, subprocess.Popen[bytes]]:
    """A server in that folder, whose path is short, for the plugin.yaml; `path` is its PATH."""
    for below in ("config", "plugins", "work"):
        (folder / below).mkdir()
    (folder / "config" / "plugin.yaml").write_text(plugin)
    work = str(folder / "work")
    # The sidecar's environment, and nothing of the tests'.
    environment = {
        "PATH": path,
        "TMPDIR": work,
        "ARGOCD_PLUGINSOCKFILEPATH": str(folder / "plugins"),
        "ARGOCD_CMP_WORKDIR": work,
    }
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [str(program), "serve", "--config-dir-path", str(folder / "config")],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
    )
    log.close()
    name = yaml.safe_load(plugin)["metadata"]["name"]
    return Server(program, folder / "plugins" / f"{name}.sock", folder / "work"), process


def alive(number: int) -> bool:
    """Whether a process of that number runs."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
