"""Scenario 5: what a pod may have, for the scheduler and for the namespace's quota."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.proof.small_cases import POOL_LABEL, POOL_TAINT
from tests.prove.release import Release, amounts
from tests.prove.site import Site, on_nodes, waiting

pytestmark = pytest.mark.prove

NODES = ["node-a", "node-b", "node-c", "node-d", "node-e"]
# A team that has set some of it, partly wrongly: more than a pod may have, and all pods down at an update.
USER_SET: dict[str, Any] = {
    "envoy": {"replicaCount": 2, "resources": {"limits": {"memory": "512Mi"}}},
    "ledger": {
        "replicaCount": 5,
        "strategy": {"type": "Recreate", "rollingUpdate": None},
        "nodeSelector": POOL_LABEL,
        "tolerations": [POOL_TAINT],
    }
    | amounts("4", "8Gi"),
}
# The figures of the profile production: a product's cap, and an Envoy beside it.
LIMITS = {"type": "Pod", "max": {"cpu": "2", "memory": "4Gi"}}
QUOTA = {
    f"{side}.{resource}": amount
    for side in ("requests", "limits")
    # 5 x 2 cpu and 2 x 500m; 5 x 4Gi and 2 x 512Mi.
    for resource, amount in (("cpu", "11"), ("memory", "21Gi"))
}


@pytest.fixture
def five_nodes(site: Site) -> Site:
    for name, zone in (("node-d", "zone-a"), ("node-e", "zone-b")):
        site.add_node(name, zone)
    site.until_nodes(NODES)
    return site


@pytest.fixture
def limits(five_nodes: Site) -> Site:
    """The namespace admits pods of the policy's figures and none larger."""
    limits = {"metadata": {"name": "policy"}, "spec": {"limits": [LIMITS]}}
    five_nodes.api.create(five_nodes.path("limitranges"), limits)
    return five_nodes


@pytest.fixture
def quota(five_nodes: Site) -> Site:
    """The namespace admits what all pods have together by the policy's figures."""
    quota = {"metadata": {"name": "policy"}, "spec": {"hard": QUOTA}}
    five_nodes.api.create(five_nodes.path("resourcequotas"), quota)
    five_nodes.api.until(
        five_nodes.path("resourcequotas"),
        lambda found: bool(found[0].get("status", {}).get("hard")),
        "the quota is in force",
    )
    return five_nodes


@pytest.fixture
def profile(tmp_path: Path) -> str:
    path = tmp_path / "five.yaml"
    path.write_text("extends: production\nnodePool: {nodes: 5}\n")
    return str(path)


def test_a_request_of_4_cpu_finds_no_node_of_4(five_nodes: Site, release: Release) -> None:
    release.install("ledger", USER_SET, hardened=False)
    five_nodes.until_ready("ledger", 0, pending=True)
    (message,) = {
        one["message"].partition(".")[0]
        for pod in waiting(five_nodes.pods("ledger"))
        for one in pod["status"]["conditions"]
        if one["type"] == "PodScheduled"
    }
    assert "Insufficient cpu" in message


def test_the_limit_range_refuses_it(limits: Site, release: Release) -> None:
    release.install("ledger", USER_SET, hardened=False)
    refusal = limits.until_told("FailedCreate", "demo-scalardl-ledger")
    assert "maximum cpu usage per Pod is 2, but limit is 4" in refusal
    assert not limits.pods("ledger")


def test_the_quota_refuses_most_of_it(quota: Site, release: Release) -> None:
    """A quota asks each container for amounts, and so some have defaults; of 4 cpu two pods find room."""
    defaults = {"type": "Container", "default": {"cpu": "500m", "memory": "512Mi"}}
    quota.api.create(
        quota.path("limitranges"), {"metadata": {"name": "team"}, "spec": {"limits": [defaults]}}
    )
    release.install("ledger", USER_SET, hardened=False)
    assert "exceeded quota: policy" in quota.until_told("FailedCreate", "demo-scalardl-ledger")
    assert len(quota.pods("ledger")) < 5


def test_hardened_it_is_capped_and_finds_its_nodes(five_nodes: Site, release: Release, profile: str) -> None:
    release.install("ledger", USER_SET, hardened=True, profile=profile)
    pods = five_nodes.until_ready("ledger", 5)
    assert on_nodes(pods) == NODES
    for pod in pods:
        (container,) = pod["spec"]["containers"]
        assert container["resources"]["requests"] == {"cpu": "2", "memory": "4Gi"}
        assert container["resources"]["limits"] == {"cpu": "2", "memory": "4Gi"}


def test_hardened_limit_range_and_quota_admit_it(
    limits: Site, quota: Site, release: Release, profile: str
) -> None:
    release.install("ledger", USER_SET, hardened=True, profile=profile)
    limits.until_ready("ledger", 5)
    limits.until_ready("envoy", 2)
    (found,) = quota.api.items(quota.path("resourcequotas"))
    assert found["status"]["used"]["requests.cpu"] == "11"
