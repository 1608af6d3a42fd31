"""Every answer beside brute force over named pods and nodes, which shares nothing with the proofs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings

from postrender.proof.placement import proofs, rolling
from postrender.proof.placement.board import Board
from postrender.proof.placement.budgets import covers
from postrender.proof.placement.nodes import NodeKind
from postrender.proof.placement.proofs import Placement
from postrender.proof.placement.stage import Stage
from postrender.proof.placement.words import Word
from tests.proof import brute_force
from tests.proof.placement import staging
from tests.proof.small_cases import Case, cases, tractable

EXAMPLES = settings(max_examples=150, deadline=None)


def staged(case: Case) -> tuple[proofs.Release, Stage, Placement]:
    with tempfile.TemporaryDirectory() as folder:
        loaded, stage = staging.stage(Path(folder), [*case.deployments, *case.budgets], case.nodes)
    return loaded, stage, proofs.placement(stage, stage.full)


def of_workload(stage: Stage, name: str) -> int:
    return next(group.number for group in stage.groups if group.title == f"Deployment {name}")


@EXAMPLES
@given(cases())
def test_placement(case: Case) -> None:
    wanted = tractable(lambda: brute_force.placement(case.nodes, case.deployments))
    _, _, placed = staged(case)
    assert placed.answer == wanted


@EXAMPLES
@given(cases(even=False))
def test_placement_on_uneven_zones(case: Case) -> None:
    wanted = tractable(lambda: brute_force.placement(case.nodes, case.deployments))
    _, _, placed = staged(case)
    assert placed.answer == wanted


@EXAMPLES
@given(cases())
def test_rolling_updates(case: Case) -> None:
    wanted = {
        one["metadata"]["name"]: tractable(
            lambda one=one: brute_force.rollout(case.nodes, case.deployments, one["metadata"]["name"])
        )
        for one in case.deployments
    }
    _, stage, placed = staged(case)
    told: dict[str, Word | None] = {}
    for name in wanted:
        group = stage.groups[of_workload(stage, name)]
        assert group.workload
        strategy = rolling.strategy_of(group.workload)
        assert strategy
        told[name] = None
        if placed.starts:
            told[name] = proofs.update(Board(stage), group, strategy, placed).answer
    assert told == wanted


@EXAMPLES
@given(cases())
def test_drains(case: Case) -> None:
    wanted = {
        one["metadata"]["name"]: tractable(
            lambda one=one: brute_force.drain(
                case.nodes, case.deployments, case.budgets, one["metadata"]["name"]
            )
        )
        for one in case.nodes
    }
    loaded, stage, placed = staged(case)
    told = proofs.every_drain(Board(stage), placed, covers(loaded, stage))
    # Ours are by the state of a node that has pods, theirs by its name.
    theirs = [one for one in wanted.values() if one]
    assert all(one.answer == "always" for one in told) == all(one.emptied == "always" for one in theirs)
    assert all(one.back in ("always", "unknown") for one in told) == all(
        one.back in ("always", None) for one in theirs
    )
    assert any(one.answer == "never" for one in told) or not any(one.emptied == "never" for one in theirs)


@EXAMPLES
@given(cases())
def test_lost_zones(case: Case) -> None:
    _, stage, placed = staged(case)
    for zone in sorted({kind.domains[brute_force.ZONE] for kind in kinds(stage)}):
        wanted = tractable(lambda zone=zone: brute_force.zone_loss(case.nodes, case.deployments, zone))
        if wanted is None:
            assert not placed.starts
            continue
        told = proofs.loss(Board(stage), zone, placed)
        assert told.again == wanted.replaced
        assert {group.title.removeprefix("Deployment "): left for group, left in told.left} == {
            name: left for name, left in wanted.left.items() if stage.groups[of_workload(stage, name)].pods
        }


def kinds(stage: Stage) -> list[NodeKind]:
    return [kind for kind in stage.kinds if kind.nodes]
