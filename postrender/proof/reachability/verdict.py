"""May one talk to another at a port: the answer, and which policies and rules it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from postrender.proof.reachability import addresses, peers, policies, ports, ranges
from postrender.proof.reachability.fronts import Front
from postrender.proof.reachability.parties import Party
from postrender.proof.reachability.peers import Traffic
from postrender.proof.reachability.pods import Pods
from postrender.proof.reachability.policies import EGRESS, INGRESS
from postrender.proof.reachability.ranges import Ranges
from postrender.proof.reachability.world import (
    Admission,
    Endpoint,
    World,
    admissions,
    always,
    names_of,
    reach,
)

Effect = Literal[
    "always",  # no policy can stop it
    "open",  # no policy limits that direction
    "admits",  # the rule at `place` admits it, or a part of it
    "isolates",  # the policy selects the pods and none of its rules admits it
    "other port",  # a near miss: the rule has the peer
    "other peer",  # a near miss: the rule has the port
    "no such name",  # a near miss: the rule names a port that the destination does not have
    "left out",  # a part of the party is not admitted
    "doubt",  # it hangs on what is not known here
    "address block",  # an ipBlock that may hold the addresses of pods
    "hidden",  # the pods see another address than the client's
    "assumed",  # what was taken because nobody declared it
    "nobody",  # there is nobody of that name, or no such port
]
# Near misses of each kind that an answer names, the nearest first.
_MOST = 3


class Reason(NamedTuple):
    """One reason of an answer. `direction`: Egress of the source, Ingress of the destination, or neither."""

    direction: str
    effect: Effect
    policy: str
    place: str
    text: str


class Verdict(NamedTuple):
    """Whether it is let through; None: for a part of the party, or it hangs on what is not known."""

    allowed: bool | None
    because: tuple[Reason, ...]


def verdict(
    world: World, source: Endpoint, destination: Endpoint, port: int, protocol: str = "TCP"
) -> Verdict:
    """Whether the source may open connections to that port of the destination, and why.

    Of a party all parts must be let through. Between pods of one workload: from one to another of them.
    Raises ValueError where there is no such port or protocol.
    """
    return _judged(world, source, destination, ports.of(protocol, port))


def through(world: World, client: Party, front: Front, port: int, protocol: str = "TCP") -> Verdict:
    """Whether a client from outside reaches the pods through that port of the Service, and why.

    Raises ValueError where there is no such port or protocol.
    """
    asked = ports.of(protocol, port)
    target = ranges.union(aim for own, aim in front.targets if own == asked)
    if not target:
        text = f"{front.title} leads {ports.text(asked)} to no port of {front.pods.title}"
        return Verdict(False, (Reason("", "nobody", "", "", text),))
    return seen(world, client, front, target)


def seen(world: World, client: Party, front: Front, target: Ranges) -> Verdict:
    """Whether a client gets through the Service to that port of the pods, where the Service leads to it."""
    if front.seen == "client":
        return _judged(world, client, front.pods, target)
    found = _judged(world, world.nodes, front.pods, target)
    kept = "" if front.seen == "load balancer" else " has externalTrafficPolicy Cluster, so that"
    shown = "its load balancer's address" if front.seen == "load balancer" else "a node's address"
    text = f"{front.title}{kept or ':'} the pods see {shown}, not the client's"
    text += "; whoever reaches it is let in" if found.allowed else f"; {front.cure}"
    reasons = [Reason(INGRESS, "hidden", "", "", text), *found.because]
    if world.nodes.assumed:
        reasons.append(Reason(INGRESS, "assumed", "", "", world.nodes.assumed))
    return Verdict(found.allowed, tuple(reasons))


def _judged(world: World, source: Endpoint, destination: Endpoint, asked: Ranges) -> Verdict:
    if always(source, destination):
        text = "a pod always reaches itself"
        if source is not destination:
            text = "traffic between a pod and its own node is always let through"
        return Verdict(True, (Reason("", "always", "", "", text),))
    answers: list[bool | None] = []
    reasons: list[Reason] = []
    for direction, one, other in ((EGRESS, source, destination), (INGRESS, destination, source)):
        if not world.parts(other):
            return Verdict(False, (Reason("", "nobody", "", "", f"nobody is declared as {other.title}"),))
        if isinstance(one, Pods):
            answer, found = _side(world, one, direction, other, asked)
            answers.append(answer)
            reasons += found
    allowed = False if False in answers else None if None in answers else True
    return Verdict(allowed, tuple(reasons))


def _side(
    world: World, one: Pods, direction: str, other: Endpoint, asked: Ranges
) -> tuple[bool | None, list[Reason]]:
    """What the policies of one side say."""
    found = admissions(world, one, direction, names_of(direction, one, other))
    wanted = [Traffic(part, asked) for part in world.parts(other)]
    answer = reach(found, world.parts(other)).answer(asked)
    hits = [each for each in found if any(not part.meet(each.traffic).empty for part in wanted)]
    reasons = [_admits(one, direction, each) for each in hits]
    if answer is not True:
        reasons += _doubts(world, one, direction)
    if answer is None:
        left = peers.left_of(wanted, (each.traffic for each in found if each.certain))
        text = f"not certainly admitted: {', '.join(dict.fromkeys(part.peers.text for part in left))}"
        reasons.append(Reason(direction, "left out", "", "", text))
    if answer is False:
        reasons += _denials(world, one, direction, other, asked, found)
    return answer, reasons


def _admits(one: Pods, direction: str, found: Admission) -> Reason:
    if found.policy is None:
        what = "what comes to" if direction == INGRESS else "where calls go from"
        text = "its pods have their node's network, where policies do not reach"
        if not one.on_host:
            text = f"no NetworkPolicy limits {what} the pods of {one.title}"
        return Reason(direction, "open", "", "", text)
    text = f"{found.title} admits {found.traffic.text}"
    return Reason(direction, "admits", _name(found.policy), found.place, text)


def _doubts(world: World, one: Pods, direction: str) -> Iterator[Reason]:
    for policy, certain in world.isolating(one, direction):
        if not certain:
            why = "is run as a hook: it may be there or not" if policy.hook else "may select other pods"
            yield Reason(direction, "doubt", _name(policy), "", f"{policy.title} {why}")


def _denials(
    world: World, one: Pods, direction: str, other: Endpoint, asked: Ranges, found: list[Admission]
) -> Iterator[Reason]:
    what = f"{ports.text(asked)} {'from' if direction == INGRESS else 'to'} {_called(other)}"
    for policy, _ in world.isolating(one, direction):
        text = f"{policy.title} selects the pods of {one.title} and none of its rules admits {what}"
        yield Reason(direction, "isolates", _name(policy), "", text)
    parts = world.parts(other)
    misses: dict[Effect, list[Reason]] = {"other port": [], "no such name": [], "other peer": []}
    for each in found:
        met = [part.meet(each.traffic.peers) for part in parts]
        if any(not part.empty for part in met):
            text = f"{each.title} has that peer, but on {ports.text(each.traffic.ports)}"
            misses["other port"].append(_miss(direction, "other port", each, text))
        elif ranges.meet(each.traffic.ports, asked):
            text = f"{each.title} has that port, but only for {each.traffic.peers.text}"
            misses["other peer"].append(_miss(direction, "other peer", each, text))
    misses["no such name"] += _unknown_names(world, one, direction, other)
    for reasons in misses.values():
        yield from reasons[:_MOST]
    if any(ranges.meet(part.addresses, addresses.PODS) for part in parts):
        yield from _blocks(direction, asked, found)


def _unknown_names(world: World, one: Pods, direction: str, other: Endpoint) -> Iterator[Reason]:
    """The rules that have the peer and name a port that the destination's containers do not."""
    names = names_of(direction, one, other)
    for policy, _ in world.isolating(one, direction):
        for rule in policy.rules[direction]:
            missing = [
                f"{name} ({protocol})"
                for protocol, name in rule.names
                if (protocol, name) not in (names or ())
            ]
            fits = any(not part.meet(who).empty for part in world.parts(other) for _, who in rule.peers)
            if missing and fits and names is not None:
                text = f"{policy.title} {rule.place}: the destination has no port {', '.join(missing)}"
                yield Reason(direction, "no such name", _name(policy), rule.place, text)


def _blocks(direction: str, asked: Ranges, found: Iterable[Admission]) -> Iterator[Reason]:
    for each in found:
        block = ranges.meet(each.traffic.peers.addresses, addresses.OF_CLUSTERS)
        if block and ranges.meet(each.traffic.ports, asked):
            text = (
                f"{each.title}: {addresses.text(each.traffic.peers.addresses)} may hold the addresses of "
                "pods; whether it then admits them hangs on the network plugin"
            )
            yield _miss(direction, "address block", each, text)


def _miss(direction: str, effect: Effect, found: Admission, text: str) -> Reason:
    return Reason(direction, effect, _name(found.policy) if found.policy else "", found.place, text)


def _called(other: Endpoint) -> str:
    return f"the pods of {other.title}" if isinstance(other, Pods) else other.text


def _name(policy: policies.NetworkPolicy) -> str:
    return policy.title.removeprefix("NetworkPolicy ")
