"""The words that several formats share."""

from __future__ import annotations

from generator.network.connections import Connection, Picture
from generator.network.question import ANSWERS, Answer, Way

UNDECLARED = "not declared"
PERHAPS = "perhaps"


def clean(text: str) -> str:
    """The text without signs that a terminal or a drawing would take for orders."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "?" for sign in text)


def remarks(one: Connection) -> list[str]:
    """What there is to say of a connection beside who and where."""
    found = [PERHAPS] * (not one.certain) + [UNDECLARED] * (one.declared is False)
    found += [f"through {one.through}"] * bool(one.through)
    return found + list(one.why if one.declared else ())


def counted(number: int, word: str) -> str:
    """`1 workload`, `3 workloads`, `2 NetworkPolicies`."""
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{number} {word if number == 1 else plural}"


def counts(found: Picture) -> str:
    """What was looked at."""
    return f"{counted(len(found.workloads), 'workload')}, {counted(found.policies, 'NetworkPolicy')}"


def conclusion(found: Picture) -> str:
    """Whether all is as it must be, in a line."""
    if not found.components:
        return "none of the workloads is ScalarDL's, so that nothing is declared of them"
    blocked = len(found.blocked)
    flows = f"all {found.flows} declared flows pass"
    if blocked:
        flows = (
            f"{blocked} of {counted(found.flows, 'declared flow')} {'do' if blocked > 1 else 'does'} not pass"
        )
    rest = "nothing else is open"
    if found.beyond:
        rest = f"{counted(len(found.beyond), 'opening')} beyond them"
    hiding = f", but whoever reaches {' and '.join(found.hiding)} is let in" if found.hiding else ""
    return (f"{flows}, and {rest}" if not blocked and not found.beyond else f"{flows}; {rest}") + hiding


def question(one: Answer) -> str:
    """`clients -> Deployment demo-envoy, TCP 50051`"""
    return f"{one.source.name} -> {one.destination.name}, {one.protocol} {one.port}"


def way(one: Way) -> str:
    """By which way, and what becomes of it."""
    by = f"through {one.service}" if one.service else "straight to the pods"
    return f"{by}: {ANSWERS[one.verdict.allowed]}"
