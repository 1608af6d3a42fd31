"""network-policies: each component talks to whom it must, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from postrender.manifests.manifest import Manifest, Object
from postrender.manifests.operations import put
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.rules import addition, flows, peers
from postrender.rules.finding import Finding
from postrender.rules.flows import Flow
from profiles.policy import Policy
from profiles.scalardl import Role

RULE = "network-policies"
KIND = "NetworkPolicy"
GROUP = "networking.k8s.io"
INGRESS, EGRESS = "Ingress", "Egress"
PRIVATE_NETWORKS = frozenset(("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))

_ALL = ("restrict-connections", "default-deny")
_PRODUCT = (*_ALL, "in-cluster-traffic", "custom-ports", "admin-port", "metrics-ports")
REQUIREMENTS: dict[Role, tuple[str, ...]] = {
    "ledger": _PRODUCT,
    "auditor": (*_PRODUCT, "ledger-auditor-connection"),
    "envoy": (
        *_ALL,
        "in-cluster-traffic",
        "custom-ports",
        "metrics-ports",
        "ledger-auditor-connection",
        "client-reaches-both",
    ),
    "loader": _ALL,
    "admin": (*_ALL, "admin-port", "provider-traffic"),
}


Existing = dict[Manifest, list[Manifest]]
Own = dict[tuple[str | None, frozenset[tuple[str, str]]], list[Manifest]]


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """Components whose pods are not isolated, and Services that hide the clients to be told apart."""
    workloads = [found for found in release.workloads if found.role in REQUIREMENTS and not found.is_hook]
    if workloads:
        near = flows.Near(release)
        theirs, ours = _team_policies(near), _own_policies(release)
        for workload in workloads:
            yield from _of_workload(near, policy, workload, theirs.get(workload.manifest, []), ours)


def _of_workload(
    near: flows.Near, policy: Policy, workload: Workload, team: list[Manifest], ours: Own
) -> Iterator[Finding]:
    selector = peers.own_labels(workload)
    shared = _shared(near, workload, selector)
    if shared:
        yield _violation(workload, *shared)
        return
    wanted = {
        INGRESS: flows.incoming(near, policy, workload),
        EGRESS: flows.outgoing(near, policy, workload),
    }
    theirs = {direction: _theirs(team, direction, flow) for direction, flow in wanted.items()}
    if any(theirs.values()):
        yield _left_alone(workload, theirs)
    open_ = [direction for direction in wanted if not theirs[direction]]
    if INGRESS in open_ and flows.takes_clients(near, workload):
        yield from _hidden_clients(near, policy, workload)
    problems = [problem for direction in open_ for problem in wanted[direction].problems]
    for problem, cure in problems:
        yield _violation(workload, problem, cure)
    for direction in open_:
        for problem, cure in wanted[direction].notes:
            yield _violation(workload, problem, cure)._replace(level="note")
    missing = [direction for direction in open_ if not _isolated_by_us(ours, workload, selector, direction)]
    if missing and not problems:
        yield _isolation(near, policy, workload, selector, missing)


def _isolation(
    near: flows.Near, policy: Policy, workload: Workload, selector: Object, directions: list[str]
) -> Finding:
    labels = selector.get("matchLabels") or {}
    spec: Object = {"podSelector": deepcopy(selector), "policyTypes": directions}
    if INGRESS in directions:
        # Asked anew: the Service may have been changed since.
        spec["ingress"] = list(flows.incoming(near, policy, workload).rules)
    if EGRESS in directions:
        spec["egress"] = list(flows.outgoing(near, policy, workload).rules)
    body: Object = {
        "apiVersion": f"{GROUP}/v1",
        "kind": KIND,
        "metadata": addition.metadata(near.release, workload, KIND, labels),
        "spec": spec,
    }
    open_to = {INGRESS: "anyone may talk to its pods", EGRESS: "its pods may talk to anyone"}
    return Finding(
        rule=RULE,
        manifest=workload.manifest,
        path=(),
        problem=" and ".join(open_to[direction] for direction in directions),
        cure=f"NetworkPolicy {body['metadata']['name']} admits the declared flows and no others",
        requirements=REQUIREMENTS[workload.role],
        addition=body,
        missing=True,
    )


def _hidden_clients(near: flows.Near, policy: Policy, workload: Workload) -> Iterator[Finding]:
    """Services behind which client networks cannot be told: the pods see a node's address."""
    network = policy.network
    if not network.clients or network.nodes or PRIVATE_NETWORKS.issubset(network.clients):
        return
    path = ("spec", "externalTrafficPolicy")
    for service in flows.hiding_services(near, workload):
        yield Finding(
            rule=RULE,
            manifest=service,
            path=path,
            problem=f"the pods of {workload.manifest.title} see a node's address, not the client's",
            cure="externalTrafficPolicy Local keeps it; or declare network.nodes in the profile",
            requirements=("restrict-connections", "client-reaches-both"),
            operations=(put(service, path, "Local"),),
            missing=service.at(*path) is None,
        )


def _shared(near: flows.Near, workload: Workload, selector: Object) -> tuple[str, str] | None:
    """Why no policy can be written for this workload's pods alone, and the cure."""
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        return "its pods have no label that a NetworkPolicy could select", "give them labels of their own"
    for other in near.picked(selector, workload.manifest.namespace):
        if other.role != workload.role and not other.is_hook:
            return (
                f"its pods' labels also select those of {other.manifest.title}, which has other flows",
                "give them a label of their own",
            )
    return None


def _is_ours(policy: Manifest) -> bool:
    return policy.labels.get(addition.RULE_LABEL) == RULE


def _team_policies(near: flows.Near) -> Existing:
    """The NetworkPolicies that are not ours, by the workload whose pods they select."""
    found: Existing = {}
    for policy in near.release.of_kind(KIND):
        if policy.group == GROUP and not policy.hooks and not _is_ours(policy):
            # No selector is an empty one, which picks every pod of the namespace.
            for workload in near.picked(policy.selector("spec", "podSelector") or {}, policy.namespace):
                found.setdefault(workload.manifest, []).append(policy)
    return found


def _own_policies(release: Release) -> Own:
    """The NetworkPolicies that this rule made before, by the namespace and the labels they select."""
    found: Own = {}
    for policy in release.of_kind(KIND):
        if policy.group == GROUP and _is_ours(policy):
            labels = policy.texts("spec", "podSelector", "matchLabels")
            found.setdefault((policy.namespace, frozenset(labels.items())), []).append(policy)
    return found


def _isolates(policy: Manifest, direction: str) -> bool:
    """Without types a policy is for ingress, and for egress where it has rules for it."""
    types = policy.list("spec", "policyTypes")
    return direction in types if types else direction == INGRESS or bool(policy.list("spec", "egress"))


def _theirs(team: list[Manifest], direction: str, flow: Flow) -> list[str]:
    """The team's own policies that do the job in that direction.

    One that only denies does it where the workload needs nothing; else ours is added beside it.
    """
    found = [policy for policy in team if _isolates(policy, direction)]
    admitting = any(policy.list("spec", direction.lower()) for policy in found)
    return [policy.name for policy in found] if admitting or not flow.rules else []


def _isolated_by_us(ours: Own, workload: Workload, selector: Object, direction: str) -> bool:
    """Whether a policy that this rule made for the workload stands already."""
    labels = {key: value or "" for key, value in (selector.get("matchLabels") or {}).items()}
    return any(
        policy.selector("spec", "podSelector") == selector
        and policy.name.startswith(workload.manifest.name)
        and _isolates(policy, direction)
        for policy in ours.get((workload.manifest.namespace, frozenset(labels.items())), [])
    )


def _left_alone(workload: Workload, theirs: dict[str, list[str]]) -> Finding:
    names = ", ".join(dict.fromkeys(name for found in theirs.values() for name in found))
    directions = " and ".join(direction.lower() for direction, found in theirs.items() if found)
    finding = _violation(
        workload, f"{directions} of its pods is limited by NetworkPolicy {names}", "left as it is"
    )
    return finding._replace(level="note")


def _violation(workload: Workload, problem: str, cure: str) -> Finding:
    return Finding(RULE, workload.manifest, (), problem, cure, REQUIREMENTS[workload.role])
