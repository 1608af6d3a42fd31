"""pod-security: pods obey the restricted profile, write where they must only, and hold no API token.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from postrender.manifests.manifest import Manifest, Path
from postrender.manifests.operations import Operation, append, put, remove
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload, called
from postrender.rules import pod_others, pod_volumes, scope
from postrender.rules.finding import Finding
from profiles.policy import Policy

RULE = "pod-security"
REQUIREMENTS = ("container-security",)
WINDOWS = "windows"
ALLOWED_CAPABILITY = "NET_BIND_SERVICE"
NODE_NAMESPACES = {"hostNetwork": "network", "hostPID": "processes", "hostIPC": "shared memory"}
PROFILES = ("seccompProfile", "appArmorProfile")


class Change(NamedTuple):
    """One correction: what is wrong (`is privileged`), what it becomes, and the operation."""

    wrong: str
    cure: str
    operation: Operation


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """What the restricted profile forbids or asks for, in the pod and in each of its containers."""
    for workload in scope.workloads(release, policy, scope.SCALARDL):
        system = (*workload.pod, "os", "name")
        if workload.manifest.text(*system) == WINDOWS:
            problem = "its pods run on Windows, for which Kubernetes refuses most of the profile's fields"
            yield Finding(
                RULE, workload.manifest, system, problem, "left as it is", REQUIREMENTS, level="note"
            )
            continue
        inherited = workload.manifest.flag(*workload.pod, *pod_others.NON_ROOT)
        read_only = {path for path, _ in workload.own} if workload.role in policy.read_only_root else set()
        yield from _node_namespaces(workload)
        yield from _pod_corrected(workload)
        for path, container in workload.containers():
            yield from _container_corrected(workload, path, called(path, container), path in read_only)
        yield from _pod_filled(workload)
        if not inherited and workload.manifest.flag(*workload.pod, *pod_others.NON_ROOT):  # written just now
            yield from pod_others.as_root(workload)
        for path, container in workload.containers():
            yield from _container_filled(workload, path, called(path, container), path in read_only)
        yield from pod_volumes.writable_tmp(workload, read_only)
        yield from pod_volumes.of_the_node(workload)
        if workload.role not in ("admin", "other"):
            yield from pod_others.token(workload)


def _node_namespaces(workload: Workload) -> Iterator[Finding]:
    manifest = workload.manifest
    changes = [
        Change(f"shares the node's {shared}", f"{name} false", put(manifest, (*workload.pod, name), False))
        for name, shared in NODE_NAMESPACES.items()
        if manifest.flag(*workload.pod, name)
    ]
    yield from _corrected(workload, workload.pod, "the pod", changes)


def _pod_corrected(workload: Workload) -> Iterator[Finding]:
    base = (*workload.pod, "securityContext")
    yield from _corrected(workload, base, "the pod", _user_and_profiles(workload.manifest, base))


def _pod_filled(workload: Workload) -> Iterator[Finding]:
    """What the containers inherit; it is not needed where each says it for itself."""
    manifest = workload.manifest
    base = (*workload.pod, "securityContext")
    inner = [(*path, "securityContext") for path, _ in workload.containers()]
    wanted: dict[str, Any] = {}
    # Where a user 0 still stands (it is corrected under enforce only), the pod could not start.
    root = any(manifest.number(*path, "runAsUser") == 0 for path in (base, *inner))
    stated = all(manifest.flag(*path, "runAsNonRoot") for path in inner)
    if manifest.flag(*base, "runAsNonRoot") is None and not stated and not root:
        wanted["runAsNonRoot"] = True
    if not manifest.text(*base, "seccompProfile", "type") and not all(
        manifest.text(*path, "seccompProfile", "type") for path in inner
    ):
        wanted["seccompProfile"] = {"type": "RuntimeDefault"}
    names = {"runAsNonRoot": "runAsNonRoot true", "seccompProfile": "seccompProfile RuntimeDefault"}
    yield from _lacking(workload, base, "the pod", wanted, ", ".join(names[name] for name in wanted))


def _container_corrected(workload: Workload, path: Path, who: str, read_only: bool) -> Iterator[Finding]:
    manifest = workload.manifest
    base = (*path, "securityContext")
    changes = []
    if manifest.flag(*base, "privileged"):
        fix = put(manifest, (*base, "privileged"), False)
        changes.append(Change("is privileged", "privileged false", fix))
    escalates = manifest.flag(*base, "allowPrivilegeEscalation")
    if escalates or (escalates is None and _must_escalate(manifest, base)):
        fix = put(manifest, (*base, "allowPrivilegeEscalation"), False)
        changes.append(Change("may gain privileges", "allowPrivilegeEscalation false", fix))
    changes += _added_capabilities(manifest, (*base, "capabilities", "add"))
    if manifest.text(*base, "procMount") not in ("", "Default"):
        fix = put(manifest, (*base, "procMount"), "Default")
        changes.append(Change("sees all of /proc", "procMount Default", fix))
    if read_only and manifest.flag(*base, "readOnlyRootFilesystem") is False:
        fix = put(manifest, (*base, "readOnlyRootFilesystem"), True)
        changes.append(Change("may write to its root file system", "readOnlyRootFilesystem true", fix))
    yield from _corrected(workload, base, who, changes + _user_and_profiles(manifest, base))


def _added_capabilities(manifest: Manifest, path: Path) -> list[Change]:
    """Those beyond the one that the profile allows are taken away, the last first so that positions hold."""
    added = list(enumerate(manifest.list(*path)))
    surplus = [(index, str(name)) for index, name in added if name != ALLOWED_CAPABILITY]
    if surplus and len(surplus) == len(added):
        names = ", ".join(name for _, name in surplus)
        return [Change(f"adds capabilities ({names})", "no added capabilities", remove(path))]
    return [
        Change(f"adds capability {name}", f"without {name}", remove((*path, str(index))))
        for index, name in reversed(surplus)
    ]


def _container_filled(workload: Workload, path: Path, who: str, read_only: bool) -> Iterator[Finding]:
    manifest = workload.manifest
    base = (*path, "securityContext")
    wanted: dict[str, Any] = {}
    lacking = []
    if manifest.flag(*base, "allowPrivilegeEscalation") is None and not _must_escalate(manifest, base):
        lacking.append("allowPrivilegeEscalation false")
        wanted["allowPrivilegeEscalation"] = False
    if "ALL" not in manifest.list(*base, "capabilities", "drop"):
        lacking.append("capabilities drop ALL")
        wanted["capabilities"] = {"drop": ["ALL"]}
    if read_only and manifest.flag(*base, "readOnlyRootFilesystem") is None:
        lacking.append("readOnlyRootFilesystem true")
        wanted["readOnlyRootFilesystem"] = True
    yield from _lacking(workload, base, who, wanted, ", ".join(lacking))


def _must_escalate(manifest: Manifest, base: Path) -> bool:
    """Whether Kubernetes refuses allowPrivilegeEscalation: false, as long as the rest stays as it is."""
    added = manifest.list(*base, "capabilities", "add")
    return bool(manifest.flag(*base, "privileged")) or "SYS_ADMIN" in added or "CAP_SYS_ADMIN" in added


def _user_and_profiles(manifest: Manifest, base: Path) -> list[Change]:
    """What a pod's and a container's context have in common: root, and confinement that is switched off."""
    changes = []
    if manifest.flag(*base, "runAsNonRoot") is False:
        fix = put(manifest, (*base, "runAsNonRoot"), True)
        changes.append(Change("may run as root", "runAsNonRoot true", fix))
    if manifest.number(*base, "runAsUser") == 0:
        changes.append(Change("runs as user 0", "the image's own user", remove((*base, "runAsUser"))))
    for name in PROFILES:
        if manifest.text(*base, name, "type") == "Unconfined":
            fix = put(manifest, (*base, name, "type"), "RuntimeDefault")
            changes.append(Change(f"has the {name} Unconfined", f"{name} RuntimeDefault", fix))
    return changes


def _corrected(workload: Workload, base: Path, who: str, changes: list[Change]) -> Iterator[Finding]:
    if changes:
        yield Finding(
            rule=RULE,
            manifest=workload.manifest,
            path=base,
            problem=f"{who} {', '.join(change.wrong for change in changes)}",
            cure=", ".join(change.cure for change in changes),
            requirements=REQUIREMENTS,
            operations=tuple(change.operation for change in changes),
        )


def _lacking(
    workload: Workload, base: Path, who: str, wanted: dict[str, Any], text: str
) -> Iterator[Finding]:
    """What is missing under `base`, written as one map where `base` itself is missing."""
    if not wanted:
        return
    manifest = workload.manifest
    fixes = []
    if manifest.at(*base) is None:
        fixes.append(put(manifest, base, wanted))
        wanted = {}
    for name, value in wanted.items():
        if name == "capabilities":
            fixes.append(append(manifest, (*base, name, "drop"), "ALL"))
        elif name == "seccompProfile":
            fixes.append(put(manifest, (*base, name, "type"), value["type"]))
        else:
            fixes.append(put(manifest, (*base, name), value))
    yield Finding(
        rule=RULE,
        manifest=manifest,
        path=base,
        problem=f"{who} does not say {text}",
        cure=text,
        requirements=REQUIREMENTS,
        operations=tuple(fixes),
        missing=True,
    )
