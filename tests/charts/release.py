"""A release of a stand-in chart, rendered by the Helm engine that pip installs.

`as_helm3` orders the documents as Helm 3 hands them to a post-renderer; a test compares it with the real one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent

# Helm's order of installation, of the kinds that a test may meet; any other kind comes last, by name.
INSTALL_ORDER = (
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "Role",
    "RoleBinding",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "Ingress",
)
_SEPARATOR = re.compile(r"(?:^|\s*\n)---\s*")


def as_helm3(chart: str, values: dict[str, Any] | None = None, *, name: str, namespace: str) -> str:
    """The stream of the chart in tests/charts/<chart>: install order, `# Source:` lines, no hooks, no notes.

    Raises ImportError where the engine has no wheel for this platform, its HelmError where it cannot render.
    """
    from helm_python import Chart  # a native library; only those who render need it

    files = Chart.load(FOLDER / chart).render(values or {}, name=name, namespace=namespace)
    documents: list[tuple[tuple[int, str], str]] = []
    for path, text in sorted(files.items()):
        if path.endswith(".txt"):
            continue
        for body in _SEPARATOR.split(text.strip()):
            document = yaml.safe_load(body)
            if document is not None and not _is_hook(document):
                documents.append((_install_rank(document["kind"]), f"---\n# Source: {path}\n{body}\n"))
    # The sort is stable: within a kind the order of file names stays.
    return "".join(text for _, text in sorted(documents, key=lambda entry: entry[0]))


def _is_hook(document: dict[str, Any]) -> bool:
    return "helm.sh/hook" in (document["metadata"].get("annotations") or {})


def _install_rank(kind: str) -> tuple[int, str]:
    return (INSTALL_ORDER.index(kind), "") if kind in INSTALL_ORDER else (len(INSTALL_ORDER), kind)
