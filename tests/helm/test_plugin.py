"""The Helm 4 plugin: from a folder, from a git clone, and from a signed package; what Helm 3 makes of it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import ROOT, oracle
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


class Keys(NamedTuple):
    """The files that Helm signs and verifies with, and those of somebody else."""

    secret: Path
    public: Path
    of_another: Path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keys]:
    """Keys to throw away, made by GnuPG as docs/install.md does."""
    gpg = oracle("GPG", Path(shutil.which("gpg") or "/usr/bin/gpg"), "signed packages of the plugin")
    folder = tmp_path_factory.mktemp("keys")
    found = Keys(folder / "secret.gpg", folder / "public.gpg", folder / "of-another.gpg")
    # The agent's socket does not stand a long path.
    with tempfile.TemporaryDirectory(prefix="gpg") as home:
        batch = (str(gpg), "--homedir", home, "--batch", "--quiet", "--passphrase", "")
        try:
            for name in ("Release", "Another"):
                new = ("--quick-generate-key", f"{name} <{name.lower()}@example.com>", "rsa3072", "sign")
                subprocess.run([*batch, *new], check=True)
            for option, file, name in (
                ("--export-secret-keys", found.secret, "Release"),
                ("--export", found.public, "Release"),
                ("--export", found.of_another, "Another"),
            ):
                subprocess.run([*batch, "--output", str(file), option, name], check=True)
        finally:
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
        yield found


@pytest.fixture
def package(real_helm4: Helm, keys: Keys, tmp_path: Path) -> Path:
    """The plugin as docs/install.md packages it: plugin.yaml as a file, signed."""
    folder = tmp_path / "dist" / "scalardl-harden"
    folder.mkdir(parents=True)
    shutil.copyfile(ROOT / "plugin.yaml", folder / "plugin.yaml")
    signing = ("--sign", "--key", "Release", "--keyring", keys.secret)
    real_helm4.output("plugin", "package", folder, *signing, "--destination", folder.parent)
    return next(folder.parent.glob("scalardl-harden-*.tgz"))


def test_from_a_signed_package(real_helm4: Helm, package: Path, keys: Keys) -> None:
    assert "Signed by: Release" in real_helm4.output("plugin", "verify", package, "--keyring", keys.public)
    real_helm4.output("plugin", "install", package, "--keyring", keys.public)
    assert "signed" in real_helm4.output("plugin", "list").splitlines()[1].split()
    assert real_helm4.template("ledger", *HARDENED)


def test_a_package_signed_by_another_is_refused(real_helm4: Helm, package: Path, keys: Keys) -> None:
    done = real_helm4.run("plugin", "install", package, "--keyring", keys.of_another)
    assert done.returncode != 0
    assert "signature made by unknown entity" in done.stderr


def test_a_package_that_was_changed_is_refused(real_helm4: Helm, package: Path, keys: Keys) -> None:
    package.write_bytes(package.read_bytes() + b"x")
    done = real_helm4.run("plugin", "install", package, "--keyring", keys.public)
    assert done.returncode != 0
    assert "sha256 sum does not match" in done.stderr


def test_a_package_without_provenance_is_refused_unless_told(
    real_helm4: Helm, package: Path, keys: Keys
) -> None:
    Path(f"{package}.prov").unlink()
    done = real_helm4.run("plugin", "install", package, "--keyring", keys.public)
    assert done.returncode != 0
    assert "no provenance file (.prov) found" in done.stderr
    real_helm4.output("plugin", "install", package, "--verify=false")
    assert real_helm4.template("ledger", *HARDENED)


def test_a_link_cannot_be_packaged(real_helm4: Helm, plugin_folder: Path, keys: Keys, tmp_path: Path) -> None:
    """Why docs/install.md makes a copy first."""
    signing = ("--sign", "--key", "Release", "--keyring", keys.secret)
    done = real_helm4.run("plugin", "package", plugin_folder, *signing, "--destination", tmp_path)
    assert done.returncode != 0
    assert "plugin.yaml" in done.stderr


def test_helm3_loads_no_plugin_beside_it(helm4_with_plugin: Helm, real_helm3: Helm) -> None:
    """The warning in docs/install.md: both look into one folder."""
    listed = real_helm3.run("plugin", "list")
    assert listed.returncode != 0
    assert 'unknown field "apiVersion"' in listed.stderr
    assert real_helm3.template("ledger", *HARDENED)
    apart = replace(
        helm4_with_plugin,
        environment={
            name: value for name, value in helm4_with_plugin.environment.items() if name != "HELM_PLUGINS"
        }
        | {"HELM_DATA_HOME": str(Path(real_helm3.environment["HOME"]) / "helm4")},
    )
    helm4_with_plugin.output("plugin", "uninstall", "scalardl-harden")
    apart.output("plugin", "install", ROOT)
    assert apart.template("ledger", *HARDENED)
    assert real_helm3.run("plugin", "list").returncode == 0
