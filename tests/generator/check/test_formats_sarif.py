"""SARIF is taken by its validator and by GitHub's rules, and opens at the lines that findings name."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from generator.check.answers import Answer
from generator.check.baseline import fingerprint
from generator.check.formats import sarif
from generator.check.judging import Report
from profiles.requirements import requirements
from tests.generator.check.reports import FILE, REPORTS, RICH, TEXT, TODAY
from tests.generator.commands import Command

MANIFEST = """\
# Something before it.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ours
  labels: &labels {app.kubernetes.io/name: scalardl, app.kubernetes.io/app: ledger}
spec:
  replicas: 2
  selector: {matchLabels: *labels}
  template:
    metadata:
      labels: *labels
    spec:
      containers:
        - name: ledger
          image: ghcr.io/scalar-labs/scalardl-ledger:3.12.0
"""


def run_of(report: Report) -> Any:
    """The one run of the log."""
    runs = json.loads(sarif.render(report))["runs"]
    assert len(runs) == 1
    return runs[0]


def results(report: Report, rule: str) -> list[Any]:
    return [one for one in run_of(report)["results"] if one["ruleId"] == rule]


ALL = Report(tuple(Answer(name, one, "not-applicable") for name, one in requirements().items()), TODAY)


@pytest.mark.parametrize("name", REPORTS)
def test_it_is_as_the_schema_of_sarif_says(name: str, sarif_multitool: Path) -> None:
    schema = json.loads((sarif_multitool / "sarif-2.1.0.json").read_text("utf-8-sig"))
    validator = jsonschema.validators.validator_for(schema)
    validator(schema).validate(json.loads(sarif.render(REPORTS[name])))


# Advice that does not fit: ids of words are this checklist's, and a line of a file may hold a secret.
ADVICE = {
    "SARIF2002",  # messages by id
    "SARIF2003",  # version control
    "SARIF2005",  # an address of the tool
    "SARIF2006",  # addresses that can be reached, which no test tries
    "SARIF2009",  # ids such as CA1000
    "SARIF2010",  # snippets
    "SARIF2011",  # snippets
    "SARIF2012",  # an address of help, and a name beside the id
    "SARIF2016",  # relative places, which those on stdin and in no file are not
}


def validated(log: str, folder: Path, tmp_path: Path) -> list[Any]:
    """What the validator finds in the log, by the rules of SARIF and by those of GitHub."""
    given, told = tmp_path / "log.sarif", tmp_path / "told.sarif"
    given.write_text(log, encoding="utf-8")
    own = {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "DOTNET_BUNDLE_EXTRACT_BASE_DIR": str(tmp_path)}
    subprocess.run(
        [
            folder / "Sarif.Multitool",
            *("validate", given, "--rule-kind", "Sarif;Ghas", "--output", told),
            *("--level", "Error;Warning;Note", "--kind", "Fail", "--log", "ForceOverwrite"),
        ],
        capture_output=True,
        env=os.environ | own | {"HOME": str(tmp_path)},
        check=True,
    )
    found: list[Any] = json.loads(told.read_text("utf-8-sig"))["runs"][0].get("results", [])
    return found


@pytest.mark.parametrize("name", REPORTS)
def test_its_validator_and_the_rules_of_github_find_nothing(
    name: str, sarif_multitool: Path, tmp_path: Path
) -> None:
    found = validated(sarif.render(REPORTS[name]), sarif_multitool, tmp_path)
    assert [one["message"] for one in found if one["ruleId"] not in ADVICE] == []


def test_the_rules_of_github_are_tried(sarif_multitool: Path, tmp_path: Path) -> None:
    log = json.loads(sarif.render(RICH))
    log["runs"][0]["results"][0]["locations"] = []
    assert "GH2012" in {one["ruleId"] for one in validated(json.dumps(log), sarif_multitool, tmp_path)}


def test_rules_are_the_requirements() -> None:
    rules = run_of(ALL)["tool"]["driver"]["rules"]
    asked = requirements()
    assert [rule["id"] for rule in rules] == list(asked)
    for rule in rules:
        one = asked[rule["id"]]
        level = "error" if one.level == "required" else "warning"
        assert rule["defaultConfiguration"]["level"] == level
        assert all(section in rule["help"]["text"] for section in one.asked.values())
        assert one.look in rule["help"]["text"]


# GitHub: SARIF support for code scanning, toolComponent and reportingDescriptor, and its limits.
def test_rules_keep_to_the_limits_of_github() -> None:
    for rule in run_of(ALL)["tool"]["driver"]["rules"]:
        assert len(rule["id"]) <= 255
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert len(rule["properties"]["tags"]) <= 10
        assert rule["properties"]["precision"] in ("very-high", "high", "medium", "low")
        assert rule["properties"]["problem.severity"] in ("error", "warning", "recommendation")
        assert rule["help"]["text"]


@pytest.mark.parametrize("name", REPORTS)
def test_every_result_has_a_place_and_a_fingerprint_of_its_own(name: str) -> None:
    found = run_of(REPORTS[name])["results"]
    assert len(found) == sum(len(one.findings) for one in REPORTS[name].answers)
    for one in found:
        place = one["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"]
        assert place["region"]["startLine"] >= 1
    prints = Counter(one["partialFingerprints"]["primaryLocationLineHash"] for one in found)
    assert set(prints.values()) <= {1}


def test_fingerprints_are_those_of_the_baseline() -> None:
    (known,) = results(RICH, "health-checks")
    wanted = fingerprint(RICH.answers[3].findings[0])
    assert known["partialFingerprints"] == {
        "primaryLocationLineHash": f"{wanted}:1",
        "scalardlFinding/v1": wanted,
    }


def test_it_opens_at_the_line_that_the_finding_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / FILE
    file.parent.mkdir(parents=True)
    file.write_text(TEXT)
    opened = 0
    for one in run_of(RICH)["results"]:
        place, logical = one["locations"][0]["physicalLocation"], one["locations"][0].get("logicalLocations")
        uri = place["artifactLocation"]["uri"]
        if unquote(uri) == FILE:
            assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
            line = (tmp_path / unquote(uri)).read_text().splitlines()[place["region"]["startLine"] - 1]
            key = logical[0]["fullyQualifiedName"].rpartition("/")[2]
            assert line[place["region"]["startColumn"] - 1 :].startswith(f"{key}:")
            opened += 1
    assert opened == 2


def test_what_the_command_finds_opens_at_its_key_or_at_its_object(
    check: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = MANIFEST.splitlines()
    (tmp_path / "ours.yaml").write_text(MANIFEST)
    found = check("ours.yaml", "--format", "sarif").data["runs"][0]["results"]
    opened = Counter[str]()
    for one in found:
        (place,) = one["locations"]
        region = place["physicalLocation"]["region"]
        words = lines[region["startLine"] - 1][region["startColumn"] - 1 :].partition(":")[0]
        path = place["logicalLocations"][0]["fullyQualifiedName"].split("/")[1:]
        # An object begins with its apiVersion, a container with its name.
        assert words in ("apiVersion", "name", *path)
        opened[words] += 1
    assert opened["spec"] > 0
    assert opened["apiVersion"] > 0


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a.yaml", "a.yaml"),
        ("./a/b.yaml", "a/b.yaml"),
        ("a/../b.yaml", "b.yaml"),
        ("our own/ä#1%?.yaml", "our%20own/%C3%A4%231%25%3F.yaml"),
        ("c:d.yaml", "c%3Ad.yaml"),
        # A name that is no UTF-8, as Python has it.
        ("\udcff.yaml", "%FF.yaml"),
        ("back\\slash.yaml", "back%5Cslash.yaml"),
        ("{here}/a.yaml", "a.yaml"),
    ],
)
def test_files_below_the_folder_are_relative_to_it(
    file: str, uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = file.replace("{here}", str(tmp_path))
    assert sarif.artifact(path) == {"uri": uri, "uriBaseId": "%SRCROOT%"}


@pytest.mark.parametrize("file", ["../a b.yaml", "{above}/a b.yaml", "../x/../a b.yaml"])
def test_files_elsewhere_are_file_uris(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    path = file.replace("{above}", str(tmp_path))
    assert sarif.artifact(path) == {"uri": (tmp_path / "a b.yaml").as_uri()}


def test_what_is_in_no_file_has_a_stand_in() -> None:
    places = [
        one["locations"][0]["physicalLocation"]["artifactLocation"]
        for name in ("availability-pods", "default-deny")
        for one in results(RICH, name)
    ]
    assert {"uri": "stdin"} in places
    assert {"uri": "not-in-a-file"} in places


def test_objects_are_logical_locations() -> None:
    one = results(RICH, "availability-pods")[0]
    assert one["locations"][0]["logicalLocations"] == [
        {
            "name": "Deployment ledger",
            "fullyQualifiedName": "Deployment ledger/spec/replicas",
            "kind": "resource",
        }
    ]
    assert one["properties"] == {"side": "ledger", "rule": "replicas"}


def test_levels_states_and_suppressions() -> None:
    (known,), (exempt,) = results(RICH, "health-checks"), results(RICH, "standby-cluster")
    assert {one["level"] for one in results(RICH, "default-deny")} == {"error"}
    assert {one["level"] for one in results(RICH, "spread-nodes")} == {"warning"}
    assert (known["level"], known["baselineState"]) == ("warning", "unchanged")
    assert {one["baselineState"] for one in results(RICH, "spread-nodes")} == {"new"}
    assert exempt["level"] == "note"
    assert exempt["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "the second site is being built (until 2027-03-31)",
        }
    ]


def test_without_a_baseline_nothing_has_a_state() -> None:
    assert not any("baselineState" in one for one in run_of(RICH._replace(baseline=""))["results"])


def test_a_message_has_problem_and_cure() -> None:
    assert results(RICH, "availability-pods")[0]["message"]["text"] == (
        "Deployment ledger has 1 pod. Cure: write replicas: 3 into Deployment ledger."
    )
