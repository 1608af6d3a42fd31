"""What the values of a profile must be together: amounts, caps and nodes that fit each other."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from profiles.models import Amount, Amounts, Caps, NodePool, Spreading
from profiles.quantities import parse, text

_Model = TypeVar("_Model", bound=BaseModel)


class Contradiction(NamedTuple):
    """Values that cannot stand together: their paths in the profile, the telling one first, and why."""

    paths: tuple[tuple[str, ...], ...]
    text: str


def contradictions(tree: dict[str, Any]) -> list[Contradiction]:
    """The contradictions in a profile, given as plain maps. Sections in error are left out."""
    pool = _section(NodePool, tree.get("nodePool"))
    amounts = _section(Amounts, tree.get("resources"))
    caps = _section(Caps, tree.get("caps"))
    spread = _section(Spreading, tree.get("spread"))
    found = [] if pool is None else _of_pool(pool)
    if pool and spread and spread.zones == "required" and pool.zones < 2:
        paths = (("nodePool", "zones"), ("spread", "zones"))
        found.append(
            Contradiction(
                paths,
                "nodePool has one zone, but spread.zones is required; pods cannot spread over one; "
                "declare nodePool.zones",
            )
        )
    if amounts and caps:
        found += _over_caps(amounts, caps)
    # Where the pool is itself at odds, what fits on it says nothing new.
    if pool and amounts and not found:
        found += _too_large(amounts, pool)
    return found


def _section(model: type[_Model], value: object) -> _Model | None:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def _of_pool(pool: NodePool) -> list[Contradiction]:
    found = []
    if pool.zones > pool.nodes:
        paths = (("nodePool", "zones"), ("nodePool", "nodes"))
        found.append(
            Contradiction(
                paths, f"{pool.zones} zones, but {pool.nodes} nodes; every zone needs a node; add nodes"
            )
        )
    for unit in ("cpu", "memory"):
        size, kept = getattr(pool.node_size, unit), getattr(pool.reserved, unit)
        if parse(kept) >= parse(size):
            found.append(
                Contradiction(
                    (("nodePool", "reserved", unit), ("nodePool", "nodeSize", unit)),
                    f"{kept} of a node's {size} {unit} is reserved; nothing is left for pods; "
                    "lower reserved or take larger nodes",
                )
            )
    return found


def _over_caps(amounts: Amounts, caps: Caps) -> list[Contradiction]:
    found = []
    for role in Caps.model_fields:
        cap: Amount | None = getattr(caps, role)
        for unit in ("cpu", "memory") if cap else ():
            asked, most = getattr(getattr(amounts, role), unit), getattr(cap, unit)
            if parse(asked) > parse(most):
                found.append(
                    Contradiction(
                        (("resources", role, unit), ("caps", role, unit)),
                        f"{role} asks for {asked} {unit}, above its cap of {most}; the licence limits "
                        f"one pod to the cap; ask for {most} or less",
                    )
                )
    return found


def _too_large(amounts: Amounts, pool: NodePool) -> list[Contradiction]:
    found = []
    for role in Amounts.model_fields:
        for unit in ("cpu", "memory"):
            asked = getattr(getattr(amounts, role), unit)
            free = parse(getattr(pool.node_size, unit)) - parse(getattr(pool.reserved, unit))
            if parse(asked) > free:
                found.append(
                    Contradiction(
                        (
                            ("resources", role, unit),
                            ("nodePool", "nodeSize", unit),
                            ("nodePool", "reserved", unit),
                        ),
                        f"{role} asks for {asked} {unit}, but a node has {text(free)} for pods; "
                        "it could never be placed; take larger nodes or ask for less",
                    )
                )
    return found
