"""Reasons, without any search, why pods cannot stand on a pool."""

from __future__ import annotations

from collections import Counter

from postrender.manifests.resources import RESOURCES
from postrender.proof.groups import PodGroup, kept_apart
from postrender.proof.terms import HOSTNAME, ZONE
from profiles import quantities
from profiles.policy import NodePool


def of_one(group: PodGroup, pool: NodePool) -> str:
    """Why the pods of the group do not stand on the pool even without others; empty where nothing tells."""
    if not group.pods:
        return ""
    title = group.title
    if group.cpu > pool.cpu or group.memory > pool.memory:
        return f"one pod of {title} asks for more than a whole node of the pool offers"
    pods = f"the {group.pods} pods of {title}"
    zones = min(pool.zones, pool.nodes)
    if group.stands_alone(HOSTNAME) and group.pods > pool.nodes:
        return f"{pods} must stand on {group.pods} nodes, and the pool has {pool.nodes}"
    if group.stands_alone(ZONE) and group.pods > zones:
        return f"{pods} must stand in {group.pods} zones, and the pool has {zones}"
    for spread in group.spreads:
        domains = pool.nodes if spread.topology == HOSTNAME else zones
        called = "nodes" if spread.topology == HOSTNAME else "zones"
        most = spread.max_skew * domains
        if group.number in spread.counted and domains < spread.min_domains and group.pods > most:
            return (
                f"{pods} must stand over {spread.min_domains} {called} (minDomains), "
                f"and the pool has {domains}: {most} find a place there"
            )
    return ""


def of_all(groups: list[PodGroup], pool: NodePool) -> str:
    """Why the pods of all groups do not stand on the pool together; empty where nothing tells."""
    for resource in RESOURCES:
        sizes: Counter[int] = Counter()
        for group in groups:
            sizes[getattr(group, resource)] += group.pods
        room = int(getattr(pool, resource))
        asked = sum(size * pods for size, pods in sizes.items())
        if asked > pool.nodes * room:
            return (
                f"all pods ask for {resource} {quantities.text(asked)}, "
                f"and {pool.nodes} nodes offer {quantities.text(max(pool.nodes * room, 0))}"
            )
        pods = 0
        for size in sorted(sizes, reverse=True):
            pods += sizes[size]
            if size and pods > pool.nodes * (room // size):
                return (
                    f"{pods} pods ask for {resource} {quantities.text(size)} or more each, "
                    f"and {pool.nodes} nodes hold {room // size} of them each"
                )
    for topology, domains, called in (
        (HOSTNAME, pool.nodes, "nodes"),
        (ZONE, min(pool.zones, pool.nodes), "zones"),
    ):
        pods = _each_apart(groups, topology)
        if pods > domains:
            return f"{pods} pods keep away from each other, and the pool has {domains} {called}"
    return ""


def _each_apart(groups: list[PodGroup], topology: str) -> int:
    """A number of pods of which no two may be in one domain; there may be larger ones."""
    foes = kept_apart(groups, topology)
    chosen: set[int] = set()
    for group in sorted(groups, key=lambda group: -group.pods):
        itself = group.pods == 1 or group.number in foes[group.number]
        if group.pods and itself and chosen <= foes[group.number]:
            chosen.add(group.number)
    return sum(groups[number].pods for number in chosen)
