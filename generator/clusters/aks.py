"""A cluster at AKS: the Azure CLI. The resource group and the network have the cluster's name."""

from __future__ import annotations

import json
from collections.abc import Iterator

from generator.clusters import add_ons, bastion, connections, nodes, observability, removal
from generator.clusters.aks_rules import POOL_NAME_LABEL, named_by_label, pool_name, ranges, zones
from generator.clusters.nodes import PURPOSE, machine, on_pool
from generator.clusters.site import Peer, Site
from generator.clusters.steps import ClusterPlan, Output, Step, Word, line, missing, why
from profiles.deployment import OtherPool
from profiles.hardening import NodePool

_LOGS = (
    *("kube-apiserver", "kube-audit-admin", "kube-controller-manager", "kube-scheduler"),
    *("cluster-autoscaler", "cloud-controller-manager", "guard"),
)
_LOG_DAYS = "30"


def plan(site: Site) -> ClusterPlan:
    """The plan of an AKS cluster."""
    create = (
        *_network(site),
        _cluster(site),
        *_access(site),
        *(_pool(site, pool) for pool in _later_pools(site)),
        *nodes.by_kubectl(site, pool_name(site.pool) if site.pool else ""),
        *_own_add_ons(site),
        *add_ons.steps(site),
        *observability.steps(site),
        *add_ons.backups(site),
        *_peerings(site),
    )
    return ClusterPlan(observability.files(site), create, tuple(_delete(site)))


def _az(site: Site, *words: Word) -> str:
    return line("az", *words, "--resource-group", site.name)


def _id(site: Site, *words: str) -> Output:
    return Output(_az(site, *words, "--query", "id", "--output", "tsv"))


def _node_subnet(site: Site) -> str:
    return site.node_subnets[0].name if site.node_subnets else "private-1"


def _behind_nat(site: Site) -> list[str]:
    own = [subnet.name for subnet in site.all_subnets if subnet not in site.subnets]
    return ([subnet.name for subnet in site.node_subnets] or [_node_subnet(site)]) + own


def _zone_options(site: Site, pool: NodePool | OtherPool) -> tuple[str, ...]:
    numbers = zones(site)
    if not numbers and isinstance(pool, NodePool):
        numbers = tuple(str(number) for number in range(1, pool.zones + 1))
    return ("--zones", *numbers) if numbers else ()


def _network(site: Site) -> Iterator[Step]:
    vnet = ("--vnet-name", site.name)
    subnets = [(subnet.name, subnet.network) for subnet in site.all_subnets]
    if not site.subnets:
        subnets.insert(0, (_node_subnet(site), missing("range-of-the-nodes")))
    made = [
        line("az", "group", "create", "--name", site.name, "--location", site.region),
        _az(
            site,
            *("network", "vnet", "create", "--name", site.name),
            *("--location", site.region, "--address-prefixes", site.network),
        ),
    ]
    create = ("network", "vnet", "subnet", "create", *vnet)
    made += [_az(site, *create, "--name", name, "--address-prefixes", range_) for name, range_ in subnets]
    nodes_at = f"nodes stand in {_node_subnet(site)}, which spans the zones as every subnet of Azure does"
    yield Step(
        "Create the network",
        why(f"{site.network_text}; {nodes_at}", "private-network", "three-subnets", "subnet-size"),
        tuple(made),
        (_az(site, "network", "vnet", "subnet", "list", *vnet, "--output", "table"),),
    )
    if site.cluster.nat:
        nat = f"{site.name}-nat"
        address = ("network", "public-ip", "create", "--name", nat, "--sku", "Standard")
        gateway = ("network", "nat", "gateway", "create", "--name", nat, "--public-ip-addresses", nat)
        update = ("network", "vnet", "subnet", "update", *vnet, "--nat-gateway", nat)
        yield Step(
            "Create the NAT gateway",
            why("private nodes pull images through it", "nat-gateway"),
            (
                _az(site, *address, "--location", site.region),
                _az(site, *gateway, "--location", site.region),
                *(_az(site, *update, "--name", name) for name in _behind_nat(site)),
            ),
            (_az(site, "network", "nat", "gateway", "show", "--name", nat, "--output", "table"),),
        )


def _cluster(site: Site) -> Step:
    subnet = _id(
        site,
        *("network", "vnet", "subnet", "show"),
        *("--vnet-name", site.name, "--name", _node_subnet(site)),
    )
    if site.cluster.nat:
        outbound: tuple[str, ...] = ("--outbound-type", "userAssignedNATGateway")
    elif site.nodes_private:
        # https://learn.microsoft.com/azure/aks/network-isolated
        outbound = (
            *("--outbound-type", "none", "--bootstrap-artifact-source", "Cache"),
            *("--bootstrap-container-registry-resource-id", missing("registry-resource-id")),
        )
    else:
        outbound = ("--outbound-type", "loadBalancer")
    api = (
        ("--enable-private-cluster",)
        if site.cluster.private_api
        else ("--api-server-authorized-ip-ranges", missing("administrators-network"))
    )
    first = next(iter(site.system_pools), None)
    pool: tuple[str, ...] = ("--nodepool-name", "system", "--node-count", missing("system-nodes"))
    pool += ("--node-vm-size", missing("system-machine-type"))
    if first:
        pool = (
            *("--nodepool-name", pool_name(first), "--node-count", str(first.nodes)),
            *("--node-vm-size", machine("aks", first), "--nodepool-labels", f"{PURPOSE}=system"),
        )
        pool += _zone_options(site, first)
    if not site.nodes_private:
        pool += ("--enable-node-public-ip",)
    options = (word for pair in ranges(site).items() for word in pair)
    return Step(
        "Create the cluster with its system pool",
        why(
            "Calico enforces the NetworkPolicies; the network's own addresses are kept for nodes",
            "two-clusters",
            "kubernetes-version",
            "private-network",
            "default-deny",
            "node-groups-by-workload",
        ),
        (
            _az(
                site,
                *("aks", "create", "--name", site.name, "--location", site.region),
                *("--kubernetes-version", site.domain.kubernetes_version, "--tier", "standard"),
                *("--network-plugin", "azure", "--network-plugin-mode", "overlay"),
                *("--network-policy", "calico", *options),
                *("--vnet-subnet-id", subnet, *outbound, *api, *pool, "--generate-ssh-keys"),
            ),
        ),
        (_az(site, "aks", "show", "--name", site.name, "--output", "table"),),
    )


def _access(site: Site) -> Iterator[Step]:
    where = "kubectl and helm then speak to this cluster"
    ids = ["bastion"]
    yield from bastion.steps(site)
    if site.administered_there:
        where = (
            f"all that follows is run on {site.bastion_at}: the API has an address in the cluster's network, "
            "so 443 is open to it from there"
        )
        ids += ["bastion-https", "restrict-connections"]
    yield Step(
        "Log in to the cluster",
        why(where, *ids),
        (_az(site, "aks", "get-credentials", "--name", site.name),),
        (line("kubectl", "cluster-info"),),
    )


def _later_pools(site: Site) -> Iterator[NodePool | OtherPool]:
    """All pools but the first system pool, which comes with the cluster."""
    if site.pool:
        yield site.pool
    first = next(iter(site.system_pools), None)
    yield from (pool for pool in site.cluster.other_pools if pool is not first)


def _pool(site: Site, pool: NodePool | OtherPool) -> Step:
    name, marks = pool_name(pool), list[str]()
    most, reasons = pool.nodes, ["node-groups-by-workload"]
    text, verify = "", [nodes.show_nodes(site)]
    if isinstance(pool, NodePool):
        reasons = ["dedicated-node-group", "node-label", "node-taint", "availability-nodes", "spread-zones"]
        reasons += ["node-size", "node-capacity", "instance-type"]
        text = f"; {nodes.room(pool)}"
        verify.append(nodes.show_room(f"{nodes.POOL_LABEL['aks']}={name}"))
        if named_by_label(pool):
            text += f"; AKS makes the label {POOL_NAME_LABEL} of its name"
        elif pool.label and on_pool("aks", pool.label):
            marks += ["--labels", nodes.label_text(pool)]
        if pool.taint and on_pool("aks", pool.taint):
            marks += ["--node-taints", nodes.taint_text(pool)]
        if site.autoscaled:
            most = site.max_nodes
            marks += ["--enable-cluster-autoscaler", "--min-count", str(pool.nodes), "--max-count", str(most)]
    else:
        marks += ["--labels", f"{PURPOSE}={pool.purpose}"]
    if not site.nodes_private:
        marks.append("--enable-node-public-ip")
    subnet = _id(
        site,
        *("network", "vnet", "subnet", "show"),
        *("--vnet-name", site.name, "--name", _node_subnet(site)),
    )
    where = _zone_options(site, pool)
    mode = "System" if isinstance(pool, OtherPool) and pool.purpose == "system" else "User"
    return Step(
        f"Create the node pool {name}",
        why(f"{pool.nodes} nodes{text}", *reasons),
        (
            _az(
                site,
                *("aks", "nodepool", "add", "--cluster-name", site.name, "--name", name, "--mode", mode),
                *("--node-count", str(pool.nodes), "--node-vm-size", machine("aks", pool)),
                *where,
                "--vnet-subnet-id",
                subnet,
                *marks,
            ),
        ),
        tuple(verify),
    )


def _own_add_ons(site: Site) -> Iterator[Step]:
    declared = site.cluster.add_ons
    workspace = ("monitor", "log-analytics", "workspace")
    create = _az(
        site,
        *(*workspace, "create", "--workspace-name", site.name),
        *("--location", site.region, "--retention-time", _LOG_DAYS),
    )
    workspace_id = _id(site, *workspace, "show", "--workspace-name", site.name)
    cluster_id = _id(site, "aks", "show", "--name", site.name)
    if declared.control_plane_logs:
        logs = json.dumps([{"category": each, "enabled": True} for each in _LOGS])
        setting = ("monitor", "diagnostic-settings")
        yield Step(
            "Keep the control plane's logs",
            why("in a Log Analytics workspace of the cluster's name", "control-plane-monitoring"),
            (
                create,
                line(
                    *("az", *setting, "create", "--name", "control-plane", "--resource", cluster_id),
                    *("--workspace", workspace_id, "--logs", logs, "--export-to-resource-specific", "true"),
                ),
            ),
            (line("az", *setting, "list", "--resource", cluster_id),),
        )
    if declared.metrics_server:
        yield Step(
            "Check the metrics server",
            why("AKS brings it; autoscalers ask it what pods use", "metrics-server"),
            (
                line(
                    "kubectl", "--namespace", "kube-system", "rollout", "status", "deployment/metrics-server"
                ),
            ),
            (line("kubectl", "top", "nodes"),),
        )
    if declared.cluster_autoscaler:
        pool = site.pool
        bounds = f"from {pool.nodes} to {site.max_nodes} nodes of ScalarDL" if pool else "of the pools"
        profile = ("--cluster-autoscaler-profile", "balance-similar-node-groups=true")
        yield Step(
            "Set the cluster autoscaler up",
            why(f"AKS runs it: {bounds}, by how many pods wait", "cluster-autoscaler", "hpa-node-capacity"),
            (_az(site, "aks", "update", "--name", site.name, *profile),),
            (
                _az(site, "aks", "nodepool", "list", "--cluster-name", site.name, "--output", "table"),
                line(
                    "kubectl", "--namespace", "kube-system", "get", "configmap", "cluster-autoscaler-status"
                ),
            ),
        )
    if declared.logs == "provider":
        yield Step(
            "Collect the logs with Azure Monitor",
            why(
                "its agent runs on every node and tolerates ScalarDL's taint",
                "collect-logs",
                "daemonsets-tolerate",
                "monitor-components",
            ),
            (
                create,
                _az(
                    site,
                    *("aks", "enable-addons", "--name", site.name, "--addons", "monitoring"),
                    *("--workspace-resource-id", workspace_id),
                ),
            ),
            (observability.show_agents(),),
        )


def _peerings(site: Site) -> Iterator[Step]:
    if site.peered:
        # https://learn.microsoft.com/azure/virtual-network/create-peering-different-subscriptions
        right = "Microsoft.Network/virtualNetworks/peer/action"
        yield connections.trade(
            site,
            "the id of this network, and the right to peer with it and no other right "
            f"({right}, on this network alone),",
            lambda peer: f"the same from {peer.title}",
            (
                _az(
                    site,
                    *("network", "vnet", "show", "--name", site.name, "--query", "id", "--output", "tsv"),
                ),
            ),
        )
    yield from (_peering(site, peer) for peer in site.peers)


def _peering(site: Site, peer: Peer) -> Step:
    if peer not in site.peered:
        return connections.by_other_means(site, peer)
    remote = missing(f"id-of-the-network-of-{peer.name}")
    words = ("network", "vnet", "peering", "create", "--vnet-name", site.name, "--allow-vnet-access")
    return Step(
        connections.title(peer),
        why(
            f"{peer.ranges}; its administrators make the same peering on their side, in any order",
            *connections.REASONS,
        ),
        (_az(site, *words, "--name", f"to-{peer.name}", "--remote-vnet", remote),),
        (_az(site, "network", "vnet", "peering", "list", "--vnet-name", site.name, "--output", "table"),),
    )


def _delete(site: Site) -> Iterator[Step]:
    later = [pool_name(pool) for pool in _later_pools(site)]
    words = ("aks", "nodepool", "delete", "--cluster-name", site.name)
    yield Step(
        "Delete the node pools",
        why("ScalarDL itself is gone by now; the system pool goes with the cluster", removal.ORDER),
        (
            *observability.delete_volumes(site),
            *(_az(site, *words, "--name", name) for name in later),
        ),
        (line("kubectl", "get", "nodes"),),
    )
    yield Step(
        "Delete the cluster",
        why("its network stays until the bastion is gone", removal.ORDER),
        (_az(site, "aks", "delete", "--name", site.name, "--yes"),),
        (_az(site, "aks", "list", "--output", "table"),),
    )
    yield removal.database(site)
    if site.administered_there:
        machine_name = bastion.name(site)
        yield removal.bastion(site, _az(site, "vm", "delete", "--name", machine_name, "--yes"))
    nat, vnet = f"{site.name}-nat", ("network", "vnet")
    if site.cluster.nat:
        drop = (*vnet, "subnet", "update", "--vnet-name", site.name, "--remove", "natGateway")
        yield Step(
            "Delete the NAT gateway",
            why("subnets let go of it first", removal.ORDER),
            (
                *(_az(site, *drop, "--name", name) for name in _behind_nat(site)),
                _az(site, "network", "nat", "gateway", "delete", "--name", nat),
                _az(site, "network", "public-ip", "delete", "--name", nat),
            ),
        )
    yield Step(
        "Delete the network",
        why("peerings and what else is in the resource group go with it", removal.ORDER),
        (
            _az(site, *vnet, "delete", "--name", site.name),
            line("az", "group", "delete", "--name", site.name, "--yes"),
        ),
        (line("az", "group", "exists", "--name", site.name),),
    )
