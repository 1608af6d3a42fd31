"""Scenario 3: the nodes of a zone stop working."""

from __future__ import annotations

import pytest

from tests.prove.release import GUIDED, Release
from tests.prove.site import Site, on_nodes, ready

pytestmark = pytest.mark.prove

COMPONENTS = ("ledger", "envoy")
# Small enough for all pods on one node: it is not for want of room that they spread.
SMALL = {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "500m", "memory": "1Gi"}}
VALUES: dict[str, object] = {name: values | {"resources": SMALL} for name, values in GUIDED.items()}


def installed_while_one_zone_is_open(site: Site, release: Release, hardened: bool) -> None:
    """The nodes of two zones are being upgraded when the release comes, and are back a little later."""
    for node in ("node-b", "node-c"):
        site.cordon(node)
    release.install("ledger", VALUES, hardened=hardened, profile="multi-az")
    for component in COMPONENTS:
        site.until_ready(component, 1 if hardened else 3, pending=hardened)
    for node in ("node-b", "node-c"):
        site.cordon(node, False)
    for component in COMPONENTS:
        site.until_ready(component, 3)


def test_with_the_placement_of_the_chart_all_pods_are_gone(site: Site, release: Release) -> None:
    installed_while_one_zone_is_open(site, release, hardened=False)
    site.lose("node-a")
    for component in COMPONENTS:
        site.api.until(
            site.path("pods"),
            lambda pods: not ready(pods),
            f"no pod of {component} ready",
            selector=f"app.kubernetes.io/app={component}",
        )


def test_hardened_for_many_zones_two_pods_of_each_stay_and_it_recovers(site: Site, release: Release) -> None:
    installed_while_one_zone_is_open(site, release, hardened=True)
    stories = {component: site.story(component) for component in COMPONENTS}
    site.lose("node-a")
    for component in COMPONENTS:
        # The controllers have moved the third pod off the lost node, and it waits for its zone.
        site.until_ready(component, 2, pending=True)
        assert on_nodes(ready(site.pods(component))) == ["node-b", "node-c"]
    site.regain("node-a")
    for component, story in stories.items():
        site.until_ready(component, 3)
        assert on_nodes(site.pods(component)) == ["node-a", "node-b", "node-c"]
        assert site.fewest_ready(story) == 2
