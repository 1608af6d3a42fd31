"""Releases like ScalarDL's, many in one stream, and the policy that holds them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import profiles
from tests.charts.release import as_helm3

# Of the same length as what takes their place.
_NAME, _NAMESPACE = "release-0000", "team-0000"


@cache
def _one() -> str:
    return as_helm3("ledger", name=_NAME, namespace=_NAMESPACE)


def releases(number: int) -> str:
    """That many releases of Ledger with Envoy, of nine documents each, each in a namespace of its own."""
    return "".join(
        _one().replace(_NAME, f"release-{one:04}").replace(_NAMESPACE, f"team-{one:04}")
        for one in range(number)
    )


def among_foreign(number: int) -> str:
    """One release, and so many documents of other programs, of 1 KB each."""
    settings = "".join(f"    setting.{line}: some value of it\n" for line in range(25))
    others = (
        f"---\napiVersion: {version}\nkind: {kind}\nmetadata:\n  name: other-{one}\n  namespace: others\n"
        f"{content}:\n  text: |\n{settings}"
        for one in range(number)
        for version, kind, content in [
            (
                ("v1", "ConfigMap", "data"),
                ("example.com/v1", "Widget", "spec"),
                ("v1", "Secret", "stringData"),
                ("monitoring.coreos.com/v1", "PrometheusRule", "spec"),
            )[one % 4]
        ]
    )
    return releases(1) + "".join(others)


def policy(number: int) -> str:
    """The policy of `production`, as JSON, on a pool that holds so many releases: three nodes each."""
    compiled = json.loads((Path(profiles.__file__).parent / "compiled" / "production.json").read_text())
    compiled["nodePool"] |= {"nodes": 3 * number, "maxNodes": 3 * number}
    return json.dumps(compiled)
