"""Nodes by name, and the steps that are replayed on them."""

from __future__ import annotations

from collections import Counter

import pytest

from generator.plan.naming import named, replayed, standing
from generator.plan.picture import short_names
from postrender.proof.placement.board import Board
from postrender.proof.placement.exploring import Found
from tests.generator.plan import plans

HANGING = [
    (name, update)
    for name in plans.FAILING
    for update in plans.samples()[name].proofs.updates
    if update.found.stuck is not None
]


def test_node_i_of_a_declared_pool_is_in_zone_i_modulo_the_zones() -> None:
    stage = plans.plan(plans.deployment("x", 1, role="ledger"), plans.pool(5, 2)).proofs.stage
    found = [(node.name, node.zone) for node in named(stage, Board(stage).snapshot())]
    assert found == [
        ("node 1", "zone 1"),
        ("node 2", "zone 2"),
        ("node 3", "zone 1"),
        ("node 4", "zone 2"),
        ("node 5", "zone 1"),
    ]


def test_real_nodes_keep_their_names() -> None:
    proofs = plans.samples()["tainted"].proofs
    names = {name for kind in proofs.stage.kinds for name in kind.names}
    assert {node.name for node in standing(proofs.stage, proofs.placement)} == names


@pytest.mark.parametrize("name", plans.NAMES)
def test_each_node_has_a_name_of_its_own(name: str) -> None:
    proofs = plans.samples()[name].proofs
    nodes = standing(proofs.stage, proofs.placement)
    assert len({node.name for node in nodes}) == proofs.stage.nodes


@pytest.mark.parametrize("name", plans.NAMES)
def test_names_change_nothing_of_a_state(name: str) -> None:
    proofs = plans.samples()[name].proofs
    for start in proofs.placement.starts:
        assert Counter(node.place for node in named(proofs.stage, start)) == dict(start)


@pytest.mark.parametrize(("name", "index"), [(name, i) for i, (name, _) in enumerate(HANGING)])
def test_the_steps_lead_by_name_to_where_it_hangs(name: str, index: int) -> None:
    stage, found = plans.samples()[name].proofs.stage, HANGING[index][1].found
    hang = replayed(stage, found)
    assert hang is not None
    pods = {node.name: Counter(dict(node.place.pods)) for node in hang.before}
    for step in hang.steps:
        pods[step.node][step.group.number] += 1 if step.comes else -1
    assert pods == {node.name: Counter(dict(node.place.pods)) for node in hang.after}
    assert Counter(node.place for node in hang.after) == dict(found.stuck or ())


def test_a_way_with_several_steps_is_told_step_by_step() -> None:
    proofs = plans.samples()["update hangs on the way"].proofs
    hang = replayed(proofs.stage, proofs.updates[0].found)
    assert hang is not None
    # One pod makes room for its next revision, and then another one does.
    assert [(step.comes, step.new) for step in hang.steps] == [(False, False), (True, True), (False, False)]


def test_what_does_not_hang_has_no_steps() -> None:
    proofs = plans.samples()["well"].proofs
    assert replayed(proofs.stage, Found(True, ())) is None


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["node 1", "node 2"], ["node 1", "node 2"]),
        (
            ["aks-scalardlpool-12345678-vmss000001", "aks-scalardlpool-12345678-vmss00000a"],
            ["…vmss000001", "…vmss00000a"],
        ),
        (
            ["ip-10-0-1-23.eu-west-1.compute.internal", "ip-10-0-2-5.eu-west-1.compute.internal"],
            ["ip-10-0-1-23…", "ip-10-0-2-5…"],
        ),
        (
            ["gke-demo-pool-1a2b3c4d-x1y2", "gke-demo-pool-9f8e7d6c-x1y2"],
            ["…1a2b3c4d-x1y2", "…9f8e7d6c-x1y2"],
        ),
        (["a-node-of-a-long-name.example.com"], ["a-node-of-a-long-name.example.com"]),
    ],
)
def test_long_names_keep_what_tells_them_apart(names: list[str], short: list[str]) -> None:
    assert list(short_names(names).values()) == short
