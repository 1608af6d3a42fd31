"""The role of a workload, from several signs and never from one alone."""

from __future__ import annotations

import pytest

from postrender.manifests import release


def deployment(
    name: str = "web",
    image: str = "web:1",
    app: str = "",
    label: str = "",
    annotation: str = "",
    kind: str = "Deployment",
) -> str:
    labels = {"app.kubernetes.io/app": app, "app.kubernetes.io/name": label, "part": "web"}
    shown = "".join(f"        {key}: {value}\n" for key, value in labels.items() if value)
    stated = f"  annotations: {{scalardl-harden/role: {annotation}}}\n" if annotation else ""
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {name}\n{stated}"
        "spec:\n  template:\n    metadata:\n"
        f"      labels:\n{shown}    spec:\n      containers: [{{name: main, image: '{image}'}}]\n"
    )


REGISTRY = "mirror.example.com:5000/team"

ROLES = {
    "as the chart renders it": (
        deployment("x-ledger", "ghcr.io/scalar-labs/scalardl-ledger:3", "ledger"),
        "ledger",
    ),
    "name overridden": (deployment("mine", f"{REGISTRY}/scalardl-ledger-byol:3", "ledger", "mine"), "ledger"),
    "image of their own": (deployment("x-auditor", f"{REGISTRY}/tamper:3", "auditor"), "auditor"),
    "labels of their own": (deployment("x-envoy", f"{REGISTRY}/scalar-envoy@sha256:0"), "envoy"),
    "name alone": (deployment("general-ledger"), "other"),
    "image alone": (deployment("web", "scalardl-ledger:3"), "other"),
    "label alone": (deployment("web", "web:1", "ledger"), "other"),
    "signs that disagree": (deployment("x-ledger", "scalardl-auditor:3"), "other"),
    "two signs against one": (deployment("x-ledger", "scalardl-auditor:3", "auditor"), "auditor"),
    "an annotation": (deployment("web", annotation="ledger"), "ledger"),
    "an annotation against all signs": (
        deployment("x-ledger", "scalardl-ledger:3", "ledger", annotation="other"),
        "other",
    ),
    "the loader": (
        deployment("x-schema-loading", "scalardl-schema-loader:3", label="schema-loading"),
        "loader",
    ),
    "a node's own DaemonSet": (deployment("logs", "fluent/fluent-bit:3", kind="DaemonSet"), "monitoring"),
    "a Deployment with the same image": (deployment("logs", "fluent/fluent-bit:3"), "other"),
}


@pytest.mark.parametrize("name", ROLES)
def test_role(name: str) -> None:
    text, role = ROLES[name]
    assert [workload.role for workload in release.load(text).workloads] == [role]
