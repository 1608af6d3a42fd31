"""The nodes: those of a real cluster, else those of the declared pool."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.check.answers import Said, beside, met, person, wrong
from generator.check.deciders import node_objects
from generator.check.deciders.by_rule import ByRule, Less
from generator.check.deciders.facts import Fact, of_fact, undeclared
from generator.check.evidence import Declared, Manifests, Side
from generator.check.row import Row
from generator.plan.cluster import is_ready
from postrender.manifests.manifest import Manifest
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.policy_source import DEFAULT_SOURCE, built_in
from profiles.policy import NodePool
from profiles.scalardl import SERVING
from profiles.values import OLDEST_KUBERNETES

_NODES, _ZONES = 3, 2
_ZONE = "topology.kubernetes.io/zone"
_VERSION = re.compile(r"v(\d{1,3})\.(\d{1,4})")


def _availability(side: Side) -> Iterator[Said]:
    manifests = side.manifests
    if manifests and manifests.nodes:
        nodes = node_objects.of_pool(manifests)
        ready = [node for node in nodes if is_ready(node)]
        if len(ready) >= _NODES:
            yield met(f"{len(ready)} nodes are Ready")
        elif nodes:
            yield manifests.wrong(
                "availability-nodes",
                nodes[0],
                (),
                f"fewer than three nodes for ScalarDL are Ready: {len(ready)} of {len(nodes)}",
                "have three or more, so that two are left when one fails",
            )
    elif side.declared:
        pool = side.declared.domain.node_pool
        if pool is None:
            yield person("nodePool is null: how many nodes there are is not declared", "nodes", "deployment")
            return
        fact = Fact(
            ("nodePool", "nodes"),
            f"nodePool.nodes is {pool.nodes}, fewer than three",
            "declare three or more, so that two are left when one fails",
            "how many there are",
            lambda nodes: isinstance(nodes, int) and nodes >= _NODES,
        )
        yield of_fact("availability-nodes", fact, side.declared)


def _replicas(side: Side) -> Iterator[Said]:
    manifests, declared = side.manifests, side.declared
    if manifests and manifests.workloads():
        pods = [one for one in manifests.workloads("ledger", "envoy") if one.replicated]
        if not pods:
            yield beside("neither Ledger nor Envoy is in the manifests")
            return
        nodes = len(node_objects.of_pool(manifests))
        if manifests.nodes and not nodes:
            yield person("all nodes given are kept for the control plane; give the others too", "nodes")
            return
        nodes = nodes or _of_policy(manifests.policy.pool)
        if nodes == 0:
            yield person("how many nodes ScalarDL has is not declared", "nodes", "deployment")
            return
        unequal = [one for one in pods if not _as_many(one, manifests.release, nodes)]
        for one in unequal:
            yield _not_as_many(one, manifests, nodes)
        if not unequal and (manifests.nodes or _is_declared(side)):
            yield met(f"Ledger and Envoy have as many pods as there are nodes: {nodes}")
        elif not unequal:
            yield _unknown(nodes)
    elif declared and declared.domain.node_pool:
        yield from _declared_replicas(declared, declared.domain.node_pool.nodes)
    elif declared:
        yield person("nodePool is null: how many nodes there are is not declared", "nodes", "deployment")


def _of_policy(pool: NodePool | None) -> int:
    return pool.nodes if pool else 0


def _is_declared(side: Side) -> bool:
    """Whether the user's own file, or the policy made from one, tells how many nodes there are."""
    if side.declared:
        return side.declared.stated("nodePool", "nodes")
    manifests = side.manifests
    assert manifests is not None
    return manifests.source != DEFAULT_SOURCE and manifests.policy.profile not in built_in()


def _unknown(nodes: int) -> Said:
    return person(
        f"there are as many pods as the {nodes} nodes of the built-in profile, and yours are not declared; "
        f"write nodePool.nodes: {nodes} if it is so",
        "nodes",
        "deployment",
    )


def _as_many(workload: Workload, release: Release, nodes: int) -> bool:
    """Whether there are as many pods as nodes; under an autoscaler, at some load."""
    fewest, most = release.replicas(workload)
    return fewest <= nodes <= most


def _not_as_many(workload: Workload, manifests: Manifests, nodes: int) -> Said:
    fewest, most = manifests.release.replicas(workload)
    pods = f"{fewest} pod{'s' * (fewest > 1)}" if fewest == most else f"{fewest} to {most} pods"
    scaler = manifests.release.autoscaler(workload)
    return manifests.wrong(
        "replicas-equal-nodes",
        workload.manifest,
        ("spec",) if scaler else ("spec", "replicas"),
        f"{pods} for {nodes} node{'s' * (nodes != 1)}",
        f"set replicaCount to {nodes}, or have as many nodes as pods"
        if nodes >= _NODES
        else f"have as many nodes as pods, {_NODES} at least",
    )


def _declared_replicas(declared: Declared, nodes: int) -> Iterator[Said]:
    replicas, scaling = declared.domain.replicas, declared.domain.autoscaling
    several = [("envoy", replicas.envoy, scaling.max_replicas.envoy if scaling else replicas.envoy)]
    if declared.product == "ledger":
        most = scaling.max_replicas.product if scaling else replicas.product
        several.insert(0, ("product", replicas.product, most))
    if not declared.stated("nodePool", "nodes"):
        yield undeclared(declared, ("nodePool", "nodes"), "how many there are")
        return
    unequal = [(name, least, most) for name, least, most in several if not least <= nodes <= most]
    for name, least, most in unequal:
        yield wrong(
            "replicas-equal-nodes",
            f"replicas.{name} is {least if least == most else f'{least} to {most}'} for {nodes} nodes",
            "have as many nodes as pods, or as many pods as nodes, three at least",
            declared.spot("replicas", name),
        )
    if not unequal:
        yield met(f"as many pods as nodes are declared: {nodes}")


def _zones(side: Side) -> Iterator[Said]:
    """The zones of the nodes; and, where there may be several, how the pods spread over them."""
    found = list(_zones_of_nodes(side))
    yield from found
    if any(one.finding for one in found):
        return
    manifests = side.manifests
    pool = manifests.policy.pool if manifests else None
    several = any(one.status == "met" for one in found) or (pool is not None and pool.zones >= _ZONES)
    if manifests is None or (several and manifests.workloads()):
        yield from _SPREAD(side)


def _zones_of_nodes(side: Side) -> Iterator[Said]:
    manifests, declared = side.manifests, side.declared
    nodes = node_objects.of_pool(manifests) if manifests else []
    zones = {node.labels.get(_ZONE, "") for node in nodes}
    if manifests and nodes and "" not in zones:
        if len(zones) >= _ZONES:
            yield met(f"the nodes are in {len(zones)} zones")
        else:
            yield manifests.wrong(
                "spread-zones",
                nodes[0],
                ("metadata", "labels"),
                f"all nodes for ScalarDL are in the zone {zones.pop()}",
                "spread the node group over two zones or more",
            )
    elif declared and declared.domain.node_pool:
        fact = Fact(
            ("nodePool", "zones"),
            "all nodes for ScalarDL are in one zone",
            "spread the node group over two zones or more and declare them as nodePool.zones",
            "in how many they are",
            lambda count: isinstance(count, int) and count >= _ZONES,
        )
        yield of_fact("spread-zones", fact, declared)
    elif declared:
        yield person("nodePool is null, so the zones of the nodes are not declared", "nodes", "deployment")


def _spread(declared: Declared) -> Less:
    if declared.domain.spread.zones != "none":
        return None
    return (
        ("spread", "zones"),
        "nothing spreads the pods over zones",
        "write spread.zones: preferred or required",
    )


_SPREAD = ByRule("spread-zones", "zone-spread", SERVING, _spread)


def _version(side: Side) -> Iterator[Said]:
    manifests = side.manifests
    versions = [(node, _kubelet(node)) for node in manifests.nodes] if manifests else []
    oldest = ".".join(map(str, OLDEST_KUBERNETES))
    known = [version for _, version in versions if version]
    for node, version in versions:
        if manifests and version and version < OLDEST_KUBERNETES:
            yield manifests.wrong(
                "kubernetes-version",
                node,
                ("status", "nodeInfo", "kubeletVersion"),
                f"the node runs Kubernetes {version[0]}.{version[1]}, older than {oldest}",
                "upgrade the cluster and its nodes",
            )
    if known and min(known) >= OLDEST_KUBERNETES:
        yield met(f"the oldest node runs Kubernetes {min(known)[0]}.{min(known)[1]}")
    elif not known and side.declared:
        # An older one is refused when the file is loaded.
        fact = Fact(("kubernetesVersion",), "", "", 'the oldest of the clusters, such as "1.30"')
        yield of_fact("kubernetes-version", fact, side.declared)


def _kubelet(node: Manifest) -> tuple[int, int] | None:
    found = _VERSION.match(node.text("status", "nodeInfo", "kubeletVersion"))
    return (int(found[1]), int(found[2])) if found else None


ROWS: dict[str, Row] = {
    "availability-nodes": Row(("nodes", "deployment"), _availability),
    "replicas-equal-nodes": Row(("nodes", "manifests", "deployment"), _replicas),
    "spread-zones": Row(("nodes", "deployment"), _zones),
    "kubernetes-version": Row(("nodes", "deployment"), _version),
}
