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
    Cpu,
    Date,
    KubernetesVersion,
    LabelKey,
    Labels,
    LabelValue,
    Memory,
    Modes,
    Networks,
    NetworksOrAny,
    Pointer,
    RuleId,
    SomeCpu,
    SomeMemory,
    Stated,
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

    key: LabelKey
    value: LabelValue


class Taint(_Part):
    """A node taint; pods that are to run there tolerate it."""

    key: LabelKey
    value: LabelValue
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class NodeSize(_Part):
    """What one node has."""

    cpu: SomeCpu
    memory: SomeMemory


class Reserved(_Part):
    """What the provider, the kubelet and the DaemonSets keep of one node."""

    cpu: Cpu
    memory: Memory


class NodePool(_Part):
    """The nodes dedicated to ScalarDL."""

    label: Label | None
    """The label of the pool's nodes; null: pods are not bound to them."""
    taint: Taint | None
    """The taint of the pool's nodes; null: others may run there too."""
    nodes: Count
    """How many nodes the pool has."""
    zones: Count = 1
    """Over how many zones they stand."""
    node_size: NodeSize
    reserved: Reserved


class Spreading(_Part):
    """How the pods of one component stand apart."""

    nodes: Spread
    """One pod of a component on a node."""
    zones: Spread
    """Pods of a component evenly over the zones."""


class Amount(_Part):
    """Requests, which are the limits too."""

    cpu: SomeCpu
    memory: SomeMemory


class Amounts(_Part):
    """What a container of each role gets."""

    ledger: Amount
    auditor: Amount
    envoy: Amount
    loader: Amount
    admin: Amount
    sidecar: Amount


class Caps(_Part):
    """What one pod may have in all; null: no cap."""

    ledger: Amount | None = None
    auditor: Amount | None = None


class DisruptionBudget(_Part):
    """The budget of a replicated workload."""

    max_unavailable: Count
    """How many pods a drain may take at a time; 0 would block every drain."""
    unhealthy_pod_eviction_policy: Literal["AlwaysAllow", "IfHealthyBudget"] | None = None


class Network(_Part):
    """Who may talk to whom. null: nothing is declared; the report says what is taken instead."""

    clients: Networks = None
    """The networks of the applications that call ScalarDL."""
    other_domain: Networks = None
    """The networks of the other domain: Auditor's for Ledger, Ledger's for Auditor."""
    nodes: Networks = None
    """The networks of the nodes, where a load balancer hides the client behind a node's address."""
    clients_in_cluster: StrictBool
    """Whether pods of the same cluster may call ScalarDL."""
    databases: NetworksOrAny = None
    """The networks of the databases, or any (any address, by port)."""
    api_server: NetworksOrAny = None
    """The networks of the Kubernetes API server, or any."""
    monitoring_namespaces: tuple[LabelValue, ...] | None = None
    """The namespaces that scrape metrics."""
    dns: Networks = None
    """Addresses of node-local DNS; the cluster's own DNS is always reached."""


class Exemption(_Part):
    """An object that a rule leaves alone."""

    rule: RuleId
    kind: Stated
    name: Stated
    """The object's name; * stands for any text."""
    reason: Stated
    until: Date = None


class Select(_Part):
    """Which objects a patch concerns; all that is stated must hold."""

    kind: Stated | None = None
    name: Stated | None = None
    role: Role | None = None
    labels: Labels = {}

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
    path: Pointer
    from_: Annotated[Pointer | None, Field(alias="from")] = None
    value: Any = None

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
    operations: Operations


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
    spread: Spreading
    resources: Amounts
    caps: Caps
    recreate_allowed: StrictBool
    """Whether the strategy Recreate, with its gap in service, may stand."""
    disruption_budget: DisruptionBudget | None = None
    network: Network
    read_only_root: Annotated[tuple[Role, ...], BeforeValidator(empty_for_null)] = ()
    """Roles whose containers get a read-only root file system."""
    exemptions: Annotated[tuple[Exemption, ...], BeforeValidator(empty_for_null)] = ()
    patches: Annotated[tuple[Patch, ...], BeforeValidator(empty_for_null)] = ()


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
