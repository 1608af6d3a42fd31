"""A plan of a release: all questions asked, and for each no what mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from generator.plan.cures import cures
from generator.plan.plan import Cure, Plan
from generator.plan.scene import Scene
from postrender.errors import HardenError
from postrender.harden import harden
from postrender.policy_source import Chosen
from postrender.proof.placement.bounds import nowhere
from postrender.proof.placement.proofs import prove
from postrender.proof.placement.stage import Stage, opened
from postrender.proof.placement.steps import Steps
from postrender.proof.placement.terms import dropped
from postrender.proof.placement.words import HOLDS
from profiles.scalardl import PRODUCTS

# Facts of the profile that a plan rests on, by the words with which `assumed` begins.
_ASSUMED = ("nodePool.",)
# Nodes that hardening may ask for beside itself, as a cure.
_MORE_NODES = 4
# From which version on, and before which, the scheduler errs in whether to look at a pod again.
_LOOKED_AT_LATE = ((1, 32), (1, 37))
# The steps of all tries of that together.
_TOGETHER = 150_000


def plan(scene: Scene, chosen: Chosen, today: str) -> Plan:
    """The plan for that scene, judged by that policy. `today`: for exemptions that end, an ISO date."""
    found, shut = answered(scene, chosen)
    if not found.fails:
        return found
    return found._replace(cures=cures(scene, found.proofs, shut), mends=tuple(_mends(scene, chosen, today)))


def answered(scene: Scene, chosen: Chosen) -> tuple[Plan, bool]:
    """The answers, without cures; and whether no node is for some of the pods."""
    stage = scene.stage()
    found = prove(scene.release, stage, scene.grown)
    shut = [group for group in stage.groups if group.pods and not stage.has_home(group)]
    assuming = ""
    if shut:
        # What else would go wrong is worth knowing as well.
        reason = "; ".join(dict.fromkeys(nowhere(stage, group) for group in shut))
        found = prove(scene.release, opened(stage), lambda: opened(scene.grown()))
        assuming = "as if the pods were let onto the nodes"
        found = found._replace(placement=found.placement._replace(answer="never", reason=reason))
    names = dict.fromkeys(
        one.manifest.labels.get("app.kubernetes.io/instance", "") for one in scene.release.workloads
    )
    told = Plan(
        release=", ".join(filter(None, names)),
        profile=f"{chosen.policy.profile} ({chosen.source})",
        nodes=scene.nodes,
        proofs=found,
        zones_count=chosen.policy.zone_spread == "required",
        cures={},
        assuming=assuming,
        remarks=(
            *_both_domains(scene),
            *_doubled(scene),
            *_elsewhere(scene),
            *_not_asked(scene),
            *_left_out(scene, stage),
            *_doubts(stage),
            *_too_new(scene),
            *_looked_at_late(scene, stage),
            *_assumed(scene, chosen),
        ),
    )
    return told, bool(shut)


def _mends(scene: Scene, chosen: Chosen, today: str) -> Iterator[Cure]:
    """Whether hardening the release makes every answer a yes: as it is, or with a few nodes more."""
    scene = scene._replace(steps=Steps(_TOGETHER))
    tries = [(0, None), *((more, like) for more in range(1, _MORE_NODES + 1) for like in scene.fresh)]
    for more, like in tries:
        larger = scene.with_more(more, like)
        try:
            text = harden(scene.text, larger.policy, today).text
        except HardenError:
            return
        if text is None or (text == scene.text and not more):
            continue
        told, _ = answered(larger.holding(text), chosen._replace(policy=larger.policy))
        if all(answer in HOLDS for _, answer in told.answers()):
            nodes = f" and {scene.nodes_more(more, like)}" if more else ""
            yield Cure(
                f"scalardl-harden with profile {scene.policy.profile}{nodes}: then every answer is yes"
            )
            return


def _doubled(scene: Scene) -> list[str]:
    """Workloads that stand twice in the manifests: a folder may hold a release before and after hardening."""
    named = Counter(
        (one.manifest.title, one.manifest.namespace) for one in scene.release.workloads if one.replicated
    )
    return [
        f"{title} stands {count} times in the manifests, and each counts; give one rendering only."
        for (title, _), count in named.items()
        if count > 1
    ]


def _both_domains(scene: Scene) -> list[str]:
    """Ledger and Auditor on the same nodes, which the guides forbid."""
    there = {one.role for one in scene.release.workloads if one.replicated}
    if not there.issuperset(PRODUCTS):
        return []
    both = "Ledger and Auditor are both in these manifests, and here share nodes"
    return [f"{both}; each needs a cluster of its own [separate-clusters]: give the manifests of one."]


def _elsewhere(scene: Scene) -> list[str]:
    """Pods that look like the release's and stand in another namespace than it does."""
    return [
        f"{count} running pods in namespace {namespace} look like this release's, but count as others: it "
        "stands in another namespace."
        for namespace, count in (scene.cluster.elsewhere if scene.cluster else ())
    ]


def _not_asked(scene: Scene) -> list[str]:
    """What is there and is not counted."""
    found = []
    workloads = [one for one in scene.release.workloads if not one.is_hook]
    cluster = scene.cluster
    if cluster and cluster.own and any(one.manifest.namespace is None for one in workloads):
        found.append(
            f"{cluster.own} running pods look like this release's and are taken for them; --namespace tells "
            "where it stands."
        )
    if cluster and cluster.running:
        found.append("Pods of others stay where they are: that a drain moves them too is not counted.")
    ends = [one.manifest.title for one in workloads if one.runs_to_completion or one.manifest.kind == "Pod"]
    if ends:
        found.append(f"Not placed, for it is not there for good: {', '.join(ends)}.")
    if any(one.manifest.text(*one.pod, "priorityClassName") for one in workloads):
        found.append("Priorities are not modelled: that one pod makes another go.")
    limits = [one.title for one in scene.release.manifests if one.kind in ("ResourceQuota", "LimitRange")]
    if limits:
        found.append(f"Not modelled: {', '.join(limits)}.")
    return found


def _looked_at_late(scene: Scene, stage: Stage) -> list[str]:
    """Workloads whose pods may wait for a node that is free already.

    The scheduler looks at a pod again after an event that helps. Until 1.36 it does not take for one that a
    pod has gone which only some of several terms of anti-affinity pick; after five minutes it looks anyway.
    Source: isSchedulableAfterPodChange in pkg/scheduler/framework/plugins/interpodaffinity/plugin.go, line
    203 in 1.32.13; mended in 1.37.
    """
    if not _LOOKED_AT_LATE[0] <= _kubernetes(scene) < _LOOKED_AT_LATE[1]:
        return []
    several = [
        group.title
        for group in stage.groups[: stage.workloads]
        if group.pods and len({term.others for term in group.apart}) > 1
    ]
    return [
        f"{title} has required terms of anti-affinity that pick different pods: before Kubernetes 1.37 a new "
        "pod of it may wait five minutes for a node that is free already; with one term for all it does not."
        for title in several
    ]


def _kubernetes(scene: Scene) -> tuple[int, int]:
    return scene.cluster.kubernetes if scene.cluster else scene.policy.kubernetes


def _too_new(scene: Scene) -> list[str]:
    """Fields that the declared version of Kubernetes does not know."""
    version = _kubernetes(scene)
    shown = ".".join(map(str, version))
    return [
        f"Kubernetes {shown} drops {field} of {one.manifest.title}, and so does the plan."
        for one in scene.release.workloads
        if one.replicated
        for field in dropped(one, version)
    ]


def _left_out(scene: Scene, stage: Stage) -> list[str]:
    """The workloads that stand on other nodes, of which a declared pool tells nothing."""
    there = {id(group.workload.manifest) for group in stage.groups if group.workload}
    others = [
        one.manifest.title
        for one in scene.release.workloads
        if one.replicated and not one.is_hook and id(one.manifest) not in there
    ]
    if not others:
        return []
    return [f"Not bound to the pool's nodes, and left out: {', '.join(others)}."]


def _doubts(stage: Stage) -> list[str]:
    found = [
        f"Not modelled of {group.title}: {', '.join(group.unmodelled)}."
        for group in stage.groups
        if group.pods and group.unmodelled
    ]
    daemons = [
        f"Whether {one.manifest.title} takes of the nodes' room is not known." for one in stage.doubtful
    ]
    return found + daemons


def _assumed(scene: Scene, chosen: Chosen) -> list[str]:
    if scene.cluster:
        return []
    return [text for text in chosen.policy.assumed if text.startswith(_ASSUMED)]
