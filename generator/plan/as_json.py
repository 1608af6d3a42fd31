"""A plan for programs: JSON, as plan.schema.json in this folder describes it.

Its keys stay. `schema` is a number that grows when one of them has to change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from generator.plan.drains import drains, nodes_of
from generator.plan.naming import Node, Replay, replayed, standing
from generator.plan.picture import stage_uses
from generator.plan.plan import TOGETHER, Plan, question
from generator.plan.telling import told
from postrender.proof.placement.draining import returning
from postrender.proof.placement.groups import PodGroup
from postrender.proof.placement.proofs import Loss, NodeDrain, Scaling, Update
from postrender.proof.placement.rolling import Strategy
from postrender.proof.placement.stage import Stage
from postrender.proof.placement.words import Wait
from postrender.version import VERSION
from profiles import quantities

SCHEMA = 1


def render(plan: Plan) -> str:
    """The whole plan. Nodes, steps and reasons are in it even where other formats fold them."""
    proofs, stage = plan.proofs, plan.proofs.stage
    nodes = standing(stage, proofs.placement)
    document = {
        "tool": "scalardl-gen plan",
        "version": VERSION,
        "schema": SCHEMA,
        "release": plan.release,
        "profile": plan.profile,
        "nodesFrom": plan.nodes,
        "assuming": plan.assuming or None,
        "well": not plan.fails,
        "workloads": [_workload(stage, group) for group in stage.groups[: stage.workloads]],
        "nodes": _nodes(stage, nodes),
        "placement": _placement(plan),
        "updates": [_update(plan, one) for one in proofs.updates],
        "together": _together(plan),
        "drains": _drains(plan, nodes),
        "zones": [_loss(plan, one) for one in proofs.losses],
        "scalings": [_scaling(plan, one) for one in proofs.scalings],
        "stuckBudgets": [cover.budget.title for cover in proofs.stuck_budgets],
        "cures": [cure.text for cure in plan.mends],
        "remarks": list(plan.remarks),
        "summary": [
            {"question": one.subject, "answer": one.answer, "counts": one.mark != "told", "says": one.verdict}
            for one in told(plan)
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def _workload(stage: Stage, group: PodGroup) -> dict[str, Any]:
    asks = zip(stage.resources, group.asks, strict=True)
    return {
        "workload": group.title,
        "role": group.workload.role if group.workload else "other",
        "pods": group.pods,
        "requests": {name: quantities.text(ask) for name, ask in asks},
        "unmodelled": list(group.unmodelled),
    }


def _nodes(stage: Stage, nodes: Iterable[Node]) -> list[dict[str, Any]]:
    uses = stage_uses(stage)
    return [
        {
            "name": node.name,
            "zone": node.zone,
            "state": node.state or "ready",
            "room": {use.resource: quantities.text(use.room) for use in uses(node)},
            "used": {use.resource: quantities.text(use.used) for use in uses(node)},
            "pods": _pods(stage, node.place.own(stage.workloads)),
        }
        for node in nodes
    ]


def _pods(stage: Stage, pods: Iterable[tuple[int, int]]) -> list[dict[str, Any]]:
    return [
        {
            "workload": stage.groups[number].title,
            "revision": "next" if number >= stage.workloads else "current",
            "pods": count,
        }
        for number, count in pods
    ]


def _placement(plan: Plan) -> dict[str, Any]:
    placed = plan.proofs.placement
    hang = replayed(plan.proofs.stage, placed.found) if placed.found else None
    return {
        "answer": placed.answer,
        "everyWay": placed.whole,
        "reason": placed.reason or None,
        "waits": _waits(placed.waits),
        "hangs": _hang(plan.proofs.stage, hang),
        "cures": _cures(plan, "placement"),
    }


def _together(plan: Plan) -> dict[str, Any] | None:
    together = plan.proofs.together
    if together is None:
        return None
    return {
        "answer": together.answer,
        "waits": _waits(together.waits),
        "hangs": _hang(plan.proofs.stage, replayed(plan.proofs.stage, together.found)),
        "cures": _cures(plan, TOGETHER),
    }


def _update(plan: Plan, update: Update) -> dict[str, Any]:
    return {
        "workload": update.group.title,
        "answer": update.answer,
        "strategy": _strategy(update.strategy),
        "surge": update.limits.surge,
        "unavailable": update.limits.unavailable,
        "waits": _waits(update.waits),
        "hangs": _hang(plan.proofs.stage, replayed(plan.proofs.stage, update.found)),
        "cures": _cures(plan, question(update)),
    }


def _strategy(strategy: Strategy) -> dict[str, Any]:
    def written(value: object) -> object:
        return value if isinstance(value, (int, str)) else None

    return {
        "type": "Recreate" if strategy.recreate else "RollingUpdate",
        "maxSurge": written(strategy.max_surge),
        "maxUnavailable": written(strategy.max_unavailable),
    }


def _drains(plan: Plan, nodes: Iterable[Node]) -> dict[str, Any]:
    found = drains(plan.proofs)
    return {
        "answer": found.answer if found else "always",
        "reasons": list(found.reasons) if found else [],
        "ways": [_drain(plan, one, nodes) for one in plan.proofs.drains],
        "cures": _cures(plan, "drains"),
    }


def _drain(plan: Plan, drain: NodeDrain, nodes: Iterable[Node]) -> dict[str, Any]:
    stage = plan.proofs.stage
    return {
        "nodes": nodes_of(nodes, drain),
        "pods": _pods(stage, drain.place.own(stage.workloads)),
        "answer": drain.answer,
        "back": drain.back,
        "returning": [group.title for group in returning(stage, drain.place)],
        "waits": _waits(drain.waits),
        "blocked": [{"workload": group.title, "reason": reason} for group, reason in drain.blocked],
    }


def _loss(plan: Plan, loss: Loss) -> dict[str, Any]:
    return {
        "zone": loss.zone,
        "counts": plan.zones_count,
        "answer": loss.answer,
        "quorum": loss.quorum,
        "remain": [{"workload": group.title, "pods": left, "of": group.pods} for group, left in loss.left],
        "again": loss.again,
        "waits": _waits(loss.waits),
        "cures": _cures(plan, question(loss)),
    }


def _scaling(plan: Plan, scaling: Scaling) -> dict[str, Any]:
    return {
        "workload": scaling.group.title,
        "pods": scaling.most,
        "answer": scaling.answer,
        "reason": scaling.reason or None,
        "cures": _cures(plan, question(scaling)),
    }


def _waits(waits: Iterable[Wait]) -> list[dict[str, Any]]:
    return [
        {
            "workload": wait.group.title,
            "pods": wait.pods,
            "reasons": [{"nodes": nodes, "reason": text} for text, nodes in wait.reasons],
            "says": wait.text,
        }
        for wait in waits
    ]


def _hang(stage: Stage, hang: Replay | None) -> dict[str, Any] | None:
    if hang is None:
        return None
    return {
        "start": _nodes(stage, hang.before),
        "steps": [
            {
                "pod": "comes" if step.comes else "goes",
                "workload": step.group.title,
                "revision": "next" if step.new else "current",
                "node": step.node,
            }
            for step in hang.steps
        ],
        "end": _nodes(stage, hang.after),
    }


def _cures(plan: Plan, key: str) -> list[str]:
    return [cure.text for cure in plan.cures.get(key, ())]
