"""Whether those who call reach whom they call: clients both domains, and Auditor Ledger."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from generator.check.answers import Said, beside, met, person
from generator.check.deciders.ascribed import assumed
from generator.check.deciders.network import said_of
from generator.check.deciders.told import told
from generator.check.evidence import Declared, Evidence, Manifests, Side
from generator.check.row import Row
from postrender.manifests import envoy, properties
from postrender.manifests.workload import Workload
from postrender.proof.reachability import parties
from postrender.proof.reachability.declared import components
from profiles import scalardl
from profiles.domains import OTHER, one_cluster
from profiles.models import Product

HOST = "scalar.dl.auditor.ledger.host"
_CURE = f"write {HOST} into its properties: the name of the load balancer of Ledger's Envoy"
_LOCAL = re.compile(r"localhost|127\..*|::1|\[::1\]")


def given(evidence: Evidence) -> list[tuple[Side, Manifests]]:
    """The manifests of each side, once where one stream is of both."""
    found: list[tuple[Side, Manifests]] = []
    for side in evidence.sides:
        if side.manifests and all(side.manifests is not known for _, known in found):
            found.append((side, side.manifests))
    return found


def owned(several: Iterable[Said], side: Side, evidence: Evidence) -> Iterator[Said]:
    """What is said, as said of that side alone; of manifests of both sides it is of neither."""
    shared = sum(each.manifests is side.manifests for each in evidence.sides) > 1 if side.manifests else False
    name = "" if shared else side.name
    for said in several:
        finding = said.finding and said.finding._replace(side=name)
        yield said._replace(side=name, finding=finding)


def has_auditor(evidence: Evidence) -> bool:
    """Whether an Auditor is used: declared, or seen; where nobody says so, production has one."""
    if evidence.resolved is None or evidence.resolved.profile.auditor_mode:
        return True
    return any("auditor" in manifests.roles for _, manifests in given(evidence))


def _absent(evidence: Evidence) -> list[Product]:
    """The products of which nothing is given."""
    known = {side.product for side in evidence.sides if side.manifests or side.declared}
    if None in known:
        roles = {role for _, manifests in given(evidence) for role in manifests.roles}
        known |= {product for product in OTHER if product in roles}
    wanted: list[Product] = [*OTHER] if has_auditor(evidence) else ["ledger"]
    return [product for product in wanted if product not in known]


def _clients(evidence: Evidence) -> Iterator[Said]:
    """Whether clients get through to both."""
    several = given(evidence)
    if several and not any(manifests.roles & {*scalardl.SERVING} for _, manifests in several):
        yield beside("neither Envoy nor a product is in the manifests")
        return
    for side in evidence.sides:
        if side.declared and not side.manifests:
            yield from owned(_declared_clients(side.declared), side, evidence)
    for side, manifests in several:
        yield from owned(
            said_of(manifests, "client-reaches-both") or _reached(manifests, side.declared), side, evidence
        )
    if several and _absent(evidence):
        yield person(f"nothing is given of {_absent(evidence)[0].title()}'s domain", "both")


def _declared_clients(declared: Declared) -> Iterator[Said]:
    profile, domain = declared.resolved.profile, declared.domain
    if domain.network.clients_in_cluster:
        yield met("the policies made from it let the pods of its cluster call Envoy")
    elif profile.clients or domain.network.clients:
        yield met("the policies made from it admit the declared networks of the clients to Envoy")
    else:
        yield person(
            "who calls is not declared, so every private network is let in; write clients: [{name: ..., "
            "administrativeDomain: ..., networks: [...]}]",
            "deployment",
        )


def _reached(manifests: Manifests, declared: Declared | None) -> Iterator[Said]:
    """What stands where nothing stops the clients."""
    serving = [one for one in components(manifests.world) if one.workload.role in scalardl.SERVING]
    fronted = envoy.fronts(manifests.world.near)
    called = [one for one in serving if not fronted.get(one.workload.manifest)]
    inside = manifests.policy.network.clients_in_cluster
    for one in called:
        if not inside and not manifests.world.fronts(one):
            yield person(
                f"no Service leads from outside of the cluster to {one.title}; see how the clients come"
            )
        elif not inside and assumed(manifests, "clients"):
            yield person(
                f"nothing stops private networks from calling {one.title}; who the clients are nobody "
                "declared: clients, in the deployment file",
                "deployment",
            )
        else:
            yield met(f"the clients reach {one.title}")
    if not called:
        yield person("neither Envoy nor a product without it is in the manifests")


def _connection(evidence: Evidence) -> Iterator[Said]:
    """Whether Auditor gets through to Ledger, and knows where it is."""
    several = given(evidence)
    roles = {role for _, manifests in several for role in manifests.roles}
    if not has_auditor(evidence):
        yield beside("auditorMode is false: there is no Auditor")
        return
    if several and not roles & {*scalardl.SERVING}:
        yield beside("neither Ledger nor Auditor is in the manifests")
        return
    for side in evidence.sides:
        if side.declared and not side.manifests:
            yield from owned(_declared_connection(side.declared), side, evidence)
    for side, manifests in several:
        found = said_of(manifests, "ledger-auditor-connection")
        for auditor in manifests.workloads("auditor"):
            if not auditor.is_hook:
                found += _told_where(manifests, auditor, side.declared, _listening(several))
        yield from owned(found or _let_in(manifests), side, evidence)
    if several and _absent(evidence):
        yield person(f"nothing is given of {_absent(evidence)[0].title()}'s domain", "both")


def _declared_connection(declared: Declared) -> Iterator[Said]:
    profile, product = declared.resolved.profile, declared.product
    other = OTHER[product]
    if one_cluster(profile):
        yield met("both are in one cluster, and the policies made from it let Auditor call Ledger")
    elif declared.domain.network.other_domain or profile.domain(other).cluster.network:
        yield met(f"the policies made from it admit the declared network of {other.title()}'s domain")
    else:
        yield person(
            f"the network of {other.title()} is not declared, so every private network is let in; write "
            f"{other}.cluster.network",
            "deployment",
        )


def _told_where(
    manifests: Manifests, auditor: Workload, declared: Declared | None, listening: set[int]
) -> list[Said]:
    """What its properties say of Ledger's place, and is wrong or not to be seen."""

    def wrong(problem: str, cure: str) -> Said:
        return manifests.wrong("ledger-auditor-connection", auditor.manifest, (), problem, cure)

    host = told(manifests.release, auditor).value(HOST)
    if host is None:
        return [person(f"the manifests do not show {HOST} of {auditor.manifest.title}")]
    if not host:
        return [wrong(f"{HOST} is empty, so that it finds no Ledger", _CURE)]
    if _LOCAL.fullmatch(host.lower()):
        return [wrong(f"{HOST} is {host}, where no Ledger is", _CURE)]
    found = []
    if declared and declared.stated("ledger", "address"):
        address = declared.resolved.profile.ledger.address
        if host.lower() != address.lower():
            found.append(
                wrong(
                    f"{HOST} is {host}, and the deployment says that Ledger is at {address}",
                    "write the same name in both: that of the load balancer of Ledger's Envoy",
                )
            )
    *ports, hidden = properties.peer_ports(manifests.release, auditor)
    called = dict(zip(scalardl.LEDGER_PORT_PROPERTY_NAMES, ports, strict=True))
    for name, port in called.items():
        if listening and port not in listening and name not in hidden:
            known = ", ".join(str(each) for each in sorted(listening))
            found.append(
                wrong(f"it calls Ledger at {port}, and Ledger's Services have {known}", f"correct {name}")
            )
    return found


def _listening(several: list[tuple[Side, Manifests]]) -> set[int]:
    """The ports of the Services before Ledger's Envoy, or before Ledger where no Envoy is there."""
    for role in ("envoy", "ledger"):
        found = {
            port
            for _, manifests in several
            for one in components(manifests.world)
            if one.workload.role == role
            and (role == "ledger" or envoy.side(manifests.world.near, one.workload) == "ledger")
            for service in manifests.world.near.services(one.workload)
            for index, _ in enumerate(service.maps("spec", "ports"))
            if (port := service.number("spec", "ports", str(index), "port"))
        } - {scalardl.ENVOY_ADMIN_PORT}
        if found:
            return found
    return set()


def _let_in(manifests: Manifests) -> Iterator[Said]:
    """What stands where nothing stops Auditor from calling Ledger."""
    network = manifests.policy.network
    known = parties.other_domain(network).parts and not assumed(manifests, "otherDomain")
    if manifests.world.policies and not known:
        yield person(
            "the NetworkPolicies admit private networks; which is that of the other domain is not declared",
            "deployment",
        )
    elif "auditor" in manifests.roles:
        yield met("Auditor is told where Ledger is, and no NetworkPolicy keeps it from calling there")
    else:
        yield met("no NetworkPolicy keeps Auditor from calling Ledger")


ROWS: dict[str, Row] = {
    "ledger-auditor-connection": Row(("both", "manifests", "deployment"), whole=_connection),
    "client-reaches-both": Row(("both", "manifests", "deployment"), whole=_clients),
}
