"""The wheel and the source distribution, installed: all commands work outside the tree."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from postrender.cli import _parser
from profiles.policy import RULES
from tests.charts.release import as_helm3
from tests.conftest import ROOT

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"


class Installed(NamedTuple):
    """A virtual environment with the project in it, and an empty folder to work in."""

    environment: Path
    folder: Path

    def run(
        self, command: str, *arguments: str | Path, stdin: str = "", code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """What the installed command does, in a world without this tree; the test fails for another code."""
        binaries = self.environment / "bin"
        done = subprocess.run(
            [binaries / command, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={"PATH": f"{binaries}:/usr/bin:/bin", "HOME": str(self.folder)},
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    build = f"import hatchling.build as b; b.build_wheel({str(folder)!r}); b.build_sdist({str(folder)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=ROOT, check=True, capture_output=True)
    return folder


def install(artefact: Path, folder: Path) -> Path:
    """A new virtual environment with the artefact, and the dependencies of the one that tests run in."""
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    # A folder named in a .pth file is searched; what .pth files it has itself (this tree) is not.
    site = next(environment.glob("lib/python*/site-packages"))
    site.joinpath("dependencies.pth").write_text(sysconfig.get_path("platlib"))
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--ignore-installed")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", environment, "install", *options, artefact],
        check=True,
        capture_output=True,
        env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    return environment


@pytest.fixture(scope="module")
def environment(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(next(built.glob("*.whl")), tmp_path_factory.mktemp("installed"))


@pytest.fixture
def installed(environment: Path, tmp_path: Path) -> Installed:
    return Installed(environment, tmp_path)


def test_the_wheel_has_every_data_file_of_the_packages(built: Path) -> None:
    wheel = set(zipfile.ZipFile(next(built.glob("*.whl"))).namelist())
    for package in ("generator", "postrender", "profiles"):
        files = {
            str(path.relative_to(ROOT))
            for path in (ROOT / package).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert files - wheel == set()


def test_the_source_distribution_makes_the_same_wheel(built: Path, tmp_path: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    build = f"import hatchling.build as b; b.build_wheel({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    names = [zipfile.ZipFile(next(folder.glob("*.whl"))).namelist() for folder in (built, tmp_path)]
    assert sorted(names[0]) == sorted(names[1])


def test_the_source_distribution_holds_what_the_documents_name(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"plugin.yaml", "helm-plugin.yaml", "container/Containerfile", "container/requirements.lock"}
    assert wanted | {"docs/install.md", "charts/scalardl-ledger/Chart.yaml", "LICENSE"} <= names


def test_it_installs_from_the_source_distribution(built: Path, tmp_path: Path) -> None:
    from_source = Installed(install(next(built.glob("*.tar.gz")), tmp_path), tmp_path)
    assert from_source.run("scalardl-harden", stdin=POD).stdout == POD
    assert "node-pool" in from_source.run("scalardl-gen", "explain").stdout


def test_it_does_not_see_the_tree(installed: Installed) -> None:
    code = "import generator, postrender, profiles; print(generator.__file__)"
    where = installed.run("python", "-c", code).stdout
    assert where.startswith(str(installed.environment))


def test_harden(installed: Installed) -> None:
    assert installed.run("scalardl-harden", stdin=POD).stdout == POD
    assert "nothing to do" in installed.run("scalardl-harden", "last").stdout


def test_profile_and_bundle(installed: Installed) -> None:
    values = installed.run("scalardl-gen", "profile", "production", "--for", "ledger").stdout
    assert {"scalardl", "hardening"} <= yaml.safe_load(values).keys()
    installed.run("scalardl-gen", "profile", "production", "-o", "out")
    for domain in ("ledger", "auditor"):
        for file in ("runbook.md", "namespace.yaml", "chart/Chart.yaml", "chart/templates/policy.yaml"):
            assert (installed.folder / "out" / domain / file).is_file()


@pytest.mark.parametrize(
    ("arguments", "within"),
    [
        (("profile",), "multi-az"),
        (("show", "production"), "nodePool:"),
        (("policy", "production", "--for", "ledger"), '"rules"'),
        (("schema",), '"$schema"'),
        (("explain",), "anti-affinity"),
        (("explain", "node-pool"), "# node-pool"),
        (("explain", "no-plain-secrets"), "no-plain-secrets"),
    ],
)
def test_what_prints(installed: Installed, arguments: tuple[str, ...], within: str) -> None:
    assert within in installed.run("scalardl-gen", *arguments).stdout


@pytest.mark.parametrize("rule", [*RULES, "exemptions", "patches", "roles", "stream"])
def test_each_page_is_there(environment: Path, rule: str) -> None:
    (site,) = environment.glob("lib/python*/site-packages")
    assert list(site.glob(f"postrender/rules/**/{rule}.md"))


def test_init_then_check_plan_and_network(installed: Installed) -> None:
    options = {
        "--extends": "production",
        "--provider": "eks",
        "--region": "ap-northeast-1",
        "--ledger-network": "10.40.0.0/16",
        "--auditor-network": "10.50.0.0/16",
        "--client": "payments=10.20.0.0/16",
        "--ledger-address": "ledger.acme.internal",
        "--auditor-address": "auditor.acme.internal",
        "--ledger-database": "jdbc:postgresql://ledger-db.acme.internal:5432/ledger",
        "--auditor-database": "jdbc:postgresql://auditor-db.acme.internal:5432/auditor",
    }
    installed.run("scalardl-gen", "init", *(word for pair in options.items() for word in pair), "--yes")
    installed.run("scalardl-gen", "show", "scalardl.yaml")
    report = installed.run(
        "scalardl-gen", "check", "scalardl.yaml", "--format", "json", "--fail-on", "never"
    ).stdout
    # ScalarDL's guides have ninety.
    assert len(json.loads(report)["requirements"]) == 90
    release = as_helm3("ledger", name="demo", namespace="scalardl")
    hardened = installed.run("scalardl-harden", "--profile", "scalardl.yaml", stdin=release).stdout
    plan = installed.run("scalardl-gen", "plan", "--profile", "scalardl.yaml", stdin=hardened).stdout
    assert "placement of" in plan
    installed.run("scalardl-gen", "network", "--profile", "scalardl.yaml", stdin=hardened)


def test_the_parameters_of_the_plugin_of_argo_cd(installed: Installed) -> None:
    names = {
        each["name"] for each in json.loads(installed.run("scalardl-gen", "argocd", "parameters").stdout)
    }
    assert {"profile", "hardening", "exclude"} <= names


def test_krm(installed: Installed) -> None:
    listed = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": [yaml.safe_load(POD)]}
    answer = installed.run("scalardl-harden", "--krm", stdin=yaml.safe_dump(listed)).stdout
    assert yaml.safe_load(answer)["items"] == listed["items"]


@pytest.mark.parametrize("form", ["kustomize", "flux"])
def test_emit(installed: Installed, form: str) -> None:
    release = as_helm3("ledger", name="demo", namespace="scalardl")
    installed.run("scalardl-harden", "--emit", form, "-o", "out", stdin=release)
    main = {"kustomize": "kustomization.yaml", "flux": "postrenderers.yaml"}[form]
    assert {path.name for path in (installed.folder / "out").iterdir()} == {main, "objects.yaml"}


def test_keys(installed: Installed) -> None:
    installed.run("scalardl-gen", "keys", "new", "ledger")
    assert {path.name for path in installed.folder.glob("*.pem")} == {
        "ledger-private-key.pem",
        "ledger-certificate.pem",
    }


def bash(installed: Installed, script: str) -> str:
    """What bash, without the user's settings, prints."""
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", script],
        capture_output=True,
        text=True,
        cwd=installed.folder,
        env={"PATH": f"{installed.environment}/bin:/usr/bin:/bin", "HOME": str(installed.folder)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# What readline does at the tab key: sets the words, and calls the function.
COMPLETE = """
complete_words() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    "$function" "$1"
    printf '%s\\n' "${COMPREPLY[@]}"
}
"""


@pytest.mark.parametrize(
    ("words", "offered"),
    [("scalardl-gen pl", ["plan"]), ("scalardl-gen keys ''", ["new", "check"])],
)
def test_completion_of_scalardl_gen(installed: Installed, words: str, offered: list[str]) -> None:
    # Not the last command: bash would become it, and no shell would be its parent.
    bash(installed, "scalardl-gen --install-completion; true")
    script = f"source ~/.bashrc; function=_scalardl_gen_completion\n{COMPLETE}\ncomplete_words {words}"
    assert bash(installed, script).split() == offered


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("--pro", ["--profile"]),
        ("la", ["last"]),
        ("--format ''", ["text", "json"]),
        ("--format = j", ["json"]),
        ("--profile m", ["multi-az"]),
        ("--exclude ''", sorted(RULES)),
        ("--check --report scal", ["scalardl.yaml"]),
        ("--emit ''", ["kustomize", "flux"]),
        # The word before is a value, and says what it likes.
        ("--report /tmp/x.json --pro", ["--profile"]),
        ("--report '[' --pro", ["--profile"]),
        ("--report '.*' --pro", ["--profile"]),
        ("--report '-. [A-Z]' --pro", ["--profile"]),
        ("--report 'x/p;s/.*/{y}' la", ["last"]),
    ],
)
def test_completion_of_scalardl_harden(installed: Installed, words: str, offered: list[str]) -> None:
    (installed.folder / "scalardl.yaml").touch()
    file = installed.environment / "share" / "bash-completion" / "completions" / "scalardl-harden"
    start = f"exec 2>&1; source {file}; function=_scalardl_harden\n{COMPLETE}\n"
    script = f"{start}complete_words scalardl-harden {words}"
    assert bash(installed, script).split() == offered


def test_the_options_follow_a_path_at_the_tab_key(installed: Installed) -> None:
    """As a person does it: a shell with a terminal; what Tab made is printed."""
    file = installed.environment / "share" / "bash-completion" / "completions" / "scalardl-harden"
    typed = "scalardl-harden --check --report /tmp/x.json --prof\t\x01echo '<\x05>'\n"
    main, terminal = os.openpty()
    environment = {"PATH": f"{installed.environment}/bin:/usr/bin:/bin", "HOME": str(installed.folder)}
    command = ["bash", "--norc", "--noprofile", "-i"]
    with subprocess.Popen(
        command, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=environment | {"TERM": "dumb"}, start_new_session=True,
    ) as shell:  # fmt: skip
        os.close(terminal)
        os.write(main, f"set -o emacs; source {file}\n{typed}exit\n".encode())
        said = shell.communicate(timeout=60)[0].decode()
    os.close(main)
    assert "\n<scalardl-harden --check --report /tmp/x.json --profile >" in said, said
    assert "sed:" not in said


def test_completion_of_scalardl_harden_knows_each_option(installed: Installed) -> None:
    file = installed.environment / "share" / "bash-completion" / "completions" / "scalardl-harden"
    script = f"source {file}; function=_scalardl_harden\n{COMPLETE}\ncomplete_words scalardl-harden --"
    options = set(re.findall(r"--[a-z-]+", " ".join(_parser()._option_string_actions)))
    assert set(bash(installed, script).split()) == options


COMMANDS = (
    "tests/test_command.py",
    "tests/test_emit.py",
    "tests/generator/test_profile_command.py",
    "tests/generator/init/test_options.py",
    "tests/generator/check/test_cli.py",
    "tests/generator/plan/test_cli.py",
    "tests/generator/network/test_network.py",
)


def test_the_tests_of_the_commands_pass_with_the_installed_wheel(environment: Path, tmp_path: Path) -> None:
    packages = {str(ROOT / name) for name in ("generator", "postrender", "profiles")}

    def left_out(folder: str, names: list[str]) -> set[str]:
        """Hidden and made things, and the code of the packages; the tests read some of their data."""
        ours = any(folder == package or folder.startswith(f"{package}{os.sep}") for package in packages)
        return {
            name
            for name in names
            if name.startswith(".") or name in ("__pycache__", "dist") or (ours and name.endswith(".py"))
        }

    shutil.copytree(ROOT, tmp_path / "tree", ignore=left_out, symlinks=True)
    done = subprocess.run(
        [environment / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *COMMANDS],
        cwd=tmp_path / "tree",
        env={name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:]
