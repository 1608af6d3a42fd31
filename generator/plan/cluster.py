"""Real nodes: what `kubectl get nodes -o json` prints, and `kubectl get pods -A -o json` for what runs there.

Source: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from generator.errors import UNREADABLE, USAGE, GenerateError
from postrender.errors import UnreadableError
from postrender.manifests import selectors
from postrender.manifests.manifest import Manifest, Object, Parsed
from postrender.manifests.nodes import Tree
from postrender.manifests.release import Release
from postrender.manifests.stream import Document
from postrender.manifests.workload import Workload, workload_of
from postrender.proof.capacity import pod_request
from postrender.proof.placement.nodes import CORDONED, NodeKind
from postrender.proof.placement.terms import HOSTNAME, host_ports, terms
from profiles import quantities
from profiles.policy import Taint

_VERSION = re.compile(r"v(\d+)\.(\d+)")
_OVER = ("Succeeded", "Failed")
_DO = "make it with: kubectl get {} -o json > FILE"


class Cluster(NamedTuple):
    """Nodes, and the pods there that the terms of the release's pods look at, or that look at them.

    `kubernetes`: the oldest version of a kubelet. `running`: how many pods run there that are none of the
    release's.
    """

    kinds: list[NodeKind]
    residents: list[Workload]
    kubernetes: tuple[int, int]
    running: int


def read(nodes: Path, pods: Path | None, release: Release) -> Cluster:
    """The cluster for this release. Raises GenerateError where a file is no such list."""
    found = list(_items(nodes, "Node", "nodes"))
    if not found:
        raise GenerateError(f"{nodes}: no node in it; {_DO.format('nodes')}", USAGE)
    try:
        running = [
            one
            for one in (_items(pods, "Pod", "pods -A") if pods else ())
            if one.text("status", "phase") not in _OVER and one.text("spec", "nodeName")
        ]
        workloads = [made for one in running if (made := workload_of(one)) and not _ours(made, release)]
        return _cluster(found, workloads, release)
    except (UnreadableError, quantities.QuantityError) as error:
        raise GenerateError(f"{pods or nodes}: {error}", UNREADABLE) from None


def _cluster(nodes: list[Manifest], pods: list[Workload], release: Release) -> Cluster:
    looked_at = _looking(pods, release)
    residents: list[Workload] = []
    numbers: dict[object, int] = {}
    on_node: dict[str, list[Workload]] = {}
    for pod in pods:
        on_node.setdefault(pod.manifest.text("spec", "nodeName"), []).append(pod)
    # Where pods are told nodes by name, no two nodes are alike.
    by_name = _by_name(release)
    kinds: dict[object, NodeKind] = {}
    for node in sorted(nodes, key=lambda node: node.name):
        there: dict[int, int] = {}
        here = on_node.get(node.name, [])
        for pod in here:
            if id(pod.manifest) in looked_at:
                key = _alike(pod)
                if key not in numbers:
                    numbers[key] = len(residents)
                    residents.append(pod)
                there[numbers[key]] = there.get(numbers[key], 0) + 1
        kind = _kind(node, here, tuple(sorted(there.items())))
        sign = (_sign(kind), node.name if by_name else "")
        alike = kinds.get(sign)
        kinds[sign] = (
            alike._replace(names=(*alike.names, node.name), nodes=alike.nodes + 1) if alike else kind
        )
    versions = [_version(node) for node in nodes]
    return Cluster(list(kinds.values()), residents, min(versions), len(pods))


def _kind(node: Manifest, pods: list[Workload], residents: tuple[tuple[int, int], ...]) -> NodeKind:
    """The node with what the pods there leave of it."""
    room = {name: _quantity(node, name) for name in node.map("status", "allocatable") if name != "pods"}
    slots = _quantity(node, "pods") // quantities.NANO - len(pods)
    for pod in pods:
        for name in room:
            room[name] -= pod_request(pod, name)
    taints = [
        Taint(str(taint.get("key") or ""), str(taint.get("value") or ""), str(taint.get("effect") or ""))
        for taint in node.maps("spec", "taints")
    ]
    if node.flag("spec", "unschedulable"):
        taints += [taint for taint in CORDONED if taint not in taints]
    labels = {key: value for key, value in node.labels.items() if key != HOSTNAME}
    return NodeKind(
        names=(node.name,),
        nodes=1,
        labels=labels,
        domains=labels,
        taints=tuple(taints),
        room=room,
        pods=slots + sum(count for _, count in residents),
        ports=frozenset(port for pod in pods for port in host_ports(pod)),
        residents=residents,
    )


def _sign(kind: NodeKind) -> object:
    """The same for nodes that differ in name only."""
    maps = (tuple(sorted(kind.labels.items())), tuple(sorted(kind.room.items())))
    return maps, kind.taints, kind.pods, kind.ports, kind.residents


def _quantity(node: Manifest, name: str) -> int:
    value = node.at("status", "allocatable", name)
    if value is None:
        raise UnreadableError(f"{node.title}: no status.allocatable.{name}")
    return quantities.parse(value)


def _version(node: Manifest) -> tuple[int, int]:
    found = _VERSION.match(node.text("status", "nodeInfo", "kubeletVersion"))
    if not found:
        raise UnreadableError(f"{node.title}: no status.nodeInfo.kubeletVersion such as v1.30.4")
    return int(found[1]), int(found[2])


def _ours(pod: Workload, release: Release) -> bool:
    """Whether a running pod is one of the release's, which the plan places anew."""
    for workload in release.workloads:
        near = workload.manifest.namespace in (None, pod.manifest.namespace)
        if near and workload.selector and selectors.matches(workload.selector, pod.pod_labels):
            return True
    return False


def _looking(pods: list[Workload], release: Release) -> set[int]:
    """The running pods whose own terms may concern the release, or at which the release's terms look."""
    asked = [term.selection for one in release.workloads for term in terms(one, (9, 9))]
    found = set()
    for pod in pods:
        manifest = pod.manifest
        if any(term.demand == "apart" for term in terms(pod, (9, 9))) or any(
            selection.picks(manifest.namespace, pod.pod_labels, False) is not False for selection in asked
        ):
            found.add(id(manifest))
    return found


def _alike(pod: Workload) -> object:
    """The same for pods that no term tells apart."""
    affinity = json.dumps(pod.manifest.at("spec", "affinity"), sort_keys=True)
    return pod.manifest.namespace, tuple(sorted(pod.pod_labels.items())), affinity


def _by_name(release: Release) -> bool:
    """Whether any workload names its nodes."""
    for workload in release.workloads:
        told = json.dumps([workload.spec.get("nodeSelector"), workload.spec.get("affinity")])
        node_terms = workload.manifest.map(*workload.pod, "affinity", "nodeAffinity")
        if HOSTNAME in workload.manifest.texts(*workload.pod, "nodeSelector") or (
            node_terms and (HOSTNAME in told or "matchFields" in told)
        ):
            return True
    return False


def _items(path: Path, kind: str, what: str) -> Iterator[Manifest]:
    do = _DO.format(what)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GenerateError(f"{path}: cannot be read: {error.strerror or error}", USAGE) from None
    except ValueError as error:
        raise GenerateError(f"{path}: no JSON: {error}; {do}", UNREADABLE) from None
    items = data.get("items") if isinstance(data, dict) and "items" in data else [data]
    if not isinstance(items, list):
        raise GenerateError(f"{path}: items is no list; {do}", UNREADABLE)
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict) or item.get("kind", kind) != kind:
            raise GenerateError(f"{path}: item {number} is no {kind}; {do}", UNREADABLE)
        yield _manifest({"apiVersion": "v1", "kind": kind, **item}, number)


def _manifest(data: Object, number: int) -> Manifest:
    parsed = Parsed(Document(number, 1, ""), Tree(None, False, []))
    parsed.data = data
    return Manifest(parsed)
