"""Scenario 3: the nodes of a zone stop working."""

from __future__ import annotations

import pytest

from tests.prove.release import SMALL, Release
from tests.prove.site import ZONES, Site, on_nodes, ready

pytestmark = pytest.mark.prove

COMPONENTS = ("ledger", "envoy")
NODES_OF_A = ("node-a", "node-a2")
OTHERS = ("node-b2", "node-c", "node-c2")


@pytest.fixture
def two_nodes_each(site: Site) -> Site:
    """The pool with two nodes in each zone: a node for each pod is not enough to be in every zone."""
    names = [f"node-{zone[-1]}2" for zone in ZONES]
    for name, zone in zip(names, ZONES, strict=True):
        site.add_node(name, zone)
    site.until_nodes(names)
    return site


def installed_while_nodes_are_upgraded(
    site: Site, release: Release, *, hardened: bool, profile: str = "multi-az", at_first: int = 3
) -> None:
    """One node of zone b and all of zone c are cordoned when the release comes, and open a little later.

    `at_first`: how many pods of each component find a node until then.
    """
    for node in OTHERS:
        site.cordon(node)
    release.install("ledger", SMALL, hardened=hardened, profile=profile)
    for component in COMPONENTS:
        site.until_ready(component, at_first, pending=at_first < 3)
    for node in OTHERS:
        site.cordon(node, False)
    for component in COMPONENTS:
        site.until_ready(component, 3)


def test_with_the_placement_of_the_chart_all_pods_may_be_gone(two_nodes_each: Site, release: Release) -> None:
    site = two_nodes_each
    site.cordon("node-b")
    installed_while_nodes_are_upgraded(site, release, hardened=False)
    stories = {component: site.story(component) for component in COMPONENTS}
    for node in NODES_OF_A:
        site.lose(node)
    for component, story in stories.items():
        site.until_ready_elsewhere(component, NODES_OF_A)
        assert site.fewest_ready(story) == 0


def test_hardened_for_one_zone_a_single_pod_may_stay(two_nodes_each: Site, release: Release) -> None:
    """Each on a node of its own, but two of them in one zone."""
    site = two_nodes_each
    installed_while_nodes_are_upgraded(site, release, hardened=True, profile="production")
    stories = {component: site.story(component) for component in COMPONENTS}
    for node in NODES_OF_A:
        site.lose(node)
    for component, story in stories.items():
        site.until_ready_elsewhere(component, NODES_OF_A)
        assert site.fewest_ready(story) == 1


def test_hardened_for_many_zones_two_pods_of_each_stay_and_it_recovers(
    two_nodes_each: Site, release: Release
) -> None:
    site = two_nodes_each
    installed_while_nodes_are_upgraded(site, release, hardened=True, at_first=2)
    stories = {component: site.story(component) for component in COMPONENTS}
    for node in NODES_OF_A:
        site.lose(node)
    for component in COMPONENTS:
        # The controllers have moved the third pod off the lost node, and it waits for its zone.
        site.until_ready(component, 2, pending=True)
        assert zones(site, component) == {"b", "c"}
    for node in NODES_OF_A:
        site.regain(node)
    for component, story in stories.items():
        site.until_ready(component, 3)
        assert zones(site, component) == {"a", "b", "c"}
        assert site.fewest_ready(story) == 2


def zones(site: Site, component: str) -> set[str]:
    """In which zones ready pods of the component stand, by the letters of the nodes' names."""
    return {name.removeprefix("node-")[0] for name in on_nodes(ready(site.pods(component)))}
