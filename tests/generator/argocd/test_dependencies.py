"""Dependencies: built where one is missing, from a folder or from a repository, and nowhere else."""

from __future__ import annotations

import functools
import http.server
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.generator.argocd import charts

OFF = [{"name": "hardening", "string": "off"}]


def write_below(folder: Path) -> Path:
    """Writes the chart that others depend on."""
    charts.write(folder, {"Chart.yaml": "apiVersion: v2\nname: below\nversion: 0.1.0\n"})
    (folder / "templates" / "hook.yaml").unlink()
    (folder / "templates" / "test.yaml").unlink()
    (folder / "templates" / "shown.yaml").write_text(charts.SHOWN.replace("-shown", "-below"))
    return folder


def depending(folder: Path, repository: str) -> Path:
    """Writes a chart that depends on it."""
    dependency = f"dependencies: [{{name: below, version: 0.1.0, repository: '{repository}'}}]\n"
    return charts.write(folder, {"Chart.yaml": charts.CHART + dependency})


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing about it."""

    def log_message(self, *parts: object) -> None:
        pass


@pytest.fixture
def repository(helm4: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a repository of charts that holds it."""
    folder = tmp_path / "repository"
    folder.mkdir()
    for words in (["package", str(write_below(tmp_path / "packed"))], ["repo", "index", "."]):
        subprocess.run([str(helm4), *words], cwd=folder, capture_output=True, check=True)
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_dependencies_are_built_only_where_they_are_missing(helm: Path, tmp_path: Path) -> None:
    source = depending(tmp_path / "source", "file://../below")
    write_below(tmp_path / "below")
    first = charts.generate(helm, source, OFF, ARGOCD_APP_SOURCE_PATH="source")
    assert first.returncode == 0, first.stderr
    assert "app-below" in first.stdout
    vendored = source / "charts" / "below-0.1.0.tgz"
    made = vendored.stat().st_mtime_ns
    assert charts.generate(helm, source, OFF).stdout == first.stdout
    assert vendored.stat().st_mtime_ns == made


def test_dependencies_come_from_a_repository_as_the_lock_says(
    helm: Path, repository: str, tmp_path: Path
) -> None:
    source = depending(tmp_path / "source", repository)
    # The lock that Helm writes: without it Helm needs no repository to be known.
    home = {f"HELM_{name}_HOME": str(tmp_path / name) for name in ("CACHE", "CONFIG", "DATA")}
    subprocess.run(
        [str(helm), "dependency", "update", "."], cwd=source, env=home, capture_output=True, check=True
    )
    (source / "charts" / "below-0.1.0.tgz").unlink()
    done = charts.generate(helm, source, OFF)
    assert done.returncode == 0, done.stderr
    assert "app-below" in done.stdout


def test_the_repositories_that_the_plugin_knows_stay_as_they_are(
    helm: Path, repository: str, tmp_path: Path
) -> None:
    source = depending(tmp_path / "source", "alias:ours")
    known = tmp_path / "repositories.yaml"
    known.write_text(f"apiVersion: ''\nrepositories: [{{name: ours, url: '{repository}/'}}]\n")
    known.chmod(0o444)
    before = known.read_text()
    done = charts.generate(helm, source, OFF, HELM_REPOSITORY_CONFIG=str(known))
    assert done.returncode == 0, done.stderr
    assert "app-below" in done.stdout
    assert known.read_text() == before


@pytest.mark.parametrize("address", ["file://../below", "file:///etc", "file://linked"])
@pytest.mark.parametrize("name", ["Chart.yaml", "Chart.lock"])
def test_a_folder_outside_the_repository_is_no_dependency(
    helm4: Path, tmp_path: Path, address: str, name: str
) -> None:
    source = depending(tmp_path / "source", address if name == "Chart.yaml" else "https://127.0.0.1:9/")
    (source / "linked").symlink_to(write_below(tmp_path / "below"))
    if name == "Chart.lock":
        (source / name).write_text(
            f"dependencies: [{{name: below, version: 0.1.0, repository: '{address}'}}]"
        )
    charts.refused(charts.generate(helm4, source, OFF), 2, "leads out of the repository")
    assert not (source / "charts").exists()


def test_a_chart_that_merges_itself_ends_in_time(helm4: Path, tmp_path: Path) -> None:
    source = depending(tmp_path / "source", "https://127.0.0.1:9/")
    merged = "a0: &a0 {x: 1}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12)
    )
    (source / "requirements.yaml").write_text(merged)
    charts.refused(charts.generate(helm4, source, OFF), 3, "")


def test_repositories_that_cannot_be_read_are_said(helm4: Path, tmp_path: Path) -> None:
    source = charts.write(tmp_path / "source")
    done = charts.generate(helm4, source, OFF, HELM_REPOSITORY_CONFIG=str(tmp_path / "none.yaml"))
    charts.refused(done, 2, "HELM_REPOSITORY_CONFIG: cannot be read: No such file or directory")
