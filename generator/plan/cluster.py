"""Real nodes: what `kubectl get nodes -o json` prints, and `kubectl get pods -A -o json` for what runs there.

Source: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
from postrender.proof.placement.nodes import CORDONED, LOST, NodeKind
from postrender.proof.placement.terms import HOSTNAME, ZONE, host_ports, terms
from profiles import quantities
from profiles.policy import Taint

# Taints of nodes that are not for workloads, and how many sorts of nodes are told apart.
_AWAY = ("node-role.kubernetes.io/", "node.kubernetes.io/")
_SORTS = 12
_VERSION = re.compile(r"v(\d{1,3})\.(\d{1,4})")
_OVER = ("Succeeded", "Failed")
_DO = "make it with: kubectl get {} -o json > FILE"


class Cluster(NamedTuple):
    """Nodes, and the pods there that the terms of the release's pods look at, or that look at them.

    `kubernetes`: the newest version of a kubelet: the API server is no older. `running`: how many pods run
    there that are none of the release's; `own`: that are taken for the release's; None: no pods were given.
    `fresh`: nodes of each sort as a new one would be, with the pods of DaemonSets only. `elsewhere`: pods
    like the release's in other namespaces, by namespace.
    """

    kinds: list[NodeKind]
    residents: list[Workload]
    kubernetes: tuple[int, int]
    running: int
    fresh: tuple[NodeKind, ...] = ()
    elsewhere: tuple[tuple[str, int], ...] = ()
    own: int | None = None


def read(nodes: Path, pods: Path | None, release: Release) -> Cluster:
    """The cluster for this release. Raises GenerateError where a file is no such list."""
    with _refusals(nodes):
        found = sorted(_items(nodes, "Node", "nodes"), key=lambda node: node.name)
        if not found:
            raise GenerateError(f"{nodes}: no node in it; {_DO.format('nodes')}", USAGE)
        empty = [_kind(node) for node in found]
        twice = sorted(name for name, count in Counter(node.name for node in found).items() if count > 1)
        if twice:
            raise GenerateError(f"{nodes}: {twice[0]} is in it more than once; give each node once", USAGE)
        kubernetes = max(_version(node) for node in found)
    if not pods:
        return _cluster(empty, {}, release, kubernetes)
    with _refusals(pods):
        running: dict[str, list[Workload]] = {}
        own = 0
        for pod in _items(pods, "Pod", "pods -A"):
            made = workload_of(pod)
            if made and pod.text("status", "phase") not in _OVER:
                if _ours(made, release):
                    own += 1
                else:
                    running.setdefault(pod.text("spec", "nodeName"), []).append(made)
        return _cluster(empty, running, release, kubernetes)._replace(own=own)


def of_nodes(nodes: Iterable[Manifest], release: Release) -> Cluster:
    """The cluster of these Node objects, with no pods there. Raises UnreadableError where one is no node."""
    found = sorted(nodes, key=lambda node: node.name)
    return _cluster([_kind(node) for node in found], {}, release, max(map(_version, found)))


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """What is unreadable in a file, as an error that names the file."""
    try:
        yield
    except (UnreadableError, quantities.QuantityError) as error:
        raise GenerateError(f"{path}: {error}", UNREADABLE) from None


def _cluster(
    empty: list[NodeKind], running: dict[str, list[Workload]], release: Release, kubernetes: tuple[int, int]
) -> Cluster:
    """The nodes, which are known without pods so far, with those that run there."""
    pods = {name: running.get(name, []) for kind in empty for name in kind.names}
    looked_at = _looking([pod for there in pods.values() for pod in there], release)
    residents: list[Workload] = []
    numbers: dict[object, int] = {}
    # Where pods are told nodes by name, no two nodes are alike.
    by_name = _by_name(release)
    kinds: dict[object, NodeKind] = {}
    for node in empty:
        (name,) = node.names
        there: dict[int, int] = {}
        for pod in pods[name]:
            if id(pod.manifest) in looked_at:
                number = numbers.setdefault(_alike(pod), len(residents))
                if number == len(residents):
                    residents.append(pod)
                there[number] = there.get(number, 0) + 1
        kind = _beside(node, pods[name])._replace(residents=tuple(sorted(there.items())))
        sign = (_sign(kind), name if by_name else "")
        alike = kinds.get(sign)
        kinds[sign] = alike._replace(names=(*alike.names, name), nodes=alike.nodes + 1) if alike else kind
    count = sum(map(len, pods.values()))
    near = Counter(
        pod.manifest.namespace or ""
        for there in pods.values()
        for pod in there
        if any(_alike_labels(pod, workload) for workload in release.workloads)
    )
    return Cluster(
        list(kinds.values()), residents, kubernetes, count, _fresh(empty, pods), tuple(sorted(near.items()))
    )


def _fresh(empty: list[NodeKind], pods: dict[str, list[Workload]]) -> tuple[NodeKind, ...]:
    """One node of each zone, size and taints, as a new one would be; none of a control plane."""
    found: dict[object, NodeKind] = {}
    for node in empty:
        if not any(taint.key.startswith(_AWAY) for taint in node.taints):
            daemons = [pod for pod in pods[node.names[0]] if _of_daemon(pod)]
            made = _beside(node, daemons)
            found.setdefault((made.domain(ZONE), made.taints, tuple(sorted(made.room.items()))), made)
    return tuple(found.values())[:_SORTS]


def _of_daemon(pod: Workload) -> bool:
    return any(owner.get("kind") == "DaemonSet" for owner in pod.manifest.maps("metadata", "ownerReferences"))


def is_ready(node: Manifest) -> bool:
    """Whether the node is Ready, or does not say."""
    told = [one.get("status") for one in node.maps("status", "conditions") if one.get("type") == "Ready"]
    return not told or told == ["True"]


def _kind(node: Manifest) -> NodeKind:
    """The node without any pods."""
    if not node.name:
        raise UnreadableError(f"{node.where}: no metadata.name")
    taints = [
        Taint(str(taint.get("key") or ""), str(taint.get("value") or ""), str(taint.get("effect") or ""))
        for taint in node.maps("spec", "taints")
    ]
    if node.flag("spec", "unschedulable"):
        taints += [taint for taint in CORDONED if taint not in taints]
    if not is_ready(node):
        taints += [taint for taint in LOST if taint not in taints]
    labels = {key: value for key, value in node.labels.items() if key != HOSTNAME}
    return NodeKind(
        names=(node.name,),
        nodes=1,
        labels=labels,
        domains=labels,
        taints=tuple(taints),
        room={name: _quantity(node, name) for name in node.map("status", "allocatable") if name != "pods"},
        pods=_quantity(node, "pods") // quantities.NANO,
    )


def _beside(node: NodeKind, pods: list[Workload]) -> NodeKind:
    """The node with what the pods there leave of it."""
    asked = {name: sum(pod_request(pod, name) for pod in pods) for name in node.room}
    return node._replace(
        room={name: room - asked[name] for name, room in node.room.items()},
        pods=node.pods - len(pods),
        ports=frozenset(port for pod in pods for port in host_ports(pod)),
    )


def _sign(kind: NodeKind) -> object:
    """The same for nodes that differ in name only."""
    maps = (tuple(sorted(kind.labels.items())), tuple(sorted(kind.room.items())))
    return maps, kind.taints, kind.pods, kind.ports, kind.residents


def _quantity(node: Manifest, name: str) -> int:
    value = node.at("status", "allocatable", name)
    if value is None:
        raise UnreadableError(f"{node.title}: no status.allocatable.{name}")
    try:
        return quantities.parse(value)
    except quantities.QuantityError as error:
        raise UnreadableError(f"{node.title}: status.allocatable.{name}: {error}") from None


def _version(node: Manifest) -> tuple[int, int]:
    found = _VERSION.match(node.text("status", "nodeInfo", "kubeletVersion"))
    if not found:
        raise UnreadableError(f"{node.title}: no status.nodeInfo.kubeletVersion such as v1.30.4")
    return int(found[1]), int(found[2])


def _ours(pod: Workload, release: Release) -> bool:
    """Whether a running pod is one of the release's, which the plan places anew."""
    return any(
        workload.manifest.namespace in (None, pod.manifest.namespace) and _alike_labels(pod, workload)
        for workload in release.workloads
    )


def _alike_labels(pod: Workload, workload: Workload) -> bool:
    return bool(workload.selector) and selectors.matches(workload.selector, pod.pod_labels)


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
        # As bytes: what a shell of Windows writes to a file may be UTF-16.
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise GenerateError(f"{path}: cannot be read: {error.strerror or error}", USAGE) from None
    except (ValueError, RecursionError) as error:
        raise GenerateError(f"{path}: no JSON: {error}; {do}", UNREADABLE) from None
    items = data.get("items") if isinstance(data, dict) and "items" in data else [data]
    if not isinstance(items, list):
        raise GenerateError(f"{path}: items is no list; {do}", UNREADABLE)
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict) or item.get("kind", kind) != kind:
            raise GenerateError(f"{path}: item {number} is no {kind}; {do}", UNREADABLE)
        yield _manifest({"apiVersion": "v1", "kind": kind, **item}, number)


def _manifest(data: Object, number: int) -> Manifest:
    parsed = Parsed(Document(number, 1, ""), Tree(None, None, False, []))
    parsed.data = data
    return Manifest(parsed)
