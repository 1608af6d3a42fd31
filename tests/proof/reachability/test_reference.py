"""The answers beside those of cyclonus, a policy engine that network plugins are tested with.

Source: https://github.com/mattfenwick/cyclonus
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from postrender.proof.reachability import ports
from postrender.proof.reachability.verdict import verdict
from postrender.proof.reachability.world import World, between
from tests import conftest
from tests.conftest import NETPOL
from tests.proof.reachability.reference import Connection, answers
from tests.proof.reachability.releases import (
    OTHERS,
    PROFILES,
    RELEASES,
    declaring,
    seen,
    standing_in,
)
from tests.proof.reachability.test_brute_force import PAIRS, PORTS, PROTOCOLS, worlds
from tests.proof.reachability.worlds import Object, endpoint, pod, world
from tests.proof.reachability.worlds import policy as network_policy


def test_build_puts_the_tool_where_tests_look() -> None:
    build = (Path(conftest.__file__).parent / "oracles" / "build").read_text()
    assert f'"$cache/{Path(NETPOL).parent}"' in build


@settings(max_examples=200, deadline=None)
@given(objects=worlds())
def test_agrees_on_random_policies(netpol: Path, objects: list[Object]) -> None:
    fitting(objects)
    made = world(*objects)
    # That a pod always reaches itself, it does not know.
    pairs = [pair for pair in PAIRS if pair[0] != pair[1]]
    asked = [Connection(*pair, port, protocol) for pair in pairs for port in PORTS for protocol in PROTOCOLS]
    assert ours(made, asked) == dict(zip(asked, answers(netpol, objects, asked), strict=True))


def ours(made: World, asked: list[Connection]) -> dict[Connection, bool | None]:
    pairs = {(one.source, one.destination) for one in asked}
    reached = {pair: between(made, endpoint(made, pair[0]), endpoint(made, pair[1])) for pair in pairs}
    return {
        one: reached[one.source, one.destination].answer(ports.of(one.protocol, one.port)) for one in asked
    }


def fitting(objects: list[Object]) -> None:
    """Keep from the objects what the tool does not take or takes otherwise (see below)."""
    pods = [one for one in objects if one["kind"] == "Pod"]
    for one in objects:
        for label in _not_in(one.get("spec")):
            for each in pods:
                each["metadata"]["labels"].setdefault(label, "z")
    # It asks for a port by one name only.
    for one in pods:
        (container,) = one["spec"]["containers"]
        by_number = {
            (port["containerPort"], port.get("protocol", "TCP")): port for port in container["ports"]
        }
        container["ports"] = list(by_number.values())


def _not_in(value: Any) -> set[str]:
    """The labels that the selectors in it ask with NotIn."""
    if isinstance(value, list):
        return {label for one in value for label in _not_in(one)}
    if not isinstance(value, dict):
        return set()
    own = {value["key"]} if value.get("operator") == "NotIn" else set()
    return own | {label for one in value.values() for label in _not_in(one)}


def test_labels_that_are_not_there_it_takes_otherwise(netpol: Path) -> None:
    """NotIn also picks what does not have the label, and an empty value is not a missing label.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#set-based-requirement
    (`environment notin (frontend)` selects also what has no label with that key), and
    metav1.LabelSelector, whose matchLabels are the same as `In` with that one value.
    """
    objects = [pod("web", app="web"), pod("bare")]
    for selector, right, its in (
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["x"]}]}, True, False),
        ({"matchLabels": {"app": ""}}, False, True),
    ):
        spec = {
            "podSelector": {"matchLabels": {"app": "web"}},
            "ingress": [{"from": [{"podSelector": selector}]}],
        }
        made = world(*objects, network_policy(spec))
        assert verdict(made, endpoint(made, "bare"), endpoint(made, "web"), 80).allowed is right
        asked = [Connection("bare", "web", 80, "TCP")]
        assert answers(netpol, [*objects, network_policy(spec)], asked) == [its]


ADDRESSES = ("203.0.113.9", "198.51.100.9", "10.1.2.3", "10.2.0.7", "10.3.0.1", "10.4.0.10", "169.254.20.10")
AT = [
    ("TCP", number)
    for number in (
        53,
        443,
        5432,
        6443,
        6543,
        8080,
        9001,
        9042,
        9090,
        12345,
        40051,
        40053,
        50051,
        50053,
        60051,
    )
] + [("UDP", 53), ("UDP", 40052), ("SCTP", 50052)]


def compare(program: Path, text: str, profile: str) -> None:
    """Ask both for all pairs of the release's pods, other pods of the cluster, and addresses."""
    made = seen(text, profile, *OTHERS)
    objects = [one for one in yaml.load_all(text, yaml.CSafeLoader) if one]
    policies = [one for one in objects if one["kind"] == "NetworkPolicy"]
    pods = [*OTHERS, *(_pod(one) for one in objects if one["kind"] in ("Deployment", "Job", "CronJob"))]
    names = [one["metadata"]["name"] for one in pods]
    asked = [
        Connection(source, destination, port, protocol)
        for source, destination in product((*names, *ADDRESSES), repeat=2)
        if source != destination and (source in names or destination in names)
        for protocol, port in AT
    ]
    theirs = answers(program, [*policies, *pods], asked)
    assert policies
    assert ours(made, asked) == dict(zip(asked, theirs, strict=True))


def _pod(workload: Object) -> Object:
    spec = workload["spec"]
    template = (spec["jobTemplate"]["spec"] if workload["kind"] == "CronJob" else spec)["template"]
    meta = {**workload["metadata"], "labels": template["metadata"].get("labels") or {}}
    return {"kind": "Pod", "metadata": meta, "spec": template["spec"]}


@pytest.mark.parametrize("profile", [*PROFILES, "declared"])
@pytest.mark.parametrize("name", RELEASES)
def test_agrees_on_hardened_stand_ins(netpol: Path, tmp_path: Path, name: str, profile: str) -> None:
    pytest.importorskip("helm_python", reason="not covered: the stand-in charts (no Helm engine here)")
    chosen = declaring(tmp_path) if profile == "declared" else profile
    compare(netpol, standing_in(name, chosen), chosen)
