"""New keys with a self-signed certificate or a signing request, and writing them to a folder, all or nothing.

The private key is ECDSA on P-256 in unencrypted PEM: PKCS#8, which Ledger, Auditor, the Java client, gRPC and
Envoy read; or SEC1, which the Go client wants, and the documentation of the releases before 3.10. Signatures
are with SHA-256. Sources: "How to Get a Certificate" of the ScalarDL documentation (SEC1 or PKCS#8; ECDSA;
P-256; SHA256; self-signed will do); scalar-labs/scalardl, CryptoUtils.getPrivateKey (3.8.5 to 3.14: both);
scalar-labs/scalardl-go-client-sdk, crypto/ecdsa_sha256.go (SEC1 only); netty/netty pull request 12670 (gRPC's
netty reads PKCS#8, and other forms only with Bouncy Castle).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from generator.keys.names import Purpose, in_shell


class Form(StrEnum):
    """How a private key is written."""

    PKCS8 = "pkcs8"
    SEC1 = "sec1"


@dataclass(frozen=True)
class Wanted:
    """What to make: `days` of a self-signed certificate; none: a signing request instead.

    `names`: the subjectAltName of a TLS certificate.
    """

    holder: str
    purpose: Purpose
    subject: x509.Name
    names: tuple[x509.GeneralName, ...] = ()
    days: int | None = None
    form: Form = Form.PKCS8


@dataclass(frozen=True)
class NewFile:
    """A file to write. Its content is left out of its repr: it may be a private key."""

    name: str
    content: bytes = field(repr=False)
    mode: int


class NotWrittenError(Exception):
    """Nothing was written. The text: what, why, cure."""


# How far the clocks of two machines may differ.
_SKEW = timedelta(minutes=5)
_FORMS = {Form.PKCS8: PrivateFormat.PKCS8, Form.SEC1: PrivateFormat.TraditionalOpenSSL}
_ONLY_OWNER = 0o600
_EVERYONE = 0o644


def make(wanted: Wanted, now: datetime) -> tuple[NewFile, NewFile]:
    """A new private key's file, and that of its certificate (valid from `now`) or request.

    Raises ValueError where X.509 has no place for the subject or a name, OverflowError for too many days.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, _FORMS[wanted.form], NoEncryption())
    signed = _request(wanted, key) if wanted.days is None else _certificate(wanted, key, now, wanted.days)
    stem = wanted.holder + ("-tls" if wanted.purpose is Purpose.TLS else "")
    sort = "request" if wanted.days is None else "certificate"
    return (
        NewFile(f"{stem}-private-key.pem", private, _ONLY_OWNER),
        NewFile(f"{stem}-{sort}.pem", signed, _EVERYONE),
    )


def write(folder: Path, files: Sequence[NewFile]) -> None:
    """Write all files, or none of them. Raises NotWrittenError.

    Each is made by this call, with its mode from the first byte on: nothing that stands there is followed or
    overwritten. A umask can take permissions away, never add any.
    """
    made: list[Path] = []
    path = folder
    try:
        with ExitStack() as streams:
            opened = []
            for file in files:
                path = folder / file.name
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, file.mode)
                made.append(path)
                opened.append(
                    (path, streams.enter_context(os.fdopen(descriptor, "wb", buffering=0)), file.content)
                )
            for path, stream, content in opened:
                if stream.write(content) != len(content):
                    raise NotWrittenError(
                        f"{path}: cut off while it was written; nothing was kept; make room on the disk"
                    )
                os.fsync(stream.fileno())
    except BaseException as error:
        for each in made:
            with suppress(OSError):
                each.unlink()
        if isinstance(error, OSError):
            raise NotWrittenError(_reason(path, error)) from None
        raise


_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def _reason(path: Path, error: OSError) -> str:
    folder = path.parent
    if isinstance(error, FileExistsError):
        if path.is_symlink():
            return (
                f"{path}: a symbolic link is in the way; none is followed; remove it, or give another --out"
            )
        return (
            f"{path}: exists already, and no key is overwritten; move it away, or give another NAME or --out"
        )
    if isinstance(error, FileNotFoundError):
        return (
            f"{folder}: no such folder, and none is made for keys unasked; make it: "
            f"mkdir -p -m 700 {in_shell(str(folder))}"
        )
    if isinstance(error, NotADirectoryError):
        return f"{folder}: not a folder; give a folder with --out"
    return f"{path}: cannot be written ({error.strerror}); give a folder with --out that you may write to"


def _request(wanted: Wanted, key: ec.EllipticCurvePrivateKey) -> bytes:
    builder = x509.CertificateSigningRequestBuilder(wanted.subject)
    for extension, critical in _extensions(wanted):
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _certificate(wanted: Wanted, key: ec.EllipticCurvePrivateKey, now: datetime, days: int) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(wanted.subject)
        .issuer_name(wanted.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    for extension, critical in _extensions(wanted):
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _extensions(wanted: Wanted) -> list[tuple[x509.ExtensionType, bool]]:
    """The extensions and whether each is critical (RFC 5280, 4.2.1)."""
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (usage, True),
    ]
    if wanted.purpose is Purpose.TLS:
        extensions += [
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.SubjectAlternativeName(wanted.names), False),
        ]
    return extensions
