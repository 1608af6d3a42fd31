"""What a whole pod asks of its node, as the scheduler counts it.

Sources: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
and https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/
"""

from __future__ import annotations

from postrender.manifests.manifest import Path
from postrender.manifests.resources import RESOURCES, amount
from postrender.manifests.workload import Workload
from profiles.quantities import NANO

# The API server keeps thousandths, and so does the scheduler of a cpu; all else it counts in whole ones.
_MILLI = NANO // 1000


def pod_request(workload: Workload, resource: str) -> int:
    """What the pod takes of its node, in nano-units; rounded up as the scheduler counts.

    What the pod itself requests stands for all its containers. Where nobody requests anything, not
    even 0, the pod's limit stands. The pod's overhead comes on top.
    """
    resources = (*workload.pod, "resources")
    stated = (
        _amount(workload, (*resources, "requests", resource)),
        _containers_request(workload, resource),
        _amount(workload, (*resources, "limits", resource)),
    )
    request = next((found for found in stated if found is not None), 0)
    overhead = _amount(workload, (*workload.pod, "overhead", resource)) or 0
    return _up(request + overhead, _MILLI if resource == "cpu" else NANO)


def _containers_request(workload: Workload, resource: str) -> int | None:
    """What the containers request together, a limit standing for a missing request; None where none does.

    Containers and sidecars (init containers that keep running) add up; an ordinary init container
    runs with the sidecars before it only.
    """
    running = sidecars = most_at_start = 0
    silent = True
    for path, container in workload.containers():
        request = _amount(workload, (*path, "resources", "requests", resource))
        if request is None:
            request = _amount(workload, (*path, "resources", "limits", resource))
        if request is None:
            continue
        silent = False
        if path[-2] == "containers":
            running += request
        elif container.get("restartPolicy") == "Always":
            sidecars += request
            most_at_start = max(most_at_start, sidecars)
        else:
            most_at_start = max(most_at_start, sidecars + request)
    return None if silent else max(sidecars + running, most_at_start)


def _amount(workload: Workload, path: Path) -> int | None:
    found = amount(workload.manifest, path)
    return None if found is None else _up(found, _MILLI)


def _up(nano: int, step: int) -> int:
    return -(-nano // step) * step


def other_resources(workload: Workload) -> list[str]:
    """What the pod asks for besides cpu and memory; how much of it a node has, no profile says."""
    manifest = workload.manifest
    found: set[str] = set()
    for path in (workload.pod, *(path for path, _ in workload.containers())):
        for side in ("requests", "limits"):
            found |= manifest.map(*path, "resources", side).keys()
    return sorted(found.difference(RESOURCES))
