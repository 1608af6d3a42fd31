"""The certificates of a control plane that lives for one run: an authority, the servers', the clients'."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Client -> (user, group), as Kubernetes' own bootstrap roles know them.
CLIENTS = {
    "admin": ("prover", "system:masters"),
    "scheduler": ("system:kube-scheduler", ""),
    "controller-manager": ("system:kube-controller-manager", ""),
}


def write(folder: Path) -> None:
    """Writes ca.crt, server.crt and .key, one pair per client, and service-accounts.key into the folder.

    What serves has 127.0.0.1 as its name. They hold for two hours: no run lasts longer.
    """
    authority = ec.generate_private_key(ec.SECP256R1())
    issuer = _name("prove-authority", "")
    root = _certificate(issuer, authority, issuer, authority, authority=True)
    _write(folder / "ca.crt", root.public_bytes(serialization.Encoding.PEM))
    for file, (user, group) in {"server": ("127.0.0.1", ""), **CLIENTS}.items():
        key = ec.generate_private_key(ec.SECP256R1())
        made = _certificate(_name(user, group), key, issuer, authority, authority=False)
        _write(folder / f"{file}.crt", made.public_bytes(serialization.Encoding.PEM))
        _write(folder / f"{file}.key", _pem(key))
    _write(folder / "service-accounts.key", _pem(ec.generate_private_key(ec.SECP256R1())))


def _name(user: str, group: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, user)]
    if group:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, group))
    return x509.Name(parts)


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    signing: ec.EllipticCurvePrivateKey,
    authority: bool,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    both = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=2))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
        .add_extension(loopback, critical=False)
        .add_extension(both, critical=False)
        .sign(signing, hashes.SHA256())
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    # Kubernetes reads the key of service accounts in this older form as well as in PKCS 8.
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
