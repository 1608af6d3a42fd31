"""Scenario 6: the API server takes what hardening makes, and the restricted level lets its pods in."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.helm.conftest import CHARTS, HARDENED, Helm
from tests.prove import site as sites
from tests.prove.control_plane import ControlPlane
from tests.prove.site import Site

pytestmark = pytest.mark.prove

LEVEL = "pod-security.kubernetes.io"
NAMES = ("ledger", "auditor", "schema-loading")


@pytest.fixture
def restricted(plane: ControlPlane) -> Iterator[Site]:
    """A namespace that enforces the restricted level, and warns of what it will not let in."""
    with sites.opened(plane, {f"{LEVEL}/enforce": "restricted", f"{LEVEL}/warn": "restricted"}) as opened:
        opened.add_node("node-a", "zone-a")
        opened.until_nodes(["node-a"])
        yield opened


@pytest.fixture
def rendered(helm: Helm, restricted: Site) -> dict[str, str]:
    """The stand-in charts as they come, by chart; hardened, by `hardened` and the chart."""
    found = {}
    for chart in NAMES:
        command = ("template", "demo", CHARTS / chart, "--namespace", restricted.namespace, "--no-hooks")
        found[chart] = helm.output(*command)
        found[f"hardened {chart}"] = helm.output(*command, *HARDENED)
    return found


def applied(site: Site, manifests: str) -> subprocess.CompletedProcess[str]:
    strictly = ("apply", "--server-side", "--validate=strict", "--namespace", site.namespace, "-f", "-")
    return site.plane.kubectl(*strictly, text=manifests)


@pytest.mark.parametrize("chart", NAMES)
def test_hardened_objects_are_taken_without_a_warning(
    restricted: Site, rendered: dict[str, str], chart: str
) -> None:
    done = applied(restricted, rendered[f"hardened {chart}"])
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    assert done.stdout.count("serverside-applied") >= 3


def test_hardened_the_loader_runs(restricted: Site, rendered: dict[str, str]) -> None:
    done = applied(restricted, rendered["hardened schema-loading"])
    assert done.returncode == 0, done.stderr
    restricted.api.until(
        restricted.path("jobs", "batch/v1"),
        lambda jobs: jobs[0].get("status", {}).get("succeeded") == 1,
        "the schema loader has succeeded",
    )


def test_as_the_chart_has_it_the_loader_is_refused(restricted: Site, rendered: dict[str, str]) -> None:
    done = applied(restricted, rendered["schema-loading"])
    assert 'would violate PodSecurity "restricted:latest"' in done.stderr
    refusal = restricted.until_told("FailedCreate", "demo-schema-loading")
    assert 'violates PodSecurity "restricted:latest"' in refusal
    assert not restricted.pods()


def test_a_field_that_does_not_exist_is_refused(restricted: Site, rendered: dict[str, str]) -> None:
    """So that it counts that none of ours is."""
    text = rendered["hardened ledger"].replace("terminationGracePeriodSeconds:", "terminationGraceSeconds:")
    done = applied(restricted, text)
    assert done.returncode == 1
    assert "terminationGraceSeconds" in done.stderr
