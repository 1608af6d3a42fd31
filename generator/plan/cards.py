"""Nodes with the pods on them as a drawing: a panel for each zone, a card for each node."""

from __future__ import annotations

from collections.abc import Sequence

from generator.plan.ink import (
    AMBER,
    DIM,
    LINE,
    PODS,
    RED,
    SIZE,
    Drawn,
    fitting,
    flowing,
    rect,
    text,
    width_of,
)
from generator.plan.naming import Node
from generator.plan.phrases import zone
from generator.plan.picture import Box, Use, boxes, label, letters, several_of
from postrender.proof.placement.stage import Stage

# In pixels.
_PAD, _GAP, _NARROWEST = 12, 12, 200
_POD, _POD_HIGH, _POD_GAP = 26, 22, 5
_BAR, _BAR_LINE, _LABEL = 9, 18, 36
_ZONES = 3
# A node with more pods tells how many there are of each workload.
_SINGLE = 8
_FULL = 0.9
_LEGEND = 24

Pods = Sequence[tuple[int, int]]


def panels(stage: Stage, nodes: Sequence[Node], x: float, y: float, wide: float, bars: bool = True) -> Drawn:
    """The nodes, zone by zone. `bars`: with the use of their resources."""
    found: dict[str | None, list[Box]] = {}
    for box in boxes(stage, nodes):
        found.setdefault(box.zone, []).append(box)
    zones = list(found.items())
    across = min(_ZONES, max(1, len(zones)))
    each = (wide - (across - 1) * _GAP) / across
    most = max((len(several) for several in found.values()), default=0)
    parts, top = [], y
    for begin in range(0, len(zones), across):
        level = zones[begin : begin + across]
        drawn = [
            _panel(stage, where, several, x + number * (each + _GAP), top, each, most, bars)
            for number, (where, several) in enumerate(level)
        ]
        high = max(one.height for one in drawn)
        for number, one in enumerate(drawn):
            ground = 'fill="#f3f6fa" stroke="#d5dce4"'
            parts += [rect(x + number * (each + _GAP), top, each, high, ground, 8), *one.parts]
        top += high + _GAP
    return Drawn(parts, top - _GAP - y if zones else 0)


def waiting(stage: Stage, pods: Pods, x: float, y: float, wide: float) -> Drawn:
    """The pods that wait, outside of the nodes."""
    found = _pods(stage, pods, x + 80, y + 8, wide - 80 - _PAD)
    high = found.height + 16
    frame = rect(x, y, wide, high, f'fill="#fdf3f2" stroke="{RED}" stroke-dasharray="5 4"', 8)
    return Drawn([frame, text(x + _PAD, y + 8 + 16, "waiting", "name no"), *found.parts], high)


def legend(stage: Stage, nodes: Sequence[Node], x: float, y: float, wide: float) -> Drawn:
    """Which colour and letter is which workload, in two columns where they fit."""
    signs = letters(stage)
    groups = [group for group in stage.groups[: stage.workloads] if group.pods]
    items = [(group.number, f"{group.title}, {several_of(stage, group)}") for group in groups[:_LEGEND]]
    residents = {number for node in nodes for number, _ in node.place.pods if number >= 2 * stage.workloads}
    items += [
        (number, "pods that run there already, none of the release's") for number in sorted(residents)[:1]
    ]
    column = (wide - _GAP) / 2 - _POD - 8
    across = 2 if len(items) > 1 and all(width_of(words) <= column for _, words in items) else 1
    parts, step = [], _POD_HIGH + 6
    for index, (number, words) in enumerate(items):
        left, top = x + index % across * (column + _POD + 8 + _GAP), y + index // across * step
        parts += _pod(stage, number, signs[number], left, top, _POD)
        parts.append(text(left + _POD + 8, top + 16, fitting(words, wide - _POD - 8)))
    high = -(-len(items) // across) * step
    if len(groups) > _LEGEND:
        more = flowing(x, y + high, wide, f"and {len(groups) - _LEGEND} workloads more", "dim")
        return Drawn([*parts, *more.parts], high + more.height)
    return Drawn(parts, high)


def _panel(
    stage: Stage,
    where: str | None,
    several: list[Box],
    x: float,
    y: float,
    wide: float,
    most: int,
    bars: bool,
) -> Drawn:
    """A zone. `most`: the nodes of the largest one, for cards as wide in each."""
    inside = wide - 2 * _PAD
    across = max(1, min(most, int((inside + _GAP) / (_NARROWEST + _GAP))))
    each = (inside - (across - 1) * _GAP) / across
    parts, top = [], y + _PAD
    if where is not None:
        parts.append(text(x + _PAD, top + 10, fitting(zone(where), inside, bold=True), "name dim"))
        top += LINE + 2
    for begin in range(0, len(several), across):
        level = several[begin : begin + across]
        high = max(_card(stage, box, 0, 0, each, bars, 0).height for box in level)
        for number, box in enumerate(level):
            parts += _card(stage, box, x + _PAD + number * (each + _GAP), top, each, bars, high).parts
        top += high + _GAP
    return Drawn(parts, top - _GAP + _PAD - y)


def _card(stage: Stage, box: Box, x: float, y: float, wide: float, bars: bool, high: float) -> Drawn:
    """A node. Its bars stand at the bottom, where cards beside it have theirs."""
    inside = wide - 2 * _PAD
    after = f"{box.folded} {box.state}".strip()
    beside = width_of(after, bold=True) + 8 if after else 0
    name = fitting(box.title, inside - beside, bold=True)
    parts = [text(x + _PAD, y + 21, name, "name")]
    if after:
        look = "state end" if box.state else "name dim end"
        parts.append(text(x + wide - _PAD, y + 21, after, look))
    top = y + 31
    if not box.alike:
        parts.append(text(x + _PAD, top + 10, "all pods of these nodes; use of the fullest", "small"))
        top += 18
    pods = _pods(stage, box.pods, x + _PAD, top, inside)
    below = len(box.uses) * _BAR_LINE + 6 if bars else 0
    own = top - y + pods.height + below + _PAD
    parts += pods.parts
    bottom = y + max(high, own) - _PAD - below + 6
    beside = max((width_of(" of ".join(use.amounts), 11) for use in box.uses), default=0)
    track = max(20, inside - _LABEL - beside - 6)
    for number, use in enumerate(box.uses if bars else ()):
        parts += _bar(use, x + _PAD, bottom + number * _BAR_LINE, inside, track)
    card = rect(x, y, wide, max(high, own), 'fill="#ffffff" stroke="#c5ced8"', 6)
    return Drawn([card, *parts], max(high, own))


def _pods(stage: Stage, pods: Pods, x: float, y: float, wide: float) -> Drawn:
    signs = letters(stage)
    many = sum(count for _, count in pods) > _SINGLE
    parts: list[str] = []
    left, top = x, y
    for number, count in pods:
        folded = many and count > 1
        words = f"{signs[number]}×{count}" if folded else signs[number]
        each = max(_POD, width_of(words, 12, bold=True) + 8)
        for _ in range(1 if folded else count):
            if left > x and left + each > x + wide:
                left, top = x, top + _POD_HIGH + _POD_GAP
            parts += _pod(stage, number, words, left, top, each)
            left += each + _POD_GAP
    if not pods:
        parts.append(text(x, y + 15, "no pods", "dim"))
    return Drawn(parts, top + _POD_HIGH - y)


def _pod(stage: Stage, number: int, words: str, x: float, y: float, wide: float) -> list[str]:
    """A pod; one of the next revision is white with a border of its workload's colour."""
    if number >= 2 * stage.workloads:
        look, letter = 'fill="#eaeef2" stroke="#c5ced8"', f"fill:{DIM}"
    else:
        colour = PODS[number % stage.workloads % len(PODS)]
        new = number >= stage.workloads
        look = f'fill="#ffffff" stroke="{colour}" stroke-width="2"' if new else f'fill="{colour}"'
        letter = f"fill:{colour}" if new else ""
    middle = f'x="{x + wide / 2:.1f}" y="{y + _POD_HIGH / 2 + 4.5:.1f}"'
    return [
        rect(x, y, wide, _POD_HIGH, f'class="pod-box" {look}', 5),
        f'<text {middle} class="pod" style="{letter}">{words}</text>',
    ]


def _bar(use: Use, x: float, y: float, wide: float, track: float) -> list[str]:
    colour = AMBER if use.share >= _FULL else "#6b8cae"
    filled = max(track * use.share, 2 if use.used > 0 else 0)
    top = y + (_BAR_LINE - _BAR) / 2
    parts = [
        text(x, y + SIZE, label(use.resource), "small"),
        rect(x + _LABEL, top, track, _BAR, 'fill="#e4e9ee"', 3),
    ]
    if filled:
        parts.append(rect(x + _LABEL, top, filled, _BAR, f'fill="{colour}"', 3))
    amounts = fitting(" of ".join(use.amounts), wide - _LABEL - track, 11)
    return [*parts, text(x + wide, y + SIZE, amounts, "small end")]
