"""The same question as in test_scheduler, where some of the standing pods are no workload's of the release.

They run there already: they are read from what kubectl prints of pods.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from postrender.proof.placement.board import Board, Place
from tests.proof.clusters import OLD, Cluster, Object, clusters
from tests.proof.placement import staging
from tests.proof.placement.test_scheduler import told_apart
from tests.proof.scheduler import Scheduler


@settings(max_examples=150, deadline=None)
@given(cluster=clusters(namespaced=True, ports=True), data=st.data())
def test_admits_what_the_scheduler_admits_beside_pods_that_run_there(
    scheduler: Scheduler, cluster: Cluster, data: st.DataObject
) -> None:
    # Of several the last is none of the release's.
    ours = data.draw(st.integers(1, max(1, len(cluster.deployments) - 1)))
    asked = data.draw(st.integers(0, ours - 1))
    question = told_apart(cluster, asked)
    running = [
        running_pod(pod)
        for pod, one in zip(question["pods"], cluster.standing, strict=True)
        if one.workload >= ours
    ]
    with tempfile.TemporaryDirectory() as folder:
        _, stage = staging.stage(Path(folder), cluster.deployments[:ours], cluster.nodes, running)
    numbers = {group.title: group.number for group in reversed(stage.groups)}
    workloads = [numbers[f"Deployment {one['metadata']['name']}"] for one in cluster.deployments[:ours]]
    board = Board(stage)
    place_of: dict[str, Place] = {
        name: next(place for place in board.alike if place.kind == number)
        for number, kind in enumerate(stage.kinds)
        for name in kind.names
        if kind.nodes
    }
    for one in cluster.standing:
        if one.workload < ours:
            group = workloads[one.workload] + (one.revision != OLD) * stage.workloads
            place_of[one.node] = board.put(place_of[one.node], group)
    assume(not any(group.unmodelled for group in stage.groups))
    admitted = board.admits(workloads[asked] + stage.workloads)
    event(f"{len(running)} of {len(cluster.standing)} pods run there already")
    event(f"{len(admitted)} of {len(board.alike)} states")
    found = sorted(name for name, place in place_of.items() if place in admitted)
    assert found == sorted(scheduler.ask(question)["fits"])


def running_pod(pod: Object) -> Object:
    """The pod with what its kubelet says of it."""
    return pod | {"status": {"phase": "Running"}}
