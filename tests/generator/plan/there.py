"""Nodes and pods as kubectl prints them, and a cluster of them that was read for a release."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generator.plan import cluster
from postrender.manifests import release
from postrender.proof.placement.board import Board
from postrender.proof.placement.stage import stage_of_nodes
from tests.proof.placement.staging import as_list
from tests.proof.small_cases import HOST, ZONE, as_stream, deployment

Object = dict[str, Any]


def node(
    name: str, zone: str | None = "a", *, version: str = "v1.33.1", pods: int = 110, **more: Any
) -> Object:
    """`labels` and `allocatable` are what they say; the rest is of the spec."""
    labels = {HOST: name} | ({ZONE: zone} if zone else {}) | more.pop("labels", {})
    allocatable = {"cpu": "3800m", "memory": "7Gi", "pods": str(pods)} | more.pop("allocatable", {})
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": more,
        "status": {"allocatable": allocatable, "nodeInfo": {"kubeletVersion": version}},
    }


def pod(name: str, where: str = "n0", *, phase: str = "Running", cpu: str = "0", **more: Any) -> Object:
    """`labels`, `namespace` and `container` are what they say; the rest is of the spec."""
    container = {"name": "main", "resources": {"requests": {"cpu": cpu}}} | more.pop("container", {})
    metadata = {"name": name, "namespace": more.pop("namespace", "default"), "labels": more.pop("labels", {})}
    spec = {"nodeName": where, "containers": [container]} | more
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": {"phase": phase}}


def port(number: int, ip: str | None = None, protocol: str = "TCP") -> Object:
    where = {"hostIP": ip} if ip else {}
    return {"ports": [{"containerPort": number, "hostPort": number, "protocol": protocol} | where]}


class There:
    """A cluster that was read for the release of these objects, in the namespace default."""

    def __init__(
        self, folder: Path, nodes: list[Object], pods: list[Object] | None, *objects: Object
    ) -> None:
        self.release = release.load(as_stream(objects or [deployment("a", 1)]))
        for manifest in self.release.manifests:
            manifest.home = "default"
        files = folder / "nodes.json", folder / "pods.json"
        files[0].write_text(as_list(nodes))
        files[1].write_text(as_list(pods or []))
        self.cluster = cluster.read(files[0], files[1] if pods is not None else None, self.release)
        found = self.cluster
        self.stage = stage_of_nodes(self.release, found.kinds, found.residents, found.kubernetes)

    @property
    def alike(self) -> list[tuple[str, ...]]:
        return [kind.names for kind in self.cluster.kinds]

    @property
    def open(self) -> set[str]:
        """The nodes that take a pod of the first workload."""
        found = Board(self.stage).admits(0)
        return {name for place in found for name in self.stage.kinds[place.kind].names}

    def free(self, resource: str = "cpu") -> list[int]:
        return [kind.room[resource] for kind in self.cluster.kinds]
