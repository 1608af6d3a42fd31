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

_UNTIL = re.compile(r";\s*until=(\S+)\s*$")
_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")


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
    found = _UNTIL.search(text)
    if not found:
        return text.strip(), None
    return text[: found.start()].strip(), found[1]


def _problem(rule: str, reason: str, until: str | None, today: str) -> tuple[str, str] | None:
    if rule not in RULES:
        return "names no rule", f"the rules are {', '.join(RULES)}"
    if not reason:
        return "has no reason", 'write one: "reason; until=YYYY-MM-DD"'
    if until is not None and not _DATE.fullmatch(until):
        return f"ends on {until}, which is no date", "write the date as YYYY-MM-DD"
    if until is not None and until < today:
        return f"ended on {until}", "obey the rule, or renew the exemption"
    return None


def _shown(reason: str, until: str | None) -> str:
    return f"{reason} (until {until})" if until else reason


def _finding(manifest: Manifest, path: tuple[str, ...], problem: str, cure: str) -> Finding:
    return Finding("exemptions", manifest, path, problem, cure, ())
