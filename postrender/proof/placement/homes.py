"""Which kinds of nodes a workload's pods may stand on: selectors of nodes, node affinity, taints.

Sources: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
and https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
"""

from __future__ import annotations

from postrender.manifests.manifest import Manifest, Object, Path
from postrender.manifests.workload import Workload
from postrender.proof.placement.nodes import NodeKind
from postrender.proof.placement.terms import HOSTNAME, REQUIRED
from profiles.policy import Taint


def selected(workload: Workload, kind: NodeKind) -> bool | None:
    """Whether its nodeSelector and its required node affinity admit the nodes.

    None where they ask for labels that nobody declared, or for names: not known.
    """
    manifest = workload.manifest
    asked = manifest.texts(*workload.pod, "nodeSelector")
    found = [_labelled(kind, key, value) for key, value in asked.items()]
    base = (*workload.pod, "affinity", "nodeAffinity", REQUIRED)
    if manifest.at(*base) is not None:
        base = (*base, "nodeSelectorTerms")
        terms = [_term(manifest, (*base, str(index)), kind) for index, _ in enumerate(manifest.maps(*base))]
        # One term that holds is enough; none at all holds for no node.
        found.append(True if True in terms else None if None in terms else False)
    if False in found:
        return False
    return None if None in found else True


def _labelled(kind: NodeKind, key: str, value: str) -> bool | None:
    own = kind.labels.get(key)
    if own is None and (kind.open or key == HOSTNAME):
        return (value in kind.names if kind.nodes == 1 else None) if kind.names and key == HOSTNAME else None
    return own == value


def _term(manifest: Manifest, path: Path, kind: NodeKind) -> bool | None:
    """Whether a node selector term holds; an empty one never."""
    base = (*path, "matchExpressions")
    found = [
        _holds(expression, manifest.list(*base, str(index), "values"), kind)
        for index, expression in enumerate(manifest.maps(*base))
    ]
    base = (*path, "matchFields")
    for index, field in enumerate(manifest.maps(*base)):
        found.append(_named(field, manifest.list(*base, str(index), "values"), kind))
    if False in found or not found:
        return False
    return None if None in found else True


def _named(field: Object, values: list[object], kind: NodeKind) -> bool | None:
    """Whether a field selector holds: the API knows metadata.name, with one value."""
    if kind.nodes != 1 or not kind.names:
        return None
    inside = kind.names[0] in values
    return inside if field.get("operator") == "In" else not inside


def _holds(expression: Object, values: list[object], kind: NodeKind) -> bool | None:
    key, operator = expression.get("key"), expression.get("operator")
    own = kind.labels.get(key) if isinstance(key, str) else None
    if key == HOSTNAME:
        if kind.nodes != 1 or not kind.names:
            return True if operator == "Exists" else None
        own = kind.names[0]
    if own is None and kind.open:
        return None
    if operator == "In":
        return own in values
    if operator == "NotIn":
        return own not in values
    if operator in ("Gt", "Lt"):
        try:
            left, right = int(own or ""), int(str(values[0]))
        except (ValueError, IndexError):
            return False
        return left > right if operator == "Gt" else left < right
    return {"Exists": own is not None, "DoesNotExist": own is None}.get(str(operator), False)


def tolerated(workload: Workload, taints: tuple[Taint, ...]) -> bool:
    """Whether none of the taints keeps the workload's pods away."""
    return not untolerated(workload, taints)


def untolerated(workload: Workload, taints: tuple[Taint, ...]) -> list[Taint]:
    """The taints that keep the workload's pods away."""
    if not taints:
        return []
    tolerations = workload.manifest.maps(*workload.pod, "tolerations")
    return [
        taint
        for taint in taints
        if taint.effect != "PreferNoSchedule" and not any(tolerates(one, taint) for one in tolerations)
    ]


def tolerates(toleration: Object, taint: Taint) -> bool:
    """Whether the scheduler lets pods with this toleration past the taint, and leaves them there."""
    key, operator = toleration.get("key") or "", toleration.get("operator") or "Equal"
    if (toleration.get("effect") or taint.effect) != taint.effect:
        return False
    if taint.effect == "NoExecute" and toleration.get("tolerationSeconds") is not None:
        return False
    if operator == "Exists":
        return key in ("", taint.key)
    # An empty key is for Exists only; Kubernetes refuses it with any other operator.
    return operator == "Equal" and key == taint.key and (toleration.get("value") or "") == taint.value
