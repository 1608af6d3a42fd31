"""Key and certificate files for cases: a file's name, and what it holds.

A recipe names a sort of key, and then words: `p256 shared` is the same key in each file with that sort and
that word (also in a certificate), `p256 certificate` is a certificate of it for a year. `text TEXT` is TEXT.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_SORTS: dict[str, Callable[[], Private]] = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
}


def write_keys(wanted: Mapping[str, str], folder: Path) -> None:
    """Write the files below `folder`, readable by their owner alone."""
    shared: dict[str, Private] = {}
    for name, recipe in wanted.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_content(recipe, shared))
        file.chmod(0o600)


def pem(key: Private) -> bytes:
    """The private key as PKCS#8 in PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _content(recipe: str, shared: dict[str, Private]) -> bytes:
    sort, _, rest = recipe.partition(" ")
    if sort == "text":
        return rest.encode()
    words = set(rest.split())
    assert sort in _SORTS, f"no sort of key: {sort}"
    assert words <= {"shared", "certificate"}, f"no recipe for keys: {recipe}"
    key = shared.setdefault(sort, _SORTS[sort]()) if "shared" in words else _SORTS[sort]()
    return certificate(key) if "certificate" in words else pem(key)


def certificate(key: Private) -> bytes:
    """A certificate of the key, signed by itself with SHA-256, for a year from yesterday on."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example")])
    begins = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=366))
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM)
