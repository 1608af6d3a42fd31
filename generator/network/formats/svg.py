"""A network as a drawing: SVG, which browsers show.

Each box says who it is and, line by line, at which ports somebody comes in: there the arrows end, so
that no label stands on another. Source: https://www.w3.org/TR/SVG11/
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.sax.saxutils import escape

from generator.network.connections import Picture
from generator.network.formats.words import clean, conclusion
from generator.network.graph import Edge, Graph, Node, graph
from generator.network.layout import Item, Layout, layout

# In pixels, of a font of which each sign is as wide as any other.
_SIGN, _LINE, _PAD = 7.3, 16, 10
_GAP, _GUTTER, _MARGIN = 26, 110, 24
_SIGNS, _NARROWEST = 40, 480
_INK, _DIM, _WRONG = "#1f2328", "#59636e", "#b3261e"
_FILLS = {"": "#eef4ff", "caller": "#f6f8fa", "called": "#f6f8fa"}
_STYLE = (
    "text{font:12px 'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:" + _INK + "}"
    ".name{font-weight:bold}.dim{fill:" + _DIM + "}.wrong{fill:" + _WRONG + "}"
    "path{fill:none;stroke:" + _DIM + ";stroke-width:1.2}path.wrong{fill:none;stroke:" + _WRONG + "}"
    ".perhaps{stroke-dasharray:5 4}rect{stroke:#afb8c1}.paper{fill:#ffffff;stroke:none}"
)
_HEADS = "".join(
    f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
    f'orient="auto"><path d="M0,0 L8,4 L0,8 z" style="fill:{colour};stroke:none"/></marker>'
    for name, colour in (("end", _DIM), ("end-wrong", _WRONG))
)


class Line(NamedTuple):
    """A line of a box: its words, how they look, and the arrow that ends there."""

    words: str
    look: str
    edge: Edge | None = None


def picture(found: Picture) -> str:
    """The drawing of a network."""
    drawn = graph(found)
    lines = {node: _lines(node, drawn) for node in drawn.nodes}
    heights: dict[Item, float] = {node: len(several) * _LINE + 2 * _PAD for node, several in lines.items()}
    laid = layout(drawn, heights, _GAP)
    across = _across(laid, lines)
    width = max(across[-1].right + _MARGIN, _NARROWEST)
    says = textwrap.wrap(clean(conclusion(found)), int((width - 2 * _MARGIN) / _SIGN))
    top = _MARGIN + len(says) * _LINE + _GAP
    places = _Places(
        laid,
        {
            item: _Box(across[number].left, top + laid.top[item], across[number].width, heights.get(item, 0))
            for number, items in enumerate(laid.columns)
            for item in items
        },
    )
    height = top + laid.height + _MARGIN
    size = f'width="{width:.0f}" height="{height:.0f}"'
    view = f'viewBox="0 0 {width:.0f} {height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view} role="img">',
        f"<title>{escape(says[0])}</title>",
    ]
    parts += [f"<style>{_STYLE}</style>", f"<defs>{_HEADS}</defs>", f'<rect class="paper" {size}/>']
    look = "name" if found.well else "name wrong"
    parts += [_text(_MARGIN, _MARGIN + number * _LINE, words, look) for number, words in enumerate(says, 1)]
    parts += _arrows(drawn, places, lines)
    for node, several in lines.items():
        parts += _box(node, places.boxes[node], several)
    return "\n".join([*parts, "</svg>"]) + "\n"


class _Box(NamedTuple):
    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    def line(self, number: float) -> float:
        """The middle of a line of it."""
        return self.top + _PAD + (number + 0.5) * _LINE


class _Places(NamedTuple):
    """Where all stands: boxes, and the places of arrows between them."""

    laid: Layout
    boxes: Mapping[Item, _Box]


def _lines(node: Node, drawn: Graph) -> list[Line]:
    who = node.who
    dim = (f"in {who.at}" if who.at else "") if who.kind == "workload" else who.at
    found = [Line(words, "name") for words in _wrapped(who.name)]
    found += [Line(words, "dim") for words in _wrapped(dim)[:4]]
    for edge in drawn.edges:
        if edge.destination == node:
            own = "its own pods: " if edge.source == node else ""
            words = [each for label in edge.labels for each in _wrapped(own + label)]
            look = "wrong" if edge.wrong else ""
            found += [Line(each, look, edge if each is words[0] else None) for each in words]
    return found


def _wrapped(words: str) -> list[str]:
    return textwrap.wrap(clean(words), _SIGNS)


def _across(laid: Layout, lines: Mapping[Node, list[Line]]) -> list[_Box]:
    """Where each column begins, and how wide it is."""
    found: list[_Box] = []
    at: float = _MARGIN
    for items in laid.columns:
        longest = max(len(line.words) for item in items if isinstance(item, Node) for line in lines[item])
        found.append(_Box(at, 0, longest * _SIGN + 2 * _PAD, 0))
        at = found[-1].right + _GUTTER
    return found


def _arrows(drawn: Graph, places: _Places, lines: Mapping[Node, list[Line]]) -> Iterator[str]:
    ends = {
        line.edge: places.boxes[node].line(number)
        for node, several in lines.items()
        for number, line in enumerate(several)
        if line.edge
    }
    for node in drawn.nodes:
        box = places.boxes[node]
        away = [edge for edge in drawn.edges if edge.source == node != edge.destination]
        away.sort(key=lambda edge: ends[edge])
        for number, edge in enumerate(away, 1):
            yield _arrow(edge, places, box.top + box.height * number / (len(away) + 1), ends[edge])


def _arrow(edge: Edge, places: _Places, start: float, end: float) -> str:
    """From the side of one box, through its places between others, to its line of another."""
    source, destination = places.boxes[edge.source], places.boxes[edge.destination]
    ahead = places.laid.column[edge.destination] - places.laid.column[edge.source]
    x, y = (source.right if ahead > 0 else source.left), start
    path = [f"M{x:.0f},{y:.0f}"]
    for passage in places.laid.passed(edge):
        place = places.boxes[passage]
        near, far = (place.left, place.right) if ahead > 0 else (place.right, place.left)
        path += [_curve(x, y, near, place.top), f"L{far:.0f},{place.top:.0f}"]
        x, y = far, place.top
    into = destination.right if ahead < 0 else destination.left
    path.append(_curve(x, y, into, end, 0 if ahead else -_GUTTER / 3))
    look = " ".join(["wrong"] * edge.wrong + ["perhaps"] * (not edge.certain))
    head = "end-wrong" if edge.wrong else "end"
    return f'<path class="{look}" d="{" ".join(path)}" marker-end="url(#{head})"/>'


def _curve(x: float, y: float, to_x: float, to_y: float, bend: float = 0) -> str:
    """A curve that leaves and arrives level; with a bend, that far to the side both times."""
    first, second = (x + bend, to_x + bend) if bend else ((x + to_x) / 2, (x + to_x) / 2)
    return f"C{first:.0f},{y:.0f} {second:.0f},{to_y:.0f} {to_x:.0f},{to_y:.0f}"


def _box(node: Node, box: _Box, lines: list[Line]) -> Iterator[str]:
    round_ = 12 if node.outside else 3
    yield (
        f'<rect x="{box.left:.0f}" y="{box.top:.0f}" width="{box.width:.0f}" height="{box.height:.0f}" '
        f'rx="{round_}" fill="{_FILLS[node.outside]}"/>'
    )
    for number, line in enumerate(lines):
        yield _text(box.left + _PAD, box.line(number) + 4, line.words, line.look)


def _text(x: float, y: float, words: str, look: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{look}">{escape(words)}</text>'
