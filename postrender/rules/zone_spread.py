"""zone-spread: the pods of a component stand evenly over the zones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from postrender.manifests import selectors
from postrender.manifests.manifest import Path
from postrender.manifests.operations import Operation, append, put, remove
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.rules import anti_affinity, scope
from postrender.rules.finding import Finding, Level
from profiles.policy import Policy

RULE = "zone-spread"
ZONE = "topology.kubernetes.io/zone"
TAINTS = "nodeTaintsPolicy"
REVISION = "pod-template-hash"  # the label by which a Deployment tells its revisions apart
HARD, SOFT = "DoNotSchedule", "ScheduleAnyway"
REQUIREMENTS = ("spread-zones",)

# The field, the version that first knows it by default, and what is lost before.
FIELDS = (
    ("minDomains", (1, 27), "while only one zone has nodes, all pods may stand there"),
    (
        "matchLabelKeys",
        (1, 27),
        "during a rolling update old pods count too, and new ones may stand unevenly",
    ),
    (
        TAINTS,
        (1, 26),
        "zones whose nodes the pods do not tolerate count too, and pods may wait",
    ),
)


class Constraint(NamedTuple):
    """A constraint by zone that stands there. `own`: it picks the workload's pods, and no others."""

    path: Path
    hard: bool
    skew: int
    domains: int
    own: bool


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """Workloads of more than one pod that may stand in one zone, or more unevenly than the policy allows."""
    if policy.zone_spread == "none":
        return
    for workload in scope.of_several_pods(release, policy):
        if scope.spread(policy.zone_spread, workload) == "required":
            yield from _required(release, workload, policy)
        else:
            yield from _preferred(release, workload)
        if _alone(workload, policy):
            yield from _never_ending(release, workload)


def _required(release: Release, workload: Workload, policy: Policy) -> Iterator[Finding]:
    wanted, lost = _wanted(workload, policy)
    domains = wanted.get("minDomains", 0)
    standing = _constraints(release, workload)
    # The API takes one constraint of a topology key and whenUnsatisfiable.
    hard = next((constraint for constraint in standing if constraint.hard), None)
    if hard and not hard.own:
        yield _in_the_way(workload, hard, "violation")
        return
    near = hard or next((constraint for constraint in standing if constraint.own), None)
    if near is None:
        path = (*workload.pod, "topologySpreadConstraints")
        yield _finding(
            workload,
            path,
            "its pods may all stand in one zone",
            f"a constraint by {ZONE}, {HARD} with maxSkew 1, added to what is there",
            (append(workload.manifest, path, wanted),),
            missing=True,
        )
        if lost:
            version = ".".join(map(str, policy.kubernetes))
            problem = f"Kubernetes {version} does not know {'; nor '.join(lost)}"
            cure = "declare a newer kubernetesVersion once the cluster has it"
            yield _finding(workload, path, problem, cure, (), level="note")
        return
    changes: dict[str, Any] = {}
    if not near.hard:
        changes["whenUnsatisfiable"] = HARD
        taints = workload.manifest.text(*near.path, TAINTS)
        if TAINTS in wanted and taints != wanted[TAINTS]:
            changes[TAINTS] = wanted[TAINTS]
    if near.skew > 1:
        changes["maxSkew"] = 1
    if near.domains < domains:
        changes["minDomains"] = domains
    if changes:
        yield _corrected(workload, near, changes)


def _preferred(release: Release, workload: Workload) -> Iterator[Finding]:
    standing = _constraints(release, workload)
    if any(constraint.own and constraint.skew <= 1 for constraint in standing):
        return
    soft = next((constraint for constraint in standing if not constraint.hard), None)
    if soft and not soft.own:
        yield _in_the_way(workload, soft, "note")
    elif soft:
        yield _corrected(workload, soft, {"maxSkew": 1})
    else:
        path = (*workload.pod, "topologySpreadConstraints")
        wanted = _constraint(workload, SOFT)
        yield _finding(
            workload,
            path,
            "nothing asks for its pods to stand in different zones",
            f"a constraint by {ZONE}, {SOFT} with maxSkew 1, added to what is there",
            (append(workload.manifest, path, wanted),),
            missing=True,
        )


def _alone(workload: Workload, policy: Policy) -> bool:
    """Whether each pod needs a node of its own."""
    return scope.spread(policy.node_spread, workload) == "required" or anti_affinity.apart(workload)


def _never_ending(release: Release, workload: Workload) -> Iterator[Finding]:
    """Constraints that count only the new pods of an update, where each pod needs a node of its own.

    The new pods may then have to fill a zone whose nodes all still hold old pods.
    """
    for constraint in _constraints(release, workload):
        path = (*constraint.path, "matchLabelKeys")
        keys = workload.manifest.list(*path)
        if constraint.hard and REVISION in keys:
            yield _finding(
                workload,
                path,
                f"its constraint by {ZONE} counts the new pods of an update only, and each pod needs a node "
                "of its own: the update may never end",
                f"without {REVISION} in matchLabelKeys",
                (remove(path if len(keys) == 1 else (*path, str(keys.index(REVISION)))),),
            )


def _constraint(workload: Workload, unsatisfiable: str) -> dict[str, Any]:
    return {
        "labelSelector": workload.selector,
        "maxSkew": 1,
        "topologyKey": ZONE,
        "whenUnsatisfiable": unsatisfiable,
    }


def _wanted(workload: Workload, policy: Policy) -> tuple[dict[str, Any], list[str]]:
    """The constraint that `required` asks for, and what is lost where the version lacks a field."""
    fields: dict[str, Any] = {}
    if policy.pool and policy.pool.zones > 1:
        fields["minDomains"] = policy.pool.zones
    # Others than Deployments have no label pod-template-hash.
    if workload.manifest.kind == "Deployment" and not _alone(workload, policy):
        fields["matchLabelKeys"] = [REVISION]
    fields[TAINTS] = "Honor"
    lost = []
    for field, since, loss in FIELDS:
        if field in fields and policy.kubernetes < since:
            del fields[field]
            lost.append(f"{field}: {loss}")
    return {**_constraint(workload, HARD), **fields}, lost


def _constraints(release: Release, workload: Workload) -> list[Constraint]:
    manifest = workload.manifest
    base = (*workload.pod, "topologySpreadConstraints")
    found = []
    for index, constraint in enumerate(manifest.maps(*base)):
        path = (*base, str(index))
        if constraint.get("topologyKey") == ZONE:
            found.append(
                Constraint(
                    path=path,
                    hard=manifest.text(*path, "whenUnsatisfiable") != SOFT,
                    skew=manifest.number(*path, "maxSkew") or 1,
                    domains=manifest.number(*path, "minDomains") or 0,
                    own=_own(release, workload, path),
                )
            )
    return found


def _own(release: Release, workload: Workload, path: Path) -> bool:
    """Whether a constraint weighs the workload's pods, or those of one revision, by themselves."""
    selector = workload.manifest.selector(*path, "labelSelector")
    keys = workload.manifest.list(*path, "matchLabelKeys")
    if any(key not in (REVISION, *workload.pod_labels) for key in keys):
        return False
    if selector == workload.selector:
        return True
    return selectors.matches(selector, workload.pod_labels) and not any(
        other.manifest is not workload.manifest
        and other.manifest.namespace == workload.manifest.namespace
        and not other.is_test
        and selectors.matches(selector, other.pod_labels)
        for other in release.workloads
    )


def _corrected(workload: Workload, constraint: Constraint, changes: dict[str, Any]) -> Finding:
    before = [HARD if constraint.hard else SOFT, f"maxSkew {constraint.skew}"]
    if "minDomains" in changes:
        before.append(f"minDomains {constraint.domains or 'not set'}")
    return _finding(
        workload,
        constraint.path,
        f"its constraint by {ZONE} is weaker than the policy: {', '.join(before)}",
        ", ".join(f"{field} {value}" for field, value in changes.items()),
        tuple(put(workload.manifest, (*constraint.path, field), value) for field, value in changes.items()),
    )


def _in_the_way(workload: Workload, constraint: Constraint, level: Level) -> Finding:
    kind = HARD if constraint.hard else SOFT
    return _finding(
        workload,
        constraint.path,
        f"its {kind} constraint by {ZONE} does not weigh its own pods by themselves, "
        f"and Kubernetes takes only one {kind} constraint of a topology key",
        "give that constraint the workload's own selector",
        (),
        level=level,
    )


def _finding(
    workload: Workload,
    path: Path,
    problem: str,
    cure: str,
    operations: tuple[Operation, ...],
    missing: bool = False,
    level: Level = "violation",
) -> Finding:
    return Finding(
        rule=RULE,
        manifest=workload.manifest,
        path=path,
        problem=problem,
        cure=cure,
        requirements=REQUIREMENTS,
        operations=operations,
        missing=missing,
        level=level,
    )
