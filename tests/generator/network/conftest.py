"""The command `network` as its user meets it, and releases of the stand-in charts in files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.charts.release import as_helm3
from tests.generator.commands import Command as Network
from tests.generator.commands import command
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


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Network:
    return command("network", monkeypatch, capsys)


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
