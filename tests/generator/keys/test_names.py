"""What names of files say, and how names are printed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.keys.cli import HOLDER, TAKEN
from generator.keys.make import Wanted, make
from generator.keys.names import Owner, Purpose, in_shell, names_authority, owner, purpose, shown


@pytest.mark.parametrize(
    "name",
    [
        "ledger-private-key.pem",
        "ledger-certificate.pem",
        "ledger-request.pem",
        "ledger-key.pem",
        "ledger.pem",
        "ledger.csr",
        "ledger.key",
        "ledger.crt",
        "ledger-key.pem.pkcs8",
        "ledger-key.pem.new",
        "ledger_private_key.der",
        "ledger-KEY.PEM",
    ],
)
def test_a_file_is_of_the_holder_that_its_name_begins_with(name: str) -> None:
    assert owner(f"keys/{name}") == Owner("keys", "ledger")


@pytest.mark.parametrize(
    "name", ["private-key", "certificate", "tls.key", "tls.crt", "key.pem", "privkey.pem"]
)
def test_a_name_that_names_nobody_leaves_it_to_the_folder(name: str) -> None:
    assert owner(f"here/ledger-keys/{name}") == Owner("here/ledger-keys", "here/ledger-keys")


@pytest.mark.parametrize(
    "name", ["tls.crt", "tls.key", "ca.crt", "ledger-tls.pem", "ledger-tls-private-key.pem"]
)
def test_a_name_can_say_tls(name: str) -> None:
    assert purpose(f"keys/{name}") is Purpose.TLS


@pytest.mark.parametrize(
    "name", ["tls/ledger.pem", "ledger-key.pem", "private-key", "titles.pem", "cash.pem"]
)
def test_all_other_names_are_of_digital_signatures(name: str) -> None:
    assert purpose(name) is Purpose.PROOF


@pytest.mark.parametrize(("name", "said"), [("ca.crt", True), ("ledger-ca.pem", True), ("cash.pem", False)])
def test_a_name_can_say_that_it_is_an_authoritys(name: str, said: bool) -> None:
    assert names_authority(name) is said


# Making a key takes its time.
@settings(max_examples=30, deadline=None)
@given(st.from_regex(HOLDER, fullmatch=True).filter(lambda name: not TAKEN.search(name)))
def test_the_names_of_new_files_say_whose_they_are_and_for_what(name: str) -> None:
    for use, holder in ((Purpose.PROOF, name), (Purpose.TLS, f"{name}-tls")):
        for days in (None, 1):
            wanted = Wanted(name, use, x509.Name([]), (x509.DNSName("localhost"),), days)
            for file in make(wanted, datetime(2026, 1, 1, tzinfo=UTC)):
                assert (owner(file.name).holder, purpose(file.name)) == (holder, use)


@pytest.mark.parametrize("sign", ["\x1b", "\x9b", "\n", "\r", "\x00", "\u202e", "\u200b", "\u2028", "\udcff"])
def test_no_sign_that_a_terminal_obeys_or_hides_is_printed(sign: str) -> None:
    assert shown(f"a{sign}b") == "a?b"
    assert in_shell(f"a{sign}b") == "FILE"


def test_a_file_is_one_word_of_a_command() -> None:
    assert in_shell("it's; rm -rf x.pem") == "'it'\"'\"'s; rm -rf x.pem'"
