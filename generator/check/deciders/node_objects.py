"""Node objects, as kubectl prints them: which are ScalarDL's, and which the control plane's.

Source: https://kubernetes.io/docs/reference/labels-annotations-taints/
"""

from __future__ import annotations

import ipaddress

from generator.check.evidence import Manifests
from postrender.manifests.manifest import Manifest
from profiles import quantities
from profiles.policy import Taint

_CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")


def control_plane(manifests: Manifests) -> list[Manifest]:
    """The nodes of the control plane."""
    return [node for node in manifests.nodes if any(name in node.labels for name in _CONTROL_PLANE)]


def workers(manifests: Manifests) -> list[Manifest]:
    """The nodes that take pods: not those of the control plane that are kept for it."""
    apart = [node for node in control_plane(manifests) if is_kept(node, manifests)]
    return [node for node in manifests.nodes if node not in apart]


def is_kept(node: Manifest, manifests: Manifests) -> bool:
    """Whether a taint keeps ScalarDL's pods away from the node: any but the taint of their pool."""
    pool = manifests.judged_by.pool
    return any(
        taint.effect in ("NoSchedule", "NoExecute") and not (pool and taint == pool.taint)
        for taint in taints(node)
    )


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


def in_the_internet(node: Manifest) -> list[int]:
    """Which of the node's addresses are public, by their place in status.addresses."""
    return [
        index
        for index, address in enumerate(node.maps("status", "addresses"))
        if address.get("type") == "ExternalIP" and is_public(address.get("address"))
    ]


def is_public(address: object) -> bool:
    """Whether it is an address that is reached from the internet."""
    try:
        return ipaddress.ip_address(str(address)).is_global
    except ValueError:
        return False


def capacity(node: Manifest, name: str) -> int | None:
    """What the machine has of `cpu` or `memory`, in nano-units; None where the node does not say."""
    try:
        return quantities.parse(node.at("status", "capacity", name))
    except quantities.QuantityError:
        return None
