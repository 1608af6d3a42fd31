"""Releases of the stand-in charts, hardened, on the nodes that the guides ask for at least."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.charts.release import as_helm3
from tests.generator.commands import Command
from tests.generator.plan.hardened import answers, keeps_most_pods, planned, questions

pytest.importorskip("helm_python", reason="not covered: plans of stand-in charts (no Helm engine here)")

SMALL = {"resources": {"requests": {"cpu": "250m", "memory": "256Mi"}}}
RELEASES: dict[str, tuple[str, dict[str, Any]]] = {
    "ledger": ("ledger", {}),
    "ledger without envoy": ("ledger", {"envoy": {"enabled": False}}),
    "ledger with few requests": ("ledger", {"ledger": SMALL, "envoy": SMALL}),
    "ledger with two envoys": ("ledger", {"envoy": {"replicaCount": 2}}),
    "auditor": ("auditor", {}),
    "auditor without envoy": ("auditor", {"envoy": {"enabled": False}}),
}


def rendered(release: str) -> str:
    chart, values = RELEASES[release]
    return as_helm3(chart, values, name="demo", namespace="scalardl")


@pytest.mark.parametrize("release", RELEASES)
def test_production_holds_on_the_smallest_pool(plan: Command, release: str) -> None:
    found = planned(plan, rendered(release), "production")
    assert questions(found) == {"placement", "update", "drain"}
    assert answers(found) == {"always"}
    assert found["stuckBudgets"] == []


@pytest.mark.parametrize("release", RELEASES)
def test_multi_az_loses_any_zone_and_keeps_most_pods_of_each_component(plan: Command, release: str) -> None:
    found = planned(plan, rendered(release), "multi-az")
    assert questions(found) == {"placement", "update", "drain", "loss"}
    assert answers(found) == {"always"}
    assert len(found["zones"]) == 3
    assert keeps_most_pods(found)


@pytest.mark.parametrize("chart", ["ledger", "auditor"])
def test_as_rendered_no_pod_may_stand_on_the_pool(plan: Command, chart: str) -> None:
    """The charts' defaults know nothing of its taint; with `production` the hardened ones do."""
    run = plan("--profile", "production", stdin=rendered(chart))
    assert run.code == 1
    assert "does not tolerate the taint kubernetes.io/app=scalardlpool:NoSchedule of the pool" in run.words


def test_twice_as_many_pods_on_twice_as_many_nodes(plan: Command, tmp_path: Path) -> None:
    """Two in each zone: four of six are left, whichever is lost."""
    ours = tmp_path / "ours.yaml"
    ours.write_text("extends: multi-az\nnodePool: {nodes: 6, zones: 3}\nreplicas: {product: 6, envoy: 6}\n")
    text = as_helm3(
        "ledger",
        {"envoy": {"replicaCount": 6}, "ledger": {"replicaCount": 6}},
        name="demo",
        namespace="scalardl",
    )
    found = planned(plan, text, str(ours))
    assert answers(found) <= {"always", "likely"}
    assert keeps_most_pods(found)
