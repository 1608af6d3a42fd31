"""Bad input ends in a clear error or a correct result: never a traceback, nothing half-written."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import BIN, Harden

DEPLOYMENT = """---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: web:1
"""

LEDGER = DEPLOYMENT.replace("name: web", "name: x-ledger").replace(
    "image: web:1",
    "image: scalardl-ledger:3.13.0\n        env: [{name: HELM_SCALAR_DB_STORAGE, value: dynamo}]",
)


def bomb(levels: int) -> str:
    """An alias bomb: each level is ten times the one before."""
    lines = [
        "apiVersion: v1",
        "kind: Pod",
        "metadata: {name: bomb}",
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]",
    ]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    return "\n".join(lines) + "\n"


# name -> (input, exit code, what the first line of stderr says)
REFUSED: dict[str, tuple[str | bytes, str]] = {
    "not-yaml": ("kind: Deployment\n  foo: [\n", r"document 1, line 2: not YAML"),
    "prose": ("this is no manifest\n", r"document 1, line 1: not a Kubernetes object"),
    "half-a-document": (DEPLOYMENT + DEPLOYMENT[:-20] + '"', r"document 2, line 3\d: not YAML"),
    "tabs": (
        DEPLOYMENT.replace("  replicas", "\treplicas"),
        r"document 1, line 7: not YAML: a tab where only spaces",
    ),
    "not-utf8": (DEPLOYMENT.encode() + b"---\na: \xff\n", r"document 2, line 18: not UTF-8"),
    "utf16": (DEPLOYMENT.encode("utf-16"), r"not UTF-8 \(it looks like UTF-16\)"),
    "directive": ("%YAML 1.1\n" + DEPLOYMENT, r"document 1, line \d: .*a YAML directive .*remove it"),
    "two-documents-in-one": (DEPLOYMENT + "...\nkind: Pod\n", r"document 1, line 18: .*a second document"),
    "a-list": ("- kind: Pod\n", r"document 1, line 1: not a Kubernetes object"),
    "no-kind": ("apiVersion: v1\nmetadata: {name: a}\n", r"document 1, line 1: no Kubernetes object"),
    "kind-is-a-number": ("apiVersion: v1\nkind: 7\n", r"document 1, line 1: no Kubernetes object"),
    "spec-is-text": (
        LEDGER[: LEDGER.index("spec:")] + "spec: hello\n",
        r"document 1 \(Deployment x-ledger\): /spec is text",
    ),
    "container-is-text": (
        LEDGER[: LEDGER.index("- name: x-ledger")] + "- scalardl-ledger\n",
        r"/spec/template/spec/containers/0 is text where a map belongs",
    ),
    "labels-are-a-list": (
        DEPLOYMENT.replace("labels: {app: web}", "labels: [app]"),
        r"/labels is a list where a map",
    ),
    "replicas-are-text": (
        LEDGER.replace("replicas: 1", 'replicas: "three"'),
        r"/spec/replicas is text where a whole number",
    ),
    "volume-name-is-a-list": (
        LEDGER + "      volumes: [{name: [a]}]\n",
        r"/spec/template/spec/volumes/0/name is a list where a text belongs",
    ),
    "deep-flow": (DEPLOYMENT + "x: " + "[" * 50_000, r"document 1, line 17: nested deeper than 200 levels"),
    "deep-block": (
        DEPLOYMENT + "x:\n " + "- " * 50_000 + "a\n",
        r"document 1, line 18: nested deeper than 200 levels",
    ),
    "alias-bomb": (bomb(9), r"document 1, line \d+: its aliases stand for too much"),
    "alias-in-itself": (
        "apiVersion: v1\nkind: Pod\nx: &x [*x]\n",
        r"document 1, line 3: an alias inside its own anchor",
    ),
    "alias-to-nothing": ("apiVersion: v1\nkind: Pod\nx: *x\n", r"document 1, line 3: .*alias"),
    "merge-of-no-map": (
        "apiVersion: v1\nkind: Pod\nx: &x 1\ny: {<<: *x}\n",
        r"document 1, line 4: a merge key",
    ),
    "control-character": (
        DEPLOYMENT.replace("name: web", "name: we\x01b", 1),
        r"document 1, line 5: a character that YAML",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_with_place_and_reason(harden: Harden, name: str) -> None:
    text, reason = REFUSED[name]
    done = harden(text)
    assert done.returncode == 3
    assert re.search(reason, done.stderr.splitlines()[0]), done.stderr


@pytest.mark.parametrize("name", REFUSED)
def test_leaves_nothing_on_stdout_and_no_traceback(harden: Harden, name: str) -> None:
    done = harden(REFUSED[name][0])
    assert (done.stdout, "Traceback" in done.stderr) == ("", False)


def test_empty_input_gives_one_comment_line(harden: Harden) -> None:
    done = harden("")
    assert (done.returncode, done.stdout.count("\n"), done.stdout[:1]) == (0, 1, "#")


@pytest.mark.parametrize(
    "text",
    [
        "# only a comment\n",
        "---\n# Source: a/b.yaml\n# HIDDEN\n---\n\n---\nnull\n--- ~\n---\n",
        "\n\n",
        "---",
        "\ufeff# with a byte-order mark\r\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: 'y'}\n...\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: x-ledger}\nspec: anything\n",
    ],
)
def test_what_holds_no_workload_passes_byte_for_byte(harden: Harden, text: str) -> None:
    done = harden(text)
    assert (done.returncode, done.stdout) == (0, text)


def test_doubled_keys_are_named_and_the_last_wins(harden: Harden) -> None:
    text = DEPLOYMENT.replace("  replicas: 1\n", "  replicas: 1\n  replicas: 2\n")
    done = harden(text, "--check", "--profile", "test")
    assert "the key replicas stands twice in one map (line 8)" in done.stdout


def test_a_byte_order_mark_and_crlf_stay(harden: Harden) -> None:
    text = "\ufeff" + LEDGER.replace("\n", "\r\n")
    done = harden(text, "--profile", "test")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("\ufeff")
    assert "\n" not in done.stdout.replace("\r\n", "")


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


def timed(environment: dict[str, str], text: str) -> tuple[subprocess.CompletedProcess[bytes], float]:
    started = time.monotonic()
    done = subprocess.run(
        [str(BIN / "scalardl-harden")], input=text.encode(), capture_output=True, env=environment,
        check=False, preexec_fn=limit_memory, timeout=60,
    )  # fmt: skip
    return done, time.monotonic() - started


def test_a_config_map_of_50_megabytes_passes_untouched(environment: dict[str, str]) -> None:
    line = "  key: '" + "x" * 990 + "'\n"
    text = DEPLOYMENT + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata:\n" + line * 50_000
    done, seconds = timed(environment, text)
    assert (done.returncode, done.stdout == text.encode(), seconds < 20) == (0, True, True)


def test_ten_thousand_documents_pass(environment: dict[str, str]) -> None:
    text = "".join(DEPLOYMENT.replace("name: web", f"name: web-{i}") for i in range(10_000))
    done, seconds = timed(environment, text)
    assert (done.returncode, done.stdout == text.encode(), seconds < 60) == (0, True, True)


@pytest.mark.parametrize(
    "text", [bomb(9), DEPLOYMENT + "x: " + "[" * 200_000, DEPLOYMENT + "x:\n " + "- " * 200_000]
)
def test_bombs_are_refused_in_little_time_and_memory(environment: dict[str, str], text: str) -> None:
    done, seconds = timed(environment, text)
    assert (done.returncode, seconds < 10) == (3, True)


def test_a_closed_stdout_is_one_line(environment: dict[str, str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [str(BIN / "scalardl-harden")], input=(DEPLOYMENT * 2000).encode(), stdout=writer,
        stderr=subprocess.PIPE, env=environment, check=False,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr.decode().splitlines()) == (
        74, ["scalardl-harden: stdout was closed before all was written"]
    )  # fmt: skip


PROFILES = {
    "unknown-name": ("prodution", r"prodution: .*production"),
    "missing-file": ("./none.yaml", r"none.yaml: .*(no such file|does not exist)"),
    "a-folder": (".", r"\.: "),
    "empty": ("", r"empty"),
}


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_that_cannot_be_used(harden: Harden, name: str) -> None:
    argument, reason = PROFILES[name]
    done = harden(DEPLOYMENT, f"--profile={argument}")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(reason, done.stderr, re.IGNORECASE), done.stderr


def test_a_profile_with_a_typo_names_place_and_nearest_key(harden: Harden, tmp_path: Path) -> None:
    profile = tmp_path / "ours.yaml"
    profile.write_text("extends: production\nnodePol:\n  nodes: 6\n")
    done = harden(DEPLOYMENT, "--profile", profile)
    assert (done.returncode, done.stdout) == (2, "")
    assert "ours.yaml:2:1: " in done.stderr
    assert "nodePool" in done.stderr


def test_an_unreadable_report_file_is_wrong_usage(harden: Harden, tmp_path: Path) -> None:
    done = harden(DEPLOYMENT, "--report", tmp_path / "none" / "report.txt")
    assert (done.returncode, done.stdout) == (2, "")


# Workloads that a glance at the text does not see: they are hardened all the same, or refused.
HIDDEN = {
    "a lone CR behind a comment": LEDGER.replace("---\n", "# note\r", 1).replace("\n", "\r"),
    "a line separator behind a comment": LEDGER.replace("---\n", "# note\u2028", 1),
    "another kind in a comment that a CR ends": LEDGER.replace(
        "kind: Deployment", "kind: ConfigMap # old\rkind: Deployment"
    ),
    "another kind in a quoted text": LEDGER.replace(
        "kind: Deployment\n", '"k\\x69nd": Deployment\nx: "\nkind: ConfigMap\n"\n'
    ),
    "another kind in braces": (
        '{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x-ledger"}, '
        '"spec": {"template": {"spec": {"containers": [{"name": "a", "image": "scalardl-ledger:3", "env": '
        '[{"name": "HELM_SCALAR_DB_STORAGE", "value": "dynamo"}]}]}}}, "x": {\n"kind": "ConfigMap"\n}}\n'
    ),
    "an explicit key": LEDGER.replace("kind: Deployment", '? kind\n: "Deployment"'),
    "a typed list": "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- "
    + "  ".join(LEDGER.split("kind: Deployment\n")[1].splitlines(keepends=True)),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_no_workload_hides_from_the_rules(harden: Harden, name: str) -> None:
    done = harden(HIDDEN[name], "--exclude", "network-policies")
    assert (done.returncode, "scalardlpool" in done.stdout) == (0, True) or done.returncode == 3, done.stderr


def test_an_object_of_another_group_is_left_alone(harden: Harden) -> None:
    text = (
        "apiVersion: example.com/v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: none, selector: [x]}\n"
    )
    assert harden(text).stdout == text


def test_a_stream_that_only_looks_like_a_separator_keeps_its_first_document(harden: Harden) -> None:
    text = "---x: 1\n" + LEDGER.removeprefix("---\n")
    done = harden(text)
    assert (done.returncode, "\n---\n---x: 1\n" in done.stdout) == (0, True)


SECRETS = {
    "a map where the name belongs": "kind: Secret\napiVersion: v1\nmetadata:\n  name: {x: hunter2}\n"
    "stringData: {db-password: hunter2}\n",
    "a value that became a key": "kind: Secret\napiVersion: v1\nmetadata: {name: a}\nstringData:\n"
    "  db-password: x\n  hunter2 hunter2: 5\n",
    "a list of Secrets": "kind: SecretList\napiVersion: v1\nitems:\n- metadata: {name: a}\n"
    "  stringData: {db-password: hunter2}\n",
    "a comment": "kind: Secret\napiVersion: v1\nmetadata: {name: a}\n# hunter2\ndata: {a: b} # hunter2\n",
    "an alias": "x: &a Secret\nkind: *a\napiVersion: v1\nmetadata: {name: a}\nstringData: {p: hunter2}\n",
    "an escaped kind": 'kind: "S\\x65cret"\napiVersion: v1\nmetadata: {name: a}\nstringData: {p: hunter2}\n',
    "half of one": "kind: Secret\napiVersion: v1\nstringData:\n  p: hunter2\n bad\n",
    "a doubled key": "kind: Secret\napiVersion: v1\nmetadata: {name: a}\nstringData: {hunter2: a, hunter2: b,"
    " db-password: c}\n",
}


@pytest.mark.parametrize("args", [(), ("--diff",), ("--check",)])
@pytest.mark.parametrize("name", SECRETS)
def test_no_message_quotes_a_secret(harden: Harden, name: str, args: tuple[str, ...]) -> None:
    done = harden(SECRETS[name] + LEDGER, *args)
    said = done.stderr + harden("", "last").stdout + harden("", "last", "--format", "json").stdout
    assert "hunter2" not in said + (done.stdout if args else "")


def test_stdout_that_takes_nothing_is_one_line(environment: dict[str, str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [str(BIN / "scalardl-harden")], input=DEPLOYMENT.encode(), stdout=full, stderr=subprocess.PIPE,
            env=environment, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr.decode().count("\n")) == (74, 1)


def test_no_stdout_at_all_is_one_line(environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{BIN / 'scalardl-harden'} >&-"], input=DEPLOYMENT.encode(), stderr=subprocess.PIPE,
        env=environment, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.decode().count("\n")) == (74, 1)


def test_stderr_that_takes_nothing_changes_nothing(environment: dict[str, str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [str(BIN / "scalardl-harden")], input=DEPLOYMENT.encode(), stdout=subprocess.PIPE, stderr=full,
            env=environment, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stdout.decode()) == (0, DEPLOYMENT)


def test_a_user_without_a_home_leaves_nothing_behind(environment: dict[str, str], tmp_path: Path) -> None:
    without = {key: value for key, value in environment.items() if key not in ("HOME", "XDG_STATE_HOME")}
    done = subprocess.run(
        [str(BIN / "scalardl-harden")], input=DEPLOYMENT.encode(), capture_output=True, cwd=tmp_path,
        env=without | {"HOME": "~", "XDG_STATE_HOME": "state"}, check=False,
    )  # fmt: skip
    assert (done.returncode, list(tmp_path.iterdir())) == (0, [])
