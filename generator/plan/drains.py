"""The drains of all nodes in a few sentences: alike ones together, those that block by the node's name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from generator.plan.naming import Node, standing
from generator.plan.phrases import counted, listed, most, sure, until_back
from postrender.proof.placement.draining import returning
from postrender.proof.placement.proofs import NodeDrain, Proofs
from postrender.proof.placement.words import FAILS, HOLDS, RANK, Word


class Drains(NamedTuple):
    """The answer for all nodes, the worst of them; in words; what else to know; why where it is no."""

    answer: Word
    verdict: str
    details: tuple[str, ...]
    reasons: tuple[str, ...]


def drains(proofs: Proofs) -> Drains | None:
    """What there is to say of the drains; None where no pod stands."""
    if not proofs.drains:
        return None
    answer = worst(word for drain in proofs.drains for word in (drain.answer, drain.back))
    failing = [drain for drain in proofs.drains if drain.answer in FAILS or drain.back in FAILS]
    if failing:
        blocked = worst(drain.answer for drain in failing)
        answer = blocked if blocked in FAILS else answer
        verdict = {"never": "never ends", "sometimes": "may hang"}.get(
            blocked, "ends, but once the node is back not all pods may find a place"
        )
        return Drains(answer, verdict, (), tuple(_reasons(proofs, failing)))
    waits = most(wait for drain in proofs.drains for wait in drain.waits)
    details = [until_back("node", waits, ("node is cordoned",))] if waits else []
    details += _coming_back(proofs)
    doubts = [doubt for group in proofs.stage.groups if group.pods for doubt in group.unmodelled]
    undecided = f"not decided: {', '.join(dict.fromkeys(doubts)) or 'there are too many ways'}"
    verdict = sure(answer, "goes through") if answer in HOLDS else undecided
    return Drains(answer, verdict, tuple(details), ())


def _coming_back(proofs: Proofs) -> Iterator[str]:
    back = [one.title for drain in proofs.drains for one in returning(proofs.stage, drain.place)]
    if back:
        yield (
            f"pods of {listed(list(dict.fromkeys(back)))} tolerate the cordon: they may come back, "
            "and then the node is not empty once the drain has ended"
        )


def worst(answers: Iterable[Word]) -> Word:
    """The worst of some answers."""
    return max(answers, key=RANK.index)


def nodes_of(nodes: Iterable[Node], drain: NodeDrain) -> list[str]:
    """Those of the nodes, by name, of which it is the drain."""
    sought = drain.place.kind, drain.place.pods
    return [node.name for node in nodes if (node.place.kind, node.place.pods) == sought]


def _reasons(proofs: Proofs, failing: list[NodeDrain]) -> Iterator[str]:
    nodes = [
        node for node in standing(proofs.stage, proofs.placement) if node.place.own(proofs.stage.workloads)
    ]
    blocked = [drain for drain in failing if drain.answer in FAILS]
    here = {name for drain in blocked for name in nodes_of(nodes, drain)}
    inside = [node.name for node in nodes if node.name in here]
    if blocked and not inside:
        yield f"where pods stand otherwise: a node with {_pods(proofs, blocked[0])} cannot always be drained"
    elif blocked:
        never = all(drain.answer == "never" for drain in blocked)
        yield _which(inside, len(nodes), never)
    told: dict[tuple[str, str], set[str]] = {}
    for drain in blocked:
        for group, text in drain.blocked:
            told.setdefault((group.title, text), set()).update(nodes_of(nodes, drain))
    for (title, text), there in told.items():
        some = [name for name in inside if name in there]
        where = f" on {listed(some)}" if 0 < len(some) < len(inside) else ""
        yield f"pods of {title}{where} may not go: {text}"
    if blocked and not told:
        yield "what went finds no place, and without it the budgets let no more go"
    yield from _not_back([drain for drain in failing if drain.back in FAILS], nodes)


def _not_back(failing: list[NodeDrain], nodes: list[Node]) -> Iterator[str]:
    if failing:
        here = [node.name for node in nodes if any(node.name in nodes_of(nodes, one) for one in failing)]
        may = "may " * (worst(drain.back for drain in failing) != "never")
        yield f"once {listed(here) or 'the node'} is back from a drain, not all pods {may}find a place again"
        yield from dict.fromkeys(wait.text for drain in failing for wait in drain.waits)


def _which(names: list[str], count: int, never: bool) -> str:
    if len(names) == count > 1:
        each = f"of the {count} nodes with pods"
        return f"none {each} can be drained" if never else f"not each {each} can always be drained"
    return f"{listed(names)} {'cannot' if never else 'cannot always'} be drained"


def _pods(proofs: Proofs, drain: NodeDrain) -> str:
    stage = proofs.stage
    return listed(
        [f"{counted(pods, 'pod')} of {stage.groups[n].title}" for n, pods in drain.place.own(stage.workloads)]
    )
