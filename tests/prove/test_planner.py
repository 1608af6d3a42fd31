"""Scenario 8: what the planner answers, beside what the scheduler, the controllers and evictions do.

Random releases on random pools are installed; a Deployment of each is updated; a node of each is drained.
All go at the same time, each in its own namespace and on its own nodes. A difference is a defect of the
planner, or stands in KNOWN with the place in Kubernetes that explains it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Set
from typing import NamedTuple

import pytest

from postrender.manifests.release import Release
from postrender.proof.placement import proofs, rolling
from postrender.proof.placement.board import Board
from postrender.proof.placement.budgets import covers
from postrender.proof.placement.draining import returning
from postrender.proof.placement.proofs import Placement
from postrender.proof.placement.stage import Stage
from postrender.proof.placement.words import Word
from tests.prove import record
from tests.prove.api import Api, Object, RefusedError, seen
from tests.prove.control_plane import ControlPlane
from tests.prove.known import KNOWN
from tests.prove.random_releases import Trial, add_nodes, drawn, shape, snapshot, stage_of, state_of
from tests.prove.record import Verdict
from tests.prove.site import ready, waiting

pytestmark = pytest.mark.prove

RELEASES = int(os.environ.get("SCALARDL_PROVE_RELEASES", "200"))
PODS, DEPLOYMENTS = "/api/v1/pods", "/apis/apps/v1/deployments"
# Seconds: where nothing happens for so long nothing will, and how long that may take to come.
STILL, AT_MOST = 6, 600


class Answered(NamedTuple):
    """A question: what the planner said, and whether it came to be."""

    question: str
    trial: str
    said: Word
    happened: bool

    @property
    def verdict(self) -> Verdict:
        if self.said in ("always", "likely"):
            return "yes" if self.happened else "differs"
        if self.said == "never":
            return "differs" if self.happened else "no"
        return "either way" if self.said == "sometimes" else "not decided"


class Planned(NamedTuple):
    """A trial as the planner sees it."""

    trial: Trial
    release: Release
    stage: Stage
    placed: Placement


def test_the_planner_says_what_comes_to_be(plane: ControlPlane) -> None:
    api = plane.api
    trials = drawn(RELEASES)
    answers: list[Answered] = []
    try:
        add_nodes(api, trials, plane.version)
        nodes = api.items("/api/v1/nodes")
        plans = [planned(trial, nodes) for trial in trials]
        for trial in trials:
            api.create("/api/v1/namespaces", {"metadata": {"name": trial.namespace}})
            for budget in trial.budgets:
                api.create(path(trial, "poddisruptionbudgets", "policy/v1"), budget)

        full = installed(api, plans, answers)
        updated(api, full, answers)

        for trial in trials:
            api.delete(path(trial, "deployments", "apps/v1"))
        api.until(PODS, lambda pods: not pods, "all pods gone", AT_MOST)
        full = installed(api, plans, answers)
        drained(api, full, answers)
    finally:
        for trial in trials:
            api.delete(f"/api/v1/namespaces/{trial.namespace}")
        api.until(PODS, lambda pods: not pods, "all pods gone", AT_MOST)
        api.delete("/api/v1/nodes")
    record.agreement(plane.version, RELEASES, [(one.question, one.verdict) for one in answers])
    differing = [
        f"{question} of {trial}: said {said}, and it {'came' if happened else 'did not come'} about"
        for question, trial, said, happened in (one for one in answers if one.verdict == "differs")
        if (question, trial) not in KNOWN
    ]
    assert not differing, "\n".join(differing)


def planned(trial: Trial, nodes: list[Object]) -> Planned:
    release, stage = stage_of(trial, nodes)
    return Planned(trial, release, stage, proofs.placement(stage, stage.full))


def installed(api: Api, plans: list[Planned], answers: list[Answered]) -> list[Planned]:
    """Creates all Deployments; those of which all pods found a node, starting from where these stand."""
    for plan in plans:
        for deployment in plan.trial.deployments:
            api.create(path(plan.trial, "deployments", "apps/v1"), deployment)
    pods = settled(api)
    full = []
    for plan in plans:
        own = pods.get(plan.trial.namespace, [])
        placed = not waiting(own)
        answers.append(Answered("placement", plan.trial.namespace, plan.placed.answer, placed))
        if placed:
            start = snapshot(plan.stage, [standing(pod) for pod in own])
            # Where the planner looked at every way, this one must be among them. Of ways that differ in the
            # names of alike nodes and zones only, it keeps one.
            if plan.placed.whole:
                foreseen = shape(plan.stage, start) in {shape(plan.stage, one) for one in plan.placed.starts}
                answers.append(Answered("where pods stand", plan.trial.namespace, "always", foreseen))
            full.append(plan._replace(placed=plan.placed._replace(starts=(start,), whole=True)))
    return full


def updated(api: Api, plans: list[Planned], answers: list[Answered]) -> None:
    """A new template for one Deployment of each."""
    asked = []
    for number, plan in enumerate(plans):
        deployment = plan.trial.deployments[number % len(plan.trial.deployments)]
        name = deployment["metadata"]["name"]
        group = next(one for one in plan.stage.groups if one.title == f"Deployment {name}")
        strategy = rolling.strategy_of(group.workload) if group.workload else None
        if group.pods and strategy:
            said = proofs.update(Board(plan.stage), group, strategy, plan.placed).answer
            asked.append((plan, name, said))
            change = {"metadata": {"annotations": {"prove/revision": "2"}}}
            target = f"{path(plan.trial, 'deployments', 'apps/v1')}/{name}"
            api.patch(target, {"spec": {"template": change}})
    settled(api)
    found = {
        (one["metadata"]["namespace"], one["metadata"]["name"]): _complete(one)
        for one in api.items(DEPLOYMENTS)
    }
    for plan, name, said in asked:
        space = plan.trial.namespace
        answers.append(Answered("update", space, said, found[space, name]))


def drained(api: Api, plans: list[Planned], answers: list[Answered]) -> None:
    """A node of each is cordoned and its pods evicted, until none goes any more; then it is opened again.

    As `kubectl drain` has it, that is done once the pods are gone that were there at first.
    """
    asked: list[tuple[Planned, str, proofs.NodeDrain, set[str]]] = []
    pods = settled(api)
    for number, plan in enumerate(plans):
        own = pods.get(plan.trial.namespace, [])
        if own:
            names = sorted({standing(pod)[1] for pod in own})
            node = names[number % len(names)]
            there = {pod["metadata"]["uid"] for pod in own if standing(pod)[1] == node}
            asked.append((plan, node, _drain(plan, node, own), there))
            api.patch(f"/api/v1/nodes/{node}", {"spec": {"unschedulable": True}})
    going = {uid for *_, there in asked for uid in there}
    while evicted(api, going):
        pods = settled(api)
    left = {pod["metadata"]["uid"] for own in pods.values() for pod in own}
    for plan, node, said, there in asked:
        answers.append(Answered("drain", plan.trial.namespace, said.answer, not there & left))
        if not there & left:
            answers.append(_emptied(plan, node, pods[plan.trial.namespace], said))
    for _, node, _, _ in asked:
        api.patch(f"/api/v1/nodes/{node}", {"spec": {"unschedulable": False}})
    pods = settled(api)
    for plan, _, said, there in asked:
        if not there & left:
            back = not waiting(pods[plan.trial.namespace])
            answers.append(Answered("after the drain", plan.trial.namespace, said.back, back))


def _emptied(plan: Planned, node: str, pods: list[Object], drain: proofs.NodeDrain) -> Answered:
    """Whether the node has no pod after its drain. It may have one where pods there tolerate the cordon."""
    empty = all(where != node for _, where in map(standing, pods))
    said: Word = "sometimes" if returning(plan.stage, drain.place) else "always"
    return Answered("empty after the drain", plan.trial.namespace, said, empty)


def _drain(plan: Planned, node: str, pods: list[Object]) -> proofs.NodeDrain:
    numbers = {group.title: group.number for group in plan.stage.groups[: plan.stage.workloads]}
    there = Counter(numbers[f"Deployment {name}"] for name, where in map(standing, pods) if where == node)
    (start,) = plan.placed.starts
    place = state_of(plan.stage, node, there)
    board = Board(plan.stage)
    found = covers(plan.release, plan.stage)
    return proofs.drain(board, start, place, found, plan.stage.steps.upto(60_000))


def evicted(api: Api, going: Set[str]) -> int:
    """Tries each pod that has one of these uids once; how many went."""
    went = 0
    for pod in api.items(PODS):
        if pod["metadata"]["uid"] in going and "deletionTimestamp" not in pod["metadata"]:
            name, space = pod["metadata"]["name"], pod["metadata"]["namespace"]
            eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
            try:
                api.create(f"/api/v1/namespaces/{space}/pods/{name}/eviction", eviction)
            except RefusedError as refused:
                # Too many at once; or more than one budget, which the API calls an internal error.
                if refused.status != 429 and "more than one PodDisruptionBudget" not in refused.why:
                    raise
            else:
                went += 1
    return went


def settled(api: Api) -> dict[str, list[Object]]:
    """Waits until nothing moves: no pod changes, each has been looked at; gives the pods by namespace.

    Pods that wait are deleted, until those that come in their place wait too. Otherwise they may wait for
    want of a look alone: the scheduler looks again after an event that it holds for helpful, or after five
    minutes (record.py has the place where Kubernetes errs in that).
    """
    pods = _still(api)
    stood: set[str] | None = None
    while waiting(pods) and stood != (now := {pod["metadata"]["uid"] for pod in ready(pods)}):
        stood = now
        for pod in waiting(pods):
            name, space = pod["metadata"]["name"], pod["metadata"]["namespace"]
            api.delete(f"/api/v1/namespaces/{space}/pods/{name}")
        pods = _still(api)
    found: dict[str, list[Object]] = {}
    for pod in pods:
        found.setdefault(pod["metadata"]["namespace"], []).append(pod)
    return found


def _still(api: Api) -> list[Object]:
    """All pods, once nothing moves and each is ready or waits for a node."""
    api.until(DEPLOYMENTS, lambda found: all(map(_observed, found)), "all Deployments observed", AT_MOST)
    for _ in range(5):
        pods = api.until_still(PODS, STILL, AT_MOST)
        odd = [pod for pod in pods if pod not in ready(pods) and pod not in waiting(pods)]
        if not odd:
            return pods
    raise AssertionError(f"pods that are neither ready nor waiting: {', '.join(map(seen, odd))}")


def standing(pod: Object) -> tuple[str, str]:
    """The Deployment whose pod it is, and its node."""
    return pod["metadata"]["labels"]["app"], pod["spec"].get("nodeName", "")


def path(trial: Trial, kind: str, group: str) -> str:
    return f"/apis/{group}/namespaces/{trial.namespace}/{kind}"


def _observed(deployment: Object) -> bool:
    status = deployment.get("status", {})
    return bool(status.get("observedGeneration") == deployment["metadata"]["generation"])


def _complete(deployment: Object) -> bool:
    status, wanted = deployment["status"], deployment["spec"]["replicas"]
    return all(status.get(kind, 0) == wanted for kind in ("replicas", "updatedReplicas", "availableReplicas"))
