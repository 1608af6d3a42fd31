"""In the sidecar: user 999, a root that is read-only, no home, no network; and an end before the time."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import BIN
from tests.generator.argocd import charts

# Argo CD's own user. The interpreter may stand where that user cannot read, so all is imported before.
AS_999 = """
import importlib, os, pkgutil, sys
import generator.cli, postrender, profiles
for package in (generator, postrender, profiles):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(999)
    os.setuid(999)
sys.argv = ["scalardl-gen", "argocd", "generate"]
generator.cli.main()
"""
WAITS = f"""#!{sys.executable}
import os, pathlib, time
pathlib.Path(os.environ["HELM_CACHE_HOME"]).parent.joinpath("pid").write_text(str(os.getpid()))
time.sleep(600)
"""


# A Helm that says where it is, what stands there, and what it knows of the Application.
TELLS = f"""#!{sys.executable}
import os, pathlib, sys
assert sys.stdin.read() == "text: inline\\n"
homes = [pathlib.Path(os.environ[f"HELM_{{home}}_HOME"]) for home in ("CACHE", "CONFIG", "DATA")]
print("kind: ConfigMap\\napiVersion: v1\\nmetadata: {{name: x}}\\ndata:")
print("  homes:", [str(home) for home in homes])
print(f"  mode: '{{homes[0].parent.stat().st_mode & 0o777:o}}'")
print("  files:", [str(file) for file in homes[0].parent.rglob("*")])
print("  application:", [name for name in os.environ if name.startswith("ARGOCD_")])
"""


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


def _program(folder: Path, text: str) -> Path:
    file = folder / "helm"
    file.write_text(text)
    file.chmod(0o755)
    return file


def _environment(temporary: Path, helm: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "TMPDIR": str(temporary),
        "SCALARDL_HELM": str(helm),
        "ARGOCD_APP_NAME": "app",
        "ARGOCD_ENV_HELM_VALUES": "text: inline\n",
        # What asks the network gets no answer.
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }


@pytest.mark.parametrize("version", ["helm3", "helm4"])
def test_as_another_user_with_nothing_writable_but_its_temporary_folder(
    request: pytest.FixtureRequest, version: str
) -> None:
    helm = request.getfixturevalue(version)
    # A path that any user can walk: pytest's own folders are closed to others.
    root = Path("/tmp") / f"scalardl-confined-{os.getpid()}-{version}"
    source, temporary = root / "source", root / "tmp"
    try:
        charts.write(
            source,
            {
                "Chart.yaml": charts.CHART
                + "dependencies: [{name: below, version: 0.1.0, repository: https://charts.invalid}]\n",
                "charts/below/Chart.yaml": "apiVersion: v2\nname: below\nversion: 0.1.0\n",
            },
        )
        temporary.mkdir()
        program = root / "helm"
        shutil.copy(helm, program)
        if os.geteuid() == 0:
            os.chown(temporary, 999, 999)
        for folder in (source, *(path for path in source.rglob("*") if path.is_dir())):
            folder.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", AS_999],
            cwd=source,
            env=_environment(temporary, program) | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONSAFEPATH": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "app-shown" in done.stdout
        assert list(temporary.iterdir()) == []
    finally:
        for folder in (root, *root.rglob("*")):
            if folder.is_dir():
                folder.chmod(0o755)
        shutil.rmtree(root)


def test_helm_sees_a_private_place_and_nothing_of_the_application(tmp_path: Path, temporary: Path) -> None:
    helm = _program(tmp_path, TELLS)
    source = charts.write(tmp_path / "source")
    done = subprocess.run(
        [str(BIN / "scalardl-gen"), "argocd", "generate"],
        cwd=source,
        env=_environment(temporary, helm),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (told,) = charts.objects(done.stdout)
    assert all(Path(home).is_relative_to(temporary) for home in told["data"].pop("homes"))
    # Inline values come on stdin, so that a run that is killed leaves none of them.
    assert told["data"] == {"mode": "700", "files": [], "application": []}
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("group", [True, False], ids=["the group", "the command alone"])
def test_an_end_before_the_time_leaves_nothing(tmp_path: Path, temporary: Path, group: bool) -> None:
    helm = _program(tmp_path, WAITS)
    source = charts.write(tmp_path / "source")
    process = subprocess.Popen(
        [str(BIN / "scalardl-gen"), "argocd", "generate"],
        cwd=source,
        env=_environment(temporary, helm),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        number = _written(temporary, process)
        assert os.getpgid(number) == process.pid
        if group:
            os.killpg(process.pid, signal.SIGTERM)
        else:
            process.terminate()
        out, _ = process.communicate(timeout=20)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert (process.returncode, out) == (143, b"")
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    assert list(temporary.iterdir()) == []


def _written(temporary: Path, process: subprocess.Popen[bytes]) -> int:
    """The number of the waiting Helm, once it has written it."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        for file in temporary.rglob("pid"):
            if text := file.read_text():
                return int(text)
        time.sleep(0.02)
    pytest.fail(f"Helm was not started: {process.stderr and process.stderr.read()!r}")


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path, temporary: Path, helm4: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (temporary / f"scalardl-argocd-{ended.pid}-abc" / "cache").mkdir(parents=True)
    running = temporary / f"scalardl-argocd-{os.getpid()}-abc"
    others = temporary / "scalardl-argocd-of-somebody"
    running.mkdir()
    others.mkdir()
    done = subprocess.run(
        [str(BIN / "scalardl-gen"), "argocd", "generate"],
        cwd=charts.write(tmp_path / "source"),
        env=_environment(temporary, helm4),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(temporary.iterdir()) == sorted([running, others])
