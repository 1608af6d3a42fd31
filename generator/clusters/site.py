"""What the plans of all providers ask of a profile: where the nodes stand, and which networks meet."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from generator.clusters.steps import missing
from profiles.callers import outside
from profiles.deployment import Cluster, OtherPool, Provider, Subnet
from profiles.domains import OTHER, one_cluster
from profiles.hardening import NodePool
from profiles.models import Domain, Product, Profile
from profiles.networks import admitted, within

BASTION = "bastion"
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html,
# https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq and
# https://cloud.google.com/vpc/docs/subnets#valid-ranges
SMALLEST_SUBNET: Mapping[Provider, int] = {"eks": 28, "aks": 29, "gke": 29}


class Peer(NamedTuple):
    """A network to connect with: Ledger's or Auditor's, or a client's."""

    name: str
    networks: tuple[str, ...]
    provider: Provider | None
    region: str
    cluster: str
    invites: bool
    """Whether our side asks for the connection and theirs accepts it."""

    @property
    def title(self) -> str:
        """What a reader calls it."""
        return self.name.title() if self.provider else self.name

    @property
    def ranges(self) -> str:
        """Its networks for a reader."""
        known = [network for network in self.networks if not network.startswith("<")]
        return ", ".join(known) or f"the network of {self.title}"


class NamedSubnet(NamedTuple):
    """A declared subnet under the name that it gets: private-1, public-1 ..."""

    name: str
    zone: str
    network: str
    public: bool


class Site(NamedTuple):
    """The cluster of one product. What is not declared is text in angle brackets."""

    product: Product
    domain: Domain
    cluster: Cluster
    pool: NodePool | None
    name: str
    region: str
    network: str
    subnets: tuple[NamedSubnet, ...]
    nodes_private: bool
    """Whether nodes stand in private subnets, without addresses of the internet."""
    node_subnets: tuple[NamedSubnet, ...]
    zones: tuple[str, ...]
    """The zones of ScalarDL's nodes, as far as subnets declare them."""
    peers: tuple[Peer, ...]

    @property
    def bastion(self) -> str:
        """The range of the bastion."""
        return self.cluster.bastion or missing("bastion-range")

    @property
    def network_text(self) -> str:
        """The network for a reader."""
        return self.cluster.network or "the cluster's network"

    @property
    def bastion_at(self) -> str:
        """The bastion for a reader, with its range where that is declared."""
        return f"the bastion at {self.cluster.bastion}" if self.cluster.bastion else "the bastion"

    @property
    def administered_there(self) -> bool:
        """Whether there is a bastion, from which the cluster is administered."""
        return self.cluster.private_api or self.cluster.bastion is not None

    @property
    def bastion_subnet(self) -> NamedSubnet | None:
        """The subnet of the bastion: a declared one, or one of its own; None where none can be."""
        range_, network = self.cluster.bastion, self.cluster.network
        if range_ is None:
            return None
        for subnet in self.subnets:
            if within(range_, subnet.network):
                return subnet
        smallest = SMALLEST_SUBNET.get(self.cluster.provider)
        # Where no subnets are declared at EKS, eksctl makes a network that is full of its own.
        if smallest is None or (self.cluster.provider == "eks" and not self.subnets):
            return None
        if ipaddress.ip_network(range_).prefixlen > smallest or (network and not within(range_, network)):
            return None
        if admitted(range_, (subnet.network for subnet in self.subnets)):
            return None
        zone = self.subnets[0].zone if self.subnets else missing("zone-of-the-bastion")
        return NamedSubnet(BASTION, zone, range_, public=False)

    @property
    def all_subnets(self) -> tuple[NamedSubnet, ...]:
        """The declared subnets, and that of the bastion where it has one of its own."""
        own = self.bastion_subnet
        return (*self.subnets, own) if own and own not in self.subnets else self.subnets

    @property
    def peered(self) -> tuple[Peer, ...]:
        """The networks to connect with that are, or may be, at the same provider."""
        return tuple(peer for peer in self.peers if peer.provider in (None, self.cluster.provider))

    @property
    def system_pools(self) -> tuple[OtherPool, ...]:
        """The pools on which the cluster's own pods run."""
        return tuple(pool for pool in self.cluster.other_pools if pool.purpose == "system")

    @property
    def monitoring_pool(self) -> bool:
        """Whether Prometheus and Loki have nodes of their own."""
        return any(pool.purpose == "monitoring" for pool in self.cluster.other_pools)

    @property
    def max_nodes(self) -> int:
        """How many nodes ScalarDL's pool may reach."""
        assert self.pool is not None
        return max(self.pool.nodes, self.pool.max_nodes or 0)

    @property
    def autoscaled(self) -> bool:
        """Whether the cluster autoscaler may change the number of ScalarDL's nodes."""
        return self.cluster.add_ons.cluster_autoscaler and self.pool is not None

    @property
    def keeps_volumes(self) -> bool:
        """Whether something beside ScalarDL asks the cluster for volumes."""
        add_ons = self.cluster.add_ons
        return (
            add_ons.prometheus_operator or add_ons.logs == "loki" or self.domain.monitoring.stack is not None
        )


def of(profile: Profile, product: Product) -> Site:
    """The site of a product's cluster."""
    domain = profile.domain(product)
    cluster, pool = domain.cluster, domain.node_pool
    subnets = tuple(_named(cluster.subnets))
    private = tuple(subnet for subnet in subnets if not subnet.public)
    # Without private subnets and without NAT, nodes reach a registry only from public ones.
    nodes_private = bool(private) or (not subnets and (cluster.nat or cluster.private_api))
    node_subnets = private or subnets
    zones = tuple(dict.fromkeys(subnet.zone for subnet in node_subnets))
    return Site(
        product=product,
        domain=domain,
        cluster=cluster,
        pool=pool,
        name=cluster.name,
        region=cluster.region or missing("region"),
        network=cluster.network or missing("network"),
        subnets=subnets,
        nodes_private=nodes_private,
        node_subnets=node_subnets,
        zones=zones[: pool.zones] if pool else zones,
        peers=_peers(profile, product) if profile.peering else (),
    )


def _named(subnets: tuple[Subnet, ...]) -> Iterator[NamedSubnet]:
    seen = {"private": 0, "public": 0}
    for subnet in subnets:
        kind = "public" if subnet.public else "private"
        seen[kind] += 1
        yield NamedSubnet(f"{kind}-{seen[kind]}", subnet.zone, subnet.network, subnet.public)


def _peers(profile: Profile, product: Product) -> tuple[Peer, ...]:
    found = []
    other = profile.domain(OTHER[product]).cluster
    if profile.auditor_mode and not one_cluster(profile):
        networks = (other.network or missing(f"{OTHER[product]}-network"),)
        region = other.region or missing(f"{OTHER[product]}-region")
        # One side asks, so that two connections are not made; Auditor is the one that calls.
        asks = product == "auditor"
        found.append(Peer(OTHER[product], networks, other.provider, region, other.name, asks))
    for _, client in outside(profile, profile.domain(product)):
        region, cluster = (
            missing(f"{client.name}-region"),
            client.cluster or missing(f"{client.name}-network"),
        )
        found.append(Peer(client.name, client.networks, None, region, cluster, True))
    return tuple(found)
