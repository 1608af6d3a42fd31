"""What the bytes of a file hold, as plain facts: a private key, certificates, a signing request ...

ScalarDL reads PEM only, and of a private key's file the first block only, as SEC1 (`EC PRIVATE KEY`) or
unencrypted PKCS#8 (`PRIVATE KEY`). Sources: scalar-labs/scalardl, CryptoUtils.getPrivateKey (3.8.5 to 3.14);
"How to Get a Certificate" of the ScalarDL documentation (3.10 and later).
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, TypeVar

from cryptography import x509
from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID


class Kind(StrEnum):
    """What a file holds."""

    PRIVATE_KEY = "private key"
    CERTIFICATE = "certificate"
    REQUEST = "signing request"
    PUBLIC_KEY = "public key"
    NOTHING = "no key"


class Key(NamedTuple):
    """A public key, or the public part of a private one.

    `algorithm`: `EC P-256`, `RSA 2048`, `Ed25519`. `fingerprint`: the SHA-256 of its SubjectPublicKeyInfo in
    DER, in hexadecimal; empty where it cannot be known. The same as that of
    `openssl pkey -in FILE -pubout -outform DER | openssl sha256`.
    """

    algorithm: str
    fingerprint: str


UNKNOWN = Key("unknown", "")


class Signed(NamedTuple):
    """A certificate, or a signing request (which has no time and is signed by itself).

    `names`: its subjectAltName, as far as names and addresses go. `server`: whether a TLS server may use it.
    `in_order`: whether the certificate after it in the file has signed it. `intact`: whether a request's own
    signature holds.
    """

    subject: str
    key: Key
    hash: str
    names: tuple[str, ...] = ()
    begins: datetime | None = None
    ends: datetime | None = None
    authority: bool = False
    server: bool = True
    self_signed: bool = False
    in_order: bool = True
    intact: bool = True


class Contents(NamedTuple):
    """What a file holds; of a private key only what it is and its public part.

    `labels`: the labels of its PEM blocks in their order; none: the file is DER. `form`: of a private key.
    `signed`: the certificates in their order, or the one request.
    """

    kind: Kind
    key: Key
    labels: tuple[str, ...] = ()
    form: str = ""
    encrypted: bool = False
    signed: tuple[Signed, ...] = ()

    @property
    def opaque(self) -> bool:
        """Whether the key cannot be told, as in an encrypted file."""
        return self.encrypted or self.form == "OpenSSH"


class UnreadableKeyError(ValueError):
    """No key or certificate can be found in the bytes. `args`: the problem, the cure."""


_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
_FORMS = {
    "PRIVATE KEY": "PKCS#8",
    "ENCRYPTED PRIVATE KEY": "PKCS#8",
    "EC PRIVATE KEY": "SEC1",
    "RSA PRIVATE KEY": "PKCS#1",
    "OPENSSH PRIVATE KEY": "OpenSSH",
}
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "secp224r1": "P-224"}
# What the library raises for bytes that are no key or certificate.
_BROKEN = (
    ValueError,
    TypeError,
    KeyError,
    InternalError,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
# The library verifies no signature with these; that they were used is a failure of its own.
_UNVERIFIED = ("SHA-1", "MD5")
_BEGIN = re.compile(rb"^-----BEGIN ([A-Z0-9 ]{1,40})-----[ \t]*\r?$", re.MULTILINE)
# Version 3 stands at the beginning of PKCS#12 (RFC 7292), and of nothing else that is read here.
_PKCS12 = re.compile(rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83...)\x02\x01\x03", re.DOTALL)
_GIVE = "give a file with a line like -----BEGIN PRIVATE KEY----- or -----BEGIN CERTIFICATE-----"


def read(content: bytes) -> Contents:
    """What the bytes of a file hold. Raises UnreadableKeyError."""
    with warnings.catch_warnings():
        # The library warns of old algorithms, to stderr; here they are judged.
        warnings.simplefilter("ignore")
        return _pem(blocks) if (blocks := _blocks(content)) else _other(content)


def _blocks(content: bytes) -> list[tuple[str, bytes]]:
    """The PEM blocks in their order, each with its label. Text between them is skipped, as OpenSSL does."""
    found, end = [], 0
    for begin in _BEGIN.finditer(content):
        if begin.start() >= end:
            last = b"-----END %b-----" % begin[1]
            at = content.find(last, begin.end())
            if at < 0:
                raise UnreadableKeyError(
                    f"a PEM block {_text(begin[1])} without its END line: the file is cut off",
                    "copy it again, whole",
                )
            end = at + len(last)
            found.append((_text(begin[1]), content[begin.start() : end] + b"\n"))
    return found


def _pem(blocks: list[tuple[str, bytes]]) -> Contents:
    labels = tuple(label for label, _ in blocks)
    first = dict(reversed(blocks))
    private = next((label for label in labels if label.endswith("PRIVATE KEY")), None)
    try:
        if private:
            key, encrypted = _private(private, first[private])
            return Contents(Kind.PRIVATE_KEY, key, labels, _FORMS.get(private, ""), encrypted)
        if "CERTIFICATE" in first:
            chain = [
                x509.load_pem_x509_certificate(block) for label, block in blocks if label == "CERTIFICATE"
            ]
            return _certificates(chain, labels)
        for label in ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"):
            if label in first:
                return _request(x509.load_pem_x509_csr(first[label]), labels)
        if "PUBLIC KEY" in first:
            return _public(load_pem_public_key, first["PUBLIC KEY"], labels)
    except _BROKEN:
        raise UnreadableKeyError(
            "damaged: its PEM block holds no key or certificate that can be read", "copy it again, whole"
        ) from None
    raise UnreadableKeyError(f"PEM of {', '.join(dict.fromkeys(labels))}: no key or certificate", _GIVE)


def _private(label: str, block: bytes) -> tuple[Key, bool]:
    """The key's public part, and whether it is encrypted. Raises ValueError."""
    if label == "ENCRYPTED PRIVATE KEY" or b"Proc-Type: 4,ENCRYPTED" in block:
        return UNKNOWN, True
    if label == "OPENSSH PRIVATE KEY":
        return UNKNOWN, False
    try:
        return _known(load_pem_private_key(block, None).public_key()), False
    except UnsupportedAlgorithm:
        return UNKNOWN, False


def _public(
    load: Callable[[bytes], PublicKeyTypes], encoded: bytes, labels: tuple[str, ...] = ()
) -> Contents:
    try:
        return Contents(Kind.PUBLIC_KEY, _known(load(encoded)), labels)
    except UnsupportedAlgorithm:
        return Contents(Kind.PUBLIC_KEY, UNKNOWN, labels)


def _other(content: bytes) -> Contents:
    """DER, or nothing of use. Raises UnreadableKeyError."""
    if not content.strip():
        raise UnreadableKeyError("empty", _GIVE)
    if content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        raise UnreadableKeyError("text in UTF-16 or with a byte order mark", "save it as plain ASCII")
    if _PKCS12.match(content):
        return Contents(Kind.PRIVATE_KEY, UNKNOWN, form="PKCS#12", encrypted=True)
    for reader in (_private_der, _certificate_der, _request_der, _public_der):
        try:
            return reader(content)
        except _BROKEN:
            continue
    raise UnreadableKeyError("neither PEM nor DER", _GIVE)


def _private_der(content: bytes) -> Contents:
    try:
        return Contents(Kind.PRIVATE_KEY, _known(load_der_private_key(content, None).public_key()))
    except TypeError:
        return Contents(Kind.PRIVATE_KEY, UNKNOWN, encrypted=True)
    except UnsupportedAlgorithm:
        return Contents(Kind.PRIVATE_KEY, UNKNOWN)


def _certificate_der(content: bytes) -> Contents:
    return _certificates([x509.load_der_x509_certificate(content)])


def _request_der(content: bytes) -> Contents:
    return _request(x509.load_der_x509_csr(content))


def _public_der(content: bytes) -> Contents:
    return _public(load_der_public_key, content)


def _certificates(chain: list[x509.Certificate], labels: tuple[str, ...] = ()) -> Contents:
    ordered = [_signed_by(one, following) for one, following in pairwise(chain)]
    signed = tuple(
        _certificate(certificate, in_order)
        for certificate, in_order in zip(chain, [*ordered, True], strict=True)
    )
    return Contents(Kind.CERTIFICATE, signed[0].key, labels, signed=signed)


def _certificate(certificate: x509.Certificate, in_order: bool) -> Signed:
    extensions = certificate.extensions
    constraints = _extension(extensions, x509.BasicConstraints)
    usage = _extension(extensions, x509.KeyUsage)
    extended = _extension(extensions, x509.ExtendedKeyUsage)
    uses = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
    return Signed(
        subject=certificate.subject.rfc4514_string(),
        key=_known_in(certificate),
        hash=_hash(certificate),
        names=_names(extensions),
        begins=certificate.not_valid_before_utc,
        ends=certificate.not_valid_after_utc,
        # `openssl req -x509` marks every certificate as an authority's, but gives no key usage.
        authority=bool(constraints and constraints.ca and usage and usage.key_cert_sign),
        server=extended is None or any(use in extended for use in uses),
        self_signed=certificate.subject == certificate.issuer and _signed_by(certificate, certificate),
        in_order=in_order,
    )


def _request(request: x509.CertificateSigningRequest, labels: tuple[str, ...] = ()) -> Contents:
    key = _known_in(request)
    signed = Signed(
        subject=request.subject.rfc4514_string(),
        key=key,
        hash=_hash(request),
        names=_names(request.extensions),
        intact=key == UNKNOWN or _hash(request) in _UNVERIFIED or request.is_signature_valid,
    )
    return Contents(Kind.REQUEST, key, labels, signed=(signed,))


def _extension(extensions: x509.Extensions, sort: type[_Extension]) -> _Extension | None:
    try:
        return extensions.get_extension_for_class(sort).value
    except x509.ExtensionNotFound:
        return None


def _names(extensions: x509.Extensions) -> tuple[str, ...]:
    found = _extension(extensions, x509.SubjectAlternativeName)
    if found is None:
        return ()
    addresses = found.get_values_for_type(x509.IPAddress)
    return (*found.get_values_for_type(x509.DNSName), *map(str, addresses))


def _signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if _hash(certificate) in _UNVERIFIED:
        return certificate.issuer == issuer.subject
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _hash(signed: x509.Certificate | x509.CertificateSigningRequest) -> str:
    try:
        algorithm = signed.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return f"an unknown algorithm ({signed.signature_algorithm_oid.dotted_string})"
    if algorithm is None:
        return "an algorithm without a hash of its own"
    return algorithm.name.upper().replace("SHA", "SHA-", 1).replace("SHA-3-", "SHA3-")


def _known_in(signed: x509.Certificate | x509.CertificateSigningRequest) -> Key:
    try:
        return _known(signed.public_key())
    except UnsupportedAlgorithm:
        return UNKNOWN


def _known(key: PublicKeyTypes | CertificatePublicKeyTypes) -> Key:
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Key(_algorithm(key), hashlib.sha256(encoded).hexdigest())


def _algorithm(key: PublicKeyTypes | CertificatePublicKeyTypes) -> str:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {_CURVES.get(key.curve.name, key.curve.name)}"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    return type(key).__name__.removeprefix("_").removesuffix("PublicKey")


def _text(label: bytes) -> str:
    return label.decode("ascii")
