"""What a pod template says about where its pods may stand beside others.

Sources: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
and https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from postrender.manifests import selectors
from postrender.manifests.manifest import Object, Path
from postrender.manifests.workload import Workload

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"
NAMESPACE_NAME = "kubernetes.io/metadata.name"

# The versions that first know these fields by default; an older API server drops them.
SPREAD_FIELDS = (1, 27)
POLICY_FIELDS = (1, 26)
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

Revisions = Literal["all", "own", "other"]


class Selection(NamedTuple):
    """The pods that a term looks at. `namespaces`: None for all. `revisions`: of its own workload, which."""

    owner: Workload
    selector: Object | None
    namespaces: frozenset[str | None] | None
    alike: dict[str, str]
    unlike: dict[str, str]
    revisions: Revisions

    @property
    def asks(self) -> bool:
        """Whether it asks for any label."""
        asked = any((self.selector or {}).values())
        return asked or bool(self.alike or self.unlike) or self.revisions != "all"

    def picks(self, namespace: str | None, labels: Mapping[str, str], itself: bool) -> bool | None:
        """Whether it picks the pods with these labels in that namespace; None: not known.

        `itself`: they are pods of the workload whose term it is.
        """
        if not selectors.matches(self.selector, labels):
            return False
        if any(labels.get(key) != value for key, value in self.alike.items()):
            return False
        if any(labels.get(key) == value for key, value in self.unlike.items()):
            return False
        if self.revisions == "own" and not itself:
            return False
        if self.namespaces is None or namespace in self.namespaces:
            return True
        # What states no namespace stands in one that is not known here.
        return None if namespace is None or None in self.namespaces else False


class Term(NamedTuple):
    """A demand on the domains of a topology: to be `apart` from the picked pods, `near` them, or `spread`.

    `unmodelled`: what of it is not modelled; then the rest says nothing. `honors`: whether only nodes
    count that the pod's own selectors (first) and tolerations (second) admit.
    """

    demand: Literal["apart", "near", "spread"]
    topology: str
    selection: Selection
    max_skew: int = 1
    min_domains: int = 1
    honors: tuple[bool, bool] = (True, False)
    unmodelled: str = ""


def terms(workload: Workload, kubernetes: tuple[int, int]) -> Iterator[Term]:
    """The required (anti-)affinity terms and the binding spread constraints, as that version knows them."""
    for demand, field in (("apart", "podAntiAffinity"), ("near", "podAffinity")):
        base = (*workload.pod, "affinity", field, REQUIRED)
        for index, _ in enumerate(workload.manifest.maps(*base)):
            found = _beside(workload, (*base, str(index)), kubernetes >= APART_FIELDS)
            yield found if demand == "apart" else found._replace(demand="near")
    base = (*workload.pod, "topologySpreadConstraints")
    for index, _ in enumerate(workload.manifest.maps(*base)):
        path = (*base, str(index))
        if workload.manifest.text(*path, "whenUnsatisfiable") != "ScheduleAnyway":
            yield _spread(workload, path, kubernetes)


def _beside(workload: Workload, path: Path, newer: bool) -> Term:
    manifest = workload.manifest
    named = frozenset[str | None](str(name) for name in manifest.list(*path, "namespaces"))
    by_label = manifest.selector(*path, "namespaceSelector")
    namespaces: frozenset[str | None] | None = named or frozenset((manifest.namespace,))
    unmodelled = ""
    if by_label is not None:
        called = by_label.get("matchLabels") or {}
        if not any(by_label.values()):
            namespaces = None
        elif not by_label.get("matchExpressions") and called.keys() == {NAMESPACE_NAME}:
            namespaces = named | {called[NAMESPACE_NAME]}
        else:
            # Which they are beside the named ones is not known.
            namespaces = named | {None}
            unmodelled = f"the namespaceSelector of its required {_called(path)}"
    topology = manifest.text(*path, "topologyKey")
    if not topology:
        unmodelled = f"its required {_called(path)} by no topologyKey"
    selection, doubt = _selection(workload, path, namespaces, newer)
    return Term("apart", topology, selection, unmodelled=unmodelled or doubt)


def _called(path: Path) -> str:
    return "anti-affinity" if "podAntiAffinity" in path else "pod affinity"


def _spread(workload: Workload, path: Path, kubernetes: tuple[int, int]) -> Term:
    manifest = workload.manifest
    topology = manifest.text(*path, "topologyKey")
    unmodelled = "" if topology else "its spread constraint by no topologyKey"
    newer = kubernetes >= SPREAD_FIELDS
    selection, doubt = _selection(workload, path, frozenset((manifest.namespace,)), newer)
    if not selection.asks:
        # It asks for the topology only: the scheduler counts no pods (podtopologyspread/common.go).
        selection = selection._replace(selector=None)
    known = kubernetes >= POLICY_FIELDS
    return Term(
        "spread",
        topology,
        selection,
        max_skew=manifest.number(*path, "maxSkew") or 1,
        min_domains=(manifest.number(*path, "minDomains") if newer else None) or 1,
        honors=(
            not (known and manifest.text(*path, "nodeAffinityPolicy") == "Ignore"),
            known and manifest.text(*path, "nodeTaintsPolicy") == "Honor",
        ),
        unmodelled=unmodelled or doubt,
    )


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
    if any(key in _EACH_POD for key in alike + unlike):
        doubt = "its matchLabelKeys or mismatchLabelKeys"
    return Selection(
        owner=workload,
        selector=selector,
        namespaces=namespaces,
        alike={key: own[key] for key in alike if key in own},
        unlike={key: own[key] for key in unlike if key in own},
        revisions="own" if hashed in alike else "other" if hashed in unlike else "all",
    ), doubt


def unmodelled(workload: Workload) -> Iterator[str]:
    """What else decides where its pods stand and is not modelled."""
    manifest, pod = workload.manifest, workload.pod
    for field, called in _FIELDS.items():
        if manifest.at(*pod, field):
            yield called
    if manifest.text(*pod, "schedulerName") not in ("", "default-scheduler"):
        yield "its own scheduler"
    volumes = [volume for volume in manifest.maps(*pod, "volumes") if _claims(volume)]
    if volumes or manifest.maps("spec", "volumeClaimTemplates"):
        yield "its volume claims"


HostPorts = frozenset[tuple[str, int, str]]
_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104, an address to compare with, not one to listen at


def dropped(workload: Workload, kubernetes: tuple[int, int]) -> list[str]:
    """The fields of its terms that an API server of that version does not know."""
    known = {
        "podAntiAffinity": (APART_FIELDS, ("matchLabelKeys", "mismatchLabelKeys")),
        "podAffinity": (APART_FIELDS, ("matchLabelKeys", "mismatchLabelKeys")),
        "topologySpreadConstraints": (SPREAD_FIELDS, ("minDomains", "matchLabelKeys")),
        "policies": (POLICY_FIELDS, ("nodeAffinityPolicy", "nodeTaintsPolicy")),
    }
    found = []
    for place, (since, fields) in known.items():
        path = (*workload.pod, "topologySpreadConstraints")
        if place.startswith("pod"):
            path = (*workload.pod, "affinity", place, REQUIRED)
        named = {name for term in workload.manifest.maps(*path) for name in fields if term.get(name)}
        found += sorted(named) if kubernetes < since else []
    return list(dict.fromkeys(found))


def host_ports(workload: Workload) -> HostPorts:
    """The ports of its node that a pod takes: protocol, number, address; on the host's network all it names.

    Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports
    """
    manifest = workload.manifest
    on_host = manifest.flag(*workload.pod, "hostNetwork")
    found = set()
    for path, container in workload.containers():
        if path[-2] == "initContainers" and container.get("restartPolicy") != "Always":
            continue
        for index, port in enumerate(manifest.maps(*path, "ports")):
            at = (*path, "ports", str(index))
            number = manifest.number(*at, "hostPort") or (
                manifest.number(*at, "containerPort") if on_host else None
            )
            if number:
                address = str(port.get("hostIP") or _EVERY_ADDRESS)
                found.add((str(port.get("protocol") or "TCP"), number, address))
    return frozenset(found)


def clash(one: HostPorts, other: HostPorts) -> bool:
    """Whether both take the same port: at the same address, or one of them at every address."""
    return any(
        a[:2] == b[:2] and (a[2] == b[2] or _EVERY_ADDRESS in (a[2], b[2])) for a in one for b in other
    )


def _claims(volume: Object) -> bool:
    return volume.get("persistentVolumeClaim") is not None or volume.get("ephemeral") is not None
