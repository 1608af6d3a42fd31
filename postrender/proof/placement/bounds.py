"""Reasons, without any search, why pods cannot stand on the nodes."""

from __future__ import annotations

from collections import Counter
from itertools import compress

from postrender.proof.placement import homes
from postrender.proof.placement.groups import PodGroup
from postrender.proof.placement.nodes import domains_of
from postrender.proof.placement.stage import Stage
from postrender.proof.placement.terms import HOSTNAME, ZONE, clash, host_ports
from profiles import quantities

_CALLED = {HOSTNAME: "nodes", ZONE: "zones"}


def of_one(stage: Stage, group: PodGroup, count: int) -> str:
    """Why so many pods of the group do not stand there even without others; empty where nothing tells."""
    kinds = list(stage.kinds)
    there = frozenset(number for number in group.homes if kinds[number].nodes)
    if not there:
        return nowhere(stage, group)
    large = [
        number
        for number in there
        if all(
            not ask or ask <= kinds[number].room.get(resource, 0)
            for ask, resource in zip(group.asks, stage.resources, strict=True)
        )
    ]
    if not large:
        if stage.open:
            return f"one pod of {group.title} asks for more than a whole node of {stage.title} offers"
        return f"one pod of {group.title} asks for more than any node that is for it has free"
    pods = f"the {count} pods of {group.title}"
    which = "" if len(there) == len([kind for kind in kinds if kind.nodes]) else " for them"
    for topology in dict.fromkeys(term.topology for term in group.apart):
        domains, called = domains_of(kinds, topology, there), called_of(topology)
        everywhere = all(kinds[number].domain(topology) is not None for number in there)
        if everywhere and group.stands_alone(topology) and count > domains:
            stand = "on" if topology == HOSTNAME else "in"
            return f"{pods} must stand {stand} {count} {called}, and {stage.title} has {domains}{which}"
    for spread in group.spreads:
        domains, called = domains_of(kinds, spread.topology, spread.kinds), called_of(spread.topology)
        most = spread.max_skew * domains
        if group.number in spread.counted and domains < spread.min_domains and count > most:
            return (
                f"{pods} must stand over {spread.min_domains} {called} (minDomains), "
                f"and {stage.title} has {domains}: {most} find a place there"
            )
    return ""


def called_of(topology: str) -> str:
    """What the domains of a topology are called: `zones`."""
    return _CALLED.get(topology, f"domains of {topology}")


def nowhere(stage: Stage, group: PodGroup) -> str:
    """Why no node at all is one for the pods of the group."""
    if group.workload is None or not stage.nodes:
        return f"{stage.title} has no node"
    kinds = [kind for kind in stage.kinds if kind.nodes]
    selected = [kind for kind in kinds if homes.selected(group.workload, kind) is not False]
    if not selected:
        asked = group.workload.manifest.texts(*group.workload.pod, "nodeSelector")
        labels = ", ".join(f"{key}={value}" for key, value in asked.items())
        return (
            f"no node of {stage.title} has the labels that {group.title} selects{labels and f' ({labels})'}"
        )
    ports = host_ports(group.workload)
    if all(clash(kind.ports, ports) for kind in selected):
        return f"the ports of its node that {group.title} takes are taken on every node of {stage.title}"
    taints = {taint for kind in selected for taint in homes.untolerated(group.workload, kind.taints)}
    named = ", ".join(
        sorted(f"{t.key}={t.value}:{t.effect}" if t.value else f"{t.key}:{t.effect}" for t in taints)
    )
    if named:
        return f"{group.title} does not tolerate the taint {named} of {stage.title}"
    return f"no node of {stage.title} has what {group.title} asks for"


def of_all(stage: Stage, wanted: tuple[int, ...]) -> str:
    """Why the pods of all groups do not stand on the nodes together; empty where nothing tells."""
    reason = of_resources(stage, demand(stage, wanted))
    if reason:
        return reason
    groups = list(compress(stage.groups, wanted))
    every = frozenset(range(len(stage.kinds)))
    for topology in stage.foes:
        pods, domains = (
            _each_apart(stage, groups, wanted, topology),
            domains_of(list(stage.kinds), topology, every),
        )
        if pods > domains:
            has = f"{stage.title} has {domains} {called_of(topology)}"
            return f"{pods} pods keep away from each other, and {has}"
    return ""


def demand(stage: Stage, wanted: tuple[int, ...]) -> list[Counter[int]]:
    """For each resource of the stage how many of the wanted pods ask for how much of it."""
    found: list[Counter[int]] = [Counter() for _ in stage.resources]
    for group in compress(stage.groups, wanted):
        for sizes, ask in zip(found, group.asks, strict=True):
            sizes[ask] += wanted[group.number]
    return found


def of_resources(stage: Stage, asked_for: list[Counter[int]]) -> str:
    """Why the nodes' resources do not hold pods that ask for so much (`demand`); empty where they may."""
    kinds = [kind for kind in stage.kinds if kind.nodes]
    for resource, sizes in zip(stage.resources, asked_for, strict=True):
        room = sum(max(kind.room.get(resource, 0), 0) * kind.nodes for kind in kinds)
        asked = sum(size * pods for size, pods in sizes.items())
        if asked > room:
            return (
                f"all pods ask for {resource} {quantities.text(asked)}, "
                f"and {stage.nodes} nodes offer {quantities.text(room)}"
            )
        pods = 0
        for size in sorted(sizes, reverse=True):
            pods += sizes[size]
            each = {max(kind.room.get(resource, 0), 0) // size for kind in kinds} if size else set()
            held = (
                sum(max(kind.room.get(resource, 0), 0) // size * kind.nodes for kind in kinds) if size else 0
            )
            if size and pods > held:
                hold = f"hold {max(each)} of them each" if len(each) == 1 else f"hold {held} of them"
                return (
                    f"{pods} pods ask for {resource} {quantities.text(size)} or more each, "
                    f"and {stage.nodes} nodes {hold}"
                )
    return ""


def _each_apart(stage: Stage, groups: list[PodGroup], wanted: tuple[int, ...], topology: str) -> int:
    """A number of pods of which no two may be in one domain; there may be larger ones.

    Pods on nodes without the topology are apart from nobody: then there is no such number.
    """
    foes = stage.foes[topology]
    if any(kind.nodes and kind.domain(topology) is None for kind in stage.kinds):
        return 0
    chosen: set[int] = set()
    for group in sorted(groups, key=lambda group: -wanted[group.number]):
        itself = wanted[group.number] == 1 or group.number in foes[group.number]
        if itself and chosen <= foes[group.number]:
            chosen.add(group.number)
    return sum(wanted[number] for number in chosen)
