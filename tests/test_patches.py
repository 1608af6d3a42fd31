"""A profile's own patches: applied once, after the rules, and checked by them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Harden
from tests.samples import PINNED, SECRET, profile

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


@pytest.mark.parametrize("path", ["", "/kind", "/metadata/name", "/metadata/namespace"])
def test_a_patch_does_not_turn_an_object_into_another(harden: Harden, tmp_path: Path, path: str) -> None:
    done = harden(PINNED, "--profile", patched(tmp_path, f"{{op: add, path: '{path}', value: other}}"))
    assert (done.returncode, "is what the object is" in done.stderr) == (1, True)


def test_a_patch_that_appends_is_applied_once(harden: Harden, tmp_path: Path) -> None:
    operation = "{op: add, path: /spec/egress/-, value: {to: [{ipBlock: {cidr: 10.50.0.0/16}}]}}"
    ours = patched(tmp_path, operation, "{kind: NetworkPolicy, name: x-*}")
    once = harden(PINNED, "--profile", ours).stdout
    assert once.count("cidr: 10.50.0.0/16") == 1
    assert harden(once, "--profile", ours).stdout == once


def test_a_patch_that_selects_nothing_is_noted(harden: Harden, tmp_path: Path) -> None:
    harden(PINNED, "--profile", patched(tmp_path, "{op: remove, path: /spec}", "{kind: Ingress}"))
    assert "its patch 1 selects no object here" in harden("", "last").stdout


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


def test_the_content_of_a_secret_is_not_moved(harden: Harden, tmp_path: Path) -> None:
    operation = "{op: copy, from: /stringData/db-password, path: /metadata/name}"
    done = harden(SECRET + PINNED, "--profile", patched(tmp_path, operation, "{kind: Secret}"))
    assert (done.returncode, "hunter2" in done.stderr) == (1, False)
