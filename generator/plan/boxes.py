"""Nodes with the pods on them, drawn with the signs of a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from generator.plan.naming import Node
from generator.plan.paint import BOLD, DIM, PODS, RED, YELLOW, Page
from generator.plan.phrases import zone
from generator.plan.picture import Box, Use, boxes, label, letters, several_of
from generator.plan.wrapping import cells, cut
from postrender.proof.placement.stage import Stage

_NARROWEST, _WIDEST, _GAP = 26, 38, " "
# A node on which more than this stand tells how many there are of each workload.
_SINGLE = 6
_FULL = 0.9
_LEGEND = 24
_USED = "36"

# A line as the parts of which it is made, each with its colour.
Line = list[tuple[str, str]]
Pods = Sequence[tuple[int, int]]


def drawn(stage: Stage, nodes: Sequence[Node], page: Page) -> Iterator[str]:
    """The nodes as boxes; zones as columns where there are several."""
    found = boxes(stage, nodes)
    zones = list(dict.fromkeys(box.zone for box in found))
    several = len(zones) > 1
    columns = (
        [[box for box in found if box.zone == each] for each in zones]
        if several
        else [[box] for box in found]
    )
    across = min(len(columns), (page.width + 1) // (_NARROWEST + 1))
    wide = min(_WIDEST, (page.width + 1) // max(across, 1) - 1)
    if not several and zones and zones[0] is not None:
        yield page.paint(DIM, cut(zone(zones[0]), page.width))
    for begin in range(0, len(columns), max(across, 1)):
        level = columns[begin : begin + across]
        if several:
            heads = [cut(zone(one[0].zone) if one[0].zone else "in no zone", wide) for one in level]
            yield _GAP.join(page.paint(DIM, head) + " " * (wide - cells(head)) for head in heads)
        for abreast in zip_longest(*level):
            yield from _abreast(stage, abreast, wide, page)


def row(stage: Stage, nodes: Sequence[Node], waiting: Pods, page: Page, indent: str) -> Iterator[str]:
    """The nodes in few lines, zone by zone: their names and pods; below them the pods that wait."""
    signs, space = letters(stage), page.width - len(indent)
    items: dict[str, list[Line]] = {}
    for box in boxes(stage, nodes):
        name: Line = [(BOLD, cut(f"{box.title} {box.folded}".rstrip(), _WIDEST))]
        state: Line = [(YELLOW, f" {box.state}")] if box.state else []
        pods = _spaced(_tokens(stage, box.pods, signs, page, not box.alike))
        items.setdefault(box.zone or "", []).append(name + state + pods)
    wide = max((_length(line) for lines in items.values() for line in lines), default=0)
    heads = {where: f"{cut(zone(where), _WIDEST)}: " if where and len(items) > 1 else "" for where in items}
    longest = max(map(cells, heads.values()), default=0)
    across = max(1, (space - longest + 2) // (wide + 2))
    for where, lines in items.items():
        for begin in range(0, len(lines), across):
            head = "" if begin else heads[where]
            abreast = lines[begin : begin + across]
            parts = (_painted(line, page) + " " * (wide - _length(line)) for line in abreast)
            yield indent + page.paint(DIM, head) + " " * (longest - cells(head)) + "  ".join(parts)
    if waiting:
        for number, line in enumerate(_lines(_tokens(stage, waiting, signs, page), space - 8)):
            yield indent + (page.paint(RED, "waiting ") if not number else " " * 8) + _painted(line, page)


def legend(stage: Stage, nodes: Sequence[Node], page: Page) -> Iterator[str]:
    """Which sign is which workload, in columns."""
    signs = letters(stage)
    groups = [group for group in stage.groups[: stage.workloads] if group.pods]
    items: list[Line] = []
    for group in groups[:_LEGEND]:
        token = _token(stage, group.number, signs[group.number], page)
        items.append([token, ("", cut(f" {group.title}, {several_of(stage, group)}", page.width - 4))])
    if len(groups) > _LEGEND:
        items.append([(DIM, f"and {len(groups) - _LEGEND} workloads more")])
    if any(number >= 2 * stage.workloads for node in nodes for number, _ in node.place.pods):
        items.append([(DIM, "[·]"), ("", " pods that run there already, none of the release's")])
    wide = max(map(_length, items), default=0)
    across = max(1, (page.width + 2) // (wide + 2)) if len(items) > 1 else 1
    for begin in range(0, len(items), across):
        abreast = items[begin : begin + across]
        yield "  ".join(_painted(line, page) + " " * (wide - _length(line)) for line in abreast)


def _abreast(stage: Stage, level: Sequence[Box | None], wide: int, page: Page) -> Iterator[str]:
    """Boxes beside each other, all of the same height, with their bars on the same lines."""
    signs = letters(stage)
    inside = wide - 4
    pods = [
        _lines(_tokens(stage, box.pods, signs, page, not box.alike), inside) if box else [] for box in level
    ]
    bars = [[_bar(use, inside) for use in box.uses] if box else [] for box in level]
    high, low = max(map(len, pods)), max(map(len, bars))
    found = []
    for box, upper, lower in zip(level, pods, bars, strict=True):
        empty: list[Line] = [[]]
        lines = upper + empty * (high - len(upper)) + lower + empty * (low - len(lower))
        found.append(_frame(box, lines, wide, page) if box else [" " * wide] * (high + low + 2))
    for parts in zip(*found, strict=True):
        yield _GAP.join(parts)


def _frame(box: Box, inside: list[Line], wide: int, page: Page) -> list[str]:
    after = (f" {box.folded}" if box.folded else "", f" {box.state}" if box.state else "")
    name = cut(box.title, wide - 6 - sum(map(len, after)))
    line = "─" * (wide - 4 - cells(name) - sum(map(len, after)))
    head: Line = [(DIM, "┌ "), (BOLD, name + after[0]), (YELLOW, after[1]), (DIM, f" {line}┐")]
    side = page.paint(DIM, "│")
    lines = [_painted(head, page)]
    lines += [f"{side} {_painted(one, page)}{' ' * (wide - 4 - _length(one))} {side}" for one in inside]
    return [*lines, page.paint(DIM, "└" + "─" * (wide - 2) + "┘")]


def _tokens(stage: Stage, pods: Pods, signs: list[str], page: Page, in_sum: bool = False) -> Line:
    """The pods, one sign for each, or for those of a workload with their number."""
    many = in_sum or sum(count for _, count in pods) > _SINGLE
    tokens: Line = [(DIM, "in all")] if in_sum else []
    for number, count in pods:
        if many and count > 1:
            tokens.append(_token(stage, number, f"{signs[number]}×{count}", page))
        else:
            tokens += [_token(stage, number, signs[number], page)] * count
    return tokens if pods else [(DIM, "no pods")]


def _token(stage: Stage, number: int, words: str, page: Page) -> tuple[str, str]:
    """A pod: in brackets, or with a colour behind it; as wide with colours as without."""
    if number >= 2 * stage.workloads:
        return DIM, f"[{words}]"
    code = PODS[number % stage.workloads % len(PODS)]
    return (code, f" {words} ") if page.coloured else ("", f"[{words}]")


def _lines(tokens: Line, wide: int) -> list[Line]:
    lines: list[Line] = [[]]
    for token in tokens:
        if lines[-1] and _length(lines[-1]) + 1 + cells(token[1]) > wide:
            lines.append([])
        lines[-1] += [("", " "), token] if lines[-1] else [token]
    return lines


def _spaced(tokens: Line) -> Line:
    return [part for token in tokens for part in (("", " "), token)]


def _bar(use: Use, wide: int) -> Line:
    name = label(use.resource)
    amounts = cut("/".join(use.amounts), wide - len(name) - 2)
    length = wide - len(name) - len(amounts) - 2
    full = max(round(length * use.share), min(1, length) * (use.used > 0))
    return [
        ("", f"{name} "),
        (YELLOW if use.share >= _FULL else _USED, "█" * full),
        (DIM, "░" * (length - full)),
        ("", f" {amounts}"),
    ]


def _painted(line: Line, page: Page) -> str:
    return "".join(page.paint(code, words) for code, words in line)


def _length(line: Line) -> int:
    return sum(cells(words) for _, words in line)
