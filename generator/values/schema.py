"""The JSON Schema of an umbrella's values: every key that the charts know, and no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.values.block import Data
from generator.values.interface import defaults, is_open
from profiles.models import Product
from profiles.scalardl import LOADER_CHART, MONITORING_CHARTS, PRODUCT_CHARTS

_COUNT: Data = {"type": "integer", "minimum": 1}
_PERCENT: Data = {"type": "integer", "minimum": 1, "maximum": 100}
_MAP: Data = {"type": ["object", "null"]}


def of(product: Product) -> Data:
    """The schema (draft 7, which both Helms read) of the umbrella chart of a product."""
    charts = defaults(product)
    chart, loader = PRODUCT_CHARTS[product].name, LOADER_CHART.name
    component = _closed({"minReplicas": _COUNT, "maxReplicas": _COUNT}, "minReplicas", "maxReplicas")
    of_loader = _of_default(charts[loader])
    of_loader["properties"]["enabled"] = {"type": "boolean"}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"Values of the chart scalardl-{product}",
        **_closed(
            {
                # Helm gives every chart this key.
                "global": {"type": "object"},
                chart: _of_default(charts[chart]),
                loader: of_loader,
                "loader": _closed({"pod": _MAP, "container": _MAP, "networkPolicy": _MAP}),
                "autoscaling": {
                    **_closed(
                        {
                            "product": component,
                            "envoy": component,
                            "cpuPercent": _PERCENT,
                            "memoryPercent": _PERCENT,
                            "scaleDownSeconds": {"type": "integer", "minimum": 0, "maximum": 3600},
                        }
                    ),
                    "type": ["object", "null"],
                },
                MONITORING_CHARTS[product].name: {"type": "object"},
                "hardening": _closed({"policy": {"type": "string"}}),
            },
            chart,
            loader,
        ),
    }


def _closed(properties: Data, *required: str) -> Data:
    made: Data = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": list(required)} if required else made


def _of_default(default: Any, key: str = "") -> Data:
    """The schema of what has this default in its chart."""
    if isinstance(default, Mapping):
        if is_open(key, default):
            return _MAP
        below = {name: _of_default(value, name) for name, value in default.items()}
        below["global"] = {"type": "object"}
        return _closed(below)
    for kind, name in ((bool, "boolean"), (int, "integer"), (list, "array")):
        if isinstance(default, kind):
            return {"type": name}
    return {"type": "string"}
