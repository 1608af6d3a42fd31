"""The verdict on a certificate or a signing request, beside what openssl says of it."""

from __future__ import annotations

import base64
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from generator.keys.contents import Kind
from generator.keys.judge import Level, judge
from generator.keys.names import Purpose
from tests.generator.keys.conftest import OpenSSL
from tests.generator.keys.recipes import ASK, KEY, NOW, SIGN, issue, judged_file, make, on, rsa, weights

TEXT = "x509 -noout -text -in ledger.pem"


@pytest.mark.parametrize(
    ("options", "said", "proof", "tls"),
    [
        ("-sha256", "ecdsa-with-SHA256", [], []),
        ("-sha384", "ecdsa-with-SHA384", ["signed with SHA-384"], []),
        ("-sha1", "ecdsa-with-SHA1", ["signed with SHA-1"], ["signed with SHA-1"]),
        ("-sha3-256", "sha3-256|SHA3-256", ["signed with SHA3-256"], ["signed with SHA3-256"]),
    ],
)
def test_a_certificate_is_signed_with_sha_256(
    options: str, said: str, proof: list[str], tls: list[str], openssl: OpenSSL
) -> None:
    make(openssl, f"{KEY}\n{SIGN} {options} -addext subjectAltName=DNS:localhost")
    assert re.search(f"Signature Algorithm: .*({said})", openssl(*shlex.split(TEXT)))
    for use, expected in ((Purpose.PROOF, proof), (Purpose.TLS, tls)):
        failures = [
            each.problem for each in judged_file("ledger.pem", use).findings if each.level is Level.FAILURE
        ]
        assert [problem.partition(";")[0] for problem in failures] == expected


@pytest.mark.parametrize(("options", "problems"), [("", []), ("-sha1", ["signed with SHA-1"])])
def test_a_request_is_signed_with_sha_256(options: str, problems: list[str], openssl: OpenSSL) -> None:
    make(openssl, f"{KEY}\n{ASK} {options}")
    assert "verify OK" in openssl("req", "-in", "ledger.csr", "-noout", "-verify")
    found = judged_file("ledger.csr")
    assert found.contents.kind is Kind.REQUEST
    assert [each.problem.partition(";")[0] for each in found.findings] == problems


def test_a_request_that_was_changed_is_a_failure(openssl: OpenSSL) -> None:
    make(openssl, f"{KEY}\n{ASK} -outform DER")
    changed = Path("ledger.csr").read_bytes().replace(b"ledger", b"auditr")
    text = base64.encodebytes(changed).decode()
    Path("changed.csr").write_text(
        f"-----BEGIN CERTIFICATE REQUEST-----\n{text}-----END CERTIFICATE REQUEST-----\n", encoding="ascii"
    )
    assert "verify OK" not in openssl(
        "req", "-in", "changed.csr", "-noout", "-verify", fails=_new_openssl(openssl)
    )
    assert weights(judged_file("changed.csr")) == [("failure", "pki-parameters")]


def _new_openssl(openssl: OpenSSL) -> bool:
    """Since 3.4 `req -verify` fails where the signature does not hold; before, it only says so."""
    version = re.search(r"OpenSSL (\d+)\.(\d+)", openssl("version"))
    return version is not None and (int(version[1]), int(version[2])) >= (3, 4)


@pytest.mark.parametrize(
    ("recipe", "file", "problems"),
    [
        (f"{rsa(2048)}\n{SIGN}", "ledger.pem", ["its key is RSA 2048"]),
        (f"{on('secp384r1')}\n{ASK}", "ledger.csr", ["its key is EC P-384"]),
        (f"{rsa(2048)}\npkey -in ledger-key.pem -pubout -out a.pub", "a.pub", ["its key is RSA 2048"]),
        (f"{KEY}\npkey -in ledger-key.pem -pubout -out a.pub", "a.pub", []),
    ],
    ids=["RSA certificate", "P-384 request", "RSA public key", "P-256 public key"],
)
def test_the_key_in_a_certificate_request_or_public_key_counts_too(
    recipe: str, file: str, problems: list[str], openssl: OpenSSL
) -> None:
    make(openssl, recipe)
    found = judged_file(file).findings
    assert [each.problem.partition(";")[0] for each in found] == problems
    assert {each.requirement for each in found} <= {"pki-parameters"}


@pytest.mark.parametrize(("edge", "seconds"), [("begins", -1), ("begins", 1), ("ends", -1), ("ends", 1)])
def test_whether_a_certificate_is_valid_at_a_time_is_as_openssl_says(
    edge: str, seconds: int, openssl: OpenSSL
) -> None:
    make(openssl, f"{KEY}\n{SIGN} -addext subjectAltName=DNS:localhost")
    signed = judged_file("ledger.pem").contents.signed[0]
    at: datetime = (signed.begins if edge == "begins" else signed.ends) + timedelta(seconds=seconds)
    valid = (edge == "begins") == (seconds > 0)
    said = openssl(
        "verify", "-attime", str(int(at.timestamp())), "-CAfile", "ledger.pem", "ledger.pem", fails=not valid
    )
    assert ("not yet valid" in said, "has expired" in said) == (
        not valid and edge == "begins",
        not valid and edge == "ends",
    )
    for use, level in ((Purpose.PROOF, "warning"), (Purpose.TLS, "failure")):
        found = [
            each for each in judged_file("ledger.pem", use, at).findings if "self-signed" not in each.problem
        ]
        words = [
            each.problem[:10] for each in found if each.level.value == level and "expires" not in each.problem
        ]
        assert words == ([] if valid else ["not valid "] if edge == "begins" else ["expired on"])


@pytest.mark.parametrize(("days", "soon"), [(29, True), (31, False)])
def test_a_certificate_that_expires_within_30_days_is_warned_of(
    days: int, soon: bool, openssl: OpenSSL
) -> None:
    make(openssl, f"{KEY}\n{SIGN.replace('365', str(days))}")
    openssl("x509", "-in", "ledger.pem", "-noout", "-checkend", str(30 * 86400), fails=soon)
    assert weights(judged_file("ledger.pem", now=datetime.now(UTC))) == [("warning", "pki-parameters")] * soon


GOOD_SERVER = "subjectAltName=DNS:ledger.example.com,DNS:localhost\nextendedKeyUsage=serverAuth"


@pytest.mark.parametrize(
    ("extensions", "found"),
    [
        (GOOD_SERVER, []),
        ("subjectAltName=DNS:ledger.example.com,DNS:localhost", []),
        ("subjectAltName=DNS:ledger.example.com", [("warning", "localhost is not among its subjectAltName")]),
        ("extendedKeyUsage=serverAuth", [("failure", "no subjectAltName")]),
        (
            GOOD_SERVER.replace("serverAuth", "clientAuth"),
            [("failure", "its extended key usage has no serverAuth")],
        ),
    ],
)
def test_a_tls_certificate_has_the_names_and_the_use_of_a_server(
    extensions: str, found: list[tuple[str, str]], openssl: OpenSSL
) -> None:
    issue(openssl, extensions)
    openssl(
        "verify", "-purpose", "sslserver", "-CAfile", "root.pem", "tls.crt", fails="clientAuth" in extensions
    )
    judged = judged_file("tls.crt")
    assert [(each.level.value, each.problem.partition(";")[0]) for each in judged.findings] == found
    assert {each.requirement for each in judged.findings} <= {"tls"}


@pytest.mark.parametrize("order", [("tls.crt", "root.pem"), ("root.pem", "tls.crt")])
def test_a_chain_has_each_certificate_before_the_one_that_signed_it(
    order: tuple[str, str], openssl: OpenSSL
) -> None:
    issue(openssl, GOOD_SERVER)
    assert openssl("verify", "-partial_chain", "-trusted", order[1], order[0], fails=order[0] == "root.pem")
    Path("chain-tls.pem").write_bytes(b"".join(Path(each).read_bytes() for each in order))
    judged = judge("tls.crt", Path("chain-tls.pem").read_bytes(), 0o644, NOW)
    assert len(judged.contents.signed) == 2
    if order[0] == "tls.crt":
        assert judged.findings == ()
    else:
        # With the authority's certificate first, it is read as an authority's file.
        assert judged.authority


def test_a_chain_with_a_stranger_in_it_is_a_failure(openssl: OpenSSL) -> None:
    issue(openssl, GOOD_SERVER)
    make(openssl, f"{KEY}\n{SIGN}")
    openssl("verify", "-partial_chain", "-trusted", "ledger.pem", "tls.crt", fails=True)
    judged = judge("tls.crt", Path("tls.crt").read_bytes() + Path("ledger.pem").read_bytes(), 0o644, NOW)
    assert [each.problem.partition(";")[0] for each in judged.findings] == [
        "certificate 1 of 2 is not signed by the next"
    ]


def test_an_authority_may_have_any_key_and_sign_itself_with_any_hash(openssl: OpenSSL) -> None:
    make(openssl, f"{rsa(2048)}\n{SIGN} -sha1 -addext basicConstraints=CA:TRUE")
    judged = judge("ca.crt", Path("ledger.pem").read_bytes(), 0o644, NOW)
    assert (judged.authority, judged.findings) == (True, ())
