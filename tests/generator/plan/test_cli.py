"""The command `scalardl-gen plan`: its options, its exit codes, and what it says to those who err."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from postrender.proof.placement.terms import REQUIRED
from tests.conftest import BIN
from tests.generator.commands import Command
from tests.generator.plan import plans
from tests.proof.placement.staging import as_list, real
from tests.proof.small_cases import apart, as_stream, deployment, nodes_in
from tests.proof.small_cases import budget as small_budget

ONE_EACH = {"strategy": plans.GENTLE, "apart": plans.HOSTNAME}
WELL = plans.deployment("demo-ledger", role="ledger", **ONE_EACH)
HANGING = plans.deployment("demo-ledger", role="ledger", **ONE_EACH | {"strategy": plans.DEFAULT})
POOL = "nodePool: {label: null, taint: null, nodes: %d, zones: 1}\n"


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A profile whose pool has neither label nor taint."""
    path = tmp_path / "ours.yaml"
    path.write_text("extends: production\n" + POOL % 3)
    return path


@pytest.fixture
def nodes(tmp_path: Path) -> Path:
    path = tmp_path / "nodes.json"
    path.write_text(as_list(real(nodes_in("a", "b", "c"))))
    return path


def written(folder: Path, text: str, name: str = "release.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


# Exit codes


def test_0_where_no_answer_is_no(plan: Command, ours: Path) -> None:
    run = plan("--profile", ours, stdin=WELL)
    assert (run.code, run.err) == (0, "")
    assert run.out.endswith("every answer is yes\n")


def test_1_where_one_is(plan: Command, ours: Path) -> None:
    run = plan("--profile", ours, stdin=HANGING)
    assert (run.code, run.err) == (1, "")
    assert run.out.endswith("1 of 3 answers is no\n")


def test_0_where_something_is_not_decided(plan: Command, ours: Path) -> None:
    rack = plans.deployment("demo-ledger", role="ledger", apart="example.com/rack")
    run = plan("--profile", ours, stdin=rack)
    assert run.code == 0
    assert "not decided" in run.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--format", "yaml"], "--format yaml: no such format; write one of text, json, markdown, svg"),
        (["--pods", "pods.json"], "--pods tells what runs on real nodes; name those too, with --nodes"),
        (["--profile", "none"], "none: no built-in profile has this name"),
        (["--profile", "test"], "profile test declares no node pool"),
        (["--for", "ledger"], "--for ledger: of which profile? Name it with --profile"),
        (["--for", "envoy", "--profile", "production"], "--for envoy: no such domain"),
        (["--nodes", "none.json"], "none.json: cannot be read"),
        (["none.yaml"], "none.yaml: cannot be read"),
        (["--color"], "No such option"),
    ],
)
def test_2_for_wrong_usage(plan: Command, arguments: list[str], words: str) -> None:
    run = plan(*arguments, stdin=WELL)
    assert (run.code, run.out) == (2, "")
    assert words in run.err
    assert "Traceback" not in run.err


def test_2_for_a_release_without_workloads(plan: Command) -> None:
    run = plan(stdin="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
    assert (run.code, run.out) == (2, "")
    assert "no Deployment or StatefulSet is in these manifests" in run.err


@pytest.mark.parametrize(
    "stdin",
    [
        b"",
        b"\n---\n",
        b"a: [",
        b"\xff\xfe",
        b"just text",
        as_stream([small_budget("b", {}, maxUnavailable="x")]) + WELL,
    ],
)
def test_3_for_what_is_unreadable(plan: Command, ours: Path, stdin: str | bytes) -> None:
    if isinstance(stdin, str):
        stdin = stdin.replace('"selector": {}', '"selector": {"matchLabels": {"own": "demo-ledger"}}')
    run = plan("--profile", ours, stdin=stdin)
    assert (run.code, run.out) == (3, "")
    assert "Traceback" not in run.err


def test_a_strategy_that_kubernetes_refuses_is_unreadable(plan: Command, ours: Path) -> None:
    run = plan("--profile", ours, stdin=WELL.replace("maxSurge: 0", "maxSurge: some"))
    assert (run.code, run.out) == (3, "")
    assert "demo-ledger" in run.err
    assert "/spec/strategy/rollingUpdate" in run.err


@pytest.mark.parametrize(("version", "told"), [("1.31", 0), ("1.32", 1), ("1.36", 1), ("1.37", 0)])
def test_pods_that_the_scheduler_looks_at_late_are_told(
    plan: Command, tmp_path: Path, version: str, told: int
) -> None:
    ours = yaml.safe_load(WELL)
    terms = ours["spec"]["template"]["spec"]["affinity"]["podAntiAffinity"][REQUIRED]
    terms.append({"topologyKey": plans.HOSTNAME, "labelSelector": {"matchLabels": {"own": "theirs"}}})
    own = written(tmp_path, f'extends: production\nkubernetesVersion: "{version}"\n' + POOL % 3, "own.yaml")
    run = plan("--profile", own, "--format", "json", stdin=as_stream([ours]))
    assert sum("may wait five minutes" in remark for remark in run.data["remarks"]) == told


def test_pods_with_one_term_of_anti_affinity_are_not(plan: Command, ours: Path) -> None:
    run = plan("--profile", ours, "--format", "json", stdin=WELL)
    assert not [remark for remark in run.data["remarks"] if "five minutes" in remark]


# Manifests


def test_files_and_folders_are_one_release(plan: Command, ours: Path, tmp_path: Path) -> None:
    written(tmp_path, WELL, "folder/a.yaml")
    written(tmp_path, plans.deployment("demo-envoy", role="envoy", **ONE_EACH), "folder/deeper/b.yml")
    written(tmp_path, "nonsense: [", "folder/readme.txt")
    other = written(tmp_path, plans.budget("b", "demo-ledger", minAvailable=3), "c.yaml")
    run = plan(tmp_path / "folder", other, "--profile", ours, "--format", "json")
    assert [one["workload"] for one in run.data["workloads"]] == [
        "Deployment demo-ledger",
        "Deployment demo-envoy",
    ]
    assert run.data["drains"]["answer"] == "never"


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_without_files_stdin_is_read(plan: Command, ours: Path, arguments: list[str]) -> None:
    run = plan(*arguments, "--profile", ours, "--format", "json", stdin=WELL)
    assert [one["workload"] for one in run.data["workloads"]] == ["Deployment demo-ledger"]


def test_an_unreadable_file_is_named(plan: Command, tmp_path: Path) -> None:
    path = written(tmp_path, "a: [")
    run = plan(path)
    assert run.code == 3
    assert run.err.startswith(f"{path}: ")


def test_no_secret_is_shown(plan: Command, ours: Path) -> None:
    secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n"
    misshapen = secret.replace("{password: hunter2}", "hunter2")
    for text in (secret, misshapen):
        run = plan("--profile", ours, stdin=WELL + text)
        assert "hunter2" not in run.out + run.err


# Options


def test_the_profile_declares_the_nodes(plan: Command, ours: Path) -> None:
    ours.write_text(ours.read_text().replace("nodes: 3", "nodes: 5"))
    run = plan("--profile", ours, "--format", "json", stdin=WELL)
    assert len(run.data["nodes"]) == 5
    assert "ours" in run.data["profile"]


def test_the_profile_may_stand_in_the_environment(plan: Command, ours: Path) -> None:
    run = plan("--format", "json", stdin=WELL, SCALARDL_PROFILE=str(ours))
    assert run.code == 0
    assert f"SCALARDL_PROFILE={ours}" in run.data["profile"]


def test_a_domain_has_its_own_nodes(plan: Command, ours: Path) -> None:
    ours.write_text(ours.read_text() + "auditor:\n  nodePool: {nodes: 4}\n")
    for domain, nodes in (("ledger", 3), ("auditor", 4)):
        run = plan("--profile", ours, "--for", domain, "--format", "json", stdin=WELL)
        assert len(run.data["nodes"]) == nodes


def test_real_nodes_stand_in_for_those_of_the_profile(plan: Command, nodes: Path) -> None:
    for profile in ("test", "production"):
        run = plan("--profile", profile, "--nodes", nodes, "--format", "json", stdin=WELL)
        assert [node["name"] for node in run.data["nodes"]] == ["n0", "n1", "n2"]
        assert run.data["remarks"] == []


def test_lost_zones_count_where_the_profile_asks_for_it(plan: Command, nodes: Path) -> None:
    on_any = plans.deployment("demo-ledger", 1, role="ledger")
    counted = {
        profile: plan("--profile", profile, "--nodes", nodes, stdin=on_any).code
        for profile in ("production", "multi-az")
    }
    assert counted == {"production": 0, "multi-az": 1}


def test_pods_that_run_there_take_room(plan: Command, nodes: Path, tmp_path: Path) -> None:
    def pod(number: int) -> dict[str, object]:
        container = {"name": "c", "resources": {"requests": {"cpu": "3500m"}}}
        return {
            "metadata": {"name": f"p{number}", "namespace": "other"},
            "spec": {"nodeName": f"n{number}", "containers": [container]},
            "status": {"phase": "Running"},
        }

    (tmp_path / "pods.json").write_text(json.dumps({"items": [pod(0), pod(1)]}))
    run = plan("--nodes", nodes, "--pods", tmp_path / "pods.json", stdin=WELL)
    assert run.code == 1
    assert "2 nodes have too little cpu (500m asked, 300m free at most)" in run.words


@pytest.mark.parametrize(("namespace", "taken"), [("scalardl", False), ("other", True)])
def test_a_namespace_tells_whose_the_running_pods_are(
    plan: Command, nodes: Path, tmp_path: Path, namespace: str, taken: bool
) -> None:
    running = {
        "metadata": {"name": "p", "namespace": "scalardl", "labels": {"own": "demo-ledger"}},
        "spec": {
            "nodeName": "n0",
            "containers": [{"name": "c", "resources": {"requests": {"cpu": "3500m"}}}],
        },
        "status": {"phase": "Running"},
    }
    (tmp_path / "pods.json").write_text(json.dumps({"items": [running]}))
    run = plan("--nodes", nodes, "--pods", tmp_path / "pods.json", "--namespace", namespace, stdin=WELL)
    assert run.code == taken


def test_a_namespace_is_not_for_what_states_one(plan: Command, nodes: Path, tmp_path: Path) -> None:
    away = deployment("a", 3, **apart(plans.HOSTNAME, "a"))
    away["metadata"]["namespace"] = "stated"
    budget = small_budget("b", {"matchLabels": {"app": "a"}}, minAvailable=3)
    run = plan("--nodes", nodes, "--namespace", "other", "--format", "json", stdin=as_stream([away, budget]))
    # The budget is in another namespace, and covers nothing.
    assert run.data["drains"]["answer"] == "always"


# Output


@pytest.mark.parametrize(
    ("form", "start"), [("text", "profile "), ("json", "{"), ("markdown", "#"), ("svg", "<svg")]
)
def test_each_format_is_printed_and_nothing_else(plan: Command, ours: Path, form: str, start: str) -> None:
    run = plan("--profile", ours, "--format", form, stdin=HANGING)
    assert (run.code, run.err) == (1, "")
    assert run.out.startswith(start)
    assert run.out.endswith("\n")


def test_a_pipe_gets_no_colours_and_lines_of_100_columns(plan: Command, ours: Path) -> None:
    run = plan("--profile", ours, stdin=HANGING, COLUMNS="70")
    assert "\x1b" not in run.out
    assert 90 < max(map(len, run.out.splitlines())) <= 100


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, False)],
)
def test_colours_can_be_asked_for(
    plan: Command, ours: Path, variables: dict[str, str], coloured: bool
) -> None:
    run = plan("--profile", ours, stdin=HANGING, **variables)
    assert ("\x1b[" in run.out) == coloured


def test_the_help_tells_each_option_and_exit_code(plan: Command) -> None:
    run = plan("--help")
    assert run.code == 0
    for option in ("--profile", "--for", "--nodes", "--pods", "--namespace", "--format"):
        assert option in run.out
    for code in ("0 no question is answered with no", "1 one is", "2 wrong usage", "3 manifests or nodes"):
        assert code in run.words


def installed(
    environment: dict[str, str], folder: Path, redirected: str, *arguments: str | Path
) -> tuple[int, str]:
    """The exit code and the stderr of the installed command, its stdout led elsewhere by a shell."""
    release = written(folder, WELL)
    command = ["sh", "-c", f'"$@" {redirected}', "sh", BIN / "scalardl-gen", "plan", release, *arguments]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    return done.returncode, done.stderr.decode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="not covered: a full disk (no /dev/full here)")
def test_a_full_disk_is_told(environment: dict[str, str], tmp_path: Path, ours: Path) -> None:
    code, err = installed(environment, tmp_path, "> /dev/full", "--profile", ours)
    assert code == 74
    assert re.fullmatch(r"stdout: cannot be written: .*\n", err)


def test_a_closed_stdout_is_told(environment: dict[str, str], tmp_path: Path, ours: Path) -> None:
    code, err = installed(environment, tmp_path, ">&-", "--profile", ours)
    assert code == 74
    assert re.fullmatch(r"stdout: .*\n", err)


def test_who_stops_reading_is_left_in_peace(environment: dict[str, str], tmp_path: Path, ours: Path) -> None:
    _, err = installed(environment, tmp_path, "| true", "--profile", ours, "--format", "json")
    assert "Traceback" not in err
