"""Scenario 4: who stands on the nodes of the pool."""

from __future__ import annotations

import pytest

from tests.prove.api import Object
from tests.prove.release import Release
from tests.prove.site import Site, on_nodes

pytestmark = pytest.mark.prove

POOL = ["node-a", "node-b", "node-c"]
COMPONENTS = ("ledger", "envoy")


def deployment(name: str, pods: int) -> Object:
    """Somebody else's pods, who know nothing of the pool."""
    labels = {"app.kubernetes.io/app": name}
    container = {"name": "main", "image": "registry.example.com/other:1"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": pods, "selector": {"matchLabels": labels}, "template": template}
    return {"metadata": {"name": name}, "spec": spec}


@pytest.fixture
def with_a_node_for_all(site: Site) -> Site:
    """Beside the pool stands a node without label and taint."""
    site.add_node("node-for-all", "zone-a", pool=False)
    site.until_nodes(["node-for-all"])
    return site


def test_with_the_defaults_of_the_chart_all_pods_crowd_on_the_other_node(
    with_a_node_for_all: Site, release: Release
) -> None:
    release.install("ledger", hardened=False)
    for component in COMPONENTS:
        assert on_nodes(with_a_node_for_all.until_ready(component, 3)) == ["node-for-all"] * 3


def test_hardened_they_stand_on_the_pool_one_on_a_node(with_a_node_for_all: Site, release: Release) -> None:
    release.install("ledger", hardened=True)
    for component in COMPONENTS:
        assert on_nodes(with_a_node_for_all.until_ready(component, 3)) == POOL


def test_foreign_pods_stay_off_the_pool(with_a_node_for_all: Site, release: Release) -> None:
    site = with_a_node_for_all
    release.install("ledger", hardened=True)
    site.api.create(site.path("deployments", "apps/v1"), deployment("other", 6))
    assert on_nodes(site.until_ready("other", 6)) == ["node-for-all"] * 6
