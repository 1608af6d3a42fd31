"""Who may talk to whom in a release: each connection with what it is for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from generator.network.rows import Row, Who, party, rows, workload
from postrender.proof.reachability import parties, ranges
from postrender.proof.reachability.declared import (
    Blocked,
    Excess,
    Flow,
    blocked,
    components,
    flows,
    open_beyond,
)
from postrender.proof.reachability.parties import Party
from postrender.proof.reachability.peers import ANYBODY, Peers, Traffic
from postrender.proof.reachability.pods import Pods
from postrender.proof.reachability.policies import DIRECTIONS, EGRESS, INGRESS
from postrender.proof.reachability.ranges import Ranges
from postrender.proof.reachability.world import Endpoint, World, between
from profiles.policy import Network


class Connection(NamedTuple):
    """The source may open connections to these ports of the destination's pods.

    `certain`: not only where it hangs on what nobody knows here. `through`: the Service that leads there.
    `declared`: whether a ScalarDL release has to have it, all of it; None where the workload is none of
    ScalarDL's. `why`: what it is for.
    """

    source: Who
    destination: Who
    ports: Ranges
    certain: bool
    through: str
    declared: bool | None
    why: tuple[str, ...]


class Picture(NamedTuple):
    """A release's network: who may talk to whom, and what of it is not as it must be.

    `components`: how many of the workloads are ScalarDL's. `flows`: how many must pass. `parties`: those
    that the profile declares. `hiding`: Services behind which the pods do not see who calls. `notes`: what
    to know of it besides.
    """

    workloads: tuple[Who, ...]
    parties: tuple[Who, ...]
    connections: tuple[Connection, ...]
    components: int
    policies: int
    flows: int
    blocked: tuple[Blocked, ...]
    beyond: tuple[Excess, ...]
    hiding: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def well(self) -> bool:
        return not self.blocked and not self.beyond


def picture(world: World, network: Network) -> Picture:
    """The network of the release, with the parties that the profile declares."""
    stated, some = flows(world, network), components(world)
    beyond = open_beyond(world, some, stated)
    told = _Told(world, stated, beyond, some)
    return Picture(
        workloads=tuple(dict.fromkeys(map(workload, world.pods))),
        parties=tuple(party(each) for each in world.parties if _worth_naming(each)),
        connections=tuple(dict.fromkeys(told.all())),
        components=len(some),
        policies=len(world.policies),
        flows=len(stated),
        blocked=tuple(blocked(world, stated)),
        beyond=tuple(beyond),
        hiding=tuple(dict.fromkeys(f.title for one in some for f in world.fronts(one) if f.seen != "client")),
        notes=tuple(dict.fromkeys(_notes(world))),
    )


def _notes(world: World) -> Iterator[str]:
    if not world.policies:
        yield "no NetworkPolicy is in these manifests: everything is open"
    several = [workload(one) for one in world.pods]
    for who in several:
        if several.count(who) > 1:
            yield f"{who.name} is in these manifests {several.count(who)} times; name those of one rendering"
    for one in world.pods:
        if one.on_host:
            yield f"{one.title} has its node's network, where NetworkPolicies do not reach: it is open"
        for front in world.fronts(one):
            if front.seen != "client":
                yield f"{front.title} hides who calls: the pods see the address of a {front.seen}"
                if world.nodes.assumed:
                    yield world.nodes.assumed


class _Told:
    """What is open, with what is declared of it."""

    def __init__(self, world: World, stated: list[Flow], beyond: list[Excess], some: list[Pods]) -> None:
        self.world, self.stated = world, stated
        self.judged = {id(one) for one in some}
        self.beyond: dict[tuple[int, str], list[Traffic]] = {}
        for excess in beyond:
            self.beyond.setdefault((id(excess.pods), excess.direction), []).extend(excess.beyond)
        several = [*world.parties, *(end for flow in stated for end in (flow.source, flow.destination))]
        named = [each for each in several if isinstance(each, Party) and _worth_naming(each)]
        # Of two that are the same the first: a party of the profile knows that it calls from outside.
        self.named = list({party(each): each for each in reversed(named)}.values())[::-1]

    def all(self) -> Iterator[Connection]:
        """First between the workloads, then from and to others, workload by workload."""
        for source in self.world.pods:
            for destination in self.world.pods:
                if source is not destination or not source.single:
                    yield from self._between(source, destination)
        for one in self.world.pods:
            for direction in DIRECTIONS:
                for row in rows(self.world, one, direction, self.named):
                    yield self._of(one, direction, row)

    def _between(self, source: Pods, destination: Pods) -> Iterator[Connection]:
        found = between(self.world, source, destination)
        for open_, certain in ((found.certain, True), (ranges.minus(found.possible, found.certain), False)):
            if open_:
                sides = (
                    self._declared(destination, INGRESS, [Traffic(source.alike, open_)]),
                    self._declared(source, EGRESS, [Traffic(destination.alike, open_)]),
                )
                why = {
                    flow.why: None
                    for flow in self.stated
                    if ranges.meet(flow.ports, open_)
                    and _is(flow.source, source)
                    and _is(flow.destination, destination)
                }
                declared = None if None in sides else all(sides)
                ends = workload(source), workload(destination)
                yield Connection(*ends, open_, certain, "", declared, tuple(why) if declared else ())

    def _of(self, one: Pods, direction: str, row: Row) -> Connection:
        own = workload(one)
        source, destination = (row.who, own) if direction == INGRESS else (own, row.who)
        declared = self._declared(one, direction, row.traffic)
        why = {
            flow.why: None
            for flow in self.stated
            for here, there in [(flow.destination, flow.source)[:: 1 if direction == INGRESS else -1]]
            if here is one and _any_meets(_parts(there), flow.ports, row.traffic)
        }
        return Connection(source, destination, row.ports, row.certain, row.through, declared, tuple(why))

    def _declared(self, one: Pods, direction: str, traffic: Iterable[Traffic]) -> bool | None:
        if id(one) not in self.judged:
            return None
        beyond = self.beyond.get((id(one), direction), [])
        return all(part.meet(gone).empty for part in traffic for gone in beyond)


def _worth_naming(one: Party) -> bool:
    """Whether it is somebody: not everybody, not taken to be somewhere, and not the pod's own node."""
    everybody = one in parties.ALWAYS or one.parts == (ANYBODY,)
    return bool(one.parts) and not everybody and not one.assumed


def _is(end: Endpoint, one: Pods) -> bool:
    """Whether the end of a flow is these pods, or a party that they are of."""
    return end is one or (isinstance(end, Party) and any(one.peers.within(part) for part in end.parts))


def _parts(end: Endpoint) -> tuple[Peers, ...]:
    return end.parts if isinstance(end, Party) else (end.alike,)


def _any_meets(parts: Iterable[Peers], open_: Ranges, traffic: Iterable[Traffic]) -> bool:
    flows_of = [Traffic(part, open_) for part in parts]
    return any(not each.meet(part).empty for each in flows_of for part in traffic)
