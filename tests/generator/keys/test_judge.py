"""The verdict on one file, for each sort of file that openssl makes, beside what openssl says of it."""

from __future__ import annotations

import base64
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.keys.contents import Kind
from generator.keys.judge import Level, judge
from generator.keys.make import Wanted
from generator.keys.make import make as new
from generator.keys.names import Purpose
from tests.generator.keys.conftest import OpenSSL
from tests.generator.keys.recipes import ASK, KEY, NOW, PASSWORD, SIGN, judged_file, make, on, rsa, weights

ENCRYPTED = "pkey -in ledger-key.pem -aes256 -passout " + PASSWORD
READ_KEY = "pkey -noout -text_pub -in ledger-key.pem"

# What openssl makes, a command of openssl's about it, what it says, and what the private key is called here.
GOOD_KEYS = [
    pytest.param(KEY, READ_KEY, "P-256", "PKCS#8", id="PKCS#8"),
    pytest.param(on("prime256v1"), READ_KEY, "P-256", "SEC1", id="SEC1"),
    pytest.param(
        f"{on('prime256v1')}\nec -in ledger-key.pem -no_public -out ledger-key.pem",
        READ_KEY,
        "P-256",
        "SEC1",
        id="without its public part",
    ),
    pytest.param(
        f"{KEY}\nec -in ledger-key.pem -conv_form compressed -out ledger-key.pem",
        READ_KEY,
        "P-256",
        "SEC1",
        id="compressed point",
    ),
]


@pytest.mark.parametrize(("recipe", "command", "said", "form"), GOOD_KEYS)
def test_a_private_key_that_scalardl_reads_is_good(
    recipe: str, command: str, said: str, form: str, openssl: OpenSSL
) -> None:
    make(openssl, recipe)
    assert said in openssl(*shlex.split(command))
    judged = judged_file("ledger-key.pem")
    assert (judged.contents.kind, judged.contents.form) == (Kind.PRIVATE_KEY, form)
    assert (judged.contents.key.algorithm, judged.findings) == ("EC P-256", ())
    uncompressed = "-ec_conv_form uncompressed -pubout -outform DER -out public.der"
    openssl("pkey", "-in", "ledger-key.pem", *shlex.split(uncompressed))
    assert judged.contents.key.fingerprint == openssl("dgst", "-sha256", "-r", "public.der").split()[0]


# What openssl makes, a command of openssl's about it, what it says, what is said here.
OTHER_KEYS = [
    pytest.param(
        rsa(2048), READ_KEY, r"Public-Key: \(2048 bit\)\nModulus", "its key is RSA 2048; ", id="RSA"
    ),
    pytest.param(on("secp384r1"), READ_KEY, "CURVE: P-384", "its key is EC P-384; ", id="P-384"),
    pytest.param(on("secp256k1"), READ_KEY, "OID: secp256k1", "its key is EC secp256k1; ", id="secp256k1"),
    pytest.param(
        on("brainpoolP256r1"),
        READ_KEY,
        "OID: brainpoolP256r1",
        "its key is EC brainpoolP256r1; ",
        id="brainpool",
    ),
    pytest.param(on("sect283k1"), READ_KEY, "OID: sect283k1", "its key", id="sect"),
    pytest.param(
        "genpkey -algorithm ED25519 -out ledger-key.pem",
        READ_KEY,
        "ED25519",
        "its key is Ed25519; ",
        id="Ed25519",
    ),
    pytest.param(
        "genpkey -algorithm X25519 -out ledger-key.pem",
        READ_KEY,
        "X25519",
        "its key is X25519; ",
        id="X25519",
    ),
    pytest.param(
        "genpkey -algorithm DH -pkeyopt group:ffdhe2048 -out ledger-key.pem",
        READ_KEY,
        "DH",
        "its key is DH; ",
        id="DH",
    ),
]


@pytest.mark.parametrize(("recipe", "command", "said", "problem"), OTHER_KEYS)
def test_a_key_of_another_algorithm_or_curve_is_a_failure(
    recipe: str, command: str, said: str, problem: str, openssl: OpenSSL
) -> None:
    make(openssl, recipe)
    assert re.search(said, openssl(*shlex.split(command)))
    judged = judged_file("ledger-key.pem")
    assert judged.contents.kind is Kind.PRIVATE_KEY
    assert weights(judged) == [("failure", "pki-parameters")]
    assert judged.findings[0].problem.startswith(problem)


@pytest.mark.parametrize(
    ("recipe", "found"),
    [
        (rsa(2048), []),
        (rsa(1024), [("failure", "tls")]),
        (on("secp384r1"), [("note", "tls")]),
        (on("secp256k1"), [("failure", "tls"), ("note", "tls")]),
        ("genpkey -algorithm ED25519 -out ledger-key.pem", [("failure", "tls")]),
    ],
    ids=["RSA 2048", "RSA 1024", "P-384 in SEC1", "secp256k1 in SEC1", "Ed25519"],
)
def test_for_tls_rsa_and_the_nist_curves_are_good(
    recipe: str, found: list[tuple[str, str]], openssl: OpenSSL
) -> None:
    make(openssl, recipe)
    assert sorted(weights(judged_file("ledger-key.pem", Purpose.TLS))) == found


# What openssl makes, the file, its kind, the problem that is told; what to add to the command of the cure.
UNREAD = [
    pytest.param(
        f"{KEY}\n{ENCRYPTED} -out a-key.pem",
        "a-key.pem",
        Kind.PRIVATE_KEY,
        "encrypted; ",
        f"-passin {PASSWORD}",
        id="encrypted",
    ),
    pytest.param(
        f"{KEY}\nec -in ledger-key.pem -aes128 -passout {PASSWORD} -out a-key.pem",
        "a-key.pem",
        Kind.PRIVATE_KEY,
        "encrypted; ",
        f"-passin {PASSWORD}",
        id="encrypted SEC1",
    ),
    pytest.param(
        f"{KEY}\npkcs8 -topk8 -in ledger-key.pem -outform DER -passout {PASSWORD} -out a.der",
        "a.der",
        Kind.PRIVATE_KEY,
        "encrypted; ",
        f"-passin {PASSWORD}",
        id="encrypted DER",
    ),
    pytest.param(
        f"{KEY}\npkcs8 -topk8 -nocrypt -in ledger-key.pem -outform DER -out 'a b.der'",
        "a b.der",
        Kind.PRIVATE_KEY,
        "DER; ",
        "",
        id="DER PKCS#8",
    ),
    pytest.param(
        f"{KEY}\nec -in ledger-key.pem -outform DER -out a.der",
        "a.der",
        Kind.PRIVATE_KEY,
        "DER; ",
        "",
        id="DER SEC1",
    ),
    pytest.param(
        f"{KEY}\n{SIGN} -outform DER", "ledger.pem", Kind.CERTIFICATE, "DER; ", "", id="DER certificate"
    ),
    pytest.param(f"{KEY}\n{ASK} -outform DER", "ledger.csr", Kind.REQUEST, "DER; ", "", id="DER request"),
    pytest.param(
        f"{KEY}\npkey -in ledger-key.pem -pubout -outform DER -out a.pub",
        "a.pub",
        Kind.PUBLIC_KEY,
        "DER; ",
        "",
        id="DER public key",
    ),
    pytest.param(
        "ecparam -name prime256v1 -genkey -out a-key.pem",
        "a-key.pem",
        Kind.PRIVATE_KEY,
        "EC PARAMETERS stands before the key; ",
        "",
        id="parameters first",
    ),
    pytest.param(
        f"{KEY}\n{SIGN}\npkcs12 -export -inkey ledger-key.pem -in ledger.pem -passout {PASSWORD} -out a.p12",
        "a.p12",
        Kind.PRIVATE_KEY,
        "PKCS#12; ",
        f"-passin {PASSWORD}",
        id="PKCS#12",
    ),
]


@pytest.mark.parametrize(("recipe", "file", "kind", "problem", "rest"), UNREAD)
def test_what_scalardl_cannot_read_is_a_failure_that_openssl_cures_as_told(
    recipe: str, file: str, kind: Kind, problem: str, rest: str, openssl: OpenSSL
) -> None:
    make(openssl, recipe)
    judged = judged_file(file)
    assert judged.contents.kind is kind
    assert weights(judged) == [
        ("failure", "ledger-keys-secret" if kind is Kind.PRIVATE_KEY else "pki-parameters")
    ]
    assert judged.findings[0].problem.startswith(problem)
    _, command, *arguments = shlex.split(judged.findings[0].cure.rpartition(": ")[2])
    openssl(command, *arguments, *shlex.split(rest))
    cured = arguments[arguments.index("-out") + 1]
    assert judge(cured, Path(cured).read_bytes(), Path(cured).stat().st_mode, NOW).findings == ()


def test_an_openssh_key_is_a_failure_that_ssh_keygen_cures_as_told(tmp_path: Path) -> None:
    file = tmp_path / "ledger-key.pem"
    try:
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ecdsa", "-b", "256", "-N", "", "-f", str(file)], check=True
        )
    except FileNotFoundError:
        pytest.skip("not covered: keys in OpenSSH's form (no ssh-keygen on PATH)")
    judged = judged_file(file)
    assert weights(judged) == [("failure", "ledger-keys-secret")]
    subprocess.run(shlex.split(judged.findings[0].cure.partition(": ")[2]), check=True, capture_output=True)
    assert judged_file(file).findings == ()


@pytest.mark.parametrize("use", [Purpose.PROOF, Purpose.TLS])
def test_a_key_and_a_certificate_in_one_file(use: Purpose, openssl: OpenSSL) -> None:
    make(openssl, f"{KEY}\n{SIGN}")
    both = Path("ledger-key.pem").read_bytes() + Path("ledger.pem").read_bytes()
    Path("both.pem").write_bytes(both)
    judged = judged_file("both.pem", use)
    assert judged.contents.kind is Kind.PRIVATE_KEY
    assert judged.findings[0].problem.startswith("a private key and a certificate in one file; ")
    assert judged.findings[0].level is (Level.FAILURE if use is Purpose.PROOF else Level.WARNING)


def test_of_two_private_keys_only_the_first_counts(openssl: OpenSSL) -> None:
    make(openssl, f"{KEY}\ngenpkey -algorithm ED25519 -out b.pem")
    Path("two.pem").write_bytes(Path("ledger-key.pem").read_bytes() + Path("b.pem").read_bytes())
    judged = judged_file("two.pem")
    assert judged.contents.key == judged_file("ledger-key.pem").contents.key
    assert weights(judged) == [("warning", "ledger-keys-secret")]


@pytest.mark.parametrize("use", [Purpose.PROOF, Purpose.TLS])
@pytest.mark.parametrize(
    ("mode", "good"), [(0o600, True), (0o400, True), (0o640, False), (0o604, False), (0o620, False)]
)
def test_a_private_key_is_open_to_its_owner_alone(
    use: Purpose, mode: int, good: bool, openssl: OpenSSL
) -> None:
    make(openssl, f"{KEY}\n{ENCRYPTED} -out enc-key.pem")
    content = Path("ledger-key.pem").read_bytes()
    judged = judge("ledger-key.pem", content, mode, NOW, use)
    row = "tls" if use is Purpose.TLS else "ledger-keys-secret"
    assert weights(judged) == ([] if good else [("failure", row)])
    assert good or f"(mode {mode:04o})" in judged.findings[0].problem
    encrypted = judge("enc-key.pem", Path("enc-key.pem").read_bytes(), mode, NOW, use)
    assert weights(encrypted) == [("failure", row)] * (1 if good else 2)


def test_without_permissions_none_are_judged_and_a_certificate_may_be_read_by_all(openssl: OpenSSL) -> None:
    make(openssl, f"{KEY}\n{SIGN}")
    assert judge("ledger-keys/private-key", Path("ledger-key.pem").read_bytes(), None, NOW).findings == ()
    assert judge("ledger.pem", Path("ledger.pem").read_bytes(), 0o644, NOW).findings == ()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b" \n\r\n", "empty"),
        (b"hello\n", "neither PEM nor DER"),
        (bytes(range(128, 256)) * 16, "neither PEM nor DER"),
        (b"\x30\x82\x01\x00" + b"\x00" * 256, "neither PEM nor DER"),
        (b"-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqG\n", "a PEM block PRIVATE KEY without its END line"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "damaged"),
        (b"-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n", "damaged"),
        (b"-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----\n", "damaged"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "damaged"),
        (b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "damaged"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "damaged"),
        (
            b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n",
            "PEM of EC PARAMETERS",
        ),
        (b"-----BEGIN PGP MESSAGE-----\nAAAA\n-----END PGP MESSAGE-----\n", "PEM of PGP MESSAGE"),
        ("-----BEGIN PRIVATE KEY-----\n".encode("utf-16"), "text in UTF-16"),
        (b"\xef\xbb\xbf-----BEGIN PRIVATE KEY-----\n", "text in UTF-16 or with a byte order mark"),
    ],
)
def test_garbage_is_a_failure_and_openssl_cannot_read_it_either(
    content: bytes, problem: str, openssl: OpenSSL
) -> None:
    Path("a.pem").write_bytes(content)
    for command in ("pkey", "x509", "req"):
        openssl(command, "-in", "a.pem", "-noout", fails=True)
    judged = judged_file("a.pem")
    assert judged.contents.kind is Kind.NOTHING
    assert weights(judged) == [("failure", "pki-parameters")]
    assert judged.findings[0].problem.startswith(problem)


def test_text_around_pem_and_windows_line_ends_do_no_harm(openssl: OpenSSL) -> None:
    make(openssl, f"{KEY}\n{SIGN} -text")
    key = Path("ledger-key.pem").read_bytes().replace(b"\n", b"\r\n")
    Path("crlf-key.pem").write_bytes(b"Bag Attributes\r\n" + key)
    openssl("pkey", "-in", "crlf-key.pem", "-noout")
    assert Path("ledger.pem").read_text(encoding="ascii").startswith("Certificate:")
    for file in ("crlf-key.pem", "ledger.pem"):
        assert judged_file(file).findings == ()


@given(data=st.data())
def test_no_bytes_whatever_end_in_a_traceback(data: st.DataObject) -> None:
    begins = (b"", b"\x30\x82", b"-----BEGIN PRIVATE KEY-----\n", b"-----BEGIN CERTIFICATE-----\n")
    ends = (b"", b"\n-----END PRIVATE KEY-----\n", b"\n-----END CERTIFICATE-----\n")
    content = data.draw(st.sampled_from(begins)) + data.draw(st.binary(max_size=200))
    assert judge("a.pem", content + data.draw(st.sampled_from(ends)), 0o600, NOW).findings


def _new() -> list[tuple[bytes, bytes]]:
    """Label and DER of a key, a certificate and a request."""
    names = (x509.DNSName("localhost"),)
    subject = x509.Name.from_rfc4514_string("CN=ledger")
    files = [
        file for days in (None, 365) for file in new(Wanted("ledger", Purpose.TLS, subject, names, days), NOW)
    ]
    blocks = [file.content.splitlines() for file in files]
    return [(first[11:-5], base64.b64decode(b"".join(lines))) for first, *lines, _ in blocks]


NEW = _new()


@settings(max_examples=300, deadline=None)
@given(
    which=st.integers(0, len(NEW) - 1),
    places=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), min_size=1, max_size=4),
    pem=st.booleans(),
)
def test_no_damage_ends_in_a_traceback(which: int, places: list[tuple[int, int]], pem: bool) -> None:
    label, whole = NEW[which]
    damaged = bytearray(whole)
    for place, value in places:
        damaged[place % len(damaged)] = value
    content = bytes(damaged)
    if pem:
        content = b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label, base64.encodebytes(content), label)
    judged = judge("a-tls.pem", content, 0o600, NOW)
    assert pem or judged.findings
