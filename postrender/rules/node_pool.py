"""node-pool: the pods run on the nodes that are dedicated to ScalarDL."""

from __future__ import annotations

from collections.abc import Iterator

from postrender.manifests.manifest import Manifest, Object, Path
from postrender.manifests.operations import append, put
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.proof.placement.homes import tolerates
from postrender.rules import scope
from postrender.rules.finding import Finding
from profiles.policy import Policy, Taint

RULE = "node-pool"
TERMS = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """Pods that do not select the pool or do not tolerate its taint; monitoring DaemonSets that do not."""
    pool = policy.pool
    if pool is None:
        return
    for workload in list(release.workloads):
        if workload.is_test:
            continue
        if workload.role in scope.SCALARDL:
            yield from _named(workload)
            if pool.label:
                yield from _selected(workload, *pool.label)
            if pool.taint:
                yield from _tolerated(workload, pool.taint, ("node-taint",))
        elif workload.role == "monitoring" and workload.manifest.kind == "DaemonSet" and pool.taint:
            yield from _tolerated(workload, pool.taint, ("daemonsets-tolerate", "node-taint"))


def _named(workload: Workload) -> Iterator[Finding]:
    path = (*workload.pod, "nodeName")
    node = workload.manifest.text(*path)
    if node:
        yield Finding(
            rule=RULE,
            manifest=workload.manifest,
            path=path,
            problem=f"nodeName puts its pods on the node {node}, past the scheduler",
            cure="that node must be one of the pool, or the kubelet turns the pods away",
            requirements=("node-label",),
            level="note",
        )


def _selected(workload: Workload, key: str, value: str) -> Iterator[Finding]:
    """The label, by nodeSelector or by a required node affinity."""
    manifest = workload.manifest
    path = (*workload.pod, "nodeSelector", key)
    terms = manifest.maps(*workload.pod, *TERMS)
    base = (*workload.pod, *TERMS)
    if terms and all(_excludes(manifest, (*base, str(i)), key, value) for i, _ in enumerate(terms)):
        yield Finding(
            rule=RULE,
            manifest=manifest,
            path=base,
            problem=f"its required node affinity admits no node with {key}={value}, the node pool's label",
            cure="change that node affinity, or the pool's label in the profile",
            requirements=("node-label",),
        )
        return
    selector = manifest.texts(*path[:-1])
    if selector.get(key) == value:
        return
    if key in selector:
        yield Finding(
            rule=RULE,
            manifest=manifest,
            path=path,
            problem=f"it selects nodes with {key}={selector[key]}, not the node pool's {key}={value}",
            cure=f"nodeSelector {key}: {value}",
            requirements=("node-label",),
            operations=(put(manifest, path, value),),
        )
    elif not terms or not all(_demands(manifest, (*base, str(i)), key, value) for i, _ in enumerate(terms)):
        yield Finding(
            rule=RULE,
            manifest=manifest,
            path=path,
            problem=f"its pods may run outside the node pool, whose nodes have the label {key}={value}",
            cure=f"nodeSelector {key}: {value}",
            requirements=("node-label",),
            operations=(put(manifest, path, value),),
            missing=True,
        )


def _demands(manifest: Manifest, term: Path, key: str, value: str) -> bool:
    """Whether a node selector term holds on no node without the label."""
    return any(
        expression.get("key") == key and expression.get("operator") == "In" and values == [value]
        for expression, values in _expressions(manifest, term)
    )


def _excludes(manifest: Manifest, term: Path, key: str, value: str) -> bool:
    """Whether a node selector term holds on no node with the label."""
    for expression, values in _expressions(manifest, term):
        operator = expression.get("operator")
        if expression.get("key") == key and (
            (operator == "In" and value not in values)
            or (operator == "NotIn" and value in values)
            or operator == "DoesNotExist"
        ):
            return True
    return False


def _expressions(manifest: Manifest, term: Path) -> Iterator[tuple[Object, list[object]]]:
    path = (*term, "matchExpressions")
    for index, expression in enumerate(manifest.maps(*path)):
        yield expression, manifest.list(*path, str(index), "values")


def _tolerated(workload: Workload, taint: Taint, requirements: tuple[str, ...]) -> Iterator[Finding]:
    manifest = workload.manifest
    path = (*workload.pod, "tolerations")
    if any(tolerates(toleration, taint) for toleration in manifest.maps(*path)):
        return
    toleration = {"effect": taint.effect, "key": taint.key, "operator": "Equal", "value": taint.value}
    text = f"{taint.key}={taint.value}:{taint.effect}"
    yield Finding(
        rule=RULE,
        manifest=manifest,
        path=path,
        problem=f"its pods do not tolerate {text}, the taint of the node pool",
        cure=f"a toleration of {text}, added to what is there",
        requirements=requirements,
        operations=(append(manifest, path, toleration),),
        missing=True,
    )
