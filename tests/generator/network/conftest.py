"""The command `network` as its user meets it, and releases of the stand-in charts in files."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from generator import cli
from tests.charts.release import as_helm3
from tests.proof.reachability.releases import ADMIN, RELEASES, standing_in

# A policy of a team's for Envoy alone, with rules of each kind.
TEAM = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: team, namespace: scalardl}
spec:
  podSelector: {matchLabels: {app.kubernetes.io/app: envoy}}
  policyTypes: [Ingress]
  ingress:
    - from: [{ipBlock: {cidr: 10.1.0.0/16}}]
      ports: [{port: 50051}]
"""


class Run(NamedTuple):
    """One run of the command: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class Network(Protocol):
    """Runs `scalardl-gen network` with the arguments, `stdin` piped in, and these variables set."""

    def __call__(self, *arguments: str | Path, stdin: str | bytes = b"", **variables: str) -> Run: ...


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Network:
    def run(*arguments: str | Path, stdin: str | bytes = b"", **variables: str) -> Run:
        content = stdin if isinstance(stdin, bytes) else stdin.encode()
        for variable in ("SCALARDL_PROFILE", "FORCE_COLOR", "NO_COLOR"):
            monkeypatch.delenv(variable, raising=False)
        for variable, value in variables.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        monkeypatch.setattr("sys.argv", ["scalardl-gen", "network", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        return Run(code if isinstance(code, int) else 0, *capsys.readouterr())

    return run


@pytest.fixture
def hardened(tmp_path: Path) -> Callable[..., Path]:
    """A file with a release of `releases.RELEASES`, hardened."""

    def write(name: str, profile: str = "production") -> Path:
        path = tmp_path / f"{name.replace(' ', '-')}-{Path(profile).stem}-hardened.yaml"
        path.write_text(standing_in(name, profile), encoding="utf-8")
        return path

    return write


@pytest.fixture
def rendered(tmp_path: Path) -> Callable[..., Path]:
    """A file with the same release as Helm renders it, and with more documents behind it."""

    def write(name: str, *more: str) -> Path:
        chart, values = RELEASES[name]
        path = tmp_path / f"{name.replace(' ', '-')}-rendered.yaml"
        text = as_helm3(chart, values, name="demo", namespace="scalardl")
        path.write_text("---\n".join((text, json.dumps(ADMIN) + "\n", *more)), encoding="utf-8")
        return path

    return write
