"""The command `scalardl-gen check`: its inputs, its exit codes, and what it says to those who err."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.generator.check.manifests import DEPLOYMENT, LIST, pod_of, without_affinity
from tests.generator.commands import Command, Run

PRODUCTION = "extends: production\n"


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def answers(run: Run) -> dict[str, Any]:
    assert run.err == ""
    return {one["id"]: one for one in run.data["requirements"]}


# Exit codes


def test_0_where_nothing_is_required_and_wrong(check: Command, tmp_path: Path) -> None:
    run = check(written(tmp_path, "ours.yaml", PRODUCTION))
    assert (run.code, run.err) == (0, "")


def test_1_where_a_requirement_is_not_met(check: Command, tmp_path: Path) -> None:
    ours = written(tmp_path, "ours.yaml", PRODUCTION + "peering: false\n")
    assert check(ours).code == 1


@pytest.mark.parametrize(("level", "code"), [("never", 0), ("required", 0), ("recommended", 1)])
def test_a_recommendation_fails_only_where_asked(check: Command, level: str, code: int) -> None:
    run = check("--fail-on", level, "--format", "json", stdin=without_affinity())
    levels = {
        one["level"]
        for one in answers(run).values()
        if one["status"] == "not-met" and one["level"] == "required"
    }
    assert answers(run)["spread-nodes"]["status"] == "not-met"
    assert run.code == (1 if levels and level != "never" else code)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--format", "yaml"], "--format yaml: no such format; write one of text, json"),
        (
            ["--fail-on", "always"],
            "--fail-on always: no such level; write one of required, recommended, never",
        ),
        (["--profile", "none"], "none: no built-in profile has this name"),
        (["none.yaml"], "none.yaml: cannot be read"),
        (["--ledger", "none.yaml"], "none.yaml: cannot be read"),
        (["--baseline", "none.json", "-"], "none.json: cannot be read"),
        (["--exemptions", "none.yaml", "-"], "none.yaml: no such file"),
        (["a\0b"], "no path that can be read"),
        (["--colour"], "No such option"),
    ],
)
def test_2_for_wrong_usage(check: Command, arguments: list[str], words: str) -> None:
    run = check(*arguments, stdin=DEPLOYMENT)
    assert (run.code, run.out) == (2, "")
    assert words in run.err
    assert "Traceback" not in run.err


def test_2_for_a_deployment_that_cannot_be(check: Command, tmp_path: Path) -> None:
    """What breaks no requirement of the guides, and yet cannot be, is no finding but an error."""
    ours = written(tmp_path, "ours.yaml", PRODUCTION + "nodePool: {zones: 9}\n")
    run = check(ours)
    assert (run.code, run.out) == (2, "")
    assert f"{ours}:2:19: nodePool.zones: 9 zones, but 3 nodes" in run.err


def test_2_for_two_deployments(check: Command, tmp_path: Path) -> None:
    files = [written(tmp_path, name, PRODUCTION) for name in ("one.yaml", "two.yaml")]
    run = check(*files)
    assert (run.code, run.out) == (2, "")
    assert "two deployment files; give the one that counts" in run.err


@pytest.mark.parametrize(
    "stdin",
    [b"", b"\n---\n", b"a: [", b"\xff\xfe", b"just text", b"- 1\n", DEPLOYMENT.encode() + b"\n---\na: ["],
)
def test_3_for_what_is_unreadable(check: Command, stdin: bytes) -> None:
    run = check(stdin=stdin)
    assert (run.code, run.out) == (3, "")
    assert "Traceback" not in run.err


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("notes.yaml", "notes: [1, 2]\n", "neither manifests (apiVersion, kind), nor a deployment file"),
        ("notes.yaml", "notes: [1, 2\n", "notes.yaml:2:1: not YAML"),
        ("ledger.pem", "nothing of use\n", ""),
    ],
)
def test_a_file_that_is_nothing_of_ours(
    check: Command, tmp_path: Path, name: str, text: str, words: str
) -> None:
    run = check(written(tmp_path, name, text), "--fail-on", "never")
    assert "Traceback" not in run.err
    assert words in run.err
    assert run.code == (3 if words else 0)


def test_an_empty_folder_is_no_input(check: Command, tmp_path: Path) -> None:
    run = check(tmp_path)
    assert (run.code, run.out) == (2, "")
    assert "no manifests, values, deployment file, chart or keys in it" in run.err


# What may be given


def test_a_folder_with_all_of_it(check: Command, tmp_path: Path) -> None:
    written(tmp_path, "ours.yaml", PRODUCTION)
    written(tmp_path, "out/release.yaml", DEPLOYMENT)
    written(tmp_path, "kustomization.txt", "not looked at")
    written(tmp_path, ".git/config.yaml", "a: [")
    written(tmp_path, "values/ours.yaml", "ledger: {replicaCount: 3}\n")
    run = check(tmp_path, "--format", "json", "--fail-on", "never")
    told = " ".join(run.data["given"])
    assert f"deployment {tmp_path / 'ours.yaml'}" in told
    assert f"1 object in {tmp_path / 'out/release.yaml'}" in told
    assert f"values {tmp_path / 'values/ours.yaml'}" in told


def test_the_place_is_in_the_file_that_has_it(check: Command, tmp_path: Path) -> None:
    """Of several files each finding names its own, with the line as an editor counts it."""
    first = written(tmp_path, "a.yaml", "# a comment\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
    second = written(tmp_path, "b.yaml", "\n# another\n---\n" + without_affinity())
    run = check(first, second, "--format", "json", "--fail-on", "never")
    place = answers(run)["spread-nodes"]["findings"][0]["place"]
    line = second.read_text(encoding="utf-8").splitlines()[place["line"] - 1]
    assert (place["file"], line[place["column"] - 1 :].split(":")[0]) == (str(second), "spec")


def test_of_a_list_the_item_has_the_place(check: Command, tmp_path: Path) -> None:
    """What kubectl get -o yaml prints is a List."""
    dump = written(tmp_path, "dump.yaml", LIST)
    run = check(dump, "--format", "json", "--fail-on", "never")
    place = answers(run)["spread-nodes"]["findings"][0]["place"]
    at = dump.read_text(encoding="utf-8").splitlines()
    assert "demo-ledger" in "".join(at[: place["line"]])
    assert place["object"] == "Deployment demo-ledger"


def test_pods_that_a_controller_made_are_not_judged_again(check: Command) -> None:
    """Of a cluster: the Deployment is judged, and not its ReplicaSet and pods, which nobody wrote."""
    live = yaml.safe_load(LIST)
    live["items"] += [
        pod_of("demo-ledger", "ReplicaSet", "Deployment"),
        pod_of("demo-ledger-1", "Pod", "ReplicaSet"),
    ]
    run = check("--format", "json", "--fail-on", "never", stdin=json.dumps(live))
    objects = {f["place"]["object"] for one in answers(run).values() for f in one["findings"]}
    assert "Deployment demo-ledger" in objects
    assert not {title for title in objects if title.startswith(("Pod ", "ReplicaSet "))}


def test_both_domains_keep_their_names(check: Command, tmp_path: Path) -> None:
    ledger = written(tmp_path, "l.yaml", without_affinity())
    auditor = written(tmp_path, "a.yaml", without_affinity("auditor"))
    run = check("--ledger", ledger, "--auditor", auditor, "--format", "json", "--fail-on", "never")
    found = answers(run)["spread-nodes"]["findings"]
    assert [(one["side"], one["place"]["object"]) for one in found] == [
        ("ledger", "Deployment demo-ledger"),
        ("auditor", "Deployment demo-auditor"),
    ]


def test_a_domain_given_twice_is_refused(check: Command, tmp_path: Path) -> None:
    file = written(tmp_path, "l.yaml", DEPLOYMENT)
    run = check(file, "--ledger", file)
    assert (run.code, run.out) == (2, "")
    assert "manifests of ledger among the paths and with --ledger; give them once" in run.err


def test_each_requirement_is_answered_once(check: Command) -> None:
    run = check("--format", "json", "--fail-on", "never", stdin=DEPLOYMENT)
    assert len(answers(run)) == len(run.data["requirements"]) == 90
    assert sum(run.data["summary"].values()) == 90


def test_what_a_person_must_tell_says_what_to_look_at(check: Command) -> None:
    run = check("--format", "json", "--fail-on", "never", stdin=DEPLOYMENT)
    assert all(one["look"] and one["because"] for one in answers(run).values() if one["status"] == "person")
