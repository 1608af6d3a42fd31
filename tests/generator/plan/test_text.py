"""A plan in a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

import pytest

from generator.plan import text
from generator.plan.naming import standing
from tests.generator.plan import plans

_ORDERS = re.compile(r"\x1b\[[0-9;]+m")


def _columns(line: str) -> int:
    """How many columns a terminal takes for it; no sign of the samples combines with another."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


def _flat(rendered: str) -> str:
    """The words without the places where lines end."""
    return " ".join(rendered.split())


def _subject(key: str) -> str:
    return re.escape(plans.printed(plans.subject(key)))


def _drawn(rendered: str) -> dict[str, Counter[str]]:
    """The pods of each box by the letter of their workload."""
    lines = rendered.splitlines()
    found: dict[str, Counter[str]] = {}
    for row, line in enumerate(lines):
        for box in re.finditer(r"┌ (.+?) ─+┐", line):
            inside = []
            for below in lines[row + 1 :]:
                part = below[box.start() : box.end()]
                if part.startswith("└"):
                    break
                inside.append(part)
            tokens = re.findall(r"\[(\w+)(?:×(\d+))?\]", " ".join(inside))
            found[box[1]] = Counter()
            for letter, count in tokens:
                found[box[1]][letter] += int(count or 1)
    return found


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", plans.NAMES)
def test_no_line_is_wider_than_the_page(name: str, width: int) -> None:
    rendered = text.render(plans.samples()[name], width, False)
    assert max(map(_columns, rendered.splitlines())) <= width


@pytest.mark.parametrize("name", plans.NAMES)
def test_colours_take_no_place(name: str) -> None:
    plain = text.render(plans.samples()[name], 80, False).splitlines()
    coloured = _ORDERS.sub("", text.render(plans.samples()[name], 80, True)).splitlines()
    # A pod is in brackets, or on a ground of its colour.
    unbracketed = [re.sub(r"[\[\]]", " ", line).split() for line in plain]
    assert [re.sub(r"[\[\]]", " ", line).split() for line in coloured] == unbracketed


@pytest.mark.parametrize("name", plans.SMALL)
def test_the_picture_has_each_node_with_its_pods(name: str) -> None:
    made = plans.samples()[name]
    stage = made.proofs.stage
    expected = {
        node.name: sorted(count for _, count in node.place.own(stage.workloads))
        for node in standing(stage, made.proofs.placement)
    }
    drawn = {node: sorted(pods.values()) for node, pods in _drawn(text.render(made, 80, False)).items()}
    assert drawn == expected


@pytest.mark.parametrize("name", plans.FAILING)
def test_each_question_that_fails_has_its_reason_and_its_cure(name: str) -> None:
    made = plans.samples()[name]
    told = _flat(text.render(made, 120, False))
    for key, reasons in plans.reasons(made).items():
        # Once in the list of answers, once with the reasons.
        first, second, *_ = (found.start() for found in re.finditer(f"✗ {_subject(key)}", told))
        block = told[second:]
        assert first < second
        for reason in reasons:
            assert plans.printed(reason) in block
        assert f"cure: {plans.CURE}" in block


def test_a_plan_without_a_no_tells_no_reasons_and_no_cures() -> None:
    rendered = text.render(plans.samples()["well"], 80, False)
    assert "✗" not in rendered
    assert "cure" not in rendered


def test_pods_without_a_node_wait_below_the_picture() -> None:
    rendered = text.render(plans.samples()["tainted"], 80, False)
    waiting = next(line for line in rendered.splitlines() if line.startswith("waiting"))
    assert Counter(re.findall(r"\[(\w+)\]", waiting)) == {"E": 3, "L": 3}
    assert rendered.index(waiting) > rendered.rindex("└")


def test_the_steps_to_where_an_update_hangs_name_the_nodes() -> None:
    rendered = text.render(plans.samples()["update hangs on the way"], 80, False)
    steps = re.findall(r"^  \d\. (.*)", rendered, re.M)
    # An old pod and its next revision change places on one node; another old one goes; its next one waits.
    assert [re.search(r"(goes from|comes to) node \d$", step) is not None for step in steps[:3]] == [True] * 3
    assert steps[0].split()[-1] == steps[1].split()[-1] != steps[2].split()[-1]
    assert steps[3].startswith("1 pod of Deployment demo-ledger waits: ")


def test_alike_drains_are_told_once() -> None:
    rendered = _flat(text.render(plans.samples()["multi-az"], 120, False))
    assert rendered.count("drain of a node") == 1


def test_pods_that_come_back_to_a_cordoned_node_are_told() -> None:
    rendered = _flat(text.render(plans.samples()["cordon tolerated"], 80, False))
    assert "✓ drain of a node" in rendered
    assert "pods of Deployment demo-ledger tolerate the cordon: they may come back" in rendered


def test_pods_that_keep_off_a_cordoned_node_are_not() -> None:
    assert "tolerate the cordon" not in _flat(text.render(plans.samples()["well"], 80, False))


def test_alike_zones_are_told_once_with_what_remains() -> None:
    rendered = _flat(text.render(plans.samples()["multi-az"], 120, False))
    assert rendered.count("✓ loss of each zone") == 1
    assert "2 of 3 pods of Deployment demo-envoy and 2 of 3 pods of Deployment demo-ledger" in rendered


def test_a_single_zone_that_nobody_asks_about_is_not_told() -> None:
    assert "loss of" not in text.render(plans.samples()["well"], 80, False)


def test_what_is_assumed_stands_before_the_answers_that_follow_from_it() -> None:
    made = plans.samples()["well"]._replace(assuming="as if there were rain")
    rendered = text.render(made, 80, False)
    first, then = rendered.index("placement of"), rendered.index("update of")
    assert rendered.rindex("as if there were rain") in range(first, then)


def test_budgets_that_keep_pods_which_are_not_ready_are_remarked() -> None:
    rendered = _flat(text.render(plans.samples()["drains blocked"], 80, False))
    for budget in ("demo-envoy", "demo-ledger"):
        assert f"note: PodDisruptionBudget {budget}: while its pods are not ready" in rendered


def test_200_nodes_with_1000_pods_are_told_on_a_page() -> None:
    made = plans.samples()["many"]
    rendered = text.render(made, 80, False)
    assert rendered.count("×67") == 3
    assert sum(sum(pods.values()) for pods in _drawn(rendered).values()) == 1000
    assert len(rendered.splitlines()) < 80


@pytest.mark.parametrize("coloured", [False, True])
def test_names_give_a_terminal_no_orders(coloured: bool) -> None:
    rendered = text.render(plans.samples()["hostile"], 80, coloured)
    signs = set(_ORDERS.sub("", rendered) if coloured else rendered) - {"\n"}
    assert [sign for sign in signs if not sign.isprintable()] == []
    assert "\x1b[31m<b>" not in rendered
