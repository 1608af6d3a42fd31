"""What is exempt: by an annotation, by the profile, by a file; each with its reason, and until its day."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.generator.check.manifests import deployment
from tests.generator.check.test_cli import answers, written
from tests.generator.commands import Command

YESTERDAY = (datetime.date.today() - datetime.timedelta(days=1)).isoformat()
TOMORROW = (datetime.date.today() + datetime.timedelta(days=1)).isoformat()
REASON = "the vendor ships it so"


def manifests(**annotations: str) -> str:
    made = deployment()
    made["metadata"]["annotations"] = {
        f"scalardl-harden/exempt-{key}": text for key, text in annotations.items()
    }
    return str(yaml.safe_dump(made))


def spread(run: Any) -> dict[str, Any]:
    found: dict[str, Any] = answers(run)["spread-nodes"]
    return found


def test_without_one_it_counts(check: Command) -> None:
    assert spread(check("--format", "json", "--fail-on", "never", stdin=manifests()))["status"] == "not-met"


@pytest.mark.parametrize("name", ["anti-affinity", "spread-nodes"])
def test_an_annotation_exempts_from_a_rule_or_a_requirement(check: Command, name: str) -> None:
    text = manifests(**{name: f"{REASON}; until={TOMORROW}"})
    found = spread(check("--format", "json", "--fail-on", "never", stdin=text))
    assert found["status"] == "exempt"
    assert found["findings"][0]["exempt"] == f"{REASON} (until {TOMORROW})"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{REASON}; until={YESTERDAY}", f"ended on {YESTERDAY}"),
        ("", "has no reason"),
    ],
)
def test_an_annotation_that_does_not_hold_is_told(check: Command, text: str, says: str) -> None:
    run = check("--format", "json", "--fail-on", "never", stdin=manifests(**{"spread-nodes": text}))
    assert spread(run)["status"] == "not-met"
    assert says in " ".join(run.data["remarks"])


def test_the_profile_exempts_a_requirement(check: Command, tmp_path: Path) -> None:
    entry = f"{{requirement: spread-nodes, reason: {REASON}, until: {TOMORROW}}}"
    ours = written(tmp_path, "ours.yaml", f"extends: production\nexemptRequirements: [{entry}]\n")
    run = check(ours, "-", "--format", "json", "--fail-on", "never", stdin=manifests())
    assert spread(run)["status"] == "exempt"


def test_the_profile_exempts_an_object_from_a_rule(check: Command, tmp_path: Path) -> None:
    entry = f"{{rule: anti-affinity, kind: Deployment, name: demo-*, reason: {REASON}}}"
    ours = written(tmp_path, "ours.yaml", f"extends: production\nexemptions: [{entry}]\n")
    run = check(ours, "-", "--format", "json", "--fail-on", "never", stdin=manifests())
    assert spread(run)["status"] == "exempt"


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        ("requirement: spread-nodes", "exempt"),
        ("rule: anti-affinity", "exempt"),
        ("requirement: spread-nodes, object: Deployment demo-*", "exempt"),
        ("requirement: spread-nodes, object: Deployment other-*", "not-met"),
        ("requirement: standby-cluster", "not-met"),
        (f"requirement: spread-nodes, until: {TOMORROW}", "exempt"),
        (f"requirement: spread-nodes, until: {YESTERDAY}", "not-met"),
    ],
)
def test_a_file_exempts(check: Command, tmp_path: Path, entry: str, status: str) -> None:
    file = written(tmp_path, "ours.yaml", f"exemptions: [{{{entry}, reason: {REASON}}}]\n")
    run = check("--exemptions", file, "--format", "json", "--fail-on", "never", stdin=manifests())
    assert spread(run)["status"] == status


def test_the_file_in_this_folder_counts(
    check: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = f"exemptions: [{{requirement: spread-nodes, reason: {REASON}}}]\n"
    written(tmp_path, ".scalardl-harden.yaml", text)
    run = check("--format", "json", "--fail-on", "never", stdin=manifests())
    assert spread(run)["status"] == "exempt"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("exemptions: [{requirement: spread-nodes}]\n", "exemption 1, reason: missing"),
        ("exemptions: [{reason: x}]\n", "an entry is about one requirement or one rule"),
        ("exemptions: [{requirement: spread, reason: x}]\n", "is no requirement of the guides"),
        ("exemptions: [{rule: spread, reason: x}]\n", "is no rule"),
        ("exemption: []\n", "exemption: unknown key; did you mean exemptions?"),
        ("exemptions: [{requirement: tls, reason: x, until: soon}]\n", "not a date"),
        ("- a\n", "a list stands at the top"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(check: Command, tmp_path: Path, text: str, says: str) -> None:
    file = written(tmp_path, "ours.yaml", text)
    run = check("--exemptions", file, stdin=manifests())
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith(f"{file}:1:")
    assert says in run.err


def test_one_that_excuses_nothing_is_told(check: Command, tmp_path: Path) -> None:
    file = written(tmp_path, "ours.yaml", f"exemptions: [{{rule: image-pinning, reason: {REASON}}}]\n")
    run = check("--exemptions", file, "--format", "json", "--fail-on", "never", stdin=manifests())
    assert "the exemption of image-pinning excuses nothing here" in " ".join(run.data["remarks"])
