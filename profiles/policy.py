"""The compiled hardening policy: what the post-renderer needs of a profile, and no more.

It is plain JSON and is read without pydantic, so that `scalardl-harden` starts fast. It travels
with the release in a ConfigMap (label `app.kubernetes.io/component: hardening-policy`, key
`policy.json`). Profiles compile to it; `profiles/compiled/` holds the built-in ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeVar

from profiles import quantities
from profiles.errors import ProfileError

VERSION = 1

Known = TypeVar("Known")

Mode = Literal["enforce", "fill", "check", "off"]
Spread = Literal["required", "preferred", "none"]
Scope = Literal["scalardl", "all"]

MODES: tuple[Mode, ...] = ("enforce", "fill", "check", "off")
SPREADS: tuple[Spread, ...] = ("required", "preferred", "none")
SCOPES: tuple[Scope, ...] = ("scalardl", "all")
# The most nodes that Kubernetes itself is made for.
MOST = 5000

# The catalogue: every rule, in the order in which the rules run.
RULES: tuple[str, ...] = (
    "replicas-under-autoscaler",
    "image-pinning",
    "default-credentials",
    "resource-caps",
    "node-pool",
    "anti-affinity",
    "zone-spread",
    "pod-security",
    "health-checks",
    "rollout-strategy",
    "disruption-budgets",
    "network-policies",
)


class Taint(NamedTuple):
    """A node taint: https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"""

    key: str
    value: str
    effect: str


class NodePool(NamedTuple):
    """The nodes dedicated to ScalarDL. cpu and memory: what pods may ask of one node, nano-units.

    `max_nodes`: how many there may be once a cluster autoscaler has added some.
    """

    label: tuple[str, str] | None
    taint: Taint | None
    nodes: int
    max_nodes: int
    zones: int
    cpu: int
    memory: int


class Resources(NamedTuple):
    """An amount of cpu and memory, nano-units."""

    cpu: int
    memory: int


class Budget(NamedTuple):
    """A PodDisruptionBudget's content."""

    max_unavailable: int
    unhealthy_pod_eviction_policy: str | None


class Network(NamedTuple):
    """Who may talk to whom. Networks are CIDRs; no database or API server addresses means any."""

    clients: tuple[str, ...]
    other_domain: tuple[str, ...]
    nodes: tuple[str, ...]
    clients_in_cluster: bool
    databases: tuple[str, ...]
    api_server: tuple[str, ...]
    monitoring_namespaces: tuple[str, ...]
    dns: tuple[str, ...]


class Exemption(NamedTuple):
    """An object that a rule leaves alone. `name` may hold `*`. `until` is an ISO date."""

    rule: str
    kind: str
    name: str
    reason: str
    until: str | None


class Patch(NamedTuple):
    """A user's RFC 6902 operations on the objects that the selector picks (None: any)."""

    kind: str | None
    name: str | None
    role: str | None
    labels: Mapping[str, str]
    operations: tuple[Mapping[str, Any], ...]


class Policy(NamedTuple):
    """What a release is hardened to. Read with `load`, written by `profiles.compile`."""

    profile: str
    kubernetes: tuple[int, int]
    scope: Scope
    modes: Mapping[str, Mode]
    pool: NodePool | None
    node_spread: Spread
    zone_spread: Spread
    resources: Mapping[str, Resources]
    caps: Mapping[str, Resources]
    recreate_allowed: bool
    budget: Budget | None
    network: Network
    read_only_root: tuple[str, ...]
    exemptions: tuple[Exemption, ...]
    patches: tuple[Patch, ...]
    assumed: tuple[str, ...]
    """What the profile took because the user declared nothing; each a sentence for the report."""

    def mode(self, rule: str) -> Mode:
        """How `rule` is applied; a rule that the policy does not name is off."""
        return self.modes.get(rule, "off")


def load(text: str, source: str) -> Policy:
    """The policy in `text` (JSON). Raises ProfileError, with `source` in it, where it cannot be used."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ProfileError(
            f"{source}: not a compiled policy, which is JSON: {error}; "
            "make one with: scalardl-gen policy PROFILE"
        ) from None
    return from_json(data, source)


def from_json(data: object, source: str) -> Policy:
    """The policy in decoded JSON. Raises ProfileError, with `source` in it, where it cannot be used."""
    if not isinstance(data, dict) or data.get("policyVersion") != VERSION:
        raise ProfileError(
            f"{source}: not a compiled policy of version {VERSION}; "
            "make one with: scalardl-gen policy PROFILE"
        )
    try:
        return _policy(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProfileError(
            f"{source}: damaged policy ({type(error).__name__}: {error}); "
            "make it again with: scalardl-gen policy PROFILE"
        ) from None


def _policy(data: dict[str, Any]) -> Policy:
    major, minor = data["kubernetesVersion"].split(".")
    for rule, mode in data["rules"].items():
        _one_of(rule, RULES, "rule")
        _one_of(mode, MODES, f"mode of {rule}")
    if not data["rules"]:
        raise ValueError("no rules")
    network = data["network"]
    budget = data["disruptionBudget"]
    return Policy(
        profile=_text(data["profile"]),
        kubernetes=(int(major), int(minor)),
        scope=_one_of(data["scope"], SCOPES, "scope"),
        modes=data["rules"],
        pool=_pool(data["nodePool"]),
        node_spread=_one_of(data["spread"]["nodes"], SPREADS, "spread.nodes"),
        zone_spread=_one_of(data["spread"]["zones"], SPREADS, "spread.zones"),
        resources={role: _resources(amount) for role, amount in data["resources"].items()},
        caps={role: _resources(amount) for role, amount in data["caps"].items()},
        recreate_allowed=_flag(data["recreateAllowed"]),
        budget=budget and Budget(_count(budget["maxUnavailable"]), budget["unhealthyPodEvictionPolicy"]),
        network=Network(
            clients=_texts(network["clients"]),
            other_domain=_texts(network["otherDomain"]),
            nodes=_texts(network["nodes"]),
            clients_in_cluster=_flag(network["clientsInCluster"]),
            databases=_texts(network["databases"]),
            api_server=_texts(network["apiServer"]),
            monitoring_namespaces=_texts(network["monitoringNamespaces"]),
            dns=_texts(network["dns"]),
        ),
        read_only_root=_texts(data["readOnlyRoot"]),
        exemptions=tuple(_exemption(entry) for entry in data["exemptions"]),
        patches=tuple(
            Patch(p["kind"], p["name"], p["role"], p["labels"], tuple(p["operations"]))
            for p in data["patches"]
        ),
        assumed=_texts(data["assumed"]),
    )


def _exemption(data: dict[str, Any]) -> Exemption:
    return Exemption(
        rule=_text(data["rule"]),
        kind=_text(data["kind"]),
        name=_text(data["name"]),
        reason=_text(data["reason"]),
        until=None if data["until"] is None else _text(data["until"]),
    )


def _pool(data: dict[str, Any] | None) -> NodePool | None:
    if data is None:
        return None
    label, taint = data["label"], data["taint"]
    return NodePool(
        label=label and (_text(label["key"]), _text(label["value"])),
        taint=taint and Taint(_text(taint["key"]), _text(taint["value"]), _text(taint["effect"])),
        nodes=_count(data["nodes"]),
        max_nodes=_count(data.get("maxNodes", data["nodes"])),
        zones=_count(data["zones"]),
        cpu=quantities.parse(data["allocatable"]["cpu"]),
        memory=quantities.parse(data["allocatable"]["memory"]),
    )


def _resources(data: dict[str, Any]) -> Resources:
    return Resources(quantities.parse(data["cpu"]), quantities.parse(data["memory"]))


def _one_of(value: Any, known: tuple[Known, ...], what: str) -> Known:
    if value not in known:
        raise ValueError(f"{what} {value!r} is none of {', '.join(map(str, known))}")
    return known[known.index(value)]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} where text belongs")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} where a list belongs")
    return tuple(_text(item) for item in value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} where true or false belongs")
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST:
        raise ValueError(f"{value!r} is no count from 1 to {MOST}")
    return value
