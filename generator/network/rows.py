"""What is open to others than a release's own pods, in as few rows as say all of it.

What is open to anybody is said once, of anybody; then of each party that has a name; what is left, of
the addresses and pods that it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from postrender.proof.reachability import addresses, parties, peers, ports, ranges
from postrender.proof.reachability.parties import ANY_ADDRESS, ANY_OTHER_POD, Party
from postrender.proof.reachability.peers import Peers, Traffic
from postrender.proof.reachability.pods import Pods
from postrender.proof.reachability.policies import INGRESS
from postrender.proof.reachability.ranges import Ranges
from postrender.proof.reachability.world import Admission, World, admissions, between, reach

ANYBODY = parties.together("anybody", ANY_ADDRESS, ANY_OTHER_POD)
WIDE = (ANYBODY, ANY_ADDRESS, ANY_OTHER_POD)


class Who(NamedTuple):
    """One end of a connection. `others`: whom nobody has named; the name says who it is then.

    `at`: the namespace of a workload, the addresses and pods of a party.
    """

    kind: Literal["workload", "party", "others"]
    name: str
    role: str = ""
    at: str = ""


class Row(NamedTuple):
    """What is open to somebody in one direction of a workload; `traffic`: what it is to the policies.

    `certain`: not only where it hangs on what nobody knows here. `through`: the Service that leads there.
    """

    who: Who
    ports: Ranges
    certain: bool
    traffic: tuple[Traffic, ...]
    through: str = ""


def workload(one: Pods) -> Who:
    """The pods of a workload as one end of a connection."""
    return Who("workload", one.title, one.workload.role, one.namespace)


def party(one: Party) -> Who:
    """A party as one end of a connection."""
    who = " and ".join(part.text for part in one.parts)
    return Who("party", one.name, at="" if who == one.name else who)


def admitted(world: World, one: Pods, direction: str) -> list[Admission]:
    """What the policies of the pods admit in that direction; others' ports have no names here."""
    return admissions(world, one, direction, one.named if direction == INGRESS else None)


def own(world: World) -> list[Traffic]:
    """What is of the release's own pods: whoever has the labels by which a workload knows them is one."""
    return [
        Traffic(one.alike, ports.ALL)
        for one in world.pods
        if not one.on_host and any(scope == "pod" for scope, _ in one.alike.labels)
    ]


def rows(world: World, one: Pods, direction: str, named: Iterable[Party]) -> list[Row]:
    """What is open in that direction to others than the release's own pods."""
    found = admitted(world, one, direction)
    direct = list(_direct(found, named))
    known = own(world)
    known += [part for row in direct for part in row.traffic]
    certain = _others((each.traffic for each in found if each.certain), known, certain=True)
    known += [part for row in certain for part in row.traffic]
    possible = _others((each.traffic for each in found), known, certain=False)
    through = list(_through(world, one, (*WIDE, *named))) if direction == INGRESS else []
    direct = [
        row
        for row in direct
        if not any(row.who == way.who and not ranges.minus(row.ports, way.ports) for way in through)
    ]
    return [*through, *direct, *certain, *possible]


def _direct(found: list[Admission], named: Iterable[Party]) -> Iterator[Row]:
    """What is open to whole parties, and not already to everybody."""
    taken: list[Traffic] = []
    for each in (*WIDE, *named):
        open_ = reach(found, each.parts).certain
        left = peers.left_of((Traffic(part, open_) for part in each.parts), taken)
        if left:
            yield Row(party(each), ranges.union(part.ports for part in left), True, tuple(left))
        if each in WIDE:
            taken += left


def _through(world: World, one: Pods, callers: Iterable[Party]) -> Iterator[Row]:
    """What is open to callers from outside by the Services before the pods."""
    for front in world.fronts(one):
        target = ranges.union(aim for _, aim in front.targets)
        for caller in callers:
            if not caller.caller or caller is ANYBODY:
                continue
            seen = caller if front.seen == "client" else world.nodes
            open_ = ranges.meet(between(world, seen, one).certain, target)
            if open_:
                traffic = tuple(Traffic(part, open_) for part in seen.parts)
                yield Row(party(caller), open_, True, traffic, front.title)


def _others(traffic: Iterable[Traffic], known: Iterable[Traffic], certain: bool) -> list[Row]:
    """What is left of the traffic: a row for each set of pods, and for the addresses at the same ports."""
    by_peers: dict[str, tuple[Peers, Ranges]] = {}
    for part in peers.left_of(traffic, known):
        _, told = by_peers.get(part.peers.text, (part.peers, ()))
        by_peers[part.peers.text] = part.peers, ranges.union((told, part.ports))
    found: list[Traffic] = []
    blocks: dict[Ranges, Ranges] = {}
    for who, told in by_peers.values():
        if ranges.meet(who.addresses, addresses.PODS):
            found.append(Traffic(who, told))
        else:
            blocks[told] = ranges.union((blocks.get(told, ()), who.addresses))
    found += [Traffic(Peers(several), told) for told, several in blocks.items()]
    return [Row(Who("others", part.peers.text), part.ports, certain, (part,)) for part in found]
