"""Any bytes as the file of a private key, a certificate, a signing request or a public key."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509

from generator.keys import report
from generator.keys.across import across
from generator.keys.contents import UnreadableKeyError, read
from generator.keys.judge import judge
from generator.keys.make import Form, Wanted, make
from generator.keys.names import Purpose
from tests.fuzz.printable import assert_printable

NOW = datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC)
_NAMES = ("ledger-private-key.pem", "ledger-certificate.pem", "tls.crt", "ca.crt", "ledger.csr")


def start() -> Iterator[bytes]:
    """New keys, certificates and requests in each form, as PEM and as DER, and two in one file."""
    name = x509.Name.from_rfc4514_string("CN=ledger,O=Acme,C=JP")
    hosts = (x509.DNSName("ledger.example.com"), x509.DNSName("localhost"))
    for purpose in Purpose:
        for form in Form:
            for days in (365, None):
                names = hosts if purpose is Purpose.TLS else ()
                files = make(Wanted("ledger", purpose, name, names, days, form), NOW)
                yield from (file.content for file in files)
                yield b"".join(file.content for file in files)
                yield from (_der(file.content) for file in files)


def _der(pem: bytes) -> bytes:
    import base64

    return base64.b64decode(b"".join(pem.splitlines()[1:-1]))


def once(data: bytes) -> None:
    """Raises AssertionError, or whatever a defect raises, where bytes are not treated as they must be."""
    try:
        contents = read(data)
    except UnreadableKeyError as error:
        for part in error.args:
            assert_printable(str(part))
    else:
        assert contents.opaque or contents.key.fingerprint or contents.key.algorithm
    judged = [
        judge(str(Path("keys", name)), data, mode, NOW, purpose)
        for name, mode, purpose in zip(
            _NAMES, (0o600, 0o644, None, 0o777, 0), (None, *Purpose, None, None), strict=True
        )
    ]
    findings = [finding for each in judged for finding in each.findings] + across(judged, True)
    assert_printable(report.text(judged, findings))
    told = str(report.as_json(judged, findings, [], 0))
    if b"PRIVATE KEY" in data:
        # No line of a private key's body is ever shown.
        assert not any(line.decode("ascii", "replace") in told for line in data.split() if len(line) > 40)
