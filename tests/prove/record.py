"""What a run has shown, and docs/proof.md with it."""

from __future__ import annotations

import json
import os
import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, get_args


class Shown(NamedTuple):
    """A test that passed. `scenario`: what its file says it is about; `what`: its name in words."""

    file: str
    version: str
    scenario: str
    what: str
    seconds: float


# What became of an answer: it was yes or no, and so it came; it allowed both; there was none; it was wrong.
Verdict = Literal["yes", "no", "either way", "not decided", "differs"]


class Agreement(NamedTuple):
    """Of one version: how many releases, and by question how many answers have which verdict."""

    version: str
    releases: int
    counts: dict[str, dict[Verdict, int]]


class Record(NamedTuple):
    """Of one run: how much it was to show, and what it has shown."""

    asked: int
    shown: list[Shown]
    agreements: list[Agreement]


# Of this run.
SHOWN: list[Shown] = []
AGREEMENTS: list[Agreement] = []

_HEAD = """\
# Proof on real control planes

Written by `make prove`, which builds etcd, kwok, and of two versions of Kubernetes the API server, the
scheduler, the controller manager and kubectl, from their Go modules and once, into the cache. It starts
them on the loopback interface in a temporary folder, installs releases with real Helm through the post-
renderer, ends all of it and removes the folder. kwok plays the nodes and the pods, also those of a lost
zone, where a dead kubelet would not let pods go so soon: no container runs, and no database. What is shown
is what Kubernetes decides.

The pool has three nodes of 4 vCPU and 8 GB in three zones, with the label and the taint of the profile
`production`. A pod needs a second until it is ready, and half a second until it is gone. Helm 4 works at
the newest Kubernetes, Helm 3 at the older one, and both at both where the life of a release is shown.
"""


def agreement(version: str, releases: int, verdicts: Iterable[tuple[str, Verdict]]) -> None:
    """Notes what came out at that version: verdicts with their questions."""
    counts: dict[str, dict[Verdict, int]] = {}
    for question, verdict in verdicts:
        found = counts.setdefault(question, {})
        found[verdict] = found.get(verdict, 0) + 1
    AGREEMENTS.append(Agreement(version, releases, counts))


def save(path: Path, told: Record) -> None:
    """Writes what a run has shown, for `load`."""
    path.write_text(json.dumps(told), encoding="utf-8")


def load(path: Path) -> Record:
    """What a run has shown that has saved it there."""
    asked, shown, agreements = json.loads(path.read_text(encoding="utf-8"))
    return Record(asked, [Shown(*one) for one in shown], [Agreement(*one) for one in agreements])


def page(
    runs: Sequence[Record], programs: Mapping[str, Path], known: Mapping[tuple[str, str], str], seconds: float
) -> str:
    """The text of docs/proof.md. `runs`: one of each version. `programs`: what ran, by its title; beside each
    stands how long its build took. `seconds`: of the runs, at the same time.
    """
    shown = [one for run in runs for one in run.shown]
    parts = [_HEAD, _versions(programs), _times(shown, seconds)]
    for scenario in sorted({one.scenario for one in shown}):
        parts.append(_scenario(scenario, [one for one in shown if one.scenario == scenario]))
    parts.append(_agreements([one for run in runs for one in run.agreements], known))
    return "\n".join(parts)


def _versions(programs: Mapping[str, Path]) -> str:
    took = {title: _built_in(path) for title, path in programs.items()}
    rows = [f"| {title} | {_minutes(seconds) if seconds else ''} |" for title, seconds in took.items()]
    total = f"| **all, one after the other** | **{_minutes(sum(took.values()))}** |"
    return "\n".join(["## Versions", "", "| program | built in |", "|---|---|", *rows, total, ""])


def _built_in(program: Path) -> float:
    """The seconds of its build, as tests/oracles/go_program.sh noted them; 0 where it came otherwise."""
    told = program.with_name(f"{program.name}.seconds")
    return float(told.read_text()) if told.exists() else 0


def _times(shown: Sequence[Shown], seconds: float) -> str:
    rows = ["| Kubernetes | tests | their time |", "|---|---|---|"]
    for version in dict.fromkeys(one.version for one in shown):
        own = [one for one in shown if one.version == version]
        rows.append(f"| {version} | {len(own)} | {_minutes(sum(one.seconds for one in own))} |")
    count, kind = os.cpu_count(), f"{platform.system()} on {platform.machine()}"
    told = f"The run took {_minutes(seconds)} on {count} processors ({kind}), both versions at the same time."
    return "\n".join(["## Times", "", told, "", *rows, ""])


def _scenario(title: str, shown: Sequence[Shown]) -> str:
    command = f"SCALARDL_PROVE=1 .venv/bin/pytest tests/prove/{shown[0].file}"
    lines = [f"## {title.rstrip('.')}", "", f"`{command}` shows this one alone:", ""]
    for what in dict.fromkeys(one.what for one in shown):
        versions = " and ".join(dict.fromkeys(one.version for one in shown if one.what == what))
        lines.append(f"- {what} ({versions})")
    return "\n".join(lines) + "\n"


def _agreements(agreements: Sequence[Agreement], known: Mapping[tuple[str, str], str]) -> str:
    lines = [
        "## Agreement of the planner with Kubernetes",
        "",
        "*Yes* and *no* are answers that came true: a yes holds whatever the scheduler chooses, a no too.",
        "*Either way* is one that allows both, for it depends on what the scheduler chooses.",
        "",
        "What waits is deleted, and comes again, before it counts as waiting. Up to Kubernetes 1.36 a pod",
        "with several required terms of anti-affinity may be looked at again after five minutes only: there",
        "`isSchedulableAfterPodChange` asks that the pod which has gone matched all of them (line 203 of",
        "pkg/scheduler/framework/plugins/interpodaffinity/plugin.go in 1.32.13); in 1.37, any of them.",
        "",
    ]
    verdicts: tuple[Verdict, ...] = get_args(Verdict)
    for version, releases, counts in agreements:
        total: Counter[Verdict] = Counter()
        for found in counts.values():
            total.update(found)
        decided = total["yes"] + total["no"] + total["differs"]
        agree = f"{decided - total['differs']} of {decided} answers that decide agree"
        lines += [f"Kubernetes {version}, {releases} random releases: {agree}.", ""]
        lines += [f"| question | answers | {' | '.join(verdicts)} |", "|---" * (2 + len(verdicts)) + "|"]
        for question, found in (*counts.items(), ("**all**", total)):
            columns = (sum(found.values()), *(found.get(verdict, 0) for verdict in verdicts))
            lines.append(f"| {question} | {' | '.join(map(str, columns))} |")
        lines.append("")
    lines += [f"- {question} of {trial}: {why}" for (question, trial), why in known.items()]
    return "\n".join(lines).rstrip() + "\n"


def _minutes(seconds: float) -> str:
    return f"{round(seconds)} s" if seconds < 100 else f"{round(seconds / 60)} min"
