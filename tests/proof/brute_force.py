"""Placement, rollout, drain and loss of a zone, by trying every way that things may go.

The second opinion for postrender/proof, so nothing of it is used here. Every pod and every node is an
individual; a state is the set of (pod, node) names; nothing is cut short but by a bound on the states.

Pods of a Deployment carry the Deployment's name as pod-template-hash (two Deployments never share one); in a
rollout those of the Deployment at hand carry "old" and "new".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from tests.proof.filters import (
    Node,
    Object,
    Pod,
    admits,
    cordoned,
    matches,
    read_node,
    read_pod,
    read_selector,
    unreachable,
)

# always: whatever is chosen, the end can still be reached. never: it is reached by no choices.
Answer = Literal["always", "sometimes", "never"]
State = frozenset[tuple[str, str]]
Moves = Callable[[State], Iterable[State]]

ZONE = "topology.kubernetes.io/zone"
MOST_STATES = 3000


class TooManyStatesError(Exception):
    """More states than one is ready to wait for."""


class Drain(NamedTuple):
    """Whether the node can be emptied; whether all pods then find places (None: never emptied)."""

    emptied: Answer
    back: Answer | None


class ZoneLoss(NamedTuple):
    """The fewest pods that each workload keeps, and whether the lost ones find places in what is left."""

    left: dict[str, int]
    replaced: Answer


class Budget(NamedTuple):
    """Of disruption: the names of the pods it covers; how many are to stay healthy (None: no eviction)."""

    covers: frozenset[str]
    wanted: int | None


def placement(nodes: Sequence[Object], deployments: Sequence[Object], most: int = MOST_STATES) -> Answer:
    """Whether all pods find places on empty nodes, in any order and wherever the scheduler puts each.

    `nodes`: `v1` Nodes; `deployments`: `apps/v1` Deployments. Raises TooManyStatesError beyond `most` states.
    """
    world = World(nodes, deployments)
    return outcome([State()], world.placings, world.is_full, most)


def full_placements(
    nodes: Sequence[Object], deployments: Sequence[Object], most: int = MOST_STATES
) -> set[State]:
    """All placements of all pods that can come about on empty nodes."""
    world = World(nodes, deployments)
    return {state for state in explore([State()], world.placings, most) if world.is_full(state)}


def rollout(
    nodes: Sequence[Object], deployments: Sequence[Object], name: str, most: int = MOST_STATES
) -> Answer | None:
    """Whether a new template of the named Deployment is rolled out, from every full placement (None: none).

    The controller's two steps, each pod for itself: one more new pod where the surge allows (it is created
    where it finds a place, and ready there), one old pod fewer where enough stay available.
    Source: pkg/controller/deployment/rolling.go; util/deployment_util.go, NewRSNewReplicas; recreate.go.
    """
    (deployment,) = (one for one in deployments if one["metadata"]["name"] == name)
    others = [one for one in deployments if one is not deployment]
    old, new = pods_of(deployment, "old"), pods_of(deployment, "new")
    world = World(nodes, others, extra=(*old, *new))
    before = World(nodes, others, extra=old)
    olds, news = {one.name for one in old}, {one.name for one in new}
    n = replicas(deployment)
    surge, unavailable = fenceposts(deployment)
    recreated = (deployment["spec"].get("strategy") or {}).get("type") == "Recreate"

    def moves(state: State) -> Iterator[State]:
        old_now = [place for place in state if place[0] in olds]
        new_now = [place for place in state if place[0] in news]
        most_new = 0 if recreated and old_now else min(n, n + surge - len(old_now))
        if len(new_now) < most_new:
            yield from world.placings(state, [new[len(new_now)]])
        if recreated or len(old_now) + len(new_now) > n - unavailable:
            yield from (state - {place} for place in old_now)

    def ended(state: State) -> bool:
        names = {pod for pod, _ in state}
        return not names & olds and news <= names

    starts = [state for state in explore([State()], before.placings, most) if before.is_full(state)]
    return outcome(starts, moves, ended, most) if starts else None


def drain(
    nodes: Sequence[Object],
    deployments: Sequence[Object],
    budgets: Sequence[Object],
    name: str,
    most: int = MOST_STATES,
) -> Drain | None:
    """Whether the named node can be drained, from every full placement (None: there is none).

    The node is cordoned; a pod is evicted where its budget allows; pods that wait may be placed at any time,
    also once the node is empty. Then, the node uncordoned, those that still wait look for places.
    Source: pkg/registry/core/pod/storage/eviction.go (one budget at most); pkg/controller/disruption.
    """
    before = World(nodes, deployments)
    starts = [state for state in explore([State()], before.placings, most) if before.is_full(state)]
    if not starts:
        return None
    world = before.changed(lambda node: cordoned(node) if node.name == name else node)
    covering = [read_budget(budget, deployments, world.pods.values()) for budget in budgets]

    def moves(state: State) -> Iterator[State]:
        yield from world.placings(state)
        yield from (state - {place} for place in state if place[1] == name and evictable(place[0], state))

    def evictable(pod: str, state: State) -> bool:
        own = [one for one in covering if pod in one.covers]
        if len(own) != 1:
            return not own
        healthy = sum(other in own[0].covers for other, _ in state)
        return own[0].wanted is not None and healthy > own[0].wanted

    def emptied(state: State) -> bool:
        return not any(node == name for _, node in state)

    drained = [state for state in explore(starts, moves, most) if emptied(state)]
    back = outcome(drained, before.placings, before.is_full, most) if drained else None
    return Drain(outcome(starts, moves, emptied, most), back)


def zone_loss(
    nodes: Sequence[Object], deployments: Sequence[Object], zone: str, most: int = MOST_STATES
) -> ZoneLoss | None:
    """What is left when a zone goes, at worst, and whether what is lost is replaced.

    None where there is no full placement. The zone's nodes stay in the cluster, unreachable and tainted so;
    their pods are gone.
    """
    before = World(nodes, deployments)
    starts = [state for state in explore([State()], before.placings, most) if before.is_full(state)]
    if not starts:
        return None
    lost = {name for name, node in before.nodes.items() if node.labels.get(ZONE) == zone}
    world = before.changed(lambda node: unreachable(node) if node.name in lost else node)
    remains = {State(place for place in state if place[1] not in lost) for state in starts}
    left = {
        deployment["metadata"]["name"]: min(
            sum(world.pods[pod].workload == deployment["metadata"]["name"] for pod, _ in state)
            for state in remains
        )
        for deployment in deployments
    }

    def moves(state: State) -> Iterator[State]:
        # A pod that tolerates everything may be bound to a lost node, and never starts there.
        return (after for after in world.placings(state) if not any(node in lost for _, node in after))

    return ZoneLoss(left, outcome(remains, moves, world.is_full, most))


def outcome(starts: Iterable[State], moves: Moves, ended: Callable[[State], bool], most: int) -> Answer:
    """always, sometimes or never, over all starts and all choices; nothing goes on from an end.

    Where moves can be undone (a pod that tolerates the cordon comes back), a state is stuck when the end
    can no longer be reached from it; where they cannot, that is the same as to run into one without moves.
    """
    nexts = explore(starts, lambda state: () if ended(state) else moves(state), most)
    froms: dict[State, list[State]] = {}
    for state, after in nexts.items():
        for one in after:
            froms.setdefault(one, []).append(state)
    waiting = [state for state in nexts if ended(state)]
    finishing = set(waiting)
    while waiting:
        for state in froms.get(waiting.pop(), ()):
            if state not in finishing:
                finishing.add(state)
                waiting.append(state)
    if not finishing:
        return "never"
    return "always" if len(finishing) == len(nexts) else "sometimes"


def explore(starts: Iterable[State], moves: Moves, most: int) -> dict[State, list[State]]:
    """All states that can be reached, each with those that follow it. Raises beyond `most` states."""
    found: dict[State, list[State]] = {}
    waiting = list(starts)
    while waiting:
        state = waiting.pop()
        if state in found:
            continue
        if len(found) == most:
            raise TooManyStatesError(most)
        found[state] = list(moves(state))
        waiting.extend(found[state])
    return found


class World:
    """Nodes and pods by name."""

    def __init__(
        self, nodes: Sequence[Object], deployments: Sequence[Object], extra: Sequence[Pod] = ()
    ) -> None:
        self.nodes = {node.name: node for node in map(read_node, nodes)}
        pods = [pod for one in deployments for pod in pods_of(one, one["metadata"]["name"])]
        self.pods = {pod.name: pod for pod in (*pods, *extra)}
        assert len(self.nodes) == len(nodes), "two nodes of one name"
        assert len(self.pods) == len(pods) + len(extra), "two pods of one name"

    def changed(self, change: Callable[[Node], Node]) -> World:
        """The same pods on changed nodes."""
        other = World((), (), tuple(self.pods.values()))
        other.nodes = {name: change(node) for name, node in self.nodes.items()}
        return other

    def is_full(self, state: State) -> bool:
        return len(state) == len(self.pods)

    def placings(self, state: State, pods: Iterable[Pod] | None = None) -> Iterator[State]:
        """One of the pods (None: of all that wait) placed on one node that admits it."""
        placed = [(self.pods[pod], self.nodes[node]) for pod, node in state]
        names = {pod for pod, _ in state}
        waiting = pods if pods is not None else [pod for pod in self.pods.values() if pod.name not in names]
        for pod in waiting:
            for node in admits(tuple(self.nodes.values()), placed, pod):
                yield state | {(pod.name, node)}


def pods_of(deployment: Object, revision: str) -> tuple[Pod, ...]:
    name = deployment["metadata"]["name"]
    return tuple(
        read_pod(f"{name}-{revision}-{number}", name, deployment["spec"]["template"], revision)
        for number in range(replicas(deployment))
    )


def replicas(deployment: Object) -> int:
    """Source: pkg/apis/apps/v1/defaults.go: 1 where nothing is said."""
    stated = deployment["spec"].get("replicas")
    return 1 if stated is None else int(stated)


def fenceposts(deployment: Object) -> tuple[int, int]:
    """The strategy's maxSurge and maxUnavailable as numbers of pods.

    Source: pkg/apis/apps/v1/defaults.go (25% each); pkg/controller/deployment/util, ResolveFenceposts and
    MaxUnavailable (at most the replicas).
    """
    stated = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    n = replicas(deployment)
    surge = scaled(stated.get("maxSurge", "25%"), n, up=True)
    unavailable = scaled(stated.get("maxUnavailable", "25%"), n, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return surge, min(unavailable, n)


def scaled(value: int | str, total: int, up: bool) -> int:
    """Source: apimachinery/pkg/util/intstr, GetScaledValueFromIntOrPercent."""
    if isinstance(value, int):
        return value
    percent = int(value.removesuffix("%"))
    return math.ceil(percent * total / 100) if up else math.floor(percent * total / 100)


def read_budget(budget: Object, deployments: Iterable[Object], pods: Iterable[Pod]) -> Budget:
    """A `policy/v1` PodDisruptionBudget.

    Source: pkg/controller/disruption/disruption.go, getExpectedPodCount and getExpectedScale (rounded
    up; of the replicas wanted, not of the pods there are), updatePdbStatus (nothing expected, none allowed).
    """
    spec = budget["spec"]
    selector = read_selector(spec.get("selector"))
    covered = [pod for pod in pods if matches(selector, pod.labels)]
    workloads = {pod.workload for pod in covered}
    expected = sum(replicas(one) for one in deployments if one["metadata"]["name"] in workloads)
    wanted: int | None = None
    if spec.get("maxUnavailable") is not None:
        wanted = max(0, expected - scaled(spec["maxUnavailable"], expected, up=True))
    elif spec.get("minAvailable") is not None:
        wanted = scaled(spec["minAvailable"], expected, up=True)
    return Budget(frozenset(pod.name for pod in covered), wanted)
