"""What a deployment file declares of clusters, their networks and their control plane."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from generator.check.answers import Said, beside, met, person, wrong
from generator.check.deciders.calls import has_auditor
from generator.check.deciders.facts import CALLED, Fact, entry, of_fact, provider, undeclared
from generator.check.deciders.node_objects import control_plane, in_the_internet, is_kept
from generator.check.evidence import Declared, Evidence, Side
from generator.check.row import Row
from profiles.deployment import Subnet
from profiles.domains import one_cluster
from profiles.models import DOMAINS, Profile
from profiles.networks import overlap

_SUBNETS = ("cluster", "subnets")
_NETWORK = ("cluster", "network")
# The addresses of a /24.
_ROOM = 256
_ZONES = 3


def _alone(evidence: Evidence, profile: Profile) -> Said | None:
    """Why nothing is asked of the networks between Ledger and Auditor."""
    if not has_auditor(evidence):
        return beside("auditorMode is false: there is no network of an Auditor")
    if one_cluster(profile):
        return beside("Ledger and Auditor are in one cluster, and so in one network")
    return None


def _peering(evidence: Evidence) -> Iterator[Said]:
    resolved = evidence.resolved
    if resolved is None:
        return
    alone = _alone(evidence, resolved.profile)
    if alone:
        yield alone
    elif ("peering",) not in resolved.declared:
        yield person("peering is not declared; write true if the networks are connected", "deployment")
    elif resolved.profile.peering:
        yield met("peering is declared")


def _ranges(evidence: Evidence) -> Iterator[Said]:
    resolved = evidence.resolved
    if resolved is None:
        return
    alone = _alone(evidence, resolved.profile)
    if alone:
        yield alone
        return
    sides = [Declared(resolved, product) for product in DOMAINS]
    ranges = [one.domain.cluster.network for one in sides]
    unknown = [one for one in sides if one.domain.cluster.network is None]
    if unknown:
        yield from (undeclared(one, _NETWORK, "its range, such as 10.40.0.0/16") for one in unknown)
    elif not overlap(*ranges):
        yield met(f"{ranges[0]} and {ranges[1]} share no address")
    # Other overlaps are refused when the file is loaded, and so is this one where they must be apart.
    elif ranges[0] == ranges[1] and resolved.profile.separation != "required":
        yield wrong(
            "network-ranges",
            f"Ledger and Auditor share the range {ranges[0]}",
            "choose ranges that share no address, so that they can be peered",
            sides[1].spot(*_NETWORK),
        )


def _of_clients(side: Side) -> Iterator[Said]:
    declared = side.declared
    if declared is None:
        return
    own = declared.domain.cluster
    clients = declared.profile.clients
    if not clients:
        yield person("clients is not declared; write each application with its networks", "deployment")
    elif own.network is None:
        yield undeclared(declared, _NETWORK, "its range, such as 10.40.0.0/16")
    else:
        outside = [one for one in clients if one.cluster != own.name]
        common = [(one.name, each) for one in outside for each in one.networks if overlap(each, own.network)]
        # Where the domains must be apart, these are refused when the file is loaded.
        for name, network in common if declared.profile.separation != "required" else ():
            yield wrong(
                "client-network-range",
                f"the network {network} of {name} overlaps the cluster's, {own.network}",
                "choose ranges that share no address, so that they can be connected",
                declared.spot("clients"),
            )
        if not common:
            yield met(f"no client's network overlaps {own.network}")


def _sizes(side: Side) -> Iterator[Said]:
    found = list(_of_subnets(side))
    yield from found
    if found or not side.declared:
        return
    small = [
        (index, subnet)
        for index, subnet in enumerate(side.declared.domain.cluster.subnets)
        if ipaddress.ip_network(subnet.network).num_addresses < _ROOM
    ]
    for index, subnet in small:
        yield wrong(
            "subnet-size",
            f"the subnet {subnet.network} in {subnet.zone} is smaller than /24",
            "take a range of /24 or larger: pods and new nodes need addresses",
            entry(side.declared, "subnets", index, "network"),
        )
    if not small:
        yield met("each declared subnet is a /24 or larger")


def _of_subnets(side: Side) -> Iterator[Said]:
    """That nobody declared subnets."""
    if side.declared and not side.declared.domain.cluster.subnets:
        yield undeclared(side.declared, _SUBNETS, "each with its zone and network")


def _of_nodes(subnets: tuple[Subnet, ...]) -> tuple[Subnet, ...]:
    return tuple(subnet for subnet in subnets if not subnet.public) or subnets


def _three(side: Side) -> Iterator[Said]:
    found = list(_of_subnets(side))
    yield from found
    if found or not side.declared:
        return
    domain = side.declared.domain
    zones = sorted({subnet.zone for subnet in _of_nodes(domain.cluster.subnets)})
    if len(zones) >= _ZONES:
        yield met(f"the subnets of the nodes are in {len(zones)} zones")
    # Fewer than nodePool.zones are refused when the file is loaded.
    elif not domain.node_pool or len(zones) >= domain.node_pool.zones:
        yield wrong(
            "three-subnets",
            f"the subnets of the nodes are in {len(zones)} zones only: {', '.join(zones)}",
            "add private subnets, so that there is one in each of three zones",
            side.declared.spot(*_SUBNETS),
        )


def _private(side: Side) -> Iterator[Said]:
    manifests = side.manifests
    public = [
        (node, index) for node in (manifests.nodes if manifests else ()) for index in in_the_internet(node)
    ]
    for node, index in public:
        assert manifests is not None
        yield manifests.wrong(
            "private-network",
            node,
            ("status", "addresses", str(index)),
            "the node has an address in the internet",
            "move the nodes to private subnets",
        )
    if manifests and manifests.nodes and not public:
        yield met(f"none of the {len(manifests.nodes)} nodes has an address in the internet")
    if side.declared:
        yield from _declared_private(side.declared)


def _declared_private(declared: Declared) -> Iterator[Said]:
    cluster = declared.domain.cluster
    fact = Fact(
        ("cluster", "privateApi"),
        "the API endpoint is reached from the internet",
        "make it private and write privateApi: true, with a bastion",
    )
    yield of_fact("private-network", fact, declared)
    if not cluster.subnets:
        yield from _of_subnets(Side(declared.product, declared))
    elif not all(subnet.public for subnet in cluster.subnets):
        yield met("private subnets are declared")
    # With a private API these are refused when the file is loaded.
    elif not cluster.private_api:
        yield wrong(
            "private-network",
            "every declared subnet is public",
            "declare private subnets for the nodes",
            declared.spot(*_SUBNETS),
        )


def _nat(side: Side) -> Iterator[Said]:
    declared = side.declared
    if declared is None:
        return
    cluster, images = declared.domain.cluster, declared.domain.images
    own = (images.ledger if declared.product == "ledger" else images.auditor, images.envoy, images.loader)
    if all(image.repository for image in own):
        yield beside("no image comes from a public registry")
    elif cluster.subnets and all(subnet.public for subnet in cluster.subnets):
        yield beside("the nodes are in public subnets")
    # With a private API it is refused when the file is loaded.
    elif cluster.nat or not cluster.private_api:
        fact = Fact(
            ("cluster", "nat"),
            "private nodes have no NAT gateway, so that they can pull no images",
            "make one and write nat: true, or images.*.repository of a private registry",
        )
        yield of_fact("nat-gateway", fact, declared)


def _bastion(side: Side) -> Iterator[Said]:
    declared = side.declared
    if declared is None:
        return
    if declared.stated("cluster", "privateApi") and not declared.domain.cluster.private_api:
        yield beside("the API endpoint is public, and is reached without a bastion")
    else:
        fact = Fact(
            ("cluster", "bastion"),
            "the API endpoint is private, and no bastion reaches it",
            "make a bastion and write its range as cluster.bastion",
            "the range of its subnet in the network of this cluster",
        )
        yield of_fact("bastion", fact, declared)


def _control_plane(side: Side) -> Iterator[Said]:
    manifests, declared = side.manifests, side.declared
    own = control_plane(manifests) if manifests else []
    if own and manifests:
        yield from _control_plane_nodes(side)
        return
    known = provider(side)
    if known and known != "none":
        yield met(f"{CALLED[known]} runs the control plane")
    elif manifests and manifests.nodes and not declared:
        yield person(
            "none of the nodes given is the control plane's; write cluster.provider: eks, aks, gke or none",
            "deployment",
        )
    elif declared and known is None:
        yield undeclared(declared, ("cluster", "provider"), "eks, aks, gke or none")
    elif declared:
        at = ("cluster", "controlPlaneNodes")
        count = declared.domain.cluster.control_plane_nodes
        if count is None:
            yield undeclared(declared, at, "how many there are")
        elif count == 1:
            yield wrong(
                "control-plane-apart",
                "the control plane has one node, and survives no failure of it",
                "make three or another odd number of them and declare it",
                declared.spot(*at),
            )
        elif count % 2:
            yield met(f"{count} nodes of the control plane are declared")


def _control_plane_nodes(side: Side) -> Iterator[Said]:
    manifests = side.manifests
    assert manifests is not None
    nodes = control_plane(manifests)
    if len(nodes) == 1 or len(nodes) % 2 == 0:
        yield manifests.wrong(
            "control-plane-apart",
            nodes[0],
            (),
            f"the control plane has {len(nodes)} node{'s' * (len(nodes) > 1)}",
            "make three or another odd number of them",
        )
    shared = [node for node in nodes if not is_kept(node, manifests)]
    for node in shared:
        yield manifests.wrong(
            "control-plane-apart",
            node,
            ("spec", "taints"),
            "the node of the control plane takes other pods too",
            "the taint node-role.kubernetes.io/control-plane:NoSchedule",
        )
    if not shared and len(nodes) > 1 and len(nodes) % 2:
        yield met(f"the control plane has {len(nodes)} nodes of its own")


ROWS: dict[str, Row] = {
    "network-peering": Row(("deployment",), whole=_peering),
    "network-ranges": Row(("deployment",), whole=_ranges),
    "client-network-range": Row(("deployment",), _of_clients),
    "subnet-size": Row(("deployment",), _sizes),
    "three-subnets": Row(("deployment",), _three),
    "private-network": Row(("deployment", "nodes"), _private),
    "nat-gateway": Row(("deployment",), _nat),
    "bastion": Row(("deployment",), _bastion),
    "control-plane-apart": Row(("nodes", "deployment"), _control_plane),
}
