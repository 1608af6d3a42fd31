"""What pods request, and the controllers' counts, beside the answers of Kubernetes' own code."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from postrender.manifests import release
from postrender.proof.arithmetic import fenceposts, healthy_wanted
from postrender.proof.capacity import pod_request
from profiles.quantities import NANO, QuantityError
from tests.proof.scheduler import RefusedError, Scheduler

Object = dict[str, Any]

CPU = ("0", "1m", "100m", "0.5", "1", "2")
MEMORY = ("0", "1", "100M", "128Mi", "1Gi", "1.5Gi")
# What the scheduler rounds up.
FINE = ("100u", "1.5m", "333333n")
# More than all containers together, as the API server wants it.
WHOLE_CPU, WHOLE_MEMORY = ("30", "40.5"), ("30Gi", "40Gi")


def amounts(cpu: tuple[str, ...], memory: tuple[str, ...]) -> st.SearchStrategy[Object]:
    optional = {"cpu": st.sampled_from(cpu), "memory": st.sampled_from(memory)}
    return st.fixed_dictionaries({}, optional=optional)


def asked(
    requests: st.SearchStrategy[Object], limits: st.SearchStrategy[Object]
) -> st.SearchStrategy[Object]:
    return st.fixed_dictionaries({}, optional={"requests": requests, "limits": limits})


def containers(most: int, **more: st.SearchStrategy[object]) -> st.SearchStrategy[list[Object]]:
    disk = st.fixed_dictionaries({}, optional={"ephemeral-storage": st.sampled_from(MEMORY + FINE)})
    small = st.builds(dict.__or__, amounts(CPU + FINE, MEMORY + FINE), disk)
    resources = small.flatmap(lambda limits: asked(amounts(CPU, MEMORY), st.just(limits)))
    one = st.fixed_dictionaries({"image": st.just("i")}, optional={"resources": resources, **more})
    return st.lists(one, max_size=most)


def named(prefix: str, listed: list[Object]) -> list[Object]:
    return [container | {"name": f"{prefix}{number}"} for number, container in enumerate(listed)]


@st.composite
def pods(draw: st.DrawFn) -> Object:
    """A pod's spec with all that decides about what it requests."""
    optional = {
        "overhead": amounts(CPU + FINE, MEMORY),
        "resources": asked(amounts(WHOLE_CPU, WHOLE_MEMORY), amounts(WHOLE_CPU[1:], WHOLE_MEMORY[1:])),
    }
    spec: Object = draw(st.fixed_dictionaries({}, optional=optional))
    spec["initContainers"] = named("i", draw(containers(3, restartPolicy=st.just("Always"))))
    spec["containers"] = named("c", draw(containers(3).filter(bool)))
    return spec


def deployment(spec: Object) -> Object:
    labels = {"app": "x"}
    template = {"metadata": {"labels": labels}, "spec": spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "x"},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    }


STEPS = {"cpu": NANO // 1000, "memory": NANO, "ephemeral-storage": NANO}


def ours(spec: Object) -> dict[str, int]:
    """What the pod takes of a node: milli-cpu and bytes."""
    [workload] = release.load("---\n" + json.dumps(deployment(spec))).workloads
    found = {resource: pod_request(workload, resource) for resource in STEPS}
    assert not any(found[resource] % step for resource, step in STEPS.items())
    return {resource: found[resource] // step for resource, step in STEPS.items()}


@settings(max_examples=300, deadline=None)
@given(spec=pods())
def test_a_pod_requests_what_the_scheduler_counts(scheduler: Scheduler, spec: Object) -> None:
    question = {"request": {"metadata": {"name": "x"}, "spec": spec}}
    try:
        answer = scheduler.ask(question)
    except RefusedError:
        assume(False)
    assert ours(spec) == {resource: answer.get(resource, 0) for resource in STEPS}


COUNTS = st.integers(0, 200)
LIMITS = st.one_of(st.none(), st.integers(0, 300), st.integers(0, 150).map(lambda part: f"{part}%"))
NONE = st.sampled_from(("", "%", "5", "5%%", "x%"))


@settings(max_examples=300, deadline=None)
@given(surge=LIMITS | NONE, unavailable=LIMITS | NONE, pods=COUNTS)
def test_fenceposts_are_the_controllers(
    scheduler: Scheduler, surge: object, unavailable: object, pods: int
) -> None:
    question = {"fenceposts": {"maxSurge": surge, "maxUnavailable": unavailable, "pods": pods}}
    try:
        answer = scheduler.ask(question)
    except RefusedError:
        with pytest.raises(QuantityError):
            fenceposts(surge, unavailable, pods)
    else:
        assert fenceposts(surge, unavailable, pods)._asdict() == answer


@settings(max_examples=300, deadline=None)
@given(limit=LIMITS.filter(lambda limit: limit is not None), at_most=st.booleans(), pods=COUNTS)
def test_a_budget_wants_what_the_controller_wants(
    scheduler: Scheduler, limit: object, at_most: bool, pods: int
) -> None:
    most, least = (limit, None) if at_most else (None, limit)
    question = {"budget": {"maxUnavailable": most, "minAvailable": least, "pods": pods}}
    try:
        answer = scheduler.ask(question)
    except RefusedError:
        with pytest.raises(QuantityError):
            healthy_wanted(most, least, pods)
    else:
        assert healthy_wanted(most, least, pods) == answer["wanted"]
