"""The emitted patches and objects make of the same manifests what the post-renderer makes of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonpatch
import pytest
import yaml

from postrender import kustomize as emission
from tests.conftest import Harden
from tests.rules.test_cases import ACCEPTED, read, run
from tests.samples import JOB, LATEST, PINNED, SECRET, policy_in_stream, profile
from tests.test_krm import in_any_order, objects, plain

RELEASES = [case for case in ACCEPTED if case.name.startswith("real-")]


def emitted(folder: Path, name: str) -> list[Any]:
    return [data for data in yaml.safe_load_all((folder / name).read_text()) if data]


def patches_in(folder: Path, form: str) -> list[dict[str, Any]]:
    if form == "kustomize":
        found: list[dict[str, Any]] = emitted(folder, "kustomization.yaml")[0].get("patches", [])
        return found
    renderers = emitted(folder, "postrenderers.yaml")[0]["spec"]["postRenderers"]
    return renderers[0]["kustomize"]["patches"] if renderers else []


def build(
    kustomize: Path, folder: Path, text: str, extra: dict[str, Any]
) -> subprocess.CompletedProcess[str]:
    """A build of the manifests in the folder with the extra entries of its kustomization."""
    folder.mkdir(exist_ok=True)
    (folder / "manifests.yaml").write_bytes(text.encode())
    resources = ["manifests.yaml", *extra.pop("resources", [])]
    (folder / "kustomization.yaml").write_text(yaml.safe_dump({"resources": resources, **extra}))
    return subprocess.run(
        [kustomize, "build", folder],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": os.devnull, "PATH": os.environ["PATH"]},
    )


# -- the operations, without kustomize ------------------------------------------------------------


def picked(target: dict[str, Any], data: dict[str, Any]) -> bool:
    """Whether kustomize's selector picks the object: anchored expressions, `default` for no namespace."""
    group, _, version = data["apiVersion"].rpartition("/")
    said = {
        "group": group,
        "version": version,
        "kind": data["kind"],
        "name": data["metadata"].get("name", ""),
        "namespace": data["metadata"].get("namespace") or "default",
    }
    return all(re.fullmatch(pattern, said[key]) for key, pattern in target.items() if pattern)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_the_operations_make_what_the_post_renderer_makes(case: Path) -> None:
    text = read(case / "input.yaml")
    made = emission.emitted(text, run(case, text))
    found = objects(text)
    for patch in made.patches:
        numbers = [number for number, data in enumerate(found) if picked(patch.target, data)]
        assert len(numbers) == 1
        found[numbers[0]] = jsonpatch.apply_patch(found[numbers[0]], patch.operations)
    assert in_any_order(found + list(made.objects)) == in_any_order(objects(read(case / "expected.yaml")))


# -- under real kustomize -------------------------------------------------------------------------


@pytest.mark.parametrize("form", emission.FORMS)
@pytest.mark.parametrize("name", ["production", "multi-az", "test"])
@pytest.mark.parametrize("chart", ["ledger", "auditor"])
def test_kustomize_makes_what_the_post_renderer_makes(
    kustomize: Path, harden: Harden, tmp_path: Path, chart: str, name: str, form: str
) -> None:
    pytest.importorskip("helm_python", reason="not covered: stand-in charts (no Helm engine here)")
    from tests.charts.release import as_helm3

    text = as_helm3(chart, name="demo", namespace="scalardl")
    done = harden(text, "--profile", name, "--emit", form, "-o", tmp_path / "with" / "hardening")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    wanted = plain(kustomize, tmp_path / "plain", harden(text, "--profile", name).stdout)
    assert built_with(kustomize, tmp_path, form, text) == wanted


def built_with(kustomize: Path, tmp_path: Path, form: str, text: str) -> list[str]:
    """What a build makes of the text with the files that were emitted into with/hardening."""
    extra: dict[str, Any] = {"components": ["hardening"]}
    if form == "flux":
        extra = {"patches": patches_in(tmp_path / "with" / "hardening", form), "resources": []}
        if (tmp_path / "with" / "hardening" / "objects.yaml").exists():
            extra["resources"] = ["hardening/objects.yaml"]
    done = build(kustomize, tmp_path / "with", text, extra)
    assert done.returncode == 0, done.stderr
    return in_any_order(objects(done.stdout))


@pytest.mark.parametrize("case", RELEASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_kustomize_takes_the_component_of_a_case(kustomize: Path, tmp_path: Path, case: Path) -> None:
    text = read(case / "input.yaml")
    made = emission.emitted(text, run(case, text))
    emission.write("kustomize", str(tmp_path / "with" / "hardening"), made)
    wanted = plain(kustomize, tmp_path / "plain", read(case / "expected.yaml"))
    assert built_with(kustomize, tmp_path, "kustomize", text) == wanted


def test_a_hardened_release_gives_a_component_that_does_nothing(
    kustomize: Path, harden: Harden, tmp_path: Path
) -> None:
    text = harden(PINNED).stdout
    harden(text, "--emit", "kustomize", "-o", tmp_path / "with" / "hardening")
    assert built_with(kustomize, tmp_path, "kustomize", text) == plain(kustomize, tmp_path / "plain", text)


ELSEWHERE = """---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: x-ledger
  namespace: elsewhere
spec:
  selector: {matchLabels: {app: theirs}}
  template:
    metadata: {labels: {app: theirs}}
    spec: {containers: [{name: ledger, image: "theirs:1"}]}
---
apiVersion: example.com/v1
kind: Deployment
metadata:
  name: x-ledger
spec: {}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: x-ledger-2
spec:
  selector: {matchLabels: {app: second}}
  template:
    metadata: {labels: {app: second}}
    spec: {containers: [{name: ledger, image: "theirs:1"}]}
"""


@pytest.mark.parametrize("namespace", ["", "  namespace: books\n"])
def test_another_object_of_that_name_is_not_touched(
    kustomize: Path, harden: Harden, tmp_path: Path, namespace: str
) -> None:
    text = PINNED.replace("  name: x-ledger\n", f"  name: x-ledger\n{namespace}", 1)
    harden(text, "--emit", "kustomize", "-o", tmp_path / "with" / "hardening")
    wanted = plain(kustomize, tmp_path / "plain", harden(text).stdout + ELSEWHERE)
    assert built_with(kustomize, tmp_path, "kustomize", text + ELSEWHERE) == wanted


SERVICE = """---
apiVersion: {}
kind: Service
metadata:
  name: x.y
spec: {{ports: [{{port: 1}}]}}
"""
SERVICE_PATCH = """
patches:
- select: {kind: Service}
  operations:
  - {op: add, path: /metadata/labels, value: {"a.b/c": "1e3", mode: "0644", answer: "yes"}}
  - {op: add, path: /spec/ports/-, value: {port: 2, name: "~/x"}}
  - {op: add, path: "/metadata/labels/d~1e~0f", value: "true"}
"""


def test_names_groups_and_values_are_exact(kustomize: Path, harden: Harden, tmp_path: Path) -> None:
    text = PINNED + SERVICE.format("v1")
    ours = profile(tmp_path, SERVICE_PATCH)
    harden(text, "--profile", ours, "--emit", "kustomize", "-o", tmp_path / "with" / "hardening")
    others = SERVICE.format("serving.knative.dev/v1") + SERVICE.format("v1").replace("x.y", "xzy")
    wanted = plain(kustomize, tmp_path / "plain", harden(text, "--profile", ours).stdout + others)
    assert built_with(kustomize, tmp_path, "kustomize", text + others) == wanted


def test_kustomize_stops_where_a_container_has_moved(kustomize: Path, harden: Harden, tmp_path: Path) -> None:
    harden(PINNED, "--emit", "kustomize", "-o", tmp_path / "with" / "hardening")
    moved = PINNED.replace("      containers:\n", "      containers:\n      - {name: first, image: 'i:1'}\n")
    done = build(kustomize, tmp_path / "with", moved, {"components": ["hardening"]})
    assert (done.returncode, "/spec/template/spec/containers/0/name" in done.stderr) == (1, True)


# -- the command ----------------------------------------------------------------------------------


def test_a_refusal_writes_no_file(harden: Harden, tmp_path: Path) -> None:
    done = harden(LATEST, "--emit", "kustomize", "-o", tmp_path / "out")
    assert (done.returncode, done.stdout, (tmp_path / "out").exists()) == (1, "", False)


def test_no_manifests_are_no_reason_to_write_files(harden: Harden, tmp_path: Path) -> None:
    done = harden("", "--emit", "kustomize", "-o", tmp_path / "out")
    assert (done.returncode, (tmp_path / "out").exists()) == (3, False)


def test_the_same_input_gives_the_same_bytes(harden: Harden, tmp_path: Path) -> None:
    for name in ("first", "second"):
        harden(PINNED, "--emit", "kustomize", "-o", tmp_path / name)
    for file in ("kustomization.yaml", "objects.yaml"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()


def test_the_files_are_named(harden: Harden, tmp_path: Path) -> None:
    done = harden(PINNED, "--emit", "flux", "-o", tmp_path / "out")
    assert "out/postrenderers.yaml and " in done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "objects.yaml",
        "postrenderers.yaml",
    ]


def test_what_needs_no_more_objects_leaves_none_behind(harden: Harden, tmp_path: Path) -> None:
    harden(PINNED, "--emit", "kustomize", "-o", tmp_path / "out")
    harden(harden(PINNED).stdout, "--emit", "kustomize", "-o", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["kustomization.yaml"]


def test_a_file_of_the_user_is_not_written_over(harden: Harden, tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: []\n")
    done = harden(PINNED, "--emit", "kustomize", "-o", tmp_path)
    assert (done.returncode, "kustomization.yaml: it is not from --emit" in done.stderr) == (2, True)
    assert (tmp_path / "kustomization.yaml").read_text() == "resources: []\n"
    assert not (tmp_path / "objects.yaml").exists()


@pytest.mark.parametrize(
    "args",
    [
        ("--emit", "kustomize"),
        ("-o", "out"),
        ("--emit", "helm", "-o", "out"),
        ("--emit", "flux", "-o", "out", "--check"),
        ("--emit", "flux", "-o", "out", "--krm"),
    ],
)
def test_wrong_usage(harden: Harden, args: tuple[str, ...]) -> None:
    done = harden(PINNED, *args)
    assert (done.returncode, done.stdout) == (2, "")


def test_a_folder_that_cannot_be_made_is_said(harden: Harden, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = harden(PINNED, "--emit", "kustomize", "-o", tmp_path / "file" / "out")
    assert (done.returncode, "cannot be written" in done.stderr) == (74, True)


SECRET_PATCH = """
patches:
- select: {kind: Secret}
  operations:
  - {op: replace, path: /stringData/db-password, value: correct-horse}
"""


@pytest.mark.parametrize(
    ("text", "patch", "why"),
    [
        (SECRET + PINNED, SECRET_PATCH, "Secret x-ledger: the profile's patches change it"),
        (PINNED + PINNED, "", "Deployment x-ledger: it stands there twice"),
        (JOB.replace("  name: load-", "  generateName: load-"), "", "it has no metadata.name"),
    ],
)
def test_what_kustomize_cannot_be_told_is_refused(
    harden: Harden, tmp_path: Path, text: str, patch: str, why: str
) -> None:
    ours = profile(tmp_path, patch)
    done = harden(text, "--profile", ours, "--emit", "kustomize", "-o", tmp_path / "out")
    assert (done.returncode, why in done.stderr, (tmp_path / "out").exists()) == (1, True, False)
    assert "correct-horse" not in done.stderr


def test_the_way_of_a_post_renderer_imports_none_of_it() -> None:
    code = (
        "import sys, io; sys.stdin = io.TextIOWrapper(io.BytesIO(b'kind: Pod\\napiVersion: v1\\n'));"
        "from postrender.cli import run; run([]);"
        "print({'postrender.krm', 'postrender.kustomize', 'argparse'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_a_policy_in_the_stream_counts(harden: Harden, tmp_path: Path) -> None:
    done = harden(policy_in_stream("test") + PINNED, "--emit", "kustomize", "-o", tmp_path / "out")
    assert "profile test: " in done.stderr
