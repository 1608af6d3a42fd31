"""A network as a graph in DOT, for Graphviz: scalardl-gen network --format dot ... | dot -Tpng

Source: https://graphviz.org/doc/info/lang.html
"""

from __future__ import annotations

from generator.network.connections import Picture
from generator.network.formats.words import clean, conclusion
from generator.network.graph import graph


def picture(found: Picture) -> str:
    """The graph: workloads as boxes, others with round corners; red: open and not declared."""
    drawn = graph(found)
    names = {node: f"n{number}" for number, node in enumerate(drawn.nodes)}
    lines = [
        "digraph network {",
        "  rankdir=LR;",
        f"  label={_quoted(conclusion(found))};",
        '  node [shape=box, fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=10];',
    ]
    for node, name in names.items():
        style = ", style=rounded" if node.outside else ""
        lines.append(f"  {name} [label={_quoted(node.who.name)}{style}];")
    for edge in drawn.edges:
        style = "" if edge.certain else ", style=dashed"
        style += ', color="#b3261e", fontcolor="#b3261e"' if edge.wrong else ""
        label = _quoted(*edge.labels)
        lines.append(f"  {names[edge.source]} -> {names[edge.destination]} [label={label}{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(*lines: str) -> str:
    escaped = r"\n".join(clean(line).replace("\\", r"\\").replace('"', r"\"") for line in lines)
    return f'"{escaped}"'
