"""The part of pod-security about containers that are not the component's own, and the token they may use."""

from __future__ import annotations

from collections.abc import Iterator

from postrender.manifests.manifest import Object, Path
from postrender.manifests.operations import put
from postrender.manifests.workload import Workload, called
from postrender.rules.finding import Finding

RULE = "pod-security"
NON_ROOT = ("securityContext", "runAsNonRoot")


def as_root(workload: Workload) -> Iterator[Finding]:
    """The containers that are not the component's own and of which nothing tells whether they run as root."""
    manifest = workload.manifest
    base = (*workload.pod, "securityContext")
    if manifest.number(*base, "runAsUser"):
        return
    names = [
        called(path, container)
        for path, container in _others(workload)
        if not manifest.flag(*path, *NON_ROOT) and not manifest.number(*path, "securityContext", "runAsUser")
    ]
    if names:
        problem = f"{' and '.join(names)} must not run as root, or the pod will not start"
        cure = "where an image's user is root or no number, state a runAsUser other than 0"
        yield Finding(RULE, manifest, base, problem, cure, ("container-security",), level="note")


def token(workload: Workload) -> Iterator[Finding]:
    """The token of the Kubernetes API, unless it is asked for and another container may use it."""
    path = (*workload.pod, "automountServiceAccountToken")
    mounted = workload.manifest.flag(*path)
    if mounted is False:
        return
    problem = "its pods hold a token of the Kubernetes API, which ScalarDL does not use"
    others = [called(*entry) for entry in _others(workload)]
    if mounted and others:
        problem += f", but {' and '.join(others)} may"
        cure = "left as it is; set it to false if not"
        yield Finding(RULE, workload.manifest, path, problem, cure, ("least-privilege",), level="note")
        return
    yield Finding(
        rule=RULE,
        manifest=workload.manifest,
        path=path,
        problem=problem,
        cure="automountServiceAccountToken false",
        requirements=("least-privilege",),
        operations=(put(workload.manifest, path, False),),
        missing=mounted is None,
    )


def _others(workload: Workload) -> list[tuple[Path, Object]]:
    """The containers that are not the component's own."""
    own = {path for path, _ in workload.own}
    return [(path, container) for path, container in workload.containers() if path not in own]
