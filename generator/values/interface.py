"""The interface of the released charts: their keys and defaults, from `interface.json`.

The charts' own schemas let unknown keys pass, so a typo is lost in silence. Here every key is known.
A default of {} is a map with keys of the user's own (labels, an affinity, a node selector).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from generator.values.block import Data
from profiles.models import Product
from profiles.scalardl import LOADER_CHART, PRODUCT_CHARTS

# Maps with defaults, and yet the user's own: what else Kubernetes knows may stand in them.
_OPEN = ("podSecurityContext", "securityContext", "strategy", "ports", "privateKey")


def defaults(product: Product) -> Data:
    """The defaults of the charts under an umbrella, by the chart's name."""
    text = resources.files("generator.values").joinpath("interface.json").read_text(encoding="utf-8")
    charts: Data = json.loads(text)
    return {name: charts[name] for name in (PRODUCT_CHARTS[product].name, LOADER_CHART.name)}


def is_open(key: str, default: object) -> bool:
    """Whether a map may hold keys that the chart does not name."""
    return key in _OPEN or default == {}


def unknown(values: Mapping[str, Any], known: Mapping[str, Any], above: str = "") -> list[str]:
    """The keys of `values`, as dotted paths, that the charts with these defaults do not know."""
    found = []
    for key, value in values.items():
        path = f"{above}.{key}" if above else key
        if key not in known:
            found.append(path)
        elif isinstance(value, Mapping) and not is_open(key, known[key]):
            found += unknown(value, known[key], path)
    return found


def taken_back(shipped: Mapping[str, Any], wanted: Mapping[str, Any], known: Mapping[str, Any]) -> Data:
    """What values must say besides `wanted`, so that nothing of a chart's own values `shipped` stays.

    Helm lays values over those of the chart. What only the chart's own have is set to the default of
    the chart below it, or to null where that has none, which Helm takes for: no such key.
    """
    said: Data = {}
    for key, value in shipped.items():
        below = known.get(key)
        if not isinstance(value, Mapping) or not (key in wanted or isinstance(below, Mapping)):
            if key not in wanted:
                said[key] = below
            continue
        over = wanted.get(key, {})
        inner = taken_back(
            value, over if isinstance(over, Mapping) else {}, below if isinstance(below, Mapping) else {}
        )
        if inner:
            said[key] = inner
    return said


def laid(base: Mapping[str, Any], over: Mapping[str, Any]) -> Data:
    """`over` laid on `base` as Helm lays values: maps key by key, all else replaced."""
    made = dict(base)
    for key, value in over.items():
        below = made.get(key)
        made[key] = laid(below, value) if isinstance(value, Mapping) and isinstance(below, Mapping) else value
    return made
