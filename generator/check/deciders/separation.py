"""Whether Ledger and Auditor are apart: in two clusters, and in the hands of two."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.check.answers import Said, beside, met, person, wrong
from generator.check.deciders import shared
from generator.check.deciders.calls import HOST, given, without_auditor
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
_IDENTITY = ("name", "provider", "region")


def declared_of(evidence: Evidence) -> Declared | None:
    """What the deployment file declares, of whichever domain."""
    return next((side.declared for side in evidence.sides if side.declared), None)


def _clusters(evidence: Evidence) -> Iterator[Said]:
    """separate-clusters: by what the manifests show, then by what is declared."""
    if without_auditor(evidence):
        yield beside("auditorMode is false: there is no Auditor")
        return
    found = [*_side_by_side(evidence), *_same_objects(evidence), *_called_within(evidence)]
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
    elif not found:
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
    names = [_identity(manifests) for _, manifests in given(evidence)]
    if len(names) > 1 and all(names):
        yield met("the objects of the two clusters have nothing in common")
    elif declared:
        yield person(
            "nobody declared which clusters they are; write ledger.cluster.name and auditor.cluster.name",
            "deployment",
        )
    elif evidence.sides and given(evidence):
        yield person(
            "rendered manifests do not tell in which cluster they are installed", "deployment", "both"
        )


def _identity(manifests: Manifests) -> set[str]:
    """By what a cluster is known: its Namespace kube-system, and its nodes."""
    found = set()
    for one in manifests.release.manifests:
        if one.kind in ("Namespace", "Node") and not one.group:
            uid = one.at(*_UID)
            if isinstance(uid, str) and (one.kind == "Node" or one.name == "kube-system"):
                found.add(uid)
    return found


def _side_by_side(evidence: Evidence) -> Iterator[Said]:
    """Ledger and Auditor in the manifests of one cluster."""
    for _, manifests in given(evidence):
        ledgers = [one for one in manifests.workloads("ledger") if not one.is_hook]
        for one in manifests.workloads("auditor"):
            if ledgers and not one.is_hook:
                yield manifests.wrong(
                    "separate-clusters", one.manifest, (),
                    f"it stands beside {ledgers[0].manifest.title} in the manifests of one cluster; who "
                    "administers it could change both",
                    "install it in a cluster of its own; where these are the manifests of two, give them as "
                    "--ledger PATH --auditor PATH",
                )  # fmt: skip


def _same_objects(evidence: Evidence) -> Iterator[Said]:
    """An object of a cluster that is in the manifests of both domains."""
    several = given(evidence)
    for number, (side, manifests) in enumerate(several):
        known = {value for _, before in several[:number] for value, _, _ in _marks(before)}
        common = [mark for mark in _marks(manifests) if mark[0] in known]
        # One object says it: the Namespace of the cluster, or a node, before all others.
        common.sort(key=lambda mark: (mark[1].name != "kube-system", mark[1].kind != "Node"))
        for _, one, path in common[:1]:
            yield manifests.wrong(
                "separate-clusters", one, path,
                f"this very object, by its {path[-1]}, is among the manifests of "
                f"{several[0][0].name.title()} too: both domains are in one cluster",
                f"move {side.name.title()} to a cluster of its own, and give what kubectl prints there",
            )  # fmt: skip


def _marks(manifests: Manifests) -> Iterator[tuple[str, Manifest, Path]]:
    """What tells each object from all others in the world, with the object and its place there."""
    for one in manifests.release.manifests:
        for path in (_UID, _PROVIDER_ID)[: 2 if one.kind == "Node" else 1]:
            value = one.at(*path)
            if isinstance(value, str) and value:
                yield value, one, path


def _called_within(evidence: Evidence) -> Iterator[Said]:
    """An Auditor that calls Ledger by a name of its own cluster."""
    for _, manifests in given(evidence):
        if "ledger" in manifests.roles:
            continue  # that is said already
        for one in manifests.workloads("auditor"):
            host = told(manifests.release, one).value(HOST) or ""
            if host and not one.is_hook and _OF_CLUSTER.fullmatch(host):
                yield manifests.wrong(
                    "separate-clusters", one.manifest, (),
                    f"{HOST} is {host}, a Service of its own cluster: Ledger is there too",
                    "install Ledger in another cluster, and write the name of its load balancer",
                )  # fmt: skip


def _domains(evidence: Evidence) -> Iterator[Said]:
    """separate-domains: who administers, and what keys, passwords and databases both have."""
    if without_auditor(evidence):
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
            "nobody declared who administers them; write ledger.administrativeDomain and "
            "auditor.administrativeDomain",
            "deployment",
        )


ROWS: dict[str, Row] = {
    "separate-clusters": Row(("deployment", "both"), whole=_clusters),
    "separate-domains": Row(("deployment", "both"), whole=_domains),
}
