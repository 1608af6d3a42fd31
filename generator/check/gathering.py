"""From what was given to evidence: deployment, policy, manifests without what controllers made, keys."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from generator.check.evidence import Chart, Declared, Evidence, Manifests, Side
from generator.check.inputs import STDIN, Given
from generator.check.rendering import product_of, render
from generator.check.sources import Source, stream
from generator.errors import UNREADABLE, USAGE, GenerateError
from generator.keys.cli import read_key
from generator.keys.judge import Judged, judge
from postrender.manifests import release
from postrender.manifests.manifest import Manifest
from postrender.manifests.release import Release
from postrender.policy_source import DEFAULT, DEFAULT_SOURCE, VARIABLE, Chosen, choose, named
from profiles import policy
from profiles.compile import compile_policy
from profiles.domains import OTHER, standing
from profiles.errors import ProfileError
from profiles.load import Problem, ResolvedProfile, judged
from profiles.models import DOMAINS, Product
from profiles.scalardl import PRODUCTS, SERVING

# Beside what a release always reads: what else tells of a requirement.
KINDS = frozenset(
    ("Node", "Namespace", "Secret", "ConfigMap", "ServiceAccount", "Role", "ClusterRole", "RoleBinding",
     "ClusterRoleBinding", "ServiceMonitor", "PodMonitor", "PrometheusRule", "ExternalSecret",
     "SecretStore", "ClusterSecretStore", "SecretProviderClass", "VaultStaticSecret", "SealedSecret",
     "Certificate", "Issuer", "ClusterIssuer", "Application", "ApplicationSet", "Policy", "ClusterPolicy",
     "ResourceQuota", "LimitRange", "Ingress", "ScaledObject")
)  # fmt: skip
_SCALARDL = frozenset((*SERVING, "loader", "admin"))
_CONTROLLERS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Node")


class Asked(NamedTuple):
    """What the command line says beside the paths. `helm`: the program that renders charts."""

    profile: str | None
    namespace: str
    helm: str
    today: datetime.date


def gather(general: Given, domains: dict[Product, Given], asked: Asked) -> Evidence:
    """The evidence of paths without a domain and of those of each. Raises GenerateError or ProfileError."""
    resolved, problems = _deployment([general, *domains.values()], asked)
    sides: dict[Product | None, Side] = {
        product: _side(product, given, resolved, asked) for product, given in domains.items()
    }
    for side in _of_nobody(general, resolved, asked):
        if side.product in sides:
            raise GenerateError(
                f"manifests of {side.product} among the paths and with --{side.product}; give them once",
                USAGE,
            )
        sides[side.product] = side
    for product in DOMAINS:
        declared = _declared(resolved, product)
        if declared and product not in sides:
            sides[product] = Side(product, declared)
    _refuse_without_scalardl(sides.values(), general)
    order: tuple[Product | None, ...] = (*DOMAINS, None)
    known = tuple(sides[product] for product in order if product in sides) or (Side(None),)
    return Evidence(known, asked.today.isoformat(), resolved, problems, _keys(general.keys, asked.today))


def _refuse_without_scalardl(several: Iterable[Side], general: Given) -> None:
    """A check that was pointed at the wrong place must not look as if all were well."""
    sides = list(several)
    other = general.keys or any(
        side.declared or side.values or side.keys or (side.manifests and side.manifests.nodes)
        for side in sides
    )
    if sides and not other and not any(side.manifests and _SCALARDL & side.manifests.roles for side in sides):
        raise GenerateError(
            "no Ledger, Auditor, Envoy or schema loader is in these manifests; name those of a release",
            USAGE,
        )


def _deployment(several: Sequence[Given], asked: Asked) -> tuple[ResolvedProfile | None, tuple[Problem, ...]]:
    """The one deployment file, and what in it breaks requirements."""
    names = [name for given in several for name in given.profiles]
    if asked.profile and asked.profile.lower().endswith((".yaml", ".yml")):
        names.append(asked.profile)
    elif asked.profile and names:
        raise GenerateError(
            f"--profile {asked.profile} and the deployment file {names[0]}: manifests are judged by one of "
            "them; give the one that counts",
            USAGE,
        )
    names = list({os.path.realpath(name): name for name in reversed(names)}.values())[::-1]
    if len(names) > 1:
        raise GenerateError(f"{' and '.join(names)}: two deployment files; give the one that counts", USAGE)
    if not names:
        return None, ()
    resolved, problems = judged(names[0])
    if any(not problem.requirements for problem in problems):
        raise ProfileError("\n".join(map(str, problems)))
    return resolved, problems


def _declared(resolved: ResolvedProfile | None, product: Product | None) -> Declared | None:
    if resolved is None or product not in standing(resolved.profile.auditor_mode):
        return None
    return Declared(resolved, product)


def _side(product: Product, given: Given, resolved: ResolvedProfile | None, asked: Asked) -> Side:
    declared = _declared(resolved, product)
    sources, charts = _rendered(given, resolved, product, asked)
    manifests = _manifests(sources, resolved, product, asked) if sources else None
    other = OTHER[product]
    if manifests and other in manifests.roles and product not in manifests.roles:
        raise GenerateError(
            f"--{product}: these are {other.title()}'s manifests; give them as --{other}", USAGE
        )
    return Side(product, declared, manifests, _keys(given.keys, asked.today), given.values, charts)


def _of_nobody(given: Given, resolved: ResolvedProfile | None, asked: Asked) -> Iterable[Side]:
    """The sides of paths that were given without a domain: what the manifests are of tells."""
    sources, charts = _rendered(given, resolved, None, asked)
    if not sources:
        return [Side(None, values=given.values)] if given.values else []
    several = _by_product(sources)
    found = []
    for product, of_it in several.items():
        manifests = _manifests(of_it, resolved, product, asked)
        # Both products in one text are in one cluster: what it says is said of both domains.
        whose: list[Product | None] = [product]
        if product is None and resolved:
            whose = [each for each in DOMAINS if each in manifests.roles] or [None]
        found += [
            Side(each, _declared(resolved, each), manifests, (), given.values, charts) for each in whose
        ]
    return found


def _by_product(sources: tuple[Source, ...]) -> dict[Product | None, tuple[Source, ...]]:
    """The texts of each product, with those of neither; all together where one text has both, or none any."""
    products = [_products(source) for source in sources]
    every = set[Product]().union(*products)
    if len(every) < 2 or any(len(found) > 1 for found in products):
        return {next(iter(every)) if len(every) == 1 else None: sources}
    return {
        product: tuple(
            source for source, found in zip(sources, products, strict=True) if not found or product in found
        )
        for product in DOMAINS
    }


def _products(source: Source) -> set[Product]:
    workloads = release.load(source.text).workloads
    return {product for product in DOMAINS for one in workloads if one.role == product and not one.is_test}


def _rendered(
    given: Given, resolved: ResolvedProfile | None, product: Product | None, asked: Asked
) -> tuple[tuple[Source, ...], tuple[Chart, ...]]:
    """The manifests given and those that Helm renders from the charts given."""
    sources, charts = list(given.manifests), []
    if len(given.charts) > 1 and given.values:
        raise GenerateError(
            f"{' and '.join(given.charts)}: several charts, and values that may be of either; give each with "
            "its domain: --ledger CHART --ledger VALUES",
            USAGE,
        )
    for path in given.charts:
        whose = product or product_of(path)
        source, chart = render(path, given.values, _declared(resolved, whose), asked.helm, asked.namespace)
        sources.append(source)
        charts.append(chart)
    return tuple(sources), tuple(charts)


def _manifests(
    sources: tuple[Source, ...], resolved: ResolvedProfile | None, product: Product | None, asked: Asked
) -> Manifests:
    laid = stream(sources)
    loaded = release.load(laid.text, KINDS)
    if not loaded.manifests:
        names = ", ".join("stdin" if source.file == STDIN else source.file for source in sources)
        raise GenerateError(
            f"{names}: nothing in it that tells of ScalarDL; name its manifests, or a deployment file (in a "
            "hook: in args)",
            UNREADABLE,
        )
    roles = {one.role for one in loaded.workloads if not one.is_test}
    chosen = _policy(resolved, product, asked, laid.text, roles.issuperset(PRODUCTS))
    namespace = asked.namespace
    for manifest in loaded.manifests:
        manifest.home = manifest.home or namespace or None
    return Manifests(
        stream=laid,
        release=_without_owned(loaded),
        policy=chosen.policy,
        source=chosen.source,
        today=asked.today.isoformat(),
        namespace=namespace,
        nodes=tuple(one for one in loaded.manifests if one.kind == "Node" and one.group == ""),
        live=any(one.text("metadata", "uid") for one in loaded.manifests),
    )


def _policy(
    resolved: ResolvedProfile | None, product: Product | None, asked: Asked, text: str, both: bool
) -> Chosen:
    """The policy by which manifests are judged; `both`: those of Ledger and of Auditor are among them."""
    if resolved is None and both and not (asked.profile or os.environ.get(VARIABLE)):
        # Two domains in one stream, each with a policy that travels with it: neither is that of both.
        return Chosen(named(DEFAULT), DEFAULT_SOURCE)
    if resolved is None:
        return choose(asked.profile, text)
    return Chosen(
        policy.from_json(compile_policy(resolved, product), resolved.name), resolved.tree.place.source
    )


def _without_owned(loaded: Release) -> Release:
    """The release without the pods and ReplicaSets that its controllers make in a cluster."""
    kept = [one for one in loaded.manifests if not _owned(one)]
    return loaded if len(kept) == len(loaded.manifests) else Release(loaded.documents, kept, loaded.newline)


def _owned(manifest: Manifest) -> bool:
    if manifest.kind not in ("Pod", "ReplicaSet", "Job"):
        return False
    return any(owner.get("kind") in _CONTROLLERS for owner in manifest.maps("metadata", "ownerReferences"))


def _keys(files: Sequence[str], today: datetime.date) -> tuple[Judged, ...]:
    now = datetime.datetime.combine(today, datetime.time.max, datetime.UTC)
    found = []
    for file in files:
        try:
            content, mode = read_key(Path(file))
        except OSError as error:
            raise GenerateError(f"{file}: cannot be read: {error.strerror or error}", USAGE) from None
        found.append(judge(file, content, mode, now))
    return tuple(found)
