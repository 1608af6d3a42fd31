"""The pages of rules, topics and requirements, as `scalardl-gen explain` prints them."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from profiles.policy import RULES
from profiles.requirements import page as requirement_page
from profiles.requirements import requirements

# What reports name beside the rules and the requirements.
TOPICS: tuple[str, ...] = ("exemptions", "patches", "roles", "stream")


def page(word: str) -> str | None:
    """The page of a rule, a topic or a requirement; None where this installation has none.

    Of a rule that is called as the requirement that it serves, both.
    """
    asked = requirement_page(word, rules_of(word)) if word in requirements() else ""
    if asked and word not in RULES:
        return asked
    found = _of_rule(word)
    return f"{found.rstrip()}\n\n{asked}" if found and asked else found


@cache
def _of_rule(word: str) -> str | None:
    """The page of a rule or a topic."""
    folder = ("rules",) if word in RULES else ("rules", "topics")
    file = resources.files("postrender").joinpath(*folder, f"{word}.md")
    return file.read_text(encoding="utf-8") if file.is_file() else None


def summary(word: str) -> str:
    """The first line of the page of a rule or a topic that says more than its name."""
    lines = (line.lstrip("# ").strip() for line in (_of_rule(word) or "").splitlines())
    return next((line for line in lines if line not in ("", word)), "")


def rules_of(requirement: str) -> tuple[str, ...]:
    """The rules that serve a requirement, as the last line of their pages says."""
    return tuple(rule for rule in RULES if requirement in _served(rule))


@cache
def _served(rule: str) -> frozenset[str]:
    _, _, last = (_of_rule(rule) or "").rpartition("\nRequirements:")
    return frozenset(re.findall(r"`([a-z-]+)`", last))
