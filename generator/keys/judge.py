"""Whether one key, certificate or signing request is what ScalarDL needs.

Requirements: pki-parameters (ECDSA on P-256 with SHA-256, for digital signatures), ledger-keys-secret (the
private key is one that ScalarDL can read, and only its holder can), tls. Sources beside the checklist:
"How to Get a Certificate" of the ScalarDL documentation (SEC1 or PKCS#8; no date of a certificate for
digital signatures is looked at, so there a date is only warned of) and "How to Create Private Key and
Certificate Files for TLS Connections" (RSA or ECDSA); scalar-labs/scalardl, CryptoUtils.getPrivateKey (the
first PEM block only).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from generator.keys.contents import UNKNOWN, Contents, Key, Kind, Signed, UnreadableKeyError, read
from generator.keys.names import Owner, Purpose, in_shell, names_authority, owner, purpose, shown


class Level(StrEnum):
    """How much a finding weighs: a failure does not do, a warning may, a note is for information."""

    FAILURE = "failure"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """What is found of a file: what is wrong and why, the cure, the requirement's id (a note lacks both)."""

    file: str
    level: Level
    requirement: str
    problem: str
    cure: str = ""

    def __str__(self) -> str:
        """One line: `FILE: what; why; cure [requirement]`."""
        level = "" if self.level is Level.FAILURE else f"{self.level}: "
        tail = f"; {self.cure}" if self.cure else ""
        row = f" [{self.requirement}]" if self.requirement else ""
        return shown(f"{self.file}: {level}{self.problem}{tail}{row}")


@dataclass(frozen=True)
class Judged:
    """One file: whose it is and for what, what it holds, and what is found of it.

    `authority`: it holds a certificate authority's certificate, which many may have.
    """

    name: str
    owner: Owner
    purpose: Purpose
    contents: Contents
    authority: bool = False
    findings: tuple[Finding, ...] = ()


def judge(name: str, content: bytes, mode: int | None, now: datetime, use: Purpose | None = None) -> Judged:
    """Judge the content of one file at the time `now` (with its time zone).

    `name` says whose key it is (see `names.owner`) and, without `use`, what it is for. `mode`: the file's
    permissions; None where it has none, as the keys of a Secret.
    """
    use = use or purpose(name)
    made = "pki-parameters" if use is Purpose.PROOF else "tls"
    try:
        contents = read(content)
    except UnreadableKeyError as error:
        problem, cure = error.args
        contents = Contents(Kind.NOTHING, UNKNOWN)
        finding = Finding(name, Level.FAILURE, made, problem, cure)
        return Judged(name, owner(name), use, contents, findings=(finding,))
    signed, private = contents.signed, contents.kind is Kind.PRIVATE_KEY
    stored = "ledger-keys-secret" if private and use is Purpose.PROOF else made
    authority = contents.kind is Kind.CERTIFICATE and (names_authority(name) or signed[0].authority)
    found = [(stored, each) for each in (*_closed(name, contents, mode), *_readable(name, contents, use))]
    if not authority and not contents.opaque:
        found += [(made, each) for each in _algorithm(contents.key, use)]
    for place, one in enumerate(signed, 1):
        which = f"certificate {place} of {len(signed)}: " if len(signed) > 1 else ""
        trusted = one.self_signed and (authority or place > 1)
        for level, problem, cure in (
            *(() if trusted else _signature(one, use)),
            *_time(one, use, now),
        ):
            found.append((made, (level, which + problem, cure)))
    if use is Purpose.TLS and signed and not authority:
        found += [(made, each) for each in (*_order(signed), *_server(signed[0], contents.kind))]
    findings = tuple(Finding(name, level, row, problem, cure) for row, (level, problem, cure) in found)
    return Judged(name, owner(name), use, contents, authority, findings)


# Level, problem, cure: a finding that does not know yet of which file it is.
_Found = Iterator[tuple[Level, str, str]]
_ANEW = "make a new one: scalardl-gen keys new NAME"
_SOON = timedelta(days=30)
_LEAST_RSA = 2048
_TLS_CURVES = ("EC P-256", "EC P-384", "EC P-521")
_HASHES = {Purpose.PROOF: ("SHA-256",), Purpose.TLS: ("SHA-256", "SHA-384", "SHA-512")}
_READS = {
    Kind.PRIVATE_KEY: "pkey",
    Kind.CERTIFICATE: "x509",
    Kind.REQUEST: "req",
    Kind.PUBLIC_KEY: "pkey -pubin",
}


def _closed(name: str, contents: Contents, mode: int | None) -> _Found:
    """Whether nobody but its owner can read the private key."""
    if contents.kind is Kind.PRIVATE_KEY and mode is not None and mode & 0o077:
        yield (
            Level.FAILURE,
            f"open to others than its owner (mode {mode & 0o777:04o}); who has the key signs as its holder",
            f"close it (and make a new key if others were on that machine): chmod 600 {in_shell(name)}",
        )


def _readable(name: str, contents: Contents, use: Purpose) -> _Found:
    """Whether ScalarDL reads what the file holds, and only what it should."""
    file, new = in_shell(name), in_shell(f"{name}.new")
    labels, kind = contents.labels, contents.kind
    proof = use is Purpose.PROOF
    alone = f"openssl pkey -in {file} -out {new}"
    if contents.form == "PKCS#12":
        cure = f"take the key out: openssl pkcs12 -in {file} -nocerts -nodes -out {new}"
        yield Level.FAILURE, "PKCS#12; ScalarDL reads PEM", cure
    elif contents.form == "OpenSSH":
        cure = f"convert it in its place: ssh-keygen -p -N '' -m PKCS8 -f {file}"
        yield Level.FAILURE, "OpenSSH's own form; ScalarDL reads PKCS#8 and SEC1", cure
    elif contents.encrypted:
        form = "" if labels else "-inform DER "
        cure = f"decrypt it: openssl pkey {form}-in {file} -out {new}"
        yield Level.FAILURE, "encrypted; ScalarDL has no setting for a passphrase", cure
    elif not labels:
        cure = f"convert it: openssl {_READS[kind]} -inform DER -in {file} -out {in_shell(f'{name}.pem')}"
        yield Level.FAILURE, "DER; ScalarDL reads PEM", cure
    elif kind is not Kind.PRIVATE_KEY:
        return
    elif "CERTIFICATE" in labels:
        why = "a private key and a certificate in one file; a certificate's file is handed out, key and all"
        yield Level.FAILURE if proof else Level.WARNING, why, f"keep the key apart: {alone}"
    elif proof and not labels[0].endswith("PRIVATE KEY"):
        why = f"{labels[0]} stands before the key; ScalarDL reads the first PEM block only"
        yield Level.FAILURE, why, f"write the key alone: {alone}"
    elif sum(label.endswith("PRIVATE KEY") for label in labels) > 1:
        why = "more than one private key; only the first counts"
        yield Level.WARNING, why, f"write it alone: {alone}"
    elif contents.form == "SEC1" and not proof:
        why = "a SEC1 key; gRPC by itself reads PKCS#8 only (ScalarDL's reads both, by Bouncy Castle)"
        yield Level.NOTE, why, f"to be safe, convert it: {alone}"


def _algorithm(key: Key, use: Purpose) -> _Found:
    sort, _, size = key.algorithm.partition(" ")
    named = (
        f"its key is {key.algorithm}" if key.fingerprint else "its key's algorithm or curve is unknown here"
    )
    if use is Purpose.PROOF:
        if key.algorithm != "EC P-256":
            yield Level.FAILURE, f"{named}; ScalarDL signs with ECDSA on P-256", _ANEW
    elif sort == "RSA" and int(size) < _LEAST_RSA:
        yield Level.FAILURE, f"{named}; too short to be safe", _ANEW + " --for tls"
    elif sort != "RSA" and key.algorithm not in _TLS_CURVES:
        yield (
            Level.FAILURE,
            f"{named}; for TLS ScalarDL takes RSA, and ECDSA on a NIST curve",
            _ANEW + " --for tls",
        )


def _signature(signed: Signed, use: Purpose) -> _Found:
    if signed.hash not in _HASHES[use]:
        why = f"signed with {signed.hash}; it must be {' or '.join(_HASHES[use])}"
        yield Level.FAILURE, why, "have it signed with SHA-256"
    if not signed.intact:
        why = "its own signature does not hold; it was changed, or not made with its key"
        yield Level.FAILURE, why, "make it again: openssl req -new -key KEY -out REQUEST"


def _time(signed: Signed, use: Purpose, now: datetime) -> _Found:
    if signed.begins is None or signed.ends is None:
        return
    level, why = (Level.WARNING, "ScalarDL itself does not look at the date, others do")
    if use is Purpose.TLS:
        level, why = (Level.FAILURE, "no TLS connection is made with it")
    if now < signed.begins:
        yield level, f"not valid before {_day(signed.begins)}; {why}", "use it from then on, or set the clock"
    if now > signed.ends:
        yield level, f"expired on {_day(signed.ends)}; {why}", "have it issued anew"
    elif signed.ends - now <= _SOON:
        yield Level.WARNING, f"expires on {_day(signed.ends)}; {why} after that", "have it issued anew"


def _day(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _order(chain: tuple[Signed, ...]) -> _Found:
    for place, one in enumerate(chain, 1):
        if not one.in_order:
            yield (
                Level.FAILURE,
                f"certificate {place} of {len(chain)} is not signed by the next; TLS sends them in order",
                "write the server's certificate first, then the one that signed it, and so on",
            )


def _server(signed: Signed, kind: Kind) -> _Found:
    """Whether a TLS server can use it. A request may still be given what it lacks by who signs it."""
    level = Level.WARNING if kind is Kind.REQUEST else Level.FAILURE
    if not signed.names:
        why = "no subjectAltName; clients look there for the host's name, and nowhere else"
        yield level, why, f"{_ANEW} --for tls --dns HOST"
    elif "localhost" not in signed.names:
        why = "localhost is not among its subjectAltName; the charts' probes connect to it"
        yield Level.WARNING, why, "add the name, or set tls.overrideAuthority to one that is there"
    if not signed.server:
        why = "its extended key usage has no serverAuth; clients refuse it"
        yield level, why, "have it issued for servers"
    if signed.self_signed:
        why = "self-signed; the ScalarDL documentation advises against it in production"
        yield Level.WARNING, why, "have an authority sign it: scalardl-gen keys new NAME --for tls --csr"
