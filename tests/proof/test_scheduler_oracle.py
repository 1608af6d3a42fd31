"""The filters that the brute force reads from the API's objects, beside the scheduler's own."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.proof.clusters import NEW, Cluster, clusters, question
from tests.proof.filters import Pod, admits, read_node, read_pod
from tests.proof.scheduler import Scheduler


@settings(max_examples=150, deadline=None)
@given(cluster=clusters(namespaced=False, ports=False), data=st.data())
def test_filters_admit_what_the_scheduler_admits(
    scheduler: Scheduler, cluster: Cluster, data: st.DataObject
) -> None:
    asked = data.draw(st.integers(0, len(cluster.deployments) - 1))
    nodes = {node["metadata"]["name"]: read_node(node) for node in cluster.nodes}

    def read(name: str, workload: int, revision: str) -> Pod:
        deployment = cluster.deployments[workload]
        return read_pod(name, deployment["metadata"]["name"], deployment["spec"]["template"], revision)

    placed = [
        (read(f"p{number}", one.workload, one.revision), nodes[one.node])
        for number, one in enumerate(cluster.standing)
    ]
    admitted = admits(list(nodes.values()), placed, read("new", asked, NEW))
    assert sorted(admitted) == sorted(scheduler.ask(question(cluster, asked))["fits"])
