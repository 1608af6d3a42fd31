"""A cluster of another provider, or on one's own machines: what to prepare, and how to check it."""

from __future__ import annotations

from collections.abc import Iterator

from generator.bundle.markdown import code
from generator.clusters import add_ons, bastion, connections, nodes, observability, removal
from generator.clusters.charts import METRICS_SERVER, install, shown
from generator.clusters.nodes import PURPOSE
from generator.clusters.site import Site
from generator.clusters.steps import ClusterPlan, Step, line, missing, why

_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
_ZONE = "topology.kubernetes.io/zone"
_REGION = "topology.kubernetes.io/region"


def plan(site: Site) -> ClusterPlan:
    """The plan of a cluster that somebody else makes."""
    create = (
        _network(site),
        _cluster(site),
        *bastion.steps(site),
        *_pools(site),
        *_own_add_ons(site),
        *add_ons.steps(site),
        *observability.steps(site),
        *add_ons.backups(site),
        *(connections.by_other_means(site, peer) for peer in site.peers),
    )
    return ClusterPlan(observability.files(site), create, tuple(_delete(site)))


def _network(site: Site) -> Step:
    subnets = [
        f"{subnet.network} in {subnet.zone}{' (public)' if subnet.public else ''}" for subnet in site.subnets
    ]
    parts = [site.network_text, f"with {', '.join(subnets)}" if subnets else "with subnets of your choice"]
    parts.append("a way out by NAT" if site.cluster.nat else "no way out: images come from a registry inside")
    if site.administered_there:
        parts.append(f"and 443 of the API open to {site.bastion_at}")
    return Step(
        "Prepare the network",
        why(
            ", ".join(parts),
            "private-network",
            "subnet-size",
            "nat-gateway",
            "bastion",
            "bastion-https",
            "restrict-connections",
            "provider-traffic",
        ),
        (),
        (line("kubectl", "get", "nodes", "--output", "wide"),),
    )


def _cluster(site: Site) -> Step:
    count = site.cluster.control_plane_nodes
    own = f"{count} nodes for the control plane alone" if count else "a control plane of its own"
    place = f" in {code(site.cluster.region)}" if site.cluster.region else ""
    api = "an API with a private address" if site.cluster.private_api else "an API"
    return Step(
        f"Prepare the cluster {site.name}",
        why(
            f"Kubernetes {site.domain.kubernetes_version}{place}, {own}, {api}, and a network "
            "plugin that enforces NetworkPolicies",
            "two-clusters",
            "kubernetes-version",
            "control-plane-apart",
            "default-deny",
        ),
        (),
        (
            line("kubectl", "version"),
            line("kubectl", "get", "nodes", "--selector", _CONTROL_PLANE),
            line("kubectl", "cluster-info"),
        ),
    )


def _pools(site: Site) -> Iterator[Step]:
    pool = site.pool
    if pool:
        names = [missing(f"{pool.name}-node-{number}") for number in range(1, pool.nodes + 1)]
        commands = []
        if pool.label:
            commands.append(line("kubectl", "label", "nodes", *names, nodes.label_text(pool), "--overwrite"))
        if pool.taint:
            chosen = ("-l", nodes.label_text(pool)) if pool.label else tuple(names)
            commands.append(line("kubectl", "taint", "nodes", *chosen, nodes.taint_text(pool), "--overwrite"))
        size = pool.node_size
        kind = f" ({pool.instance_type})" if pool.instance_type else ""
        verify = [nodes.show_nodes(site)]
        if pool.label:
            verify.append(nodes.show_taints(nodes.label_text(pool)))
            verify.append(nodes.show_room(nodes.label_text(pool)))
        yield Step(
            f"Give the pool {pool.name} its label and its taint",
            why(
                f"{pool.nodes} nodes of {size.cpu} cpu and {size.memory}{kind}, later ones too; "
                f"{nodes.room(pool)}",
                "dedicated-node-group",
                "node-label",
                "node-taint",
                "availability-nodes",
                "node-size",
                "node-capacity",
                "replicas-equal-nodes",
            ),
            tuple(commands),
            tuple(verify),
        )
        zones = site.zones or tuple(missing(f"zone-{number}") for number in range(1, pool.zones + 1))
        # Node after node into the next zone.
        dealt = [names[index :: len(zones)] for index in range(len(zones))]
        yield Step(
            f"Tell the zone of each of these nodes: {len(zones)} in all",
            why(
                "pods are spread by this label; a cloud's controller sets it by itself",
                "spread-zones",
                "three-subnets",
            ),
            tuple(
                line("kubectl", "label", "nodes", *some, f"{_ZONE}={zone}", "--overwrite")
                for zone, some in zip(zones, dealt, strict=True)
                if some
            ),
            (line("kubectl", "get", "nodes", "--label-columns", f"{_REGION},{_ZONE}"),),
        )
    for other in site.cluster.other_pools:
        names = [missing(f"{other.name}-node-{number}") for number in range(1, other.nodes + 1)]
        size = other.node_size
        kind = f" ({other.instance_type})" if other.instance_type else ""
        yield Step(
            f"Label the nodes of the pool {other.name}",
            why(f"{other.nodes} nodes of {size.cpu} cpu and {size.memory}{kind}", "node-groups-by-workload"),
            (line("kubectl", "label", "nodes", *names, f"{PURPOSE}={other.purpose}", "--overwrite"),),
            (line("kubectl", "get", "nodes", "--selector", f"{PURPOSE}={other.purpose}"),),
        )


def _own_add_ons(site: Site) -> Iterator[Step]:
    declared = site.cluster.add_ons
    if declared.control_plane_logs:
        yield Step(
            "Keep the control plane's logs",
            why(
                "give the API server an audit policy and an audit log, and watch the control plane's pods",
                "control-plane-monitoring",
            ),
            (),
            (
                line(
                    "kubectl", "--namespace", "kube-system", "get", "pods", "--selector", "tier=control-plane"
                ),
                line("kubectl", "get", "--raw", "/readyz?verbose"),
            ),
        )
    if declared.metrics_server:
        yield Step(
            "Install the metrics server",
            why("autoscalers ask it what pods use", "metrics-server"),
            (install(METRICS_SERVER),),
            (shown(METRICS_SERVER, "deployments"), line("kubectl", "top", "nodes")),
        )
    if declared.cluster_autoscaler:
        pool = site.pool
        bounds = f"from {pool.nodes} to {site.max_nodes} nodes of {pool.name}" if pool else "of the pools"
        yield Step(
            "Set the cluster autoscaler up for your machines",
            why(
                f"{bounds}; new nodes come with the label and the taint (kubelet: --node-labels, "
                "--register-with-taints)",
                "cluster-autoscaler",
                "hpa-node-capacity",
            ),
            (),
            (line("kubectl", "--namespace", "kube-system", "get", "configmap", "cluster-autoscaler-status"),),
        )


def _delete(site: Site) -> Iterator[Step]:
    pool, commands = site.pool, list(observability.delete_volumes(site))
    if pool and pool.label:
        chosen = nodes.label_text(pool)
        if pool.taint:
            gone = f"{pool.taint.key}:{pool.taint.effect}-"
            commands.append(line("kubectl", "taint", "nodes", "-l", chosen, gone))
        commands.append(line("kubectl", "label", "nodes", "-l", chosen, f"{pool.label.key}-"))
    yield Step(
        "Give the nodes back",
        why("ScalarDL itself is gone by now", removal.ORDER),
        tuple(commands),
        (line("kubectl", "get", "nodes", "--show-labels"),),
    )
    yield Step(
        "Delete the cluster",
        why(f"{site.name}, the way it was made", removal.ORDER),
        (),
    )
    yield removal.database(site)
    if site.administered_there:
        yield Step("Delete the bastion", why(f"{site.bastion_at}, the way it was made", removal.ORDER), ())
    if site.cluster.nat:
        yield Step("Delete the NAT gateway", why("nothing is left that needs it", removal.ORDER), ())
    yield Step("Delete the network", why(f"{site.network_text}, the way it was made", removal.ORDER), ())
