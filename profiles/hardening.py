"""What hardening needs of a profile: nodes, spreading, amounts, budgets, networks, exemptions, patches.

What one value may be is in `profiles.values`; what values must be together is in `profiles.sense`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from profiles.names import MachineType, ProviderName
from profiles.part import Part
from profiles.policy import Spread
from profiles.scalardl import Role
from profiles.values import (
    Count,
    Date,
    Kind,
    LabelKey,
    Labels,
    LabelValue,
    Memory,
    Networks,
    NetworksOrAny,
    NodeCpu,
    ObjectName,
    Pointer,
    PrivateNetworks,
    Reason,
    RequirementId,
    RuleId,
    SomeCpu,
    SomeMemory,
    SomeNodeCpu,
    some_operations,
    wrong,
)


class Label(Part):
    """A node label."""

    key: Annotated[LabelKey, Field(examples=["agentpool"])]
    """The label's key, with its domain where it has one."""
    value: Annotated[LabelValue, Field(examples=["scalardlpool"])]
    """The label's value."""


class Taint(Part):
    """A node taint; pods that are to run there tolerate it."""

    key: Annotated[LabelKey, Field(examples=["kubernetes.io/app"])]
    """The taint's key, with its domain where it has one."""
    value: Annotated[LabelValue, Field(examples=["scalardlpool"])]
    """The taint's value."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
    """What it does to pods that do not tolerate it: NoSchedule keeps new ones away."""


class NodeSize(Part):
    """What one node has."""

    cpu: Annotated[SomeNodeCpu, Field(examples=["4"])]
    """The node's whole cpus, before anything is reserved."""
    memory: Annotated[SomeMemory, Field(examples=["8Gi"])]
    """The node's whole memory, with its unit: 8Gi; 8 would be 8 bytes."""


class Reserved(Part):
    """What the provider, the kubelet and the DaemonSets keep of one node."""

    cpu: Annotated[NodeCpu, Field(examples=["200m"])]
    """The cpu that is not for ScalarDL's pods; m is a thousandth."""
    memory: Annotated[Memory, Field(examples=["1Gi"])]
    """The memory that is not for ScalarDL's pods, with its unit."""


class NodePool(Part):
    """The nodes dedicated to ScalarDL."""

    label: Label | None
    """The label of the pool's nodes; null: pods are not bound to them."""
    taint: Taint | None
    """The taint of the pool's nodes; null: others may run there too."""
    nodes: Count
    """How many nodes the pool has, over all zones together."""
    zones: Count = 1
    """Over how many zones they stand."""
    node_size: NodeSize
    """What one node has; pods are proved to fit on nodes of this size."""
    reserved: Reserved
    """What of one node is not for ScalarDL's pods."""
    name: ProviderName = "scalardl"
    """The pool's name at the provider."""
    instance_type: Annotated[MachineType | None, Field(examples=["m5.xlarge"])] = None
    """The provider's machine type; null: the smallest common one of the node size."""
    max_nodes: Count | None = None
    """How far the cluster autoscaler may go; null: the pool does not grow."""


class Spreading(Part):
    """How the pods of one component stand apart."""

    nodes: Spread
    """One pod of a component on a node."""
    zones: Spread
    """Pods of a component evenly over the zones."""


class Amount(Part):
    """Requests, which are the limits too."""

    cpu: Annotated[SomeCpu, Field(examples=["2", "500m"])]
    """Cpus; m is a thousandth of one."""
    memory: Annotated[SomeMemory, Field(examples=["4Gi", "512Mi"])]
    """Memory with its unit: 4Gi; 4 would be 4 bytes."""


class Amounts(Part):
    """What a container of each role gets."""

    ledger: Amount
    """ScalarDL Ledger."""
    auditor: Amount
    """ScalarDL Auditor."""
    envoy: Amount
    """Envoy, in front of either of them."""
    loader: Amount
    """The schema loader."""
    admin: Amount
    """The admin command that pauses a product for a backup."""
    sidecar: Amount
    """Every other container in a pod of these."""


class Caps(Part):
    """What one pod may have in all; null: no cap."""

    ledger: Amount | None = None
    """All containers of one Ledger pod together; null: no cap."""
    auditor: Amount | None = None
    """All containers of one Auditor pod together; null: no cap."""


class DisruptionBudget(Part):
    """The budget of a replicated workload."""

    max_unavailable: Count
    """How many pods a drain may take at a time; 0 would block every drain."""
    unhealthy_pod_eviction_policy: Literal["AlwaysAllow", "IfHealthyBudget"] | None = None
    """AlwaysAllow: a pod that does not start never blocks a drain. From Kubernetes 1.27; null: not set."""


class Network(Part):
    """Who may talk to whom. null: nothing is declared; the report says what is taken instead."""

    clients: Annotated[PrivateNetworks, Field(examples=[["10.20.0.0/16"]])] = None
    """The networks of the applications that call ScalarDL; never the whole internet."""
    other_domain: Annotated[PrivateNetworks, Field(examples=[["10.30.0.0/16"]])] = None
    """The networks of the other domain: Auditor's for Ledger, Ledger's for Auditor."""
    nodes: Annotated[Networks, Field(examples=[["10.40.0.0/20"]])] = None
    """The networks of the nodes, where a load balancer hides the client behind a node's address."""
    clients_in_cluster: StrictBool
    """Whether pods of the same cluster may call ScalarDL."""
    databases: NetworksOrAny = None
    """The networks of the databases, or any (any address, by port); no names, for policies know none."""
    api_server: NetworksOrAny = None
    """The networks of the Kubernetes API server, or any."""
    monitoring_namespaces: tuple[LabelValue, ...] | None = None
    """The namespaces that scrape metrics."""
    dns: Annotated[Networks, Field(examples=[["169.254.20.10/32"]])] = None
    """Addresses of node-local DNS; the cluster's own DNS is always reached."""


class Exemption(Part):
    """An object that a rule leaves alone."""

    rule: RuleId
    """The rule that leaves the object alone; one rule in each exemption."""
    kind: Annotated[Kind, Field(examples=["Deployment"])]
    """The object's kind, as Kubernetes writes it: Deployment, not deployment."""
    name: Annotated[ObjectName, Field(examples=["ledger-*"])]
    """The object's name; * stands for any text."""
    reason: Annotated[Reason, Field(examples=["the vendor's agent needs root until its next release"])]
    """Why; the report shows it."""
    until: Annotated[Date, Field(examples=["2027-03-31"])] = None
    """The last day on which it holds; null: for good."""


class ExemptRequirement(Part):
    """A requirement of the guides that the check leaves alone."""

    requirement: Annotated[RequirementId, Field(examples=["standby-cluster"])]
    """The requirement's id, as reports have it."""
    reason: Annotated[Reason, Field(examples=["one region is accepted until the second site is ready"])]
    """Why; every report shows it."""
    until: Annotated[Date, Field(examples=["2027-03-31"])] = None
    """The last day on which it holds; null: for good."""


class Select(Part):
    """Which objects a patch concerns; all that is stated must hold."""

    kind: Annotated[Kind | None, Field(examples=["NetworkPolicy"])] = None
    """The object's kind, as Kubernetes writes it: Deployment, not deployment."""
    name: Annotated[ObjectName | None, Field(examples=["ledger-*"])] = None
    """The object's name; * stands for any text."""
    role: Role | None = None
    """The workload's role. Generated policies and budgets have none: select them by kind and name."""
    labels: Annotated[Labels, Field(default_factory=dict, examples=[{"app.kubernetes.io/app": "ledger"}])]
    """Labels that the object's own metadata has, each with this very value."""

    @model_validator(mode="after")
    def _selects(self) -> Select:
        if not (self.kind or self.name or self.role or self.labels):
            raise wrong(
                "selects every object of the release; hardly meant so; write a kind, name, role or labels"
            )
        return self


class Operation(Part):
    """One operation of RFC 6902 (JSON Patch)."""

    op: Literal["add", "remove", "replace", "move", "copy", "test"]
    """What is done. test only compares: where the value differs, the patch does not fit."""
    path: Annotated[Pointer, Field(examples=["/spec/replicas", "/metadata/annotations/acme.example~1team"])]
    """Where in the object, as a JSON Pointer: ~1 stands for /, ~0 for ~. Of add, the parent must exist."""
    from_: Annotated[Pointer | None, Field(alias="from")] = None
    """Of move and copy: where the value is taken from, as a JSON Pointer."""
    value: Any = None
    """Of add, replace and test: the value, of any kind; null is a value too."""

    @model_validator(mode="after")
    def _members(self) -> Operation:
        for member, operations in (("value", ("add", "replace", "test")), ("from_", ("move", "copy"))):
            name = member.rstrip("_")
            if self.op in operations and (
                member not in self.model_fields_set or (name == "from" and self.from_ is None)
            ):
                raise wrong(f"{self.op} needs {name}; RFC 6902 says so; write {name}:")
            if self.op not in operations and member in self.model_fields_set:
                raise wrong(f"{self.op} takes no {name}; RFC 6902 would ignore it in silence; delete it")
        return self


Operations = Annotated[
    tuple[Operation, ...], BeforeValidator(some_operations), Field(json_schema_extra={"minItems": 1})
]


class Patch(Part):
    """A change of the user's own, made after the rules and checked by them."""

    select: Select
    """Which objects it changes."""
    operations: Operations
    """What it does to each of them, in this order; all of it or nothing."""
