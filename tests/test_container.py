"""The image: what its definition pins, and that what it installs runs as it is run in a cluster."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import read_only_root
from tests.conftest import HELM3, HELM4, ROOT

CONTAINER = ROOT / "container"
DEFINITION = (CONTAINER / "Containerfile").read_text("utf-8")
LOCK = (CONTAINER / "requirements.lock").read_text("utf-8")
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"

HARDEN = "from postrender.cli import main; main()"
GENERATE = "import sys; sys.argv[0] = 'scalardl-gen'; from generator.cli import main; main()"


def test_a_linter_finds_nothing(hadolint: Path) -> None:
    done = subprocess.run(
        [hadolint, "--no-color", CONTAINER / "Containerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_each_base_is_held_by_its_digest() -> None:
    bases = dict(re.findall(r"^ARG (PYTHON|GO)=(\S+)$", DEFINITION, re.MULTILINE))
    stages = {"scratch", "helm-${HELM:-4}", *re.findall(r"^FROM \S+ AS (\S+)$", DEFINITION, re.MULTILINE)}
    taken = set(re.findall(r"^FROM (\S+)", DEFINITION, re.MULTILINE))
    assert taken - stages == {f"${{{name}}}" for name in bases}
    for base in bases.values():
        assert re.fullmatch(r"docker\.io/library/[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}", base), base


def test_the_last_user_is_999_and_no_shell_is_asked_for() -> None:
    last = DEFINITION[DEFINITION.rindex("\nFROM ") :]
    assert "\nUSER 999:999\n" in last
    assert "\nRUN " not in last
    assert re.search(r'^CMD \["scalardl-gen", "--help"\]$', last, re.MULTILINE)


def test_helm_is_the_one_that_the_tests_run_under() -> None:
    versions = re.findall(r"^ARG HELM_VERSION=(\S+)$", DEFINITION, re.MULTILINE)
    assert versions == [Path(path).parent.name for path in (HELM4, HELM3)]


def test_the_build_may_read_what_it_copies() -> None:
    shown = {
        line[1:]
        for line in (CONTAINER / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DEFINITION, re.MULTILINE)
    assert {source for line in copied for source in line.split()} == shown


def test_the_lock_names_all_that_the_project_needs_and_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = closure([Requirement(each) for each in project["dependencies"]])
    assert {name for name, _ in pinned(LOCK)} == needed


def test_the_lock_obeys_the_bounds_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    versions = dict(pinned(LOCK).keys())
    for each in map(Requirement, project["dependencies"]):
        assert versions[canonicalize_name(each.name)] in each.specifier


def test_what_is_locked_is_what_the_tests_run_with() -> None:
    tested = pinned((ROOT / "requirements-dev.lock").read_text("utf-8"))
    for package, hashes in pinned(LOCK).items():
        assert hashes, package
        assert hashes <= tested[package], package


def test_every_line_of_both_locks_has_a_hash_and_a_version() -> None:
    for lock in (LOCK, (ROOT / "requirements-dev.lock").read_text("utf-8")):
        entries = re.findall(r"^[^\s#].*(?:\n[ \t]+[^\n]*)*", lock, re.MULTILINE)
        assert len(entries) > 10
        for entry in entries:
            assert re.match(r"[a-z0-9-]+==[^\s;]+ ", entry), entry
            assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry


def test_what_develops_is_locked_within_the_bounds_of_the_project() -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    versions = dict(pinned((ROOT / "requirements-dev.lock").read_text("utf-8")).keys())
    for each in map(Requirement, [*stated["project"]["dependencies"], *stated["dependency-groups"]["dev"]]):
        assert versions[canonicalize_name(each.name)] in each.specifier


def test_bill_of_materials_and_licences_are_of_the_lock() -> None:
    script = runpy.run_path(str(CONTAINER / "bill_of_materials.py"))
    again = "write it anew: .venv/bin/python container/bill_of_materials.py"
    assert script["SBOM"].read_text("utf-8") == script["sbom"](), again
    assert script["LICENCES"].read_text("utf-8") == script["licences"](), again


def test_the_bill_of_materials_names_each_package_and_what_it_needs() -> None:
    bill = json.loads((CONTAINER / "sbom.cdx.json").read_text("utf-8"))
    assert {(each["name"], each["version"]) for each in bill["components"]} == set(pinned(LOCK))
    known = {each["purl"] for each in bill["components"]}
    needs = {each["ref"]: set(each["dependsOn"]) for each in bill["dependencies"]}
    reached: set[str] = set()
    waiting = [bill["metadata"]["component"]["bom-ref"]]
    while waiting:
        new = needs[waiting.pop()] - reached
        reached |= new
        waiting += new
    assert reached == known


def pinned(lock: str) -> dict[tuple[str, str], set[str]]:
    """The hashes of each name and version in a lock."""
    found = {}
    for entry in re.split(r"\n(?=\S)", lock):
        if match := re.match(r"([a-z0-9-]+)==([^\s;]+)", entry):
            found[match[1], match[2]] = set(re.findall(r"sha256:[0-9a-f]{64}", entry))
    return found


def closure(requirements: list[Requirement]) -> set[str]:
    """The names of the packages that are needed on Linux, those that they need among them."""
    found: set[str] = set()
    waiting = list(requirements)
    while waiting:
        each = waiting.pop()
        name = canonicalize_name(each.name)
        if name not in found and (each.marker is None or each.marker.evaluate({"extra": ""})):
            found.add(name)
            waiting += map(Requirement, metadata.requires(name) or [])
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked."""
    folder = tmp_path_factory.mktemp("image")
    build = f"import hatchling.build as b; b.build_wheel({str(folder)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=ROOT, check=True, capture_output=True)
    zipfile.ZipFile(next(folder.glob("*.whl"))).extractall(folder / "site")
    return folder / "site"


def test_user_999_can_write_to_tmp_only(site: Path, tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "for folder in sys.argv[1:]:\n"
        "    try:\n"
        "        open(f'{folder}/x', 'w').close()\n"
        "        print(os.getuid(), folder)\n"
        "    except OSError:\n"
        "        pass\n"
    )
    folders = ("/", "/tmp", "/var/tmp", "/home", "/srv/ours", str(ROOT))
    done = read_only_root.run(site, code, *folders, tools=tmp_path)
    assert (done.returncode, done.stdout) == (0, "999 /tmp\n"), done.stderr


@pytest.mark.parametrize("home", [{"HOME": "/tmp"}, {}, {"HOME": "/nonexistent"}])
def test_hardening_there(site: Path, tmp_path: Path, home: dict[str, str]) -> None:
    done = read_only_root.run(site, HARDEN, tools=tmp_path, stdin=POD, **home)
    assert (done.returncode, done.stdout) == (0, POD), done.stderr
    assert "Traceback" not in done.stderr


def test_generating_there(site: Path, tmp_path: Path) -> None:
    done = read_only_root.run(
        site, GENERATE, "profile", "production", "-o", "/tmp/out", tools=tmp_path, HOME="/tmp"
    )
    assert done.returncode == 0, done.stderr
    assert "/tmp/out/ledger: begin with runbook.md" in done.stderr


def test_rendering_there(site: Path, helm4: Path) -> None:
    """`check` renders a chart with the Helm on PATH."""
    shutil.copytree(ROOT / "tests" / "charts" / "ledger", site / "chart", dirs_exist_ok=True)
    done = read_only_root.run(
        site, GENERATE, "check", "--fail-on", "never", "/srv/ours/chart", tools=helm4.parent, HOME="/tmp"
    )
    assert done.returncode == 0, done.stderr
    assert "Deployment" in done.stdout
