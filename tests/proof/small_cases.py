"""Small releases on small clusters, as the API shapes them, for comparison with brute force.

Resources, constraints and budgets are drawn so that they bind often; each answer comes up.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any, NamedTuple, TypeVar

from hypothesis import assume, reject
from hypothesis import strategies as st

from tests.proof.brute_force import ZONE, TooManyStatesError
from tests.proof.filters import HASH, Object

HOST = "kubernetes.io/hostname"
POOL_LABEL = {"agentpool": "scalardlpool"}
POOL_TAINT = {"key": "kubernetes.io/app", "value": "scalardlpool", "effect": "NoSchedule"}
# Nodes, and pods of each Deployment; with more, brute force takes long.
SIZES = [
    (nodes, pods)
    for nodes in (1, 2, 2, 3, 3, 3, 4, 4, 4)
    for names in (1, 2, 3)
    for pods in product(range(5), repeat=names)
    if 0 not in pods[1:] and pods != (1,) and sum(pods) <= 5 and (nodes + 1) ** sum(pods) <= 1100
]
T = TypeVar("T")


class Case(NamedTuple):
    """`v1` Nodes, `apps/v1` Deployments, `policy/v1` PodDisruptionBudgets."""

    nodes: list[Object]
    deployments: list[Object]
    budgets: list[Object]


def as_stream(objects: Iterable[Object]) -> str:
    """The objects as a stream of manifests: JSON documents, which are YAML."""
    return "".join(f"---\n{json.dumps(one, indent=1)}\n" for one in objects)


def tractable(answer: Callable[[], T]) -> T:
    """What brute force answers; a case with too many states is none."""
    try:
        return answer()
    except TooManyStatesError:
        reject()


def node(
    name: str, zone: str, cpu: str = "3800m", memory: str = "8Gi", pods: int = 110, **spec: Any
) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {HOST: name, ZONE: zone}},
        "spec": spec,
        "status": {"allocatable": {"cpu": cpu, "memory": memory, "pods": str(pods)}},
    }


def deployment(
    name: str,
    replicas: int | None = None,
    cpu: str = "100m",
    memory: str = "128Mi",
    strategy: Object | None = None,
    labels: dict[str, str] | None = None,
    **spec: Any,
) -> Object:
    """`spec`: the pods', beside their container. The pods are labelled `app: name`, and as `labels` says."""
    container = {"name": "main", "image": "example/main:1"} | _resources("requests", cpu, memory)
    found: Object = {
        "selector": {"matchLabels": {"app": name}},
        "template": {
            "metadata": {"labels": {"app": name} | (labels or {})},
            "spec": {"containers": [container]} | spec,
        },
    }
    if replicas is not None:
        found["replicas"] = replicas
    if strategy is not None:
        found["strategy"] = strategy
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": found}


def budget(name: str, selector: Object, **spec: int | str) -> Object:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"selector": selector} | spec,
    }


def required(terms: list[Object]) -> Object:
    return {"requiredDuringSchedulingIgnoredDuringExecution": terms}


def required_of_nodes(expressions: list[Object]) -> Object:
    return {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [one]} for one in expressions]
        }
    }


def app(name: str) -> Object:
    return {"matchLabels": {"app": name}}


def apart(key: str, *names: str, **more: Any) -> Object:
    terms = [{"topologyKey": key, "labelSelector": app(name)} | more for name in names]
    return {"affinity": {"podAntiAffinity": required(terms)}}


def near(key: str, *names: str) -> Object:
    return {
        "affinity": {
            "podAffinity": required([{"topologyKey": key, "labelSelector": app(name)} for name in names])
        }
    }


def spread(key: str, selector: Object | None, max_skew: int = 1, **more: Any) -> Object:
    constraint = {"topologyKey": key, "maxSkew": max_skew, "whenUnsatisfiable": "DoNotSchedule"} | more
    return {
        "topologySpreadConstraints": [constraint | ({} if selector is None else {"labelSelector": selector})]
    }


def nodes_in(*zones: str, **of_each: Any) -> list[Object]:
    """Nodes n0, n1, ... in these zones."""
    return [node(f"n{index}", zone, **of_each) for index, zone in enumerate(zones)]


def _resources(kind: str, cpu: str, memory: str) -> Object:
    return {"resources": {kind: {"cpu": cpu, "memory": memory}}}


@st.composite
def cases(draw: st.DrawFn, crowded: bool | None = None, even: bool = True) -> Case:
    """`crowded`: for room, pods depend on where others went; else on constraints rather (None: either).

    `even`: the nodes stand in the zones by turns, as those of one pool do.
    """
    number, replicas = draw(st.sampled_from(SIZES))
    names = ("a", "b", "c")[: len(replicas)]
    tainted = draw(_rarely(8))
    crowded = draw(st.booleans()) if crowded is None else crowded
    cpus, cpu = draw(_crowds(number, replicas) if crowded else _room_for_all(replicas))
    deployments = [
        draw(_deployments(name, n, names, tainted, cpu_of_one, crowded))
        for name, n, cpu_of_one in zip(names, replicas, cpus, strict=True)
    ]
    zones = ["z1", "z2", "z3"][: draw(st.sampled_from((1, 2, 2, 3)))]
    pods = draw(st.sampled_from((110,) * 9 + (2, 3)))
    memory = draw(st.sampled_from(("3Gi", "8Gi", "8Gi")))
    nodes = [
        node(
            f"n{index}",
            zones[index % len(zones)] if even else draw(st.sampled_from(zones)),
            cpu=cpu,
            memory=memory,
            pods=pods,
        )
        for index in range(number)
    ]
    for one in nodes:
        one["metadata"]["labels"] |= POOL_LABEL
        if tainted:
            one["spec"]["taints"] = [POOL_TAINT]
    budgets = draw(st.lists(_budgets(names), max_size=3, unique_by=lambda one: str(one["metadata"]["name"])))
    return Case(nodes, deployments, budgets)


def _crowds(nodes: int, replicas: tuple[int, ...]) -> st.SearchStrategy[tuple[tuple[str, ...], str]]:
    """What a pod of each Deployment asks, of sizes that get into each other's way; what a node has."""
    return st.permutations((1, 2, 3)).flatmap(
        lambda sizes: st.sampled_from(
            [cpu for cpu in (3, 4, 5) if _asked(sizes, replicas) < cpu * nodes] or [6]
        ).map(lambda cpu: (tuple(map(str, sizes[: len(replicas)])), str(cpu)))
    )


def _asked(sizes: Sequence[int], replicas: tuple[int, ...]) -> int:
    return sum(size * n for size, n in zip(sizes, replicas, strict=False))


def _room_for_all(replicas: tuple[int, ...]) -> st.SearchStrategy[tuple[tuple[str, ...], str]]:
    one = st.sampled_from(("0", "500m", "1", "1.5", "2"))
    return st.tuples(st.tuples(*(one for _ in replicas)), st.just("7600m"))


def _rarely(one_in: int) -> st.SearchStrategy[bool]:
    return st.integers(1, one_in).map(lambda drawn: drawn == one_in)


def _selectors(own: str, names: tuple[str, ...]) -> st.SearchStrategy[Object]:
    """Of the Deployment's own pods most often; of another's, of all, of all but those of one."""
    another = st.sampled_from(names)
    return st.one_of(
        st.just({"matchLabels": {"app": own}}),
        st.just({"matchLabels": {"app": own}}),
        another.map(lambda name: {"matchLabels": {"app": name}}),
        st.just({"matchLabels": {"tier": "data"}}),
        st.just({"matchExpressions": [{"key": "app", "operator": "Exists"}]}),
        another.map(lambda name: {"matchExpressions": [{"key": "app", "operator": "In", "values": [name]}]}),
        another.map(
            lambda name: {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": [name]}]}
        ),
    )


@st.composite
def _terms(draw: st.DrawFn, own: str, names: tuple[str, ...]) -> Object:
    term: Object = {
        "topologyKey": draw(st.sampled_from((HOST, HOST, ZONE))),
        "labelSelector": draw(_selectors(own, names)),
    }
    if draw(_rarely(4)):
        term["matchLabelKeys"] = [HASH]
    return term


@st.composite
def _spreads(draw: st.DrawFn, own: str, names: tuple[str, ...]) -> Object:
    found: Object = {
        "topologyKey": draw(st.sampled_from((HOST, ZONE, ZONE))),
        "labelSelector": draw(_selectors(own, names)),
        "maxSkew": draw(st.sampled_from((1, 1, 1, 2))),
        "whenUnsatisfiable": "ScheduleAnyway" if draw(_rarely(8)) else "DoNotSchedule",
    }
    if found["whenUnsatisfiable"] == "DoNotSchedule" and draw(_rarely(3)):
        found["minDomains"] = draw(st.integers(1, 4))
    if draw(_rarely(3)):
        found["matchLabelKeys"] = [HASH]
    for policy, one_in in (("nodeTaintsPolicy", 2), ("nodeAffinityPolicy", 4)):
        if draw(_rarely(one_in)):
            found[policy] = draw(st.sampled_from(("Honor", "Honor", "Ignore")))
    return found


@st.composite
def _strategies(draw: st.DrawFn) -> Object | None:
    kind = draw(st.sampled_from(("absent", "Recreate", *("RollingUpdate",) * 6)))
    if kind == "absent":
        return None
    if kind == "Recreate":
        return {"type": kind}
    limits = st.none() | st.sampled_from((0, 0, 1, 1, 2, "0%", "25%", "34%", "50%", "100%"))
    surge, unavailable = draw(limits), draw(limits)
    # The API refuses two that are zero as written; two that are rounded to zero it takes.
    assume(not (surge in (0, "0%") and unavailable in (0, "0%")))
    stated = {"maxSurge": surge, "maxUnavailable": unavailable}
    stated = {key: value for key, value in stated.items() if value is not None}
    return {"type": kind} | ({"rollingUpdate": stated} if stated else {})


@st.composite
def _deployments(
    draw: st.DrawFn,
    name: str,
    replicas: int | None,
    names: tuple[str, ...],
    tainted: bool,
    cpu: str,
    crowded: bool,
) -> Object:
    bound = draw(_rarely(4)) == crowded  # else only room decides
    spec: Object = {}
    affinity: Object = {}
    if bound and draw(st.booleans()):
        affinity["podAntiAffinity"] = required(draw(st.lists(_terms(name, names), min_size=1, max_size=2)))
    if bound and draw(_rarely(6)):
        affinity["podAffinity"] = required(draw(st.lists(_terms(name, names), min_size=1, max_size=2)))
    if draw(_rarely(8)):
        affinity["nodeAffinity"] = required_of_nodes(draw(_expressions()))
    if affinity:
        spec["affinity"] = affinity
    if draw(_rarely(8)):
        spec["nodeSelector"] = draw(
            st.sampled_from((POOL_LABEL, POOL_LABEL, POOL_LABEL, {ZONE: "z1"}, {"agentpool": "other"}))
        )
    if bound and draw(st.booleans()):
        spec["topologySpreadConstraints"] = draw(
            st.lists(
                _spreads(name, names),
                min_size=1,
                max_size=2,
                # The API refuses two of the same key and kind.
                unique_by=lambda one: (str(one["topologyKey"]), str(one["whenUnsatisfiable"])),
            )
        )
    if draw(_rarely(25)):
        spec["tolerations"] = [{"operator": "Exists"}]
    elif tainted != draw(_rarely(8)):
        spec["tolerations"] = [draw(st.sampled_from((POOL_TAINT, POOL_TAINT | {"operator": "Equal"})))]
    found = deployment(
        name,
        None if replicas == 1 and draw(st.booleans()) else replicas,
        cpu=cpu,
        memory=draw(st.sampled_from(("128Mi", "128Mi", "1Gi", "1.5Gi"))),
        strategy=draw(_strategies()),
        labels=draw(st.sampled_from(({"tier": "data"}, {"tier": "data"}, {"tier": "front"}, None))),
        **spec,
    )
    if draw(_rarely(8)):  # limits alone: they are the requests too
        container = found["spec"]["template"]["spec"]["containers"][0]
        container["resources"] = {"limits": container["resources"]["requests"]}
    return found


def _expressions() -> st.SearchStrategy[list[Object]]:
    return st.lists(
        st.sampled_from(
            (
                {"key": ZONE, "operator": "In", "values": ["z1", "z2"]},
                {"key": ZONE, "operator": "NotIn", "values": ["z1"]},
                {"key": HOST, "operator": "NotIn", "values": ["n0"]},
                {"key": "agentpool", "operator": "Exists"},
                {"key": "gpu", "operator": "DoesNotExist"},
            )
        ),
        min_size=1,
        max_size=2,
    )


@st.composite
def _budgets(draw: st.DrawFn, names: tuple[str, ...]) -> Object:
    selector = draw(_selectors(draw(st.sampled_from(names)), names))
    amount: st.SearchStrategy[int | str] = st.sampled_from((0, 1, 1, 2, "25%", "50%", "100%"))
    kinds = st.sampled_from(("maxUnavailable", "maxUnavailable", "minAvailable"))
    stated: dict[str, int | str] = {}
    if not draw(_rarely(20)):
        stated[draw(kinds)] = draw(amount)
    return budget(f"budget-{draw(st.integers(0, 9))}", selector, **stated)
