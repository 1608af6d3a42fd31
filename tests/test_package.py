"""What is shipped: a wheel with all data files that works outside the source tree."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from profiles.policy import RULES
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = f"import hatchling.build as b; b.build_wheel({str(folder)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_pages_and_profiles(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"postrender/rules/{rule}.md" for rule in RULES}
    for profile in ("test", "production", "multi-az"):
        wanted |= {f"profiles/builtin/{profile}.yaml", f"profiles/compiled/{profile}.json"}
    assert wanted - names == set()


def test_the_wheel_holds_no_tests(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    packages = {top for top in tops if not top.endswith((".dist-info", ".data"))}
    assert packages == {"generator", "postrender", "profiles"}


def test_the_wheel_works_outside_the_source_tree(wheel: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(unpacked)
    code = f"import sys; sys.path.insert(0, {str(unpacked)!r}); from postrender.cli import run; run([])"
    manifests = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        input=manifests,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"XDG_STATE_HOME": str(tmp_path)},
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, manifests), done.stderr
