"""A network as a Mermaid flowchart, which GitHub and GitLab draw in Markdown.

Source: https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

import re

from generator.network.connections import Picture
from generator.network.formats.words import clean, conclusion
from generator.network.graph import graph

# Signs that are no orders within quotes; any other is written by its number: #35; is #.
_PLAIN = re.compile(r"[^\w .,;:/()=-]")


def picture(found: Picture) -> str:
    """The flowchart: workloads as boxes, others with round ends; red: open and not declared."""
    drawn = graph(found)
    names = {node: f"n{number}" for number, node in enumerate(drawn.nodes)}
    lines = [f"%% {clean(conclusion(found))}", "flowchart LR"]
    for node, name in names.items():
        start, end = ("([", "])") if node.outside else ("[", "]")
        lines.append(f'  {name}{start}"{_text(node.who.name)}"{end}')
    wrong = []
    for number, edge in enumerate(drawn.edges):
        arrow = "-->" if edge.certain else "-.->"
        label = "<br/>".join(_text(label) for label in edge.labels)
        lines.append(f'  {names[edge.source]} {arrow}|"{label}"| {names[edge.destination]}')
        wrong += [str(number)] * edge.wrong
    if wrong:
        lines.append(f"  linkStyle {','.join(wrong)} stroke:#b3261e,color:#b3261e")
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    return _PLAIN.sub(lambda found: f"#{ord(found[0])};", clean(text))
