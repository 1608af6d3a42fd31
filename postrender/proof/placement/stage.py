"""The stage of the proofs: the pods of a release, in groups, and the nodes that they may stand on, in kinds.

Sources: https://kubernetes.io/docs/concepts/scheduling-eviction/ and the filters of the scheduler,
https://github.com/kubernetes/kubernetes/tree/master/pkg/scheduler/framework/plugins
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from postrender.manifests.release import Release
from postrender.manifests.resources import RESOURCES
from postrender.manifests.workload import Workload
from postrender.proof.capacity import other_resources, pod_request
from postrender.proof.placement import homes, nodes
from postrender.proof.placement.groups import Member, PodGroup, kept_apart, pod_groups
from postrender.proof.placement.nodes import NodeKind
from postrender.proof.placement.steps import Steps
from postrender.proof.placement.terms import HOSTNAME, clash, host_ports
from profiles.policy import NodePool
from profiles.scalardl import SERVING

# Steps of all searches on one stage: some seconds; and so many times those of placing each pod once.
_TOGETHER = 250_000
_TIMES = 8


class Stage(NamedTuple):
    """Pods and nodes. `kinds`: as they are, then each of them cordoned, then each of them lost.

    `workloads`: how many; their groups come first, then those of their next revisions, then residents.
    `foes`: by topology, for each group those with which it shares no domain. `doubtful`: DaemonSets of
    which it is not known whether they take of the nodes' room. `steps`: those that all searches on it
    share. `title`: what has the nodes, for messages.
    """

    title: str
    workloads: int
    kinds: tuple[NodeKind, ...]
    groups: tuple[PodGroup, ...]
    resources: tuple[str, ...]
    foes: dict[str, list[frozenset[int]]]
    doubtful: tuple[Workload, ...]
    steps: Steps

    @property
    def full(self) -> tuple[int, ...]:
        """How many pods there are of each group at full strength."""
        return tuple(group.pods for group in self.groups)

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return sum(kind.nodes for kind in self.kinds)

    @property
    def open(self) -> bool:
        """Whether not all is known of the nodes: how many pods a kubelet takes, for one, nobody declared."""
        return any(kind.open for kind in self.kinds)

    @property
    def base(self) -> int:
        """How many kinds there are of nodes as they are."""
        return len(self.kinds) // 3

    def has_home(self, group: PodGroup) -> bool:
        """Whether any node that is there is one for the pods of the group."""
        return any(self.kinds[number].nodes for number in group.homes)

    def once(self, wanted: tuple[int, ...]) -> int:
        """The steps of placing so many pods of each group once, where there is nothing to try again."""
        slots = sum(max(kind.pods, 0) * kind.nodes for kind in self.kinds)
        return min(sum(wanted), slots) * self.nodes

    def next(self, group: PodGroup) -> PodGroup:
        """The group of the next revision of its workload."""
        return self.groups[group.number + self.workloads]

    def both(self, number: int) -> frozenset[int]:
        """The groups of both revisions of the workload that has this one."""
        first = number % self.workloads if number < 2 * self.workloads else number
        return frozenset((first, first + self.workloads)) if first < self.workloads else frozenset((first,))

    def with_pods(self, pods: dict[int, int]) -> tuple[int, ...]:
        """Full strength with other numbers of pods of some groups."""
        return tuple(pods.get(group.number, group.pods) for group in self.groups)


def opened(stage: Stage) -> Stage:
    """The stage as if pods that no node is for tolerated the taints and selected none of the nodes away."""
    there = frozenset(number for number, kind in enumerate(stage.kinds) if kind.nodes and _for_pods(kind))
    residents = 2 * stage.workloads
    groups = [
        group if group.homes & there or group.number >= residents else _let_in(stage, group, there)
        for group in stage.groups
    ]
    return stage._replace(groups=tuple(groups))


def _let_in(stage: Stage, group: PodGroup, there: frozenset[int]) -> PodGroup:
    ports = host_ports(group.workload) if group.workload else frozenset()
    return group._replace(homes=frozenset(n for n in there if not clash(stage.kinds[n].ports, ports)))


def _for_pods(kind: NodeKind) -> bool:
    """Whether the nodes are for workloads: no control plane, not cordoned, not lost."""
    away = ("node-role.kubernetes.io/", "node.kubernetes.io/")
    return not any(taint.key.startswith(away) for taint in kind.taints)


def declared_stage(
    release: Release, pool: NodePool, kubernetes: tuple[int, int], bound: bool = True
) -> Stage:
    """The release on the declared pool: its components, and what else is bound to the pool.

    `bound`: a component stands there only if it tolerates the pool's taint and selects its nodes; else
    that is left to the rule node-pool.
    """
    kinds = nodes.declared(pool)
    standing = [one for one in release.workloads if _stands_there(one, kinds, pool, bound)]
    there = {id(one.manifest) for one in standing}
    strangers = [one for one in release.workloads if id(one.manifest) not in there and _keeps_pods(one)]
    lenient = frozenset(id(one.manifest) for one in standing if not bound and one.role in SERVING)
    return _stage("the pool", release, kinds, standing, strangers, [], kubernetes, lenient, whole=False)


def stage_of_nodes(
    release: Release,
    kinds: list[NodeKind],
    residents: list[Workload],
    kubernetes: tuple[int, int],
    whole: bool = True,
) -> Stage:
    """The release on nodes of which all is known: each of its workloads that keeps pods running.

    `residents`: the pods to which `NodeKind.residents` refers by number; what they ask for is taken from
    `room` already. `whole`: no other pods run in the cluster.
    """
    standing = [one for one in release.workloads if one.replicated and not one.is_hook]
    others = [one for one in release.workloads if not one.replicated and _keeps_pods(one)]
    return _stage(
        "the cluster", release, kinds, standing, others, residents, kubernetes, frozenset(), whole=whole
    )


def _stage(
    title: str,
    release: Release,
    kinds: list[NodeKind],
    standing: list[Workload],
    strangers: list[Workload],
    residents: list[Workload],
    kubernetes: tuple[int, int],
    lenient: frozenset[int],
    *,
    whole: bool,
) -> Stage:
    kinds, doubtful = _with_daemons(release, kinds)
    known = {resource for kind in kinds for resource in kind.room}
    asked = {resource for one in standing for resource in other_resources(one)}
    # Real nodes have none of what they do not state.
    closed = not any(kind.open for kind in kinds)
    resources = (*RESOURCES, *sorted(asked if closed else asked & known))
    # A node that is gone or cordoned is the same node with a taint, and then there are none of it.
    every = [
        *kinds,
        *(kind._replace(nodes=0, taints=kind.taints + nodes.CORDONED) for kind in kinds),
        *(kind._replace(nodes=0, taints=kind.taints + nodes.LOST) for kind in kinds),
    ]
    members = [_member(release, one, every, resources, id(one.manifest) in lenient) for one in standing]
    nothing = tuple(0 for _ in resources)
    there = [Member(one, 0, nothing, frozenset()) for one in residents]
    groups = pod_groups(members, there, strangers, every, kubernetes, whole)
    topologies = {HOSTNAME} | {term.topology for group in groups for term in group.apart}
    foes = {topology: kept_apart(groups, topology) for topology in sorted(topologies)}
    made = Stage(
        title, len(members), tuple(every), tuple(groups), resources, foes, doubtful, Steps(_TOGETHER)
    )
    return made._replace(steps=Steps(_TOGETHER + _TIMES * made.once(made.full)))


def _member(
    release: Release,
    workload: Workload,
    kinds: list[NodeKind],
    resources: tuple[str, ...],
    lenient: bool,
) -> Member:
    """The workload on the stage. Leniently, only the state of a node (cordoned, lost) keeps its pods away."""
    base = len(kinds) // 3
    ports = host_ports(workload)
    selected = [homes.selected(workload, kind) for kind in kinds[:base]] * 3
    admitting = frozenset(
        number
        for number, kind in enumerate(kinds[: 2 * base])  # nothing starts on a lost node
        if selected[number] is not False
        and homes.tolerated(workload, kind.taints[len(kinds[number % base].taints) * lenient :])
        and not clash(kind.ports, ports)
    )
    doubts = []
    if any(selected[number] is None for number in admitting):
        doubts.append("the nodes that it selects beyond the pool's label")
    others = sorted(set(other_resources(workload)).difference(resources))
    if others:
        doubts.append(f"its demand for {' and '.join(others)}")
    return Member(
        workload=workload,
        pods=release.replicas(workload)[0],
        asks=tuple(pod_request(workload, resource) for resource in resources),
        homes=admitting,
        doubts=tuple(doubts),
    )


def _with_daemons(release: Release, kinds: list[NodeKind]) -> tuple[list[NodeKind], tuple[Workload, ...]]:
    """The nodes with what the release's DaemonSets leave of each, and those of which it is not known."""
    found, doubtful = list(kinds), {}
    for workload in release.workloads:
        if workload.manifest.kind != "DaemonSet" or workload.is_hook:
            continue
        for number, kind in enumerate(found):
            selected = homes.selected(workload, kind)
            if selected is False or not homes.tolerated(workload, kind.taints):
                continue
            if selected is None:
                doubtful[id(workload.manifest)] = workload
                continue
            room = {name: free - pod_request(workload, name) for name, free in kind.room.items()}
            ports = kind.ports | host_ports(workload)
            found[number] = kind._replace(room=room, pods=kind.pods - 1, ports=ports)
    return found, tuple(doubtful.values())


def _keeps_pods(workload: Workload) -> bool:
    return not workload.is_hook and not workload.runs_to_completion


def _stands_there(workload: Workload, kinds: list[NodeKind], pool: NodePool, bound: bool) -> bool:
    """Whether the workload keeps pods on the pool: a component (unless it is `bound` elsewhere), and what
    else is bound to the pool by its label and tolerates its taint.
    """
    if not workload.replicated or workload.is_hook:
        return False
    selected = _any(homes.selected(workload, kind) for kind in kinds)
    if workload.role in SERVING:
        return bound or selected is not False
    label = pool.label and workload.manifest.texts(*workload.pod, "nodeSelector").get(pool.label[0])
    return bool(label) and selected is not False and homes.tolerated(workload, kinds[0].taints)


def _any(found: Iterable[bool | None]) -> bool | None:
    answers = set(found)
    return True if True in answers else None if None in answers else False
