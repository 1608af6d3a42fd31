"""Which connections one rendering of a release has and the other has not, exactly by peers and ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from generator.network.rows import Who, admitted, own, workload
from postrender.proof.reachability import peers, ranges
from postrender.proof.reachability.peers import Traffic
from postrender.proof.reachability.pods import Pods
from postrender.proof.reachability.policies import DIRECTIONS, EGRESS, INGRESS
from postrender.proof.reachability.ranges import Ranges
from postrender.proof.reachability.world import World, between


class Change(NamedTuple):
    """What became open, or was closed, between a workload and others or another workload.

    `but_for`: what of it is open in both. `through`: the Service by which it came, where it is that.
    """

    opened: bool
    source: Who
    destination: Who
    ports: Ranges
    but_for: tuple[str, ...] = ()
    through: str = ""


class Difference(NamedTuple):
    """`came` and `went`: the workloads that only one of the two has; theirs is all opened or closed."""

    came: tuple[Who, ...]
    went: tuple[Who, ...]
    changes: tuple[Change, ...]

    @property
    def none(self) -> bool:
        return not (self.came or self.went or self.changes)


def difference(old: World, new: World) -> Difference:
    """What differs. What may be open, for nobody knows here, counts as open."""
    before, after = ({workload(one)._replace(role=""): one for one in world.pods} for world in (old, new))
    every = list(dict.fromkeys((*before, *after)))
    known = [*own(old), *own(new)]
    changes: list[Change] = []
    told: dict[tuple[bool, Who, str], list[Traffic]] = {}
    for one in every:
        for direction in DIRECTIONS:
            was, now = _side(old, before.get(one), direction), _side(new, after.get(one), direction)
            for opened, more, less in ((True, now, was), (False, was, now)):
                found = [
                    Traffic(each.peers, ranges.union(part.ports for part in left))
                    for each in more
                    if (left := peers.left_of((each,), (*known, *less)))
                ]
                told[opened, one, direction] = peers.left_of(found, less)
                changes += _changes(opened, one, direction, found, less)
        changes += _services(one, _fronts(old, before.get(one)), _fronts(new, after.get(one)))
    between_own: list[Change] = []
    for one in every:
        for other in every:
            was_open = _between(old, before.get(one), before.get(other))
            is_open = _between(new, after.get(one), after.get(other))
            for opened, there, changed in (
                (True, after, ranges.minus(is_open, was_open)),
                (False, before, ranges.minus(was_open, is_open)),
            ):
                # What is said of anybody need not be said of each workload as well.
                sides = ((told[opened, other, INGRESS], one), (told[opened, one, EGRESS], other))
                if changed and all(
                    peers.left_of((Traffic(there[end].alike, changed),), said) for said, end in sides
                ):
                    between_own.append(Change(opened, one, other, changed))
    return Difference(
        tuple(one for one in after if one not in before),
        tuple(one for one in before if one not in after),
        (*between_own, *changes),
    )


def _between(world: World, one: Pods | None, other: Pods | None) -> Ranges:
    if one is None or other is None or (one is other and one.single):
        return ()
    return between(world, one, other).possible


def _side(world: World, one: Pods | None, direction: str) -> list[Traffic]:
    """What is open in that direction, each in words once; nothing for pods that are not there."""
    if one is None:
        return []
    return list({each.traffic.text: each.traffic for each in admitted(world, one, direction)}.values())


def _changes(
    opened: bool, one: Who, direction: str, found: list[Traffic], still: list[Traffic]
) -> Iterator[Change]:
    """A change for each of what was found; together where only the peers differ."""
    together: dict[tuple[Ranges, tuple[str, ...]], list[str]] = {}
    for each in found:
        both = tuple(common.text for other in still if not (common := each.meet(other)).empty)
        together.setdefault((each.ports, both), []).append(each.peers.text)
    for (open_, both), names in together.items():
        other = Who("others", ", ".join(names))
        ends = (other, one) if direction == INGRESS else (one, other)
        yield Change(opened, *ends, open_, both)


def _fronts(world: World, one: Pods | None) -> dict[tuple[str, str], Ranges]:
    """What callers from outside reach by each Service: by whom the pods see."""
    if one is None:
        return {}
    found = {}
    for front in world.fronts(one):
        for caller in world.parties:
            if caller.caller:
                seen = caller if front.seen == "client" else world.nodes
                aim = ranges.union(target for _, target in front.targets)
                found[front.title, caller.name] = ranges.meet(between(world, seen, one).possible, aim)
    return found


def _services(
    one: Who, before: dict[tuple[str, str], Ranges], after: dict[tuple[str, str], Ranges]
) -> Iterator[Change]:
    for service, caller in dict.fromkeys((*before, *after)):
        was, now = before.get((service, caller), ()), after.get((service, caller), ())
        for opened, left in ((True, ranges.minus(now, was)), (False, ranges.minus(was, now))):
            if left:
                yield Change(opened, Who("party", caller), one, left, through=service)
