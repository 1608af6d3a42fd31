"""A cluster at GKE: gcloud. The VPC network has the cluster's name, in the project that gcloud is set to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from generator.clusters import add_ons, bastion, connections, nodes, observability, removal
from generator.clusters.nodes import PURPOSE, machine, on_pool
from generator.clusters.ranges import free
from generator.clusters.site import Peer, Site
from generator.clusters.steps import ClusterPlan, Step, line, missing, why
from profiles.deployment import OtherPool
from profiles.hardening import NodePool

_CONTROL_PLANE = ("API_SERVER", "CONTROLLER_MANAGER", "SCHEDULER")
# GKE makes it with every cluster; ours take its place.
_DEFAULT_POOL = "default-pool"
# Services are few: this many addresses do for any cluster.
_SERVICES_PREFIX = 20


class PodRanges(NamedTuple):
    """Where pods and Services get their addresses from."""

    pods: str
    services: str


def plan(site: Site) -> ClusterPlan:
    """The plan of a GKE cluster."""
    create = (
        *_network(site),
        _cluster(site),
        *_access(site),
        *_pools(site),
        *nodes.by_kubectl(site, site.pool.name if site.pool else ""),
        *_own_add_ons(site),
        *add_ons.steps(site),
        *observability.steps(site),
        *add_ons.backups(site),
        *_peerings(site),
    )
    return ClusterPlan(observability.files(site), create, tuple(_delete(site)))


def pod_ranges(site: Site) -> PodRanges:
    """Ranges within the declared network that no subnet takes.

    Pods keep their addresses on the way to a peered network, so those must be of the network that the
    other side admits: https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips
    """
    unknown = PodRanges(missing("range-of-the-pods"), missing("range-of-the-services"))
    if not site.cluster.network or not site.subnets:
        return unknown
    taken = [subnet.network for subnet in site.subnets]
    if site.cluster.bastion:
        taken.append(site.cluster.bastion)
    left = free(site.cluster.network, taken)
    if len(left) < 2:
        return unknown
    services = left[1]
    if services.prefixlen < _SERVICES_PREFIX and services.version == 4:
        services = next(iter(services.subnets(new_prefix=_SERVICES_PREFIX)))
    return PodRanges(str(left[0]), str(services))


def _subnet(site: Site, name: str) -> str:
    # Names of subnets are the project's, not the network's.
    return f"{site.name}-{name}"


def _node_subnet(site: Site) -> str:
    return _subnet(site, site.node_subnets[0].name if site.node_subnets else "private-1")


def _at(site: Site) -> tuple[str, str]:
    return ("--location", site.region)


def _network(site: Site) -> Iterator[Step]:
    subnets = [(_subnet(site, subnet.name), subnet.network) for subnet in site.all_subnets]
    if not site.subnets:
        subnets.insert(0, (_node_subnet(site), missing("range-of-the-nodes")))
    place = ("--network", site.name, "--region", site.region)
    yield Step(
        "Create the network",
        why(
            f"{site.network_text}; nodes stand in {_node_subnet(site)}, which spans the zones as every "
            "subnet of Google Cloud does",
            "private-network",
            "three-subnets",
            "subnet-size",
        ),
        (
            line("gcloud", "compute", "networks", "create", site.name, "--subnet-mode", "custom"),
            *(
                line(
                    *("gcloud", "compute", "networks", "subnets", "create", name, *place),
                    *("--range", range_, "--enable-private-ip-google-access"),
                )
                for name, range_ in subnets
            ),
        ),
        (line("gcloud", "compute", "networks", "subnets", "list", "--network", site.name),),
    )
    if site.cluster.nat:
        nat = f"{site.name}-nat"
        private = [_subnet(site, subnet.name) for subnet in site.node_subnets] or [_node_subnet(site)]
        private += [_subnet(site, subnet.name) for subnet in site.all_subnets if subnet not in site.subnets]
        which = ",".join(f"{name}:ALL" for name in private)
        yield Step(
            "Create the NAT gateway",
            why("private nodes pull images through it", "nat-gateway"),
            (
                line("gcloud", "compute", "routers", "create", nat, *place),
                line(
                    *("gcloud", "compute", "routers", "nats", "create", nat, "--router", nat),
                    *("--region", site.region, "--auto-allocate-nat-external-ips"),
                    *("--nat-custom-subnet-ip-ranges", which),
                ),
            ),
            (
                line(
                    *("gcloud", "compute", "routers", "nats", "list"),
                    *("--router", nat, "--region", site.region),
                ),
            ),
        )


def _cluster(site: Site) -> Step:
    ranges = pod_ranges(site)
    api: tuple[str, ...] = ("--master-authorized-networks", missing("administrators-network"))
    if site.cluster.private_api:
        api = ("--enable-private-endpoint", "--master-authorized-networks", site.bastion)
    zones = ",".join(site.zones)
    admitted = site.bastion_at if site.cluster.private_api else "the network that you fill in"
    return Step(
        "Create the cluster",
        why(
            "Dataplane V2 enforces the NetworkPolicies; pods get addresses of the network, so that the other "
            f"side knows them. The API admits {admitted}",
            "two-clusters",
            "kubernetes-version",
            "private-network",
            "bastion-https",
            "restrict-connections",
            "default-deny",
        ),
        (
            line(
                *("gcloud", "container", "clusters", "create", site.name, *_at(site)),
                *("--cluster-version", site.domain.kubernetes_version, "--enable-dataplane-v2"),
                *("--network", site.name, "--subnetwork", _node_subnet(site), "--enable-ip-alias"),
                *("--cluster-ipv4-cidr", ranges.pods, "--services-ipv4-cidr", ranges.services),
                *(("--enable-private-nodes",) if site.nodes_private else ()),
                *("--enable-master-authorized-networks", *api),
                *(("--node-locations", zones) if zones else ()),
                *("--num-nodes", "1", "--logging", _logging(site), "--monitoring", _monitoring(site)),
            ),
        ),
        (line("gcloud", "container", "clusters", "describe", site.name, *_at(site)),),
    )


def _logging(site: Site) -> str:
    add_ons = site.cluster.add_ons
    workload = ("WORKLOAD",) if add_ons.logs == "provider" else ()
    return ",".join(("SYSTEM", *workload, *(_CONTROL_PLANE if add_ons.control_plane_logs else ())))


def _monitoring(site: Site) -> str:
    return ",".join(("SYSTEM", *(_CONTROL_PLANE if site.cluster.add_ons.control_plane_logs else ())))


def _access(site: Site) -> Iterator[Step]:
    yield from bastion.steps(site)
    internal = ("--internal-ip",) if site.cluster.private_api else ()
    where = f"all that follows is run on {site.bastion_at}"
    yield Step(
        "Log in to the cluster",
        why(where if site.administered_there else "kubectl and helm then speak to it", "bastion"),
        (line("gcloud", "container", "clusters", "get-credentials", site.name, *_at(site), *internal),),
        (line("kubectl", "cluster-info"),),
    )


def _pools(site: Site) -> Iterator[Step]:
    pools = [pool for pool in (site.pool, *site.cluster.other_pools) if pool]
    for pool in pools:
        yield _pool(site, pool)
    if pools:
        yield Step(
            "Delete the pool that GKE made by itself",
            why("the declared ones take its place", "dedicated-node-group", "node-groups-by-workload"),
            (_delete_pool(site, _DEFAULT_POOL),),
            (line("gcloud", "container", "node-pools", "list", "--cluster", site.name, *_at(site)),),
        )


def _pool(site: Site, pool: NodePool | OtherPool) -> Step:
    own = isinstance(pool, NodePool)
    zones = site.zones or ((missing("zones"),) if own else ())
    count = pool.zones if isinstance(pool, NodePool) else max(len(zones), 1)
    # GKE wants the number of each zone.
    in_each = -(-pool.nodes // count)
    marks = ["--node-labels", f"{PURPOSE}={pool.purpose}"] if isinstance(pool, OtherPool) else []
    reasons, text = ["node-groups-by-workload"], f"{in_each} in each of {count} zones"
    verify = [nodes.show_nodes(site)]
    if isinstance(pool, NodePool):
        reasons = ["dedicated-node-group", "node-label", "node-taint", "availability-nodes", "spread-zones"]
        reasons += ["node-size", "node-capacity", "instance-type"]
        text += f"; {nodes.room(pool)}"
        verify.append(nodes.show_room(f"{nodes.POOL_LABEL['gke']}={pool.name}"))
        if pool.label and on_pool("gke", pool.label):
            marks += ["--node-labels", nodes.label_text(pool)]
        if pool.taint and on_pool("gke", pool.taint):
            marks += ["--node-taints", nodes.taint_text(pool)]
            if pool.taint.key.partition("/")[0].endswith(("kubernetes.io", "k8s.io")):
                text += "; should GKE refuse this taint, leave it out and set it by kubectl, as on new nodes"
        if site.autoscaled:
            marks += ["--enable-autoscaling", "--location-policy", "BALANCED"]
            marks += ["--total-min-nodes", str(pool.nodes), "--total-max-nodes", str(site.max_nodes)]
    return Step(
        f"Create the node pool {pool.name}",
        why(text, *reasons),
        (
            line(
                *("gcloud", "container", "node-pools", "create", pool.name, "--cluster", site.name),
                *(*_at(site), "--machine-type", machine("gke", pool), "--num-nodes", str(in_each)),
                *(("--node-locations", ",".join(zones)) if zones else ()),
                *marks,
            ),
        ),
        tuple(verify),
    )


def _own_add_ons(site: Site) -> Iterator[Step]:
    declared = site.cluster.add_ons
    update = ("gcloud", "container", "clusters", "update", site.name, *_at(site))
    logging = line(*update, "--logging", _logging(site))
    if declared.control_plane_logs:
        shown = "value(loggingConfig,monitoringConfig)"
        yield Step(
            "Keep the control plane's logs and metrics",
            why(
                "the cluster has them from its creation; these lines are for one that has not",
                "control-plane-monitoring",
            ),
            (logging, line(*update, "--monitoring", _monitoring(site))),
            (line("gcloud", "container", "clusters", "describe", site.name, *_at(site), "--format", shown),),
        )
    if declared.metrics_server:
        yield Step(
            "Check the metrics server",
            why("GKE brings it; autoscalers ask it what pods use", "metrics-server"),
            (line("kubectl", "get", "apiservices", "v1beta1.metrics.k8s.io"),),
            (line("kubectl", "top", "nodes"),),
        )
    if declared.cluster_autoscaler:
        bounds = (
            f"from {site.pool.nodes} to {site.max_nodes} nodes of ScalarDL" if site.pool else "of the pools"
        )
        yield Step(
            "Set the cluster autoscaler up",
            why(f"GKE runs it: {bounds}, by how many pods wait", "cluster-autoscaler", "hpa-node-capacity"),
            (line(*update, "--autoscaling-profile", "balanced"),),
            (line("kubectl", "--namespace", "kube-system", "get", "configmap", "cluster-autoscaler-status"),),
        )
    if declared.logs == "provider":
        yield Step(
            "Collect the logs with Cloud Logging",
            why(
                "its agent runs on every node and tolerates every taint; it comes with the cluster",
                "collect-logs",
                "daemonsets-tolerate",
            ),
            (logging,),
            (observability.show_agents(),),
        )


def _peerings(site: Site) -> Iterator[Step]:
    if site.peered:
        yield connections.trade(
            site,
            f"the name of this network ({site.name}) and its project",
            lambda peer: f"the same from {peer.title}",
            (line("gcloud", "config", "get-value", "project"),),
        )
    yield from (_peering(site, peer) for peer in site.peers)


def _peering(site: Site, peer: Peer) -> Step:
    if peer not in site.peered:
        return connections.by_other_means(site, peer)
    peerings = ("gcloud", "compute", "networks", "peerings")
    project = missing(f"project-of-{peer.name}")
    return Step(
        connections.title(peer),
        why(
            f"{peer.ranges}; its administrators make the same peering on their side, then "
            "Google Cloud routes between all subnets",
            *connections.REASONS,
        ),
        (
            line(
                *(*peerings, "create", f"to-{peer.name}", "--network", site.name),
                *("--peer-network", peer.cluster, "--peer-project", project),
            ),
        ),
        (line(*peerings, "list", "--network", site.name),),
    )


def _delete_pool(site: Site, name: str) -> str:
    words = ("gcloud", "container", "node-pools", "delete", name)
    return line(*words, "--cluster", site.name, *_at(site), "--quiet")


def _delete(site: Site) -> Iterator[Step]:
    pools = [pool.name for pool in (site.pool, *site.cluster.other_pools) if pool]
    yield Step(
        "Delete the node pools",
        why("ScalarDL itself is gone by now", removal.ORDER),
        (
            *observability.delete_volumes(site),
            *(_delete_pool(site, name) for name in pools or [_DEFAULT_POOL]),
        ),
        (line("kubectl", "get", "nodes"),),
    )
    yield Step(
        "Delete the cluster",
        why("its network stays until the bastion is gone", removal.ORDER),
        (line("gcloud", "container", "clusters", "delete", site.name, *_at(site), "--quiet"),),
        (line("gcloud", "container", "clusters", "list"),),
    )
    yield removal.database(site)
    if site.administered_there:
        words = ("gcloud", "compute", "instances", "delete", bastion.name(site))
        stands = site.bastion_subnet.zone if site.bastion_subnet else missing("zone-of-the-bastion")
        zone = ("--zone", stands, "--quiet")
        yield removal.bastion(site, line(*words, *zone))
    nat, region = f"{site.name}-nat", ("--region", site.region, "--quiet")
    if site.cluster.nat:
        routers = ("gcloud", "compute", "routers")
        yield Step(
            "Delete the NAT gateway",
            why("with the router that it belongs to", removal.ORDER),
            (
                line(*routers, "nats", "delete", nat, "--router", nat, *region),
                line(*routers, "delete", nat, *region),
            ),
        )
    networks = ("gcloud", "compute", "networks")
    subnets = [_subnet(site, subnet.name) for subnet in site.all_subnets]
    if not site.subnets:
        subnets.insert(0, _node_subnet(site))
    yield Step(
        "Delete the network",
        why("with its peerings and subnets", removal.ORDER),
        (
            *(
                line(*networks, "peerings", "delete", f"to-{peer.name}", "--network", site.name, "--quiet")
                for peer in site.peered
            ),
            *(line(*networks, "subnets", "delete", name, *region) for name in subnets),
            line(*networks, "delete", site.name, "--quiet"),
        ),
        (line(*networks, "list"),),
    )
