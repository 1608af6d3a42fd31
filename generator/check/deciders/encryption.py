"""TLS on every leg: client to Envoy, Envoy to the product, Auditor to Ledger."""

from __future__ import annotations

from collections.abc import Iterator

from generator.check.answers import Said, Spot, met, person, wrong
from generator.check.deciders.told import Told, mounted, shown, told
from generator.check.evidence import Evidence, Manifests, Side
from generator.check.row import RELEASE, Row
from generator.keys.judge import Judged, Level
from postrender.manifests.jdbc import UNKNOWN
from postrender.manifests.properties import environment
from postrender.manifests.workload import Workload
from profiles.scalardl import SERVING

# What turns Envoy's TLS on, towards whom, and where the charts mount the certificates.
_ENVOY = (
    ("envoy_downstream_tls", "to clients", "/etc/envoy/downstream/tls", "tls.downstream.enabled"),
    ("envoy_upstream_tls", "to the product", "/etc/envoy/upstream/tls", "tls.upstream.enabled"),
)


def _tls(side: Side) -> Iterator[Said]:
    """tls: what the products' properties and Envoy's variables say; without manifests tls.mode."""
    yield from _of_keys(side.keys)
    manifests = side.manifests
    serving = manifests.workloads(*SERVING) if manifests else ()
    if manifests and serving:
        for workload in serving:
            yield from (_of_envoy if workload.role == "envoy" else _of_product)(manifests, workload)
    elif side.declared:
        mode = side.declared.domain.tls.mode
        if mode == "none":
            yield wrong(
                "tls",
                "tls.mode is none: clients, Envoy, Ledger and Auditor speak in the open",
                "write tls: {mode: self-signed}, or issuer, cluster-issuer or secrets",
                side.declared.spot("tls", "mode"),
            )
        else:
            yield met(f"tls.mode is {mode}, and the values turn TLS on for each leg")


def _of_keys(keys: tuple[Judged, ...]) -> Iterator[Said]:
    for one in keys:
        for finding in one.findings:
            if finding.level is Level.FAILURE and finding.requirement == "tls":
                yield wrong("tls", finding.problem, finding.cure, Spot(one.name))


def _of_product(manifests: Manifests, workload: Workload) -> Iterator[Said]:
    found = told(manifests.release, workload)
    server = f"scalar.dl.{workload.role}.server.tls"
    legs: list[tuple[str, tuple[str, ...], str]] = [
        (server, ("cert_chain_path", "private_key_path"), "serve by TLS")
    ]
    if workload.role == "auditor":
        legs.append(("scalar.dl.auditor.tls", ("ca_root_cert_path",), "call Ledger by TLS"))
    off = [f"{leg}.enabled" for leg, _, _ in legs if found.on(f"{leg}.enabled") is False]
    hidden = [f"{leg}.enabled" for leg, _, _ in legs if found.on(f"{leg}.enabled") is None]
    lacking = [
        text
        for leg, files, _ in legs
        if found.on(f"{leg}.enabled")
        for name in files
        if (text := _lacking(workload, found, f"{leg}.{name}", needed=leg == server))
    ]
    if off or lacking:
        are = "are" if len(off) > 1 else "is"
        dark = f"the properties do not turn TLS on: {' and '.join(off)} {are} not true"
        cures = [f"write {' and '.join(f'{name}=true' for name in off)} with the paths of the certificates"]
        yield manifests.wrong(
            "tls",
            workload.manifest,
            (),
            "; ".join(([dark] if off else []) + lacking),
            "; ".join(
                (cures if off else []) + (["mount the Secret of the certificate there"] if lacking else [])
            ),
        )
    elif hidden:
        yield person(
            f"{workload.manifest.title} has {' and '.join(hidden)} from {found.hidden or 'a Secret'}, "
            "which is not seen here"
        )
    else:
        yield met(f"{workload.manifest.title} is told to {' and to '.join(leg[2] for leg in legs)}")


def _lacking(workload: Workload, found: Told, name: str, needed: bool) -> str:
    """Why the file that a property names is not there; empty where it is, or where nobody knows."""
    file = found.value(name)
    if file == "" and needed and found.value(name.removesuffix("path") + "pem") == "":
        return f"TLS is on without {name}"
    if file and mounted(workload, file) is None:
        return f"{name} is {shown(file)}, where nothing is mounted"
    return ""


def _of_envoy(manifests: Manifests, workload: Workload) -> Iterator[Said]:
    variables: dict[str, str | None] = {"": None}
    for path, _ in workload.own:
        variables.update(environment(workload.manifest, path))
    said = {name: variables.get(name, variables[""]) or "" for name, _, _, _ in _ENVOY}
    off = [leg for leg in _ENVOY if UNKNOWN not in said[leg[0]] and said[leg[0]].lower() != "true"]
    bare = [
        folder
        for name, _, folder, _ in _ENVOY
        if said[name].lower() == "true" and mounted(workload, f"{folder}/ca.crt") is None
    ]
    title = workload.manifest.title
    if off or bare:
        whom = " and ".join(leg[1] for leg in off)
        problems = [f"its TLS {whom} is off"] if off else []
        problems += [f"its TLS is on, but no certificates are mounted at {folder}" for folder in bare]
        cures = [f"set {' and '.join(f'envoy.{leg[3]}' for leg in off)} to true in the values"] if off else []
        cures += ["mount the Secret of the certificates there"] if bare else []
        yield manifests.wrong("tls", workload.manifest, (), "; ".join(problems), "; ".join(cures))
    elif any(UNKNOWN in value for value in said.values()):
        yield person(f"{title} has its TLS settings from elsewhere, and they are not seen here")
    else:
        yield met(f"{title} uses TLS {' and '.join(leg[1] for leg in _ENVOY)}")


def _of_all(evidence: Evidence) -> Iterator[Said]:
    """What is wrong with key files that were given without a domain."""
    yield from _of_keys(evidence.keys)


ROWS: dict[str, Row] = {"tls": Row(RELEASE, _tls, _of_all)}
