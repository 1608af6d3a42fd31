"""The placement's answers beside those of trying every way to put the pods on the nodes."""

from __future__ import annotations

import json
from itertools import product
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postrender.manifests import release
from postrender.proof.placement.placing import Answer, place
from postrender.proof.placement.stage import declared_stage
from postrender.proof.placement.steps import Steps
from profiles import quantities
from profiles.policy import NodePool

KEYS = {"node": "kubernetes.io/hostname", "zone": "topology.kubernetes.io/zone"}


class Group(NamedTuple):
    pods: int
    cpu: int
    memory: int
    apart: frozenset[tuple[str, int]] = frozenset()  # by what, and from which group
    spread: tuple[str, int, int] | None = None  # by what, maxSkew, minDomains


class Instance(NamedTuple):
    nodes: int
    zones: int
    groups: tuple[Group, ...]


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    number = draw(st.integers(1, 3))
    groups = []
    for _ in range(number):
        by = st.sampled_from(("node", "zone"))
        groups.append(
            Group(
                pods=draw(st.integers(0, 6 // number)),
                cpu=draw(st.integers(0, 5)),
                memory=draw(st.integers(0, 5)),
                apart=draw(st.frozensets(st.tuples(by, st.integers(0, number - 1)), max_size=2)),
                spread=draw(st.none() | st.tuples(by, st.integers(1, 2), st.integers(1, 3))),
            )
        )
    return Instance(draw(st.integers(1, 4)), draw(st.integers(1, 2)), tuple(groups))


CPU, MEMORY = 6, 7


def fits(instance: Instance) -> bool:
    """Whether any way to put the pods on the nodes keeps all that is asked."""
    pods = [number for number, group in enumerate(instance.groups) for _ in range(group.pods)]
    return any(
        keeps(instance, list(zip(pods, nodes, strict=True)))
        for nodes in product(range(instance.nodes), repeat=len(pods))
    )


def keeps(instance: Instance, placed: list[tuple[int, int]]) -> bool:
    groups = instance.groups
    domain = {"node": lambda node: node, "zone": lambda node: node % instance.zones}
    for node in range(instance.nodes):
        here = [groups[number] for number, at in placed if at == node]
        if sum(group.cpu for group in here) > CPU or sum(group.memory for group in here) > MEMORY:
            return False
    for one, (number, node) in enumerate(placed):
        for other, (stranger, at) in enumerate(placed):
            for by, avoided in groups[number].apart:
                if one != other and stranger == avoided and domain[by](at) == domain[by](node):
                    return False
    for number, group in enumerate(groups):
        if group.spread and group.pods:
            by, max_skew, min_domains = group.spread
            domains = {domain[by](node) for node in range(instance.nodes)}
            own = {domain[by](node) for of, node in placed if of == number}
            counts = {
                one: [domain[by](node) for of, node in placed if of == number].count(one) for one in domains
            }
            fewest = 0 if len(domains) < min_domains else min(counts.values())
            if any(counts[one] - fewest > max_skew for one in own):
                return False
    return True


def manifest(number: int, group: Group) -> dict[str, Any]:
    def selector(of: int) -> dict[str, Any]:
        return {"matchLabels": {"group": str(of)}}

    spec: dict[str, Any] = {
        "containers": [
            {"name": "c", "resources": {"requests": {"cpu": group.cpu, "memory": group.memory}}},
        ],
        "affinity": {
            "podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {"topologyKey": KEYS[by], "labelSelector": selector(of)} for by, of in sorted(group.apart)
                ]
            }
        },
    }
    if group.spread:
        by, max_skew, min_domains = group.spread
        spec["topologySpreadConstraints"] = [
            {
                "topologyKey": KEYS[by],
                "whenUnsatisfiable": "DoNotSchedule",
                "maxSkew": max_skew,
                "minDomains": min_domains,
                "labelSelector": selector(number),
            }
        ]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"d{number}", "annotations": {"scalardl-harden/role": "envoy"}},
        "spec": {
            "replicas": group.pods,
            "selector": selector(number),
            "template": {"metadata": {"labels": {"group": str(number)}}, "spec": spec},
        },
    }


def answer(instance: Instance, steps: int = 10**6) -> Answer:
    text = "".join(
        f"---\n{json.dumps(manifest(number, group))}\n" for number, group in enumerate(instance.groups)
    )
    pool = NodePool(
        None,
        None,
        instance.nodes,
        instance.nodes,
        instance.zones,
        CPU * quantities.NANO,
        MEMORY * quantities.NANO,
    )
    stage = declared_stage(release.load(text), pool, (1, 31))
    return place(stage, stage.full, Steps(steps))


@settings(max_examples=300, deadline=None)
@given(instances())
def test_agrees_with_every_way_tried(instance: Instance) -> None:
    assert answer(instance).fits is fits(instance)


@settings(max_examples=100, deadline=None)
@given(instances())
def test_a_no_names_a_workload_without_a_place(instance: Instance) -> None:
    found = answer(instance)
    assert bool(found.homeless) == (found.fits is False)


@settings(max_examples=100, deadline=None)
@given(instances(), st.integers(0, 30))
def test_with_few_steps_the_answer_is_the_same_or_none(instance: Instance, steps: int) -> None:
    assert answer(instance, steps).fits in (None, fits(instance))


@pytest.mark.parametrize(
    ("instance", "fitting"),
    [
        (Instance(5000, 3, (Group(10_000, 3, 3),)), True),
        (Instance(5000, 3, (Group(300_000_000, 1, 1),)), False),
        (Instance(5000, 3, (Group(5000, 3, 3, frozenset({("node", 0)}), ("zone", 1, 3)),)), True),
        (Instance(5000, 1, (Group(5001, 0, 0, frozenset({("node", 0)})),)), False),
        (Instance(3, 1, (Group(300_000_000, 0, 0),)), None),
    ],
)
def test_many_pods_take_no_more_than_their_steps(instance: Instance, fitting: bool | None) -> None:
    assert answer(instance, 100_000).fits is fitting
