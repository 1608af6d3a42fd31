"""What a plan cannot know, because the profile does not say it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from generator.clusters import aks_rules, eks_network, gke, site
from generator.clusters.nodes import machine
from generator.clusters.ranges import free
from generator.clusters.site import Site
from profiles.deployment import OtherPool, Provider
from profiles.domains import OTHER
from profiles.hardening import NodePool
from profiles.models import Product, Profile
from profiles.networks import within
from profiles.quantities import parse

# What a cluster may be called, as other resources are called after it: stacks of CloudFormation, networks.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html,
# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules and
# https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters
_NAMES: dict[Provider, tuple[re.Pattern[str], str]] = {
    "eks": (re.compile(r"[A-Za-z][-A-Za-z0-9]{0,99}"), "a letter, then letters, digits and -"),
    "aks": (re.compile(r".{1,63}"), "63 characters at most"),
    "gke": (re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?"), "40 small letters, digits and - at most"),
}
# eksctl makes networks of these sizes only, and chooses this many zones where none are named.
_EKS_PREFIXES = range(16, 25)
_EKS_ZONES = 3
# The smallest subnet of AWS: a NAT gateway needs one address of it.
_NAT_PREFIX = site.SMALLEST_SUBNET["eks"]
# https://learn.microsoft.com/azure/aks/use-system-pools#system-and-user-node-pools
_AKS_SYSTEM_CPUS = 4


def open_questions(profile: Profile, product: Product) -> tuple[str, ...]:
    """What is missing for a complete plan, one line each: what, and which key of the profile to write."""
    place = site.of(profile, product)
    found = [*_place(place), *_pools(place), *_provider(place)]
    own = [f"{what}; write {product}.{key}" for what, key in found]
    return (*own, *_other_networks(place))


def _place(place: Site) -> Iterator[tuple[str, str]]:
    cluster = place.cluster
    if cluster.region is None:
        yield "the region of the cluster is not declared", "cluster.region"
    if cluster.network is None:
        yield "the range of the cluster's network is not declared", "cluster.network"
    if not cluster.subnets:
        yield "no subnets are declared, so their ranges and zones are open", "cluster.subnets"
    elif cluster.provider == "eks" and not eks_network.made(place):
        yield _public_subnet(place)
    if cluster.private_api and cluster.bastion is None:
        yield "the API is private, and no bastion is declared that reaches it", "cluster.bastion"
    if cluster.bastion and place.bastion_subnet is None and cluster.network and cluster.subnets:
        smallest = site.SMALLEST_SUBNET.get(cluster.provider)
        if smallest and within(cluster.bastion, cluster.network):
            yield (
                f"{cluster.bastion} is in no declared subnet, nor one of its own (/{smallest} or more)",
                "cluster.bastion",
            )
    if not cluster.private_api and cluster.provider != "none":
        yield (
            "the API is public, and no key tells the network of its administrators",
            "cluster.privateApi: true, or fill in administrators-network",
        )


def _public_subnet(place: Site) -> tuple[str, str]:
    """What to declare for the NAT gateway; in a range that is free, as far as the profile knows."""
    zone, taken = place.subnets[0].zone, [subnet.network for subnet in place.all_subnets]
    left = free(place.cluster.network, taken) if place.cluster.network else []
    rooms = [range_ for range_ in left if range_.prefixlen <= _NAT_PREFIX]
    # The smallest that does, so that the large ones stay whole.
    network = next(rooms[-1].subnets(new_prefix=_NAT_PREFIX)) if rooms else "a free range of the network"
    what = "NAT is declared and no subnet is public, where its gateway stands, so no network.yaml is written"
    key = f"cluster.subnets: one more, {{zone: {zone}, network: {network}, public: true}}"
    return what, f"{key}, best one in each zone; or cluster.nat: false"


def _other_networks(place: Site) -> Iterator[str]:
    for peer in place.peers:
        if any("<" in network for network in peer.networks):
            key = f"{OTHER[place.product]}.cluster.network"
            yield f"the network of {peer.title} is not declared, so no route leads there; write {key}"


def _pools(place: Site) -> Iterator[tuple[str, str]]:
    cluster, pool = place.cluster, place.pool
    pools: list[tuple[str, NodePool | OtherPool]] = [("nodePool", pool)] if pool else []
    pools += [(f"cluster.otherPools.{number}", each) for number, each in enumerate(cluster.other_pools)]
    if not pools:
        yield "no nodes are declared", "nodePool, or cluster.otherPools"
    if pool and pool.taint and pool.taint.effect != "PreferNoSchedule" and not place.system_pools:
        yield (
            "ScalarDL's nodes are tainted, and there are no others for CoreDNS and the add-ons",
            "cluster.otherPools (purpose: system)",
        )
    if cluster.provider == "none":
        return
    for key, each in pools:
        if "<" in machine(cluster.provider, each):
            size = f"{each.node_size.cpu} cpu and {each.node_size.memory}"
            yield f"no common machine type has {size}", f"{key}.instanceType"


def _provider(place: Site) -> Iterator[tuple[str, str]]:
    cluster, pool = place.cluster, place.pool
    allowed, text = _NAMES.get(cluster.provider, (re.compile(".*"), ""))
    if not allowed.fullmatch(cluster.name):
        yield f"what is called after the cluster cannot be called {cluster.name} ({text})", "cluster.name"
    if cluster.provider == "eks" and not cluster.subnets:
        if cluster.network and ipaddress.ip_network(cluster.network).prefixlen not in _EKS_PREFIXES:
            yield f"eksctl makes no network of {cluster.network} (/16 to /24)", "cluster.network"
        if pool and pool.zones > _EKS_ZONES:
            yield f"eksctl chooses {_EKS_ZONES} zones, and {pool.zones} are declared", "cluster.subnets"
    if cluster.provider == "aks":
        if any("<" in zone for zone in aks_rules.zones(place)):
            yield "Azure counts its zones: 1, 2, 3", "cluster.subnets (zone)"
        if any(parse(each.node_size.cpu) < parse(_AKS_SYSTEM_CPUS) for each in place.system_pools):
            yield (
                f"AKS wants {_AKS_SYSTEM_CPUS} cpu in nodes of a system pool",
                "cluster.otherPools (nodeSize)",
            )
        for option in aks_rules.ranges(place):
            if option in aks_rules.DEFAULT_RANGES:
                default = aks_rules.DEFAULT_RANGES[option]
                yield (
                    f"{default}, which AKS takes where {option} says nothing, overlaps a declared network",
                    f"cluster.network, or fill in the value of {option}",
                )
        if pool and aks_rules.named_by_label(pool) and "<" in aks_rules.pool_name(pool):
            label = aks_rules.POOL_NAME_LABEL
            yield (
                f"AKS makes the label {label} of the pool's name, which cannot be its value",
                "nodePool.label",
            )
    if cluster.provider == "gke" and cluster.subnets and "<" in gke.pod_ranges(place).pods:
        yield "the network has no room for pods beside its subnets", "cluster.network"
