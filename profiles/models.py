"""A profile: what a ScalarDL deployment must look like, as pydantic models of YAML with camelCase keys.

`Settings` holds what may be said once for both domains, or again under `ledger` or `auditor` for
that one. The lines below a field are its description in the JSON Schema that editors show.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool

from profiles.deployment import Client, Cluster
from profiles.hardening import (
    Amounts,
    Caps,
    DisruptionBudget,
    Exemption,
    ExemptRequirement,
    Network,
    NodePool,
    Patch,
    Spreading,
)
from profiles.names import Host, Line, Namespace, PropertyName, Release
from profiles.part import Part
from profiles.policy import Scope
from profiles.product import (
    Authentication,
    Autoscaling,
    Backup,
    Database,
    ExternalSecrets,
    Images,
    LoadBalancer,
    Monitoring,
    Replicas,
    SecretNames,
    Tls,
)
from profiles.scalardl import Role
from profiles.values import KubernetesVersion, Modes, empty_for_null

Product = Literal["ledger", "auditor"]
DOMAINS: tuple[Product, ...] = ("ledger", "auditor")


class Settings(Part):
    """What holds for both domains, or for the one under which it stands."""

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
    replicas: Replicas
    """How many pods of each component."""
    autoscaling: Autoscaling | None = None
    """Pods by load; null: as many as replicas says."""
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
    load_balancer: LoadBalancer
    """How Envoy is reached."""
    images: Images
    """Where images come from."""
    authentication: Authentication
    """How clients, Ledger and Auditor prove who they are."""
    tls: Tls
    """Encryption on every leg."""
    external_secrets: ExternalSecrets | None = None
    """Where Secrets come from; null: the bundle has the kubectl commands that create them."""
    monitoring: Monitoring
    """What is watched, and by whom."""
    backup: Backup
    """What is backed up."""
    read_only_root: Annotated[tuple[Role, ...], BeforeValidator(empty_for_null)] = ()
    """Roles whose containers get a read-only root file system."""
    exemptions: Annotated[tuple[Exemption, ...], BeforeValidator(empty_for_null)] = ()
    """Objects that a rule leaves alone, each with a reason."""
    patches: Annotated[tuple[Patch, ...], BeforeValidator(empty_for_null)] = ()
    """Changes of your own, made after the rules and checked by them."""


class Domain(Settings):
    """One product in its cluster. Every key from the top may stand here too, for this domain alone."""

    administrative_domain: Line
    """Who administers it; Ledger's and Auditor's administrators are not the same."""
    cluster: Cluster
    """The cluster it runs in."""
    namespace: Namespace
    """Its namespace."""
    release: Release
    """The name of its Helm release."""
    address: Annotated[Host, Field(examples=["ledger.example.com"])]
    """The DNS name of its Envoy's load balancer: for clients, and of Ledger for Auditor."""
    database: Database
    """Its backend database."""
    secrets: SecretNames
    """Its Secrets, by purpose."""
    licensed: StrictBool
    """Whether its image asks for a licence key, which secrets.environment then holds."""
    certificate_holder: Line | None = None
    """Auditor with digital signatures: the holder's id under which Ledger knows its certificate."""
    certificate_version: Annotated[int, Field(strict=True, ge=1)] = 1
    """The version of that certificate; a new key needs a greater one."""
    properties: dict[PropertyName, Line] = Field(default_factory=dict)
    """More properties of the product, each on one line; not for secrets."""


class Profile(Settings):
    """What a ScalarDL deployment must look like."""

    extends: str | None = None
    """The profile this one builds on: a built-in name (production), or a file (./base.yaml)."""
    description: str = ""
    """One line for the list of profiles."""
    size: Literal["small", "medium", "large", "very-large"] | None = None
    """Replicas and resources by load, below what this file itself states; null: as they stand."""
    separation: Literal["required", "advised"]
    """Whether Ledger and Auditor must be two clusters, networks, databases and administrative domains."""
    asset_proof: StrictBool
    """Whether Ledger proves each asset; Auditor needs it."""
    auditor_mode: StrictBool
    """Whether an Auditor stands beside Ledger."""
    peering: StrictBool
    """Whether the networks of Ledger, Auditor and the clients reach each other."""
    clients: Annotated[tuple[Client, ...], BeforeValidator(empty_for_null)] = ()
    """The applications that call ScalarDL; none: not declared."""
    exempt_requirements: Annotated[tuple[ExemptRequirement, ...], BeforeValidator(empty_for_null)] = ()
    """Requirements of the guides that the check leaves alone, each with a reason."""
    ledger: Domain
    """Ledger's domain."""
    auditor: Domain
    """Auditor's domain."""

    def domain(self, product: Product) -> Domain:
        """The domain of a product."""
        return self.ledger if product == "ledger" else self.auditor


# Written as a whole or not at all: their required keys stay required in a file that extends another.
_WHOLE = ("Exemption", "ExemptRequirement", "Patch", "Select", "Operation", "Client", "Subnet", "OtherPool")


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
    for part in (made, made["$defs"]["Domain"]):
        for key in ("exemptions", "exemptRequirements", "patches", "readOnlyRoot", "clients"):
            if key in part["properties"]:
                part["properties"][key]["type"] = [part["properties"][key]["type"], "null"]
    return made
