"""Scenario 2: each node in turn is drained, as before its upgrade, of a release with a bad budget."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.helm.conftest import CHARTS
from tests.prove.release import GUIDED, Release
from tests.prove.site import Site, on_nodes

pytestmark = pytest.mark.prove

NODES = ("node-a", "node-b", "node-c")
COMPONENTS = ("ledger", "envoy")
DRAIN = ("drain", "--ignore-daemonsets", "--delete-emptydir-data")
REFUSED = "Cannot evict pod as it would violate the pod's disruption budget"
# As many must stay as there are.
BUDGET = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: "{{ .Release.Name }}-team"}
spec:
  minAvailable: 3
  selector: {matchLabels: {app.kubernetes.io/app: ledger}}
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """The Ledger chart of a team that has added its budget."""
    made = shutil.copytree(CHARTS / "ledger", tmp_path / "chart")
    (made / "templates" / "budget.yaml").write_text(BUDGET)
    return made


def test_the_bad_budget_blocks_every_drain(site: Site, release: Release, chart: Path) -> None:
    release.install(chart, GUIDED, hardened=False)
    site.until_ready("ledger", 3)
    site.until_budgets_count(3)
    for node in NODES:
        done = site.plane.kubectl(*DRAIN, node, "--timeout=8s")
        assert done.returncode == 1
        assert REFUSED in done.stderr
        site.cordon(node, False)
    assert on_nodes(site.pods("ledger")) == sorted(NODES)


def test_hardened_each_node_is_drained_and_two_pods_stay(site: Site, release: Release, chart: Path) -> None:
    release.install(chart, GUIDED, hardened=True)
    for component in COMPONENTS:
        site.until_ready(component, 3)
    site.until_budgets_count(3)
    stories = {component: site.story(component) for component in COMPONENTS}
    for node in NODES:
        done = site.plane.kubectl(*DRAIN, node, "--timeout=180s")
        assert done.returncode == 0, done.stderr
        left = [pod for component in COMPONENTS for pod in site.pods(component)]
        assert node not in on_nodes(left)
        site.cordon(node, False)
        for component in COMPONENTS:
            site.until_ready(component, 3)
    for component, story in stories.items():
        assert on_nodes(site.pods(component)) == sorted(NODES)
        assert site.fewest_ready(story) == 2


def test_hardened_no_second_node_is_drained_before_the_first_is_back(
    site: Site, release: Release, chart: Path
) -> None:
    release.install(chart, GUIDED, hardened=True)
    for component in COMPONENTS:
        site.until_ready(component, 3)
    site.until_budgets_count(3)
    assert site.plane.kubectl(*DRAIN, "node-a", "--timeout=180s").returncode == 0
    done = site.plane.kubectl(*DRAIN, "node-b", "--timeout=8s")
    assert done.returncode == 1
    assert REFUSED in done.stderr
    for component in COMPONENTS:
        site.until_ready(component, 2, pending=True)
