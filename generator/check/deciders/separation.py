"""Whether Ledger and Auditor are apart: in two clusters, and in the hands of two."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.check.answers import Said, beside, met, person, wrong
from generator.check.deciders import shared
from generator.check.deciders.calls import HOST, given, has_auditor
from generator.check.deciders.facts import undeclared
from generator.check.deciders.told import told
from generator.check.evidence import Declared, Evidence, Manifests
from generator.check.row import Row
from postrender.manifests.manifest import Manifest, Path
from profiles.callers import same_people
from profiles.domains import one_cluster
from profiles.models import DOMAINS

# What objects of a cluster, and nodes, are known by.
_UID = ("metadata", "uid")
_PROVIDER_ID = ("spec", "providerID")
# A name that is known in one cluster only: a Service of it.
_OF_CLUSTER = re.compile(r"(?!localhost$)[^.:]+|.*\.svc(\.cluster\.local)?\.?", re.IGNORECASE)
# Whom Auditor calls: Ledger, through its Envoy.
_CALLED = ("ledger", "envoy")
# A Service may be another name of one that is another name; further nobody goes.
_STEPS = 4
_TWO = "the Namespaces kube-system of the two domains have different uids: they are two clusters"
_IDENTITY = ("name", "provider", "region")


def declared_of(evidence: Evidence) -> Declared | None:
    """What the deployment file declares, of whichever domain."""
    return next((side.declared for side in evidence.sides if side.declared), None)


def _clusters(evidence: Evidence) -> Iterator[Said]:
    """separate-clusters: by what the manifests show, then by what is declared."""
    if not has_auditor(evidence):
        yield beside("auditorMode is false: there is no Auditor")
        return
    found = list(_together("separate-clusters", evidence))
    yield from found
    declared = declared_of(evidence)
    profile = declared.resolved.profile if declared else None
    if declared and profile and one_cluster(profile) and profile.separation == "advised":
        yield wrong(
            "separate-clusters",
            f"Ledger and Auditor are both in the cluster {profile.auditor.cluster.name}, which separation: "
            "advised lets pass for tests only",
            "write separation: required, and declare two clusters (ledger.cluster, auditor.cluster)",
            declared.spot("separation"),
        )
    elif not any(one.finding for one in found):
        yield from _apart(evidence, declared)


def _apart(evidence: Evidence, declared: Declared | None) -> Iterator[Said]:
    if declared:
        stated = declared.resolved.declared
        clusters = [declared.resolved.profile.domain(product).cluster for product in DOMAINS]
        for key in _IDENTITY:
            one, other = (str(getattr(cluster, key)) for cluster in clusters)
            if one != other and all((product, "cluster", key) in stated for product in DOMAINS):
                yield met(f"two clusters are declared: {one} and {other}")
                return
    if _are_two(evidence):
        yield met(_TWO)
    elif declared:
        yield person(
            "which clusters they are is not declared; write ledger.cluster.name and auditor.cluster.name",
            "deployment",
        )
    elif evidence.sides and given(evidence):
        yield person(
            "rendered manifests do not tell in which cluster they are installed", "deployment", "both"
        )


def _are_two(evidence: Evidence) -> bool:
    """Whether the manifests of the domains are of two clusters for sure: by the uids of kube-system."""
    sides = [evidence.side(product) for product in DOMAINS]
    one, other = (_uid(side.manifests) if side and side.manifests else "" for side in sides)
    return bool(one and other) and one != other


def _uid(manifests: Manifests) -> str:
    """By what a cluster is known, and no other is: the uid of its Namespace kube-system."""
    uids = (one.at(*_UID) for one in manifests.release.of_kind("Namespace") if one.name == "kube-system")
    return next((uid for uid in uids if isinstance(uid, str)), "")


def _two_clusters(evidence: Evidence) -> Iterator[Said]:
    """two-clusters: by what the manifests show, as separate-clusters is, then by what is declared."""
    if not has_auditor(evidence):
        yield beside("auditorMode is false: there is one product, in one cluster")
        return
    resolved = evidence.resolved
    found = [one for one in _together("two-clusters", evidence) if one.finding]
    yield from found
    sides = [Declared(resolved, product) for product in DOMAINS] if resolved else []
    named = [one for one in sides if one.stated("cluster", "name")]
    if found:
        return
    if resolved and named and one_cluster(resolved.profile):
        name = resolved.profile.auditor.cluster.name
        yield wrong(
            "two-clusters",
            f"Ledger and Auditor are both in the cluster {name}",
            "make a cluster for each and declare their names, ledger.cluster.name and auditor.cluster.name",
            named[-1].spot("cluster", "name"),
        )
    elif _are_two(evidence):
        yield met(_TWO)
    elif resolved and len(named) == len(sides):
        clusters = [one.domain.cluster.name for one in sides]
        yield met(f"{' and '.join(clusters)} are declared")
    else:
        yield from (undeclared(one, ("cluster", "name"), "its name") for one in sides if one not in named)


def _together(requirement: str, evidence: Evidence) -> Iterator[Said]:
    """What the manifests show of Ledger and Auditor in one cluster."""
    yield from _side_by_side(requirement, evidence)
    yield from _same_objects(requirement, evidence)
    yield from _called_within(requirement, evidence)


def _side_by_side(requirement: str, evidence: Evidence) -> Iterator[Said]:
    """Ledger and Auditor in the manifests of one cluster."""
    for _, manifests in given(evidence):
        ledgers = [one for one in manifests.workloads("ledger") if not one.is_hook]
        for one in manifests.workloads("auditor"):
            if ledgers and not one.is_hook:
                yield manifests.wrong(
                    requirement, one.manifest, (),
                    f"it stands beside {ledgers[0].manifest.title} in the manifests of one cluster; who "
                    "administers it could change both",
                    "install it in a cluster of its own; where these are the manifests of two, give them as "
                    "--ledger PATH --auditor PATH",
                )  # fmt: skip


def _same_objects(requirement: str, evidence: Evidence) -> Iterator[Said]:
    """An object of a cluster that is in the manifests of both domains."""
    several = given(evidence)
    for number, (side, manifests) in enumerate(several):
        known = {value for _, before in several[:number] for value, _, _ in _marks(before)}
        unowned = _files_of_both(manifests, [before for _, before in several[:number]])
        common = [
            (value, one, path)
            for value, one, path in _marks(manifests)
            if value in known and manifests.spot(one).file not in unowned
        ]
        # One object says it: the Namespace of the cluster, or a node, before all others.
        common.sort(key=lambda mark: (mark[1].name != "kube-system", mark[1].kind != "Node"))
        for _, one, path in common[:1]:
            yield manifests.wrong(
                requirement, one, path,
                f"this very object, by its {path[-1]}, is among the manifests of "
                f"{several[0][0].name.title()} too: both domains are in one cluster",
                f"move {side.name.title()} to a cluster of its own, and give what kubectl prints there",
            )  # fmt: skip


def _files_of_both(manifests: Manifests, others: list[Manifests]) -> set[str]:
    """The files that were given once, without a domain, and so count for each: they tell nothing of two."""
    known = [source for each in others for source in each.stream.sources]
    return {one.file for one in manifests.stream.sources if any(one is each for each in known)}


def _marks(manifests: Manifests) -> Iterator[tuple[str, Manifest, Path]]:
    """What tells each object from all others in the world, with the object and its place there."""
    for one in manifests.release.manifests:
        for path in (_UID, _PROVIDER_ID)[: 2 if one.kind == "Node" else 1]:
            value = one.at(*path)
            if isinstance(value, str) and value:
                yield value, one, path


def _called_within(requirement: str, evidence: Evidence) -> Iterator[Said]:
    """An Auditor that calls Ledger by a name of its own cluster."""
    for _, manifests in given(evidence):
        # A Ledger beside it is said already.
        for one in () if "ledger" in manifests.roles else manifests.workloads("auditor"):
            host = "" if one.is_hook else told(manifests.release, one).value(HOST) or ""
            # In a cluster that is another one for sure, names mean something else.
            others = [] if _are_two(evidence) else [each for _, each in given(evidence)]
            host, serves = _leads_to(host, one.manifest.namespace, [manifests, *others])
            if not _OF_CLUSTER.fullmatch(host):
                continue
            if serves:
                yield manifests.wrong(
                    requirement, one.manifest, (),
                    f"{HOST} is {host}, a Service of its own cluster: Ledger is there too",
                    "install Ledger in another cluster, and write the name of its load balancer",
                )  # fmt: skip
            else:
                yield person(
                    f"{one.manifest.title} calls Ledger at {host}, a Service of its own cluster; see that it "
                    "leads to another one",
                    "manifests",
                )


def _leads_to(host: str, namespace: str | None, several: list[Manifests]) -> tuple[str, bool]:
    """The name that is called in the end, and whether it is a Service before pods of Ledger there."""
    for _ in range(_STEPS):
        found = _service(host, namespace, several)
        if found is None:
            return host, False
        manifests, service = found
        if service.text("spec", "type") != "ExternalName":
            return host, any(one.role in _CALLED for one in manifests.world.near.covered(service))
        host, namespace = service.text("spec", "externalName"), service.namespace
    return host, False


def _service(host: str, namespace: str | None, several: list[Manifests]) -> tuple[Manifests, Manifest] | None:
    """The Service of that name (`ledger`, `ledger.demo.svc`), as it is called from that namespace."""
    if not _OF_CLUSTER.fullmatch(host):
        return None
    name, _, rest = host.lower().rstrip(".").partition(".")
    wanted = rest.removesuffix(".cluster.local").removesuffix("svc").rstrip(".") or namespace
    for manifests in several:
        for service in manifests.release.of_kind("Service"):
            # Where one of them states no namespace, nobody knows it.
            if service.name == name and (service.namespace or wanted) == (wanted or service.namespace):
                return manifests, service
    return None


def _domains(evidence: Evidence) -> Iterator[Said]:
    """separate-domains: who administers, and what keys, passwords and databases both have."""
    if not has_auditor(evidence):
        yield beside("auditorMode is false: there is no Auditor")
        return
    found = [*shared.keys_and_passwords(evidence), *shared.mounted(evidence), *shared.databases(evidence)]
    yield from found
    declared = declared_of(evidence)
    if declared is None:
        if given(evidence) and not found:
            yield person("who administers them no manifest shows", "deployment")
        return
    profile, stated = declared.resolved.profile, declared.resolved.declared
    names = [profile.domain(product).administrative_domain for product in DOMAINS]
    if same_people(*names):
        if profile.separation == "advised":
            yield wrong(
                "separate-domains",
                f"Ledger and Auditor are both administered by {names[0]}, which separation: advised lets "
                "pass for tests only",
                "write separation: required, and name two (ledger.administrativeDomain, "
                "auditor.administrativeDomain)",
                declared.spot("separation"),
            )
    elif all((product, "administrativeDomain") in stated for product in DOMAINS):
        yield met(f"{names[0]} administers Ledger and {names[1]} Auditor, as declared")
    else:
        yield person(
            "who administers them is not declared; write ledger.administrativeDomain and "
            "auditor.administrativeDomain",
            "deployment",
        )


ROWS: dict[str, Row] = {
    "separate-clusters": Row(("deployment", "both"), whole=_clusters),
    "two-clusters": Row(("deployment", "both"), whole=_two_clusters),
    "separate-domains": Row(("deployment", "both"), whole=_domains),
}
