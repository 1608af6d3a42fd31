"""Small random clusters in the API's own shapes: nodes, workloads, and pods that stand on the nodes.

All that the scheduler's filters look at comes up; each workload has a few of the features, so that many
pods find some nodes and not others. What is drawn, the API server takes.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from hypothesis import strategies as st

Object = dict[str, Any]

HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"
HASH = "pod-template-hash"
OLD, NEW = "old", "new"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
DEFAULT = "default"
NAMESPACES = [
    {"metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name, "team": team}}}
    for name, team in ((DEFAULT, "red"), ("other", "blue"), ("third", "red"))
]
KEYS = ("app", "tier")
VALUES = ("a", "b")
TAINT = {"key": "for", "value": "ledger"}
EFFECTS = ("NoSchedule", "NoExecute", "PreferNoSchedule")


class Standing(NamedTuple):
    """A pod of the workload with that number, of its old or its new revision, on a node."""

    workload: int
    revision: str
    node: str


class Cluster(NamedTuple):
    """`v1` Nodes, `apps/v1` Deployments, and the pods that are there already."""

    nodes: list[Object]
    deployments: list[Object]
    standing: list[Standing]


def pod(deployment: Object, revision: str, name: str, node: str | None = None) -> Object:
    """A pod as the controllers make it of the workload; on `node`, where the scheduler has put it.

    Its hash is the revision, the same for all workloads; the controllers' differ.
    """
    template = deployment["spec"]["template"]
    metadata = {
        "name": name,
        "namespace": deployment["metadata"]["namespace"],
        "labels": template["metadata"]["labels"] | {HASH: revision},
    }
    placed = {} if node is None else {"nodeName": node}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"] | placed}


def question(cluster: Cluster, workload: int, revision: str = NEW) -> Object:
    """On which nodes one more pod of the workload may be placed, as the oracle is asked."""
    return {
        "nodes": cluster.nodes,
        "namespaces": NAMESPACES,
        "pods": [
            pod(cluster.deployments[one.workload], one.revision, f"p{number}", one.node)
            for number, one in enumerate(cluster.standing)
        ],
        "pod": pod(cluster.deployments[workload], revision, "new"),
    }


@st.composite
def clusters(
    draw: st.DrawFn, namespaced: bool = True, ports: bool = True, unlabelled: bool = True
) -> Cluster:
    """Up to five nodes, three workloads and eight pods.

    `namespaced`: in more than one namespace. `ports`: with host ports. `unlabelled`: with nodes that
    have no zone.
    """
    closed = draw(_one_in(3))
    nodes = [draw(_nodes(f"n{number}", unlabelled, closed)) for number in range(draw(st.integers(1, 5)))]
    workloads = [
        draw(_deployments(f"w{number}", namespaced, ports)) for number in range(draw(st.integers(1, 3)))
    ]
    standing = [
        Standing(
            draw(st.integers(0, len(workloads) - 1)),
            draw(st.sampled_from((OLD, NEW))),
            draw(st.sampled_from(nodes))["metadata"]["name"],
        )
        for _ in range(draw(st.integers(0, 8)))
    ]
    return Cluster(nodes, workloads, standing)


@st.composite
def _nodes(draw: st.DrawFn, name: str, unlabelled: bool, closed: bool) -> Object:
    """A node. `closed`: it may have a taint, or be cordoned."""
    zone = None if unlabelled and draw(_one_in(8)) else draw(st.sampled_from(("z0", "z1", "z2")))
    labels = {HOSTNAME: name} | ({ZONE: zone} if zone else {})
    optional = {"pool": st.sampled_from(VALUES), "size": st.sampled_from(("1", "4", "big"))}
    labels |= draw(st.fixed_dictionaries({}, optional=optional))
    spec: Object = {}
    if closed and draw(_one_in(3)):
        spec["taints"] = [TAINT | {"effect": draw(st.sampled_from(EFFECTS))}]
    if closed and draw(_one_in(4)):
        spec["unschedulable"] = True
        cordon = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
        spec["taints"] = [*spec.get("taints", []), cordon]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": spec,
        "status": {
            "allocatable": {
                "cpu": draw(st.sampled_from(("1", "2", "3800m"))),
                "memory": draw(st.sampled_from(("1Gi", "2Gi", "8Gi"))),
                "pods": draw(st.sampled_from(("110", "110", "110", "2"))),
            }
        },
    }


@st.composite
def _deployments(draw: st.DrawFn, name: str, namespaced: bool, ports: bool) -> Object:
    labels = {"workload": name} | {key: draw(st.sampled_from(VALUES)) for key in KEYS}
    spec: Object = {"containers": [draw(_containers())]}
    features = _features(name, namespaced, ports)
    # Those that look at other pods come most.
    often = [*features, *(("spread", "podAntiAffinity") * 2)]
    for feature in dict.fromkeys(draw(st.lists(st.sampled_from(often), max_size=4))):
        _merge(spec, draw(features[feature]))
    namespaces = [namespace["metadata"]["name"] for namespace in NAMESPACES] if namespaced else [DEFAULT]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": draw(st.sampled_from(namespaces))},
        "spec": {
            "replicas": draw(st.integers(0, 4)),
            "selector": {"matchLabels": {"workload": name}},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def _merge(spec: Object, more: Object) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and key in spec:
            _merge(spec[key], value)
        else:
            spec[key] = spec[key] + value if isinstance(value, list) and key in spec else value


def _containers() -> st.SearchStrategy[Object]:
    requests = st.fixed_dictionaries(
        {},
        optional={
            "cpu": st.sampled_from(("0", "250m", "500m", "1")),
            "memory": st.sampled_from(("0", "256Mi", "1Gi")),
        },
    )
    side = st.sampled_from(("requests", "limits"))
    return st.builds(
        lambda side, amounts: {"name": "c", "image": "i", "resources": {side: amounts}}, side, requests
    )


@cache
def _features(name: str, namespaced: bool, ports: bool) -> dict[str, st.SearchStrategy[Object]]:
    """What the spec of a workload's pods may say; each is drawn on its own and merged into the spec."""
    found = {
        "nodeSelector": st.sampled_from(({"pool": "a"}, {ZONE: "z0"}, {"pool": "b", ZONE: "z1"})).map(
            lambda labels: {"nodeSelector": labels}
        ),
        "nodeAffinity": _node_affinity(),
        "tolerations": st.lists(_tolerations(), min_size=1, max_size=2).map(
            lambda tolerations: {"tolerations": tolerations}
        ),
        "podAffinity": _pod_affinity("podAffinity", name, namespaced),
        "podAntiAffinity": _pod_affinity("podAntiAffinity", name, namespaced),
        "spread": st.lists(_spreads(name), min_size=1, max_size=2, unique_by=_kind_of_spread).map(
            lambda spreads: {"topologySpreadConstraints": spreads}
        ),
    }
    if ports:
        found["ports"] = st.lists(_ports(), min_size=1, max_size=2, unique_by=_taken).map(
            lambda ports: {"containers": [{"name": "d", "image": "i", "ports": ports}]}
        )
    return found


def _node_affinity() -> st.SearchStrategy[Object]:
    keys = st.sampled_from((ZONE, "pool", "size", "none"))
    values = st.lists(st.sampled_from(("z0", "z1", "a", "b", "4")), min_size=1, max_size=3)
    expressions = st.one_of(
        _expression(keys, st.sampled_from(("In", "NotIn")), values),
        _expression(keys, st.sampled_from(("Exists", "DoesNotExist")), st.none()),
        _expression(st.just("size"), st.sampled_from(("Gt", "Lt")), st.sampled_from((["1"], ["2"], ["4"]))),
    )
    names = st.lists(st.sampled_from(("n0", "n1", "n2")), min_size=1, max_size=1)
    field = _expression(st.just("metadata.name"), st.sampled_from(("In", "NotIn")), names)
    term = st.one_of(
        st.lists(expressions, max_size=2).map(lambda listed: {"matchExpressions": listed}),
        field.map(lambda one: {"matchFields": [one]}),
        st.tuples(expressions, field).map(
            lambda both: {"matchExpressions": [both[0]], "matchFields": [both[1]]}
        ),
    )
    return st.lists(term, min_size=1, max_size=2).map(
        lambda terms: {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}}}
    )


def _expression(
    keys: st.SearchStrategy[str],
    operators: st.SearchStrategy[str],
    values: st.SearchStrategy[list[str] | None],
) -> st.SearchStrategy[Object]:
    def built(key: str, operator: str, listed: list[str] | None) -> Object:
        return {"key": key, "operator": operator} | ({"values": listed} if listed else {})

    return st.builds(built, keys, operators, values)


def _tolerations() -> st.SearchStrategy[Object]:
    who = st.sampled_from(
        (
            {"operator": "Exists"},
            {"key": "for", "operator": "Exists"},
            {"key": "for", "operator": "Equal", "value": "ledger"},
            {"key": "for", "value": "ledger"},
            {"key": "for", "value": "else"},
            {"key": "node.kubernetes.io/unschedulable", "operator": "Exists"},
        )
    )
    what = st.sampled_from(({}, *({"effect": effect} for effect in EFFECTS)))
    return st.builds(lambda one, effect: one | effect, who, what)


def _pod_affinity(kind: str, name: str, namespaced: bool) -> st.SearchStrategy[Object]:
    return st.lists(_terms(name, namespaced), min_size=1, max_size=2).map(
        lambda terms: {"affinity": {kind: {REQUIRED: terms}}}
    )


@st.composite
def _terms(draw: st.DrawFn, name: str, namespaced: bool) -> Object:
    term: Object = {"topologyKey": draw(st.sampled_from((HOSTNAME, ZONE)))} | draw(_selectors(name))
    if namespaced:
        optional: dict[str, st.SearchStrategy[object]] = {
            "namespaces": st.sampled_from(([], ["other"], [DEFAULT, "third"])),
            "namespaceSelector": st.sampled_from(
                (None, {}, {"matchLabels": {"team": "red"}}, {"matchLabels": {"team": "none"}})
            ),
        }
        term |= draw(st.fixed_dictionaries({}, optional=optional))
    free = _free_keys(term)
    for field in ("matchLabelKeys", "mismatchLabelKeys"):
        if free and draw(_one_in(3)):
            term[field] = [free.pop(draw(st.integers(0, len(free) - 1)))]
    return term


@st.composite
def _selectors(draw: st.DrawFn, name: str) -> Object:
    """A term's labelSelector: of the workload's own pods, of some labels, of all pods, or none at all."""
    key = draw(st.sampled_from(KEYS))
    values = st.lists(st.sampled_from(VALUES), min_size=1, max_size=2, unique=True)
    kind = draw(st.sampled_from(("own", "own", "label", "label", "In", "NotIn", "Exists", "all", "none")))
    if kind == "none":
        return {}
    selector: Object = {}
    if kind == "own":
        selector = {"matchLabels": {"workload": name}}
    elif kind == "label":
        selector = {"matchLabels": {key: draw(st.sampled_from(VALUES))}}
    elif kind in ("In", "NotIn"):
        selector = {"matchExpressions": [{"key": key, "operator": kind, "values": draw(values)}]}
    elif kind == "Exists":
        operator = draw(st.sampled_from(("Exists", "DoesNotExist")))
        selector = {"matchExpressions": [{"key": key, "operator": operator}]}
    return {"labelSelector": selector}


def _free_keys(term: Object) -> list[str]:
    """Those that the term's matchLabelKeys may name: not without a selector, and none that it asks for."""
    if "labelSelector" not in term:
        return []
    selector = term["labelSelector"]
    asked = set(selector.get("matchLabels", {})) | {
        one["key"] for one in selector.get("matchExpressions", [])
    }
    return [key for key in (HASH, *KEYS, "none") if key not in asked]


@st.composite
def _spreads(draw: st.DrawFn, name: str) -> Object:
    constraint: Object = {
        "maxSkew": draw(st.integers(1, 2)),
        "topologyKey": draw(st.sampled_from((HOSTNAME, ZONE))),
        "whenUnsatisfiable": "ScheduleAnyway" if draw(_one_in(6)) else "DoNotSchedule",
    }
    constraint |= draw(_selectors(name))
    policies = st.sampled_from(("Honor", "Ignore"))
    optional = {"nodeAffinityPolicy": policies, "nodeTaintsPolicy": policies}
    constraint |= draw(st.fixed_dictionaries({}, optional=optional))
    if constraint["whenUnsatisfiable"] == "DoNotSchedule" and draw(_one_in(2)):
        constraint["minDomains"] = draw(st.integers(1, 4))
    free = _free_keys(constraint)
    if free and draw(_one_in(3)):
        constraint["matchLabelKeys"] = [draw(st.sampled_from(free))]
    return constraint


def _kind_of_spread(constraint: Object) -> tuple[str, str]:
    """No two constraints of a pod may be the same in these."""
    return constraint["topologyKey"], constraint["whenUnsatisfiable"]


def _ports() -> st.SearchStrategy[Object]:
    optional = {
        "hostIP": st.sampled_from(("0.0.0.0", "127.0.0.1", "10.0.0.1")),
        "protocol": st.sampled_from(("TCP", "UDP")),
    }
    port = st.sampled_from((80, 81))
    more = st.fixed_dictionaries({}, optional=optional)
    return st.builds(lambda port, more: {"containerPort": port, "hostPort": port} | more, port, more)


def _taken(port: Object) -> tuple[object, ...]:
    """No two ports of a pod may be the same in these."""
    return port["hostPort"], port.get("protocol", "TCP"), port.get("hostIP")


def _one_in(number: int) -> st.SearchStrategy[bool]:
    return st.integers(0, number - 1).map(lambda drawn: drawn == number - 1)
