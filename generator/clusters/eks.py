"""A cluster at EKS: eksctl with a config file, the AWS CLI for what eksctl leaves out."""

from __future__ import annotations

from collections.abc import Iterator

from generator.clusters import (
    add_ons,
    bastion,
    eks_config,
    eks_network,
    eks_peering,
    nodes,
    observability,
    removal,
)
from generator.clusters.charts import CLUSTER_AUTOSCALER, install, shown
from generator.clusters.eks_cli import aws as _aws
from generator.clusters.eks_cli import described as _described
from generator.clusters.site import Site
from generator.clusters.steps import ClusterPlan, Output, Step, each, keep, line, why
from generator.yamltext import dump

STORAGE_CLASS = "storage-class.yaml"


def plan(site: Site) -> ClusterPlan:
    """The plan of an EKS cluster."""
    own_network = eks_network.made(site)
    files = {eks_config.WITHOUT_NETWORK if own_network else eks_config.FILE: eks_config.text(site)}
    if own_network:
        files[eks_network.FILE] = eks_network.template(site)
    if site.keeps_volumes:
        files[STORAGE_CLASS] = _storage_class()
    pool_name = site.pool.name if site.pool else ""
    create = (
        *_network(site),
        _control_plane(site),
        *_access(site),
        _node_groups(site),
        *nodes.by_kubectl(site, pool_name),
        *_own_add_ons(site),
        *add_ons.steps(site),
        *observability.steps(site),
        *add_ons.backups(site),
        *eks_peering.steps(site),
    )
    return ClusterPlan(files | observability.files(site), create, tuple(_delete(site)))


def _network_stack(site: Site) -> str:
    return f"{site.name}-network"


def _network(site: Site) -> Iterator[Step]:
    if not site.subnets:
        return
    if not eks_network.made(site):
        yield Step(
            "Make the network yourself",
            why(
                "no declared subnet is public, and a NAT gateway stands in a public one: declare one and "
                f"make this folder anew, with a template of the network in it; or make {site.network_text} "
                "with its subnets and a way out of your own, and fill the id of its VPC in where "
                f"{eks_config.FILE} leaves it open",
                "private-network",
                "three-subnets",
                "nat-gateway",
            ),
            (),
        )
        return
    stack = _network_stack(site)
    outputs = "Stacks[0].Outputs[0].OutputValue"
    described = ("cloudformation", "describe-stacks", "--stack-name", stack, "--query", outputs)
    vpc = _aws(site, *described, "--output", "text")
    filters = Output(vpc, before="Name=vpc-id,Values=")
    shown_subnets = "Subnets[].[AvailabilityZone,CidrBlock,MapPublicIpOnLaunch]"
    template = ("--template-file", eks_network.FILE)
    own = " and one for the bastion" if site.all_subnets != site.subnets else ""
    yield Step(
        "Create the network",
        why(
            f"{len(site.subnets)} declared subnets of {site.network_text}{own}; the last line makes "
            f"{eks_config.FILE} with the id of the network",
            "private-network",
            "three-subnets",
            "subnet-size",
            "nat-gateway",
        ),
        (
            _aws(site, "cloudformation", "deploy", "--stack-name", stack, *template),
            keep("vpc", vpc),
            f'sed "s/{eks_config.VPC_ID}/$vpc/" {eks_config.WITHOUT_NETWORK} >{eks_config.FILE}',
        ),
        (_aws(site, "ec2", "describe-subnets", "--filters", filters, "--query", shown_subnets),),
    )


def _control_plane(site: Site) -> Step:
    known = f" {site.cluster.network}" if site.cluster.network else ""
    network = "" if site.subnets else f" and its network{known}"
    reason = "without nodes at first"
    if site.cluster.private_api:
        reason += ": eksctl needs the API for them, which only the bastion will reach"
    endpoints = "cluster.[status,version,resourcesVpcConfig.endpointPublicAccess]"
    return Step(
        f"Create the cluster{network}",
        why(
            reason,
            "two-clusters",
            "kubernetes-version",
            "private-network",
        ),
        (line("eksctl", "create", "cluster", "--config-file", eks_config.FILE, "--without-nodegroup"),),
        (_aws(site, "eks", "describe-cluster", "--name", site.name, "--query", endpoints),),
    )


def _access(site: Site) -> Iterator[Step]:
    yield from bastion.steps(site)
    if site.administered_there:
        group = _described(site, "cluster.resourcesVpcConfig.clusterSecurityGroupId")
        rules = Output(group.command, before="Name=group-id,Values=")
        rule = ("--protocol", "tcp", "--port", "443", "--cidr", site.bastion)
        yield Step(
            "Open the API to the bastion",
            why(
                f"all that follows is run on {site.bastion_at}, for the API has an address in the cluster's "
                "network",
                "bastion",
                "bastion-https",
                "restrict-connections",
            ),
            (_aws(site, "ec2", "authorize-security-group-ingress", "--group-id", group, *rule),),
            (_aws(site, "ec2", "describe-security-group-rules", "--filters", rules),),
        )
    yield Step(
        "Log in to the cluster",
        why("kubectl and helm then speak to this cluster", "bastion"),
        (_aws(site, "eks", "update-kubeconfig", "--name", site.name),),
        (line("kubectl", "cluster-info"),),
    )


def _node_groups(site: Site) -> Step:
    names = ", ".join(group.name for group in (site.pool, *site.cluster.other_pools) if group) or "none"
    room = f"; of {site.pool.name} {nodes.room(site.pool)}" if site.pool else ""
    verify = [nodes.show_nodes(site)]
    if site.pool:
        verify.append(nodes.show_room(f"{nodes.POOL_LABEL['eks']}={site.pool.name}"))
    return Step(
        "Create the node groups",
        why(
            f"as {eks_config.FILE} says: {names}{room}",
            "dedicated-node-group",
            "node-label",
            "availability-nodes",
            "spread-zones",
            "node-size",
            "node-capacity",
            "instance-type",
            "node-groups-by-workload",
        ),
        (line("eksctl", "create", "nodegroup", "--config-file", eks_config.FILE),),
        tuple(verify),
    )


def _own_add_ons(site: Site) -> Iterator[Step]:
    declared = site.cluster.add_ons
    if site.keeps_volumes:
        yield Step(
            "Make the storage class for volumes",
            why("since Kubernetes 1.30 an EKS cluster has none by default", "telemetry-retention"),
            (line("kubectl", "apply", "--filename", STORAGE_CLASS),),
            (line("kubectl", "get", "storageclasses"),),
        )
    if declared.control_plane_logs:
        group = f"/aws/eks/{site.name}/cluster"
        yield Step(
            "Look at the control plane's logs",
            why(f"{eks_config.FILE} switches them on", "control-plane-monitoring"),
            (_aws(site, "logs", "describe-log-streams", "--log-group-name", group),),
            (_aws(site, "eks", "describe-cluster", "--name", site.name, "--query", "cluster.logging"),),
        )
    if declared.metrics_server:
        yield _waited(
            site,
            "Wait for the metrics server",
            why("autoscalers ask it what pods use", "metrics-server"),
            eks_config.METRICS_SERVER,
            line("kubectl", "top", "nodes"),
        )
    if declared.cluster_autoscaler:
        # The autoscaler goes with the cluster's minor version; each has a .1, though not each a .0.
        image = f"v{site.domain.kubernetes_version}.1"
        bounds = (
            f"ScalarDL's pool from {site.pool.nodes} to {site.max_nodes} nodes" if site.pool else "the pools"
        )
        options = {
            "autoDiscovery.clusterName": site.name,
            "awsRegion": site.region,
            "image.tag": image,
            "rbac.serviceAccount.name": "cluster-autoscaler",
        }
        settings = (word for key, value in options.items() for word in ("--set-string", f"{key}={value}"))
        yield Step(
            "Install the cluster autoscaler",
            why(f"it keeps {bounds}, by how many pods wait", "cluster-autoscaler", "hpa-node-capacity"),
            (install(CLUSTER_AUTOSCALER, *settings),),
            (
                shown(CLUSTER_AUTOSCALER, "configmap/cluster-autoscaler-status"),
                line("kubectl", "get", "nodes"),
            ),
        )
    if declared.logs == "provider":
        yield _waited(
            site,
            "Wait for the CloudWatch agent and Fluent Bit",
            why(
                "they run on every node, so they tolerate ScalarDL's taint",
                "cloudwatch",
                "collect-logs",
                "daemonsets-tolerate",
            ),
            eks_config.CLOUDWATCH,
            observability.show_agents(),
        )


def _waited(site: Site, title: str, reason: str, add_on: str, verify: str) -> Step:
    words = ("--cluster-name", site.name, "--addon-name", add_on)
    return Step(title, reason, (_aws(site, "eks", "wait", "addon-active", *words),), (verify,))


def _delete(site: Site) -> Iterator[Step]:
    # Nothing is left to be moved elsewhere, and the budget of CoreDNS would block the last eviction; the
    # cluster can go only after its node groups.
    end = ("--approve", "--drain=false", "--wait")
    groups = line("eksctl", "delete", "nodegroup", "--config-file", eks_config.FILE, *end)
    yield Step(
        "Delete the node groups",
        why("ScalarDL itself is gone by now; volumes would outlive the cluster", removal.ORDER),
        (*observability.delete_volumes(site), groups),
        (_aws(site, "eks", "list-nodegroups", "--cluster-name", site.name),),
    )
    # Only the control plane: the network stays until the bastion in it is gone.
    yield Step(
        "Delete the cluster",
        why("its network stays until the bastion is gone", removal.ORDER),
        (
            _aws(site, "eks", "delete-cluster", "--name", site.name),
            _aws(site, "eks", "wait", "cluster-deleted", "--name", site.name),
        ),
        (_aws(site, "eks", "list-clusters"),),
    )
    yield removal.database(site)
    if site.administered_there:
        yield removal.bastion(site, *bastion.delete_at_eks(site))
    stacks = "Stacks[?Tags[?Key=='alpha.eksctl.io/cluster-name' && Value=='" + site.name + "']].StackName"
    listed = ("aws", "cloudformation", "describe-stacks", "--region", site.region, "--query", stacks)
    dropped = ("aws", "cloudformation", "delete-stack", "--region", site.region, "--stack-name")
    commands = list(eks_peering.delete(site))
    commands.append(each((*listed, "--output", "text"), "stack", dropped))
    commands.append(_gone(site, f"eksctl-{site.name}-cluster"))
    if eks_network.made(site):
        stack = _network_stack(site)
        commands.append(_aws(site, "cloudformation", "delete-stack", "--stack-name", stack))
        commands.append(_gone(site, stack))
    nat = "the NAT gateways and " if site.cluster.nat else ""
    yield Step(
        f"Delete {nat}the network",
        why("CloudFormation removes gateways before the subnets that they stand in", removal.ORDER),
        tuple(commands),
        (_aws(site, "ec2", "describe-vpcs", "--query", "Vpcs[].[VpcId,CidrBlock]"),),
    )


def _gone(site: Site, stack: str) -> str:
    return _aws(site, "cloudformation", "wait", "stack-delete-complete", "--stack-name", stack)


def _storage_class() -> str:
    return dump(
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {
                "name": "gp3",
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": "ebs.csi.aws.com",
            "parameters": {"type": "gp3", "encrypted": "true"},
            "volumeBindingMode": "WaitForFirstConsumer",
            "allowVolumeExpansion": True,
        }
    )
