"""What the cluster of one domain must be: its network, subnets, zones, pools and add-ons."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from profiles.contradiction import Contradiction, Path, no
from profiles.deployment import Cluster, Subnet
from profiles.models import Domain, Product
from profiles.networks import admitted, overlap, within

# https://kubernetes.io/docs/reference/using-api/deprecation-guide/#horizontalpodautoscaler-v126
_AUTOSCALING = 23


class _Limits(NamedTuple):
    """What a provider allows: the names of its pools, and the addresses of a subnet that it keeps."""

    pool: re.Pattern[str]
    said: str
    kept: int


# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html,
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
# https://learn.microsoft.com/azure/aks/create-node-pools, virtual-network/virtual-networks-faq
# https://cloud.google.com/kubernetes-engine/docs/how-to/node-pools, vpc/docs/subnets
_LIMITS = {
    "eks": _Limits(re.compile(r"[A-Za-z0-9][-_A-Za-z0-9]{0,62}"), "63 letters, digits, - and _", 5),
    "aks": _Limits(re.compile(r"[a-z][a-z0-9]{0,11}"), "12 small letters and digits", 5),
    "gke": _Limits(re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?"), "40 small letters, digits and -", 4),
}


def contradictions(product: Product, domain: Domain) -> Iterator[Contradiction]:
    """What cannot stand together in the cluster of a domain."""
    yield from _network(product, domain)
    yield from _subnets(product, domain.cluster)
    yield from _zones(product, domain)
    yield from _room(product, domain)
    yield from _pools(product, domain)
    yield from _control_plane(product, domain.cluster)
    yield from _add_ons(product, domain)


def _network(product: Product, domain: Domain) -> Iterator[Contradiction]:
    cluster = domain.cluster
    if cluster.network and domain.network.nodes and not admitted(cluster.network, domain.network.nodes):
        yield no(
            f"none of network.nodes is in the cluster's network {cluster.network}, where its nodes stand; "
            "calls that a load balancer hands on from a node would be dropped; correct one of them",
            (product, "network", "nodes"),
            (product, "cluster", "network"),
        )
    images = domain.images
    repositories = [image.repository for image in (getattr(images, product), images.envoy, images.loader)]
    if not cluster.nat and cluster.private_api and None in repositories:
        yield no(
            "nat is false, but images come from a public registry; private nodes could pull none "
            "(requirement nat-gateway); write nat: true, or images.*.repository of a private registry",
            (product, "cluster", "nat"),
            (product, "cluster", "privateApi"),
        )


def _subnets(product: Product, cluster: Cluster) -> Iterator[Contradiction]:
    at: Path = (product, "cluster", "subnets")
    for index, subnet in enumerate(cluster.subnets):
        if cluster.network and not within(subnet.network, cluster.network):
            yield no(
                f"{subnet.network} is not within the cluster's network {cluster.network}; "
                "a subnet is a part of it; correct one of them",
                (*at, index, "network"),
                (product, "cluster", "network"),
            )
    for (first, one), (second, two) in combinations(enumerate(cluster.subnets), 2):
        if overlap(one.network, two.network):
            yield no(
                f"{two.network} overlaps subnet {first + 1}, {one.network}; an address belongs to one "
                "subnet; choose ranges apart",
                (*at, second, "network"),
            )
    if cluster.subnets and all(subnet.public for subnet in cluster.subnets) and cluster.private_api:
        yield no(
            "every subnet is public; nodes of a private cluster stand in private subnets "
            "(requirement private-network); declare private ones",
            at,
            (product, "cluster", "privateApi"),
        )


def _zones(product: Product, domain: Domain) -> Iterator[Contradiction]:
    cluster, pool = domain.cluster, domain.node_pool
    at: Path = (product, "cluster", "subnets")
    zones = sorted({subnet.zone for subnet in _of_nodes(cluster)})
    if pool and zones and len(zones) < pool.zones:
        yield no(
            f"nodePool has {pool.zones} zones, but the subnets of its nodes stand in {len(zones)} "
            f"({', '.join(zones)}); a node stands in a subnet of its zone (requirement three-subnets); "
            "add some",
            at,
            (product, "nodePool", "zones"),
        )
    if cluster.provider == "eks" and len({subnet.zone for subnet in cluster.subnets}) == 1:
        yield no(
            "all subnets are in one zone; EKS makes no cluster with fewer than two; "
            "add a subnet in another zone",
            at,
        )
    if cluster.provider in ("eks", "gke") and cluster.region:
        for index, subnet in enumerate(cluster.subnets):
            if not subnet.zone.startswith(cluster.region):
                yield no(
                    f"{subnet.zone} is no zone of the region {cluster.region}; a cluster stands in one "
                    "region; correct one of them",
                    (*at, index, "zone"),
                    (product, "cluster", "region"),
                )


def _room(product: Product, domain: Domain) -> Iterator[Contradiction]:
    """Whether the nodes' subnets have an address for every node."""
    cluster, pool = domain.cluster, domain.node_pool
    subnets = [ipaddress.ip_network(subnet.network) for subnet in _of_nodes(cluster)]
    if not pool or not subnets:
        return
    kept = _LIMITS[cluster.provider].kept if cluster.provider in _LIMITS else 2
    room = sum(max(0, subnet.num_addresses - kept) for subnet in subnets)
    nodes = max(pool.nodes, pool.max_nodes or 0) + sum(other.nodes for other in cluster.other_pools)
    if room < nodes:
        yield no(
            f"the subnets of the nodes have {room} addresses, and there are up to {nodes} nodes, before any "
            "pod (requirement subnet-size); make them larger, /24 or more",
            (product, "cluster", "subnets"),
            (product, "nodePool", "maxNodes" if pool.max_nodes else "nodes"),
        )


def _pools(product: Product, domain: Domain) -> Iterator[Contradiction]:
    cluster, pool = domain.cluster, domain.node_pool
    names: list[tuple[str, Path]] = [(pool.name, (product, "nodePool", "name"))] if pool else []
    for index, other in enumerate(cluster.other_pools):
        names.append((other.name, (product, "cluster", "otherPools", index, "name")))
    for (one, _), (two, at) in combinations(names, 2):
        if one == two:
            yield no(f"a second pool {two}; the provider knows pools by name; write another", at)
    limits = _LIMITS.get(cluster.provider)
    for name, at in names:
        if limits and not limits.pool.fullmatch(name):
            yield no(
                f"{name} is no name of a pool of {cluster.provider}; it takes {limits.said} at most; "
                "write a shorter or plainer one",
                at,
                (product, "cluster", "provider"),
            )


def _control_plane(product: Product, cluster: Cluster) -> Iterator[Contradiction]:
    at = (product, "cluster", "controlPlaneNodes")
    if cluster.control_plane_nodes and cluster.provider != "none":
        yield no(
            f"the control plane of {cluster.provider} is the provider's; its nodes cannot be chosen; "
            "delete controlPlaneNodes, or write provider: none",
            at,
            (product, "cluster", "provider"),
        )
    elif cluster.control_plane_nodes and cluster.control_plane_nodes % 2 == 0:
        yield no(
            f"{cluster.control_plane_nodes} control plane nodes; an even number survives no more failures "
            "than one less (requirement control-plane-apart); write an odd number",
            at,
        )


def _add_ons(product: Product, domain: Domain) -> Iterator[Contradiction]:
    add_ons, at = domain.cluster.add_ons, (product, "cluster", "addOns")
    if domain.autoscaling and _minor(domain.kubernetes_version) < _AUTOSCALING:
        yield no(
            f"autoscaling needs Kubernetes 1.{_AUTOSCALING} or later, with autoscaling/v2; the cluster has "
            f"{domain.kubernetes_version}; upgrade it and declare that, or write autoscaling: null",
            (product, "autoscaling"),
            (product, "kubernetesVersion"),
        )
    if domain.autoscaling and not add_ons.metrics_server:
        yield no(
            "autoscaling needs a metrics server, which cluster.addOns.metricsServer says is not there "
            "(requirement metrics-server); install one and write true",
            (product, "autoscaling"),
            (*at, "metricsServer"),
        )
    if domain.node_pool and domain.node_pool.max_nodes and not add_ons.cluster_autoscaler:
        yield no(
            "nodes grow to maxNodes only where a cluster autoscaler adds them (requirement "
            "cluster-autoscaler); write cluster.addOns.clusterAutoscaler: true, or delete maxNodes",
            (product, "nodePool", "maxNodes"),
            (*at, "clusterAutoscaler"),
        )
    if domain.external_secrets and not add_ons.external_secrets:
        yield no(
            "externalSecrets needs its operator, which cluster.addOns.externalSecrets says is not there; no "
            "Secret would appear (requirement secret-store); install it and write true, or "
            "externalSecrets: null",
            (product, "externalSecrets"),
            (*at, "externalSecrets"),
        )
    if domain.tls.mode in ("self-signed", "issuer", "cluster-issuer") and not add_ons.cert_manager:
        yield no(
            f"tls.mode {domain.tls.mode} needs cert-manager, which cluster.addOns.certManager says is not "
            "there (requirement tls); install it and write true, or tls.mode: secrets",
            (product, "tls", "mode"),
            (*at, "certManager"),
        )
    monitoring = domain.monitoring
    if (monitoring.service_monitor or monitoring.rules) and not add_ons.prometheus_operator:
        key, requirement = (
            ("serviceMonitor", "service-monitor")
            if monitoring.service_monitor
            else ("rules", "prometheus-rules")
        )
        yield no(
            f"monitoring.{key} needs the Prometheus operator, which cluster.addOns.prometheusOperator says "
            f"is not there; the charts would leave it out in silence (requirement {requirement}); install it "
            f"and write true, or monitoring.{key}: false",
            (product, "monitoring", key),
            (*at, "prometheusOperator"),
        )


def _of_nodes(cluster: Cluster) -> tuple[Subnet, ...]:
    """The subnets in which nodes stand: the private ones, where there are some."""
    return tuple(subnet for subnet in cluster.subnets if not subnet.public) or cluster.subnets


def _minor(version: str) -> int:
    return int(version.split(".")[1])
