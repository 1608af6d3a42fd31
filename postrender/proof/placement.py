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
from profiles.policy import NodePool

HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"

# Search steps before the answer is "not decided": far more than a release of a few workloads needs.
MAX_STEPS = 200_000


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
        return self.workload.manifest.title


class Answer(NamedTuple):
    """Whether all pods find a node (None: not decided within the bound), and else why not."""

    fits: bool | None
    reason: str = ""


def pod_groups(release: Release, counts: dict[str, int] | None = None) -> list[PodGroup]:
    """The groups of all pods that run for good on the pool.

    `counts`: numbers of pods by workload title, where they differ from the declared ones.
    """
    running = [
        w
        for w in release.workloads
        if w.replicated and not w.is_hook and w.role in ("ledger", "auditor", "envoy")
    ]
    groups = []
    for workload in running:
        title = workload.manifest.title
        count = (counts or {}).get(title, release.replicas(workload)[0])
        groups.append(
            PodGroup(
                workload,
                count,
                pod_request(workload, "cpu"),
                pod_request(workload, "memory"),
                frozenset(other.manifest.title for other in running if _keeps_away(workload, other)),
                _zone_skew(workload),
            )
        )
    return groups


def place(groups: list[PodGroup], pool: NodePool) -> Answer:
    """Whether each pod of each group finds a node of the pool."""
    for group in groups:
        if group.cpu > pool.cpu or group.memory > pool.memory:
            return Answer(
                False, f"one pod of {group.title} asks for more than a whole node of the pool offers"
            )
        if group.title in group.apart_from and group.pods > pool.nodes:
            return Answer(
                False,
                f"the {group.pods} pods of {group.title} must stand on {group.pods} nodes, "
                f"and the pool has {pool.nodes}",
            )
    # The hardest first: pods that must stand apart, then the largest.
    order = sorted(groups, key=lambda g: (g.title not in g.apart_from, -g.cpu, -g.memory))
    pods = [group for group in order for _ in range(group.pods)]
    search = _Search(pool)
    found = search.place(pods, 0)
    if found is None:
        return Answer(None, f"not decided after {MAX_STEPS} steps")
    if found:
        return Answer(True)
    wanting = " and ".join(f"{group.pods} of {group.title}" for group in groups)
    return Answer(False, f"{pool.nodes} nodes do not hold all pods at once ({wanting})")


class _Search:
    """Depth-first over nodes; nodes in the same state are tried once."""

    def __init__(self, pool: NodePool) -> None:
        self.pool = pool
        self.cpu = [pool.cpu] * pool.nodes
        self.memory = [pool.memory] * pool.nodes
        self.here: list[list[PodGroup]] = [[] for _ in range(pool.nodes)]
        self.zones = [node % max(pool.zones, 1) for node in range(pool.nodes)]
        self.steps = 0

    def place(self, pods: list[PodGroup], index: int) -> bool | None:
        """Whether the pods from `index` on find nodes; None where the bound was reached."""
        if index == len(pods):
            return True
        pod = pods[index]
        tried = set()
        for node in range(self.pool.nodes):
            state = (
                self.cpu[node],
                self.memory[node],
                tuple(g.title for g in self.here[node]),
                self.zones[node],
            )
            if state in tried or not self._admits(node, pod):
                continue
            tried.add(state)
            self.steps += 1
            if self.steps > MAX_STEPS:
                return None
            self.cpu[node] -= pod.cpu
            self.memory[node] -= pod.memory
            self.here[node].append(pod)
            found = self.place(pods, index + 1)
            self.here[node].pop()
            self.cpu[node] += pod.cpu
            self.memory[node] += pod.memory
            if found is not False:
                return found
        return False

    def _admits(self, node: int, pod: PodGroup) -> bool:
        if self.cpu[node] < pod.cpu or self.memory[node] < pod.memory:
            return False
        if any(other.title in pod.apart_from or pod.title in other.apart_from for other in self.here[node]):
            return False
        return pod.max_skew is None or self._skew_with(node, pod) <= pod.max_skew

    def _skew_with(self, node: int, pod: PodGroup) -> int:
        counts = [0] * max(self.pool.zones, 1)
        for other, groups in enumerate(self.here):
            counts[self.zones[other]] += sum(group.title == pod.title for group in groups)
        return counts[self.zones[node]] + 1 - min(counts)


def _keeps_away(workload: Workload, other: Workload) -> bool:
    """Whether a pod of `workload` refuses a node that holds a pod of `other`."""
    path = (*workload.pod, "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    for term in workload.manifest.maps(*path):
        if term.get("topologyKey") != HOSTNAME or workload.manifest.namespace != other.manifest.namespace:
            continue
        if selectors.matches(term.get("labelSelector"), other.pod_labels):
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
