"""What a whole pod asks of its node, as the scheduler counts it.

Source: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
"""

from __future__ import annotations

from postrender.manifests.resources import amount, ask
from postrender.manifests.workload import Workload


def pod_request(workload: Workload, resource: str) -> int:
    """What the pod requests, in nano-units; a limit stands for a missing request, and nothing for 0.

    Containers and sidecars (init containers that keep running) add up; an ordinary init container
    runs with the sidecars before it only; the pod's overhead comes on top.
    """
    manifest = workload.manifest
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
    overhead = amount(manifest, (*workload.pod, "overhead", resource)) or 0
    return max(sidecars + running, most_at_start) + overhead
