"""Workloads: the objects that make pods, and the role that each plays in ScalarDL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from postrender.errors import UnreadableError
from postrender.manifests.manifest import Manifest, Object, Path
from profiles import scalardl
from profiles.scalardl import Role

# (API group, kind) -> where the pod template stands.
TEMPLATES: dict[tuple[str, str], Path] = {
    ("apps", "Deployment"): ("spec", "template"),
    ("apps", "StatefulSet"): ("spec", "template"),
    ("apps", "DaemonSet"): ("spec", "template"),
    ("apps", "ReplicaSet"): ("spec", "template"),
    ("batch", "Job"): ("spec", "template"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("", "Pod"): (),
}
_CHART_VERSION = re.compile(r"-\d+\.\d+\.\d+.*$")
REPLICATED = ("Deployment", "StatefulSet", "ReplicaSet")


class Workload(NamedTuple):
    """An object that makes pods. `template` leads to its pod template. `signs`: what told the role,
    or for role `other` what spoke for others and did not suffice.
    """

    manifest: Manifest
    template: Path
    role: Role
    signs: tuple[str, ...]

    @property
    def pod(self) -> Path:
        """The path of the pod's spec."""
        return (*self.template, "spec")

    @property
    def spec(self) -> Object:
        """The pod's spec."""
        return self.manifest.map(*self.pod)

    @property
    def pod_labels(self) -> Mapping[str, str]:
        return self.manifest.texts(*self.template, "metadata", "labels")

    @property
    def selector(self) -> Object:
        """The label selector of its pods; for what has none (Job, Pod) the pod's own labels."""
        selector = (
            self.manifest.selector("spec", "selector") if self.template == ("spec", "template") else None
        )
        return selector or {"matchLabels": self.pod_labels}

    @property
    def replicated(self) -> bool:
        """Whether it is of a kind that keeps a number of pods running."""
        return self.manifest.kind in REPLICATED

    @property
    def replicas(self) -> int:
        """The declared number of pods; 1 where none is declared, as Kubernetes has it."""
        if not self.replicated:
            return 1
        number = self.manifest.number("spec", "replicas")
        return 1 if number is None else number

    @property
    def is_hook(self) -> bool:
        """Whether Helm runs it as a hook or a test, apart from the release."""
        return bool(self.manifest.hooks)

    @property
    def is_test(self) -> bool:
        return any(hook.startswith("test") for hook in self.manifest.hooks)

    @property
    def runs_to_completion(self) -> bool:
        return self.manifest.kind in ("Job", "CronJob")

    def containers(self, *fields: str) -> list[tuple[Path, Object]]:
        """Its containers with their paths; `fields` are containers, initContainers (default: both)."""
        found: list[tuple[Path, Object]] = []
        for field in fields or ("initContainers", "containers"):
            for index, container in enumerate(self.manifest.maps(*self.pod, field)):
                found.append(((*self.pod, field, str(index)), container))
        return found

    @property
    def own(self) -> list[tuple[Path, Object]]:
        """The component's own containers: those whose image tells the role, else the first of the pod.

        Init containers come first, as in `containers`.
        """
        told = [entry for entry in self.containers() if role_of_image(entry[1].get("image")) == self.role]
        return told or self.containers("containers")[:1]


def called(path: Path, container: Object) -> str:
    """`container envoy` or `init container wait`, for messages; by position where it has no name."""
    name = container.get("name")
    kind = "init container" if path[-2] == "initContainers" else "container"
    return f"{kind} {name if isinstance(name, str) else path[-1]}"


def role_of_image(image: object) -> Role | None:
    """The role that an image's name tells, wherever its registry is; None where it tells none."""
    base = image.rpartition("/")[2] if isinstance(image, str) else ""
    return next((role for start, role in scalardl.ROLE_BY_IMAGE if base.startswith(start)), None)


def workload_of(manifest: Manifest) -> Workload | None:
    """The workload that the object is; None for any other object. Custom resources are none."""
    template = TEMPLATES.get((manifest.group, manifest.kind))
    if template is None:
        return None
    role, signs = _role(manifest, template)
    return Workload(manifest, template, role, signs)


def _role(manifest: Manifest, template: Path) -> tuple[Role, tuple[str, ...]]:
    """The role on which at least two signs agree, and more than on any other; else `other`."""
    votes: dict[Role, list[str]] = {}
    for sign, role in _signs(manifest, template):
        if sign not in votes.setdefault(role, []):
            votes[role].append(sign)
    ranked = sorted(votes.items(), key=lambda vote: -len(vote[1]))
    doubts = tuple(f"{sign} says {role}" for role, agreeing in ranked for sign in agreeing)
    agreed = (
        bool(ranked) and len(ranked[0][1]) > 1 and (len(ranked) == 1 or len(ranked[1][1]) < len(ranked[0][1]))
    )
    stated = manifest.annotations.get(scalardl.ROLE_ANNOTATION)
    if stated is not None:
        if stated not in scalardl.ROLES:
            raise UnreadableError(
                f"{manifest.where}: annotation {scalardl.ROLE_ANNOTATION} is {stated!r}; "
                f"it must be one of {', '.join(scalardl.ROLES)}"
            )
        return stated, doubts if agreed and stated == "other" else ()
    return (ranked[0][0], tuple(ranked[0][1])) if agreed else ("other", doubts)


def _signs(manifest: Manifest, template: Path) -> list[tuple[str, Role]]:
    found: list[tuple[str, Role]] = []
    labels = {**manifest.labels, **manifest.texts(*template, "metadata", "labels")}
    app = scalardl.ROLE_BY_APP_LABEL.get(labels.get(scalardl.APP_LABEL, ""))
    if app:
        found.append((f"label {scalardl.APP_LABEL}", app))
    chart = scalardl.ROLE_BY_CHART.get(_CHART_VERSION.sub("", labels.get(scalardl.CHART_LABEL, "")))
    if chart:
        found.append((f"label {scalardl.CHART_LABEL}", chart))
    name = scalardl.ROLE_BY_NAME_LABEL.get(labels.get(scalardl.NAME_LABEL, ""))
    if name:
        found.append((f"label {scalardl.NAME_LABEL}", name))
    for container in manifest.maps(*template, "spec", "containers"):
        image = container.get("image")
        base = image.rpartition("/")[2] if isinstance(image, str) else ""
        told = role_of_image(image)
        if told:
            found.append(("image", told))
        if manifest.kind == "DaemonSet" and any(word in base for word in scalardl.MONITORING_IMAGES):
            found += [("image", "monitoring"), ("kind DaemonSet", "monitoring")]
    for end, role in scalardl.ROLE_BY_NAME_SUFFIX:
        if manifest.name.endswith(end):
            found.append(("name", role))
            break
    return found
