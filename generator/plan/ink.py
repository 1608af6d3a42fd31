"""The parts of a drawing in SVG: texts, rectangles, marks. Source: https://www.w3.org/TR/SVG11/"""

from __future__ import annotations

from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from generator.plan.telling import Mark
from generator.plan.wrapping import cells, cut, printable, wrapped

# In pixels. A sign of a text is taken to be as wide as the widest of common fonts have it on average.
SIZE, LINE = 13, 19
_SIGN, _BOLD_SIGN = 0.6, 0.68
INK, DIM, RED, GREEN, AMBER = "#1f2328", "#59636e", "#b3261e", "#1a7f37", "#9a6700"
# Behind pods, by workload: white letters are legible on each. Never red, which says that something fails.
PODS = ("#2f6db3", "#2e7d4f", "#7b4fa3", "#9a6200", "#0f7c86", "#7a4b3a", "#5b6470", "#8a3f7d")
STYLE = (
    f"text{{font:{SIZE}px system-ui,'Segoe UI',Helvetica,Arial,'DejaVu Sans',sans-serif;fill:{INK}}}"
    ".head{font-size:19px;font-weight:600}.name{font-weight:600}"
    f".dim{{fill:{DIM}}}.small{{font-size:11px;fill:{DIM}}}"
    f".no{{fill:{RED}}}.yes{{fill:{GREEN}}}.open{{fill:{AMBER}}}.state{{fill:{AMBER};font-weight:600}}"
    ".pod{font-size:12px;font-weight:600;text-anchor:middle;fill:#ffffff}.end{text-anchor:end}"
)
_COLOURS: dict[Mark, str] = {"yes": GREEN, "no": RED, "open": AMBER, "told": "#8c959f"}
_SIGNS: dict[Mark, str] = {
    "yes": "M-3.5,0.3 L-1,2.8 L3.7,-2.6",
    "no": "M-2.8,-2.8 L2.8,2.8 M2.8,-2.8 L-2.8,2.8",
    "open": "M-2.2,-1.6 C-2,-4.6 2.6,-4.2 2.2,-1.4 C2,0 0,0 0,1.4 M0,3.4 L0,3.6",
    "told": "M-2.5,0 L2.5,0",
}


class Drawn(NamedTuple):
    """Parts of a drawing, and how high they are together."""

    parts: list[str]
    height: float


def width_of(words: str, size: float = SIZE, bold: bool = False) -> float:
    """How wide a text is at most."""
    return cells(printable(words)) * size * (_BOLD_SIGN if bold else _SIGN)


def fitting(words: str, wide: float, size: float = SIZE, bold: bool = False) -> str:
    """The text, cut where it would be wider."""
    return cut(words, max(1, int(wide / (size * (_BOLD_SIGN if bold else _SIGN)))))


def text(x: float, y: float, words: str, look: str = "") -> str:
    """One line of text that stands on y."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class={quoteattr(look)}>{escape(printable(words))}</text>'


def flowing(x: float, y: float, wide: float, words: str, look: str = "", bold: bool = False) -> Drawn:
    """A text on as many lines as it needs, the first a line below y."""
    sign = SIZE * (_BOLD_SIGN if bold else _SIGN)
    lines = wrapped(words, max(8, int(wide / sign)))
    parts = [text(x, y + number * LINE - 5, line, look) for number, line in enumerate(lines, 1)]
    return Drawn(parts, len(lines) * LINE)


def rect(x: float, y: float, wide: float, high: float, look: str, round_: float = 4) -> str:
    """A rectangle; `look`: its attributes."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="{round_:g}" {look}/>'


def mark(x: float, y: float, which: Mark) -> str:
    """A sign in a disk around that point."""
    return (
        f'<g transform="translate({x:.1f},{y:.1f})"><circle r="7.5" fill="{_COLOURS[which]}"/>'
        f'<path d="{_SIGNS[which]}" fill="none" stroke="#ffffff" stroke-width="1.8" '
        'stroke-linecap="round" stroke-linejoin="round"/></g>'
    )
