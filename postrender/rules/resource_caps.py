"""resource-caps: every container says what it needs, and a pod stays within what the licence allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from postrender.manifests.manifest import Path
from postrender.manifests.release import Release
from postrender.manifests.resources import RESOURCES, Amounts, amount, ask, written
from postrender.manifests.workload import Workload, called
from postrender.rules import scope
from postrender.rules.finding import Finding
from profiles import quantities
from profiles.policy import Policy

RULE = "resource-caps"
# The finest amount that Kubernetes hands out: a thousandth of a cpu, one byte.
STEP = {"cpu": quantities.NANO // 1000, "memory": quantities.NANO}


class Target(NamedTuple):
    """What a container should ask for of one resource. `most`: what its pod leaves it, None without a cap."""

    request: int
    limit: int
    most: int | None


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """Containers without requests or limits, with senseless ones, and pods above the cap of their role."""
    for workload in scope.workloads(release, policy, scope.SCALARDL):
        yield from _pod_level(workload)
        if workload.role == "other":
            yield from _unknown(workload)
            continue
        if workload.role in policy.caps:
            yield from _no_room(workload, policy)
        for path, _ in workload.containers():
            yield from _corrected(workload, policy, path)
            yield from _filled(workload, policy, path)


def _corrected(workload: Workload, policy: Policy, path: Path) -> Iterator[Finding]:
    """What stands there and is too much, or makes no sense."""
    manifest = workload.manifest
    wanted: Amounts = {}
    shown, reasons = [], []
    over = False
    for resource, target in _targets(workload, policy, path).items():
        asked = ask(manifest, path, resource)
        for side, now, then in (
            ("limits", asked.limit, target.limit),
            ("requests", asked.request, target.request),
        ):
            if now is not None and now != then:
                wanted.setdefault(side, {})[resource] = quantities.text(then)
                shown.append(f"{side}.{resource} from {quantities.text(now)} to {quantities.text(then)}")
        if target.most is not None and asked.largest > target.most:
            over = True
        elif asked.limit and asked.request is not None and asked.request > asked.limit:
            reasons.append(f"requests more {resource} than its limit")
        if asked.limit == 0:
            reasons.append(f"has a {resource} limit of 0, which limits nothing")
    if over:
        reasons.insert(0, _over(workload, policy, path))
    if not wanted:
        return
    yield Finding(
        rule=RULE,
        manifest=manifest,
        path=(*path, "resources"),
        problem=f"{called(path, manifest.map(*path))} {' and '.join(reasons)}",
        cure=", ".join(shown),
        requirements=("licence-pod-cap",) if over else ("requests-and-limits",),
        operations=written(manifest, path, wanted),
    )


def _filled(workload: Workload, policy: Policy, path: Path) -> Iterator[Finding]:
    """What is missing. Never beyond what stands there now, which may be more than the target: see modes."""
    manifest = workload.manifest
    wanted: Amounts = {}
    for resource, target in _targets(workload, policy, path).items():
        asked = ask(manifest, path, resource)
        if asked.limit is None:
            limit = max(target.limit, asked.request or 0)
            wanted.setdefault("limits", {})[resource] = quantities.text(limit)
        if asked.request is None:
            request = min(target.request, asked.limit or target.request)
            wanted.setdefault("requests", {})[resource] = quantities.text(request)
    if not wanted:
        return
    shown = [f"{side}.{name} {value}" for side, values in wanted.items() for name, value in values.items()]
    yield Finding(
        rule=RULE,
        manifest=manifest,
        path=(*path, "resources"),
        problem=f"{called(path, manifest.map(*path))} has no {_missing(wanted)}",
        cure=", ".join(shown),
        requirements=("requests-and-limits",),
        operations=written(manifest, path, wanted),
        missing=True,
    )


def _no_room(workload: Workload, policy: Policy) -> Iterator[Finding]:
    """Pods that stay above the cap whatever the product's container gets. Who must yield, people decide."""
    cap = policy.caps[workload.role]
    own = _own(workload)
    for resource, most in zip(RESOURCES, cap, strict=True):
        rest = _rest(workload, policy, resource)
        start, blamed = _start(workload, policy, resource)
        if own is not None and _floor(most - rest, resource) <= 0:
            name = called(own, workload.manifest.map(*own))
            problem = (
                f"the rest of the pod takes {resource} {quantities.text(rest)} and leaves nothing for {name}"
            )
        elif start > most:
            name = called(blamed, workload.manifest.map(*blamed))
            problem = f"with {name} the pod takes {resource} {quantities.text(start)} at its start"
        else:
            continue
        yield Finding(
            rule=RULE,
            manifest=workload.manifest,
            path=workload.pod,
            problem=f"{problem}; the licence allows one pod {quantities.text(most)}",
            cure="lower the limits of the containers beside the product's",
            requirements=("licence-pod-cap",),
        )


def _pod_level(workload: Workload) -> Iterator[Finding]:
    path = (*workload.pod, "resources")
    if workload.manifest.map(*path):
        yield Finding(
            rule=RULE,
            manifest=workload.manifest,
            path=path,
            problem="the pod has resources of its own, which this rule does not weigh",
            cure="its containers are held to the policy; see that the pod's amounts are not below theirs",
            requirements=("requests-and-limits",),
            level="note",
        )


def _unknown(workload: Workload) -> Iterator[Finding]:
    """Containers of other components: the profile has no amounts for them, so they are named only."""
    for path, container in workload.containers():
        lacking: Amounts = {}
        for resource in RESOURCES:
            asked = ask(workload.manifest, path, resource)
            for side, now in (("limits", asked.limit), ("requests", asked.request)):
                if now is None:
                    lacking.setdefault(side, {})[resource] = ""
        if lacking:
            yield Finding(
                rule=RULE,
                manifest=workload.manifest,
                path=(*path, "resources"),
                problem=f"{called(path, container)} has no {_missing(lacking)}",
                cure="declare them in the chart's values; the profile knows no amounts for this component",
                requirements=("requests-and-limits",),
                level="note",
            )


# -- amounts ----------------------------------------------------------------------------------


def _targets(workload: Workload, policy: Policy, path: Path) -> dict[str, Target]:
    """What the container should ask for; without the resources of which its pod leaves it nothing."""
    own = path == _own(workload)
    amounts = policy.resources[workload.role if own else "sidecar"]
    cap = policy.caps.get(workload.role) if own else None
    found = {}
    for resource in RESOURCES:
        most = None
        if cap is not None:
            most = _floor(getattr(cap, resource) - _rest(workload, policy, resource), resource)
            if most <= 0:
                continue
        asked = ask(workload.manifest, path, resource)
        # A limit of 0 limits nothing, and is taken for none.
        limit = asked.limit or max(asked.request or 0, getattr(amounts, resource))
        if most is not None:
            limit = min(limit, most)
        found[resource] = Target(limit if asked.request is None else min(asked.request, limit), limit, most)
    return found


def _rest(workload: Workload, policy: Policy, resource: str) -> int:
    """What the pod takes beside the product's container: the other containers, the sidecars, its overhead."""
    own = _own(workload)
    taken = _overhead(workload, resource)
    for path, container in workload.containers():
        if path != own and (path[-2] == "containers" or container.get("restartPolicy") == "Always"):
            taken += _targets(workload, policy, path)[resource].limit
    return taken


def _start(workload: Workload, policy: Policy, resource: str) -> tuple[int, Path]:
    """The most that the pod takes while it starts, and with which init container.

    An ordinary init container runs with the sidecars before it. Source:
    https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
    """
    sidecars, most, blamed = _overhead(workload, resource), 0, workload.pod
    for path, container in workload.containers("initContainers"):
        limit = _targets(workload, policy, path)[resource].limit
        if sidecars + limit > most:
            most, blamed = sidecars + limit, path
        if container.get("restartPolicy") == "Always":
            sidecars += limit
    return most, blamed


def _own(workload: Workload) -> Path | None:
    """The product's container: the first whose image tells the role, else the first."""
    running = [path for path, _ in workload.own if path[-2] == "containers"]
    running += [path for path, _ in workload.containers("containers")]
    return running[0] if running else None


def _over(workload: Workload, policy: Policy, path: Path) -> str:
    """`asks for cpu 4, memory 8Gi; the licence allows one pod 2 and 4Gi`, and what else is in the pod."""
    asks = {resource: ask(workload.manifest, path, resource).largest for resource in RESOURCES}
    asked = ", ".join(f"{resource} {quantities.text(amount)}" for resource, amount in asks.items() if amount)
    allowed = " and ".join(quantities.text(amount) for amount in policy.caps[workload.role])
    rest = [_rest(workload, policy, resource) for resource in RESOURCES]
    taken = (
        f", of which the rest of the pod takes {' and '.join(map(quantities.text, rest))}"
        if any(rest)
        else ""
    )
    return f"asks for {asked}; the licence allows one pod {allowed}{taken}"


def _overhead(workload: Workload, resource: str) -> int:
    return amount(workload.manifest, (*workload.pod, "overhead", resource)) or 0


def _floor(amount: int, resource: str) -> int:
    return amount - amount % STEP[resource]


def _missing(amounts: Amounts) -> str:
    """`limits and no requests.cpu`: whole sides by their name."""
    names = []
    for side, values in amounts.items():
        names += [side] if len(values) == len(RESOURCES) else [f"{side}.{resource}" for resource in values]
    return " and no ".join(names)
