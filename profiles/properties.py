"""The properties that a profile may not state by hand: what its own keys set, secrets, another's.

Source: the configuration references of ScalarDL 3.13 and ScalarDB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from profiles.contradiction import Contradiction, Path, no
from profiles.models import DOMAINS, Domain, Product

_DATABASE = {
    "scalar.db.storage": "{}.database.storage",
    "scalar.db.contact_points": "{}.database",
    "scalar.db.contact_port": "{}.database.port",
    "scalar.db.username": "{}.secrets.database",
    "scalar.db.password": "{}.secrets.database",
    "scalar.db.jdbc.connection_pool.max_total": "{}.database.poolSize",
    "scalar.dl.licensing.": "{}.licensed",
}
# A property, or with a dot at its end all below it; and the key of the profile that sets it.
SET_BY: dict[Product, dict[str, str]] = {
    "ledger": {
        **_DATABASE,
        "scalar.dl.ledger.proof.enabled": "assetProof",
        "scalar.dl.ledger.proof.private_key_path": "ledger.secrets.keys",
        "scalar.dl.ledger.proof.private_key_pem": "ledger.secrets.keys",
        "scalar.dl.ledger.auditor.enabled": "auditorMode",
        "scalar.dl.ledger.auditor.cert_holder_id": "auditor.certificateHolder",
        "scalar.dl.ledger.auditor.cert_version": "auditor.certificateVersion",
        "scalar.dl.ledger.authentication.method": "authentication.method",
        "scalar.dl.ledger.authentication.hmac.": "ledger.secrets.environment",
        "scalar.dl.ledger.servers.authentication.hmac.": "ledger.secrets.environment",
        "scalar.dl.ledger.server.tls.": "tls",
    },
    "auditor": {
        **_DATABASE,
        "scalar.dl.auditor.ledger.host": "ledger.address",
        "scalar.dl.auditor.cert_holder_id": "auditor.certificateHolder",
        "scalar.dl.auditor.cert_version": "auditor.certificateVersion",
        "scalar.dl.auditor.cert_path": "auditor.secrets.keys",
        "scalar.dl.auditor.cert_pem": "auditor.secrets.keys",
        "scalar.dl.auditor.private_key_path": "auditor.secrets.keys",
        "scalar.dl.auditor.private_key_pem": "auditor.secrets.keys",
        "scalar.dl.auditor.authentication.method": "authentication.method",
        "scalar.dl.auditor.authentication.hmac.": "auditor.secrets.environment",
        "scalar.dl.auditor.servers.authentication.hmac.": "auditor.secrets.environment",
        "scalar.dl.auditor.server.tls.": "tls",
        "scalar.dl.auditor.tls.": "tls",
    },
}
_OURS = ("scalar.dl.", "scalar.db.")
_SECRET = re.compile(r"password|passwd|secret|token|private_key_pem|cipher_key|access_key|license_key")
# Where the product itself looks it up: values hold no secret then.
_REFERENCE = re.compile(r"\$\{env:\w+\}")


def contradictions(product: Product, domain: Domain) -> Iterator[Contradiction]:
    """The properties of a domain that must not stand there. A value is never shown."""
    for name, value in domain.properties.items():
        at: Path = (product, "properties", name)
        key = set_by(product, name)
        other = next(each for each in DOMAINS if each != product)
        if not name.startswith(_OURS):
            yield no(
                f"no property of ScalarDL or ScalarDB; {product} would not read it; "
                f"write one that begins with {_OURS[0]}{product}. or {_OURS[1]}",
                at,
            )
        elif key:
            yield no(
                f"{key} sets it; said twice, nobody knows which counts; delete it here, and write {key}",
                at,
            )
        elif name.startswith(f"scalar.dl.{other}."):
            yield no(
                f"a property of {other}; {product} does not read it; write it below {other}.properties", at
            )
        elif _SECRET.search(name) and not _REFERENCE.fullmatch(value):
            yield no(
                "a secret; values are no place for it (requirement no-plain-secrets); put it into the Secret "
                f"{domain.secrets.environment}, and write ${{env:VARIABLE}} here",
                at,
            )


def set_by(product: Product, name: str) -> str | None:
    """The key of the profile that sets a property of the product; null: none does."""
    for known, key in SET_BY[product].items():
        if name == known or (known.endswith(".") and name.startswith(known)):
            return key.format(product)
    return None
