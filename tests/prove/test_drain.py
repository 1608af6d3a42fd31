"""Scenario 2: each node in turn is drained, as before its upgrade."""

from __future__ import annotations

import pytest

from tests.prove.release import GUIDED, Release
from tests.prove.site import COMPONENT, Site, on_nodes

pytestmark = pytest.mark.prove

NODES = ("node-a", "node-b", "node-c")
DRAIN = ("drain", "--ignore-daemonsets", "--delete-emptydir-data")


def test_a_budget_of_as_many_as_there_are_blocks_it(site: Site, release: Release) -> None:
    release.install("ledger", GUIDED, hardened=False)
    site.until_ready("ledger", 3)
    selector = {"matchLabels": {COMPONENT: "ledger"}}
    budget = {"metadata": {"name": "ledger"}, "spec": {"minAvailable": 3, "selector": selector}}
    site.api.create(site.path("poddisruptionbudgets", "policy/v1"), budget)
    site.api.until(
        site.path("poddisruptionbudgets", "policy/v1"),
        lambda found: found[0].get("status", {}).get("expectedPods") == 3,
        "the budget has counted its pods",
    )
    for node in NODES:
        done = site.plane.kubectl(*DRAIN, node, "--timeout=8s")
        assert done.returncode == 1
        assert "Cannot evict pod as it would violate the pod's disruption budget" in done.stderr
        site.cordon(node, False)
    assert on_nodes(site.pods("ledger")) == sorted(NODES)


def test_hardened_each_node_is_drained_and_two_pods_stay(site: Site, release: Release) -> None:
    release.install("ledger", GUIDED, hardened=True)
    components = ("ledger", "envoy")
    for component in components:
        site.until_ready(component, 3)
    stories = {component: site.story(component) for component in components}
    for node in NODES:
        done = site.plane.kubectl(*DRAIN, node, "--timeout=180s")
        assert done.returncode == 0, done.stderr
        left = [pod for component in components for pod in site.pods(component)]
        assert node not in on_nodes(left)
        site.cordon(node, False)
        for component in components:
            site.until_ready(component, 3)
    for component, story in stories.items():
        assert on_nodes(site.pods(component)) == sorted(NODES)
        assert site.fewest_ready(story) == 2
