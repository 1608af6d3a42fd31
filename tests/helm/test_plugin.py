"""The Helm 4 plugin: from a folder, and from a git clone."""

from __future__ import annotations

import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.helm.conftest import HARDENED, Helm


def test_plugin_yaml_is_a_link() -> None:
    assert (ROOT / "plugin.yaml").readlink() == Path("helm-plugin.yaml")


def test_the_plugin_has_the_version_of_the_project(real_helm4: Helm, plugin_folder: Path) -> None:
    real_helm4.output("plugin", "install", plugin_folder)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert ["scalardl-harden", version, "postrenderer/v1"] in [
        line.split()[:3] for line in real_helm4.output("plugin", "list").splitlines()
    ]


def test_from_a_folder(real_helm4: Helm, plugin_folder: Path) -> None:
    real_helm4.output("plugin", "install", plugin_folder)
    assert real_helm4.template("ledger", *HARDENED)


def test_from_a_git_clone(real_helm4: Helm, git_source: tuple[str, dict[str, str]]) -> None:
    address, settings = git_source
    helm = replace(real_helm4, environment=real_helm4.environment | settings)
    helm.output("plugin", "install", address, "--verify=false")
    assert helm.template("ledger", *HARDENED)


@pytest.fixture
def git_source(plugin_folder: Path) -> tuple[str, dict[str, str]]:
    """An address that git resolves to a local repository, and the settings that make it do so.

    Helm recognises git by the address; a path would be installed as a folder.
    """
    address = "https://git.example.com/scalardl-harden.git"
    settings = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{plugin_folder}/.git.insteadOf",
        "GIT_CONFIG_VALUE_0": address,
    }
    git = ("git", "-C", str(plugin_folder), "-c", "user.name=test", "-c", "user.email=test@example.com")
    for command in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message", "plugin")):
        subprocess.run([*git, *command], check=True)
    return address, settings
