"""Who admits what: the pods of a release under its NetworkPolicies, as Kubernetes evaluates them.

A pod that no policy of a direction selects is open in it; one that some select is open to the union
of what their rules admit. A connection needs the source's egress and the destination's ingress;
replies to it are always let through, so that only who opens it counts.
Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from postrender.manifests.manifest import Manifest
from postrender.manifests.release import Release
from postrender.manifests.surroundings import Surroundings
from postrender.manifests.workload import Workload
from postrender.proof.reachability import fronts, parties, peers, pods, policies, ports, ranges
from postrender.proof.reachability.fronts import Front
from postrender.proof.reachability.labels import Label
from postrender.proof.reachability.parties import Party
from postrender.proof.reachability.peers import ANYBODY, Peers, Traffic
from postrender.proof.reachability.pods import Pods
from postrender.proof.reachability.policies import EGRESS, INGRESS, NetworkPolicy, Rule
from postrender.proof.reachability.ranges import Ranges
from profiles.policy import Network

Endpoint = Pods | Party
# Ports by protocol and name; None where nobody knows what the destination calls its ports.
Names = Mapping[tuple[str, str], Ranges] | None


class Admission(NamedTuple):
    """Traffic that one peer of one rule admits. No policy: nothing limits it.

    `certain`: not where the policy may be absent or select others, or a port's name mean anything.
    """

    traffic: Traffic
    policy: NetworkPolicy | None
    place: str
    certain: bool

    @property
    def title(self) -> str:
        """`NetworkPolicy scalardl/ledger ingress[0].from[1]`"""
        return f"{self.policy.title} {self.place}" if self.policy else "no NetworkPolicy"


class Reach(NamedTuple):
    """Ports that are open to all of a party; and those that are open to some of it, or may be."""

    certain: Ranges
    possible: Ranges

    def answer(self, wanted: Ranges) -> bool | None:
        """Whether all these ports are open to all of the party; None where some are, or may be."""
        if not ranges.minus(wanted, self.certain):
            return True
        return None if ranges.meet(wanted, self.possible) else False


class World:
    """The pods of a release, what selects them, and the parties around it.

    `namespace`: where the release is installed, for what states no namespace; empty: not known, so that
    selectors of namespaces by name cannot tell. `network`: what the profile declares; without it there
    are no parties but any address and any pod. Parse Namespaces too (release.load(also=...)) and their
    labels are known. Raises UnreadableError for a policy that the API server would refuse.
    """

    def __init__(self, release: Release, network: Network | None = None, namespace: str = "") -> None:
        self.near = Surroundings(release)
        self.policies = policies.of(release, namespace)
        self.pods = pods.of(release, namespace)
        self.nodes = parties.nodes(network)
        self.parties = parties.declared(network) if network else parties.ALWAYS
        self._by_manifest = {one.workload.manifest: one for one in self.pods}
        self._isolating: dict[tuple[Manifest, str], list[tuple[NetworkPolicy, bool]]] = {}
        among = _ByLabel([one for one in self.pods if not one.on_host])
        for policy in self.policies:
            for one, selected in among.selected(policy.selects):
                for direction in policy.rules:
                    found = self._isolating.setdefault((one.workload.manifest, direction), [])
                    found.append((policy, selected and not policy.hook))
        self._ingress: dict[Manifest, list[Admission]] = {}

    def pods_of(self, workload: Workload) -> Pods:
        """The pods of a workload of the release."""
        return self._by_manifest[workload.manifest]

    def fronts(self, one: Pods) -> list[Front]:
        """The Services through which the outside calls these pods."""
        return fronts.of(self.near, one)

    def isolating(self, one: Pods, direction: str) -> list[tuple[NetworkPolicy, bool]]:
        """The policies that limit that direction of the pods, and whether each certainly does."""
        return self._isolating.get((one.workload.manifest, direction), [])

    def ingress(self, one: Pods) -> list[Admission]:
        """All that comes to the pods, rule by rule."""
        found = self._ingress.get(one.workload.manifest)
        if found is None:
            found = self._ingress[one.workload.manifest] = admissions(self, one, INGRESS, one.named)
        return found

    def parts(self, other: Endpoint) -> tuple[Peers, ...]:
        """Who somebody is to the policies of others. Pods on their host's network are their node."""
        if isinstance(other, Party):
            return other.parts
        return self.nodes.parts if other.on_host else (other.peers,)


class _ByLabel:
    """Pods, found by the values of their labels: not each policy looks at all of them."""

    def __init__(self, some: list[Pods]) -> None:
        self.some = some
        # By label, by value (None: it is not there), and under "" those of which the value is not known.
        self.by_value: dict[Label, dict[str | None, list[int]]] = {}

    def selected(self, chosen: Peers) -> Iterator[tuple[Pods, bool]]:
        """Those that are among the chosen ones, each with whether that is certain."""
        candidates: Iterable[int] = range(len(self.some))
        few = len(self.some)
        for label, values in chosen.labels.items():
            if not values.others:
                grouped = self._grouped(label)
                found = [number for value in {*values.these, ""} for number in grouped.get(value, ())]
                if len(found) < few:
                    candidates, few = sorted(found), len(found)
        for number in candidates:
            selected = self.some[number].peers.within(chosen)
            if selected is not False:
                yield self.some[number], selected is True

    def _grouped(self, label: Label) -> dict[str | None, list[int]]:
        grouped = self.by_value.get(label)
        if grouped is None:
            grouped = self.by_value[label] = {}
            for number, one in enumerate(self.some):
                values = one.peers.at(label)
                known = not values.others and len(values.these) == 1
                grouped.setdefault(next(iter(values.these)) if known else "", []).append(number)
        return grouped


def admissions(world: World, one: Pods, direction: str, names: Names) -> list[Admission]:
    """All that is admitted in that direction, rule by rule. `names`: of the destination's ports."""
    isolating = world.isolating(one, direction)
    found = [
        Admission(traffic, policy, place, certain and known)
        for policy, certain in isolating
        for rule in policy.rules[direction]
        for place, traffic, known in _traffic(rule, direction, names)
    ]
    if not any(certain for _, certain in isolating):
        found.append(Admission(Traffic(ANYBODY, ports.ALL), None, "", not isolating))
    return found


def _traffic(rule: Rule, direction: str, names: Names) -> Iterable[tuple[str, Traffic, bool]]:
    """What a rule admits: the place, the traffic, and whether it is known to be so."""
    for place, who in rule.peers:
        if rule.numbers:
            yield place, Traffic(who, rule.numbers), True
        # Names mean ports of pods: an address in itself has none.
        called = who if direction == INGRESS else who.meet(peers.ANY_POD)
        for protocol, name in rule.names:
            known = names is not None
            meant = names.get((protocol, name), ()) if names is not None else ports.of_protocol(protocol)
            if meant and not called.empty:
                yield place, Traffic(called, meant), known


def names_of(direction: str, one: Pods, other: Endpoint) -> Names:
    """What the ports of the destination are called, for traffic of `one` in that direction."""
    if direction == INGRESS:
        return one.named
    return None if isinstance(other, Party) else other.named


def reach(found: Iterable[Admission], parts: tuple[Peers, ...]) -> Reach:
    """At which ports the party with these parts is among what is admitted."""
    asked = [Traffic(part, ports.ALL) for part in parts]
    found = list(found)
    left = peers.left_of(asked, (one.traffic for one in found if one.certain))
    met = [part.meet(one.traffic) for part in asked for one in found]
    return Reach(
        ranges.minus(ports.ALL, ranges.union(part.ports for part in left)) if asked else (),
        ranges.union(part.ports for part in met if not part.empty),
    )


def between(world: World, source: Endpoint, destination: Endpoint) -> Reach:
    """The ports of the destination at which the source reaches it, by both sides' policies."""
    if always(source, destination):
        return Reach(ports.ALL, ports.ALL)
    found = Reach(ports.ALL, ports.ALL)
    for direction, one, other in ((INGRESS, destination, source), (EGRESS, source, destination)):
        parts = world.parts(other)
        if not parts:
            return Reach((), ())
        if isinstance(one, Pods) and found.possible:
            admitted = world.ingress(one)
            if direction == EGRESS:
                admitted = admissions(world, one, direction, names_of(direction, one, other))
            side = reach(admitted, parts)
            found = Reach(
                ranges.meet(found.certain, side.certain), ranges.meet(found.possible, side.possible)
            )
    return found


def always(source: Endpoint, destination: Endpoint) -> bool:
    """Whether no policy can stop it: a pod reaches itself, and its node reaches it and is reached by it."""
    if isinstance(source, Party) or isinstance(destination, Party):
        return any(isinstance(one, Party) and one.own_node for one in (source, destination))
    return source is destination and source.single
