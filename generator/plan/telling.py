"""What a plan tells, question by question, in the sentences that all formats share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from generator.plan.drains import drains
from generator.plan.naming import Replay, Step, replayed
from generator.plan.phrases import counted, either, listed, most, sure, until_back, zone
from generator.plan.plan import TOGETHER, Plan, question
from postrender.proof.placement.proofs import Loss, Scaling, Together, Update
from postrender.proof.placement.words import FAILS, HOLDS, Wait, Word

# `told`: it is said, but nobody asked for it.
Mark = Literal["yes", "no", "open", "told"]

# With more updates that go well than this, they are told together.
_UPDATES = 6
_STEPS = 12


class Told(NamedTuple):
    """A question with its answer. `subject`: what is asked about; `verdict`: the answer in words.

    `details`: what else there is to know; `reasons`: why the answer is no; `hang`: the way to where it
    hangs; `waits`: the pods that wait there.
    """

    key: str
    answer: Word
    mark: Mark
    subject: str
    verdict: str
    details: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    hang: Replay | None = None
    waits: tuple[Wait, ...] = ()
    cures: tuple[str, ...] = ()


def told(plan: Plan) -> list[Told]:
    """All questions. Updates and zones of which the same is to be said are told together."""
    proofs = plan.proofs
    found = [_placement(plan), *_together([_update(plan, update) for update in proofs.updates])]
    if proofs.together:
        found.append(_at_once(plan, proofs.together))
    drained = drains(proofs)
    if drained:
        found.append(Told("drains", drained.answer, _mark(drained.answer), "drain of a node", *drained[1:]))
    found += _zones(plan)
    found += [_scaling(one) for one in proofs.scalings]
    return [one._replace(cures=_cures(plan, one.key)) if one.mark == "no" else one for one in found]


def remarks(plan: Plan) -> list[str]:
    """What else the reader should know, each a sentence."""
    stuck = [
        f"{cover.budget.title}: while its pods are not ready, a node with one of them cannot be drained; "
        "unhealthyPodEvictionPolicy AlwaysAllow lets them go."
        for cover in plan.proofs.stuck_budgets
    ]
    return [*stuck, *plan.remarks]


def conclusion(found: Sequence[Told]) -> str:
    """All answers in a line."""
    asked = [one for one in found if one.mark != "told"]
    failing = sum(one.mark == "no" for one in asked)
    undecided = sum(one.mark == "open" for one in asked)
    if failing == len(asked) == 1:
        return "the answer is no"
    if failing:
        return f"{failing} of {counted(len(asked), 'answer')} {either(failing, 'is', 'are')} no"
    if undecided:
        return (
            f"no answer is no, but {undecided} of {len(asked)} {either(undecided, 'is', 'are')} not decided"
        )
    return "every answer is yes"


def steps(one: Told) -> list[tuple[str, str]]:
    """The way to where it hangs, each step with its number; of a long way the first and the last steps."""
    found = [_step(step) for step in one.hang.steps] if one.hang else []
    found += [wait.text for wait in one.waits]
    numbered = [(f"{number}.", text) for number, text in enumerate(found, 1)]
    if len(numbered) <= _STEPS:
        return numbered
    left = counted(len(numbered) - _STEPS, "step")
    return [*numbered[: _STEPS // 2], ("…", f"and so on, {left} more"), *numbered[-_STEPS // 2 :]]


def _step(step: Step) -> str:
    pod = "a new pod" if step.new else "a pod" if step.comes else "an old pod"
    return f"{pod} of {step.group.title} {'comes to' if step.comes else 'goes from'} {step.node}"


def _mark(answer: Word) -> Mark:
    return "yes" if answer in HOLDS else "no" if answer in FAILS else "open"


def mends(plan: Plan) -> tuple[str, ...]:
    """What mends all answers that are no at once."""
    return tuple(cure.text for cure in plan.mends)


def _cures(plan: Plan, key: str) -> tuple[str, ...]:
    return tuple(cure.text for cure in plan.cures.get(key, ()))


def _placement(plan: Plan) -> Told:
    placed, pods = plan.proofs.placement, sum(plan.proofs.stage.full)
    verdict = {
        "sometimes": "may hang, for on some ways not all find a node",
        "never": "not all find a node, whatever the scheduler chooses",
        "unknown": f"not decided: {placed.reason}",
    }.get(placed.answer) or sure(placed.answer, either(pods, "it fits", "they fit"))
    subject = f"placement of {counted(pods, 'pod')}"
    found = Told("placement", placed.answer, _mark(placed.answer), subject, verdict)
    if found.mark != "no":
        return found
    why = (placed.reason,) if placed.reason and placed.answer == "never" else ()
    return found._replace(
        reasons=(*why, *(wait.text for wait in placed.waits)),
        hang=replayed(plan.proofs.stage, placed.found) if placed.found else None,
        waits=placed.waits,
    )


def _update(plan: Plan, update: Update) -> Told:
    group = update.group
    verdict = {
        "sometimes": "may hang",
        "never": "never ends, whatever the scheduler chooses",
        "unknown": f"not decided: {', '.join(group.unmodelled) or 'there are too many ways'}",
    }.get(update.answer) or sure(update.answer, "goes through")
    key, mark = question(update), _mark(update.answer)
    down = ("the strategy Recreate stops all its pods first",) if update.strategy.recreate else ()
    size = group.pods if group.pods != plan.proofs.stage.groups[group.number].pods else 0
    subject = f"update of {group.title}" + f" at {size} pods" * bool(size)
    found = Told(key, update.answer, mark, subject, verdict, down if mark == "yes" else ())
    if mark != "no":
        return found
    return found._replace(
        reasons=(*(wait.text for wait in update.waits), _limits(update)),
        hang=replayed(plan.proofs.stage, update.found),
        waits=update.waits,
    )


def _at_once(plan: Plan, together: Together) -> Told:
    verdict = {
        "sometimes": "may hang, though each by itself goes through",
        "never": "never ends, though each by itself goes through",
        "unknown": "not decided: there are too many ways",
    }.get(together.answer) or sure(together.answer, "goes through")
    found = Told(TOGETHER, together.answer, _mark(together.answer), "update of all at once", verdict)
    if found.mark != "no":
        return found
    return found._replace(
        reasons=tuple(wait.text for wait in together.waits),
        hang=replayed(plan.proofs.stage, together.found),
        waits=together.waits,
    )


def _limits(update: Update) -> str:
    """Why no old pod makes room."""
    pods, (surge, unavailable) = update.group.pods, update.limits
    if update.strategy.refused:
        return "Kubernetes refuses maxSurge 0 beside maxUnavailable 0"
    if update.strategy.recreate:
        return "the strategy Recreate stops all pods before it starts new ones"
    limits = (("maxSurge", update.strategy.max_surge), ("maxUnavailable", update.strategy.max_unavailable))
    written = ", ".join(f"{key} {'25% by default' if value is None else value}" for key, value in limits)
    stay = f"{pods - unavailable} of {counted(pods, 'pod')} must stay up"
    return f"{stay}, and {surge} more may be there at most ({written})"


def _together(found: list[Told]) -> list[Told]:
    """Updates; those that go well and alike as one, where they are many."""
    well = [one for one in found if one.mark == "yes"]
    if len(well) <= _UPDATES:
        return found
    several = []
    for verdict in dict.fromkeys(one.verdict for one in well):
        alike = [one for one in well if one.verdict == verdict]
        subject = f"update of each of {len(alike)} workloads" if len(alike) > 1 else alike[0].subject
        several.append(alike[0]._replace(subject=subject))
    return [*several, *(one for one in found if one.mark != "yes")]


def _zones(plan: Plan) -> list[Told]:
    """The losses of zones, those with the same answer and the same cures together."""
    losses = plan.proofs.losses
    if not plan.zones_count and len(losses) < 2:
        return []
    found: dict[object, list[Loss]] = {}
    for loss in losses:
        alike = loss.answer, loss.quorum, loss.again, _cures(plan, question(loss)) if plan.zones_count else ()
        found.setdefault(alike, []).append(loss)
    return [_loss(plan, several, len(several) == len(losses)) for several in found.values()]


def _loss(plan: Plan, losses: list[Loss], every: bool) -> Told:
    first = losses[0]
    mark = _mark(first.answer) if plan.zones_count else "told"
    which = "each zone" if every and len(losses) > 1 else listed([zone(one.zone) for one in losses])
    verdict = "may take all pods of a component"
    aside = "" if plan.zones_count else " (the profile does not ask for it)"
    if first.answer in HOLDS:
        most_of = "most pods of each component" if first.quorum else "each component, not most of its pods"
        verdict = sure(first.answer, f"leaves {most_of}")
    facts = tuple(_left(losses) + _elsewhere(losses))
    said = ((), facts) if mark == "no" else (facts, ())
    return Told(question(first), first.answer, mark, f"loss of {which}{aside}", verdict, *said)


def _left(losses: Sequence[Loss]) -> list[str]:
    """How many pods of each workload remain, whichever of the zones is lost; the worst first."""
    least = [
        min(several, key=lambda one: one[1]) for several in zip(*(one.left for one in losses), strict=True)
    ]
    worst = sorted(least, key=lambda one: one[1] / max(one[0].pods, 1))
    parts = [f"{left} of {counted(group.pods, 'pod')} of {group.title}" for group, left in worst]
    return [f"there remain at least {listed(parts)}"] if parts else []


def _elsewhere(losses: Sequence[Loss]) -> list[str]:
    """What becomes of the lost pods."""
    again = losses[0].again
    if all(left == group.pods for loss in losses for group, left in loss.left):
        return []
    if again in HOLDS:
        return [sure(again, "the lost pods find places on other nodes")]
    if again == "unknown":
        return ["whether the lost pods find places on other nodes is not decided"]
    waits = most(wait for loss in losses for wait in loss.waits)
    return [until_back("zone", waits, ("node is lost", "nodes are lost"), certain=again == "never")]


def _scaling(scaling: Scaling) -> Told:
    verdict = {
        "never": "not all find a node, whatever the scheduler chooses",
        "unknown": f"not decided: {scaling.reason}",
    }.get(scaling.answer) or sure(scaling.answer, "they fit")
    return Told(
        question(scaling),
        scaling.answer,
        _mark(scaling.answer),
        f"scaling of {scaling.group.title} to {scaling.most}",
        verdict,
        reasons=(scaling.reason,) if scaling.answer in FAILS and scaling.reason else (),
    )
