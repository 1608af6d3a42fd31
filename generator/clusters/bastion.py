"""The bastion: a machine in the cluster's network, from which the cluster is administered."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from generator.clusters.eks_cli import VPC, aws, keep_vpc, partition, text
from generator.clusters.site import BASTION, NamedSubnet, Site
from generator.clusters.steps import Step, Variable, Word, each, keep, line, missing, why
from profiles.deployment import Provider

_TOOLS: dict[Provider, tuple[str, ...]] = {
    "eks": ("aws", "eksctl"),
    "aks": ("az",),
    "gke": ("gcloud",),
    "none": (),
}
_GROUP, _SUBNET = Variable("group"), Variable("subnet")
# AWS and Azure keep four for themselves at the start of a subnet, Google two.
_RESERVED = 4
# https://docs.aws.amazon.com/linux/al2023/ug/ec2.html#launch-via-aws-cli
_AMI = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


def steps(site: Site) -> Iterator[Step]:
    """Making the bastion, where there is one, and letting it in."""
    if not site.administered_there:
        return
    subnet, provider = site.bastion_subnet, site.cluster.provider
    made = _COMMANDS[provider](site, subnet) if subnet and provider in _COMMANDS else ()
    where = "where it reaches the cluster's network"
    if subnet:
        where = f"in the subnet {subnet.name}, {'with' if subnet.public else 'without'} a public address"
    entry = "the next step lets in unless it is the one that made the cluster"
    rights = {
        "eks": f"an IAM role, which {entry}",
        "aks": "one that has the role Azure Kubernetes Service Contributor Role",
        "gke": "a service account that administers the cluster (roles/container.admin)",
        "none": "a kubeconfig of an administrator",
    }[provider]
    yield Step(
        "Make the bastion",
        why(
            f"{site.bastion_at}, {where}; only its administrators log in to it, in the way of your choice (a "
            f"VPN, the provider's sessions). Install {', '.join(tools(site))} there, copy this folder to "
            f"it, and give it an identity: {rights}; the last line, run there, shows each tool's path",
            "bastion",
            "restrict-connections",
        ),
        made,
        (line("command", "-v", *tools(site)),),
    )
    if provider == "eks":
        yield _admitted(site)


def tools(site: Site) -> tuple[str, ...]:
    """What is run on the bastion."""
    velero = ("velero",) if site.domain.backup.cluster else ()
    own = ("kubectl", "helm", "openssl", "scalardl-gen", "scalardl-harden")
    return (*_TOOLS[site.cluster.provider], *own, *velero)


def name(site: Site) -> str:
    """What the machine is called."""
    return f"{site.name}-{BASTION}" if site.bastion_subnet else missing("name-of-the-bastion")


def delete_at_eks(site: Site) -> tuple[str, ...]:
    """Lines that remove the machine and, once it is gone, its security group, or the VPC stays."""
    ec2, region = ("aws", "ec2"), ("--region", site.region)
    terminate: tuple[Word, ...] = (*ec2, "terminate-instances", *region, "--instance-ids")
    wait: tuple[Word, ...] = (*ec2, "wait", "instance-terminated", *region, "--instance-ids")
    drop: tuple[Word, ...] = (*ec2, "delete-security-group", *region, "--group-id")
    if not site.bastion_subnet:
        machine, group = missing("instance-id-of-the-bastion"), missing("security-group-of-the-bastion")
        return (line(*terminate, machine), line(*wait, machine), line(*drop, group))
    machines = (
        *(*ec2, "describe-instances", *region, "--filters", f"Name=tag:Name,Values={name(site)}"),
        *("--query", "Reservations[].Instances[].InstanceId", "--output", "text"),
    )
    groups = (
        *(*ec2, "describe-security-groups", *region, "--filters", f"Name=group-name,Values={name(site)}"),
        *("--query", "SecurityGroups[].GroupId", "--output", "text"),
    )
    return (
        each(machines, "machine", terminate),
        each(machines, "machine", wait),
        each(groups, _GROUP.name, drop),
    )


def _address(site: Site, subnet: NamedSubnet, option: str) -> tuple[str, ...]:
    """The bastion's address where its subnet is larger than its range, to which alone the API is open."""
    if site.cluster.bastion in (None, subnet.network):
        return ()
    range_ = ipaddress.ip_network(site.cluster.bastion)
    # The first addresses of a subnet are the provider's own.
    return (option, str(range_[_RESERVED if range_.num_addresses > _RESERVED else 0]))


def _at_eks(site: Site, subnet: NamedSubnet) -> tuple[str, ...]:
    made = name(site)
    filters = (Variable(VPC.name, before="Name=vpc-id,Values="), f"Name=cidr-block,Values={subnet.network}")
    found = text(site, "Subnets[0].SubnetId", "ec2", "describe-subnets", "--filters", *filters)
    group = ("ec2", "create-security-group", "--group-name", made, "--description", "ScalarDL bastion")
    tags = f"ResourceType=instance,Tags=[{{Key=Name,Value={made}}}]"
    profile = f"Name={missing('instance-profile-of-the-bastion')}"
    return (
        keep_vpc(site),
        keep(_SUBNET.name, found),
        # A new group lets nobody in.
        keep(_GROUP.name, text(site, "GroupId", *group, "--vpc-id", VPC)),
        aws(
            site,
            *("ec2", "run-instances", "--image-id", _AMI, "--instance-type", "t3.medium"),
            *("--subnet-id", _SUBNET, "--security-group-ids", _GROUP),
            f"--{'' if subnet.public else 'no-'}associate-public-ip-address",
            *_address(site, subnet, "--private-ip-address"),
            *("--iam-instance-profile", profile, "--tag-specifications", tags),
        ),
    )


def _admitted(site: Site) -> Step:
    """https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html"""
    words = ("--cluster-name", site.name, "--principal-arn", missing("role-arn-of-the-bastion"))
    policy = f"arn:{partition(site.region)}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    return Step(
        "Let the bastion's identity into the cluster",
        why(
            "EKS admits only the identity that made the cluster and those with an access entry; where the "
            "bastion has the very identity that made it, leave this out",
            "bastion",
            "least-privilege",
        ),
        (
            aws(site, "eks", "create-access-entry", *words),
            aws(
                site,
                *("eks", "associate-access-policy", *words),
                *("--policy-arn", policy, "--access-scope", "type=cluster"),
            ),
        ),
        (aws(site, "eks", "list-access-entries", "--cluster-name", site.name),),
    )


def _at_aks(site: Site, subnet: NamedSubnet) -> tuple[str, ...]:
    made = name(site)
    return (
        line(
            *("az", "vm", "create", "--name", made, "--location", site.region, "--image", "Ubuntu2404"),
            *("--size", "Standard_B2s", "--vnet-name", site.name, "--subnet", subnet.name),
            *("--public-ip-address", made if subnet.public else "", "--nsg", made, "--nsg-rule", "NONE"),
            *_address(site, subnet, "--private-ip-address"),
            "--assign-identity",
            # What is left in the subnet would keep the network from being deleted.
            *("--nic-delete-option", "Delete", "--os-disk-delete-option", "Delete"),
            *("--generate-ssh-keys", "--resource-group", site.name),
        ),
    )


def _at_gke(site: Site, subnet: NamedSubnet) -> tuple[str, ...]:
    return (
        line(
            *("gcloud", "compute", "instances", "create", name(site), "--zone", subnet.zone),
            *("--subnet", f"{site.name}-{subnet.name}", *(() if subnet.public else ("--no-address",))),
            *_address(site, subnet, "--private-network-ip"),
            *("--scopes", "cloud-platform", "--service-account", missing("service-account-of-the-bastion")),
        ),
    )


_COMMANDS = {"eks": _at_eks, "aks": _at_aks, "gke": _at_gke}
