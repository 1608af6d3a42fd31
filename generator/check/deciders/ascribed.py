"""What is wrong with a network of manifests, each ascribed to the requirement that it breaks.

A flow that does not pass is of the requirement that asks for it, and what is open beyond the flows of the
one that closes its port. Where the properties moved a port and the policies stayed, it is custom-ports.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from generator.check.answers import Said
from generator.check.evidence import Manifests
from generator.network import judging
from postrender.manifests import envoy, properties
from postrender.manifests.manifest import Manifest, Path
from postrender.proof.reachability import addresses, parties, peers, ports, ranges
from postrender.proof.reachability.declared import Blocked, Excess, components
from postrender.proof.reachability.peers import Traffic
from postrender.proof.reachability.pods import Pods
from postrender.proof.reachability.policies import EGRESS, INGRESS, NetworkPolicy
from postrender.proof.reachability.ranges import Ranges
from postrender.proof.reachability.world import between
from profiles import scalardl

RULE = "network-policies"
# What the calls of a party, or to it, are asked by; the key below `network` that declares it; and whether
# nothing at all may pass where nobody declared it.
_PARTIES = {
    parties.CLIENTS: ("client-reaches-both", "clients", False),
    parties.OTHER_DOMAIN: ("ledger-auditor-connection", "otherDomain", False),
    parties.DNS: ("provider-traffic", "dns", False),
    parties.API_SERVER: ("provider-traffic", "apiServer", False),
    parties.DATABASES: ("restrict-connections", "databases", False),
    parties.MONITORING: ("metrics-ports", "monitoringNamespaces", True),
}
_CALLERS = ("clients", "otherDomain")


class Ascribed(NamedTuple):
    """One thing that is wrong, at `path` of an object. `workload`: whose network it is.

    `undeclared`: what nobody declared and on which it hangs, so that a person must tell.
    """

    requirement: str
    workload: Manifest
    manifest: Manifest
    path: Path
    problem: str
    cure: str
    undeclared: str = ""


class Moved(NamedTuple):
    """A port that properties moved, and where it usually is."""

    usual: int
    now: int


def said(manifests: Manifests, one: Ascribed) -> Said:
    """It as a finding; exempt where its object or its workload is."""
    found = manifests.wrong(one.requirement, one.manifest, one.path, one.problem, one.cure, RULE)
    reason = manifests.excused(one.requirement, one.workload) or manifests.excused(RULE, one.workload)
    if found.finding and reason and not found.finding.exempt:
        return found._replace(finding=found.finding._replace(exempt=reason))
    return found


def ascribed(manifests: Manifests) -> tuple[Ascribed, ...]:
    """All that is wrong with the network of the manifests."""
    all_moved = moved(manifests)
    found: list[Ascribed] = []
    for one in manifests.network.blocked:
        found += _of_blocked(manifests, one, all_moved)
    for excess in manifests.network.beyond:
        found += _of_beyond(manifests, excess, all_moved)
    return tuple(dict.fromkeys(found))


def moved(manifests: Manifests) -> tuple[Moved, ...]:
    """The ports that the properties of the components put elsewhere than usual."""
    return tuple(dict.fromkeys(m for one in components(manifests.world) for m in _moved(manifests, one)))


def assumed(manifests: Manifests, key: str) -> bool:
    """Whether nobody declared what stands at that key below `network`."""
    return any(text.startswith(f"network.{key} is not declared") for text in manifests.policy.assumed)


def _moved(manifests: Manifests, one: Pods) -> list[Moved]:
    near, workload = manifests.world.near, one.workload
    pairs: list[tuple[int, int]] = []
    if workload.role in scalardl.PRODUCTS:
        own, _ = properties.ports(near.release, workload, workload.role)
        pairs += zip(scalardl.PORTS[workload.role], own, strict=True)
    if workload.role == "auditor":
        pairs += zip(
            scalardl.PORTS["ledger"], properties.peer_ports(near.release, workload)[:2], strict=False
        )
    side = envoy.side(near, workload) if workload.role == "envoy" else None
    if side:
        usual, listening = scalardl.PORTS[side][:2], sorted(envoy.listening(near, workload))
        if len(listening) == len(usual):
            pairs += zip(usual, listening, strict=True)
    return [Moved(usual, now) for usual, now in pairs if now > 0 and usual != now]


def _of_blocked(manifests: Manifests, one: Blocked, moved: tuple[Moved, ...]) -> Iterator[Ascribed]:
    flow, allowed = one.flow, one.verdict.allowed
    ends = flow.source.title, flow.destination.title
    place = _where(manifests, one)
    passing = between(manifests.world, flow.source, flow.destination).possible
    stale = [
        each
        for each in moved
        if ranges.meet(one.ports, ports.tcp(each.now)) and ranges.meet(passing, ports.tcp(each.usual))
    ]
    if stale:
        yield Ascribed(
            "custom-ports", *place,
            f"{ends[0]} cannot reach {ends[1]}: the rules open "
            + ", ".join(f"{each.usual} where the properties say {each.now}" for each in stale),
            f"open {', '.join(str(each.now) for each in stale)} there, or delete the port from the "
            "properties",
        )  # fmt: skip
        return
    requirement, key, silent = _asked(one)
    unknown = bool(key) and assumed(manifests, key)
    # Where nobody declared who they are, policies that admit some of them may well admit all that there are.
    if not requirement or (unknown and (silent or (allowed is None and key not in _CALLERS))):
        return
    reaches = "only a part of {} can reach {}" if allowed is None else "{} cannot reach {}"
    yield Ascribed(
        requirement, *place,
        f"{reaches.format(*ends)} at {ports.text(one.ports)} ({flow.why})",
        judging.of_blocked(one).cure,
        key if unknown and allowed is None else "",
    )  # fmt: skip


def _asked(one: Blocked) -> tuple[str, str, bool]:
    """Which requirement asks for the flow; see `_PARTIES`. Empty: nobody knows whether anyone is there."""
    source, destination = one.flow.source, one.flow.destination
    for end in (source, destination):
        if not isinstance(end, Pods) and end.name in _PARTIES:
            return _PARTIES[end.name]
    if source is parties.ANY_OTHER_POD:
        return "client-reaches-both", "", False
    if not isinstance(source, Pods):
        return "", "", False
    if source.workload.role == "admin":
        return "admin-port", "", False
    return (
        ("ledger-auditor-connection" if source.workload.role == "auditor" else "client-reaches-both"),
        "",
        False,
    )


def _where(manifests: Manifests, one: Blocked) -> tuple[Manifest, Manifest, Path]:
    """The workload, and what must change: the Service that hides, else the pods' policy, else their own."""
    flow, because = one.flow, one.verdict.because
    ends = [(INGRESS, flow.destination), (EGRESS, flow.source)]
    several = [(direction, end) for direction, end in ends if isinstance(end, Pods)]
    if flow.front and any(reason.effect == "hidden" for reason in because):
        return several[0][1].workload.manifest, flow.front.service, ("spec", "externalTrafficPolicy")
    denied = {reason.direction for reason in because if reason.effect not in ("open", "admits", "always")}
    several = [each for each in several if each[0] in denied] or several
    direction, end = several[0]
    for policy, _ in manifests.world.isolating(end, direction):
        found = _policy(manifests, policy)
        # One that selects all pods is there to deny.
        if found and found.map("spec", "podSelector"):
            return end.workload.manifest, found, ("spec", direction.lower())
    return end.workload.manifest, end.workload.manifest, ()


def _policy(manifests: Manifests, policy: NetworkPolicy) -> Manifest | None:
    """The object that the policy was read from."""
    for one in manifests.release.of_kind("NetworkPolicy"):
        if (one.name, one.namespace or manifests.namespace) == (policy.name, policy.namespace):
            return one
    return None


def _of_beyond(manifests: Manifests, one: Excess, moved: tuple[Moved, ...]) -> Iterator[Ascribed]:
    """What a rule opens beyond the flows: by its port the one requirement or the other."""
    admin, metrics = _closed(manifests, one) if one.direction == INGRESS else ((), ())
    beyond = list(one.beyond)
    if metrics and one.pods.workload.role == "envoy" and not manifests.world.nodes.assumed:
        # Nodes ask Envoy there whether it is ready.
        beyond = peers.left_of(beyond, [Traffic(part, metrics) for part in manifests.world.nodes.parts])
    usual = ports.tcp(*(each.usual for each in moved))
    named = ranges.union((admin, metrics))
    rest = [part for part in beyond if ranges.minus(part.ports, ranges.union((named, usual)))]
    stale = [part for part in beyond if ranges.meet(part.ports, usual)]
    for requirement, port in (("admin-port", ranges.minus(admin, usual)), ("metrics-ports", metrics)):
        who = [part for part in beyond if ranges.meet(part.ports, port)]
        if who:
            yield _opened(manifests, one, requirement, port, who)
    policy = one.admission.policy
    if policy is None:
        return  # that is default-deny
    manifest, path = _rule(manifests, one)
    if rest:
        opens = f"opens {one.pods.title} to" if one.direction == INGRESS else f"lets {one.pods.title} call"
        partly = one.beyond != (one.admission.traffic,)
        declared = "not all of that is needed or declared" if partly else "no such flow is declared"
        yield Ascribed(
            "restrict-connections", one.pods.workload.manifest, manifest, path,
            f"{one.admission.place} {opens} {one.admission.traffic.text}, and {declared}",
            judging.of_beyond(one).cure,
        )  # fmt: skip
    elif stale:
        names = ", ".join(
            f"{each.usual}, which the properties moved to {each.now}"
            for each in moved
            if any(ranges.meet(part.ports, ports.tcp(each.usual)) for part in stale)
        )
        yield Ascribed(
            "custom-ports", one.pods.workload.manifest, manifest, path,
            f"{one.admission.place} opens {names}",
            "write the new port there, or delete the port from the properties",
        )  # fmt: skip


def _opened(
    manifests: Manifests, one: Excess, requirement: str, port: Ranges, who: list[Traffic]
) -> Ascribed:
    """The admin or the metrics port, open to others than those for whom it is."""
    only = "the pods of scalar-admin" if requirement == "admin-port" else "monitoring"
    number, workload = ports.text(port), one.pods.workload.manifest
    if one.admission.policy is None:
        problem = (
            f"any pod of the cluster reaches {number}, for no NetworkPolicy limits what comes to its pods"
        )
        if not one.admission.certain:
            problem = f"any pod of the cluster may reach {number}, for no NetworkPolicy surely limits it"
        return Ascribed(
            requirement, workload, workload, (), problem,
            f"admit only {only} there; scalardl-harden adds such a policy",
        )  # fmt: skip
    manifest, path = _rule(manifests, one)
    undeclared = ""
    if requirement == "metrics-ports":
        outside = all(not ranges.minus(part.peers.addresses, addresses.PRIVATE) for part in who)
        if outside and one.pods.workload.role == "envoy" and manifests.world.nodes.assumed:
            undeclared = "nodes"
    declare = ", or name its namespace in network.monitoringNamespaces" if only == "monitoring" else ""
    return Ascribed(
        requirement, one.pods.workload.manifest, manifest, path,
        f"{one.admission.place} lets {one.admission.traffic.peers.text} reach {number} of {one.pods.title}",
        f"admit only {only} there{declare}",
        undeclared,
    )  # fmt: skip


def _closed(manifests: Manifests, one: Excess) -> tuple[Ranges, Ranges]:
    """The admin and the metrics ports of the pods."""
    workload = one.pods.workload
    if workload.role == "envoy":
        return (), ports.tcp(scalardl.ENVOY_ADMIN_PORT)
    if workload.role not in scalardl.PRODUCTS:
        return (), ()
    own, _ = properties.ports(manifests.release, workload, workload.role)
    return ports.tcp(own.admin), ports.tcp(own.metrics)


def _rule(manifests: Manifests, one: Excess) -> tuple[Manifest, Path]:
    """The object and the path of the rule that opens it: `ingress[0].from[1]` of its spec."""
    policy = one.admission.policy
    found = _policy(manifests, policy) if policy else None
    if found is None:
        return one.pods.workload.manifest, ()
    return found, ("spec", *one.admission.place.replace("]", "").replace("[", ".").split("."))
