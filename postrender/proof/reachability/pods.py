"""The pods of a release, by their workloads: what they are called, and what policies see of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from postrender.manifests.manifest import Manifest, Object
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.proof.reachability import labels, peers, ports, ranges
from postrender.proof.reachability.labels import Label, Values
from postrender.proof.reachability.peers import Peers
from postrender.proof.reachability.ranges import Ranges

# Labels that controllers give to pods: they are there, with a value that nobody knows before.
# Source: https://kubernetes.io/docs/reference/labels-annotations-taints/
_GIVEN = {
    "Deployment": ("pod-template-hash",),
    "StatefulSet": ("controller-revision-hash", "statefulset.kubernetes.io/pod-name"),
    "DaemonSet": ("controller-revision-hash", "pod-template-generation"),
    "Job": ("controller-uid", "job-name"),
    "CronJob": ("controller-uid", "job-name"),
}
# Those that only newer versions give.
_MAYBE = {
    "StatefulSet": ("apps.kubernetes.io/pod-index",),
    "Job": ("batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name",
            "batch.kubernetes.io/job-completion-index"),
    "CronJob": ("batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name",
                "batch.kubernetes.io/job-completion-index"),
}  # fmt: skip

_OF_VERSIONS = ("helm.sh/chart", "app.kubernetes.io/version")


class Pods(NamedTuple):
    """The pods of one workload, all alike. `peers`: these very pods, as selectors see them.

    `alike`: every pod that the workload's selector would take for one of its own. `named`: the ports of
    its containers by protocol and name. `on_host`: they have their node's network, outside of policies.
    """

    workload: Workload
    namespace: str
    peers: Peers
    alike: Peers
    named: Mapping[tuple[str, str], Ranges]
    on_host: bool

    @property
    def title(self) -> str:
        """`Deployment demo-scalardl-ledger`"""
        return self.workload.manifest.title

    @property
    def single(self) -> bool:
        """Whether there is never more than one of them."""
        return self.workload.manifest.kind == "Pod"


def of(release: Release, namespace: str) -> list[Pods]:
    """The pods of all workloads, hooks included. `namespace`: where those stand that state none."""
    stated: dict[str, dict[Label, Values]] = {}
    for manifest in release.of_kind("Namespace"):
        if not manifest.group:
            own: dict[Label, Values] = {
                ("namespace", key): labels.one(value) for key, value in manifest.labels.items()
            }
            stated[manifest.name] = {**own, **peers.namespace(manifest.name)}
    found = []
    for workload in release.workloads:
        where = workload.manifest.namespace or namespace
        beside = stated.get(where) or peers.namespace(where)
        asked = labels.asked(_selector(workload), "pod")
        found.append(
            Pods(
                workload=workload,
                namespace=where,
                peers=peers.pods({**_labels(workload), **beside})._replace(closed=True),
                alike=peers.pods({**asked, **peers.namespace(where)}),
                named=named_ports(workload),
                on_host=bool(workload.manifest.flag(*workload.pod, "hostNetwork")),
            )
        )
    return found


def _labels(workload: Workload) -> dict[Label, Values]:
    kind = workload.manifest.kind
    found: dict[Label, Values] = {("pod", key): labels.ANY for key in _MAYBE.get(kind, ())}
    found |= {("pod", key): labels.THERE for key in _GIVEN.get(kind, ())}
    return found | {("pod", key): labels.one(value) for key, value in workload.pod_labels.items()}


def _selector(workload: Workload) -> Object:
    """The selector of its pods; for what has none (Job, Pod) their labels that stay the same."""
    if workload.template == ("spec", "template") and not workload.runs_to_completion:
        return workload.selector
    kind = workload.manifest.kind
    changing = {*_OF_VERSIONS, *_GIVEN.get(kind, ()), *_MAYBE.get(kind, ())}
    return {"matchLabels": {key: value for key, value in workload.pod_labels.items() if key not in changing}}


def named_ports(workload: Workload) -> dict[tuple[str, str], Ranges]:
    """The named ports of the containers that run for good; a name stands for one port of each protocol."""
    found: dict[tuple[str, str], Ranges] = {}
    for path, container in workload.containers("containers", "initContainers"):
        if path[-2] == "initContainers" and container.get("restartPolicy") != "Always":
            continue
        for index, _ in enumerate(workload.manifest.maps(*path, "ports")):
            at = (*path, "ports", str(index))
            name, number = workload.manifest.text(*at, "name"), _number(workload.manifest, at)
            protocol = workload.manifest.text(*at, "protocol") or "TCP"
            if name and number and protocol in ports.PROTOCOLS:
                one = found.get((protocol, name), ())
                found[protocol, name] = ranges.union((one, ports.of(protocol, number)))
    return found


def _number(manifest: Manifest, path: tuple[str, ...]) -> int:
    number = manifest.number(*path, "containerPort") or 0
    return number if 1 <= number <= ports.LAST else 0
