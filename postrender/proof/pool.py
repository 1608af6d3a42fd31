"""Which pods stand on the nodes of the pool, and what the release's DaemonSets take of each node."""

from __future__ import annotations

from typing import NamedTuple

from postrender.manifests.manifest import Manifest, Object, Path
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.proof.capacity import pod_request
from profiles.policy import NodePool, Taint
from profiles.scalardl import Role

SERVING: tuple[Role, ...] = ("ledger", "auditor", "envoy")
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"

# ScalarDL's images are for Linux, and so are the nodes.
_LINUX = ("kubernetes.io/os", "linux")


class Room(NamedTuple):
    """The pool with what the DaemonSets leave of each node; `doubtful` DaemonSets may take more."""

    pool: NodePool
    doubtful: tuple[Workload, ...]


def room(release: Release, pool: NodePool) -> Room:
    """What the release's own DaemonSets leave of each node of the pool."""
    cpu, memory, doubtful = pool.cpu, pool.memory, []
    for workload in release.workloads:
        if workload.manifest.kind != "DaemonSet" or workload.is_hook or not tolerated(workload, pool.taint):
            continue
        selected = selects(workload, pool)
        if selected is None:
            doubtful.append(workload)
        elif selected:
            cpu -= pod_request(workload, "cpu")
            memory -= pod_request(workload, "memory")
    return Room(pool._replace(cpu=cpu, memory=memory), tuple(doubtful))


def stands_there(workload: Workload, pool: NodePool) -> bool:
    """Whether the workload keeps pods on the pool: a component unless it selects other nodes, and
    what else is bound to the pool by its label and tolerates its taint.
    """
    if not workload.replicated or workload.is_hook:
        return False
    selected = selects(workload, pool)
    if workload.role in SERVING:
        return selected is not False
    bound = pool.label is not None and workload.manifest.texts(*workload.pod, "nodeSelector").get(
        pool.label[0]
    )
    return bool(bound) and selected is not False and tolerated(workload, pool.taint)


def selects(workload: Workload, pool: NodePool) -> bool | None:
    """Whether its nodeSelector and its required node affinity admit the pool's nodes.

    None where they ask for labels that the profile does not declare: not known.
    """
    manifest = workload.manifest
    known = dict([_LINUX, pool.label] if pool.label else [_LINUX])
    asked = manifest.texts(*workload.pod, "nodeSelector")
    if any(key in known and known[key] != value for key, value in asked.items()):
        return False
    if manifest.at(*workload.pod, "affinity", "nodeAffinity", REQUIRED) is None:
        return True if asked.keys() <= known.keys() else None
    base = (*workload.pod, "affinity", "nodeAffinity", REQUIRED, "nodeSelectorTerms")
    terms = [_term(manifest, (*base, str(index)), known) for index, _ in enumerate(manifest.maps(*base))]
    if all(term is False for term in terms):
        return False
    return True if True in terms and asked.keys() <= known.keys() else None


def _term(manifest: Manifest, path: Path, known: dict[str, str]) -> bool | None:
    """Whether a node selector term holds on nodes of which these labels are known; an empty one never."""
    base = (*path, "matchExpressions")
    found = [
        _holds(expression, manifest.list(*base, str(index), "values"), known)
        for index, expression in enumerate(manifest.maps(*base))
    ]
    if manifest.maps(*path, "matchFields"):
        found.append(None)
    if False in found or not found:
        return False
    return None if None in found else True


def _holds(expression: Object, values: list[object], known: dict[str, str]) -> bool | None:
    key, operator = expression.get("key"), expression.get("operator")
    if not isinstance(key, str) or key not in known:
        return None
    if operator == "In":
        return known[key] in values
    if operator == "NotIn":
        return known[key] not in values
    return {"Exists": True, "DoesNotExist": False}.get(str(operator))


def tolerated(workload: Workload, taint: Taint | None) -> bool:
    """Whether the taint does not keep the workload's pods away."""
    tolerations = workload.manifest.maps(*workload.pod, "tolerations")
    return (
        taint is None or taint.effect == "PreferNoSchedule" or any(tolerates(t, taint) for t in tolerations)
    )


def tolerates(toleration: Object, taint: Taint) -> bool:
    """Whether the scheduler lets pods with this toleration past the taint, and leaves them there.

    Source: https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
    """
    key, operator = toleration.get("key") or "", toleration.get("operator") or "Equal"
    if (toleration.get("effect") or taint.effect) != taint.effect:
        return False
    if taint.effect == "NoExecute" and toleration.get("tolerationSeconds") is not None:
        return False
    if operator == "Exists":
        return key in ("", taint.key)
    # An empty key is for Exists only; Kubernetes refuses it with any other operator.
    return operator == "Equal" and key == taint.key and (toleration.get("value") or "") == taint.value
