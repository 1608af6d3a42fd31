"""Charts rendered with Helm: what reaches it, what does not, and what is said where it fails."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from generator.bundle import folder
from profiles.load import load
from profiles.models import DOMAINS
from tests.generator.check.manifests import DEPLOYMENT
from tests.generator.check.releases import DEPLOYMENT as DEPLOYMENT_FILE
from tests.generator.check.test_cli import answers, written
from tests.generator.commands import Command

CHART = "apiVersion: v2\nname: scalardl\nversion: 4.12.0\n"
# Writes its arguments and the content of values files down, and prints a Ledger.
RECORDING = """#!/bin/sh
if [ "$1" = version ]; then echo v3.21.4; exit 0; fi
for word in "$@"; do printf '%s\\n' "$word" >> "$RECORD"; done
while [ $# -gt 0 ]; do
  if [ "$1" = --values ]; then cat "$2" >> "$RECORD.values"; fi
  shift
done
env | sed 's/=.*//' > "$RECORD.env"
cat "$MANIFESTS"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, where the command runs."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which a script in place of Helm writes its arguments, one on a line."""
    record = tmp_path / "record"
    helm(tmp_path, monkeypatch, RECORDING)
    monkeypatch.setenv("RECORD", str(record))
    monkeypatch.setenv("MANIFESTS", str(written(tmp_path, "manifests.yaml", DEPLOYMENT)))
    return record


def helm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = written(folder, "helm", script)
    program.chmod(0o755)
    monkeypatch.setenv("HELM_BIN", str(program))


def test_a_chart_is_rendered_and_judged(check: Command, here: Path, recorded: Path) -> None:
    written(here, "chart/Chart.yaml", CHART)
    found = answers(check("chart", "--format", "json", "--fail-on", "never"))
    assert found["helm-version"]["status"] == "met"
    assert recorded.read_text().splitlines()[:3] == ["template", "release", str(here / "chart")]


@pytest.mark.parametrize("name", ["--post-renderer=x", "-f", "a b"])
def test_no_name_becomes_an_option(check: Command, here: Path, recorded: Path, name: str) -> None:
    """A pull request may bring a folder of any name."""
    written(here, f"{name}/Chart.yaml", CHART)
    check(".", "--fail-on", "never")
    arguments = recorded.read_text().splitlines()
    assert str(here / name) in arguments
    assert [word for word in arguments if word.startswith("-")] == ["--api-versions"] * 3


def test_values_reach_helm_whatever_their_name(check: Command, here: Path, recorded: Path) -> None:
    written(here, "chart/Chart.yaml", CHART)
    written(here, "a,b=c.yaml", "ledger: {replicaCount: 5}\n")
    check("chart", "a,b=c.yaml", "--fail-on", "never")
    assert "a,b=c.yaml" not in recorded.read_text()
    assert Path(f"{recorded}.values").read_text() == "ledger: {replicaCount: 5}\n"


def test_no_cluster_is_asked(
    check: Command, here: Path, recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(here, "chart/Chart.yaml", CHART)
    for name in ("KUBECONFIG", "HELM_KUBETOKEN", "HELM_PLUGINS"):
        monkeypatch.setenv(name, "x")
    check("chart", "--fail-on", "never")
    assert not {"KUBECONFIG", "HELM_KUBETOKEN", "HELM_PLUGINS"} & set(
        Path(f"{recorded}.env").read_text().split()
    )


@pytest.mark.parametrize("reference", ["oci://example.com/scalardl.tgz", "https://example.com/x.tgz"])
def test_no_address_reaches_helm(check: Command, here: Path, recorded: Path, reference: str) -> None:
    run = check(reference)
    assert (run.code, run.out) == (2, "")
    assert not recorded.exists()


@pytest.mark.parametrize("namespace", ["--kubeconfig=x", "A B", ""])
def test_a_namespace_is_one(check: Command, here: Path, recorded: Path, namespace: str) -> None:
    written(here, "chart/Chart.yaml", CHART)
    run = check("chart", f"--namespace={namespace}", "--fail-on", "never")
    assert run.code == (2 if namespace else 0)


def test_what_helm_says_is_not_repeated(
    check: Command, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may quote values; the template and its line are told, and how to see the rest."""
    said = "Error: execution error at (scalardl/templates/ledger/secret.yaml:4:9): password hunter2"
    helm(tmp_path, monkeypatch, f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    written(here, "chart/Chart.yaml", CHART)
    run = check("chart")
    assert (run.code, run.out) == (3, "")
    assert "hunter2" not in run.err
    assert "scalardl/templates/ledger/secret.yaml:4:9" in run.err
    assert "helm template NAME chart -f VALUES" in run.err


def test_missing_charts_are_named_with_their_cure(
    check: Command, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "Error: found in Chart.yaml, but missing in charts/ directory: scalardl"
    helm(tmp_path, monkeypatch, f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    written(here, "chart/Chart.yaml", CHART)
    assert "helm dependency build chart" in check("chart").err


def test_without_helm_it_is_said_what_to_do(
    check: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_BIN", "/none/helm")
    written(here, "chart/Chart.yaml", CHART)
    run = check("chart")
    assert (run.code, run.out) == (2, "")
    assert "install Helm, or give the manifests" in run.err


def test_what_helm_started_ends_with_it(
    check: Command, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helm(tmp_path, monkeypatch, f"#!/bin/sh\nsleep 600 & echo $! > {tmp_path}/child\nexit 1\n")
    written(here, "chart/Chart.yaml", CHART)
    begun = time.monotonic()
    check("chart")
    child = int((tmp_path / "child").read_text())
    assert time.monotonic() - begun < 60
    deadline = time.monotonic() + 10
    while _runs(child):
        assert time.monotonic() < deadline, "the child of Helm still runs"


def _runs(process: int) -> bool:
    """Whether it is there, and not only its entry that nobody has collected."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"


def test_a_chart_nested_too_deep_is_refused(check: Command, here: Path, recorded: Path) -> None:
    written(here, "chart/Chart.yaml", CHART + "dependencies: " + "[" * 3000 + "\n")
    run = check("chart")
    assert (run.code, run.out) == (3, "")
    assert "Chart.yaml: not YAML that can be read" in run.err


def test_several_charts_have_no_values_in_common(check: Command, here: Path, recorded: Path) -> None:
    for name in ("one", "two"):
        written(here, f"{name}/Chart.yaml", CHART)
    written(here, "values.yaml", "ledger: {replicaCount: 3}\n")
    run = check("one", "two", "values.yaml")
    assert (run.code, run.out) == (2, "")
    assert "give each with its domain" in run.err


def test_json_says_which_helm_it_was(check: Command, here: Path, recorded: Path) -> None:
    written(here, "chart/Chart.yaml", CHART)
    run = check("chart", "--format", "json", "--fail-on", "never")
    assert "v3.21.4" in json.dumps(answers(run)["helm-version"])


def test_the_bundle_that_a_profile_makes_can_be_checked(
    check: Command, here: Path, recorded: Path, tmp_path: Path
) -> None:
    """Its chart, its namespace, its External Secrets; what is no manifest is left, and that is said."""
    resolved = load(str(DEPLOYMENT_FILE))
    for product in DOMAINS:
        for name, text in folder.files(resolved, product).items():
            written(here, f"out/{product}/{name}", text)
    run = check("--ledger", "out/ledger", "--format", "json", "--fail-on", "never")
    assert run.err == ""
    assert f"template\nrelease\n{here}/out/ledger/chart\n" in recorded.read_text()
    assert "out/ledger/pause.yaml" in " ".join(run.data["remarks"])
