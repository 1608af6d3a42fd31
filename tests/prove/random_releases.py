"""Random releases on random pools, all in one cluster: each has a namespace, and nodes that only it may use.

They are those that the proofs are compared with brute force by (tests/proof/small_cases.py).
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, settings

from postrender.manifests.release import Release
from postrender.proof.placement.board import Place, Snapshot
from postrender.proof.placement.stage import Stage
from postrender.proof.placement.terms import ZONE
from tests.proof.placement import staging
from tests.proof.small_cases import Case, cases
from tests.prove.api import Api, Object

# On the nodes of one release, and what its pods select.
OWN = "prove/case"


class Trial(NamedTuple):
    """One release and its pool, with names of its own."""

    namespace: str
    nodes: list[Object]
    deployments: list[Object]
    budgets: list[Object]


@cache
def drawn(count: int) -> list[Trial]:
    """The same ones in each run. Spreads that count nodes which their pods cannot select are left out: those
    would count the other releases' nodes.
    """
    found: dict[str, Case] = {}

    @settings(
        max_examples=4 * count,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(cases())
    def draw(case: Case) -> None:
        text = json.dumps(case)
        if len(found) < count and '"nodeAffinityPolicy": "Ignore"' not in text:
            found.setdefault(text, case)

    draw()
    assert len(found) == count, f"only {len(found)} of {count} drawn"
    return [_own(case, f"trial-{number}") for number, case in enumerate(found.values())]


def _own(case: Case, name: str) -> Trial:
    text = json.dumps(case)
    for node in case.nodes:
        short = node["metadata"]["name"]
        text = text.replace(f'"{short}"', f'"{name}-{short}"')
    nodes, deployments, budgets = json.loads(text)
    for node in nodes:
        node["metadata"]["labels"][OWN] = name
    for deployment in deployments:
        pod = deployment["spec"]["template"]["spec"]
        pod["nodeSelector"] = pod.get("nodeSelector", {}) | {OWN: name}
    for one in (*deployments, *budgets):
        one["metadata"]["namespace"] = name
    return Trial(name, nodes, deployments, budgets)


def add_nodes(api: Api, trials: Iterable[Trial], version: str) -> None:
    """The nodes, with a kubelet of that version; waits until all may be used."""
    names = set()
    for trial in trials:
        for node in trial.nodes:
            status = node["status"] | {"nodeInfo": _info(version), "capacity": node["status"]["allocatable"]}
            api.create("/api/v1/nodes", node | {"status": status})
            names.add(node["metadata"]["name"])
    api.until(
        "/api/v1/nodes",
        lambda nodes: {one["metadata"]["name"] for one in nodes if _open(one)} >= names,
        f"all of {len(names)} nodes ready",
        180,
    )


def _info(version: str) -> dict[str, str]:
    unknown = ("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion")
    told = {"kubeletVersion": f"v{version}", "kubeProxyVersion": f"v{version}"}
    return dict.fromkeys(unknown, "") | told | {"operatingSystem": "linux", "architecture": "amd64"}


def _open(node: Object) -> bool:
    taints = node["spec"].get("taints") or []
    return not any(taint["key"] == "node.kubernetes.io/not-ready" for taint in taints)


def stage_of(trial: Trial, nodes: list[Object]) -> tuple[Release, Stage]:
    """What the planner reads: the release as it was applied, the nodes as the API server has them."""
    with tempfile.TemporaryDirectory() as folder:
        objects = [*trial.deployments, *trial.budgets]
        return staging.stage(Path(folder), objects, [one for one in nodes if _of(one, trial)])


def _of(node: Object, trial: Trial) -> bool:
    return bool(node["metadata"]["labels"].get(OWN) == trial.namespace)


def snapshot(stage: Stage, standing: Iterable[tuple[str, str]]) -> Snapshot:
    """The state in which pods of these Deployments stand on these nodes, as the planner writes it."""
    numbers = {group.title: group.number for group in stage.groups[: stage.workloads]}
    there: dict[str, Counter[int]] = {}
    for deployment, node in standing:
        there.setdefault(node, Counter())[numbers[f"Deployment {deployment}"]] += 1
    return frozenset(Counter(state_of(stage, node, there.get(node, {})) for node in _names(stage)).items())


def state_of(stage: Stage, node: str, pods: Mapping[int, int]) -> Place:
    """The state of a node with so many pods of each group on it."""
    number, kind = next((n, kind) for n, kind in enumerate(stage.kinds) if kind.nodes and node in kind.names)
    free = tuple(
        kind.room.get(resource, 0)
        - sum(count * stage.groups[group].asks[index] for group, count in pods.items())
        for index, resource in enumerate(stage.resources)
    )
    return Place(free, number, kind.pods - sum(pods.values()), tuple(sorted(pods.items())))


def shape(stage: Stage, state: Snapshot) -> str:
    """The state without the names of nodes and zones: of each zone its nodes, each with what stands there."""
    zones: dict[str | None, list[object]] = {}
    for place, count in state:
        there = (place.free, place.slots, place.pods)
        zones.setdefault(stage.kinds[place.kind].domain(ZONE), []).extend([there] * count)
    return repr(sorted(sorted(map(repr, nodes)) for nodes in zones.values()))


def _names(stage: Stage) -> list[str]:
    return [name for kind in stage.kinds if kind.nodes for name in kind.names]
