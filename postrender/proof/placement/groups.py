"""The pods of a release in groups of alike ones, and what binds them to nodes and to each other.

Groups know each other by number. Each of n workloads has two: its pods as they are (number i), and those
of its next revision (n + i), of which there are none until an update makes some. After them come the
residents: pods that run on the nodes already and are none of the release's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from postrender.manifests.workload import Workload
from postrender.proof.placement import homes
from postrender.proof.placement.nodes import NodeKind
from postrender.proof.placement.terms import HOSTNAME, Selection, Term, clash, host_ports, terms, unmodelled

# The largest number of pods that Kubernetes takes for one workload.
MOST_PODS = 2**31 - 1


class Apart(NamedTuple):
    """No pod of the groups `others` in the same domain."""

    topology: str
    others: frozenset[int]


class Spread(NamedTuple):
    """In no domain may the pods of the groups `counted` be `max_skew` more than in the emptiest one.

    Domains are those of the nodes of `kinds`; as long as they are fewer than `min_domains`, the emptiest
    counts as empty.
    """

    topology: str
    counted: frozenset[int]
    max_skew: int
    min_domains: int
    kinds: frozenset[int]


class PodGroup(NamedTuple):
    """The pods of one revision of a workload, all alike.

    `asks`: of each resource of the stage, nano-units. `homes`: the kinds of nodes that its selectors and
    tolerations admit. `near`: topologies in whose domain pods of the groups `together` must stand. `clashes`:
    groups that take the same ports of a node. `unmodelled`: what else decides where they stand.
    """

    number: int
    title: str
    workload: Workload | None
    pods: int
    asks: tuple[int, ...]
    homes: frozenset[int]
    apart: tuple[Apart, ...] = ()
    near: tuple[str, ...] = ()
    together: frozenset[int] = frozenset()
    spreads: tuple[Spread, ...] = ()
    clashes: frozenset[int] = frozenset()
    unmodelled: tuple[str, ...] = ()

    def stands_alone(self, topology: str) -> bool:
        """Whether no two of its pods may be in one domain of the topology."""
        return any(self.number in term.others for term in self.apart if term.topology == topology)

    @property
    def looks_at(self) -> list[frozenset[int]]:
        """The groups at which each of its terms looks."""
        return [term.others for term in self.apart] + [spread.counted for spread in self.spreads]


class Member(NamedTuple):
    """A workload on the stage: its pods, what each asks, and its kinds of nodes."""

    workload: Workload
    pods: int
    asks: tuple[int, ...]
    homes: frozenset[int]
    doubts: tuple[str, ...] = ()


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
            workload, labels = self.all[number]
            itself = workload.manifest is selection.owner.manifest
            picks = selection.picks(workload.manifest.namespace, labels, itself)
            if picks:
                certain.append(number)
            elif picks is None:
                doubtful.append(number)
        return frozenset(certain), doubtful


def pod_groups(
    members: list[Member],
    residents: list[Member],
    strangers: list[Workload],
    kinds: list[NodeKind],
    kubernetes: tuple[int, int],
    whole: bool,
) -> list[PodGroup]:
    """The groups of the members, of their next revisions, and of the residents.

    `strangers` stand on nodes that are not here, or it is not counted how many. `whole`: no others than
    these are anywhere.
    """
    every, count = [*members, *residents], len(members)
    near, far = _Neighbours(member.workload for member in every), _Neighbours(strangers)
    groups = []
    asked = [list(terms(member.workload, kubernetes)) for member in every]
    ports = _Ports(members)
    for revision, number in [(r, n) for r in (0, 1) for n in range(count)]:
        own = _Own(number, revision, count)
        group = _group(own, members[number], asked[number], near, far, kinds, whole)
        groups.append(group._replace(clashes=ports.clashes(number, count)))
    for number, resident in enumerate(residents, count):
        groups.append(_group(_Own(number, 1, count), resident, asked[number], near, far, kinds, whole))
    # Of a stranger it is not known where it stands; of a resident, whom its terms mean.
    for workload, said in [(stranger, list(terms(stranger, kubernetes))) for stranger in strangers]:
        for term in said:
            if term.demand == "apart" and _matters(workload, term.topology, kinds):
                certain, doubtful = near.picked(term.selection)
                _doubt(groups, certain.union(doubtful), workload)
    for resident, said in zip(residents, asked[count:], strict=True):
        for term in said:
            if term.demand == "apart":
                certain, doubtful = near.picked(term.selection)
                picked = certain.union(doubtful) if term.unmodelled else frozenset(doubtful)
                _doubt(groups, (number for number in picked if number < count), resident.workload)
    return groups


def _doubt(groups: list[PodGroup], numbers: Iterable[int], other: Workload) -> None:
    """Say of these groups that another's anti-affinity may keep their pods away."""
    reason = f"the required anti-affinity of {other.manifest.title}"
    for number in numbers:
        groups[number] = groups[number]._replace(unmodelled=(*groups[number].unmodelled, reason))


class _Ports:
    """Who takes which ports of a node."""

    def __init__(self, members: list[Member]) -> None:
        self.taken = [host_ports(member.workload) for member in members]
        self.by_port: dict[tuple[str, int], list[int]] = {}
        for number, ports in enumerate(self.taken):
            for protocol, port, _ in ports:
                self.by_port.setdefault((protocol, port), []).append(number)

    def clashes(self, number: int, count: int) -> frozenset[int]:
        """The groups, of both revisions, that take a port of these."""
        own = self.taken[number]
        near = {other for protocol, port, _ in own for other in self.by_port[protocol, port]}
        others = {other for other in near if clash(own, self.taken[other])}
        return frozenset(others | {count + other for other in others})


class _Own(NamedTuple):
    """Which of so many workloads, and which of its revisions; after them the residents."""

    workload: int
    revision: int
    workloads: int

    @property
    def number(self) -> int:
        """The number of its group."""
        return self.workload + self.revision * self.workloads

    def revisions(self, picked: frozenset[int], selection: Selection) -> frozenset[int]:
        """The groups of the picked workloads: of both revisions, or of its own workload as the term says."""
        old = {number for number in picked if number < self.workloads}
        both = frozenset(old | {number + self.workloads for number in picked})
        if selection.revisions == "own":
            return both & {self.number}
        return both - {self.number} if selection.revisions == "other" else both


def _group(
    own: _Own,
    member: Member,
    asked: list[Term],
    near: _Neighbours,
    far: _Neighbours,
    kinds: list[NodeKind],
    whole: bool,
) -> PodGroup:
    workload = member.workload
    apart, spreads, doubts = [], [], [*unmodelled(workload), *member.doubts]
    beside: list[str] = []
    together: frozenset[int] | None = None
    keyed = frozenset(index for index, kind in enumerate(kinds) if _has_keys(kind, asked))
    for term in asked:
        certain, doubtful = near.picked(term.selection)
        others, strangers = far.picked(term.selection)
        seen = [far.all[one][0] for one in (*others, *strangers)]
        # A constraint counts the pods on the nodes of the stage only.
        topology = HOSTNAME if term.demand == "spread" else term.topology
        seen = [one for one in seen if _matters(one, topology, kinds)]
        if term.unmodelled or _unknown(term.topology, kinds):
            doubts.append(term.unmodelled or _unknown_topology(term))
            continue
        for stranger in seen:
            doubts.append(f"what it says of the pods of {stranger.manifest.title}")
        if doubtful:
            doubts.append("in which namespaces the pods stand that its terms name")
        if term.demand == "near" and (seen or doubtful or not whole):
            # Pods that are not here may be those near which it has to stand: that gives places too.
            doubts.append("its required pod affinity")
            continue
        picked = own.revisions(certain, term.selection)
        if term.demand == "apart":
            apart.append(Apart(term.topology, picked))
        elif term.demand == "near":
            beside.append(term.topology)
            together = picked if together is None else together & picked
        elif not seen and not doubtful:
            among = keyed
            if term.honors[0]:
                among = frozenset(i for i in among if homes.selected(workload, kinds[i]) is not False)
            if term.honors[1]:
                among = frozenset(i for i in among if homes.tolerated(workload, kinds[i].taints))
            spreads.append(Spread(term.topology, picked, term.max_skew, term.min_domains, among))
    return PodGroup(
        number=own.number,
        title=workload.manifest.title,
        workload=workload,
        pods=min(max(member.pods, 0), MOST_PODS) * (1 - own.revision),
        asks=member.asks,
        homes=member.homes,
        apart=tuple(apart),
        near=tuple(beside),
        together=together or frozenset(),
        spreads=tuple(spreads),
        unmodelled=tuple(dict.fromkeys(doubts)),
    )


def _has_keys(kind: NodeKind, asked: list[Term]) -> bool:
    """Whether the nodes have the topology keys of all binding spread constraints."""
    return all(kind.domain(term.topology) is not None for term in asked if term.demand == "spread")


def _unknown(topology: str, kinds: list[NodeKind]) -> bool:
    """Whether nobody declared in which domains of the topology the nodes stand."""
    return any(kind.open and kind.domain(topology) is None for kind in kinds)


def _unknown_topology(term: Term) -> str:
    called = {
        "apart": "required anti-affinity",
        "near": "required pod affinity",
        "spread": "spread constraint",
    }
    return f"its {called[term.demand]} by {term.topology or 'no topologyKey'}"


def _matters(stranger: Workload, topology: str, kinds: list[NodeKind]) -> bool:
    """Whether pods of a workload that is not on the stage may be in a domain with those that are."""
    if topology != HOSTNAME:
        return True
    return any(
        homes.selected(stranger, kind) is not False and homes.tolerated(stranger, kind.taints)
        for kind in kinds
    )


def kept_apart(groups: list[PodGroup], topology: str) -> list[frozenset[int]]:
    """For each group those with whose pods it shares no domain, whichever of the two says so."""
    found: list[set[int]] = [set() for _ in groups]
    for group in groups:
        for term in group.apart:
            if term.topology == topology:
                for other in term.others:
                    found[group.number].add(other)
                    found[other].add(group.number)
        if topology == HOSTNAME:
            found[group.number] |= group.clashes
    return [frozenset(others) for others in found]
