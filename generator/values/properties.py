"""The properties of Ledger, Auditor and the schema loader. Credentials come from the environment.

Source: the configuration references of ScalarDL 3.13 and ScalarDB. `${env:NAME}` is resolved by the
product itself, so no credential is ever in a file; the charts set HELM_SCALAR_DB_USERNAME and
HELM_SCALAR_DB_PASSWORD from `existingSecret`, and the rest comes from `secretName`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from profiles.models import Domain, Product, Profile
from profiles.product import Database

LICENCE_KEY = "SCALAR_DL_LICENSE_KEY"
LICENCE_CERTIFICATE = "SCALAR_DL_LICENSE_CHECK_CERT_PEM"
HMAC_CIPHER_KEY = "SCALAR_DL_HMAC_CIPHER_KEY"
HMAC_SECRET_KEY = "SCALAR_DL_HMAC_SECRET_KEY"  # noqa: S105 -- the name of a variable
KEYS_FOLDER = "/keys"
_VARIABLE = re.compile(r"\$\{env:(\w+)")

_ASCII_END = 0x7F

_Property = tuple[str, str]
_Section = tuple[str, tuple[_Property, ...]]


def of_product(profile: Profile, product: Product) -> str:
    """The text of ledger.properties or auditor.properties."""
    domain = profile.domain(product)
    own = _ledger(profile) if product == "ledger" else _auditor(profile)
    sections: list[_Section] = [
        ("Database", tuple(_database(domain.database))),
        ("Proofs and Auditor" if product == "ledger" else "Ledger, and who Auditor is", tuple(own)),
        ("Encryption", tuple(_tls(domain, product))),
        ("Licence", tuple(_licence(domain))),
        ("More", tuple(domain.properties.items())),
    ]
    return _text(sections)


def of_loader(domain: Domain) -> str:
    """The text of the schema loader's database.properties: where the product looks for its tables."""
    more = ((name, value) for name, value in domain.properties.items() if name.startswith("scalar.db."))
    return _text([("Database", (*_database(domain.database), *more))])


def environment(profile: Profile, product: Product) -> tuple[str, ...]:
    """The variables that the Secret `secrets.environment` holds; none: it is not needed."""
    domain = profile.domain(product)
    names: tuple[str, ...] = ()
    if domain.authentication.method == "hmac":
        names += (HMAC_CIPHER_KEY,)
        if profile.auditor_mode:
            names += (HMAC_SECRET_KEY,)
    if domain.licensed:
        names += (LICENCE_KEY, LICENCE_CERTIFICATE)
    own = (name for value in domain.properties.values() for name in _VARIABLE.findall(value))
    return tuple(dict.fromkeys((*names, *own)))


def _database(database: Database) -> Iterator[_Property]:
    yield "scalar.db.storage", database.storage
    points = {
        "dynamo": database.region,
        "cosmos": database.uri,
        "jdbc": database.url,
        "cassandra": ",".join(database.hosts or ()),
    }
    yield "scalar.db.contact_points", points[database.storage] or ""
    if database.port is not None:
        yield "scalar.db.contact_port", str(database.port)
    if database.storage != "cosmos":  # its key is the password; there is no user
        yield "scalar.db.username", _from_environment("HELM_SCALAR_DB_USERNAME")
    yield "scalar.db.password", _from_environment("HELM_SCALAR_DB_PASSWORD")
    if database.pool_size is not None:
        yield "scalar.db.jdbc.connection_pool.max_total", str(database.pool_size)


def _ledger(profile: Profile) -> Iterator[_Property]:
    hmac = profile.ledger.authentication.method == "hmac"
    yield "scalar.dl.ledger.proof.enabled", str(profile.asset_proof).lower()
    if profile.auditor_mode:
        yield "scalar.dl.ledger.auditor.enabled", "true"
    if hmac:
        yield from _hmac("ledger", profile)
        return
    if profile.asset_proof:
        yield "scalar.dl.ledger.proof.private_key_path", f"{KEYS_FOLDER}/private-key"
    auditor = profile.auditor
    if profile.auditor_mode and auditor.certificate_holder:
        yield "scalar.dl.ledger.auditor.cert_holder_id", auditor.certificate_holder
        yield "scalar.dl.ledger.auditor.cert_version", str(auditor.certificate_version)


def _auditor(profile: Profile) -> Iterator[_Property]:
    auditor = profile.auditor
    yield "scalar.dl.auditor.ledger.host", profile.ledger.address
    if auditor.authentication.method == "hmac":
        yield from _hmac("auditor", profile)
        return
    yield "scalar.dl.auditor.cert_holder_id", auditor.certificate_holder or ""
    yield "scalar.dl.auditor.cert_version", str(auditor.certificate_version)
    yield "scalar.dl.auditor.cert_path", f"{KEYS_FOLDER}/certificate"
    yield "scalar.dl.auditor.private_key_path", f"{KEYS_FOLDER}/private-key"


def _hmac(product: Product, profile: Profile) -> Iterator[_Property]:
    yield f"scalar.dl.{product}.authentication.method", "hmac"
    yield f"scalar.dl.{product}.authentication.hmac.cipher_key", _from_environment(HMAC_CIPHER_KEY)
    if profile.auditor_mode:
        yield (
            f"scalar.dl.{product}.servers.authentication.hmac.secret_key",
            _from_environment(HMAC_SECRET_KEY),
        )


def _tls(domain: Domain, product: Product) -> Iterator[_Property]:
    if domain.tls.mode == "none":
        return
    certificates = f"/tls/scalardl-{product}/certs"
    yield f"scalar.dl.{product}.server.tls.enabled", "true"
    yield f"scalar.dl.{product}.server.tls.cert_chain_path", f"{certificates}/tls.crt"
    yield f"scalar.dl.{product}.server.tls.private_key_path", f"{certificates}/tls.key"
    if product == "auditor":
        yield "scalar.dl.auditor.tls.enabled", "true"
        yield "scalar.dl.auditor.tls.ca_root_cert_path", "/tls/scalardl-ledger/certs/ca.crt"


def _licence(domain: Domain) -> Iterator[_Property]:
    if domain.licensed:
        yield "scalar.dl.licensing.license_key", _from_environment(LICENCE_KEY)
        yield "scalar.dl.licensing.license_check_cert_pem", _from_environment(LICENCE_CERTIFICATE)


def _from_environment(name: str) -> str:
    return f"${{env:{name}}}"


def _text(sections: list[_Section]) -> str:
    stated = [(title, properties) for title, properties in sections if properties]
    texts = (
        f"# {title}\n" + "".join(f"{name}={_escaped(value)}\n" for name, value in properties)
        for title, properties in stated
    )
    return "\n".join(texts)


def _escaped(value: str) -> str:
    # java.util.Properties drops a backslash and reads Latin-1; the start script's template reads {{.
    escaped = value.replace("\\", "\\\\").replace("{{", '{{ "{{" }}')
    units = escaped.encode("utf-16-be")
    codes = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return "".join(chr(code) if code < _ASCII_END else f"\\u{code:04x}" for code in codes)
