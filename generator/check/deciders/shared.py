"""What Ledger's and Auditor's domains have in common and may not: keys, passwords, databases.

Secrets are compared by the SHA-256 of what they hold, private keys by that of their public part. Only the
names of what holds them are told.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from generator.check.answers import Said, Spot, wrong
from generator.check.deciders.calls import given
from generator.check.deciders.told import DATABASE, told
from generator.check.evidence import Evidence, Manifests, Side
from generator.keys.across import across
from generator.keys.contents import Kind, UnreadableKeyError, read
from generator.keys.judge import Level
from postrender.manifests.manifest import Manifest
from postrender.manifests.workload import Workload
from profiles.networks import is_local, servers
from profiles.product import Database
from profiles.scalardl import CREDENTIAL_KEYS, DEFAULT_CREDENTIALS, JDBC_PORTS

_APART = "separate-domains"
_PRIVATE = ("private-key", "tls.key")
_MARK = b"PRIVATE KEY-----"
_POINTS = "contact_points"


class _Held(NamedTuple):
    """A key or password. `digest` tells it from others; `title` and `key`: what holds it."""

    what: str
    digest: str
    title: str
    key: str
    secret: Manifest | None = None


def keys_and_passwords(evidence: Evidence) -> Iterator[Said]:
    """Private keys and passwords that both domains have, in key files or in Secrets."""
    known: dict[tuple[str, str], _Held] = {}
    for side in (evidence.side("ledger"), evidence.side("auditor")):
        for held in _held(side, evidence) if side else ():
            same = known.get((held.what, held.digest))
            if side and side.product == "auditor":
                if same:
                    yield _of_both(held, same, side)
            else:
                known[held.what, held.digest] = held
    for found in across(evidence.keys):
        if found.requirement == _APART and found.level is Level.FAILURE:
            yield wrong(_APART, found.problem, found.cure, Spot(found.file))


def _of_both(held: _Held, same: _Held, side: Side) -> Said:
    other = f"{same.key} in {same.title}" if same.key else same.title
    where = f"its {held.key} is" if held.secret else "it holds"
    problem = f"{where} the same {held.what} as {other} of Ledger; who holds one domain holds both"
    cure = "change one of the passwords"
    if held.what == "private key":
        cure = "make each domain its own: scalardl-gen keys new NAME"
    if held.secret is None or side.manifests is None:
        return wrong(_APART, problem, cure, Spot(held.title))
    return side.manifests.wrong(_APART, held.secret, ("metadata", "name"), problem, cure)


def _held(side: Side, evidence: Evidence) -> Iterator[_Held]:
    for file in side.keys:
        if file.contents.kind is Kind.PRIVATE_KEY and file.contents.key.fingerprint:
            yield _Held("private key", file.contents.key.fingerprint, file.name, "")
    # Of the manifests of one cluster nothing tells whose a Secret is.
    shared = sum(each.manifests is side.manifests for each in evidence.sides) > 1
    if side.manifests and not shared:
        for secret in side.manifests.release.of_kind("Secret"):
            for _, key, content in contents(secret):
                if key == CREDENTIAL_KEYS[1] and content not in (b"", DEFAULT_CREDENTIALS.encode()):
                    yield _Held("password", hashlib.sha256(content).hexdigest(), secret.title, key, secret)
                elif key in _PRIVATE or _MARK in content:
                    yield _Held("private key", _digest(content), secret.title, key, secret)


def _digest(content: bytes) -> str:
    """By what a private key is known, in whatever form it is written."""
    try:
        return read(content).key.fingerprint or hashlib.sha256(content).hexdigest()
    except UnreadableKeyError:
        return hashlib.sha256(content).hexdigest()


def contents(secret: Manifest) -> Iterator[tuple[str, str, bytes]]:
    """What a Secret holds: in which field, at which key, and what. It is judged and never shown."""
    for field in ("data", "stringData"):
        entries = secret.at(field)
        for key, value in entries.items() if isinstance(entries, dict) else ():
            if isinstance(key, str) and isinstance(value, str) and value:
                try:
                    yield field, key, base64.b64decode(value) if field == "data" else value.encode()
                except (binascii.Error, ValueError):
                    continue


def mounted(evidence: Evidence) -> Iterator[Said]:
    """Where both stand in one cluster: a Secret that serves Ledger and Auditor."""
    for _, manifests in given(evidence):
        ledgers = manifests.workloads("ledger")
        for auditor in manifests.workloads("auditor"):
            for ledger in ledgers:
                same_place = auditor.manifest.namespace == ledger.manifest.namespace
                common = sorted(secrets_of(auditor) & secrets_of(ledger)) if same_place else []
                if common:
                    yield manifests.wrong(
                        _APART, auditor.manifest, (),
                        f"the Secret {common[0]} serves {ledger.manifest.title} too; who holds one domain "
                        "holds both",
                        "give each domain its own Secrets",
                    )  # fmt: skip


def secrets_of(workload: Workload) -> set[str]:
    """The names of the Secrets that its volumes and variables come from, without those that pull images."""
    manifest, found = workload.manifest, set()
    for index, _ in enumerate(manifest.maps(*workload.pod, "volumes")):
        at = (*workload.pod, "volumes", str(index))
        found.add(manifest.text(*at, "secret", "secretName"))
        for number, _ in enumerate(manifest.maps(*at, "projected", "sources")):
            found.add(manifest.text(*at, "projected", "sources", str(number), "secret", "name"))
    for path, _ in workload.containers():
        for index, _ in enumerate(manifest.maps(*path, "envFrom")):
            found.add(manifest.text(*path, "envFrom", str(index), "secretRef", "name"))
        for index, _ in enumerate(manifest.maps(*path, "env")):
            found.add(manifest.text(*path, "env", str(index), "valueFrom", "secretKeyRef", "name"))
    return found - {""}


def databases(evidence: Evidence) -> Iterator[Said]:
    """A server on which both have their database."""
    several = given(evidence)
    ledgers = {
        server: one.manifest.title
        for _, manifests in several
        for one in manifests.workloads("ledger")
        for server in _servers(manifests, one)
    }
    for _, manifests in several:
        for one in manifests.workloads("auditor"):
            common = [server for server in _servers(manifests, one) if server in ledgers]
            if common:
                yield manifests.wrong(
                    _APART, one.manifest, (),
                    f"its database is on the server of that of {ledgers[common[0]]}, {common[0]}; who "
                    "administers it could change both copies",
                    "give each domain a database server of its own",
                )  # fmt: skip


def _servers(manifests: Manifests, workload: Workload) -> list[str]:
    """The servers of its databases that are the same wherever they are named, as `host:port`."""
    properties = told(manifests.release, workload)
    found: list[str] = []
    for name in properties.values:
        if name.startswith(DATABASE) and name.endswith(_POINTS):
            prefix = name.removesuffix(_POINTS)
            points = properties.value(name)
            storage = properties.value(f"{prefix}storage") or "cassandra"
            port = properties.value(f"{prefix}contact_port") or ""
            found += _named(storage, points or "", port)
    return [server for server in found if not is_local(server) and not server.startswith(":")]


def _named(storage: str, points: str, port: str) -> list[str]:
    made = Database.model_construct
    if storage == "jdbc" and points.removeprefix("jdbc:").partition(":")[0] in JDBC_PORTS:
        return servers(made(storage="jdbc", url=points))
    if storage == "cosmos" and points.count("/") > 1:
        return servers(made(storage="cosmos", uri=points))
    if storage == "cassandra" and points:
        hosts = tuple(host.strip() for host in points.split(",") if host.strip())
        return servers(made(storage="cassandra", hosts=hosts, port=int(port) if port.isdigit() else None))
    return []
