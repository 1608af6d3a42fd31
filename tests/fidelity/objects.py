"""What generated manifests say: workloads of ScalarDL and other objects, as plain data."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

from tests.fidelity.fields import CONTAINER, KEYS, POD, RAW, STRATEGIES, WORDS, Raw

Data = dict[str, Any]

PRODUCTS = {
    "ledger": "ghcr.io/scalar-labs/scalardl-ledger:3.13.0",
    "auditor": "ghcr.io/scalar-labs/scalardl-auditor:3.13.0",
    "envoy": "ghcr.io/scalar-labs/scalar-envoy:1.6.1",
}
LOADER = "ghcr.io/scalar-labs/scalardl-schema-loader:3.13.0"


def scalar(r: Random) -> Any:
    """Any scalar, most of them text."""
    drawn = r.random()
    if drawn < 0.25:
        return r.choice(RAW)
    if drawn < 0.8:
        return r.choice(WORDS)
    return r.choice([True, False, None, 0, 3, -7, 2**40, 0.5, 1e9])


def anything(r: Random, depth: int = 3) -> Any:
    """Any value: a scalar, a list or a map."""
    drawn = r.random()
    if depth == 0 or drawn < 0.5:
        return scalar(r)
    if drawn < 0.75:
        return [anything(r, depth - 1) for _ in range(r.choice((0, 1, 1, 2, 3)))]
    return {r.choice(KEYS): anything(r, depth - 1) for _ in range(r.choice((0, 1, 2, 2, 3)))}


def manifest(r: Random, number: int) -> Data:
    """An object whose name no other one of the stream has: most are workloads of ScalarDL."""
    drawn = r.random()
    if drawn < 0.62:
        made = workload(r, number)
    elif drawn < 0.7:
        made = other(r, f"other-{number}")
    elif drawn < 0.78:
        return listed(r, number)
    else:
        made = small(r, number)
    if r.random() < 0.08:
        hook = {"helm.sh/hook": r.choice(["pre-install", "test", "pre-install,pre-upgrade"])}
        made["metadata"]["annotations"] = hook
    return made


def listed(r: Random, number: int) -> Data:
    """A List of objects, or a typed list whose items do not state their kind."""
    if r.random() < 0.5:
        items = [workload(r, 1000 * number + i) for i in range(r.randint(1, 3))]
        return {"apiVersion": "v1", "kind": "List", "items": items}
    items = [deployment(r, 1000 * number + i, r.choice(list(PRODUCTS))) for i in range(r.randint(1, 2))]
    for item in items:
        del item["apiVersion"], item["kind"]
    return {"apiVersion": "apps/v1", "kind": "DeploymentList", "items": items}


def workload(r: Random, number: int) -> Data:
    """A workload of ScalarDL in one of the kinds that make pods."""
    drawn = r.random()
    if drawn < 0.2:
        return job(r, number)
    made = deployment(r, number, r.choice(list(PRODUCTS)))
    if drawn < 0.3:
        made["kind"] = "StatefulSet"
        made["spec"]["serviceName"] = "x"
    elif drawn < 0.35:
        made["kind"] = "ReplicaSet"
    elif drawn < 0.45:
        spec = made["spec"]["template"]["spec"]
        labels = made["metadata"]["labels"]
        meta = {"name": made["metadata"]["name"], "labels": labels}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}
    return made


def deployment(r: Random, number: int, role: str) -> Data:
    """A Deployment of Ledger, Auditor or Envoy."""
    name = f"r{number}-scalardl-{role}"
    labels = {"app.kubernetes.io/app": role, "app.kubernetes.io/instance": f"r{number}"}
    spec: Data = {
        "selector": {"matchLabels": dict(labels)},
        "template": {"metadata": {"labels": dict(labels)}},
    }
    maybe(r, spec, "replicas", [1, 3, 3, Raw(""), None])
    maybe(r, spec, "strategy", STRATEGIES)
    spec["template"]["spec"] = pod(r, role, PRODUCTS[role])
    maybe(
        r,
        spec["template"]["metadata"],
        "annotations",
        [{"checksum/config": "e3b0c44298fc1c149afb"}, {}, None],
    )
    made = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(r, name, labels),
        "spec": spec,
    }
    return shuffled(r, made)


def job(r: Random, number: int) -> Data:
    """The schema loader, as a Job or a CronJob."""
    labels = {"app.kubernetes.io/name": "schema-loading"}
    spec: Data = {"template": {"metadata": {"labels": labels}, "spec": pod(r, "schema-import", LOADER)}}
    spec["template"]["spec"]["restartPolicy"] = "Never"
    maybe(r, spec, "backoffLimit", [0, 3])
    meta = metadata(r, f"r{number}-schema-loading", {**labels, "helm.sh/chart": "schema-loading-2.14.0"})
    if r.random() < 0.3:
        spec = {"schedule": "*/5 * * * *", "jobTemplate": {"spec": spec}}
        return shuffled(r, {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta, "spec": spec})
    return shuffled(r, {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": spec})


def metadata(r: Random, name: str, labels: Data) -> Data:
    """Metadata with the labels and perhaps more."""
    made: Data = {"name": name, "labels": dict(labels)}
    maybe(
        r,
        made,
        "annotations",
        [None, {}, Raw(""), {"note": r.choice(WORDS)}, {"a": "b", "c/d": r.choice(WORDS)}],
    )
    maybe(r, made["labels"], "helm.sh/chart", ["scalardl-4.12.0"])
    return made


def pod(r: Random, name: str, image: str) -> Data:
    """A pod's spec with one or two containers and fields that rules look at, in shapes that they may have."""
    container: Data = {
        "name": name,
        "image": image,
        "env": [{"name": "HELM_SCALAR_DB_STORAGE", "value": "dynamo"}],
    }
    for field, values in CONTAINER.items():
        maybe(r, container, field, values)
    spec: Data = {"containers": [shuffled(r, container)]}
    if r.random() < 0.2:
        spec["containers"].append(
            {
                "name": "sidecar",
                "image": "example.com/proxy:1",
                "env": [{"name": "X", "value": r.choice(WORDS)}],
            }
        )
    for field, values in POD.items():
        maybe(r, spec, field, values)
    return shuffled(r, spec)


def other(r: Random, name: str) -> Data:
    """A workload that is none of ScalarDL's."""
    labels = {"app": name}
    spec = {"containers": [{"name": "web", "image": "example.com/web:1", "args": [r.choice(WORDS)]}]}
    template = {"metadata": {"labels": labels}, "spec": spec}
    body = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": body,
        "x": anything(r),
    }


def small(r: Random, number: int) -> Data:
    """An object of another kind."""
    kind, api, body = r.choice(
        [
            ("ConfigMap", "v1", {"data": {r.choice(KEYS): r.choice(WORDS) for _ in range(3)}}),
            ("Secret", "v1", {"stringData": {"password": r.choice(WORDS), "b": r.choice(WORDS)}}),
            (
                "Service",
                "v1",
                {"spec": {"type": "ClusterIP", "ports": [{"name": "x", "port": 80}], "selector": {"a": "b"}}},
            ),
            (
                "PodDisruptionBudget",
                "policy/v1",
                {"spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"a": "b"}}}},
            ),
            ("Example", "example.com/v1", {"spec": anything(r, 4)}),
            ("Example", "example.com/v1", {r.choice(KEYS): anything(r) for _ in range(4)}),
            ("ServiceAccount", "v1", {}),
        ]
    )
    made = {"apiVersion": api, "kind": kind, "metadata": {"name": f"small-{number}"}, **body}
    return shuffled(r, made) if r.random() < 0.3 else made


def maybe(r: Random, data: Data, key: str, values: list[Any]) -> None:
    """Put one of the values at `key`, or leave it out."""
    if r.random() < 0.45:
        data[key] = deepcopy(r.choice(values))


def shuffled(r: Random, data: Data) -> Data:
    """The same map, now and then in another order."""
    if r.random() < 0.7:
        return data
    keys = list(data)
    r.shuffle(keys)
    return {key: data[key] for key in keys}
