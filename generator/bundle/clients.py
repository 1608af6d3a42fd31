"""Properties of ScalarDL's clients: of an application, and of a product that registers its certificate.

Source: the client configurations of ScalarDL 3.13.
"""

from __future__ import annotations

from collections.abc import Iterator

from profiles.domains import OTHER
from profiles.models import Product, Profile
from profiles.scalardl import PORTS

_SERVER: dict[Product, str] = {"ledger": "scalar.dl.client.server", "auditor": "scalar.dl.client.auditor"}
_TLS: dict[Product, str] = {"ledger": "scalar.dl.client.tls", "auditor": "scalar.dl.client.auditor.tls"}
_IDENTITY = "scalar.dl.client.entity.identity"
# Under which names Auditor knows Ledger, where its properties do not say otherwise.
_LEDGER_HOLDER, _LEDGER_VERSION = (
    "scalar.dl.auditor.ledger.cert_holder_id",
    "scalar.dl.auditor.ledger.cert_version",
)


def holder(profile: Profile, product: Product) -> tuple[str, str]:
    """Under which id and version the other side looks for the product's certificate."""
    auditor = profile.auditor
    if product == "auditor":
        return auditor.certificate_holder or "", str(auditor.certificate_version)
    stated = auditor.properties
    return stated.get(_LEDGER_HOLDER, "ledger"), stated.get(_LEDGER_VERSION, "1")


def authority_file(profile: Profile, product: Product) -> str:
    """The file in which a domain keeps the certificate of its Envoy's authority."""
    return "ca.crt" if profile.domain(product).tls.mode == "secrets" else f"{product}-envoy-ca.crt"


def of_product(profile: Profile, product: Product) -> str:
    """Of a product that registers its certificate with both sides; files are in the folder for keys."""
    name, version = holder(profile, product)
    authorities = {
        product: authority_file(profile, product),
        OTHER[product]: f"from-{OTHER[product]}-ca.crt",
    }
    identity = _signing(name, version, product)
    return _text([*_servers(profile, authorities), *identity])


def of_application(profile: Profile) -> str:
    """Of an application; NAME is its own."""
    identity: Iterator[tuple[str, str]] = _signing("NAME", "1", "NAME")
    if profile.ledger.authentication.method == "hmac":
        identity = iter(
            (
                ("scalar.dl.client.authentication.method", "hmac"),
                ("scalar.dl.client.entity.id", "NAME"),
                (f"{_IDENTITY}.hmac.secret_key", "SECRET-KEY-OF-NAME"),
            )
        )
    authorities: dict[Product, str] = {"ledger": "ledger-ca.crt", "auditor": "auditor-ca.crt"}
    return _text([*_servers(profile, authorities), *identity])


def _servers(profile: Profile, authorities: dict[Product, str]) -> Iterator[tuple[str, str]]:
    yield from _server(profile, "ledger", authorities["ledger"])
    if profile.auditor_mode:
        yield f"{_SERVER['auditor']}.enabled", "true"
        yield from _server(profile, "auditor", authorities["auditor"])


def _server(profile: Profile, product: Product, authority: str) -> Iterator[tuple[str, str]]:
    domain, ports = profile.domain(product), PORTS[product]
    yield f"{_SERVER[product]}.host", domain.address
    yield f"{_SERVER[product]}.port", str(ports.client)
    yield f"{_SERVER[product]}.privileged_port", str(ports.privileged)
    if domain.tls.mode != "none":
        yield f"{_TLS[product]}.enabled", "true"
        yield f"{_TLS[product]}.ca_root_cert_path", authority


def _signing(name: str, version: str, files: str) -> Iterator[tuple[str, str]]:
    yield "scalar.dl.client.entity.id", name
    yield f"{_IDENTITY}.digital_signature.cert_path", f"{files}-certificate.pem"
    yield f"{_IDENTITY}.digital_signature.cert_version", version
    yield f"{_IDENTITY}.digital_signature.private_key_path", f"{files}-private-key.pem"


def _text(stated: list[tuple[str, str]]) -> str:
    # java.util.Properties takes a backslash for the start of an escape.
    return "\n".join(f"{name}={value}" for name, value in stated).replace("\\", "\\\\")
