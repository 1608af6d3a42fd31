"""Node objects, as kubectl prints them: which are ScalarDL's, and which the control plane's.

Source: https://kubernetes.io/docs/reference/labels-annotations-taints/
"""

from __future__ import annotations

from generator.check.evidence import Manifests
from postrender.manifests.manifest import Manifest
from profiles import quantities
from profiles.policy import Taint

_CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")


def control_plane(manifests: Manifests) -> list[Manifest]:
    """The nodes of the control plane."""
    return [node for node in manifests.nodes if any(name in node.labels for name in _CONTROL_PLANE)]


def workers(manifests: Manifests) -> list[Manifest]:
    """The nodes that are not the control plane's."""
    apart = control_plane(manifests)
    return [node for node in manifests.nodes if node not in apart]


def labelled(manifests: Manifests) -> list[Manifest]:
    """The workers with the label of the pool."""
    pool = manifests.judged_by.pool
    if not pool or not pool.label:
        return []
    name, value = pool.label
    return [node for node in workers(manifests) if node.labels.get(name) == value]


def tainted(manifests: Manifests) -> list[Manifest]:
    """The workers with the taint of the pool."""
    pool = manifests.judged_by.pool
    if not pool or not pool.taint:
        return []
    return [node for node in workers(manifests) if pool.taint in taints(node)]


def of_pool(manifests: Manifests) -> list[Manifest]:
    """The nodes with the label or the taint of the pool; where none has either, all workers."""
    marked = [*labelled(manifests), *tainted(manifests)]
    return [node for node in workers(manifests) if node in marked] or workers(manifests)


def taints(node: Manifest) -> list[Taint]:
    """The taints of a node."""
    return [
        Taint(*(str(taint.get(name) or "") for name in ("key", "value", "effect")))
        for taint in node.maps("spec", "taints")
    ]


def is_ready(node: Manifest) -> bool:
    """Whether the node is Ready, or does not say."""
    told = [one.get("status") for one in node.maps("status", "conditions") if one.get("type") == "Ready"]
    return not told or told == ["True"]


def capacity(node: Manifest, name: str) -> int | None:
    """What the machine has of `cpu` or `memory`, in nano-units; None where the node does not say."""
    try:
        return quantities.parse(node.at("status", "capacity", name))
    except quantities.QuantityError:
        return None
