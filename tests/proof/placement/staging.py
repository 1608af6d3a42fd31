"""Stages of API-shaped objects, for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from generator.plan import cluster
from postrender.manifests import release
from postrender.proof.placement.stage import Stage, stage_of_nodes

Object = dict[str, Any]


def as_list(objects: list[Object]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


def real(objects: list[Object], kubelet: str = "v1.37.0") -> list[Object]:
    """Nodes with what the API server adds."""
    for one in objects:
        one.setdefault("status", {}).setdefault("nodeInfo", {"kubeletVersion": kubelet})
    return objects


def stage(
    folder: Path, objects: list[Object], nodes: list[Object], pods: list[Object] | None = None
) -> tuple[release.Release, Stage]:
    """The release of these objects on these nodes, with these pods on them."""
    text = "".join(f"---\n{json.dumps(one)}\n" for one in objects)
    loaded = release.load(text)
    for manifest in loaded.manifests:
        manifest.home = manifest.home or "default"
    node_file, pod_file = folder / "nodes.json", folder / "pods.json"
    node_file.write_text(as_list(real(nodes)))
    if pods is not None:
        pod_file.write_text(as_list(pods))
    there = cluster.read(node_file, pod_file if pods is not None else None, loaded)
    return loaded, stage_of_nodes(loaded, there.kinds, there.residents, there.kubernetes)
