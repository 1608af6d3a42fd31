"""From a profile to the compiled policy (see `profiles.policy`).

`python -m profiles.compile` writes the compiled built-in profiles anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from profiles import policy
from profiles.domains import OTHER
from profiles.hardening import Amount, NodePool, Operation, Patch
from profiles.load import BUILTIN, ResolvedProfile, load
from profiles.models import DOMAINS, Product, Profile, Settings
from profiles.quantities import parse, text

PRIVATE_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
MONITORING_NAMESPACES = ("monitoring",)
# NodeLocal DNSCache: https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
NODE_LOCAL_DNS = ("169.254.20.10/32",)

# Undeclared: what is taken, and the sentence that says so.
_ASSUMED_NETWORKS: dict[str, tuple[tuple[str, ...], str]] = {
    "clients": (
        PRIVATE_NETWORKS,
        f"clients may come from every private address range ({', '.join(PRIVATE_NETWORKS)})",
    ),
    "otherDomain": (
        PRIVATE_NETWORKS,
        f"the other domain may be in every private address range ({', '.join(PRIVATE_NETWORKS)})",
    ),
    "nodes": ((), "no node network is let in, so load balancers must keep the client's address"),
    "databases": ((), "databases may have any address, on their ports"),
    "apiServer": ((), "the Kubernetes API server may have any address"),
    "monitoringNamespaces": (MONITORING_NAMESPACES, "metrics may be scraped from the namespace monitoring"),
    "dns": (NODE_LOCAL_DNS, "node-local DNS is taken to be at 169.254.20.10"),
}


def compile_policy(resolved: ResolvedProfile, product: Product | None = None) -> dict[str, Any]:
    """The compiled policy of a profile, as the JSON that `profiles.policy.load` reads.

    With a product: of its domain. Without: of what stands at the top, with the networks of both
    domains, for a release of which nobody said whose it is.
    """
    profile = resolved.profile if product is None else resolved.profile.domain(product)
    network, assumed = _network(resolved.profile, product)
    return {
        "policyVersion": policy.VERSION,
        "profile": resolved.name if product is None else f"{resolved.name} ({product})",
        "kubernetesVersion": profile.kubernetes_version,
        "scope": profile.scope,
        "rules": dict(profile.rules),
        "nodePool": profile.node_pool and _pool(profile.node_pool),
        "spread": profile.spread.model_dump(by_alias=True),
        "resources": _amounts(profile.resources),
        "caps": _amounts(profile.caps),
        "recreateAllowed": profile.recreate_allowed,
        "disruptionBudget": profile.disruption_budget and profile.disruption_budget.model_dump(by_alias=True),
        "network": network,
        "readOnlyRoot": list(profile.read_only_root),
        "exemptions": [e.model_dump(mode="json", by_alias=True) for e in profile.exemptions],
        "patches": [_patch(p) for p in profile.patches],
        "assumed": _assumed_of_pool(profile.node_pool, resolved, product) + assumed,
    }


def dumps(compiled: dict[str, Any]) -> str:
    """The text of a compiled policy: stable, keys sorted, a newline at the end."""
    return json.dumps(compiled, indent=2, sort_keys=True, allow_nan=False) + "\n"


def _pool(pool: NodePool) -> dict[str, Any]:
    free = {
        unit: text(parse(getattr(pool.node_size, unit)) - parse(getattr(pool.reserved, unit)))
        for unit in ("cpu", "memory")
    }
    return {
        "label": pool.label and pool.label.model_dump(),
        "taint": pool.taint and pool.taint.model_dump(),
        "nodes": pool.nodes,
        "maxNodes": pool.max_nodes or pool.nodes,
        "zones": pool.zones,
        "allocatable": free,
    }


def _amounts(amounts: Any) -> dict[str, dict[str, str]]:
    each: dict[str, Amount | None] = {role: getattr(amounts, role) for role in type(amounts).model_fields}
    return {role: amount.model_dump() for role, amount in each.items() if amount}


def _network(profile: Profile, product: Product | None) -> tuple[dict[str, Any], list[str]]:
    settings = profile if product is None else profile.domain(product)
    network = settings.network.model_dump(mode="json", by_alias=True)
    # What the clients and the clusters declare need not be said again.
    if network["clients"] is None and profile.clients:
        network["clients"] = sorted({net for client in profile.clients for net in client.networks})
    if network["monitoringNamespaces"] is None:
        network["monitoringNamespaces"] = _monitoring_namespaces(profile, settings, product)
    others = [profile.domain(OTHER[each]).cluster.network for each in ((product,) if product else DOMAINS)]
    if network["otherDomain"] is None and profile.auditor_mode and None not in others:
        network["otherDomain"] = others
    if network["otherDomain"] is None and not profile.auditor_mode:
        network["otherDomain"] = []  # there is none
    sentences = []
    for key, (taken, sentence) in _ASSUMED_NETWORKS.items():
        if network[key] is None:
            network[key] = list(taken)
            sentences.append(f"network.{key} is not declared: {sentence}.")
    return network, sentences


def _monitoring_namespaces(profile: Profile, settings: Settings, product: Product | None) -> list[str] | None:
    """Who reads metrics, as far as the profile says more than nothing."""
    watched = settings.monitoring
    stated = [] if watched.namespace == MONITORING_NAMESPACES[0] else [watched.namespace]
    if watched.stack:  # it comes with the release, into its namespace
        beside = [profile.domain(each).namespace for each in ((product,) if product else DOMAINS)]
        stated = [watched.namespace, *beside]
    return stated or None


def _assumed_of_pool(pool: NodePool | None, resolved: ResolvedProfile, product: Product | None) -> list[str]:
    if pool is None:
        return []
    taken: dict[str, tuple[tuple[str, ...], str]] = {
        "nodes": (("nodes",), f"{pool.nodes} nodes are taken"),
        "zones": (("zones",), f"{pool.zones} zones are taken"),
        "nodeSize": (
            ("nodeSize.cpu", "nodeSize.memory"),
            f"nodes of {pool.node_size.cpu} cpu and {pool.node_size.memory} memory are taken",
        ),
        "reserved": (
            ("reserved.cpu", "reserved.memory"),
            f"{pool.reserved.cpu} cpu and {pool.reserved.memory} memory of each are kept from pods",
        ),
    }
    above = () if product is None else (product,)
    if pool.zones == 1:  # one zone claims nothing
        del taken["zones"]
    return [
        f"nodePool.{key} is not declared: {sentence}."
        for key, (paths, sentence) in taken.items()
        if not all((*above, "nodePool", *path.split(".")) in resolved.declared for path in paths)
    ]


def _patch(patch: Patch) -> dict[str, Any]:
    select = patch.select.model_dump(by_alias=True)
    return {**select, "operations": [_operation(operation) for operation in patch.operations]}


def _operation(operation: Operation) -> dict[str, Any]:
    # What is not stated is left out: a value of null is a value in RFC 6902.
    return operation.model_dump(by_alias=True, exclude_unset=True)


def main() -> None:
    """Writes profiles/compiled/, which ships with the package; a test keeps it in step."""
    folder = Path(__file__).parent / "compiled"
    folder.mkdir(exist_ok=True)
    for name in BUILTIN:
        (folder / f"{name}.json").write_text(dumps(compile_policy(load(name))), encoding="utf-8")


if __name__ == "__main__":
    main()
