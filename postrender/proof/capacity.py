"""What a whole pod asks of its node, as the scheduler counts it.

Sources: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
and https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/
"""

from __future__ import annotations

from postrender.manifests.resources import RESOURCES, amount, ask
from postrender.manifests.workload import Workload


def pod_request(workload: Workload, resource: str) -> int:
    """What the pod requests, in nano-units; a limit stands for a missing request, and nothing for 0.

    Containers and sidecars (init containers that keep running) add up; an ordinary init container
    runs with the sidecars before it only. What the pod itself requests stands for all of them. The
    pod's overhead comes on top.
    """
    manifest = workload.manifest
    overhead = amount(manifest, (*workload.pod, "overhead", resource)) or 0
    whole = ask(manifest, workload.pod, resource)
    if whole.request is not None:
        return whole.request + overhead
    running = sidecars = most_at_start = 0
    for path, container in workload.containers():
        asked = ask(manifest, path, resource)
        request = asked.request if asked.request is not None else asked.limit or 0
        if path[-2] == "containers":
            running += request
        elif container.get("restartPolicy") == "Always":
            sidecars += request
            most_at_start = max(most_at_start, sidecars)
        else:
            most_at_start = max(most_at_start, sidecars + request)
    return (max(sidecars + running, most_at_start) or whole.limit or 0) + overhead


def other_resources(workload: Workload) -> list[str]:
    """What the pod asks for besides cpu and memory; how much of it a node has, no profile says."""
    manifest = workload.manifest
    found: set[str] = set()
    for path in (workload.pod, *(path for path, _ in workload.containers())):
        for side in ("requests", "limits"):
            found |= manifest.map(*path, "resources", side).keys()
    return sorted(found.difference(RESOURCES))
