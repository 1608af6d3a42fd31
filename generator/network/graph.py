"""A network as a graph to be drawn: callers from outside, workloads, and whom they call."""

from __future__ import annotations

from typing import Literal, NamedTuple

from generator.network.connections import Connection, Picture
from generator.network.formats.words import PERHAPS
from generator.network.rows import ANYBODY, Who, party
from postrender.proof.reachability import ports, ranges

_ANYBODY = party(ANYBODY)


class Node(NamedTuple):
    """A box. Somebody outside who calls and is called has two: on either side one."""

    who: Who
    outside: Literal["", "caller", "called"] = ""


class Edge(NamedTuple):
    """An arrow, with the ports at which it enters. `wrong`: it is not declared and ought to be."""

    source: Node
    destination: Node
    labels: tuple[str, ...]
    wrong: bool
    certain: bool


class Graph(NamedTuple):
    """All boxes, callers first and those who are only called last; and all arrows."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph(found: Picture) -> Graph:
    """The graph of a network. Of what is open to anybody there is no arrow to each workload as well."""
    callers: dict[Node, None] = {}
    called: dict[Node, None] = {}
    arrows: dict[tuple[Node, Node], list[Connection]] = {}
    for one in found.connections:
        if not _within_what_anybody_may(one, found):
            ends = _node(one.source, "caller"), _node(one.destination, "called")
            arrows.setdefault(ends, []).append(one)
            callers |= {ends[0]: None} if ends[0].outside else {}
            called |= {ends[1]: None} if ends[1].outside else {}
    nodes = (*callers, *(Node(who) for who in found.workloads), *called)
    return Graph(nodes, tuple(_edge(*ends, several) for ends, several in arrows.items()))


def _node(who: Who, outside: Literal["caller", "called"]) -> Node:
    return Node(who) if who.kind == "workload" else Node(who, outside)


def _edge(source: Node, destination: Node, several: list[Connection]) -> Edge:
    return Edge(
        source,
        destination,
        tuple(dict.fromkeys(_label(one) for one in several)),
        any(one.declared is False for one in several),
        all(one.certain for one in several),
    )


def _label(one: Connection) -> str:
    way = f" through {one.through}" if one.through else ""
    return f"{ports.text(one.ports)}{way}{'' if one.certain else f' ({PERHAPS})'}"


def _within_what_anybody_may(one: Connection, found: Picture) -> bool:
    """Whether both sides of a connection between workloads let anybody do the same."""
    if {one.source.kind, one.destination.kind} != {"workload"}:
        return False
    to = [each for each in found.connections if each[:2] == (one.source, _ANYBODY)]
    from_ = [each for each in found.connections if each[:2] == (_ANYBODY, one.destination)]
    return all(not ranges.minus(one.ports, ranges.union(each.ports for each in side)) for side in (to, from_))
