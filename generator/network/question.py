"""One connection: whether it is let through, by each way that it can take, and why."""

from __future__ import annotations

from typing import NamedTuple

from generator.network.rows import Who, party, workload
from postrender.proof.reachability import ports
from postrender.proof.reachability.parties import Party
from postrender.proof.reachability.pods import Pods
from postrender.proof.reachability.verdict import Verdict, through, verdict
from postrender.proof.reachability.world import Endpoint, World

ANSWERS = {True: "yes", False: "no", None: "in part, or not known"}

# The best answer first.
_RANK = {True: 0, None: 1, False: 2}


class Way(NamedTuple):
    """One way of a connection: straight to the pods, or through a Service; with what becomes of it."""

    service: str
    verdict: Verdict


class Answer(NamedTuple):
    """Whether the source may open connections to that port. `ways`: the one that counts first."""

    source: Who
    destination: Who
    protocol: str
    port: int
    allowed: bool | None
    ways: tuple[Way, ...]


def answer(world: World, source: Endpoint, destination: Endpoint, protocol: str, port: int) -> Answer:
    """The answer to: may the source open connections to that port of the destination?

    From outside, where Services lead to that port, it is theirs that counts, and the best of theirs.
    """
    ways = [Way("", verdict(world, source, destination, port, protocol))]
    if isinstance(source, Party) and source.caller and isinstance(destination, Pods):
        asked = ports.of(protocol, port)
        fronts = [
            Way(front.title, through(world, source, front, port, protocol))
            for front in world.fronts(destination)
            if any(own == asked and aim for own, aim in front.targets)
        ]
        ways = [*sorted(fronts, key=lambda way: _RANK[way.verdict.allowed]), *ways]
    return Answer(_who(source), _who(destination), protocol, port, ways[0].verdict.allowed, tuple(ways))


def _who(end: Endpoint) -> Who:
    return workload(end) if isinstance(end, Pods) else party(end)
