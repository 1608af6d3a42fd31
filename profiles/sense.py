"""What the sections of one domain must be together: amounts, caps and nodes, pods, TLS, the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from profiles.contradiction import Contradiction, no
from profiles.hardening import Amount, Amounts, Caps, DisruptionBudget, NodePool, Spreading
from profiles.models import Product
from profiles.names import seconds
from profiles.product import NEEDS, TAKES, Autoscaling, Database, Replicas, Tls
from profiles.quantities import parse, text

_Model = TypeVar("_Model", bound=BaseModel)
# cert-manager refuses shorter ones: https://cert-manager.io/docs/usage/certificate/
_SHORTEST_CERTIFICATE, _SHORTEST_RENEWAL = "1h", "5m"
# What the charts ask of cert-manager where nothing is said.
_CHARTS_DURATION, _CHARTS_RENEWAL = "8760h", "360h"


def contradictions(tree: dict[str, Any], product: Product) -> Iterator[Contradiction]:
    """The contradictions in the domain of `product`, given as plain maps. Sections in error are left out."""
    pool = _section(NodePool, tree.get("nodePool"))
    amounts = _section(Amounts, tree.get("resources"))
    caps = _section(Caps, tree.get("caps"))
    spread = _section(Spreading, tree.get("spread"))
    replicas = _section(Replicas, tree.get("replicas"))
    scaling = _section(Autoscaling, tree.get("autoscaling"))
    budget = _section(DisruptionBudget, tree.get("disruptionBudget"))
    tls = _section(Tls, tree.get("tls"))
    database = _section(Database, tree.get("database"))
    at_odds = list(_of_pool(pool, spread)) if pool else []
    if amounts and caps:
        at_odds += _over_cap(amounts, caps, product)
    if replicas and scaling:
        at_odds += _out_of_bounds(replicas, scaling)
    if pool and spread and replicas:
        at_odds += _too_many(replicas, scaling, pool, spread)
    # Where these are at odds, what fits on the nodes says nothing new.
    if pool and amounts and not at_odds:
        at_odds += _too_large(amounts, pool, product)
        if spread and replicas and not at_odds:
            at_odds += _too_full(amounts, pool, spread, replicas, scaling, product)
    yield from at_odds
    if replicas and budget:
        yield from _drained(replicas, budget)
    if tls:
        yield from _of_tls(tls)
    if database:
        yield from _of_database(database)


def _section(model: type[_Model], value: object) -> _Model | None:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def _of_pool(pool: NodePool, spread: Spreading | None) -> Iterator[Contradiction]:
    if pool.zones > pool.nodes:
        yield no(
            f"{pool.zones} zones, but {pool.nodes} nodes; every zone needs a node; add nodes",
            ("nodePool", "zones"),
            ("nodePool", "nodes"),
        )
    for unit in ("cpu", "memory"):
        size, kept = getattr(pool.node_size, unit), getattr(pool.reserved, unit)
        if parse(kept) >= parse(size):
            yield no(
                f"{kept} of a node's {size} {unit} is reserved; nothing is left for pods; "
                "lower reserved or take larger nodes",
                ("nodePool", "reserved", unit),
                ("nodePool", "nodeSize", unit),
            )
    if pool.max_nodes is not None and pool.max_nodes < pool.nodes:
        yield no(
            f"{pool.max_nodes} nodes at most, but {pool.nodes} to begin with; "
            f"the autoscaler would take some away at once; write {pool.nodes} or more",
            ("nodePool", "maxNodes"),
            ("nodePool", "nodes"),
        )
    if spread and spread.zones == "required" and pool.zones < 2:
        yield no(
            "nodePool has one zone, but spread.zones is required; pods cannot spread over one; "
            "declare nodePool.zones",
            ("nodePool", "zones"),
            ("spread", "zones"),
        )


def _over_cap(amounts: Amounts, caps: Caps, product: Product) -> Iterator[Contradiction]:
    cap: Amount | None = getattr(caps, product)
    for unit in ("cpu", "memory") if cap else ():
        asked, most = getattr(getattr(amounts, product), unit), getattr(cap, unit)
        if parse(asked) > parse(most):
            yield no(
                f"{product} asks for {asked} {unit}, above its cap of {most}; the licence limits one pod "
                f"to the cap (requirement licence-pod-cap); ask for {most} or less",
                ("resources", product, unit),
                ("caps", product, unit),
            )


def _out_of_bounds(replicas: Replicas, scaling: Autoscaling) -> Iterator[Contradiction]:
    for role in Replicas.model_fields:
        least, most = getattr(replicas, role), getattr(scaling.max_replicas, role)
        if most < least:
            yield no(
                f"{most} pods at most, but {least} at least; nothing lies between; write {least} or more",
                ("autoscaling", "maxReplicas", role),
                ("replicas", role),
            )


def _drained(replicas: Replicas, budget: DisruptionBudget) -> Iterator[Contradiction]:
    for role in Replicas.model_fields:
        pods = getattr(replicas, role)
        if 1 < pods <= budget.max_unavailable:
            yield no(
                f"a drain may take {budget.max_unavailable} pods at a time, and {role} has {pods}; then none "
                f"serves (requirement disruption-budget); write {pods - 1} or less",
                ("disruptionBudget", "maxUnavailable"),
                ("replicas", role),
            )


def _too_many(
    replicas: Replicas, scaling: Autoscaling | None, pool: NodePool, spread: Spreading
) -> Iterator[Contradiction]:
    nodes = _nodes(pool, scaling)
    for role in Replicas.model_fields:
        least, most = getattr(replicas, role), _most(role, replicas, scaling)
        if spread.nodes == "required" and most > nodes:
            yield no(
                f"{most} pods, one on each node (spread.nodes: required), but {nodes} nodes at most "
                "(requirements replicas-equal-nodes, hpa-node-capacity); declare more nodes or fewer pods",
                ("autoscaling", "maxReplicas", role) if most > least else ("replicas", role),
                ("nodePool", "maxNodes" if scaling else "nodes"),
                ("spread", "nodes"),
            )
        if spread.zones == "required" and least < pool.zones:
            yield no(
                f"{least} pods over {pool.zones} zones; a zone without a pod cannot serve alone "
                "(requirement spread-zones); write one for each zone at least",
                ("replicas", role),
                ("nodePool", "zones"),
                ("spread", "zones"),
            )


def _too_large(amounts: Amounts, pool: NodePool, product: Product) -> Iterator[Contradiction]:
    for role in Amounts.model_fields:
        if role in ("ledger", "auditor") and role != product:
            continue
        for unit in ("cpu", "memory"):
            asked = getattr(getattr(amounts, role), unit)
            free = _free(pool, unit)
            if parse(asked) > free:
                yield no(
                    f"{role} asks for {asked} {unit}, but a node has {text(free)} for pods; it could never "
                    "be placed (requirement node-capacity); take larger nodes or ask for less",
                    ("resources", role, unit),
                    ("nodePool", "nodeSize", unit),
                    ("nodePool", "reserved", unit),
                )


def _too_full(
    amounts: Amounts,
    pool: NodePool,
    spread: Spreading,
    replicas: Replicas,
    scaling: Autoscaling | None,
    product: Product,
) -> Iterator[Contradiction]:
    nodes = _nodes(pool, scaling)
    pods, envoys = _most("product", replicas, scaling), _most("envoy", replicas, scaling)
    for unit in ("cpu", "memory"):
        free = _free(pool, unit)
        one, envoy = (getattr(getattr(amounts, role), unit) for role in (product, "envoy"))
        apart = spread.nodes == "required" and parse(one) + parse(envoy) > free and pods + envoys > nodes
        if apart or pods * parse(one) + envoys * parse(envoy) > nodes * free:
            yield no(
                f"{pods} {product} pods of {one} {unit} and {envoys} Envoy pods of {envoy} do not fit "
                f"{nodes} nodes with {text(free)} for pods each (requirement node-capacity); "
                "take larger nodes or more of them, or ask for less",
                ("resources", product, unit),
                ("resources", "envoy", unit),
                ("nodePool", "nodeSize", unit),
                ("nodePool", "reserved", unit),
                ("nodePool", "nodes"),
                ("replicas", "product"),
                ("replicas", "envoy"),
                ("autoscaling", "maxReplicas"),
            )
            return


def _of_tls(tls: Tls) -> Iterator[Contradiction]:
    named = tls.mode in ("issuer", "cluster-issuer")
    if named and tls.issuer is None:
        yield no(
            f"mode {tls.mode} without issuer; cert-manager would not know whom to ask for certificates "
            "(requirement tls); write issuer: NAME beside it",
            ("tls", "mode"),
            ("tls", "issuer"),
        )
    if not named and tls.issuer is not None:
        yield no(
            f"mode {tls.mode} takes no issuer; it would be ignored in silence; delete it, or write mode: "
            "issuer or cluster-issuer",
            ("tls", "issuer"),
            ("tls", "mode"),
        )
    if tls.mode in ("none", "secrets"):
        for key, value in (("duration", tls.duration), ("renewBefore", tls.renew_before)):
            if value is not None:
                yield no(
                    f"mode {tls.mode} takes no {key}; only cert-manager renews certificates; delete it",
                    ("tls", key),
                    ("tls", "mode"),
                )
        return
    duration, renewal = tls.duration or _CHARTS_DURATION, tls.renew_before or _CHARTS_RENEWAL
    for key, value, shortest in (
        ("duration", duration, _SHORTEST_CERTIFICATE),
        ("renewBefore", renewal, _SHORTEST_RENEWAL),
    ):
        if seconds(value) < seconds(shortest):
            yield no(f"{value} is too short; cert-manager refuses it; write {shortest} or more", ("tls", key))
    if seconds(renewal) >= seconds(duration):
        of_chart = "" if tls.renew_before else " (the chart's own renewBefore)"
        yield no(
            f"certificates of {duration}, renewed {renewal} before their end{of_chart}; cert-manager refuses "
            "that; write a renewBefore below duration",
            *((("tls", "renewBefore"), ("tls", "duration")) if tls.renew_before else (("tls", "duration"),)),
        )


def _of_database(database: Database) -> Iterator[Contradiction]:
    needed, taken = NEEDS[database.storage], TAKES.get(database.storage, ())
    for field in ("region", "uri", "url", "hosts", "port", "max_connections", "pool_size"):
        key = Database.model_fields[field].alias or field
        stated = getattr(database, field) not in (None, ())
        if field in needed and not stated:
            yield no(
                f"{database.storage} needs {key}; without it ScalarDB does not know where to connect "
                f"(requirement database-properties); write {key}: below database",
                ("database", "storage"),
                ("database", key),
            )
        if stated and field not in needed + taken:
            yield no(
                f"{database.storage} takes no {key}; it would be ignored in silence; delete it, or write the "
                "storage that it belongs to",
                ("database", key),
                ("database", "storage"),
            )


def _nodes(pool: NodePool, scaling: Autoscaling | None) -> int:
    """How many nodes there may be, where pods and nodes grow with the load."""
    return max(pool.nodes, pool.max_nodes or 0) if scaling else pool.nodes


def _most(role: str, replicas: Replicas, scaling: Autoscaling | None) -> int:
    most: int = getattr(scaling.max_replicas if scaling else replicas, role)
    return most


def _free(pool: NodePool, unit: str) -> int:
    return parse(getattr(pool.node_size, unit)) - parse(getattr(pool.reserved, unit))
