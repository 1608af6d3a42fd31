"""What is wrong with a network, each with its reasons and its cure."""

from __future__ import annotations

from typing import NamedTuple

from generator.network.connections import Picture
from postrender.proof.reachability import ports
from postrender.proof.reachability.declared import Blocked, Excess
from postrender.proof.reachability.policies import INGRESS
from postrender.proof.reachability.verdict import Effect

_HARDEN = "pipe the manifests through scalardl-harden, which adds the policies that are missing"
# Reasons that say nothing of why a flow does not pass.
_ASIDE: tuple[Effect, ...] = ("open", "admits", "always")


class Wrong(NamedTuple):
    """`kind`: a declared flow that does not pass, or what is open and not declared."""

    kind: str
    what: str
    reasons: tuple[str, ...]
    cure: str


def wrong(found: Picture) -> list[Wrong]:
    """All that is wrong, what is blocked first."""
    return [*map(of_blocked, found.blocked), *map(of_beyond, found.beyond)]


def of_blocked(one: Blocked) -> Wrong:
    """A declared flow that does not pass."""
    flow = one.flow
    what = flow.text if one.ports == flow.ports else f"{flow.text}: {ports.text(one.ports)} of it"
    reasons = [reason for reason in one.verdict.because if reason.effect not in _ASIDE]
    effects = {reason.effect for reason in reasons}
    if "hidden" in effects and flow.front:
        cure = flow.front.cure
    elif "nobody" in effects:
        cure = "declare it in the profile, under network"
    elif "doubt" in effects and "isolates" not in effects:
        cure = "make the policy a plain part of the release, with a podSelector that tells its pods"
    else:
        cure = (
            f"admit it in a NetworkPolicy ({flow.why}); or {_HARDEN}; where it made one that is too narrow, "
            "delete that first"
        )
    return Wrong("blocked", f"{what} ({flow.why})", tuple(reason.text for reason in reasons), cure)


def of_beyond(one: Excess) -> Wrong:
    """What is open and not declared."""
    return Wrong("open", one.text, _parts(one), _cure(one))


def _parts(one: Excess) -> tuple[str, ...]:
    """What of it is not declared, where it is but a part and the text names one of several."""
    if one.admission.policy is None or len(one.beyond) < 2:
        return ()
    return tuple(f"not declared: {part.text}" for part in one.beyond)


def _cure(one: Excess) -> str:
    if one.admission.policy is None:
        return _HARDEN
    if not one.admission.certain:
        return "make the policy a plain part of the release, with a podSelector that tells its pods"
    who = "callers" if one.direction == INGRESS else "callees"
    return f"narrow that rule, or declare its {who} in the profile (network)"
