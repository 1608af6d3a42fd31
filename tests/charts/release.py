"""A release of a stand-in chart, rendered by the Helm engine that pip installs.

`as_helm3` orders the documents as Helm 3 hands them to a post-renderer; a test compares it with the real one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
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
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleBinding",
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


def as_helm3(
    chart: str | Path,
    values: dict[str, Any] | None = None,
    *,
    name: str,
    namespace: str,
    api_versions: Iterable[str] = (),
    hooks: bool = False,
) -> str:
    """The stream of the chart in tests/charts/<chart>, or in that folder: install order, no notes.

    Without hooks, as a post-renderer gets it; with them, as `helm template` prints it.

    Each document has its `# Source:` line. `api_versions` are known beside those of Kubernetes, like those of
    Helm's option --api-versions. Raises ImportError where the engine has no wheel for this platform, its
    HelmError where it cannot render.
    """
    files = _render(FOLDER / chart, values or {}, name, namespace, list(api_versions))
    documents: list[tuple[tuple[int, str], str]] = []
    for path, text in sorted(files.items()):
        if path.endswith(".txt"):
            continue
        for body in _SEPARATOR.split(text.strip()):
            document = yaml.safe_load(body)
            if document is not None and (hooks or not _is_hook(document)):
                documents.append((_install_rank(document["kind"]), f"---\n# Source: {path}\n{body}\n"))
    # The sort is stable: within a kind the order of file names stays.
    return "".join(text for _, text in sorted(documents, key=lambda entry: entry[0]))


def _render(
    chart: Path, values: dict[str, Any], name: str, namespace: str, api_versions: list[str]
) -> dict[str, str]:
    from helm_python import Chart, _native  # a native library; only those who render need it

    loaded = Chart.load(chart)
    if not api_versions:
        return loaded.render(values, name=name, namespace=namespace)
    # The engine takes them; the method has no argument for them.
    options = {"name": name, "namespace": namespace, "api_versions": api_versions}
    files: dict[str, str] = json.loads(
        _native.call_string("helm_render", loaded._raw(), json.dumps(values), json.dumps(options))
    )
    return files


def _is_hook(document: dict[str, Any]) -> bool:
    return "helm.sh/hook" in (document["metadata"].get("annotations") or {})


def _install_rank(kind: str) -> tuple[int, str]:
    return (INSTALL_ORDER.index(kind), "") if kind in INSTALL_ORDER else (len(INSTALL_ORDER), kind)
