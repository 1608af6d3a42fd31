"""The emitted patches and objects make of the same manifests what the post-renderer makes of them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonpatch
import pytest
import yaml

from postrender import kustomize as emission
from tests.conftest import Harden
from tests.rules.test_cases import ACCEPTED, read, run
from tests.samples import PINNED, profile
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


# The kinds without a namespace: https://kubernetes.io/docs/reference/kubernetes-api/
# What is gone from it: https://kubernetes.io/docs/reference/using-api/deprecation-guide/
WITHOUT_NAMESPACE = """
v1: Namespace Node PersistentVolume
admissionregistration.k8s.io/v1: MutatingWebhookConfiguration ValidatingWebhookConfiguration
  ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
apiextensions.k8s.io/v1: CustomResourceDefinition
apiregistration.k8s.io/v1: APIService
certificates.k8s.io/v1: CertificateSigningRequest
certificates.k8s.io/v1beta1: ClusterTrustBundle
flowcontrol.apiserver.k8s.io/v1: FlowSchema PriorityLevelConfiguration
flowcontrol.apiserver.k8s.io/v1beta1: FlowSchema PriorityLevelConfiguration
networking.k8s.io/v1: IPAddress IngressClass ServiceCIDR
node.k8s.io/v1: RuntimeClass
policy/v1beta1: PodSecurityPolicy
rbac.authorization.k8s.io/v1: ClusterRole ClusterRoleBinding
resource.k8s.io/v1: DeviceClass ResourceSlice
scheduling.k8s.io/v1: PriorityClass
storage.k8s.io/v1: CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass
"""


def test_patches_reach_what_has_no_namespace(kustomize: Path, harden: Harden, tmp_path: Path) -> None:
    patches, text = "\npatches:\n", PINNED
    for version, kinds in yaml.safe_load(WITHOUT_NAMESPACE).items():
        for kind in kinds.split():
            data = {
                "apiVersion": version,
                "kind": kind,
                "metadata": {"name": f"x-{version.partition('/')[2]}"},
            }
            text += f"---\n{yaml.safe_dump(data)}"
            if f"kind: {kind}}}" not in patches:
                patches += f"- select: {{kind: {kind}}}\n  operations:\n"
                patches += "  - {op: add, path: /metadata/labels, value: {reached: 'yes'}}\n"
    ours = profile(tmp_path, patches)
    hardened = harden(text, "--profile", ours).stdout
    assert hardened.count("reached") == text.count("\nkind: ") - 1
    harden(text, "--profile", ours, "--emit", "kustomize", "-o", tmp_path / "with" / "hardening")
    assert built_with(kustomize, tmp_path, "kustomize", text) == plain(
        kustomize, tmp_path / "plain", hardened
    )


def test_kustomize_stops_where_a_container_has_moved(kustomize: Path, harden: Harden, tmp_path: Path) -> None:
    harden(PINNED, "--emit", "kustomize", "-o", tmp_path / "with" / "hardening")
    moved = PINNED.replace("      containers:\n", "      containers:\n      - {name: first, image: 'i:1'}\n")
    done = build(kustomize, tmp_path / "with", moved, {"components": ["hardening"]})
    assert (done.returncode, "/spec/template/spec/containers/0/name" in done.stderr) == (1, True)


CUSTOM = """---
apiVersion: example.com/v1
kind: ClusterRole
metadata: {name: x}
"""
CUSTOM_PATCH = """
patches:
- select: {kind: ClusterRole}
  operations:
  - {op: add, path: /metadata/labels, value: {reached: "yes"}}
"""


def test_a_kind_that_is_not_of_kubernetes_states_its_namespace(
    kustomize: Path, harden: Harden, tmp_path: Path
) -> None:
    ours = profile(tmp_path, CUSTOM_PATCH)
    text = PINNED + CUSTOM.replace("name: x", "name: x, namespace: books")
    others = CUSTOM.replace("name: x", "name: x, namespace: elsewhere")
    harden(text, "--profile", ours, "--emit", "kustomize", "-o", tmp_path / "with" / "hardening")
    wanted = plain(kustomize, tmp_path / "plain", harden(text, "--profile", ours).stdout + others)
    assert built_with(kustomize, tmp_path, "kustomize", text + others) == wanted
