"""Where it runs and who calls it: clusters, their networks, subnets and add-ons, and the clients."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from profiles.hardening import NodeSize
from profiles.names import DnsLabel, Line, MachineType, ProviderName
from profiles.part import Part
from profiles.values import Count, PrivateCidr

Provider = Literal["eks", "aks", "gke", "none"]


class Subnet(Part):
    """A subnet of a cluster's network, in one zone."""

    zone: Annotated[Line, Field(examples=["ap-northeast-1a"])]
    """The zone it is in."""
    network: Annotated[PrivateCidr, Field(examples=["10.40.1.0/24"])]
    """Its range; /24 or larger leaves room to grow."""
    public: StrictBool = False
    """Whether it has a route to the internet; nodes stand in private ones."""


class OtherPool(Part):
    """Nodes for something else than ScalarDL's pods."""

    name: Annotated[ProviderName, Field(examples=["system"])]
    """The pool's name at the provider."""
    purpose: Literal["system", "monitoring"]
    """system: what the cluster itself runs. monitoring: Prometheus, Grafana, Loki."""
    nodes: Count
    """How many nodes, over all zones together."""
    node_size: NodeSize
    """What one of its nodes has."""
    instance_type: MachineType | None = None
    """The provider's machine type; null: the smallest common one of the node size."""


class AddOns(Part):
    """What else is installed in a cluster. Declarations: the runbook has each as a step."""

    cluster_autoscaler: StrictBool
    """Whether nodes are added when pods wait for one."""
    metrics_server: StrictBool
    """Whether a metrics server tells autoscalers what pods use."""
    cert_manager: StrictBool
    """Whether cert-manager makes certificates."""
    external_secrets: StrictBool
    """Whether the External Secrets operator fetches Secrets."""
    control_plane_logs: StrictBool
    """Whether the control plane is monitored and keeps its logs."""
    logs: Literal["provider", "loki", "other"] | None
    """Who collects the pods' logs: the provider's agents (CloudWatch ...), Loki, or another; null: nobody."""
    prometheus_operator: StrictBool
    """Whether the Prometheus operator runs."""
    policies: Literal["kyverno", "gatekeeper", "pod-security"]
    """What makes workloads follow standards; pod-security: the namespace's labels alone."""
    gitops: StrictBool
    """Whether Argo CD deploys."""


class Cluster(Part):
    """A Kubernetes cluster and the network it stands in."""

    name: ProviderName
    """The cluster's name at the provider."""
    provider: Provider
    """eks, aks, gke; none: another, or your own machines."""
    region: Annotated[Line | None, Field(examples=["ap-northeast-1"])] = None
    """The provider's region."""
    network: Annotated[PrivateCidr | None, Field(examples=["10.40.0.0/16"])] = None
    """The range of its network (VPC, VNet); null: not declared."""
    subnets: tuple[Subnet, ...] = ()
    """Its subnets; none: not declared."""
    private_api: StrictBool
    """Whether the API endpoint is reached from inside the network only."""
    bastion: PrivateCidr | None = None
    """The range of the bastion from which it is administered; null: none is declared."""
    nat: StrictBool
    """Whether private nodes reach the internet by NAT, to pull images."""
    control_plane_nodes: Count | None = None
    """Nodes of a control plane of your own; null: the provider runs it."""
    other_pools: tuple[OtherPool, ...] = ()
    """Node pools beside ScalarDL's own."""
    add_ons: AddOns
    """What else is installed."""


class Client(Part):
    """An application that calls Ledger and Auditor."""

    name: Annotated[DnsLabel, Field(examples=["payments"])]
    """What it is called."""
    administrative_domain: Annotated[Line, Field(examples=["payments-team"])]
    """Who administers it; neither Ledger's nor Auditor's administrators."""
    networks: Annotated[tuple[PrivateCidr, ...], Field(min_length=1, examples=[["10.20.0.0/16"]])]
    """From where it calls."""
    cluster: ProviderName | None = None
    """The cluster it runs in, if it does in one; neither Ledger's nor Auditor's."""
