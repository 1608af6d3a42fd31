"""What a plan must say of a release that was hardened, on the nodes of the profile that hardened it."""

from __future__ import annotations

from typing import Any

from postrender import policy_source
from postrender.harden import harden
from tests.generator.plan.conftest import Command

TODAY = "2026-07-01"


def planned(plan: Command, manifests: str, profile: str) -> dict[str, Any]:
    """The plan, as JSON, of the release after that profile."""
    text = harden(manifests, policy_source.named(profile), TODAY).text
    assert text is not None
    run = plan("--profile", profile, "--format", "json", stdin=text)
    assert run.err == ""
    found: dict[str, Any] = run.data
    return found


def answers(found: dict[str, Any]) -> set[str]:
    """The answers to all that the profile asks, in words."""
    return {one["answer"] for one in found["summary"] if one["counts"]}


def questions(found: dict[str, Any]) -> set[str]:
    """What was asked, by its first word."""
    return {one["question"].split()[0] for one in found["summary"] if one["counts"]}


def keeps_most_pods(found: dict[str, Any]) -> bool:
    """Whether each zone that is lost leaves more than half of the pods of each component."""
    return all(
        2 * left["pods"] > left["of"] for zone in found["zones"] for left in zone["remain"] if left["of"] > 2
    )
