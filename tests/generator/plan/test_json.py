"""A plan as JSON."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from importlib import resources
from typing import Any

import jsonschema
import pytest

from generator.plan import as_json
from postrender.proof.placement.words import FAILS
from profiles.quantities import parse
from tests.generator.plan import plans


@cache
def _document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(as_json.render(plans.samples()[name]))
    return found


@pytest.mark.parametrize("name", plans.NAMES)
def test_it_is_as_its_schema_says(name: str) -> None:
    schema = json.loads((resources.files("generator.plan") / "plan.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(_document(name))


@pytest.mark.parametrize("name", plans.NAMES)
def test_it_gives_the_answers_of_the_plan(name: str) -> None:
    made, found = plans.samples()[name], _document(name)
    answers = [("placement", found["placement"]["answer"])]
    answers += [(f"update {one['workload']}", one["answer"]) for one in found["updates"]]
    if found["together"]:
        answers += [("together", found["together"]["answer"])]
    for one in found["drains"]["ways"]:
        answers += [("drains", one["answer"]), ("drains", one["back"])]
    answers += [(f"zone {one['zone']}", one["answer"]) for one in found["zones"] if one["counts"]]
    answers += [(f"scaling {one['workload']}", one["answer"]) for one in found["scalings"]]
    assert answers == list(made.answers())
    assert found["well"] is not made.fails


@pytest.mark.parametrize("name", plans.NAMES)
def test_all_nodes_are_in_it_with_their_pods(name: str) -> None:
    made, found = plans.samples()[name], _document(name)
    assert len(found["nodes"]) == made.proofs.stage.nodes
    standing: Counter[str] = Counter()
    for node in found["nodes"]:
        for pods in node["pods"]:
            standing[pods["workload"]] += pods["pods"]
    waiting = Counter({one["workload"]: one["pods"] for one in found["placement"]["waits"]})
    if made.proofs.placement.starts:
        waiting.clear()
    wanted = {one["workload"]: one["pods"] for one in found["workloads"]}
    assert standing + waiting == wanted


@pytest.mark.parametrize("name", plans.NAMES)
def test_what_is_used_of_a_node_is_what_its_pods_ask_for(name: str) -> None:
    found = _document(name)
    requests = {one["workload"]: one["requests"] for one in found["workloads"]}
    for node in found["nodes"]:
        for resource, used in node["used"].items():
            asked = sum(parse(requests[pods["workload"]][resource]) * pods["pods"] for pods in node["pods"])
            assert parse(used) == asked


@pytest.mark.parametrize("name", plans.FAILING)
def test_each_question_that_fails_has_its_reason_and_its_cure(name: str) -> None:
    made, found = plans.samples()[name], _document(name)
    parts = {"placement": found["placement"], "drains": found["drains"]}
    parts |= {f"update {one['workload']}": one for one in found["updates"]}
    parts |= {f"zone {one['zone']}": one for one in found["zones"]}
    parts |= {f"scaling {one['workload']}": one for one in found["scalings"]}
    for key, reasons in plans.reasons(made).items():
        told = json.dumps(parts[key])
        if not key.startswith("zone"):
            assert [reason for reason in reasons if json.dumps(reason)[1:-1] not in told] == []
        assert parts[key]["cures"] == [plans.CURE]


def test_the_least_that_remains_of_each_workload_is_told_by_zone() -> None:
    made, found = plans.samples()["zone"], _document("zone")
    told = [[(one["workload"], one["pods"]) for one in zone["remain"]] for zone in found["zones"]]
    assert told == [[(group.title, left) for group, left in loss.left] for loss in made.proofs.losses]


def test_steps_lead_by_name_from_the_start_to_the_end() -> None:
    hang = _document("update hangs on the way")["updates"][0]["hangs"]
    pods: Counter[tuple[str, str, str]] = Counter()
    for node in hang["start"]:
        for one in node["pods"]:
            pods[node["name"], one["workload"], one["revision"]] += one["pods"]
    for step in hang["steps"]:
        way = 1 if step["pod"] == "comes" else -1
        pods[step["node"], step["workload"], step["revision"]] += way
    end = Counter(
        {
            (node["name"], one["workload"], one["revision"]): one["pods"]
            for node in hang["end"]
            for one in node["pods"]
        }
    )
    assert +pods == end


def test_only_an_update_that_hangs_has_a_way_to_where_it_does() -> None:
    for name in plans.NAMES:
        for update in _document(name)["updates"]:
            assert (update["hangs"] is not None) == (update["answer"] in FAILS)


def test_names_give_no_orders() -> None:
    written = as_json.render(plans.samples()["hostile"])
    assert written.isascii()
    assert [sign for sign in written if not sign.isprintable() and sign != "\n"] == []
    # No name that Kubernetes takes has such signs; of one that has, the rest is there.
    assert _document("hostile")["updates"][0]["workload"] == "Deployment x?[31m<b>&|`\"'?\U0001f600?"
