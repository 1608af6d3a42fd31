"""The rules. One rule, one module, one page, one folder of cases.

A rule's module is named after its id and has one function:

    find(release, policy) -> iterator of Finding

It is a generator on purpose. The pipeline applies a finding's fix before it asks for the next
one, so each finding is made from the release as it is at that moment. A rule keeps nothing of an
object's content between two findings; after all fixes it finds nothing more to fix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from postrender.manifests.release import Release
from postrender.rules.finding import Finding
from profiles.policy import Policy

Rule = Callable[[Release, Policy], Iterator[Finding]]


def rule(name: str) -> Rule:
    """The rule of that id. Only the rules that a policy uses are imported."""
    found: Rule = import_module(f"postrender.rules.{name.replace('-', '_')}").find
    return found
