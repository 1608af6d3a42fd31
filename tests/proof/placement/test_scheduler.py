"""Where one more pod may stand, beside the real scheduler's filters; two nodes and pods of all sorts."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from postrender.proof.placement.board import Board
from tests.proof.clusters import HASH, NEW, OLD, Cluster, Object, clusters, question
from tests.proof.placement import staging
from tests.proof.scheduler import Scheduler


@settings(max_examples=400, deadline=None)
@given(cluster=clusters(namespaced=True, ports=True), data=st.data())
def test_admits_what_the_scheduler_admits(
    scheduler: Scheduler, cluster: Cluster, data: st.DataObject
) -> None:
    asked = data.draw(st.integers(0, len(cluster.deployments) - 1))
    with tempfile.TemporaryDirectory() as folder:
        _, stage = staging.stage(Path(folder), cluster.deployments, cluster.nodes)
    numbers = {group.title: group.number for group in reversed(stage.groups)}
    workloads = [numbers[f"Deployment {one['metadata']['name']}"] for one in cluster.deployments]
    board = Board(stage)
    place_of = {
        name: next(place for place in board.alike if place.kind == number)
        for number, kind in enumerate(stage.kinds)
        for name in kind.names
        if kind.nodes
    }
    for one in cluster.standing:
        group = workloads[one.workload] + (one.revision != OLD) * stage.workloads
        place_of[one.node] = board.put(place_of[one.node], group)
    new = stage.groups[workloads[asked] + stage.workloads]
    assume(not any(group.unmodelled for group in stage.groups))
    admitted = board.admits(new.number)
    event(f"{len(admitted)} of {len(board.alike)} states")
    found = sorted(name for name, place in place_of.items() if place in admitted)
    assert found == sorted(scheduler.ask(told_apart(cluster, asked))["fits"])


def told_apart(cluster: Cluster, asked: int) -> Object:
    """The question, with other pod-template-hashes for each workload, as the controller makes them."""
    found = question(cluster, asked)
    for pod, workload in zip(found["pods"], [one.workload for one in cluster.standing], strict=True):
        pod["metadata"]["labels"][HASH] += f"-{workload}"
    found["pod"]["metadata"]["labels"][HASH] = f"{NEW}-{asked}"
    return found
