"""Who may talk to whom: what the NetworkPolicies of the manifests let pass, and what they stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from generator.check.answers import Said, beside, met, person
from generator.check.deciders.ascribed import RULE, Ascribed, ascribed, moved, said
from generator.check.deciders.by_rule import ByRule
from generator.check.evidence import Manifests, Side
from generator.check.row import RELEASE, OfSide, Row
from postrender.manifests import properties
from postrender.proof.reachability.declared import components
from postrender.proof.reachability.pods import Pods
from postrender.proof.reachability.policies import DIRECTIONS, INGRESS
from profiles import scalardl
from profiles.scalardl import Role

_SOME: tuple[Role, ...] = (*scalardl.SERVING, "loader", "admin")

# Where no policy stands, they are not broken.
_OF_ANY_POLICY = ("custom-ports", "provider-traffic")


def of_manifests(
    requirement: str,
    concerns: tuple[Role, ...],
    well: Callable[[Manifests], Iterator[Said]],
) -> OfSide:
    """A decider by what is ascribed to the requirement; `well` says what holds where nothing is wrong.

    `concerns`: the roles of the pods that it is about. Without manifests the profile's rule answers.
    """

    def decide(side: Side) -> Iterator[Said]:
        manifests = side.manifests
        if manifests is None:
            yield from of_profile(requirement, side)
            return
        if not any(one.workload.role in concerns for one in components(manifests.world)):
            yield beside(f"no {' and no '.join(concerns)} is in the manifests")
            return
        yield from said_of(manifests, requirement) or well(manifests)

    return decide


def of_profile(requirement: str, side: Side) -> Iterator[Said]:
    """What the profile's rule makes of the release."""
    for one in ByRule(requirement, RULE)(side):
        if one.status == "met":
            yield met(f"scalardl-harden adds the NetworkPolicies: the rule {RULE} is on in the profile")
        elif requirement in _OF_ANY_POLICY:
            yield person(
                f"the rule {RULE} of the profile adds no policy; what your own do, the manifests show",
                "manifests",
            )
        else:
            yield one


def said_of(manifests: Manifests, requirement: str) -> list[Said]:
    """What is wrong of that requirement, and what hangs on things that nobody declared."""
    several = [one for one in ascribed(manifests) if one.requirement == requirement]
    return [_unsure(one) if one.undeclared else said(manifests, one) for one in several]


def _unsure(one: Ascribed) -> Said:
    return person(
        f"{one.problem}; whether that is right hangs on network.{one.undeclared}, which is not declared",
        "deployment",
    )


def _default_deny(side: Side) -> Iterator[Said]:
    manifests = side.manifests
    if manifests is None:
        yield from of_profile("default-deny", side)
        return
    several = components(manifests.world)
    if not several:
        yield beside("no component of ScalarDL is in the manifests")
        return
    open_ = [one for one in (_open(manifests, pods) for pods in several) if one]
    yield from (said(manifests, one) for one in open_)
    if not open_:
        yield met("NetworkPolicies limit what comes to the pods of each component and what goes from them")


def _open(manifests: Manifests, pods: Pods) -> Ascribed | None:
    """In which direction no policy limits the pods."""
    cure = "pipe the manifests through scalardl-harden, which adds its policy, or add one"
    isolating = {direction: manifests.world.isolating(pods, direction) for direction in DIRECTIONS}
    workload = pods.workload.manifest
    open_ = [name for name, some in isolating.items() if not any(certain for _, certain in some)]
    doubtful = [policy.title for name in open_ for policy, _ in isolating[name]]
    if pods.on_host:
        problem = "its pods have their node's network (hostNetwork), where no NetworkPolicy reaches"
        cure = "delete hostNetwork: true"
    elif not open_:
        return None
    elif doubtful:
        problem = f"it is not sure that {doubtful[0]} limits its pods: it is a hook, or may select others"
        cure = "make it a plain part of the release, with a podSelector that tells these pods"
    elif len(open_) == len(DIRECTIONS):
        problem = "no NetworkPolicy limits its pods: anybody may call them, and they may call anybody"
    elif open_ == [INGRESS]:
        problem = "no NetworkPolicy limits what comes to its pods: anybody may call them"
    else:
        problem = "no NetworkPolicy limits what goes from its pods: they may call anybody"
    return Ascribed("default-deny", workload, workload, (), problem, cure)


def _restricted(manifests: Manifests) -> Iterator[Said]:
    if any(one.admission.policy is None for one in manifests.network.beyond):
        yield person(
            "not every component has a NetworkPolicy (see default-deny); whether security groups or a "
            "firewall restrict it, no manifest shows"
        )
    else:
        yield met(
            f"the NetworkPolicies open the {manifests.network.needed} flows that are needed, and no others"
        )


def _paused_by_few(manifests: Manifests) -> Iterator[Said]:
    yield met("NetworkPolicies open the admin port to the pods of scalar-admin alone, or to nobody")


def _scraped_by_few(manifests: Manifests) -> Iterator[Said]:
    yield met("NetworkPolicies open the metrics ports to monitoring alone, or to nobody")


def _followed(manifests: Manifests) -> Iterator[Said]:
    hidden = [
        f"{name} of {one.title}"
        for one in components(manifests.world)
        if one.workload.role in scalardl.PRODUCTS
        for name in properties.ports(manifests.release, one.workload, one.workload.role)[1]
    ]
    several = moved(manifests)
    if hidden:
        yield person(f"the manifests do not show {hidden[0]}, so nobody can compare the rules with it")
    elif several:
        numbers = ", ".join(f"{one.now} (usually {one.usual})" for one in several)
        yield met(f"the NetworkPolicies have the ports that the properties configure: {numbers}")
    else:
        yield met("the properties leave every port where it usually is")


def _provided(manifests: Manifests) -> Iterator[Said]:
    yield met("no NetworkPolicy keeps the pods from DNS or from the API server they need")


ROWS: dict[str, Row] = {
    "default-deny": Row(RELEASE, _default_deny),
    "restrict-connections": Row(RELEASE, of_manifests("restrict-connections", _SOME, _restricted)),
    "admin-port": Row(RELEASE, of_manifests("admin-port", scalardl.PRODUCTS, _paused_by_few)),
    "metrics-ports": Row(RELEASE, of_manifests("metrics-ports", scalardl.SERVING, _scraped_by_few)),
    "custom-ports": Row(RELEASE, of_manifests("custom-ports", scalardl.SERVING, _followed)),
    "provider-traffic": Row(RELEASE, of_manifests("provider-traffic", _SOME, _provided)),
}
