"""network-policies: each component talks to whom it must, and to nobody else."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from postrender.manifests import envoy
from postrender.manifests.load_balancer import AWS, PRESERVE, may_be_classic, replaces_address
from postrender.manifests.manifest import Manifest, Object
from postrender.manifests.operations import copied, put
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.rules import addition, flows, peers
from postrender.rules.admission import EGRESS, INGRESS, Standing, isolates
from postrender.rules.finding import Finding
from postrender.rules.flows import Flow
from profiles.policy import Policy
from profiles.scalardl import Role

RULE = "network-policies"
KIND = "NetworkPolicy"
GROUP = "networking.k8s.io"
ANYWHERE = frozenset(("0.0.0.0/0", "::/0"))
PRIVATE_NETWORKS = frozenset(("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))

_CLIENTS = ("restrict-connections", "client-reaches-both")
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
        standing = Standing()
        for workload in workloads:
            team = theirs.get(workload.manifest, [])
            yield from _of_workload(near, policy, workload, team, ours, standing)


def _of_workload(
    near: flows.Near,
    policy: Policy,
    workload: Workload,
    team: list[Manifest],
    ours: Own,
    standing: Standing,
) -> Iterator[Finding]:
    foreign = near.foreign(workload)
    if foreign:
        cure = f"no policy is added; if it is ScalarDL's, name its listeners in {envoy.LISTENERS}"
        yield _note(workload, foreign, cure)
        return
    selector = peers.own_labels(workload)
    shared = _shared(near, workload, selector)
    if shared:
        yield _violation(workload, *shared)
        return
    wanted = {
        INGRESS: flows.incoming(near, policy, workload),
        EGRESS: flows.outgoing(near, policy, workload),
    }
    made = _made_for(ours, workload, selector)
    open_ = yield from _beside(workload, wanted, team, made, standing)
    if INGRESS in open_ and flows.takes_clients(near, workload):
        yield from _hidden_clients(near, policy, workload)
    problems = [problem for direction in open_ for problem in wanted[direction].problems]
    for problem, cure in problems:
        yield _violation(workload, problem, cure)
    for direction in open_:
        for problem, cure in wanted[direction].notes:
            yield _note(workload, problem, cure)._replace(requirements=("restrict-connections",))
    missing = [direction for direction in open_ if not any(isolates(found, direction) for found in made)]
    if missing and not problems:
        yield _isolation(near, policy, workload, selector, missing)


def _beside(
    workload: Workload,
    wanted: dict[str, Flow],
    team: list[Manifest],
    made: list[Manifest],
    standing: Standing,
) -> Generator[Finding, None, list[str]]:
    """What stands already. Returns the directions in which ours is needed, beside whatever the team has."""
    enough: dict[str, list[Manifest]] = {}
    needed: dict[str, list[Manifest]] = {}
    for direction, flow in wanted.items():
        wide = standing.wide_open([*team, *made], direction, workload)
        for name in wide:
            yield _violation(workload, *_wide_open(name, direction))
        if not wide:
            theirs = [found for found in team if isolates(found, direction)]
            done = theirs and not flow.problems and standing.admit(theirs, direction, workload, flow.rules)
            (enough if done else needed)[direction] = theirs
    yield from _theirs(workload, enough, "and all that it needs is admitted", "left as it is")
    cure = "ours stands beside it, for policies add up"
    yield from _theirs(workload, needed, "and not all that it needs is admitted", cure)
    return list(needed)


def _isolation(
    near: flows.Near, policy: Policy, workload: Workload, selector: Object, directions: list[str]
) -> Finding:
    labels = selector.get("matchLabels") or {}
    spec: Object = {"podSelector": copied(selector), "policyTypes": directions}
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
    """Services behind which the admitted networks cannot be told: the pods see another address.

    Where all private networks are admitted and no others, there is nothing to tell.
    """
    networks = frozenset(flows.outside(near, policy, workload))
    if not networks or policy.network.nodes or networks == PRIVATE_NETWORKS or networks & ANYWHERE:
        return
    path = ("spec", "externalTrafficPolicy")
    for service in flows.hiding_services(near, workload):
        if replaces_address(service):
            yield Finding(
                rule=RULE,
                manifest=service,
                path=("metadata", "annotations"),
                problem=f"the pods of {workload.manifest.title} see its load balancer's address, not the "
                "client's, whatever its externalTrafficPolicy",
                cure="declare network.nodes (the load balancer's subnets) in the profile, or keep the "
                f"client's address: {AWS}type external with {AWS}target-group-attributes {PRESERVE}=true",
                requirements=_CLIENTS,
            )
            continue
        if may_be_classic(service):
            yield Finding(
                rule=RULE,
                manifest=service,
                path=("metadata", "annotations"),
                problem="it does not say which load balancer AWS makes; a Classic one hides the clients",
                cure=f"say {AWS}type, or declare network.nodes (the load balancer's subnets) in the profile",
                requirements=_CLIENTS,
                level="note",
            )
        yield Finding(
            rule=RULE,
            manifest=service,
            path=path,
            problem=f"the pods of {workload.manifest.title} see a node's address, not the client's",
            cure="externalTrafficPolicy Local keeps it; or declare network.nodes in the profile",
            requirements=_CLIENTS,
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


def _made_for(ours: Own, workload: Workload, selector: Object) -> list[Manifest]:
    """The policies that this rule made for the workload before."""
    labels = {key: value or "" for key, value in (selector.get("matchLabels") or {}).items()}
    return [
        policy
        for policy in ours.get((workload.manifest.namespace, frozenset(labels.items())), [])
        if policy.selector("spec", "podSelector") == selector
        and policy.name.startswith(workload.manifest.name)
    ]


def _wide_open(name: str, direction: str) -> tuple[str, str]:
    anyone = "anyone talk to its pods" if direction == INGRESS else "its pods talk to anyone"
    problem = f"NetworkPolicy {name} lets {anyone} on every port, which no policy beside it can close"
    return problem, "narrow it, or exempt the workload with a reason"


def _theirs(workload: Workload, found: dict[str, list[Manifest]], what: str, cure: str) -> Iterator[Finding]:
    """A note that names the team's own policies in these directions."""
    names = ", ".join(dict.fromkeys(policy.name for policies in found.values() for policy in policies))
    directions = " and ".join(direction.lower() for direction, policies in found.items() if policies)
    if names:
        yield _note(workload, f"{directions} of its pods is limited by NetworkPolicy {names} {what}", cure)


def _violation(workload: Workload, problem: str, cure: str) -> Finding:
    return Finding(RULE, workload.manifest, (), problem, cure, REQUIREMENTS[workload.role])


def _note(workload: Workload, problem: str, cure: str) -> Finding:
    return _violation(workload, problem, cure)._replace(level="note")
