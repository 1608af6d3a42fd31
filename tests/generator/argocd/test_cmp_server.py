"""Under Argo CD's own server of plugins, with the plugin.yaml that we write."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.argocd.options import ANNOUNCED
from tests.conftest import BIN, ROOT, Harden
from tests.generator.argocd import charts, server

CHART = "apps/team/ledger"
SLOW = f"""#!{sys.executable}
import os, pathlib, time
pathlib.Path(__file__).with_name("pid").write_text(str(os.getpid()))
time.sleep(60)
"""


@pytest.fixture(scope="module")
def plugin() -> str:
    """The plugin.yaml that the command writes."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [str(BIN / "scalardl-gen"), "argocd", "manifests", "-o", folder], capture_output=True, check=True
        )
        return Path(folder, "argocd", "plugin.yaml").read_text()


@pytest.fixture(scope="module")
def running(argocd: Path, plugin: str) -> Iterator[server.Server]:
    # The path of a socket is short.
    folder = Path(tempfile.mkdtemp(prefix="cmp-"))
    found, process = server.start(argocd, folder, plugin, f"{BIN}{os.pathsep}{os.environ['PATH']}")
    try:
        yield found
    finally:
        # It would wait for calls that are open.
        process.kill()
        process.wait()
        shutil.rmtree(folder)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a chart some folders down, and values of all charts at its top."""
    top = tmp_path / "repository"
    shutil.copytree(ROOT / "tests" / "charts" / "ledger", top / CHART)
    (top / "all.yaml").write_text("ledger: {podAnnotations: {all: charts}}\n")
    return top


def generate(
    running: server.Server, helm: Path, top: Path, parameters: list[dict[str, Any]], **more: Any
) -> Any:
    return running.ask(
        do="generate",
        root=str(top),
        path=CHART,
        appName="team_app",
        env={
            "SCALARDL_HELM": str(helm),
            "ARGOCD_APP_NAMESPACE": "place",
            "ARGOCD_APP_SOURCE_PATH": CHART,
            "KUBE_VERSION": "1.33.1",
            "KUBE_API_VERSIONS": "apps/v1,monitoring.coreos.com/v1",
        },
        plugin={"name": "scalardl-harden", "parameters": parameters},
        **more,
    )


def test_the_configuration_is_read_and_asks_for_no_discovery(running: server.Server) -> None:
    assert running.ask(do="check") == {"discovery": False, "gitCreds": False}


@pytest.mark.parametrize("version", ["helm3", "helm4"])
def test_the_objects_are_those_of_the_pipeline(
    request: pytest.FixtureRequest, running: server.Server, repository: Path, harden: Harden, version: str
) -> None:
    helm = request.getfixturevalue(version)
    flags = ["--name-template=app", "--namespace=place", "--kube-version=1.33.1"]
    flags += ["--set=nameOverride=other", f"--values={repository}/all.yaml", "--api-versions=apps/v1"]
    flags += ["--api-versions=monitoring.coreos.com/v1", "--include-crds"]
    native = subprocess.run(
        [str(helm), "template", ".", *flags], cwd=repository / CHART, capture_output=True, check=True
    )
    expected = harden(native.stdout)
    assert expected.returncode == 0, expected.stderr
    answer = generate(
        running,
        helm,
        repository,
        [
            {"name": "value-files", "array": ["/all.yaml", "../none.yaml"]},
            {"name": "ignore-missing-value-files", "string": "true"},
            {"name": "set", "map": {"nameOverride": "other"}},
        ],
    )
    assert server.objects(answer) == charts.objects(expected.stdout)


def test_a_failing_policy_shows_its_reason(running: server.Server, helm4: Path, repository: Path) -> None:
    asked = [{"name": "set", "map": {"ledger.image.version": "latest"}}]
    error = generate(running, helm4, repository, asked)["error"]
    assert "exit status 1: policy production cannot be met: Deployment app-scalardl-ledger: " in error
    assert len(error.splitlines()) == 1


def test_hostile_values_stay_data(running: server.Server, helm4: Path, repository: Path) -> None:
    value = "; touch $$(pwd)/owned\n--post-renderer=x"
    asked = [
        {"name": "hardening", "string": "off"},
        {"name": "set-string", "map": {"ledger.podAnnotations.told": value}},
    ]
    answer = generate(running, helm4, repository, asked)
    (ledger,) = (
        each
        for each in server.objects(answer)
        if each["kind"] == "Deployment" and each["metadata"]["name"] == "app-scalardl-ledger"
    )
    told = ledger["spec"]["template"]["metadata"]["annotations"]["told"]
    assert told == value.replace("$$", "$")


def test_each_parameter_is_announced_once(running: server.Server, repository: Path) -> None:
    answer = running.ask(do="parameters", root=str(repository), path=CHART, appName="team_app")
    found = {each["name"]: each for each in answer["parameters"]}
    assert sorted(each["name"] for each in answer["parameters"]) == sorted(
        option.name for option in ANNOUNCED
    )
    assert found["release-name"]["string"] == "app"
    for option in ANNOUNCED:
        assert found[option.name]["collectionType"] == option.kind
        assert found[option.name].get("string", "") == option.default or option.by_application


def test_a_deadline_leaves_no_helm(
    running: server.Server, helm4: Path, repository: Path, tmp_path: Path
) -> None:
    helm = tmp_path / "helm"
    helm.write_text(SLOW)
    helm.chmod(0o755)
    answer = generate(running, helm, repository, [], timeout=15)
    assert "error" in answer
    number = int((tmp_path / "pid").read_text())
    # What is left to do once the signal has come, with room for a busy machine; the server kills after 5 s.
    end = time.monotonic() + 10
    while server.alive(number) and time.monotonic() < end:
        time.sleep(0.05)
    assert not server.alive(number)
    # The server kills the command itself at once; the next run removes what it could not.
    asked = [{"name": "profile", "string": "test"}]
    assert server.objects(generate(running, helm4, repository, asked))
    assert list(running.work.iterdir()) == [running.work / "_cmp_server"]
    assert list((running.work / "_cmp_server").iterdir()) == []
