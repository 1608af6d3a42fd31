"""A network for programs: JSON, as network.schema.json in this folder describes it.

Its keys stay. `schema` is a number that grows when one of them has to change.
"""

from __future__ import annotations

import json
from typing import Any

from generator.network.connections import Connection, Picture
from generator.network.difference import Change, Difference
from generator.network.judging import wrong
from generator.network.question import Answer, Way
from generator.network.rows import Who
from postrender.policy_source import Chosen
from postrender.proof.reachability import ports
from postrender.proof.reachability.ranges import Ranges
from postrender.version import VERSION

SCHEMA = 1
# A connection that is let through to a part of those asked about, or hangs on what nobody knows here.
_ALLOWED = {True: "yes", False: "no", None: "partly"}


def picture(found: Picture, chosen: Chosen) -> str:
    """Who may talk to whom, and what is wrong with it."""
    return _report(
        "network",
        chosen,
        workloads=[_who(one) for one in found.workloads],
        parties=[_who(one) for one in found.parties],
        networkPolicies=found.policies,
        components=found.components,
        declaredFlows=found.flows,
        connections=[_connection(one) for one in found.connections],
        wrong=[one._asdict() | {"reasons": list(one.reasons)} for one in wrong(found)],
        notes=list(found.notes),
        well=bool(found.components) and found.well,
    )


def answer(found: Answer, chosen: Chosen) -> str:
    """The answer to a question, by each way, with reasons."""
    return _report(
        "answer",
        chosen,
        source=_who(found.source),
        destination=_who(found.destination),
        protocol=found.protocol,
        port=found.port,
        allowed=_ALLOWED[found.allowed],
        ways=[_way(one) for one in found.ways],
    )


def difference(found: Difference, chosen: Chosen) -> str:
    """What differs between two renderings."""
    return _report(
        "difference",
        chosen,
        came=[_who(one) for one in found.came],
        went=[_who(one) for one in found.went],
        opened=[_change(one) for one in found.changes if one.opened],
        closed=[_change(one) for one in found.changes if not one.opened],
    )


def _report(kind: str, chosen: Chosen, **told: Any) -> str:
    head = {
        "tool": "scalardl-gen network",
        "version": VERSION,
        "schema": SCHEMA,
        "kind": kind,
        "profile": chosen.policy.profile,
        "policySource": chosen.source,
    }
    return json.dumps(head | told, indent=1) + "\n"


def _who(one: Who) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": one.kind, "name": one.name}
    if one.kind == "workload":
        return found | {"role": one.role or None, "namespace": one.at or None}
    return found | {"peers": one.at or one.name}


def _connection(one: Connection) -> dict[str, Any]:
    return {
        "from": _who(one.source),
        "to": _who(one.destination),
        "ports": _ports(one.ports),
        "certain": one.certain,
        "through": one.through or None,
        "declared": one.declared,
        "why": list(one.why),
    }


def _way(one: Way) -> dict[str, Any]:
    return {
        "through": one.service or None,
        "allowed": _ALLOWED[one.verdict.allowed],
        "reasons": [reason._asdict() for reason in one.verdict.because],
    }


def _change(one: Change) -> dict[str, Any]:
    return {
        "from": _who(one.source),
        "to": _who(one.destination),
        "ports": _ports(one.ports),
        "butFor": list(one.but_for),
        "through": one.through or None,
    }


def _ports(found: Ranges) -> list[dict[str, Any]]:
    return [
        {"protocol": protocol, "first": first, "last": last} for protocol, first, last in ports.split(found)
    ]
