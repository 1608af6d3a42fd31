"""All answers to the checklist, with what is exempt and what was known before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from generator.check.answers import INPUTS, Answer, Said, answer, person, wrong
from generator.check.baseline import fingerprint
from generator.check.catalogue import ROWS
from generator.check.evidence import Evidence, Side, in_own_file
from generator.check.exemptions import Exemption
from generator.check.row import Row
from profiles.requirements import requirements

Level = Literal["required", "recommended", "never"]
LEVELS: tuple[Level, ...] = ("required", "recommended", "never")


# Profiles name the requirement in their sentences; in an answer it stands above them.
_NAMED = re.compile(r" \(requirements? [a-z, -]+\)")


class Report(NamedTuple):
    """The answers in the order of the checklist. `today`: the ISO date of the check.

    `given`: what was looked at, in words. `remarks`: what to know besides, each a sentence. `fail_on`: the
    level from which a finding that no baseline has fails the check. `baseline`: the file of known ones.
    """

    answers: tuple[Answer, ...]
    today: str
    given: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    fail_on: Level = "required"
    baseline: str = ""

    @property
    def fails(self) -> bool:
        """Whether a finding fails the check."""
        return any(one.fresh for one in self.answers if one.status == "not-met" and self.counts(one))

    def counts(self, one: Answer) -> bool:
        """Whether its level may fail the check: `recommended` counts both levels, `never` none."""
        return self.fail_on in ("recommended", one.requirement.level)


def judge(
    evidence: Evidence,
    exempt: tuple[Exemption, ...] = (),
    known: frozenset[str] = frozenset(),
    step: Callable[[str, int, int], None] = lambda name, number, count: None,
) -> tuple[Answer, ...]:
    """The answers. `exempt`: the exemptions that hold, beside those of annotations. `known`: a baseline.

    `step` is told of each requirement before it is decided: its id, how many were, and of how many.
    """
    found = []
    several = requirements()
    if _unusable(evidence):
        known = frozenset()  # what nobody can look behind must not become a habit
    for number, (name, requirement) in enumerate(several.items()):
        step(name, number, len(several))
        said = (_weighed(one, exempt, known) for one in _said(name, evidence))
        found.append(answer(name, requirement, said))
    return tuple(found)


def _weighed(said: Said, exempt: tuple[Exemption, ...], known: frozenset[str]) -> Said:
    """What was said, with whether it is exempt or known."""
    finding = said.finding
    if finding is None:
        return said
    reasons = [one.shown for one in exempt if one.excuses(finding)]
    finding = finding._replace(exempt=finding.exempt or next(iter(reasons), ""))
    return said._replace(finding=finding._replace(known=fingerprint(finding) in known))


def _said(name: str, evidence: Evidence) -> Iterator[Said]:
    """All that is said of a requirement: once where both domains have the same to say."""
    broken = list(_of_problems(name, evidence))
    yield from broken
    row = ROWS.get(name)
    if row is None:
        yield person(requirements()[name].person)
        return
    together = list(row.whole(evidence)) if row.whole else []
    yield from together
    nothing = [] if broken or together else [_undecided(row, evidence)]
    if row.decide is None:
        yield from nothing
    else:
        yield from _of_sides(row, evidence, nothing)


def _of_sides(row: Row, evidence: Evidence, nothing: list[Said]) -> Iterator[Said]:
    """What is said of each domain; once, and of neither alone, where it is said of both."""
    assert row.decide
    told: dict[Said, list[Side]] = {}
    for side in evidence.sides:
        # What stands beside both domains, such as nodes, need not tell what theirs do.
        beside = side.product is None and len(evidence.sides) > 1
        for said in list(row.decide(side)) or ([] if beside else nothing):
            told.setdefault(_unless_overridden(said, row, side), []).append(side)
    for said, sides in told.items():
        whose = said.side or (sides[0].name if len(sides) == 1 else "")
        finding = said.finding and said.finding._replace(side=said.finding.side or whose)
        yield said._replace(side=whose, finding=finding)


def _unless_overridden(said: Said, row: Row, side: Side) -> Said:
    """What the deployment file meets, values of the user's own may undo, as long as nobody renders them."""
    by_values = "manifests" in row.inputs[: (*row.inputs, "deployment").index("deployment")]
    if said.status != "met" or not side.values or side.manifests or not by_values or "values" in row.inputs:
        return said
    return person("your values may say otherwise: give the chart too, or the manifests", "chart", "manifests")


def _of_problems(name: str, evidence: Evidence) -> Iterator[Said]:
    """What in the deployment file breaks the requirement: `what; why; cure`, as profiles say it."""
    for problem in evidence.problems_of(name):
        path, _, told = problem.text.partition(": ")
        what, _, cure = _NAMED.sub("", told).rpartition("; ")
        yield wrong(name, what, cure, in_own_file(evidence.resolved, problem.place, path))


def _unusable(evidence: Evidence) -> bool:
    """Whether a value in the deployment file is wrong by itself, so that nothing else of it can be used."""
    return evidence.resolved is None and bool(evidence.problems)


def _undecided(row: Row, evidence: Evidence) -> Said:
    if _unusable(evidence) and "deployment" in row.inputs:
        return person("the deployment file has to be mended first")
    several = [INPUTS[each] for each in row.inputs]
    return person(f"it takes {' or '.join(several)}", *row.inputs)
