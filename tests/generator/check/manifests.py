"""Small manifests of a Ledger, as a user may write them."""

from __future__ import annotations

from typing import Any

import yaml

_LIKE = {"app.kubernetes.io/app": "ledger", "app.kubernetes.io/instance": "demo"}


def deployment(app: str = "ledger", **pod: Any) -> dict[str, Any]:
    """A Deployment of three pods of that product."""
    labels = {**_LIKE, "app.kubernetes.io/app": app}
    container = {"name": f"scalardl-{app}", "image": f"ghcr.io/scalar-labs/scalardl-{app}:3.13.0"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"demo-{app}", "labels": labels},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], **pod}},
        },
    }


def apart(app: str = "ledger") -> dict[str, Any]:
    """An anti-affinity by node for it."""
    term = {
        "labelSelector": {"matchLabels": {**_LIKE, "app.kubernetes.io/app": app}},
        "topologyKey": "kubernetes.io/hostname",
    }
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def pod_of(name: str, kind: str, owner: str) -> dict[str, Any]:
    """A Pod or a ReplicaSet that the controller `owner` has made in a cluster."""
    made = deployment()
    owned = {"name": name, "labels": _LIKE, "uid": f"uid-{name}", "ownerReferences": [{"kind": owner}]}
    if kind == "Pod":
        return {"apiVersion": "v1", "kind": kind, "metadata": owned, "spec": made["spec"]["template"]["spec"]}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": owned, "spec": made["spec"]}


def without_affinity(app: str = "ledger") -> str:
    """Three pods that may stand on one node."""
    return str(yaml.safe_dump(deployment(app), sort_keys=False))


DEPLOYMENT = str(yaml.safe_dump(deployment(affinity=apart()), sort_keys=False))
LIST = str(
    yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "List",
            "items": [
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "uid": "uid-x"}},
                deployment(),
            ],
        },
        sort_keys=False,
    )
)
