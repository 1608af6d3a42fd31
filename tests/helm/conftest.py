"""Real Helm, in a world of its own: plugins, settings, state and home are the test's."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

CHARTS = ROOT / "tests" / "charts"
HARDENED = ("--post-renderer", "scalardl-harden")
# What Helm 4 adds on the way to a post-renderer; it is no part of an object.
FILE_NAME = "postrenderer.helm.sh/postrender-filename"

Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Helm:
    """One major version, its binary, and the environment in which it runs."""

    major: str
    binary: Path
    environment: dict[str, str]

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [str(self.binary), *map(str, arguments)]
        return subprocess.run(
            command, env=self.environment, capture_output=True, encoding="utf-8", check=False
        )

    def output(self, *arguments: str | Path) -> str:
        """What Helm writes to stdout; the test fails where Helm does."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def template(self, chart: str, *arguments: str | Path) -> dict[Key, dict[str, Any]]:
        """The objects of `helm template` of a stand-in chart, as the release `demo`."""
        return objects(self.output("template", "demo", CHARTS / chart, "--namespace", "scalardl", *arguments))


@pytest.fixture
def helm_environment(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Nothing of the user's Helm is read or written."""
    home = tmp_path / "home"
    return environment | {
        "HOME": str(home),
        "HELM_DATA_HOME": str(home / "data"),
        "HELM_CONFIG_HOME": str(home / "config"),
        "HELM_CACHE_HOME": str(home / "cache"),
        "HELM_PLUGINS": str(home / "data" / "plugins"),
    }


@pytest.fixture
def plugin_folder(tmp_path: Path) -> Path:
    """What of this repository makes it a plugin: helm-plugin.yaml and the link to it."""
    folder = tmp_path / "plugin"
    folder.mkdir()
    for name in ("helm-plugin.yaml", "plugin.yaml"):
        shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


@pytest.fixture
def real_helm3(helm3: Path, helm_environment: dict[str, str]) -> Helm:
    return Helm("3", helm3, helm_environment)


@pytest.fixture
def real_helm4(helm4: Path, helm_environment: dict[str, str]) -> Helm:
    """Helm 4 without any plugin."""
    return Helm("4", helm4, helm_environment)


@pytest.fixture
def helm4_with_plugin(real_helm4: Helm, plugin_folder: Path) -> Helm:
    real_helm4.output("plugin", "install", plugin_folder)
    return real_helm4


@pytest.fixture(
    params=[pytest.param("3", marks=pytest.mark.oracle), pytest.param("4", marks=pytest.mark.oracle)]
)
def helm(request: pytest.FixtureRequest) -> Helm:
    """Each major version in turn, ready for `--post-renderer scalardl-harden`."""
    name = {"3": "real_helm3", "4": "helm4_with_plugin"}[request.param]
    ready: Helm = request.getfixturevalue(name)
    return ready


def objects(stream: str) -> dict[Key, dict[str, Any]]:
    """The objects of a stream by apiVersion, kind, namespace and name; each may stand in it only once."""
    found: dict[Key, dict[str, Any]] = {}
    for document in yaml.safe_load_all(stream):
        if document is None:
            continue
        metadata = document["metadata"]
        annotations = metadata.get("annotations") or {}
        annotations.pop(FILE_NAME, None)
        if not annotations:
            metadata.pop("annotations", None)
        key = (document["apiVersion"], document["kind"], metadata.get("namespace", ""), metadata["name"])
        assert key not in found, f"{key} stands twice"
        found[key] = document
    return found


def hook(document: dict[str, Any]) -> str | None:
    """What events the object is a hook for; None for what is installed."""
    return (document["metadata"].get("annotations") or {}).get("helm.sh/hook")
