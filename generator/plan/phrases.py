"""Small parts of sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from postrender.proof.placement.words import Wait, Word

# Of a longer list so many are named, the others counted.
_NAMED = 4


def counted(number: int, word: str) -> str:
    """`1 pod`, `3 pods`."""
    return f"{number} {word}{'s' * (number != 1)}"


def either(number: int, one: str, more: str) -> str:
    """The word that goes with that number."""
    return one if number == 1 else more


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`; of many the first, and how many more there are."""
    named = list(parts)
    if len(named) > _NAMED + 1:
        named = [*named[:_NAMED], f"{len(parts) - _NAMED} more"]
    return " and ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else "".join(named)


def sure(answer: Word, yes: str) -> str:
    """A yes with how sure it is: `always` or `likely`."""
    if answer == "likely":
        return f"{yes}, on the likely way (not every way was looked at)"
    return f"{yes}, whatever the scheduler chooses"


def zone(name: str) -> str:
    """`zone 1`, whether the name says already that it is a zone or not."""
    return name if name.startswith("zone ") else f"zone {name}"


def until_back(what: str, waits: Iterable[Wait], without: tuple[str, ...], certain: bool = False) -> str:
    """Which pods wait for a node or a zone, and why: those of the same reason together.

    `without`: reasons that need no telling.
    """
    found: dict[str, list[str]] = {}
    for wait in waits:
        reasons = tuple(one for one in wait.reasons if one[0] not in without) or wait.reasons
        pods = found.setdefault(wait._replace(reasons=reasons).why, [])
        pods.append(f"{counted(wait.pods, 'pod')} of {wait.group.title}")
    parts = [f"{listed(pods)} ({why})" for why, pods in found.items()]
    return f"until the {what} is back, there {'' if certain else 'may '}wait: {listed(parts)}"


def most(waits: Iterable[Wait]) -> list[Wait]:
    """Of each workload the wait of the most pods."""
    found: dict[int, Wait] = {}
    for wait in waits:
        known = found.get(wait.group.number)
        if known is None or wait.pods > known.pods:
            found[wait.group.number] = wait
    return list(found.values())
