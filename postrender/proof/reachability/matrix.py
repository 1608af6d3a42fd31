"""Who reaches whom, at which ports: all pairs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from postrender.proof.reachability.fronts import Front
from postrender.proof.reachability.parties import Party
from postrender.proof.reachability.pods import Pods
from postrender.proof.reachability.world import Endpoint, Reach, World, between


class Cell(NamedTuple):
    """At which ports of the destination's pods the source reaches it. `front`: through that Service."""

    source: Endpoint
    destination: Endpoint
    reach: Reach
    front: Front | None = None


def matrix(world: World, endpoints: Iterable[Endpoint] | None = None) -> list[Cell]:
    """All pairs of which one at least is pods of the release, in the order given.

    `endpoints`: by default all pods, then the declared parties. Callers from outside also come through
    the Services of type LoadBalancer and NodePort before the pods, each of which makes a cell of its own.
    """
    among: list[Endpoint] = [*world.pods, *world.parties] if endpoints is None else list(endpoints)
    found = []
    for source in among:
        for destination in among:
            if isinstance(source, Party) and isinstance(destination, Party):
                continue
            found.append(Cell(source, destination, between(world, source, destination)))
            if isinstance(source, Party) and isinstance(destination, Pods) and source.caller:
                for front in world.fronts(destination):
                    seen: Endpoint = source if front.seen == "client" else world.nodes
                    found.append(Cell(source, destination, between(world, seen, destination), front))
    return found
