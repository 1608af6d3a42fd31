"""What AKS demands: how pools are named, how zones are counted, which ranges it takes by itself."""

from __future__ import annotations

import re

from generator.clusters.site import Site
from generator.clusters.steps import missing
from profiles.deployment import OtherPool
from profiles.hardening import NodePool
from profiles.networks import admitted

# AKS writes this label itself, with the pool's name, and lets nobody else set it:
# https://learn.microsoft.com/azure/aks/use-labels#deprecated-labels and
# https://github.com/Azure/karpenter-provider-azure/issues/1707
POOL_NAME_LABEL = "agentpool"
# https://learn.microsoft.com/azure/aks/use-system-pools#limitations
POOL_NAME = re.compile(r"[a-z][a-z0-9]{0,11}")
# What AKS takes for services and pods where nothing is said, outside of the network:
# https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay
DEFAULT_RANGES = {"--service-cidr": "10.0.0.0/16", "--pod-cidr": "10.244.0.0/16"}


def named_by_label(pool: NodePool | OtherPool) -> bool:
    """Whether the pool's label is the one that AKS makes of the pool's name."""
    return isinstance(pool, NodePool) and pool.label is not None and pool.label.key == POOL_NAME_LABEL


def pool_name(pool: NodePool | OtherPool) -> str:
    """The name a pool gets, such that AKS takes it and its nodes carry the declared label."""
    name = pool.name
    if isinstance(pool, NodePool) and pool.label and named_by_label(pool):
        name = pool.label.value
    return name if POOL_NAME.fullmatch(name) else missing("pool-name")


def zones(site: Site) -> tuple[str, ...]:
    """The zones of the nodes as Azure counts them: 1, 2, 3; a subnet may say 1 or japaneast-1."""
    counted = (zone.rpartition("-")[2] for zone in site.zones)
    return tuple(zone if zone.isdecimal() else missing("zone") for zone in counted)


def ranges(site: Site) -> dict[str, str]:
    """Options for the ranges of services and pods where AKS's own overlap a declared network."""
    known = [site.network, *(network for peer in site.peers for network in peer.networks)]
    found = {
        option: missing(f"{option.strip('-').removesuffix('-cidr')}-range")
        for option, default in DEFAULT_RANGES.items()
        if admitted(default, (network for network in known if "<" not in network))
    }
    if "--service-cidr" in found:
        found["--dns-service-ip"] = missing("address-in-the-service-range")
    return found
