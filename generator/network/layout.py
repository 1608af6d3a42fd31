"""Where the boxes of a graph stand: in columns, callers on the left and whom they call to their right.

An arrow that passes a column has a place of its own there, so that no arrow crosses a box.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from generator.network.graph import Edge, Graph, Node

_SWEEPS = 4


class Passage(NamedTuple):
    """The place of an arrow in a column that it passes."""

    edge: Edge
    column: int


Item = Node | Passage


class Layout(NamedTuple):
    """The items of each column from top to bottom, the column of each box, and the top of each item."""

    columns: tuple[tuple[Item, ...], ...]
    column: Mapping[Node, int]
    top: Mapping[Item, float]
    height: float

    def passed(self, edge: Edge) -> list[Passage]:
        """The places that an arrow passes on its way."""
        start, end = self.column[edge.source], self.column[edge.destination]
        step = 1 if start < end else -1
        return [Passage(edge, number) for number in range(start + step, end, step)]


def layout(drawn: Graph, heights: Mapping[Item, float], gap: float) -> Layout:
    """The layout of a graph whose boxes have these heights, with such gaps between them."""
    column = _columns(drawn)
    columns: list[list[Item]] = [[] for _ in range(max(column.values(), default=0) + 1)]
    found = Layout((), column, {}, 0)
    for node in drawn.nodes:
        columns[column[node]].append(node)
    links: dict[Item, list[Item]] = {}
    for edge in drawn.edges:
        way: list[Item] = [edge.source, *found.passed(edge), edge.destination]
        for passage in way[1:-1]:
            if isinstance(passage, Passage):
                columns[passage.column].append(passage)
        for one, other in pairwise(way):
            links.setdefault(one, []).append(other)
            links.setdefault(other, []).append(one)
    for sweep in range(_SWEEPS):
        for number in range(len(columns))[:: 1 if sweep % 2 == 0 else -1]:
            _sort(columns, number, links)
    sizes = [sum(_height(item, heights) + gap for item in items) - gap for items in columns]
    top: dict[Item, float] = {}
    for items, size in zip(columns, sizes, strict=True):
        at = (max(sizes) - size) / 2
        for item in items:
            top[item] = at
            at += _height(item, heights) + gap
    return Layout(tuple(map(tuple, columns)), column, top, max(sizes))


def _columns(drawn: Graph) -> dict[Node, int]:
    """Callers first, those who are only called last, and a workload behind those that call it."""
    inside = [node for node in drawn.nodes if not node.outside]
    callers = any(node.outside == "caller" for node in drawn.nodes)
    column = dict.fromkeys(inside, 1 if callers else 0)
    ahead = _ahead(drawn)
    for _ in inside:  # no way is longer
        for one, several in ahead.items():
            for other in several:
                column[other] = max(column[other], column[one] + 1)
    last = max(column.values(), default=0) + 1
    found = {node: 0 if node.outside == "caller" else last for node in drawn.nodes if node.outside}
    used = sorted({*column.values(), *found.values()})
    return {node: used.index(number) for node, number in (found | column).items()}


def _ahead(drawn: Graph) -> dict[Node, list[Node]]:
    """Whom each workload calls, but for the calls that would close a circle."""
    found: dict[Node, list[Node]] = {node: [] for node in drawn.nodes if not node.outside}

    def leads(one: Node, other: Node) -> bool:
        return one == other or any(leads(next_, other) for next_ in found[one])

    for edge in drawn.edges:
        if edge.source in found and edge.destination in found and not leads(edge.destination, edge.source):
            found[edge.source].append(edge.destination)
    return found


def _sort(columns: list[list[Item]], number: int, links: Mapping[Item, list[Item]]) -> None:
    """Puts the items of a column where those are to whom they have arrows."""
    place = {item: index / len(items) for items in columns for index, item in enumerate(items)}
    own = set(columns[number])

    def middle(item: Item) -> float:
        near = [place[other] for other in links.get(item, ()) if other not in own]
        return sum(near) / len(near) if near else place[item]

    columns[number].sort(key=middle)


def _height(item: Item, heights: Mapping[Item, float]) -> float:
    return heights.get(item, 0)  # an arrow that passes takes no height of its own
