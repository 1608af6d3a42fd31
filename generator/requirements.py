"""The requirements of ScalarDL's deployment guides, from requirements.yaml, and their pages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import NamedTuple

import yaml

_SOURCES = {
    "checklist": "Production checklist for ScalarDL Auditor",
    "eks": "Guidelines for creating an EKS cluster for ScalarDL Ledger and ScalarDL Auditor",
    "aws": "How to deploy Scalar DL on AWS (in Japanese)",
    "kubernetes": "a deployment guide for workloads on Kubernetes",
    "productionize": "Productionize the cluster",
}


class Requirement(NamedTuple):
    """What a guide asks: its text, required or recommended, of what, and by which documents."""

    text: str
    level: str
    of: tuple[str, ...]
    sources: tuple[str, ...]


@cache
def requirements() -> Mapping[str, Requirement]:
    """All of them, by id."""
    text = resources.files("generator").joinpath("requirements.yaml").read_text(encoding="utf-8")
    return {
        name: Requirement(row["text"], row["level"], tuple(row["of"]), tuple(row["sources"]))
        for name, row in yaml.safe_load(text).items()
    }


def page(name: str, rules: tuple[str, ...]) -> str:
    """The page of a requirement, which the `rules` serve."""
    found = requirements()[name]
    lines = [
        f"# {name}\n",
        f"{found.text}.\n",
        f"{found.level.title()}, of: {', '.join(found.of)}.",
        f"Asked by: {'; '.join(_SOURCES[source] for source in found.sources)}.",
    ]
    if rules:
        lines.append(f"Served by the rules: {', '.join(rules)} (scalardl-gen explain RULE).")
    return "\n".join(lines) + "\n"
