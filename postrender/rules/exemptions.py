"""Objects that a rule leaves alone, with the reason and the last day of it.

By an annotation `scalardl-harden/exempt-<rule>: "reason; until=2027-03-31"`, or by an entry of the
profile. One without a reason, for an unknown rule or past its date does not count and is reported.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import NamedTuple

from postrender.manifests.manifest import Manifest
from postrender.manifests.release import Release
from postrender.rules.finding import Finding
from profiles.policy import RULES, Exemption, Policy

PREFIX = "scalardl-harden/exempt-"

_UNTIL = re.compile(r"until\s*=\s*(.*)", re.IGNORECASE)
_STRAY = re.compile(r"\buntil\s*=", re.IGNORECASE)
_PROSE = re.compile(r"\buntil\s+\d", re.IGNORECASE)


class Exemptions(NamedTuple):
    """The exemptions that hold, a finding for each that does not, and the profile's that fit nothing."""

    annotated: dict[tuple[Manifest, str], str]
    declared: tuple[Exemption, ...]
    problems: tuple[Finding, ...]
    unused: tuple[Exemption, ...]

    def reason(self, rule: str, manifest: Manifest) -> str | None:
        """Why `rule` leaves the object alone; None where it does not."""
        annotated = self.annotated.get((manifest, rule))
        if annotated is not None:
            return annotated
        for entry in self.declared:
            if entry.rule == rule and entry.kind == manifest.kind and fits(entry.name, manifest.name):
                return _shown(entry.reason, entry.until)
        return None


def collect(release: Release, policy: Policy, today: str) -> Exemptions:
    """All exemptions of a release and its policy, judged on the day `today` (ISO)."""
    annotated: dict[tuple[Manifest, str], str] = {}
    problems: list[Finding] = []
    for manifest in release.manifests:
        for name, text in manifest.annotations.items():
            if not name.startswith(PREFIX):
                continue
            rule = name.removeprefix(PREFIX)
            reason, until = _read(text)
            problem = _problem(rule, reason, until, today)
            if problem is None:
                annotated[manifest, rule] = _shown(reason, until)
            else:
                path = ("metadata", "annotations", name)
                problems.append(
                    _finding(manifest, path, f"the exemption from {rule} {problem[0]}", problem[1])
                )
    declared, unused = [], []
    for entry in policy.exemptions:
        if not any(entry.kind == m.kind and fits(entry.name, m.name) for m in release.manifests):
            unused.append(entry)
        problem = _problem(entry.rule, entry.reason, entry.until, today)
        if problem is None:
            declared.append(entry)
            continue
        for manifest in release.manifests:
            if entry.kind == manifest.kind and fits(entry.name, manifest.name):
                text = f"the profile's exemption from {entry.rule} {problem[0]}"
                problems.append(_finding(manifest, (), text, problem[1]))
    return Exemptions(annotated, tuple(declared), tuple(problems), tuple(unused))


def fits(pattern: str, name: str) -> bool:
    """Whether a name fits a pattern in which `*` stands for anything."""
    return fnmatchcase(name, pattern)


def _read(text: str) -> tuple[str, str | None]:
    """The reason and the date; a date that is no part of its own stays in the reason."""
    dates: list[str] = []
    words: list[str] = []
    for part in text.split(";"):
        found = _UNTIL.fullmatch(part.strip())
        if found and not dates:
            dates.append(found[1].strip())
        elif part.strip():
            words.append(part.strip())
    return "; ".join(words), dates[0] if dates else None


def _problem(rule: str, reason: str, until: str | None, today: str) -> tuple[str, str] | None:
    if rule not in RULES and not _is_requirement(rule):
        return "names no rule", f"the rules are {', '.join(RULES)}"
    if not reason:
        return "has no reason", 'write one: "reason; until=YYYY-MM-DD"'
    if _STRAY.search(reason) or (until is None and _PROSE.search(reason)):
        return "has a date that cannot be read", 'write it as "reason; until=YYYY-MM-DD"'
    if until is not None and not _is_date(until):
        return f"ends on {until}, which is no date", "write the date as YYYY-MM-DD"
    if until is not None and until < today:
        return f"ended on {until}", "obey the rule, or renew the exemption"
    return None


def _is_requirement(word: str) -> bool:
    """Whether it is a requirement of the guides: what hardens has no such exemption, but the check has."""
    from profiles.requirements import requirements  # only for an unusual exemption

    return word in requirements()


def _is_date(text: str) -> bool:
    from datetime import date  # only an exemption with a date pays for it

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _shown(reason: str, until: str | None) -> str:
    return f"{reason} (until {until})" if until else reason


def _finding(manifest: Manifest, path: tuple[str, ...], problem: str, cure: str) -> Finding:
    return Finding("exemptions", manifest, path, problem, cure, ())
