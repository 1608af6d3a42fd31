"""Nodes at the providers: machine types, and which labels and taints a pool may carry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from generator.clusters.site import Site
from generator.clusters.steps import Step, line, missing, why
from profiles.deployment import OtherPool, Provider
from profiles.hardening import Label, NodePool, Taint
from profiles.quantities import parse, text


class Machine(NamedTuple):
    """A machine type with its cpus and its memory in GiB."""

    name: str
    cpus: int
    memory: int


# General purpose, 4 GiB for each cpu, smallest first. Of EKS it is the family that the guide names:
# m5.xlarge for nodes of 4 vCPU, though it has 16 GiB [instance-type].
# https://aws.amazon.com/ec2/instance-types/m5/
# https://learn.microsoft.com/azure/virtual-machines/sizes/general-purpose/dsv5-series
# https://cloud.google.com/compute/docs/general-purpose-machines
MACHINES: dict[Provider, tuple[Machine, ...]] = {
    "eks": (
        Machine("m5.large", 2, 8),
        Machine("m5.xlarge", 4, 16),
        Machine("m5.2xlarge", 8, 32),
        Machine("m5.4xlarge", 16, 64),
        Machine("m5.8xlarge", 32, 128),
        Machine("m5.12xlarge", 48, 192),
        Machine("m5.16xlarge", 64, 256),
        Machine("m5.24xlarge", 96, 384),
    ),
    "aks": tuple(Machine(f"Standard_D{cpus}s_v5", cpus, cpus * 4) for cpus in (2, 4, 8, 16, 32, 48, 64, 96)),
    "gke": (
        *(Machine(f"e2-standard-{cpus}", cpus, cpus * 4) for cpus in (2, 4, 8, 16, 32)),
        *(Machine(f"n2-standard-{cpus}", cpus, cpus * 4) for cpus in (48, 64, 80, 96, 128)),
    ),
    "none": (),
}

# The domains whose keys a provider refuses on a pool; a domain stands for those below it too.
# EKS: "Taint cannot contain reserved prefixes [kubernetes.io/, k8s.io/, eks.amazonaws.com/]", and the same
# of labels: https://github.com/aws/containers-roadmap/issues/1451 [node-taint-by-kubectl]
# AKS: https://learn.microsoft.com/azure/aks/use-labels#reserved-prefixes and, of taints,
# https://github.com/Azure/karpenter-provider-azure/issues/1830
# GKE: https://github.com/hashicorp/terraform-provider-google/issues/6003 (kubernetes.io) and
# https://github.com/hashicorp/terraform-provider-google/pull/19677 (cloud.google.com). Of taints
# https://cloud.google.com/kubernetes-engine/docs/how-to/node-taints names no refused key.
REFUSED: dict[tuple[Provider, Literal["label", "taint"]], tuple[str, ...]] = {
    ("eks", "label"): ("kubernetes.io", "k8s.io", "eks.amazonaws.com"),
    ("eks", "taint"): ("kubernetes.io", "k8s.io", "eks.amazonaws.com"),
    ("aks", "label"): ("kubernetes.io", "k8s.io", "kubernetes.azure.com"),
    ("aks", "taint"): ("kubernetes.azure.com",),
    ("gke", "label"): ("kubernetes.io", "k8s.io", "cloud.google.com"),
    ("gke", "taint"): (),
}
# What the provider itself writes on a pool's nodes, with the pool's name.
POOL_LABEL: dict[Provider, str] = {
    "eks": "eks.amazonaws.com/nodegroup",
    "aks": "kubernetes.azure.com/agentpool",
    "gke": "cloud.google.com/gke-nodepool",
}
# By it, Prometheus and Loki find the nodes that are theirs.
PURPOSE = "purpose"


def machine(provider: Provider, pool: NodePool | OtherPool) -> str:
    """The declared machine type, or the smallest common one of the declared node size."""
    if pool.instance_type:
        return pool.instance_type
    cpus, memory = (parse(amount) for amount in (pool.node_size.cpu, pool.node_size.memory))
    for each in MACHINES[provider]:
        if parse(each.cpus) >= cpus and parse(f"{each.memory}Gi") >= memory:
            return each.name
    return missing("machine-type")


def on_pool(provider: Provider, mark: Label | Taint) -> bool:
    """Whether the provider takes this label or taint on a pool, so that new nodes come with it."""
    taint = isinstance(mark, Taint)
    if provider == "aks" and taint and not mark.value:
        # az wants a value: https://learn.microsoft.com/cli/azure/aks/nodepool#az-aks-nodepool-add
        return False
    domain = mark.key.rpartition("/")[0]
    refused = REFUSED.get((provider, "taint" if taint else "label"))
    return refused is not None and not any(f".{domain}".endswith(f".{each}") for each in refused)


def label_text(pool: NodePool) -> str:
    """The pool's label as commands take it."""
    assert pool.label is not None
    return f"{pool.label.key}={pool.label.value}"


def taint_text(pool: NodePool) -> str:
    """The pool's taint as commands take it."""
    assert pool.taint is not None
    return f"{pool.taint.key}={pool.taint.value}:{pool.taint.effect}"


def selector(site: Site, pool_name: str) -> str:
    """A label selector of the pool's nodes."""
    assert site.pool is not None
    if site.pool.label:
        return label_text(site.pool)
    return f"{POOL_LABEL[site.cluster.provider]}={pool_name}"


def by_kubectl(site: Site, pool_name: str) -> Iterator[Step]:
    """The label and the taint that the provider refuses on a pool."""
    pool, provider = site.pool, site.cluster.provider
    if pool is None:
        return
    title = provider.upper()
    if pool.label and not on_pool(provider, pool.label):
        nodes = f"{POOL_LABEL[provider]}={pool_name}"
        yield Step(
            "Label ScalarDL's nodes",
            why(
                f"{title} refuses the label {pool.label.key} on a pool, so a node that comes later comes "
                "without it: run this again after each scaling, upgrade or repair",
                "node-label",
            ),
            (line("kubectl", "label", "nodes", "-l", nodes, label_text(pool), "--overwrite"),),
            (line("kubectl", "get", "nodes", "-l", label_text(pool)),),
        )
    if pool.taint and not on_pool(provider, pool.taint):
        nodes = selector(site, pool_name)
        new = "a node that comes later (scaling, upgrade, repair)"
        if site.autoscaled:
            new = f"a node that the autoscaler adds (up to {site.max_nodes}) or an upgrade replaces"
        yield Step(
            "Taint ScalarDL's nodes",
            why(
                f"{title} refuses the taint {pool.taint.key} on a pool, so {new} comes without it and other "
                "pods may settle there: run this again each time and drain them, or write nodePool.taint "
                "with a key of another domain, which is set on the pool",
                "node-taint",
                "node-taint-by-kubectl",
            ),
            (line("kubectl", "taint", "nodes", "-l", nodes, taint_text(pool), "--overwrite"),),
            (show_taints(nodes),),
        )


def room(pool: NodePool) -> str:
    """What each node leaves to pods at least: with that the placement of ScalarDL's pods was proved."""
    size, kept = pool.node_size, pool.reserved
    cpu = text(parse(size.cpu) - parse(kept.cpu))
    return f"each leaves {cpu} cpu and {text(parse(size.memory) - parse(kept.memory))} to pods at least"


def show_room(nodes: str) -> str:
    """A line that shows what the selected nodes leave to pods."""
    columns = "NAME:.metadata.name,CPU:.status.allocatable.cpu,MEMORY:.status.allocatable.memory"
    return line("kubectl", "get", "nodes", "-l", nodes, "--output", f"custom-columns={columns}")


def show_taints(nodes: str) -> str:
    """A line that shows the taints of the selected nodes."""
    columns = "custom-columns=NAME:.metadata.name,TAINTS:.spec.taints"
    return line("kubectl", "get", "nodes", "-l", nodes, "--output", columns)


def show_nodes(site: Site) -> str:
    """A line that shows the nodes with their zones, purposes, and ScalarDL's label."""
    columns = ["topology.kubernetes.io/zone", PURPOSE]
    if site.pool and site.pool.label:
        columns.append(site.pool.label.key)
    return line("kubectl", "get", "nodes", "--label-columns", ",".join(columns))
