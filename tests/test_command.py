"""The command: which policy it obeys, what it writes where, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Harden
from tests.samples import JOB, LATEST, PINNED, policy_in_stream, profile, reported

LABELLED = (
    "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: x\n  labels: {{app.kubernetes.io/app: {}}}\n"
)


def test_production_is_the_default(harden: Harden) -> None:
    assert reported(harden, PINNED)["profile"] == "production"


def test_the_policy_in_the_stream_comes_before_the_default(harden: Harden) -> None:
    assert reported(harden, policy_in_stream("test") + PINNED)["profile"] == "test"


def test_the_variable_comes_before_the_stream(harden: Harden) -> None:
    last = reported(harden, policy_in_stream("test") + PINNED, SCALARDL_PROFILE="multi-az")
    assert last["profile"] == "multi-az"


def test_the_argument_comes_before_the_variable(harden: Harden) -> None:
    last = reported(harden, PINNED, "--profile", "production", SCALARDL_PROFILE="test")
    assert last["profile"] == "production"


@pytest.mark.parametrize(
    ("stream", "named"),
    [
        (LABELLED.format("ledger"), "ours (ledger)"),
        (LABELLED.format("auditor"), "ours (auditor)"),
        (LABELLED.format("ledger") + LABELLED.format("auditor"), "ours"),
        (LABELLED.format("envoy"), "ours"),
    ],
)
def test_a_file_of_both_domains_is_obeyed_for_the_product_in_the_stream(
    harden: Harden, tmp_path: Path, stream: str, named: str
) -> None:
    ours = profile(tmp_path, "ledger: {network: {clients: [10.1.0.0/16]}}\n")
    assert reported(harden, stream, "--profile", str(ours))["profile"] == named


def test_the_policy_of_the_stream_passes_byte_for_byte(harden: Harden) -> None:
    config = policy_in_stream("test")
    assert config in harden(config + PINNED).stdout


def test_a_damaged_policy_in_the_stream_is_refused(harden: Harden) -> None:
    done = harden(policy_in_stream("test", rules={"no-such-rule": "enforce"}) + PINNED)
    assert (done.returncode, done.stdout) == (2, "")
    assert "ConfigMap hardening" in done.stderr


def test_a_refusal_writes_nothing_and_gives_the_reason_first(harden: Harden) -> None:
    done = harden(LATEST)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Deployment x-ledger: " in done.stderr.splitlines()[0]


def test_last_shows_the_reason_of_a_refusal(harden: Harden) -> None:
    harden(LATEST)
    said = " ".join(harden("", "last").stdout.split())
    assert "refused image-pinning: container ledger has the image scalardl-ledger:latest" in said


def test_last_before_any_run_is_wrong_usage(harden: Harden) -> None:
    done = harden("", "last")
    assert (done.returncode, done.stdout) == (2, "")


def test_unreadable_input_leaves_a_report_too(harden: Harden) -> None:
    assert reported(harden, "a: [")["exitCode"] == 3


def test_an_excluded_rule_does_not_refuse(harden: Harden) -> None:
    assert harden(LATEST, "--exclude", "image-pinning").returncode == 0


def test_an_unknown_rule_to_exclude_is_wrong_usage(harden: Harden) -> None:
    done = harden(LATEST, "--exclude", "image-pining")
    assert (done.returncode, done.stdout, "image-pinning" in done.stderr) == (2, "", True)


def test_check_writes_findings_and_fails_where_there_are_any(harden: Harden) -> None:
    done = harden(PINNED, "--check")
    assert done.returncode == 1
    assert "Deployment x-ledger" in done.stdout
    assert "apiVersion" not in done.stdout


def test_check_of_a_hardened_release_passes(harden: Harden) -> None:
    assert harden(harden(PINNED).stdout, "--check").returncode == 0


def test_diff_shows_the_change_and_not_the_manifests(harden: Harden) -> None:
    done = harden(PINNED, "--diff")
    assert done.returncode == 0
    assert "+      nodeSelector:" in done.stdout.splitlines()


def test_diff_is_coloured_where_asked(harden: Harden) -> None:
    assert "\033[32m+" in harden(PINNED, "--diff", env={"FORCE_COLOR": "1"}).stdout


def test_the_report_goes_to_the_file_as_well(harden: Harden, tmp_path: Path) -> None:
    done = harden(PINNED, "--report", tmp_path / "report.json", "--format", "json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert (done.returncode, report["profile"]) == (0, "production")


def test_two_runs_change_no_byte(harden: Harden) -> None:
    once = harden(PINNED).stdout
    assert harden(once).stdout == once


def test_mode_check_only_reports(harden: Harden, tmp_path: Path) -> None:
    done = harden(LATEST, "--profile", profile(tmp_path, "rules: {image-pinning: check}\n"))
    assert done.returncode == 0
    assert "reported  image-pinning" in harden("", "last").stdout


def test_mode_fill_leaves_what_the_user_set(harden: Harden, tmp_path: Path) -> None:
    text = PINNED.replace(
        "        env:\n", "        resources: {limits: {cpu: 8, memory: 16Gi}}\n        env:\n"
    )
    done = harden(
        text, "--profile", profile(tmp_path, "rules: {resource-caps: fill, rollout-strategy: off}\n")
    )
    assert done.returncode == 0, done.stderr
    assert "cpu: 8, memory: 16Gi" in done.stdout


@pytest.mark.parametrize("flag", ["--check", "--diff"])
def test_no_input_to_check_is_an_error(harden: Harden, flag: str) -> None:
    done = harden("", flag)
    assert (done.returncode, done.stdout) == (3, "")


def test_what_was_not_done_is_not_called_fixed(harden: Harden) -> None:
    done = harden(PINNED, "--check")
    assert ("  fixable   " in done.stdout, "  fixed " in done.stdout) == (True, False)


@pytest.mark.parametrize(
    "args", [("--exclude", "nope"), ("--bogus",), ("--format", "xml"), ("--report", "-")]
)
def test_last_tells_of_wrong_usage_too(harden: Harden, args: tuple[str, ...]) -> None:
    harden(PINNED)
    said = harden(PINNED, *args).stderr.splitlines()[0].removeprefix("scalardl-harden: ")
    assert said in " ".join(harden("", "last").stdout.split())


def test_a_report_names_the_rules_that_were_left_out(harden: Harden) -> None:
    harden(PINNED, "--exclude", "zone-spread")
    assert "(the default, without zone-spread)" in harden("", "last").stdout


def test_a_misspelt_option_is_named(harden: Harden) -> None:
    done = harden(PINNED, "--profle", "test")
    assert (done.returncode, "--profle" in done.stderr) == (2, True)


def test_rules_to_exclude_may_be_joined_with_commas(harden: Harden) -> None:
    assert harden(LATEST, "--exclude", "image-pinning,node-pool").returncode == 0


def test_a_changed_job_is_said_to_be_immutable(harden: Harden) -> None:
    harden(JOB)
    assert "kubectl delete job load-schema-loading" in harden("", "last").stdout


def test_objects_without_a_namespace_stand_beside_those_that_state_it(harden: Harden) -> None:
    budget = """---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: theirs
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: ledger
"""
    text = PINNED.replace("  labels:\n", "  namespace: ledger\n  labels:\n", 1).replace(
        "replicas: 1", "replicas: 3"
    )
    done = harden(budget + text)
    assert (done.returncode, done.stdout.count("kind: PodDisruptionBudget")) == (0, 1)


def test_help_names_the_exit_codes(harden: Harden) -> None:
    done = harden("", "--help")
    assert (done.returncode, "exit codes: 0 done" in " ".join(done.stdout.split())) == (0, True)


def test_a_doubtful_role_is_noted(harden: Harden) -> None:
    harden(PINNED.replace("app.kubernetes.io/app: ledger", "app: ledger").replace("x-ledger", "books"))
    assert "no two signs agree on its role in ScalarDL (image says ledger)" in harden("", "last").stdout


def test_a_role_that_takes_a_component_out_of_all_rules_is_reported(harden: Harden) -> None:
    harden(PINNED.replace("  labels:\n", "  annotations: {scalardl-harden/role: other}\n  labels:\n", 1))
    assert "reported  roles: its annotation takes it out of all rules" in harden("", "last").stdout


def test_policies_that_differ_are_refused(harden: Harden) -> None:
    second = policy_in_stream("production").replace("name: hardening", "name: other")
    done = harden(policy_in_stream("test") + second + PINNED)
    assert (done.returncode, done.stdout) == (2, "")
    assert "ConfigMap hardening and ConfigMap other" in done.stderr


@pytest.mark.parametrize(
    "changes",
    [
        {"rules": {"image-pinning": "Off"}},
        {"rules": {}},
        {"scope": "All"},
        {"spread": {"nodes": "Required", "zones": "none"}},
        {"recreateAllowed": "no"},
        {"readOnlyRoot": "ledger"},
        {"disruptionBudget": {"maxUnavailable": "25%", "unhealthyPodEvictionPolicy": None}},
        {"kubernetesVersion": "1.x"},
        {"exemptions": [{"rule": "image-pinning", "kind": "Pod", "name": "a", "reason": "b", "until": 5}]},
    ],
)
def test_a_policy_that_says_what_none_can_say_is_refused(harden: Harden, changes: dict[str, object]) -> None:
    done = harden(policy_in_stream("production", **changes) + PINNED)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr


def test_a_report_is_not_written_into_the_manifests(harden: Harden) -> None:
    assert harden(PINNED, "--report", "/dev/stdout").returncode == 2


def test_a_report_through_a_link_leaves_the_link(harden: Harden, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    harden(PINNED, "--report", tmp_path / "link")
    assert ((tmp_path / "link").is_symlink(), (tmp_path / "target").exists()) == (True, True)


def test_a_report_that_cannot_be_written_is_what_last_tells(harden: Harden, tmp_path: Path) -> None:
    harden(PINNED, "--report", tmp_path / "none" / "report")
    last = json.loads(harden("", "last", "--format", "json").stdout)
    assert (last["exitCode"], "cannot be written" in last["message"]) == (2, True)


def test_check_as_json_says_why_it_is_refused(harden: Harden) -> None:
    report = json.loads(harden(LATEST, "--check", "--format", "json").stdout)
    assert "refused" in {finding["status"] for finding in report["findings"]}


def test_a_last_report_that_is_none_is_wrong_usage(harden: Harden, tmp_path: Path) -> None:
    (tmp_path / "state" / "scalardl-harden").mkdir(parents=True)
    (tmp_path / "state" / "scalardl-harden" / "last.json").write_text("[]")
    assert harden("", "last").returncode == 2
