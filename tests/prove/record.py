"""What a run has shown, and docs/proof.md with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Shown(NamedTuple):
    """A test that passed. `scenario`: what its file says it is about; `what`: its name in words."""

    version: str
    scenario: str
    what: str
    seconds: float


class Agreement(NamedTuple):
    """Of one version: how many releases, and by question how many answers agree, differ, or allow both."""

    version: str
    releases: int
    counts: dict[str, Counter[str]]


SHOWN: list[Shown] = []
AGREEMENTS: list[Agreement] = []

_HEAD = """\
# Proof on real control planes

Written by `make prove`, which builds etcd, kwok, and of two versions of Kubernetes the API server, the
scheduler, the controller manager and kubectl, from their Go modules and once, into the cache. It starts
them on the loopback interface in a temporary folder, installs releases with real Helm through the post-
renderer, and ends and removes all of it. kwok plays the nodes and the pods: no container runs, and no
database. What is shown is what Kubernetes decides.

The pool has three nodes of 4 vCPU and 8 GB in three zones, with the label and the taint of the profile
`production`. A pod needs a second until it is ready, and half a second until it is gone. Helm 4 works at
the newest Kubernetes, Helm 3 at the older one, and both at both where the life of a release is shown.
"""


def agreement(version: str, releases: int, verdicts: Iterable[tuple[str, str]]) -> None:
    """Keeps what came out at that version, for the page."""
    counts: dict[str, Counter[str]] = {}
    for question, verdict in verdicts:
        counts.setdefault(question, Counter())[verdict] += 1
    AGREEMENTS.append(Agreement(version, releases, counts))


def page(programs: Mapping[str, Path], known: Mapping[tuple[str, str], str]) -> str:
    """The text of docs/proof.md. `programs`: what ran, by its title; beside each stands how long its build
    took.
    """
    parts = [_HEAD, _versions(programs), _times()]
    for scenario in sorted({one.scenario for one in SHOWN}):
        parts.append(_scenario(scenario, [one for one in SHOWN if one.scenario == scenario]))
    parts.append(_agreements(known))
    return "\n".join(parts)


def _versions(programs: Mapping[str, Path]) -> str:
    rows = ["| program | built in |", "|---|---|"]
    for title, path in programs.items():
        told = path.with_name(f"{path.name}.seconds")
        took = f"{_minutes(float(told.read_text()))}" if told.exists() else ""
        rows.append(f"| {title} | {took} |")
    return "## Versions\n\n" + "\n".join(rows) + "\n"


def _times() -> str:
    rows = ["| Kubernetes | tests | all of them, with what is built in the cache |", "|---|---|---|"]
    for version in dict.fromkeys(one.version for one in SHOWN):
        own = [one for one in SHOWN if one.version == version]
        rows.append(f"| {version} | {len(own)} | {_minutes(sum(one.seconds for one in own))} |")
    return "## Times\n\n" + "\n".join(rows) + "\n"


def _scenario(title: str, shown: Sequence[Shown]) -> str:
    lines = [f"## {title.rstrip('.')}", ""]
    for what in dict.fromkeys(one.what for one in shown):
        versions = " and ".join(dict.fromkeys(one.version for one in shown if one.what == what))
        lines.append(f"- {what} ({versions})")
    return "\n".join(lines) + "\n"


def _agreements(known: Mapping[tuple[str, str], str]) -> str:
    lines = [
        "## Agreement of the planner with Kubernetes",
        "",
        "An answer *agrees* where what it says came to be. *Either way* is one that allows both, for it",
        "depends on what the scheduler chooses.",
        "",
    ]
    for version, releases, counts in AGREEMENTS:
        rows = ["| question | answers | agree | either way | differ |", "|---|---|---|---|---|"]
        total: Counter[str] = Counter()
        for question, found in (*counts.items(), ("**all**", total)):
            columns = (found.total(), found["agrees"], found["either way"], found["differs"])
            rows.append(f"| {question} | {' | '.join(map(str, columns))} |")
            total += found if found is not total else Counter()
        decided = total["agrees"] + total["differs"]
        share = 100 * total["agrees"] / decided
        agree = f"{total['agrees']} of {decided} answers that decide agree ({share:.1f} %)"
        lines += [f"Kubernetes {version}, {releases} random releases: {agree}.", "", *rows, ""]
    lines += [f"- {question} of {trial}: {why}" for (question, trial), why in known.items()]
    return "\n".join(lines).rstrip() + "\n"


def _minutes(seconds: float) -> str:
    return f"{round(seconds)} s" if seconds < 100 else f"{round(seconds / 60)} min"
