"""Findings that are exempt, beside what an object's own annotation says: by a file, or by the profile.

`.scalardl-harden.yaml` (in the folder where the check runs, or named) has entries such as

    exemptions:
      - requirement: standby-cluster      # or rule: anti-affinity
        object: Deployment ledger-*       # left out: wherever it is found
        reason: one region is accepted until the second site is ready
        until: 2027-03-31                 # left out: for good

The profile's `exemptRequirements` and `exemptions` count as well.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from generator.check.answers import Finding
from profiles import problems
from profiles.document import find, plain, read
from profiles.errors import ProfileError
from profiles.load import ResolvedProfile
from profiles.part import Part
from profiles.values import Date, Reason, RequirementId, RuleId, empty_for_null, wrong

FILE = ".scalardl-harden.yaml"
# What the reader of profiles says of another file.
_OF_PROFILE = "a profile is a map of keys; write keys such as extends: production"
_OF_THIS = "it is a map; write exemptions: and the list below it"


class Exemption(NamedTuple):
    """A requirement or a rule that is left alone, in an object (a pattern with `*`; empty: in all).

    `source`: where it is stated. `until`: the last day, an ISO date; empty: for good.
    """

    requirement: str
    rule: str
    object: str
    reason: str
    until: str
    source: str

    def holds(self, today: str) -> bool:
        """Whether its last day is not over."""
        return not self.until or self.until >= today

    def excuses(self, finding: Finding) -> bool:
        """Whether it is about that finding."""
        if self.requirement and self.requirement != finding.requirement:
            return False
        if self.rule and self.rule != finding.rule:
            return False
        return not self.object or fnmatchcase(finding.spot.object, self.object)

    @property
    def shown(self) -> str:
        """The reason and the last day, for reports."""
        ends = f" (until {self.until})" if self.until else ""
        return f"{self.reason}{ends}"


class _Entry(Part):
    requirement: RequirementId | None = None
    rule: RuleId | None = None
    object: Annotated[str | None, Field(min_length=1, max_length=300)] = None
    reason: Reason
    until: Date = None

    @model_validator(mode="after")
    def _about_one(self) -> _Entry:
        if (self.requirement is None) == (self.rule is None):
            raise wrong("an entry is about one requirement or one rule; write the one that is meant")
        return self


class _File(Part):
    exemptions: Annotated[tuple[_Entry, ...], BeforeValidator(empty_for_null)] = ()


def of_file(path: Path) -> tuple[Exemption, ...]:
    """The exemptions in a file. Raises ProfileError, with `file:line:column`, where it cannot be used."""
    name = str(path)
    try:
        tree = read(path, name, 0)
    except ProfileError as error:
        if "is empty" in str(error):
            return ()
        raise ProfileError(str(error).replace(_OF_PROFILE, _OF_THIS)) from None
    try:
        stated = _File.model_validate(plain(tree))
    except ValidationError as error:
        several = problems.of_values(error, tree, _File.model_json_schema(by_alias=True))
        raise ProfileError("\n".join(f"{place}: {text}" for place, text in several)) from None
    found = []
    for number, entry in enumerate(stated.exemptions):
        place = find(tree, ("exemptions", number))[0].place
        found.append(
            Exemption(
                entry.requirement or "",
                entry.rule or "",
                entry.object or "",
                entry.reason,
                str(entry.until or ""),
                str(place),
            )
        )
    return tuple(found)


def of_profile(resolved: ResolvedProfile | None) -> tuple[Exemption, ...]:
    """The requirements that a profile exempts. Its exemptions of rules are applied with the rules."""
    if resolved is None:
        return ()
    found = []
    for number, entry in enumerate(resolved.profile.exempt_requirements):
        place = find(resolved.tree, ("exemptRequirements", number))[0].place
        until = str(entry.until or "")
        found.append(Exemption(entry.requirement, "", "", entry.reason, until, str(place)))
    return tuple(found)
