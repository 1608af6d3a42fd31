"""Scenario 1: a rolling update on three nodes."""

from __future__ import annotations

import pytest

from tests.prove.api import condition
from tests.prove.release import GUIDED, Release
from tests.prove.site import COMPONENT, Site, waiting

pytestmark = pytest.mark.prove

NEW_IMAGE = ("--set", "ledger.image.version=3.13.1", "--set", "envoy.image.version=1.6.2")


def test_with_the_strategy_of_the_chart_it_hangs(site: Site, release: Release) -> None:
    """A quarter of three is one pod more and none less: no node of 4 vCPU has room for a third pair of 2."""
    release.install("ledger", GUIDED, hardened=False)
    site.until_ready("ledger", 3)
    # Kubernetes itself shall say that nothing moves; by default it waits ten minutes with that. Changed while
    # the controller starts an update, its note of the start would be lost, and the deadline with it.
    name = f"{site.path('deployments', 'apps/v1')}/demo-scalardl-ledger"
    site.api.patch(name, {"spec": {"progressDeadlineSeconds": 10}})
    site.until_rolled_out("ledger")
    release.install("ledger", GUIDED, *NEW_IMAGE, hardened=False)
    site.api.until(
        site.path("deployments", "apps/v1"),
        lambda found: condition(found[0], "Progressing") == "False ProgressDeadlineExceeded",
        "the deadline of the rollout exceeded",
        selector=f"{COMPONENT}=ledger",
    )
    (stuck,) = waiting(site.pods("ledger"))
    (why,) = [one["message"] for one in stuck["status"]["conditions"] if one["type"] == "PodScheduled"]
    assert "3 Insufficient cpu" in why


def test_hardened_it_completes_and_two_pods_stay(site: Site, release: Release) -> None:
    release.install("ledger", GUIDED, hardened=True)
    stories = {}
    for component in ("ledger", "envoy"):
        site.until_ready(component, 3)
        stories[component] = site.story(component)
    release.install("ledger", GUIDED, *NEW_IMAGE, hardened=True)
    for component, story in stories.items():
        site.until_rolled_out(component)
        assert site.fewest_ready(story) == 2
        images = {pod["spec"]["containers"][0]["image"] for pod in site.pods(component)}
        assert len(images) == 1
        assert images.pop().endswith((":3.13.1", ":1.6.2"))
