"""The command: which policy it obeys, what it writes where, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Harden

# A Deployment that image-pinning refuses; the other rules of production have nothing to do with it.
LATEST = """---
# Source: x/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: x-ledger
  labels:
    app.kubernetes.io/app: ledger
spec:
  replicas: 1
  selector:
    matchLabels:
      app: ledger
  template:
    metadata:
      labels:
        app: ledger
    spec:
      containers:
      - name: ledger
        image: scalardl-ledger:latest
        env:
        - name: HELM_SCALAR_DB_STORAGE
          value: dynamo
"""
PINNED = LATEST.replace(":latest", ":3.13.0")
SECRET = """---
apiVersion: v1
kind: Secret
metadata:
  name: x-ledger
stringData:
  db-username: joe
  db-password: "hunter2"
"""


def policy_in_stream(profile: str, **changes: object) -> str:
    compiled = Path(__file__).parent.parent / "profiles" / "compiled" / f"{profile}.json"
    policy = json.loads(compiled.read_text()) | changes
    return f"""---
apiVersion: v1
kind: ConfigMap
metadata:
  name: hardening
  labels:
    app.kubernetes.io/component: hardening-policy
data:
  policy.json: {json.dumps(json.dumps(policy))}
"""


def reported(harden: Harden, text: str, *args: str, **env: str) -> dict[str, object]:
    done = harden(text, *args, env=env)
    last: dict[str, object] = json.loads(harden("", "last", "--format", "json").stdout)
    assert last["exitCode"] == done.returncode
    return last


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


def exempted(annotation: str) -> str:
    return LATEST.replace(
        "  labels:\n", f"  annotations:\n    scalardl-harden/exempt-{annotation}\n  labels:\n", 1
    )


def test_an_exemption_with_reason_and_date_holds(harden: Harden) -> None:
    text = exempted('image-pinning: "a nightly; until=2999-01-01"')
    assert harden(text).returncode == 0


@pytest.mark.parametrize(
    ("annotation", "problem"),
    [
        ('image-pinning: ""', "has no reason"),
        ('image-pinning: "; until=2999-01-01"', "has no reason"),
        ('image-pinning: "old; until=2020-01-01"', "ended on 2020-01-01"),
        ('image-pinning: "x; until=soon"', "ends on soon, which is no date"),
        ('image-pinning: "x; until=2027-02-31"', "ends on 2027-02-31, which is no date"),
        ('image-pinning: "x; until=2020-01-01; OPS-5"', "ended on 2020-01-01"),
        ('image-pinning: "until=2020-01-01; x"', "ended on 2020-01-01"),
        ('image-pinning: "x; Until = 2020-01-01"', "ended on 2020-01-01"),
        ('image-pinning: "x; until=2020-01-01 (OPS-5)"', "which is no date"),
        ('image-pinning: "x, until=2020-01-01"', "has a date that cannot be read"),
        ('image-pinning: "x; until 2020-01-01"', "has a date that cannot be read"),
        ('image-pinning: "x; until=2999-01-01; until=2020-01-01"', "has a date that cannot be read"),
    ],
)
def test_an_exemption_that_does_not_hold(harden: Harden, annotation: str, problem: str) -> None:
    done = harden(exempted(annotation))
    assert done.returncode == 1
    assert problem in harden("", "last").stdout


def test_an_exemption_from_an_unknown_rule_is_reported(harden: Harden) -> None:
    harden(exempted('image-pining: "x"'))
    assert "the exemption from image-pining names no rule" in harden("", "last").stdout


def profile(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "ours.yaml"
    path.write_text("extends: production\n" + text)
    return path


def test_an_exemption_of_the_profile_holds(harden: Harden, tmp_path: Path) -> None:
    entry = "exemptions: [{rule: image-pinning, kind: Deployment, name: x-*, reason: nightly}]\n"
    assert harden(LATEST, "--profile", profile(tmp_path, entry)).returncode == 0


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


PATCH = """
patches:
- select: {kind: Deployment, role: ledger}
  operations:
  - {op: add, path: /metadata/labels/team, value: payments}
"""


def test_a_patch_of_the_profile_is_applied(harden: Harden, tmp_path: Path) -> None:
    done = harden(PINNED, "--profile", profile(tmp_path, PATCH))
    assert "    team: payments" in done.stdout.splitlines()


def test_a_patch_that_undoes_a_rule_is_refused(harden: Harden, tmp_path: Path) -> None:
    patch = PATCH.replace(
        "{op: add, path: /metadata/labels/team, value: payments}",
        "{op: remove, path: /spec/template/spec/nodeSelector}",
    )
    done = harden(PINNED, "--profile", profile(tmp_path, patch))
    assert (done.returncode, done.stdout) == (1, "")
    assert "a patch of the profile undoes node-pool" in done.stderr


def patched(tmp_path: Path, operation: str, select: str = "{kind: Deployment, role: ledger}") -> Path:
    return profile(tmp_path, f"patches: [{{select: {select}, operations: [{operation}]}}]\n")


def test_a_patch_that_does_not_fit_is_refused_with_the_missing_place(harden: Harden, tmp_path: Path) -> None:
    ours = patched(tmp_path, "{op: add, path: /metadata/none/team, value: payments}")
    done = harden(PINNED, "--profile", ours)
    assert done.returncode == 1
    assert (
        "patch 1 of the profile does not fit it; /metadata/none does not exist; add it first" in done.stderr
    )


@pytest.mark.parametrize(
    ("operation", "rule"),
    [
        ("{op: replace, path: /spec/replicas, value: 9}", "rollout-strategy"),
        ("{op: replace, path: /spec/template/spec/containers/0/image, value: x:latest}", "image-pinning"),
        ("{op: add, path: /spec/template/spec/hostNetwork, value: true}", "pod-security"),
    ],
)
def test_a_patch_that_brings_what_a_rule_refuses_is_refused(
    harden: Harden, tmp_path: Path, operation: str, rule: str
) -> None:
    done = harden(PINNED, "--profile", patched(tmp_path, operation))
    assert (done.returncode, f"a patch of the profile undoes {rule}" in done.stderr) == (1, True)


def test_a_patch_of_the_wrong_shape_is_not_blamed_on_the_input(harden: Harden, tmp_path: Path) -> None:
    done = harden(PINNED, "--profile", patched(tmp_path, "{op: replace, path: /spec/replicas, value: many}"))
    assert (done.returncode, "after the patches of the profile" in done.stderr) == (1, True)


def test_a_patch_that_appends_is_applied_once(harden: Harden, tmp_path: Path) -> None:
    operation = "{op: add, path: /spec/egress/-, value: {to: [{ipBlock: {cidr: 10.50.0.0/16}}]}}"
    ours = patched(tmp_path, operation, "{kind: NetworkPolicy, name: x-*}")
    once = harden(PINNED, "--profile", ours).stdout
    assert once.count("cidr: 10.50.0.0/16") == 1
    assert harden(once, "--profile", ours).stdout == once


def test_a_patch_that_selects_nothing_is_noted(harden: Harden, tmp_path: Path) -> None:
    harden(PINNED, "--profile", patched(tmp_path, "{op: remove, path: /spec}", "{kind: Ingress}"))
    assert "its patch 1 selects no object here" in harden("", "last").stdout


def test_an_exemption_that_fits_nothing_is_noted(harden: Harden, tmp_path: Path) -> None:
    entry = "exemptions: [{rule: image-pinning, kind: deployment, name: x-*, reason: nightly}]\n"
    harden(PINNED, "--profile", profile(tmp_path, entry))
    said = " ".join(harden("", "last").stdout.split())
    assert "its exemption of deployment x-* from image-pinning fits no object here" in said


@pytest.mark.parametrize("flag", ["--check", "--diff"])
def test_no_input_to_check_is_an_error(harden: Harden, flag: str) -> None:
    done = harden("", flag)
    assert (done.returncode, done.stdout) == (3, "")


def test_what_was_not_done_is_not_called_fixed(harden: Harden) -> None:
    done = harden(PINNED, "--check")
    assert ("  fixable   " in done.stdout, "  fixed " in done.stdout) == (True, False)


def test_a_misspelt_option_is_named(harden: Harden) -> None:
    done = harden(PINNED, "--profle", "test")
    assert (done.returncode, "--profle" in done.stderr) == (2, True)


def test_rules_to_exclude_may_be_joined_with_commas(harden: Harden) -> None:
    assert harden(LATEST, "--exclude", "image-pinning,node-pool").returncode == 0


JOB = """---
apiVersion: batch/v1
kind: Job
metadata:
  name: load-schema-loading
  labels:
    helm.sh/chart: schema-loading-2.14.0
spec:
  template:
    metadata:
      labels:
        app.kubernetes.io/name: schema-loading
    spec:
      restartPolicy: Never
      containers:
      - name: schema-import
        image: scalardl-schema-loader:3.13.0
        env:
        - name: HELM_SCALAR_DB_STORAGE
          value: dynamo
"""


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


SECRET_PATCH = """
patches:
- select: {kind: Secret}
  operations:
  - {op: replace, path: /stringData/db-password, value: correct-horse}
"""


@pytest.mark.parametrize("args", [("--diff",), ("--check",), ()])
def test_no_message_holds_a_secret(harden: Harden, tmp_path: Path, args: tuple[str, ...]) -> None:
    done = harden(SECRET + PINNED, "--profile", profile(tmp_path, SECRET_PATCH), *args)
    said = done.stderr + harden("", "last").stdout + harden("", "last", "--format", "json").stdout
    said += done.stdout if args else ""
    assert not any(word in said for word in ("hunter2", "correct-horse", "joe"))


def test_a_secret_is_patched_in_the_manifest(harden: Harden, tmp_path: Path) -> None:
    done = harden(SECRET + PINNED, "--profile", profile(tmp_path, SECRET_PATCH))
    assert '  db-password: "correct-horse"' in done.stdout.splitlines()


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


def test_the_content_of_a_secret_is_not_moved(harden: Harden, tmp_path: Path) -> None:
    operation = "{op: copy, from: /stringData/db-password, path: /metadata/name}"
    done = harden(SECRET + PINNED, "--profile", patched(tmp_path, operation, "{kind: Secret}"))
    assert (done.returncode, "hunter2" in done.stderr) == (1, False)
