"""runbook.md: what the administrators of a domain do, in the guides' order, every command filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from generator.bundle import facts, throwaway
from generator.bundle.markdown import block, cell, checks, code, commands, numbered, prose, tidy, together
from generator.clusters import ClusterPlan, open_questions
from generator.templating import ENVIRONMENT
from profiles.domains import OTHER
from profiles.load import ResolvedProfile
from profiles.models import Domain, Product, Profile

_TEMPLATES = ENVIRONMENT.overlay()
_TEMPLATES.filters = {**ENVIRONMENT.filters, "code": code, "cell": cell, "prose": prose}
# In the guides' order, but for the database: it may stand in the network that "Cluster" makes.
_SECTIONS = (
    *("network", "cluster", "database", "secrets", "exchange", "charts"),
    *("install", "verify", "register", "operate", "decide", "remove"),
)
# What two administrators of two networks settle between them.
_OF_DOMAINS = {"network", "exchange", "operate", "decide"}
# Names that stand for one of yours: https://www.rfc-editor.org/rfc/rfc2606
_PLACEHOLDER = re.compile(r"(?:^|[./@])example\.com(?:$|[:/;?])")
# What a reader replaces, and what a command itself replaces in a file.
_WORD = re.compile(r"(?<![\\/])<[a-z][a-z0-9-]*>")
_REPLACED = re.compile(r"s/(<[a-z][a-z0-9-]*>)/")


def text(resolved: ResolvedProfile, product: Product, plan: ClusterPlan, files: Mapping[str, str]) -> str:
    """The runbook of a domain; `files`: what else is in its folder, and what it is."""
    profile = resolved.profile
    stated = {
        **facts.of(resolved, product, plan),
        "resolved": resolved,
        "plan": plan,
        "run": block,
        "check": checks,
        "in_cluster": lambda lines: _in_cluster(plan, lines),
        "files": files,
    }
    sections = [_rendered(f"runbook/{name}.md", stated) for name in _sections(profile, product)]
    stated |= {
        "placeholders": list(_placeholders(profile, product)),
        "questions": list(_questions(resolved, product)),
        "brought": list(_brought(profile.domain(product))),
        "words": sorted({word for section in sections for word in _WORD.findall(commands(section))}),
        "in_files": _in_files(plan),
    }
    opened = _rendered("runbook/open.md", stated)
    first = 0 if opened.strip().count("\n") else 1
    contents, numbered_sections = numbered([opened, *sections], first)
    return tidy(_rendered("runbook.md", stated | {"contents": contents, "sections": numbered_sections}))


def _sections(profile: Profile, product: Product) -> Iterator[str]:
    shared = throwaway.shared(profile)
    for name in _SECTIONS:
        if shared and name == "exchange" and profile.auditor_mode:
            yield "share"
        elif shared and name == "operate" and facts.pauses(profile, product):
            yield name
        elif name == "exchange" and not profile.auditor_mode:
            continue
        elif not shared or name not in _OF_DOMAINS:
            yield name


def _questions(resolved: ResolvedProfile, product: Product) -> Iterator[str]:
    profile, domain = resolved.profile, resolved.profile.domain(product)
    provider, shared = domain.cluster.provider, throwaway.shared(profile)
    # A shared cluster is made in Ledger's runbook, and one of your own for a test is any that there is.
    if not shared or (product == "ledger" and provider != "none"):
        yield from open_questions(profile, product)
    if provider != "none" and (product, "kubernetesVersion") not in resolved.declared:
        yield (
            f"Kubernetes {domain.kubernetes_version} is what the built-in profile has, and the provider may "
            f"no longer offer it; write {product}.kubernetesVersion"
        )
    if profile.separation == "required" and domain.tls.mode == "none":
        parties = "clients, Ledger and Auditor" if profile.auditor_mode else "clients and Ledger"
        yield (
            f"TLS is off: whoever is on the way between {parties} reads what they say, and can change it; "
            f"write {product}.tls.mode [tls]"
        )


def _brought(domain: Domain) -> Iterator[tuple[str, str]]:
    """What the release uses and nothing here makes: its kind and its name."""
    kinds = {"issuer": "Issuer", "cluster-issuer": "ClusterIssuer"}
    if domain.tls.mode in kinds:
        yield kinds[domain.tls.mode], domain.tls.issuer or ""
    if domain.external_secrets:
        yield domain.external_secrets.kind, domain.external_secrets.store


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
