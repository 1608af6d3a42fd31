"""The pods of a release that stand on the pool, in groups of alike ones, and what binds them.

Groups know each other by number: the position in the list that `pod_groups` gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.proof import pool as pools
from postrender.proof.capacity import pod_request
from postrender.proof.terms import HOSTNAME, Selection, Term, terms, unmodelled
from profiles.policy import NodePool

# The largest number of pods that Kubernetes takes for one workload.
MOST_PODS = 2**31 - 1


class Apart(NamedTuple):
    """No pod of the groups `others` in the same domain. `revision`: only pods of the same revision."""

    topology: str
    others: frozenset[int]
    revision: bool


class Spread(NamedTuple):
    """In no domain may the pods of the groups `counted` be `max_skew` more than in the emptiest one."""

    topology: str
    counted: frozenset[int]
    max_skew: int
    min_domains: int
    revision: bool


class PodGroup(NamedTuple):
    """The pods of one workload, all alike. `unmodelled`: what else decides where they stand."""

    number: int
    workload: Workload
    pods: int
    cpu: int
    memory: int
    apart: tuple[Apart, ...] = ()
    spreads: tuple[Spread, ...] = ()
    unmodelled: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return self.workload.manifest.title

    def stands_alone(self, topology: str) -> bool:
        """Whether no two of its pods may be in one domain of the topology."""
        return any(self.number in term.others for term in self.apart if term.topology == topology)


class _Neighbours:
    """Workloads, found by the labels of their pods."""

    def __init__(self, workloads: Iterable[Workload]) -> None:
        self.all = [(workload, workload.pod_labels) for workload in workloads]
        self.by_label: dict[tuple[str, str], list[int]] = {}
        for number, (_, labels) in enumerate(self.all):
            for item in labels.items():
                self.by_label.setdefault(item, []).append(number)

    def picked(self, selection: Selection) -> tuple[frozenset[int], list[int]]:
        """Those that the selection picks, and those of which it is not known."""
        asked = ((selection.selector or {}).get("matchLabels") or {}).items()
        candidates = [self.by_label.get((key, value or ""), []) for key, value in asked]
        certain, doubtful = [], []
        for number in min(candidates, key=len, default=range(len(self.all))):
            picks = selection.picks(*self.all[number])
            if picks:
                certain.append(number)
            elif picks is None:
                doubtful.append(number)
        return frozenset(certain), doubtful


def pod_groups(release: Release, pool: NodePool, kubernetes: tuple[int, int]) -> list[PodGroup]:
    """The groups of all pods that run for good on the pool."""
    standing = [workload for workload in release.workloads if pools.stands_there(workload, pool)]
    there = {id(workload.manifest) for workload in standing}
    elsewhere = [
        workload
        for workload in release.workloads
        if id(workload.manifest) not in there and not workload.is_hook and not workload.runs_to_completion
    ]
    near, far = _Neighbours(standing), _Neighbours(elsewhere)
    groups = []
    for number, workload in enumerate(standing):
        asked = list(terms(workload, kubernetes))
        groups.append(_group(number, workload, release.replicas(workload)[0], asked, near, far, pool))
    for workload in elsewhere:
        for term in terms(workload, kubernetes):
            if term.max_skew is None:
                certain, doubtful = near.picked(term.selection)
                for number in certain.union(doubtful) if _matters(workload, term.topology, pool) else ():
                    reason = f"the required anti-affinity of {workload.manifest.title}"
                    groups[number] = groups[number]._replace(unmodelled=(*groups[number].unmodelled, reason))
    return groups


def _group(
    number: int,
    workload: Workload,
    pods: int,
    asked: list[Term],
    near: _Neighbours,
    far: _Neighbours,
    pool: NodePool,
) -> PodGroup:
    apart, spreads, doubts = [], [], list(unmodelled(workload))
    if pools.selects(workload, pool) is None:
        doubts.append("the nodes that it selects beyond the pool's label")
    for term in asked:
        certain, doubtful = near.picked(term.selection)
        others, strangers = far.picked(term.selection)
        seen = [far.all[one][0] for one in (*others, *strangers)]
        # A constraint counts the pods on the pool's nodes only.
        topology = term.topology if term.max_skew is None else HOSTNAME
        seen = [one for one in seen if _matters(one, topology, pool)]
        if term.unmodelled:
            doubts.append(term.unmodelled)
            continue
        for stranger in seen:
            doubts.append(f"what it says of the pods of {stranger.manifest.title}")
        if doubtful:
            doubts.append("in which namespaces the pods stand that its terms name")
        revision = term.selection.revision
        if term.max_skew is None:
            apart.append(Apart(term.topology, certain, revision))
        elif certain and not seen and not doubtful:
            spreads.append(Spread(term.topology, certain, term.max_skew, term.min_domains, revision))
    return PodGroup(
        number=number,
        workload=workload,
        pods=min(max(pods, 0), MOST_PODS),
        cpu=pod_request(workload, "cpu"),
        memory=pod_request(workload, "memory"),
        apart=tuple(apart),
        spreads=tuple(spreads),
        unmodelled=tuple(dict.fromkeys(doubts)),
    )


def _matters(stranger: Workload, topology: str, pool: NodePool) -> bool:
    """Whether pods of a workload that has no group may be in a domain with those of the pool."""
    if topology != HOSTNAME:
        return True
    return pools.selects(stranger, pool) is not False and pools.tolerated(stranger, pool.taint)


def kept_apart(groups: list[PodGroup], topology: str) -> list[set[int]]:
    """For each group those with whose pods it shares no domain, whichever of the two says so."""
    found: list[set[int]] = [set() for _ in groups]
    for group in groups:
        for term in group.apart:
            if term.topology == topology:
                for other in term.others:
                    found[group.number].add(other)
                    found[other].add(group.number)
    return found


def alone(own: PodGroup) -> list[PodGroup]:
    """The group as if there were no others."""

    def itself(picked: frozenset[int]) -> frozenset[int]:
        return frozenset((0,)) if own.number in picked else frozenset()

    apart = tuple(term._replace(others=itself(term.others)) for term in own.apart)
    spreads = tuple(spread._replace(counted=itself(spread.counted)) for spread in own.spreads)
    return [own._replace(number=0, apart=apart, spreads=spreads)]


def with_pods(groups: list[PodGroup], own: PodGroup, pods: int) -> list[PodGroup]:
    """The groups with another number of pods of one."""
    return [group._replace(pods=pods) if group.number == own.number else group for group in groups]


def with_one_more(groups: list[PodGroup], own: PodGroup, pods: int) -> list[PodGroup]:
    """The groups with that many pods of `own` and one of a new revision of it.

    The new one is bound as the old ones are, and to them; but terms that look at their own revision
    only are no bond between the two.
    """
    if not any(term.revision for term in own.apart) and not any(term.revision for term in own.spreads):
        return with_pods(groups, own, pods + 1)
    new = len(groups)

    def widened(picked: frozenset[int]) -> frozenset[int]:
        return picked | {new} if own.number in picked else picked

    def beside_it(group: PodGroup) -> PodGroup:
        return group._replace(
            apart=tuple(t if t.revision else t._replace(others=widened(t.others)) for t in group.apart),
            spreads=tuple(t if t.revision else t._replace(counted=widened(t.counted)) for t in group.spreads),
        )

    old = [beside_it(group) for group in with_pods(groups, own, pods)]
    only, copy = frozenset((new,)), beside_it(own)
    apart = tuple(t._replace(others=only) if t.revision and t.others else t for t in copy.apart)
    spreads = tuple(t._replace(counted=only) if t.revision else t for t in copy.spreads)
    return [*old, copy._replace(number=new, pods=1, apart=apart, spreads=spreads)]
