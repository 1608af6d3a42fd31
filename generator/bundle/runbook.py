"""runbook.md: what the administrators of a domain do, in the guides' order, every command filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from generator.bundle import facts
from generator.bundle.markdown import block, cell, checks, code, commands, numbered, prose, tidy, together
from generator.clusters import ClusterPlan, open_questions
from generator.templating import ENVIRONMENT
from profiles.domains import OTHER
from profiles.load import ResolvedProfile
from profiles.models import Product, Profile

_TEMPLATES = ENVIRONMENT.overlay()
_TEMPLATES.filters = {**ENVIRONMENT.filters, "code": code, "cell": cell, "prose": prose}
# In the guides' order.
_SECTIONS = (
    *("network", "database", "cluster", "secrets", "exchange", "charts"),
    *("install", "verify", "register", "operate", "decide", "remove"),
)
# Names that stand for one of yours: https://www.rfc-editor.org/rfc/rfc2606
_PLACEHOLDER = re.compile(r"(?:^|[./@])example\.com(?:$|[:/;?])")
# What a reader replaces, and what a command itself replaces in a file.
_WORD = re.compile(r"(?<![\\/])<[a-z][a-z0-9-]*>")
_REPLACED = re.compile(r"s/(<[a-z][a-z0-9-]*>)/")


def text(resolved: ResolvedProfile, product: Product, plan: ClusterPlan, files: Mapping[str, str]) -> str:
    """The runbook of a domain; `files`: what else is in its folder, and what it is."""
    profile = resolved.profile
    stated = {
        **facts.of(resolved, product),
        "resolved": resolved,
        "plan": plan,
        "run": block,
        "check": checks,
        "in_cluster": lambda lines: _in_cluster(plan, lines),
        "files": files,
    }
    wanted = [name for name in _SECTIONS if name != "exchange" or profile.auditor_mode]
    sections = [_rendered(f"runbook/{name}.md", stated) for name in wanted]
    stated |= {
        "placeholders": list(_placeholders(profile, product)),
        "questions": open_questions(profile, product),
        "words": sorted({word for section in sections for word in _WORD.findall(commands(section))}),
        "in_files": _in_files(plan),
    }
    opened = _rendered("runbook/open.md", stated)
    first = 0 if opened.strip().count("\n") else 1
    contents, numbered_sections = numbered([opened, *sections], first)
    return tidy(_rendered("runbook.md", stated | {"contents": contents, "sections": numbered_sections}))


def _rendered(template: str, stated: Mapping[str, object]) -> str:
    return _TEMPLATES.get_template(template).render(stated)


def _in_cluster(plan: ClusterPlan, lines: Iterable[str]) -> str:
    stated = list(lines)
    reads = any(file in line for file in plan.files for line in stated)
    return together(stated, "cluster" if reads else "") if stated else ""


def _in_files(plan: ClusterPlan) -> list[str]:
    found = {word for made in plan.files.values() for word in _WORD.findall(made)}
    stated = "".join(command for step in plan.create for command in step.commands)
    return sorted(found - set(_REPLACED.findall(stated)))


def _placeholders(profile: Profile, product: Product) -> Iterator[tuple[str, str]]:
    """What stands for a name of yours, by its key; of the other domain its address alone is ours to know."""
    yield from _found(profile.domain(product).model_dump(mode="json", by_alias=True), product)
    if profile.auditor_mode:
        yield from _found({"address": profile.domain(OTHER[product]).address}, OTHER[product])


def _found(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _found(below, f"{path}.{key}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _found(below, f"{path}.{index}")
    elif isinstance(value, str) and _PLACEHOLDER.search(value):
        yield path, value
