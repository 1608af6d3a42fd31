"""The AWS CLI's lines for one EKS cluster, and what they ask of it."""

from __future__ import annotations

from generator.clusters.site import Site
from generator.clusters.steps import Output, Variable, Word, keep, line

VPC = Variable("vpc")


def aws(site: Site, *words: Word) -> str:
    """A line of the AWS CLI in the cluster's region."""
    return line("aws", *words, "--region", site.region)


def text(site: Site, query: str, *words: Word) -> str:
    """A line that prints the one value which the query finds."""
    return aws(site, *words, "--query", query, "--output", "text")


def described(site: Site, query: str) -> Output:
    """A value of the cluster's description."""
    return Output(text(site, query, "eks", "describe-cluster", "--name", site.name))


def vpc(site: Site) -> str:
    """The line that prints the id of the cluster's network."""
    return described(site, "cluster.resourcesVpcConfig.vpcId").command


def keep_vpc(site: Site) -> str:
    """The line that keeps the id of the cluster's network in the variable VPC."""
    return keep(VPC.name, vpc(site))


def partition(region: str) -> str:
    """The part of AWS a region belongs to.

    https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
    """
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
