"""The part of pod-security about volumes and ports: what comes from the node, and a /tmp to write to."""

from __future__ import annotations

from collections.abc import Iterator

from postrender.manifests.manifest import Path
from postrender.manifests.operations import append
from postrender.manifests.workload import Workload, called
from postrender.rules.finding import Finding

RULE = "pod-security"
REQUIREMENTS = ("container-security",)
TMP = "/tmp"  # noqa: S108 -- a path in the container
# https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
ALLOWED_TYPES = frozenset(
    ("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim",
     "projected", "secret")
)  # fmt: skip


def of_the_node(workload: Workload) -> Iterator[Finding]:
    """Volumes of forbidden types and ports on the node. Only their owner knows what they are for: no fix."""
    manifest = workload.manifest
    for index, volume in enumerate(manifest.maps(*workload.pod, "volumes")):
        for kind in sorted(key for key, value in volume.items() if key != "name" and value is not None):
            if kind not in ALLOWED_TYPES:
                problem = (
                    f"volume {volume.get('name')} is of the type {kind}, which the restricted profile forbids"
                )
                cure = "use a persistentVolumeClaim or an emptyDir, or exempt the object with a reason"
                path = (*workload.pod, "volumes", str(index), kind)
                yield Finding(RULE, manifest, path, problem, cure, REQUIREMENTS)
    for base, container in workload.containers():
        for index, _ in enumerate(manifest.maps(*base, "ports")):
            path = (*base, "ports", str(index), "hostPort")
            port = manifest.number(*path)
            if port:
                problem = f"{called(base, container)} opens port {port} on the node itself (hostPort)"
                cure = "reach it through a Service, or exempt the object with a reason"
                yield Finding(RULE, manifest, path, problem, cure, REQUIREMENTS)


def writable_tmp(workload: Workload, read_only: set[Path]) -> Iterator[Finding]:
    """An emptyDir at /tmp for the containers of `read_only`, where the start script writes."""
    manifest = workload.manifest
    lacking = [
        (path, container)
        for path, container in workload.containers()
        if path in read_only
        and manifest.flag(*path, "securityContext", "readOnlyRootFilesystem")
        and not any(str(m.get("mountPath")).rstrip("/") == TMP for m in manifest.maps(*path, "volumeMounts"))
    ]
    if not lacking:
        return
    name = _free_name(workload)
    who = " and ".join(called(*entry) for entry in lacking)
    mount = {"name": name, "mountPath": TMP}
    yield Finding(
        rule=RULE,
        manifest=manifest,
        path=(*workload.pod, "volumes"),
        problem=f"{who} cannot write to {TMP}, as the start script does",
        cure=f"an emptyDir at {TMP}, volume {name}",
        requirements=REQUIREMENTS,
        operations=(
            append(manifest, (*workload.pod, "volumes"), {"name": name, "emptyDir": {}}),
            *(append(manifest, (*path, "volumeMounts"), mount) for path, _ in lacking),
        ),
        missing=True,
    )


def _free_name(workload: Workload) -> str:
    """`tmp`, or the first of `tmp-2`, `tmp-3` ... that no volume has."""
    manifest = workload.manifest
    path = (*workload.pod, "volumes")
    taken = {manifest.text(*path, str(index), "name") for index, _ in enumerate(manifest.maps(*path))}
    if manifest.kind == "StatefulSet":
        for index, _ in enumerate(manifest.maps("spec", "volumeClaimTemplates")):
            taken.add(manifest.text("spec", "volumeClaimTemplates", str(index), "metadata", "name"))
    names = ["tmp", *(f"tmp-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)
