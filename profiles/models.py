"""The hardening part of a profile, as pydantic models of the YAML that users write (camelCase keys).

What one value may be is in `profiles.values`; what values must be together is in `profiles.sense`.
The lines below a field are its description in the JSON Schema that editors show.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator
from pydantic.alias_generators import to_camel

from profiles.policy import Scope, Spread
from profiles.scalardl import Role
from profiles.values import (
    Count,
    Date,
    Kind,
    KubernetesVersion,
    LabelKey,
    Labels,
    LabelValue,
    Memory,
    Modes,
    Networks,
    NetworksOrAny,
    NodeCpu,
    ObjectName,
    Pointer,
    PrivateNetworks,
    Reason,
    RuleId,
    SomeCpu,
    SomeMemory,
    SomeNodeCpu,
    empty_for_null,
    some_operations,
    wrong,
)


class _Part(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, use_attribute_docstrings=True
    )


class Label(_Part):
    """A node label."""

    key: Annotated[LabelKey, Field(examples=["agentpool"])]
    """The label's key, with its domain where it has one."""
    value: Annotated[LabelValue, Field(examples=["scalardlpool"])]
    """The label's value."""


class Taint(_Part):
    """A node taint; pods that are to run there tolerate it."""

    key: Annotated[LabelKey, Field(examples=["kubernetes.io/app"])]
    """The taint's key, with its domain where it has one."""
    value: Annotated[LabelValue, Field(examples=["scalardlpool"])]
    """The taint's value."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
    """What it does to pods that do not tolerate it: NoSchedule keeps new ones away."""


class NodeSize(_Part):
    """What one node has."""

    cpu: Annotated[SomeNodeCpu, Field(examples=["4"])]
    """The node's whole cpus, before anything is reserved."""
    memory: Annotated[SomeMemory, Field(examples=["8Gi"])]
    """The node's whole memory, with its unit: 8Gi; 8 would be 8 bytes."""


class Reserved(_Part):
    """What the provider, the kubelet and the DaemonSets keep of one node."""

    cpu: Annotated[NodeCpu, Field(examples=["200m"])]
    """The cpu that is not for ScalarDL's pods; m is a thousandth."""
    memory: Annotated[Memory, Field(examples=["1Gi"])]
    """The memory that is not for ScalarDL's pods, with its unit."""


class NodePool(_Part):
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


class Spreading(_Part):
    """How the pods of one component stand apart."""

    nodes: Spread
    """One pod of a component on a node."""
    zones: Spread
    """Pods of a component evenly over the zones."""


class Amount(_Part):
    """Requests, which are the limits too."""

    cpu: Annotated[SomeCpu, Field(examples=["2", "500m"])]
    """Cpus; m is a thousandth of one."""
    memory: Annotated[SomeMemory, Field(examples=["4Gi", "512Mi"])]
    """Memory with its unit: 4Gi; 4 would be 4 bytes."""


class Amounts(_Part):
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


class Caps(_Part):
    """What one pod may have in all; null: no cap."""

    ledger: Amount | None = None
    """All containers of one Ledger pod together; null: no cap."""
    auditor: Amount | None = None
    """All containers of one Auditor pod together; null: no cap."""


class DisruptionBudget(_Part):
    """The budget of a replicated workload."""

    max_unavailable: Count
    """How many pods a drain may take at a time; 0 would block every drain."""
    unhealthy_pod_eviction_policy: Literal["AlwaysAllow", "IfHealthyBudget"] | None = None
    """AlwaysAllow: a pod that does not start never blocks a drain. From Kubernetes 1.27; null: not set."""


class Network(_Part):
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


class Exemption(_Part):
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


class Select(_Part):
    """Which objects a patch concerns; all that is stated must hold."""

    kind: Annotated[Kind | None, Field(examples=["NetworkPolicy"])] = None
    """The object's kind, as Kubernetes writes it: Deployment, not deployment."""
    name: Annotated[ObjectName | None, Field(examples=["ledger-*"])] = None
    """The object's name; * stands for any text."""
    role: Role | None = None
    """The workload's role. Generated policies and budgets have none: select them by kind and name."""
    labels: Annotated[Labels, Field(examples=[{"app.kubernetes.io/app": "ledger"}])] = {}
    """Labels that the object's own metadata has, each with this very value."""

    @model_validator(mode="after")
    def _selects(self) -> Select:
        if not (self.kind or self.name or self.role or self.labels):
            raise wrong(
                "selects every object of the release; hardly meant so; write a kind, name, role or labels"
            )
        return self


class Operation(_Part):
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


class Patch(_Part):
    """A change of the user's own, made after the rules and checked by them."""

    select: Select
    """Which objects it changes."""
    operations: Operations
    """What it does to each of them, in this order; all of it or nothing."""


class Profile(_Part):
    """What a ScalarDL deployment must look like: the part that hardening needs."""

    extends: str | None = None
    """The profile this one builds on: a built-in name (production), or a file (./base.yaml)."""
    description: str = ""
    """One line for the list of profiles."""
    kubernetes_version: KubernetesVersion
    """The oldest Kubernetes among the clusters, in quotes; 1.21 or later."""
    scope: Scope
    """scalardl: ScalarDL's own workloads; all: the generic rules for all others too."""
    rules: Modes
    """How each rule is applied: enforce, fill, check or off."""
    node_pool: NodePool | None = None
    """The nodes dedicated to ScalarDL; null: any node will do."""
    spread: Spreading
    """How the pods of one component stand apart, by node and by zone."""
    resources: Amounts
    """Requests and limits of one container of each role."""
    caps: Caps
    """What one product pod may have in all, as the licence limits it."""
    recreate_allowed: StrictBool
    """Whether the strategy Recreate, with its gap in service, may stand."""
    disruption_budget: DisruptionBudget | None = None
    """The budget of each workload with several pods; null: none is made."""
    network: Network
    """Who may talk to whom."""
    read_only_root: Annotated[tuple[Role, ...], BeforeValidator(empty_for_null)] = ()
    """Roles whose containers get a read-only root file system."""
    exemptions: Annotated[tuple[Exemption, ...], BeforeValidator(empty_for_null)] = ()
    """Objects that a rule leaves alone, each with a reason."""
    patches: Annotated[tuple[Patch, ...], BeforeValidator(empty_for_null)] = ()
    """Changes of your own, made after the rules and checked by them."""


# Written as a whole or not at all: their required keys stay required in a file that extends another.
_WHOLE = ("Exemption", "Patch", "Select", "Operation")


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a profile file, for editors.

    A file may leave out whatever it takes from the profile it extends, so only the items of lists
    have required keys.
    """
    made = Profile.model_json_schema(by_alias=True)
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made.pop("required", None)
    for name, part in made["$defs"].items():
        if name not in _WHOLE:
            part.pop("required", None)
    for key in ("exemptions", "patches", "readOnlyRoot"):
        made["properties"][key]["type"] = [made["properties"][key]["type"], "null"]
    return made
