"""What hardening does to a stream, written down for kustomize: patches (RFC 6902) and the objects to add.

For where no post-renderer runs. `kustomize`: a component, for the `components` of any kustomization.
`flux`: the postRenderers of a HelmRelease, which take patches only; the objects to add stand beside them.
Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/
"""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from copy import deepcopy
from typing import NamedTuple

import jsonpatch

from postrender.errors import OutputError, PolicyUnmetError, UsageError
from postrender.harden import FIXED, Outcome, Result
from postrender.manifests import release, splice
from postrender.manifests.emit import block
from postrender.manifests.manifest import Manifest, Object, path_of, pointer
from postrender.manifests.style import Style
from postrender.rules.addition import RULE_LABEL

KUSTOMIZE, FLUX = "kustomize", "flux"
FORMS = (KUSTOMIZE, FLUX)

_MADE = "# Written by scalardl-harden --emit "
_OBJECTS = "objects.yaml"
_MAIN = {KUSTOMIZE: "kustomization.yaml", FLUX: "postrenderers.yaml"}
_STYLE = Style(newline="\n")
# To kustomize an object without a namespace stands in this one; an empty selector would pick any namespace.
_NO_NAMESPACE = "default"
# An empty group in a target picks any group.
_CORE_GROUP = "^$"
# The groups of Kubernetes itself, each with its kinds that have no namespace; Kubernetes 1.21 to 1.37.
# Source: api/openapi-spec of https://github.com/kubernetes/kubernetes, the paths without {namespace}
_CLUSTER_SCOPED: dict[str, tuple[str, ...]] = {
    "": ("ComponentStatus", "Namespace", "Node", "PersistentVolume"),
    "admissionregistration.k8s.io": (
        "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
    ),
    "apiextensions.k8s.io": ("CustomResourceDefinition",),
    "apiregistration.k8s.io": ("APIService",),
    "apps": (),
    "authentication.k8s.io": ("SelfSubjectReview", "TokenReview"),
    "authorization.k8s.io": ("SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"),
    "autoscaling": (),
    "batch": (),
    "certificates.k8s.io": ("CertificateSigningRequest", "ClusterTrustBundle"),
    "coordination.k8s.io": (),
    "discovery.k8s.io": (),
    "events.k8s.io": (),
    "extensions": ("PodSecurityPolicy",),
    "flowcontrol.apiserver.k8s.io": ("FlowSchema", "PriorityLevelConfiguration"),
    "internal.apiserver.k8s.io": ("StorageVersion",),
    "lifecycle.k8s.io": (),
    "networking.k8s.io": ("ClusterCIDR", "IPAddress", "IngressClass", "ServiceCIDR"),
    "node.k8s.io": ("RuntimeClass",),
    "policy": ("PodSecurityPolicy",),
    "rbac.authorization.k8s.io": ("ClusterRole", "ClusterRoleBinding"),
    "resource.k8s.io": (
        "DeviceClass", "DeviceTaintRule", "ResourceClass", "ResourcePoolStatusRequest", "ResourceSlice",
    ),
    "scheduling.k8s.io": ("PriorityClass",),
    "storage.k8s.io": ("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"),
    "storagemigration.k8s.io": ("StorageVersionMigration",),
}  # fmt: skip
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


class Patch(NamedTuple):
    """Operations on the one object that the target picks; both as kustomize reads them."""

    target: Object
    operations: list[Object]


class Emitted(NamedTuple):
    """What makes the stream obey the policy: the patches of its objects, and the objects to add."""

    patches: tuple[Patch, ...]
    objects: tuple[Object, ...]


def emitted(text: str, result: Result) -> Emitted:
    """What `result` changed in the stream `text`.

    Raises PolicyUnmetError for what cannot be said to kustomize: an object without a name of its own, one of
    which it is not known whether it has a namespace, and a change of a Secret, whose content would stand in
    the patch.
    """
    before = release.load(text, everything=True).manifests
    after = release.load(result.text or "", everything=True).manifests
    count = Counter(_identity(manifest) for manifest in before)
    added: list[Manifest] = []
    kept: list[Manifest] = []
    for manifest in after:
        made = RULE_LABEL in manifest.labels and _identity(manifest) not in count
        (added if made else kept).append(manifest)
    fixes: dict[tuple[int, str, str], list[Outcome]] = {}
    for outcome in result.outcomes:
        if outcome.status == FIXED:
            fixes.setdefault((outcome.document, outcome.kind, outcome.name), []).append(outcome)
    patches = []
    for old, new in zip(before, kept, strict=True):
        if not splice.same(old.data, new.data):
            _refuse_unsayable(old, count[_identity(old)])
            own = fixes.get((old.parsed.document.number, old.kind, old.name), [])
            operations = _operations(old, new, own)
            patches.append(Patch(_target(old), [*_tests(old, operations), *operations]))
    return Emitted(tuple(patches), tuple(manifest.data for manifest in added))


def write(form: str, folder: str, made: Emitted) -> list[str]:
    """Write the form into the folder, which is made where it is missing; gives the paths written.

    Raises UsageError where a file of that name stands there that this command did not write for this form,
    OutputError where a file cannot be written.
    """
    texts = {_MAIN[form]: _component(made) if form == KUSTOMIZE else _post_renderers(made)}
    if made.objects:
        texts[_OBJECTS] = "".join(f"---\n{block(data, 0, _STYLE)}\n" for data in made.objects)
    paths = {name: os.path.join(folder, name) for name in (_MAIN[form], _OBJECTS)}
    # Both are whole before the first gets its name.
    drafts = {name: os.path.join(folder, f".{name}.{os.getpid()}") for name in texts}
    try:
        _refuse_foreign(folder, form)
        above = _missing(folder)
        os.makedirs(folder, exist_ok=True)
        try:
            for name, draft in drafts.items():
                with open(draft, "x", encoding="utf-8", newline="\n") as stream:
                    stream.write(f"{_MADE}{form}; write it anew when the manifests change.\n{texts[name]}")
            for name, draft in drafts.items():
                os.replace(draft, paths[name])
        finally:
            for draft in drafts.values():
                with contextlib.suppress(OSError):
                    os.remove(draft)
            for empty in above:
                with contextlib.suppress(OSError):
                    os.rmdir(empty)  # of one that holds something nothing goes
        if _OBJECTS not in texts and os.path.lexists(paths[_OBJECTS]):
            os.remove(paths[_OBJECTS])
    except OSError as error:
        raise OutputError(f"-o {folder}: cannot be written: {error.strerror}") from None
    return [paths[name] for name in texts]


def _missing(folder: str) -> list[str]:
    """The folders that are to be made, the innermost first."""
    found = []
    while folder and not os.path.lexists(folder):
        found.append(folder)
        folder = os.path.dirname(folder)
    return found


def _refuse_foreign(folder: str, form: str) -> None:
    """Refuse a folder in which another's file, or one of the other form, has a name that counts."""
    for name in (*_MAIN.values(), _OBJECTS):
        path = os.path.join(folder, name)
        own = name in (_MAIN[form], _OBJECTS)
        problem = ""
        if own and os.path.lexists(path) and (os.path.islink(path) or not os.path.isfile(path)):
            problem = "it is a link or a folder, not a file"
        elif os.path.isfile(path):
            with open(path, "rb") as stream:
                first = stream.readline()
            writer = next((each for each in FORMS if first.startswith(f"{_MADE}{each};".encode())), "")
            if writer and writer != form:
                problem = f"it is from --emit {writer}"
            elif own and not writer:
                problem = "it is not from --emit"
        if problem:
            raise UsageError(f"{path}: {problem}; give -o a folder of its own")


def _component(made: Emitted) -> str:
    # With a name, because kustomize refuses a component of which nothing else is written.
    data: Object = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
    data["metadata"] = {"name": "scalardl-hardening"}
    if made.objects:
        data["resources"] = [_OBJECTS]
    return f"{block(data, 0, _STYLE)}\n{_patches(made, 0)}"


def _post_renderers(made: Emitted) -> str:
    if not made.patches:
        return "spec:\n  postRenderers: []\n"
    return f"spec:\n  postRenderers:\n  - kustomize:\n{_patches(made, 6)}"


def _patches(made: Emitted, column: int) -> str:
    """The key `patches` at the column; each patch as a text of its own, which is what both readers take."""
    if not made.patches:
        return ""
    lines = ["patches:"]
    for patch in made.patches:
        lines += [f"- target:\n    {block(patch.target, 4, _STYLE)}", "  patch: |-"]
        lines.append(f"    {block(patch.operations, 4, _STYLE)}")
    indent = " " * column
    return "".join(f"{indent}{line}\n" for line in "\n".join(lines).split("\n"))


def _identity(manifest: Manifest) -> tuple[str, str, str | None, str]:
    return manifest.group, manifest.kind, manifest.stated_namespace, manifest.name


def _refuse_unsayable(manifest: Manifest, times: int) -> None:
    problem = ""
    if not manifest.text("metadata", "name"):
        problem = "it has no metadata.name, by which a patch finds it"
    elif times > 1:
        problem = "it stands there twice, and kustomize takes an object once"
    elif manifest.kind == "Secret":
        problem = "the profile's patches change it, and what they write would stand in a file"
    elif manifest.group not in _CLUSTER_SCOPED and not manifest.stated_namespace:
        problem = "it states no namespace, and whether its kind has namespaces is not known"
    if problem:
        raise PolicyUnmetError(f"--emit cannot say it: {manifest.title}: {problem}; use the post-renderer")


def _target(manifest: Manifest) -> Object:
    version = manifest.api_version.rpartition("/")[2]
    target: Object = {"group": _exactly(manifest.group) or _CORE_GROUP, "version": version}
    target |= {"kind": manifest.kind, "name": _exactly(manifest.name)}
    if manifest.kind not in _CLUSTER_SCOPED.get(manifest.group, ()):
        target["namespace"] = _exactly(manifest.stated_namespace or _NO_NAMESPACE)
    return target


def _exactly(name: str) -> str:
    """The name as the regular expression that a target holds."""
    return _SPECIAL.sub(r"\\\g<0>", name)


def _operations(old: Manifest, new: Manifest, outcomes: list[Outcome]) -> list[Object]:
    """The operations of the rules, in their order, and behind them what else differs: the rules' mark."""
    found: list[Object] = []
    data = deepcopy(old.data)
    for outcome in outcomes:
        if outcome.namespace not in (old.stated_namespace, old.namespace):
            continue
        wanted = [operation for operation in outcome.operations if operation["path"]]
        try:
            data = jsonpatch.apply_patch(data, wanted)
        except jsonpatch.JsonPatchException:
            # Of another object of that kind and name, in the namespace that this one does not state.
            continue
        found += wanted
    return deepcopy(found) + list(jsonpatch.make_patch(data, new.data))


def _tests(manifest: Manifest, operations: list[Object]) -> list[Object]:
    """A test for each item of a list that an operation reaches by its place: that it is the item it was.

    When the chart's next version moves a container, kustomize stops instead of changing another one.
    """
    tests: dict[str, Object] = {}
    for operation in operations:
        path = path_of(operation["path"])
        for depth, step in enumerate(path):
            name = manifest.at(*path[: depth + 1], "name") if step.isdigit() else None
            if isinstance(name, str):
                place = pointer((*path[: depth + 1], "name"))
                tests[place] = {"op": "test", "path": place, "value": name}
    return list(tests.values())
