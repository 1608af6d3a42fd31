"""The KRM function: the items of a ResourceList become what the post-renderer makes of the same objects."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from postrender import krm
from postrender.manifests import nodes, stream
from tests.conftest import BIN, Harden
from tests.rules.test_cases import ACCEPTED, CASES, read, run
from tests.samples import LATEST, PINNED, SECRET, policy_in_stream, profile

REFUSED = [case for case in CASES if case not in ACCEPTED]
FUNCTION = "config.kubernetes.io/function"


def objects(text: str) -> list[Any]:
    """The objects of a stream, the items of its lists one by one, as Kubernetes reads them."""
    found: list[Any] = []
    for document in stream.split(text):
        data = nodes.compose(document.text, "here", 1).data
        if data is not None:
            found += data["items"] if data["kind"] == "List" else [data]
    return found


def listed(text: str, config: object = None) -> str:
    """The ResourceList of the objects of a stream, as an orchestrator writes it."""
    data: dict[str, object] = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList"}
    if config is not None:
        data["functionConfig"] = config
    return yaml.safe_dump({**data, "items": objects(text)}, sort_keys=False)


def config_map(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "harden"}, "data": data}


def said(text: str) -> dict[str, Any]:
    data: dict[str, Any] = nodes.compose(text, "here", 1).data
    assert (data["apiVersion"], data["kind"]) == ("config.kubernetes.io/v1", "ResourceList")
    return data


def in_any_order(found: list[Any]) -> list[str]:
    return sorted(json.dumps(item, sort_keys=True) for item in found)


def answered(case: Path) -> dict[str, Any]:
    text = listed(read(case / "input.yaml"))
    return said(krm.answer(text, krm.read(text), run(case, text), ""))


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_items_become_what_the_post_renderer_makes(case: Path) -> None:
    found = answered(case)
    assert in_any_order(found["items"]) == in_any_order(objects(read(case / "expected.yaml")))
    assert "error" not in {result["severity"] for result in found.get("results", [])}


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_what_is_refused_stays_as_it_came_and_is_an_error(case: Path) -> None:
    found = answered(case)
    assert found["items"] == objects(read(case / "input.yaml"))
    errors = [result["message"] for result in found["results"] if result["severity"] == "error"]
    reasons = [line.split(": ", 1)[1] for line in read(case / "error.txt").splitlines()]
    assert [message.split(": ", 1)[1] for message in errors] == reasons


# -- the command ----------------------------------------------------------------------------------


def test_the_profile_comes_from_the_function_config(harden: Harden) -> None:
    done = harden(listed(PINNED, config_map(profile="test")), "--krm")
    assert (done.returncode, "profile test: " in done.stderr) == (0, True)


def test_the_function_config_may_be_of_our_own_kind(harden: Harden) -> None:
    config = {"apiVersion": "scalardl-harden/v1alpha1", "kind": "ScalarDLHarden", "spec": {"profile": "test"}}
    assert "profile test: " in harden(listed(PINNED, config), "--krm").stderr


def test_the_function_config_may_hold_a_compiled_policy(harden: Harden) -> None:
    compiled = next(objects(policy_in_stream("multi-az"))[0]["data"][key] for key in ("policy.json",))
    done = harden(listed(PINNED, config_map(**{"policy.json": compiled})), "--krm")
    assert "profile multi-az: " in done.stderr


def test_the_policy_among_the_items_counts_without_a_function_config(harden: Harden) -> None:
    text = policy_in_stream("test") + PINNED
    assert "profile test: " in harden(listed(text), "--krm").stderr
    assert "profile multi-az: " in harden(listed(text, config_map(profile="multi-az")), "--krm").stderr
    assert "profile test: " in harden(listed(text, config_map()), "--krm").stderr


def test_the_argument_comes_before_the_function_config(harden: Harden) -> None:
    done = harden(listed(PINNED, config_map(profile="test")), "--krm", "--profile", "production")
    assert "profile production: " in done.stderr


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (config_map(profile="prodution"), "prodution"),
        (config_map(profil="test"), "data.profil is not known"),
        (config_map(**{"profile": "test", "policy.json": "{}"}), "keep one of them"),
        (config_map(**{"policy.json": "{"}), "functionConfig: not a compiled policy"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "data": {"profile": 1}}, "data.profile is not text"),
        ({"apiVersion": "v1", "kind": "Secret", "data": {"profile": "test"}}, "its kind is none of"),
        ("test", "its kind is none of"),
    ],
)
def test_a_function_config_that_cannot_be_used_is_wrong_usage(
    harden: Harden, config: object, why: str
) -> None:
    done = harden(listed(PINNED, config), "--krm")
    assert (done.returncode, why in done.stderr) == (2, True)
    found = said(done.stdout)
    assert found["items"] == objects(PINNED)
    assert [(result["severity"], why in result["message"]) for result in found["results"]] == [
        ("error", True)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        PINNED,
        "a: [",
        listed(PINNED) + "---\n" + listed(PINNED),
        "apiVersion: v1\nkind: ResourceList\nitems: []\n",
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: {}\n",
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: [1]\n",
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: [{kind: Pod}]\n",
    ],
)
def test_what_is_no_resource_list_is_unreadable(harden: Harden, text: str) -> None:
    done = harden(text, "--krm")
    assert (done.returncode, done.stdout) == (3, "")


@pytest.mark.parametrize("items", ["", "items: []\n", "items:\n"])
def test_a_list_without_items_is_no_failure(harden: Harden, items: str) -> None:
    text = f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n{items}"
    done = harden(text, "--krm")
    assert (done.returncode, done.stdout) == (0, text)


COMMENTED = """\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: v1
  kind: Pod # ours
  metadata:
    name: other
    annotations:
      internal.config.kubernetes.io/path: 'pods/other.yaml'
      internal.config.kubernetes.io/index: '3'
      mode: "0644"
      many: "1e3"
      answer: "yes"
  spec: {containers: [{name: c, image: "i:1", resources: {requests: {cpu: 0.5, memory: 1e9}}}]}
"""


def test_what_no_rule_concerns_stays_byte_for_byte(harden: Harden) -> None:
    assert harden(COMMENTED, "--krm").stdout == COMMENTED


@pytest.mark.parametrize("form", ["JSON", "CRLF", "mark"])
def test_a_list_may_be_written_otherwise(harden: Harden, form: str) -> None:
    text = listed(PINNED)
    wanted = said(harden(text, "--krm").stdout)
    if form == "JSON":
        text = json.dumps(yaml.safe_load(text))
    text = text.replace("\n", "\r\n") if form == "CRLF" else "\ufeff" * (form == "mark") + text
    done = harden(text, "--krm")
    assert (done.returncode, said(done.stdout.removeprefix("\ufeff"))) == (0, wanted)


def test_an_item_that_cannot_be_read_is_a_result_too(harden: Harden) -> None:
    text = listed(PINNED.replace("replicas: 1", "replicas: many"))
    done = harden(text, "--krm")
    assert (done.returncode, said(done.stdout)["items"]) == (3, said(text)["items"])
    assert "Deployment x-ledger" in said(done.stdout)["results"][0]["message"]


def test_a_result_names_the_object_its_field_and_its_file(harden: Harden) -> None:
    text = LATEST.replace(
        "  labels:\n",
        "  namespace: books\n  annotations:\n    config.kubernetes.io/path: a/b.yaml\n"
        "    config.kubernetes.io/index: '2'\n  labels:\n",
        1,
    )
    done = harden(listed(text), "--krm")
    assert done.returncode == 1
    first = said(done.stdout)["results"][0]
    assert first["severity"] == "error"
    assert first["resourceRef"] == {
        "apiVersion": "apps/v1", "kind": "Deployment", "name": "x-ledger", "namespace": "books",
    }  # fmt: skip
    assert first["field"]["path"] == "spec.template.spec.containers[0].image"
    assert first["file"] == {"path": "a/b.yaml", "index": 2}
    assert first["tags"]["rule"] == "image-pinning"


def test_a_result_proposes_the_value(harden: Harden) -> None:
    results = said(harden(listed(PINNED), "--krm").stdout)["results"]
    token = "spec.template.spec.automountServiceAccountToken"
    proposed = [r["field"]["proposedValue"] for r in results if r.get("field", {}).get("path") == token]
    assert proposed == [False]


def test_what_was_not_done_is_not_called_fixed(harden: Harden) -> None:
    statuses = {
        result["tags"]["status"] for result in said(harden(listed(LATEST), "--krm").stdout)["results"]
    }
    assert ("fixed" in statuses, "fixable" in statuses) == (False, True)


def test_earlier_results_are_not_kept(harden: Harden) -> None:
    once = harden(listed(PINNED), "--krm").stdout
    again = harden(once, "--krm").stdout
    assert "fixed" not in {result["tags"]["status"] for result in said(again)["results"]}
    assert said(again)["items"] == said(once)["items"]


PATCHED = """
patches:
- select: {kind: Secret}
  operations:
  - {op: replace, path: /stringData/db-password, value: correct-horse}
"""


@pytest.mark.parametrize("deployment", [PINNED, LATEST])
def test_no_result_holds_a_secret(harden: Harden, tmp_path: Path, deployment: str) -> None:
    ours = str(profile(tmp_path, PATCHED))
    done = harden(listed(SECRET + deployment, config_map(profile=ours)), "--krm")
    results = json.dumps(said(done.stdout)["results"]) + done.stderr
    assert not any(word in results for word in ("hunter2", "correct-horse", "joe"))


@pytest.mark.parametrize("other", ["--check", "--diff"])
def test_no_other_output_beside_the_list(harden: Harden, other: str) -> None:
    done = harden(listed(PINNED), "--krm", other)
    assert (done.returncode, done.stdout) == (2, "")


def test_last_knows_the_run(harden: Harden) -> None:
    harden(listed(LATEST), "--krm")
    assert "refused image-pinning" in " ".join(harden("", "last").stdout.split())


# -- under real kustomize -------------------------------------------------------------------------


def kustomized(kustomize: Path, folder: Path, environment: dict[str, str], text: str, name: str) -> Any:
    """A build of the manifests with the function as a transformer."""
    folder.mkdir()
    (folder / "manifests.yaml").write_text(text)
    config = config_map(profile=name)
    config["metadata"]["annotations"] = {FUNCTION: "exec: {path: ./harden}\n"}
    (folder / "function.yaml").write_text(yaml.safe_dump(config))
    (folder / "harden").write_text(f"#!/bin/sh\nexec '{BIN}/scalardl-harden' --krm\n")
    (folder / "harden").chmod(0o755)
    wanted = {"resources": ["manifests.yaml"], "transformers": ["function.yaml"]}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(wanted))
    command = [kustomize, "build", "--enable-alpha-plugins", "--enable-exec", folder]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def plain(kustomize: Path, folder: Path, text: str) -> list[str]:
    """The manifests as kustomize itself writes them, without any change."""
    folder.mkdir()
    (folder / "manifests.yaml").write_text(text)
    (folder / "kustomization.yaml").write_text("resources: [manifests.yaml]\n")
    built = subprocess.run(
        [kustomize, "build", folder], capture_output=True, text=True, check=True, env={"HOME": os.devnull}
    )
    return in_any_order(objects(built.stdout))


@pytest.mark.parametrize("name", ["production", "multi-az", "test"])
@pytest.mark.parametrize("chart", ["ledger", "auditor"])
def test_kustomize_runs_the_function(
    kustomize: Path, harden: Harden, environment: dict[str, str], tmp_path: Path, chart: str, name: str
) -> None:
    pytest.importorskip("helm_python", reason="not covered: stand-in charts (no Helm engine here)")
    from tests.charts.release import as_helm3

    text = as_helm3(chart, name="demo", namespace="scalardl")
    done = kustomized(kustomize, tmp_path / "function", environment, text, name)
    assert done.returncode == 0, done.stderr
    wanted = harden(text, "--profile", name).stdout
    assert in_any_order(objects(done.stdout)) == plain(kustomize, tmp_path / "plain", wanted)


def test_kustomize_shows_why_the_function_fails(
    kustomize: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    done = kustomized(kustomize, tmp_path / "function", environment, LATEST, "production")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Deployment x-ledger: container ledger has the image scalardl-ledger:latest" in done.stderr
