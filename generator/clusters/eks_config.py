"""The eksctl ClusterConfig of an EKS cluster.

Fields: https://docs.aws.amazon.com/eks/latest/eksctl/schema.html (eksctl.io/v1alpha5).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from generator.clusters import eks_network
from generator.clusters.eks_cli import partition
from generator.clusters.nodes import PURPOSE, machine, on_pool
from generator.clusters.site import NamedSubnet, Site
from generator.clusters.steps import missing
from generator.values.placement import tolerations
from generator.yamltext import Path, dump
from profiles.deployment import OtherPool
from profiles.hardening import NodePool

FILE = "eksctl.yaml"
# What FILE is made of where a step makes the network first: the id of the network is known only then.
WITHOUT_NETWORK = "eksctl-without-network.yaml"
VPC_ID = missing("vpc-id")
ADMINISTRATORS = missing("administrators-network")
METRICS_SERVER, CLOUDWATCH = "metrics-server", "amazon-cloudwatch-observability"
# Each kind of log that the control plane has.
_LOG_DAYS = 30


def text(site: Site) -> str:
    """The file eksctl.yaml."""
    add_ons = site.cluster.add_ons
    data: dict[str, Any] = {
        "apiVersion": "eksctl.io/v1alpha5",
        "kind": "ClusterConfig",
        "metadata": {
            "name": site.name,
            "region": site.region,
            "version": site.domain.kubernetes_version,
        },
        "vpc": _vpc(site),
    }
    if without_internet(site):
        services = ["autoscaling"] if add_ons.cluster_autoscaler else []
        services += ["logs"] if add_ons.logs == "provider" else []
        data["privateCluster"] = {"enabled": True} | (
            {"additionalEndpointServices": services} if services else {}
        )
    if add_ons.control_plane_logs:
        data["cloudWatch"] = {"clusterLogging": {"enableTypes": ["*"], "logRetentionInDays": _LOG_DAYS}}
    if add_ons.cluster_autoscaler:
        data["iam"] = {
            "podIdentityAssociations": [
                {
                    "namespace": "kube-system",
                    "serviceAccountName": "cluster-autoscaler",
                    "wellKnownPolicies": {"autoScaler": True},
                }
            ]
        }
    data["addonsConfig"] = {"disableDefaultAddons": True}
    data["addons"] = list(_add_ons(site))
    data["managedNodeGroups"] = list(_groups(site))
    return dump(data, _comments(site, data))


def without_internet(site: Site) -> bool:
    """Whether neither nodes nor the API have a way to the internet: eksctl then makes VPC endpoints."""
    return not site.cluster.nat and site.cluster.private_api


def _vpc(site: Site) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if site.subnets:
        made["id"] = VPC_ID
        kinds = {"private": _mapping(site, public=False), "public": _mapping(site, public=True)}
        # eksctl refuses public subnets for a cluster without a way to the internet.
        if without_internet(site):
            del kinds["public"]
        made["subnets"] = {kind: subnets for kind, subnets in kinds.items() if subnets}
    else:
        made["cidr"] = site.network
        zones = site.pool.zones if site.pool else 1
        gateway = "HighlyAvailable" if zones > 1 else "Single"
        made["nat"] = {"gateway": gateway if site.cluster.nat else "Disable"}
    if without_internet(site):
        return made
    made["clusterEndpoints"] = {"privateAccess": True, "publicAccess": not site.cluster.private_api}
    if not site.cluster.private_api:
        made["publicAccessCIDRs"] = [ADMINISTRATORS]
    return made


def _mapping(site: Site, *, public: bool) -> dict[str, Any]:
    chosen: list[NamedSubnet] = [subnet for subnet in site.subnets if subnet.public == public]
    return {subnet.name: {"az": subnet.zone, "cidr": subnet.network} for subnet in chosen}


def _add_ons(site: Site) -> Iterator[dict[str, Any]]:
    add_ons = site.cluster.add_ons
    # Without this the cluster takes NetworkPolicies and enforces none of them:
    # https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html [default-deny]
    yield {"name": "vpc-cni", "configurationValues": json.dumps({"enableNetworkPolicy": "true"})}
    yield {"name": "coredns"}
    yield {"name": "kube-proxy"}
    if add_ons.cluster_autoscaler or add_ons.logs == "provider" or site.keeps_volumes:
        yield {"name": "eks-pod-identity-agent"}
    if add_ons.metrics_server:
        yield {"name": METRICS_SERVER}
    if site.keeps_volumes:
        identity = {
            "namespace": "kube-system",
            "serviceAccountName": "ebs-csi-controller-sa",
            "wellKnownPolicies": {"ebsCSIController": True},
        }
        yield {"name": "aws-ebs-csi-driver", "podIdentityAssociations": [identity]}
    if add_ons.logs == "provider":
        identity = {
            "namespace": "amazon-cloudwatch",
            "serviceAccountName": "cloudwatch-agent",
            "permissionPolicyARNs": [
                f"arn:{partition(site.region)}:iam::aws:policy/CloudWatchAgentServerPolicy"
            ],
        }
        tolerated = tolerations(site.domain)
        values = {"configurationValues": json.dumps({"tolerations": tolerated})} if tolerated else {}
        yield {"name": CLOUDWATCH, "podIdentityAssociations": [identity], **values}


def _groups(site: Site) -> Iterator[dict[str, Any]]:
    scaled = site.cluster.add_ons.cluster_autoscaler
    if site.pool:
        pool = site.pool
        marks: dict[str, Any] = {}
        if pool.label and on_pool("eks", pool.label):
            marks["labels"] = {pool.label.key: pool.label.value}
        if pool.taint and on_pool("eks", pool.taint):
            marks["taints"] = [pool.taint.model_dump()]
        # From these the autoscaler knows what a node of an empty group would carry.
        if scaled and marks:
            marks["propagateASGTags"] = True
        most = site.max_nodes if scaled else pool.nodes
        yield _group(site, pool, most, site.zones) | marks
    for other in site.cluster.other_pools:
        zones = tuple(dict.fromkeys(subnet.zone for subnet in site.node_subnets))
        yield _group(site, other, other.nodes, zones) | {"labels": {PURPOSE: other.purpose}}


def _group(site: Site, pool: NodePool | OtherPool, most: int, zones: tuple[str, ...]) -> dict[str, Any]:
    subnets = [subnet.name for subnet in site.node_subnets if subnet.zone in zones]
    return {
        "name": pool.name,
        "instanceType": machine("eks", pool),
        "minSize": pool.nodes,
        "desiredCapacity": pool.nodes,
        "maxSize": most,
        "privateNetworking": site.nodes_private,
        **({"subnets": subnets} if subnets else {}),
    }


def _comments(site: Site, data: dict[str, Any]) -> dict[Path, str]:
    network = "eksctl makes the network: a private and a public subnet in each of three zones."
    if eks_network.made(site):
        network = f"The network of {eks_network.FILE}; {VPC_ID} is filled in once it is there."
    elif site.subnets:
        network = f"The network of these subnets, which you make; fill {VPC_ID} in."
    api = (
        "The API is reached from inside the network only" if site.cluster.private_api else "The API is public"
    )
    made: dict[Path, str] = {
        ("metadata",): "[kubernetes-version, two-clusters]",
        ("vpc",): f"{network}\n{api} [private-network, network-ranges, nat-gateway, bastion].",
        ("privateCluster",): "No way to the internet: VPC endpoints stand for it [private-network].",
        ("cloudWatch",): "Every log of the control plane [control-plane-monitoring].",
        ("iam",): "What the cluster autoscaler may do [cluster-autoscaler, least-privilege].",
        ("addons",): "vpc-cni enforces NetworkPolicies only when told so [default-deny].",
        ("managedNodeGroups",): "[dedicated-node-group, node-label, availability-nodes, node-size, "
        "instance-type, node-groups-by-workload]",
    }
    pool = site.pool
    if pool and pool.taint and not on_pool("eks", pool.taint):
        made[("managedNodeGroups",)] += (
            f"\nThe taint {pool.taint.key} is missing on purpose: EKS refuses it on node groups, so kubectl "
            "sets it [node-taint-by-kubectl]."
        )
    return {path: comment for path, comment in made.items() if path[0] in data}
