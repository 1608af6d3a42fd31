"""Who is near whom: which workloads a selector picks, and which Services and components stand together.

Made once for a rule's run, so that a large stream takes no more than its share: no fix of a rule
changes a selector or a pod's labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postrender.manifests import selectors
from postrender.manifests.manifest import Manifest
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from profiles.scalardl import Role

Namespace = str | None


class Surroundings:
    """The workloads of a release by label, by role, and with the Services before them."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self._all: dict[Namespace, list[Workload]] = {}
        self._by_label: dict[tuple[Namespace, str, str], list[Workload]] = {}
        self._by_role: dict[tuple[Namespace, Role], list[Workload]] = {}
        self._services: dict[Manifest, list[Manifest]] = {}
        for workload in release.workloads:
            namespace = workload.manifest.namespace
            self._all.setdefault(namespace, []).append(workload)
            self._by_role.setdefault((namespace, workload.role), []).append(workload)
            for key, value in workload.pod_labels.items():
                self._by_label.setdefault((namespace, key, value), []).append(workload)
        for service in release.of_kind("Service"):
            for workload in self.covered(service):
                self._services.setdefault(workload.manifest, []).append(service)

    def picked(self, selector: Mapping[str, Any] | None, namespace: Namespace) -> list[Workload]:
        """The workloads of that namespace whose pods a label selector picks."""
        found = self._all.get(namespace, [])
        for key, value in ((selector or {}).get("matchLabels") or {}).items():
            labelled = self._by_label.get((namespace, key, value or ""), [])
            found = min(found, labelled, key=len)
        return [workload for workload in found if selectors.matches(selector, workload.pod_labels)]

    def covered(self, service: Manifest) -> list[Workload]:
        """The workloads whose pods a Service selects; a Service without a selector has none."""
        labels = service.texts("spec", "selector")
        return self.picked({"matchLabels": labels}, service.namespace) if labels else []

    def services(self, workload: Workload) -> list[Manifest]:
        """The Services that select the workload's pods."""
        return self._services.get(workload.manifest, [])

    def of_role(self, role: Role, namespace: Namespace) -> list[Workload]:
        """The workloads of that role in that namespace, hooks included."""
        return self._by_role.get((namespace, role), [])
