"""What a pod template says about where its pods may stand beside others.

Sources: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
and https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from postrender.manifests import selectors
from postrender.manifests.manifest import Object, Path
from postrender.manifests.workload import Workload
from postrender.proof.capacity import other_resources
from postrender.proof.pool import REQUIRED

HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"

# The versions that first know these fields by default; an older API server drops them.
SPREAD_FIELDS = (1, 27)
APART_FIELDS = (1, 31)

# Labels that a controller gives: the same on all pods of one revision, or another on each pod.
_REVISION = {"Deployment": "pod-template-hash", "StatefulSet": "controller-revision-hash"}
_EACH_POD = ("apps.kubernetes.io/pod-index", "statefulset.kubernetes.io/pod-name")

# Fields of a pod that decide about its place and are not modelled.
_FIELDS = {
    "nodeName": "nodeName",
    "schedulingGates": "its scheduling gates",
    "resourceClaims": "its resource claims",
    "runtimeClassName": "its runtime class",
}


class Selection(NamedTuple):
    """The pods that a term looks at. `namespaces`: None for all. `revision`: only its own revision's."""

    owner: Workload
    selector: Object | None
    namespaces: frozenset[str | None] | None
    alike: dict[str, str]
    unlike: dict[str, str]
    revision: bool

    def picks(self, other: Workload, labels: dict[str, str]) -> bool | None:
        """Whether it picks the pods of a workload, which have these labels; None: not known."""
        if not selectors.matches(self.selector, labels):
            return False
        if any(labels.get(key) != value for key, value in self.alike.items()):
            return False
        if any(labels.get(key) == value for key, value in self.unlike.items()):
            return False
        if self.revision and other.manifest is not self.owner.manifest:
            return False
        if self.namespaces is None or other.manifest.namespace in self.namespaces:
            return True
        # What states no namespace stands in one that is not known here.
        return None if other.manifest.namespace is None or None in self.namespaces else False


class Term(NamedTuple):
    """A demand on each domain of a topology. `max_skew` None: no pod picked may be in the domain.

    `unmodelled`: what of it is not modelled; then the rest says nothing.
    """

    topology: str
    selection: Selection
    max_skew: int | None = None
    min_domains: int = 1
    unmodelled: str = ""


def terms(workload: Workload, kubernetes: tuple[int, int]) -> Iterator[Term]:
    """The required anti-affinity terms and the binding spread constraints, as that version knows them."""
    base = (*workload.pod, "affinity", "podAntiAffinity", REQUIRED)
    for index, _ in enumerate(workload.manifest.maps(*base)):
        yield _apart(workload, (*base, str(index)), kubernetes >= APART_FIELDS)
    base = (*workload.pod, "topologySpreadConstraints")
    for index, _ in enumerate(workload.manifest.maps(*base)):
        path = (*base, str(index))
        if workload.manifest.text(*path, "whenUnsatisfiable") != "ScheduleAnyway":
            yield _spread(workload, path, kubernetes >= SPREAD_FIELDS)


def _apart(workload: Workload, path: Path, newer: bool) -> Term:
    manifest = workload.manifest
    named = frozenset(str(name) for name in manifest.list(*path, "namespaces"))
    by_label = manifest.selector(*path, "namespaceSelector")
    namespaces: frozenset[str | None] | None = named or frozenset((manifest.namespace,))
    unmodelled = ""
    if by_label is not None:
        namespaces = None
        if any(by_label.values()):
            unmodelled = "the namespaceSelector of its required anti-affinity"
    topology = manifest.text(*path, "topologyKey")
    if topology not in (HOSTNAME, ZONE):
        unmodelled = f"its required anti-affinity by {topology or 'no topologyKey'}"
    selection, doubt = _selection(workload, path, namespaces, newer)
    return Term(topology, selection, unmodelled=unmodelled or doubt)


def _spread(workload: Workload, path: Path, newer: bool) -> Term:
    manifest = workload.manifest
    topology = manifest.text(*path, "topologyKey")
    unmodelled = ""
    if topology not in (HOSTNAME, ZONE):
        unmodelled = f"its spread constraint by {topology or 'no topologyKey'}"
    elif manifest.text(*path, "nodeAffinityPolicy") == "Ignore":
        unmodelled = "nodeAffinityPolicy Ignore of its spread constraint"
    selection, doubt = _selection(workload, path, frozenset((manifest.namespace,)), newer)
    min_domains = manifest.number(*path, "minDomains") if newer else None
    max_skew = manifest.number(*path, "maxSkew")
    return Term(topology, selection, max_skew or 1, min_domains or 1, unmodelled or doubt)


def _selection(
    workload: Workload, path: Path, namespaces: frozenset[str | None] | None, newer: bool
) -> tuple[Selection, str]:
    """The pods that the term at `path` looks at, and what of that is not modelled."""
    manifest = workload.manifest
    selector = manifest.selector(*path, "labelSelector")
    alike = [str(key) for key in manifest.list(*path, "matchLabelKeys")] if newer else []
    unlike = [str(key) for key in manifest.list(*path, "mismatchLabelKeys")] if newer else []
    own, hashed = workload.pod_labels, _REVISION.get(manifest.kind)
    doubt = ""
    if hashed in unlike or any(key in _EACH_POD for key in alike + unlike):
        doubt = "its matchLabelKeys or mismatchLabelKeys"
    return Selection(
        owner=workload,
        selector=selector,
        namespaces=namespaces,
        alike={key: own[key] for key in alike if key in own},
        unlike={key: own[key] for key in unlike if key in own},
        revision=hashed in alike,
    ), doubt


def unmodelled(workload: Workload) -> Iterator[str]:
    """What else decides where its pods stand and is not modelled."""
    manifest, pod = workload.manifest, workload.pod
    if manifest.maps(*pod, "affinity", "podAffinity", REQUIRED):
        yield "its required pod affinity"
    for field, called in _FIELDS.items():
        if manifest.at(*pod, field):
            yield called
    if manifest.text(*pod, "schedulerName") not in ("", "default-scheduler"):
        yield "its own scheduler"
    volumes = [volume for volume in manifest.maps(*pod, "volumes") if _claims(volume)]
    if volumes or manifest.maps("spec", "volumeClaimTemplates"):
        yield "its volume claims"
    ports = [
        port
        for path, _ in workload.containers()
        for port in manifest.maps(*path, "ports")
        if port.get("hostPort")
    ]
    if ports or manifest.flag(*pod, "hostNetwork"):
        yield "its host ports"
    others = other_resources(workload)
    if others:
        yield f"its demand for {' and '.join(others)}"


def _claims(volume: Object) -> bool:
    return volume.get("persistentVolumeClaim") is not None or volume.get("ephemeral") is not None
