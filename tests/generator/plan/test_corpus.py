"""The released charts, hardened, on the least nodes that the guides ask for. Present only with the corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from postrender import policy_source
from postrender.harden import harden
from tests.conftest import CORPUS
from tests.generator.commands import Command
from tests.generator.plan.hardened import TODAY, answers, keeps_most_pods, planned, questions

if not (CORPUS / "rendered").is_dir():
    pytest.skip(
        "not covered: plans of the released charts (set SCALARDL_CORPUS to the folder of their manifests)",
        allow_module_level=True,
    )

# Five pods of 4 cpu, one on each node, and the guides' least are three nodes of 4 cpu.
LARGE = "scalardl-4.12.0-user-set"
NAMES = sorted(
    path.stem
    for path in (CORPUS / "rendered").glob("*.yaml")
    if path.stem != LARGE and "kind: Deployment" in path.read_text(encoding="utf-8")
)


def rendered(name: str) -> str:
    return (CORPUS / "rendered" / f"{name}.yaml").read_bytes().decode()


@pytest.mark.parametrize("name", NAMES)
def test_production_holds_on_the_smallest_pool(plan: Command, name: str) -> None:
    found = planned(plan, rendered(name), "production")
    assert questions(found) == {"placement", "update", "drain"}
    assert answers(found) == {"always"}
    assert found["stuckBudgets"] == []


@pytest.mark.parametrize("name", NAMES)
def test_multi_az_loses_any_zone_and_keeps_most_pods_of_each_component(plan: Command, name: str) -> None:
    found = planned(plan, rendered(name), "multi-az")
    assert questions(found) == {"placement", "update", "drain", "loss"}
    assert answers(found) == {"always"}
    assert len(found["zones"]) == 3
    assert keeps_most_pods(found)


@pytest.mark.parametrize("profile", ["production", "multi-az"])
def test_five_pods_apart_do_not_stand_on_three_nodes(profile: str) -> None:
    result = harden(rendered(LARGE), policy_source.named(profile), TODAY)
    assert result.text is None
    assert any("must stand on 5 nodes" in outcome.line for outcome in result.refused)


@pytest.mark.parametrize("profile", ["production", "multi-az"])
@pytest.mark.parametrize("size", ["{cpu: 4, memory: 8Gi}", "{cpu: 8, memory: 16Gi}"])
def test_on_as_many_nodes_they_do(plan: Command, tmp_path: Path, profile: str, size: str) -> None:
    ours = tmp_path / "ours.yaml"
    zones = 1 if profile == "production" else 3
    ours.write_text(f"extends: {profile}\nnodePool: {{nodes: 5, zones: {zones}, nodeSize: {size}}}\n")
    found = planned(plan, rendered(LARGE), str(ours))
    assert answers(found) == {"always"}
    assert profile == "production" or keeps_most_pods(found)
