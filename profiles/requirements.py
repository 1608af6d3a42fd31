"""The requirements of ScalarDL's deployment guides, from requirements.yaml, and their pages."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal, NamedTuple

import yaml

Level = Literal["required", "recommended"]

# The title of each document that asks something.
SOURCES: Mapping[str, str] = {
    "checklist": "Production checklist for ScalarDL Auditor",
    "eks": "Guidelines for creating an EKS cluster for ScalarDL Ledger and ScalarDL Auditor",
    "aws": "How to deploy Scalar DL on AWS (in Japanese)",
    "kubernetes": "A deployment guide for workloads on Kubernetes",
    "productionize": "Productionize the cluster",
}

_WIDTH = 100
# libyaml's where it is built in, for it is ten times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Requirement(NamedTuple):
    """What a guide asks of a deployment."""

    text: str
    """What must hold; a sentence without its full stop."""
    level: Level
    """Whether the guides demand or advise it."""
    of: tuple[str, ...]
    """What must meet it: ledger, auditor, envoy, loader, workload, cluster, network, database, client."""
    asked: Mapping[str, str]
    """The documents that ask it, keys of SOURCES, and the section of each."""
    look: str
    """What a person looks at to decide, commands in backquotes; a sentence without its full stop."""
    person: str
    """Why no machine can tell; empty where one can."""
    conflict: str
    """How the documents disagree and which is followed, in sentences; empty where they agree."""


@cache
def ids() -> tuple[str, ...]:
    """The ids, in the order of the file; cheap, for the rest is not read."""
    return tuple(re.findall(r"^([a-z-]+):$", _file(), re.MULTILINE))


@cache
def requirements() -> Mapping[str, Requirement]:
    """All of them, by id, in the order of the file."""
    return {
        name: Requirement(
            text=row["text"],
            level=row["level"],
            of=tuple(row["of"]),
            asked=row["asked"],
            look=row["look"],
            person=row.get("person", ""),
            conflict=row.get("conflict", ""),
        )
        for name, row in yaml.load(_file(), _LOADER).items()
    }


def page(name: str, rules: tuple[str, ...]) -> str:
    """The page of a requirement, which the `rules` serve: text for a terminal, 100 columns wide."""
    found = requirements()[name]
    paragraphs = [
        f"# {name}",
        _wrapped(f"{found.text}."),
        f"{found.level.title()}, of: {', '.join(found.of)}.",
        _asked_by(found.asked),
        _wrapped(f"How to see it: {found.look}."),
    ]
    if found.person:
        paragraphs.append(_wrapped(f"A person must decide: {found.person}."))
    if found.conflict:
        paragraphs.append(_wrapped(f"The documents disagree: {found.conflict}"))
    if rules:
        paragraphs.append(_wrapped(f"Served by the rules: {', '.join(rules)} (`scalardl-gen explain RULE`)."))
    return "\n\n".join(paragraphs) + "\n"


@cache
def _file() -> str:
    return resources.files("profiles").joinpath("requirements.yaml").read_text(encoding="utf-8")


def _asked_by(asked: Mapping[str, str]) -> str:
    """Each document with its section, below each other."""
    label = "Asked by: "
    margin = " " * len(label)
    lines = [
        _wrapped(f"{SOURCES[source]}, under: {section}", margin, margin + "  ")
        for source, section in asked.items()
    ]
    return label + "\n".join(lines)[len(label) :]


def _wrapped(text: str, first: str = "", rest: str = "") -> str:
    """`text` in lines that begin with `first` and `rest`; a command in backquotes stays whole."""
    whole = re.sub(r"`[^`]*`", lambda command: command[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
    filled = textwrap.fill(
        whole,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.replace("\N{NO-BREAK SPACE}", " ")
