"""What a picture of nodes and pods shows, whoever draws it: boxes for nodes, a letter for each workload."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

from generator.plan.naming import Node, own_pods
from generator.plan.phrases import counted
from postrender.proof.placement.groups import PodGroup
from postrender.proof.placement.stage import Stage
from postrender.proof.placement.words import Wait
from profiles import quantities

# So many nodes are drawn each for itself; of more those that are alike stand together.
_EACH = 12
# The most boxes of alike nodes; if there are more, a zone's nodes stand together, alike or not.
_BOXES = 12
_RESIDENT = "·"
# Names of nodes that are longer are shortened.
_LONG = 22


class Use(NamedTuple):
    """How much of a node's room for the release's pods is taken, nano-units."""

    resource: str
    used: int
    room: int

    @property
    def share(self) -> float:
        """Of the room, between 0 and 1."""
        return 1.0 if self.used >= self.room else max(0, self.used) / self.room

    @property
    def amounts(self) -> tuple[str, str]:
        """What is used, and of how much: `2500m`, `3800m`."""
        if self.resource == "cpu" and any(nano % quantities.NANO for nano in (self.used, self.room)):
            return _thousandths(self.used), _thousandths(self.room)
        return amount(self.resource, self.used), amount(self.resource, self.room)


class Box(NamedTuple):
    """Nodes of one zone that stand together. `alike`: each of them has the same pods.

    `names`: as short as they may be. `pods`: by number of group, of each node where they are alike, else of
    all together. `uses`: of the fullest of them.
    """

    names: tuple[str, ...]
    zone: str | None
    state: str
    alike: bool
    pods: tuple[tuple[int, int], ...]
    uses: tuple[Use, ...]

    @property
    def title(self) -> str:
        """The node's name; of several that of the first."""
        return self.names[0] if len(self.names) == 1 else f"{self.names[0]} …"

    @property
    def folded(self) -> str:
        """What stands for several nodes: `×67`, or nothing."""
        return f"×{len(self.names)}" if len(self.names) > 1 else ""


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Names without what all of them begin and end with, where they are long: `…vmss000003`.

    What is left out ends at a `-` or a dot, or begins at a dot.
    """
    if len(names) < 2 or max(map(len, names)) <= _LONG:
        return {name: name for name in names}
    tail = _common([name[::-1] for name in names])[::-1]
    tail = tail[tail.find(".") :] if "." in tail else ""
    head = _common(names)
    head = head[: max(head.rfind("-"), head.rfind(".")) + 1]
    if max(map(len, names)) - len(tail) < _LONG:
        head = ""  # the end alone is enough to leave out
    elif len(head) + len(tail) > min(map(len, names)):
        tail = ""
    before, after = "…" * bool(head), "…" * bool(tail)
    return {name: before + name[len(head) : len(name) - len(tail)] + after for name in names}


def _common(names: Sequence[str]) -> str:
    """What all of them begin with."""
    return "".join(
        signs[0] for signs in takewhile(lambda signs: len(set(signs)) == 1, zip(*names, strict=False))
    )


def boxes(stage: Stage, nodes: Sequence[Node]) -> list[Box]:
    """The nodes in boxes, zone by zone."""
    short = short_names([node.name for node in nodes])
    nodes = [node._replace(name=short[node.name]) for node in nodes]
    keys: list[Callable[[Node], object]] = [
        lambda node: (node.zone, node.state, node.place.pods, node.place.free),
        lambda node: (node.zone, node.state, node.place.pods),
        lambda node: (node.zone, node.state),
        lambda node: node.state,
    ]
    found = [[node] for node in nodes]
    if len(nodes) > _EACH:
        for key in keys:
            found = _together(nodes, key)
            if len(found) <= _BOXES:
                break
    # `zone 2` stands before `zone 10`.
    return sorted(
        (_box(stage, each) for each in found), key=lambda box: (len(box.zone or ""), box.zone or "")
    )


def _together(nodes: Sequence[Node], key: Callable[[Node], object]) -> list[list[Node]]:
    found: dict[object, list[Node]] = {}
    for node in nodes:
        found.setdefault(key(node), []).append(node)
    return list(found.values())


def _box(stage: Stage, nodes: list[Node]) -> Box:
    first = nodes[0]
    alike = all(node.place.pods == first.place.pods for node in nodes)
    pods = first.place.pods if alike else tuple(own_pods(stage, nodes).items())
    zone = first.zone if all(node.zone == first.zone for node in nodes) else None
    uses = (
        max((each[i] for each in map(stage_uses(stage), nodes)), key=lambda use: use.share)
        for i in asked(stage)
    )
    return Box(tuple(node.name for node in nodes), zone, first.state, alike, pods, tuple(uses))


def asked(stage: Stage) -> list[int]:
    """The resources, by their place on the stage, that are worth a bar."""
    return [
        index
        for index, name in enumerate(stage.resources)
        if name in ("cpu", "memory") or any(group.asks[index] for group in stage.groups)
    ]


def stage_uses(stage: Stage) -> Callable[[Node], list[Use]]:
    """What is used on a node of the stage, of each resource."""

    def uses(node: Node) -> list[Use]:
        room = stage.kinds[node.place.kind % stage.base].room
        return [
            Use(name, room.get(name, 0) - free, room.get(name, 0))
            for name, free in zip(stage.resources, node.place.free, strict=True)
        ]

    return uses


def waiting(waits: Sequence[Wait]) -> tuple[tuple[int, int], ...]:
    """The pods that wait, by number of group."""
    return tuple((wait.group.number, wait.pods) for wait in waits)


def letters(stage: Stage) -> list[str]:
    """For each group its sign: a letter of its name for a workload, with a stroke for its next revision."""
    found: list[str] = []
    for group in stage.groups[: stage.workloads]:
        name = group.title.partition(" ")[2].upper()
        own = group.workload.role if group.workload else "other"
        last = name.rpartition("-")[2]
        wished = (own.upper() if own != "other" else "") + last[:1] + name + ascii_uppercase + ascii_lowercase
        free = (sign for sign in wished if sign in ascii_uppercase + ascii_lowercase and sign not in found)
        found.append(next(free, str(len(found) + 1)))
    residents = len(stage.groups) - 2 * stage.workloads
    return [*found, *(f"{sign}'" for sign in found), *[_RESIDENT] * residents]


def several_of(stage: Stage, group: PodGroup) -> str:
    """`3 pods of 2 cpu, 4Gi memory`"""
    asks = [
        f"{amount(stage.resources[index], group.asks[index])} {stage.resources[index]}"
        for index in asked(stage)
        if group.asks[index]
    ]
    return counted(group.pods, "pod") + (f" of {', '.join(asks)}" if asks else "")


def label(resource: str) -> str:
    """A short name of a resource, for a bar."""
    short = {"memory": "mem", "ephemeral-storage": "disk"}
    return short.get(resource, resource.rpartition("/")[2])[:4]


def amount(resource: str, nano: int) -> str:
    """A quantity for people: cpu in cores or thousandths, memory rounded to a tenth of a unit."""
    if resource == "cpu":
        return quantities.text(-(-nano // 10**6) * 10**6)
    if resource not in ("memory", "ephemeral-storage"):
        return quantities.text(nano)
    whole = abs(nano) / quantities.NANO
    for unit, bits in (("Gi", 30), ("Mi", 20), ("Ki", 10)):
        if whole >= 1 << bits:
            return f"{'-' * (nano < 0)}{whole / (1 << bits):.1f}".removesuffix(".0") + unit
    return quantities.text(nano)


def _thousandths(cpu: int) -> str:
    return f"{-(-cpu // 10**6)}m" if cpu else "0"
