"""What the plugin adds to the native objects: what the post-renderer makes of the same stream."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Harden
from tests.generator.argocd import charts

LEDGER = ROOT / "tests" / "charts" / "ledger"
NATIVE = ("--name-template=app", "--namespace=place", "--include-crds")
INSTANCE = "app.kubernetes.io/instance"
WAVE = "argocd.argoproj.io/sync-wave"
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")


@pytest.fixture(scope="module")
def hardened(helm4: Path) -> list[Any]:
    done = charts.generate(helm4, LEDGER, [{"name": "set", "map": {"test.enabled": "true"}}])
    assert done.returncode == 0, done.stderr
    return charts.objects(done.stdout)


def added(objects: list[Any], *kinds: str) -> list[Any]:
    found = [each for each in objects if "scalardl-harden/rule" in each["metadata"].get("labels", {})]
    return [each for each in found if each["kind"] in kinds]


def selectors(objects: list[Any]) -> Iterator[dict[str, str]]:
    for each in added(objects, "NetworkPolicy"):
        yield each["spec"]["podSelector"]["matchLabels"]
    for each in added(objects, "PodDisruptionBudget"):
        yield each["spec"]["selector"]["matchLabels"]


@pytest.mark.parametrize("profile", ["test", "production", "multi-az", None])
def test_the_bytes_are_those_of_the_post_renderer(helm4: Path, harden: Harden, profile: str | None) -> None:
    command = [str(helm4), "template", ".", *NATIVE]
    native = subprocess.run(command, cwd=LEDGER, capture_output=True, check=True).stdout
    asked = [{"name": "profile", "string": profile}] if profile else []
    expected = harden(native, *(["--profile", profile] if profile else []))
    done = charts.generate(helm4, LEDGER, asked)
    assert (done.returncode, expected.returncode) == (0, 0), done.stderr + expected.stderr
    assert done.stdout == expected.stdout


def test_a_profile_is_a_file_of_the_source(helm4: Path, tmp_path: Path) -> None:
    source = charts.write(
        tmp_path, {"ours.yaml": "extends: test\n", "compiled/not.json": "{}", "values.yaml": "{}"}
    )
    done = charts.generate(helm4, source, [{"name": "profile", "string": "ours.yaml"}])
    assert done.returncode == 0, done.stderr
    charts.refused(
        charts.generate(helm4, source, [{"name": "profile", "string": "compiled/not.json"}]), 2, "not.json"
    )


def test_the_policy_in_the_stream_counts(helm4: Path, tmp_path: Path) -> None:
    done = charts.generate(
        helm4, LEDGER, [{"name": "values", "string": json.dumps({"hardeningPolicy": "{}"})}]
    )
    assert (done.returncode, done.stdout) != (0, "")
    assert "hardening-policy" in done.stderr or "policy" in done.stderr


def test_the_operators_profile_may_stand_anywhere(helm4: Path, tmp_path: Path) -> None:
    ours = tmp_path / "operators.yaml"
    ours.write_text("extends: test\n")
    source = charts.write(tmp_path / "source")
    assert charts.generate(helm4, source, SCALARDL_PROFILE=str(ours)).returncode == 0
    charts.refused(charts.generate(helm4, source, ARGOCD_ENV_SCALARDL_PROFILE=str(ours)), 2, "no such file")


def test_hooks_and_tests_stay_what_they_are(helm4: Path, tmp_path: Path) -> None:
    source = charts.write(tmp_path)
    done = charts.generate(helm4, source)
    assert done.returncode == 0, done.stderr
    objects = charts.objects(done.stdout)
    assert not added(objects, "NetworkPolicy", "PodDisruptionBudget")
    hooks = {
        each["metadata"]["name"]: each["metadata"]["annotations"]["helm.sh/hook"]
        for each in objects
        if each["kind"] == "Pod"
    }
    assert hooks == {"app-hook": "pre-install", "app-test": "test"}


@pytest.mark.parametrize("hook", ["test", "pre-install"])
def test_no_policy_or_budget_hangs_on_a_hook_or_a_test(
    helm4: Path, tmp_path: Path, hardened: list[Any], hook: str
) -> None:
    """Pods with the labels that all of the release share, and with all of a workload's."""
    shared = "app.kubernetes.io/name: scalardl, app.kubernetes.io/instance: app"
    source = tmp_path / "source"
    shutil.copytree(LEDGER, source)
    for name, labels in (("shares", shared), ("is-like", f"{shared}, app.kubernetes.io/app: ledger")):
        text = (charts.POD % (name, hook)).replace("  annotations", f"  labels: {{{labels}}}\n  annotations")
        (source / "templates" / f"{name}.yaml").write_text(text)
    done = charts.generate(helm4, source)
    assert done.returncode == 0, done.stderr
    objects = charts.objects(done.stdout)
    pods = {each["metadata"]["name"]: each["metadata"] for each in objects if each["kind"] == "Pod"}
    assert pods.keys() >= {"app-shares", "app-is-like"}
    found = list(selectors(objects))
    assert found == list(selectors(hardened))
    assert not any(selector.items() <= pods["app-shares"]["labels"].items() for selector in found)


@pytest.mark.parametrize("tracking", ["label", "annotation", "annotation+label"])
def test_selectors_match_in_all_tracking_modes(hardened: list[Any], tracking: str) -> None:
    """With labels Argo CD writes the Application's name over a label of each object, and nothing else."""
    templates = []
    for each in hardened:
        if tracking != "annotation":
            each["metadata"].setdefault("labels", {})[INSTANCE] = "the-application"
        if each["kind"] in WORKLOADS:
            templates.append(each["spec"]["template"]["metadata"]["labels"])
    found = list(selectors(hardened))
    assert len(found) >= 4
    for selector in found:
        assert any(selector.items() <= labels.items() for labels in templates)


def test_nothing_of_argo_cds_tracking_is_written(hardened: list[Any]) -> None:
    assert "argocd.argoproj.io/tracking-id" not in json.dumps(hardened)


@pytest.mark.parametrize(
    ("annotations", "wave"),
    [
        ({WAVE: "-3"}, "-3"),
        ({"helm.sh/hook-weight": "-2"}, "-2"),
        ({WAVE: "1", "helm.sh/hook-weight": "-2"}, None),
        ({WAVE: "5"}, None),
        ({WAVE: "soon"}, None),
        ({}, None),
    ],
    ids=json.dumps,
)
def test_a_policy_and_a_budget_come_no_later_than_what_they_are_for(
    helm4: Path, harden: Harden, annotations: dict[str, str], wave: str | None
) -> None:
    native = subprocess.run(
        [str(helm4), "template", ".", *NATIVE], cwd=LEDGER, capture_output=True, text=True, check=True
    )
    stream = []
    for each in charts.objects(native.stdout):
        if each["kind"] == "Deployment":
            each["metadata"].setdefault("annotations", {}).update(annotations)
        stream.append(json.dumps(each))
    first = harden("---\n".join(f"{text}\n" for text in stream), "--profile", "production")
    assert first.returncode == 0, first.stderr
    found = added(charts.objects(first.stdout), "NetworkPolicy", "PodDisruptionBudget")
    assert {each["metadata"].get("annotations", {}).get(WAVE) for each in found} == {wave}
    assert harden(first.stdout, "--profile", "production").stdout == first.stdout
