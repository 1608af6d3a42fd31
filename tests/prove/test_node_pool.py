"""Scenario 4: who stands on the nodes of the pool."""

from __future__ import annotations

import pytest

from tests.prove.api import Object
from tests.prove.release import GUIDED, SMALL, Release
from tests.prove.site import Site, on_nodes

pytestmark = pytest.mark.prove

POOL = ["node-a", "node-b", "node-c"]
each_product = pytest.mark.parametrize("product", ["ledger", "auditor"])


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


@each_product
def test_with_the_defaults_of_the_chart_all_pods_crowd_on_the_other_node(
    with_a_node_for_all: Site, release: Release, product: str
) -> None:
    release.install(product, hardened=False)
    for component in (product, "envoy"):
        assert on_nodes(with_a_node_for_all.until_ready(component, 3)) == ["node-for-all"] * 3


@each_product
def test_hardened_all_pods_stand_on_the_pool(
    with_a_node_for_all: Site, release: Release, product: str
) -> None:
    release.install(product, hardened=True)
    for component in (product, "envoy"):
        assert on_nodes(with_a_node_for_all.until_ready(component, 3)) == POOL


def test_hardened_the_loader_runs_on_the_pool(with_a_node_for_all: Site, release: Release) -> None:
    site = with_a_node_for_all
    release.install("schema-loading", hardened=True)
    site.api.until(
        site.path("jobs", "batch/v1"),
        lambda jobs: jobs[0].get("status", {}).get("succeeded") == 1,
        "the schema loader has succeeded",
    )
    (node,) = on_nodes(site.pods())
    assert node in POOL


def test_with_the_values_of_the_guides_all_pods_may_crowd_on_one_node(site: Site, release: Release) -> None:
    """Two nodes are being upgraded when the release comes."""
    for node in POOL[1:]:
        site.cordon(node)
    release.install("ledger", SMALL, hardened=False)
    for component in ("ledger", "envoy"):
        assert on_nodes(site.until_ready(component, 3)) == ["node-a"] * 3


def test_hardened_they_wait_for_a_node_each(site: Site, release: Release) -> None:
    for node in POOL[1:]:
        site.cordon(node)
    release.install("ledger", SMALL, hardened=True)
    for component in ("ledger", "envoy"):
        assert on_nodes(site.until_ready(component, 1, pending=True)) == ["node-a"]
    for node in POOL[1:]:
        site.cordon(node, False)
    for component in ("ledger", "envoy"):
        assert on_nodes(site.until_ready(component, 3)) == POOL


def test_without_the_taint_foreign_pods_stand_on_the_pool(with_a_node_for_all: Site) -> None:
    site = with_a_node_for_all
    for node in POOL:
        site.api.patch(f"/api/v1/nodes/{node}", {"spec": {"taints": []}})
    site.api.create(site.path("deployments", "apps/v1"), deployment("other", 6))
    assert set(on_nodes(site.until_ready("other", 6))) & set(POOL)


def test_foreign_pods_stay_off_the_pool_beside_a_release(with_a_node_for_all: Site, release: Release) -> None:
    site = with_a_node_for_all
    release.install("ledger", GUIDED, hardened=True)
    site.api.create(site.path("deployments", "apps/v1"), deployment("other", 6))
    assert on_nodes(site.until_ready("other", 6)) == ["node-for-all"] * 6
