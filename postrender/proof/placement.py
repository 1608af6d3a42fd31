"""Whether the declared nodes can hold a release's pods, exactly, for all its workloads together.

The nodes of the pool are alike; node i stands in zone i modulo the number of zones. Counted are
requests, required pod anti-affinity by node, and spread over zones with DoNotSchedule.
"""

from __future__ import annotations

from typing import NamedTuple

from postrender.manifests import selectors
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.proof.capacity import pod_request
from profiles import quantities
from profiles.policy import NodePool

HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"

# Search steps before the answer is "not decided": far more than a release of a few workloads needs.
MAX_STEPS = 20_000


# Workloads that a reason names; the others are counted.
_NAMED = 4


class PodGroup(NamedTuple):
    """The pods of one workload: how many, what each asks for, whom it keeps away from its node."""

    workload: Workload
    pods: int
    cpu: int
    memory: int
    apart_from: frozenset[str]
    max_skew: int | None

    @property
    def title(self) -> str:
        return _title(self.workload)


class Answer(NamedTuple):
    """Whether all pods find a node (None: not decided within the bound); else why not.

    `nodes`: where they do, the nodes with the pods on them.
    """

    fits: bool | None
    reason: str = ""
    nodes: Nodes | None = None


class Nodes:
    """The nodes of a pool and the pods that stand on each."""

    def __init__(self, pool: NodePool) -> None:
        self.cpu = [pool.cpu] * pool.nodes
        self.memory = [pool.memory] * pool.nodes
        self.pods: list[list[PodGroup]] = [[] for _ in range(pool.nodes)]
        self.zones = [node % max(pool.zones, 1) for node in range(pool.nodes)]

    def admits(self, pod: PodGroup) -> list[int]:
        """The nodes that can take one more pod of the group; of nodes in the same state only one."""
        found: dict[tuple[object, ...], int] = {}
        counts = self._in_zones(pod) if pod.max_skew is not None else []
        for node, here in enumerate(self.pods):
            if self.cpu[node] < pod.cpu or self.memory[node] < pod.memory:
                continue
            if any(other.title in pod.apart_from or pod.title in other.apart_from for other in here):
                continue
            if pod.max_skew is not None and counts[self.zones[node]] + 1 - min(counts) > pod.max_skew:
                continue
            state = (self.cpu[node], self.memory[node], self.zones[node], *(other.title for other in here))
            found.setdefault(state, node)
        return list(found.values())

    def put(self, node: int, pod: PodGroup) -> None:
        """Place a pod on a node that admits it."""
        self.cpu[node] -= pod.cpu
        self.memory[node] -= pod.memory
        self.pods[node].append(pod)

    def take(self, node: int) -> None:
        """Take away the pod that was placed last on a node."""
        pod = self.pods[node].pop()
        self.cpu[node] += pod.cpu
        self.memory[node] += pod.memory

    def _in_zones(self, pod: PodGroup) -> list[int]:
        counts = [0] * (max(self.zones) + 1)
        for zone, here in zip(self.zones, self.pods, strict=True):
            counts[zone] += sum(other.title == pod.title for other in here)
        return counts


def pod_groups(release: Release) -> list[PodGroup]:
    """The groups of all pods that run for good on the pool."""
    running: dict[str | None, list[Workload]] = {}
    for workload in release.workloads:
        if workload.replicated and not workload.is_hook and workload.role in ("ledger", "auditor", "envoy"):
            running.setdefault(workload.manifest.namespace, []).append(workload)
    return [
        PodGroup(
            workload,
            release.replicas(workload)[0],
            pod_request(workload, "cpu"),
            pod_request(workload, "memory"),
            frozenset(_title(other) for other in neighbours if _keeps_away(workload, other)),
            _zone_skew(workload),
        )
        for neighbours in running.values()
        for workload in neighbours
    ]


def place(groups: list[PodGroup], pool: NodePool) -> Answer:
    """Whether each pod of each group finds a node of the pool."""
    reason = _plainly_not(groups, pool)
    if reason:
        return Answer(False, reason)
    # The hardest first: pods that must stand apart, then the largest.
    order = sorted(groups, key=lambda group: (group.title not in group.apart_from, -group.cpu, -group.memory))
    pods = [group for group in order for _ in range(group.pods)]
    nodes = Nodes(pool)
    found = _search(nodes, pods)
    if found is None:
        return Answer(None, f"not decided after {MAX_STEPS} steps")
    if found:
        return Answer(True, nodes=nodes)
    wanting = [f"{group.pods} of {group.workload.manifest.title}" for group in groups]
    more = [f"{len(wanting) - _NAMED} workloads more"] if len(wanting) > _NAMED else []
    named = " and ".join(wanting[:_NAMED] + more)
    return Answer(False, f"{pool.nodes} nodes do not hold all pods at once ({named})")


def _plainly_not(groups: list[PodGroup], pool: NodePool) -> str:
    """A reason that needs no search; empty where there is none."""
    for group in groups:
        title = group.workload.manifest.title
        if group.cpu > pool.cpu or group.memory > pool.memory:
            return f"one pod of {title} asks for more than a whole node of the pool offers"
        if group.title in group.apart_from and group.pods > pool.nodes:
            return (
                f"the {group.pods} pods of {title} must stand on {group.pods} nodes, "
                f"and the pool has {pool.nodes}"
            )
    for resource in ("cpu", "memory"):
        asked = sum(group.pods * int(getattr(group, resource)) for group in groups)
        offered = pool.nodes * int(getattr(pool, resource))
        if asked > offered:
            return (
                f"all pods ask for {resource} {quantities.text(asked)}, "
                f"and {pool.nodes} nodes offer {quantities.text(offered)}"
            )
    return ""


def _search(nodes: Nodes, pods: list[PodGroup]) -> bool | None:
    """Depth-first over the nodes that admit each pod; None where the bound was reached.

    On True the pods stand on `nodes`.
    """
    steps = 0
    tried: list[
        tuple[list[int], int]
    ] = []  # for each placed pod, the nodes to try and the position among them
    while len(tried) < len(pods):
        steps += 1
        if steps > MAX_STEPS + len(pods):
            return None
        choices, position = nodes.admits(pods[len(tried)]), 0
        while position == len(choices):
            if not tried:
                return False
            choices, position = tried.pop()
            nodes.take(choices[position])
            position += 1
        nodes.put(choices[position], pods[len(tried)])
        tried.append((choices, position))
    return True


def _title(workload: Workload) -> str:
    return f"{workload.manifest.namespace}/{workload.manifest.title}"


def _keeps_away(workload: Workload, other: Workload) -> bool:
    """Whether a pod of `workload` refuses a node that holds a pod of `other`."""
    path = (*workload.pod, "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    for term in workload.manifest.maps(*path):
        if term.get("topologyKey") == HOSTNAME and selectors.matches(
            term.get("labelSelector"), other.pod_labels
        ):
            return True
    return False


def _zone_skew(workload: Workload) -> int | None:
    """The smallest skew over zones that the scheduler must keep; None where it need not."""
    skews = [
        constraint.get("maxSkew", 1)
        for constraint in workload.manifest.maps(*workload.pod, "topologySpreadConstraints")
        if constraint.get("topologyKey") == ZONE
        and constraint.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule"
        and selectors.matches(constraint.get("labelSelector"), workload.pod_labels)
    ]
    return min(skews, default=None)
