"""On which nodes the scheduler would put a pod: its filters, read from the API's objects as they are written.

The second opinion for postrender/proof, so nothing of it is used here. Each filter names its source in
kubernetes/kubernetes; `plugins/` stands for pkg/scheduler/framework/plugins/. Everything is in one namespace,
no pod is terminating, and nothing is preempted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

Object = dict[str, Any]

HASH = "pod-template-hash"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
UNREACHABLE = "node.kubernetes.io/unreachable"
SCALES = {"m": 1, "": 10**3, "k": 10**6, "M": 10**9, "G": 10**12} | {
    "Ki": 1000 * 2**10,
    "Mi": 1000 * 2**20,
    "Gi": 1000 * 2**30,
}
RESOURCES = ("cpu", "memory")


class Requirement(NamedTuple):
    """One of a selector's: of labels (In, NotIn, Exists, DoesNotExist), of nodes also Gt and Lt."""

    key: str
    operator: str
    values: tuple[str, ...]


# All must hold: an empty one takes everything. None takes nothing.
Selector = tuple[Requirement, ...] | None


class Taint(NamedTuple):
    key: str
    value: str
    effect: str


class Toleration(NamedTuple):
    key: str
    operator: str
    value: str
    effect: str


class Node(NamedTuple):
    name: str
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    allocatable: Mapping[str, int]
    unschedulable: bool


class Term(NamedTuple):
    """Of required pod affinity or anti-affinity."""

    topology_key: str
    selector: Selector


class Spread(NamedTuple):
    """A topology spread constraint that is DoNotSchedule."""

    topology_key: str
    selector: Selector
    max_skew: int
    min_domains: int
    honors_affinity: bool
    honors_taints: bool


class Pod(NamedTuple):
    name: str
    workload: str
    labels: Mapping[str, str]
    requests: Mapping[str, int]
    node_selector: Mapping[str, str]
    node_affinity: tuple[tuple[Selector, Selector], ...] | None  # per term: of labels, of fields
    tolerations: tuple[Toleration, ...]
    affinity: tuple[Term, ...]
    anti_affinity: tuple[Term, ...]
    spreads: tuple[Spread, ...]


Placed = Sequence[tuple[Pod, Node]]


def read_node(node: Object) -> Node:
    """A `v1` Node."""
    spec = node.get("spec") or {}
    allocatable = node["status"]["allocatable"]
    return Node(
        node["metadata"]["name"],
        node["metadata"].get("labels") or {},
        tuple(Taint(one["key"], one.get("value") or "", one["effect"]) for one in spec.get("taints") or ()),
        {resource: quantity(allocatable[resource]) for resource in RESOURCES}
        | {"pods": int(allocatable["pods"])},
        bool(spec.get("unschedulable")),
    )


def read_pod(name: str, workload: str, template: Object, revision: str) -> Pod:
    """A pod of a template, as it is created: with its hash, and with matchLabelKeys made requirements.

    Source: pkg/registry/core/pod/strategy.go, mutatePodAffinity and mutateTopologySpreadConstraints;
    before 1.34 the scheduler did the latter (plugins/podtopologyspread/common.go), to the same effect.
    """
    spec = template["spec"]
    labels = (template["metadata"].get("labels") or {}) | {HASH: revision}
    affinity = spec.get("affinity") or {}
    required = (affinity.get("nodeAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution")
    return Pod(
        name,
        workload,
        labels,
        requests(spec),
        spec.get("nodeSelector") or {},
        required
        and tuple(
            (
                read_requirements(one.get("matchExpressions") or ()),
                read_requirements(one.get("matchFields") or ()),
            )
            for one in required["nodeSelectorTerms"]
            # Source: nodeaffinity.go in component-helpers: an empty term selects nothing.
            if one.get("matchExpressions") or one.get("matchFields")
        ),
        tuple(
            Toleration(
                one.get("key") or "",
                one.get("operator") or "Equal",
                one.get("value") or "",
                one.get("effect") or "",
            )
            for one in spec.get("tolerations") or ()
        ),
        _terms(affinity.get("podAffinity"), labels),
        _terms(affinity.get("podAntiAffinity"), labels),
        tuple(
            Spread(
                one["topologyKey"],
                _keyed(one, labels),
                one["maxSkew"],
                one.get("minDomains") or 1,
                (one.get("nodeAffinityPolicy") or "Honor") == "Honor",
                (one.get("nodeTaintsPolicy") or "Ignore") == "Honor",
            )
            for one in spec.get("topologySpreadConstraints") or ()
            if one["whenUnsatisfiable"] == "DoNotSchedule"
        ),
    )


def _terms(affinity: Object | None, labels: Mapping[str, str]) -> tuple[Term, ...]:
    terms = (affinity or {}).get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    assert not any("namespaces" in one or "namespaceSelector" in one for one in terms), "one namespace only"
    return tuple(Term(one["topologyKey"], _keyed(one, labels)) for one in terms)


def _keyed(term: Object, labels: Mapping[str, str]) -> Selector:
    """The term's selector, asking for the pod's own values of the labels named by key."""
    selector = read_selector(term.get("labelSelector"))
    if selector is None:
        return None
    match = tuple(
        Requirement(key, "In", (labels[key],)) for key in term.get("matchLabelKeys") or () if key in labels
    )
    mismatch = tuple(
        Requirement(key, "NotIn", (labels[key],))
        for key in term.get("mismatchLabelKeys") or ()
        if key in labels
    )
    return selector + match + mismatch


def read_selector(selector: Object | None) -> Selector:
    """A LabelSelector. Source: apimachinery/pkg/apis/meta/v1/helpers.go, LabelSelectorAsSelector."""
    if selector is None:
        return None
    equal = tuple(
        Requirement(key, "In", (value,)) for key, value in (selector.get("matchLabels") or {}).items()
    )
    return equal + read_requirements(selector.get("matchExpressions") or ())


def read_requirements(expressions: Iterable[Object]) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(one["key"], one["operator"], tuple(one.get("values") or ())) for one in expressions
    )


def matches(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Source: apimachinery/pkg/labels/selector.go, Requirement.Matches."""
    return selector is not None and all(_holds(one, labels) for one in selector)


def _holds(one: Requirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(one.key)
    if one.operator in ("NotIn", "DoesNotExist"):
        return value is None or (one.operator == "NotIn" and value not in one.values)
    if value is None:
        return False
    if one.operator == "In":
        return value in one.values
    if one.operator in ("Gt", "Lt"):
        if not re.fullmatch(r"[+-]?[0-9]+", value):
            return False  # ParseInt fails: no match
        return int(value) > int(one.values[0]) if one.operator == "Gt" else int(value) < int(one.values[0])
    assert one.operator == "Exists", one.operator
    return True


def quantity(value: object) -> int:
    """In thousandths."""
    text = str(value)
    suffix = text.lstrip("0123456789.")
    found = Fraction(text.removesuffix(suffix)) * SCALES[suffix]
    assert found.denominator == 1, text
    return found.numerator


def requests(spec: Object) -> dict[str, int]:
    """What the scheduler counts for a pod: the sum of its containers, or more while one is initialising.

    Source: component-helpers/resource/helpers.go, PodRequests; a limit without a request is the request
    too (pkg/apis/core/v1/defaults.go).
    """

    def asked(container: Object) -> dict[str, int]:
        resources = container.get("resources") or {}
        stated = (resources.get("limits") or {}) | (resources.get("requests") or {})
        return {resource: quantity(stated.get(resource, 0)) for resource in RESOURCES}

    found = {}
    for resource in RESOURCES:
        running = sum(asked(one)[resource] for one in spec["containers"])
        beside = most = 0
        for one in spec.get("initContainers") or ():
            most = max(most, beside + asked(one)[resource])
            if one.get("restartPolicy") == "Always":
                beside += asked(one)[resource]
        overhead = quantity((spec.get("overhead") or {}).get(resource, 0))
        found[resource] = max(running + beside, most) + overhead
    return found


def cordoned(node: Node) -> Node:
    """Source: pkg/controller/nodelifecycle: the field becomes a taint as well."""
    taint = Taint(UNSCHEDULABLE, "", "NoSchedule")
    return node._replace(unschedulable=True, taints=(*node.taints, taint))


def unreachable(node: Node) -> Node:
    """Source: pkg/controller/nodelifecycle: both taints."""
    taints = tuple(Taint(UNREACHABLE, "", effect) for effect in ("NoSchedule", "NoExecute"))
    return node._replace(taints=node.taints + taints)


def admits(nodes: Sequence[Node], placed: Placed, pod: Pod) -> set[str]:
    """The names of the nodes where the pod may be put, beside the pods that are already placed."""
    fit = [
        node
        for node in nodes
        if schedulable(node, pod)
        and tolerates(node, pod)
        and selects(node, pod)
        and has_room(node, placed, pod)
    ]
    if not fit:
        return set()
    barred = barred_domains(placed, pod)
    near = matching_domains(placed, pod)
    spreads = [(one, domain_counts(nodes, placed, pod, one)) for one in pod.spreads]
    return {
        node.name
        for node in fit
        if not any((key, value) in barred for key, value in node.labels.items())
        and is_near(node, near, pod)
        and all(keeps_skew(node, one, counts, pod) for one, counts in spreads)
    }


def schedulable(node: Node, pod: Pod) -> bool:
    """Source: plugins/nodeunschedulable/node_unschedulable.go."""
    return not node.unschedulable or _tolerated(Taint(UNSCHEDULABLE, "", "NoSchedule"), pod)


def tolerates(node: Node, pod: Pod) -> bool:
    """Source: plugins/tainttoleration/taint_toleration.go: PreferNoSchedule does not count."""
    return all(_tolerated(taint, pod) for taint in node.taints if taint.effect in ("NoSchedule", "NoExecute"))


def _tolerated(taint: Taint, pod: Pod) -> bool:
    """Source: api/core/v1/toleration.go, ToleratesTaint."""
    return any(
        one.effect in ("", taint.effect)
        and one.key in ("", taint.key)
        and (one.operator == "Exists" or one.value == taint.value)
        for one in pod.tolerations
    )


def selects(node: Node, pod: Pod) -> bool:
    """Source: component-helpers/scheduling/corev1/nodeaffinity: the selector and any one of the terms."""
    if any(node.labels.get(key) != value for key, value in pod.node_selector.items()):
        return False
    return pod.node_affinity is None or any(
        matches(labels, node.labels) and matches(fields, {"metadata.name": node.name})
        for labels, fields in pod.node_affinity
    )


def has_room(node: Node, placed: Placed, pod: Pod) -> bool:
    """Source: plugins/noderesources/fit.go, fitsRequest."""
    here = [other for other, at in placed if at.name == node.name]
    return len(here) + 1 <= node.allocatable["pods"] and all(
        pod.requests[resource] == 0
        or pod.requests[resource] + sum(other.requests[resource] for other in here)
        <= node.allocatable[resource]
        for resource in RESOURCES
    )


def barred_domains(placed: Placed, pod: Pod) -> set[tuple[str, str]]:
    """The domains where anti-affinity, the pod's own or that of a pod in place, lets it not be.

    Source: plugins/interpodaffinity/filtering.go, satisfyExistingPodsAntiAffinity, satisfyPodAntiAffinity.
    """
    return {
        (term.topology_key, node.labels[term.topology_key])
        for other, node in placed
        for terms, of in ((pod.anti_affinity, other), (other.anti_affinity, pod))
        for term in terms
        if term.topology_key in node.labels and matches(term.selector, of.labels)
    }


def matching_domains(placed: Placed, pod: Pod) -> set[tuple[str, str]]:
    """The domains, by each term's key, of the pods that match all of the pod's affinity terms.

    Source: plugins/interpodaffinity/filtering.go, updateWithAffinityTerms.
    """
    return {
        (term.topology_key, node.labels[term.topology_key])
        for other, node in placed
        if all(matches(term.selector, other.labels) for term in pod.affinity)
        for term in pod.affinity
        if term.topology_key in node.labels
    }


def is_near(node: Node, near: set[tuple[str, str]], pod: Pod) -> bool:
    """The node has the key of every affinity term, and a match in each domain; or the pod is the first.

    Source: plugins/interpodaffinity/filtering.go, satisfyPodAffinity.
    """
    if not all(term.topology_key in node.labels for term in pod.affinity):
        return False
    if all((term.topology_key, node.labels[term.topology_key]) in near for term in pod.affinity):
        return True
    return not near and all(matches(term.selector, pod.labels) for term in pod.affinity)


def domain_counts(nodes: Sequence[Node], placed: Placed, pod: Pod, spread: Spread) -> Counter[str]:
    """The domains that the constraint knows, each with its pods that match; a domain may have none.

    Source: plugins/podtopologyspread/filtering.go, calPreFilterState; common.go, countPodsMatchSelector
    (an empty selector counts no pod) and matchNodeInclusionPolicies.
    """
    counts: Counter[str] = Counter()
    for node in nodes:
        if not all(one.topology_key in node.labels for one in pod.spreads):
            continue
        if spread.honors_affinity and not selects(node, pod):
            continue
        if spread.honors_taints and not tolerates(node, pod):
            continue
        counts[node.labels[spread.topology_key]] += sum(
            at.name == node.name and spread.selector != () and matches(spread.selector, other.labels)
            for other, at in placed
        )
    return counts


def keeps_skew(node: Node, spread: Spread, counts: Counter[str], pod: Pod) -> bool:
    """Source: plugins/podtopologyspread/filtering.go, Filter and minMatchNum."""
    if spread.topology_key not in node.labels:
        return False
    fewest = 0 if len(counts) < spread.min_domains else min(counts.values())
    itself = matches(spread.selector, pod.labels)
    return counts[node.labels[spread.topology_key]] + itself - fewest <= spread.max_skew
