"""`scalardl-gen keys new`: what openssl says of what it makes, and how the files are written."""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from generator.keys.make import NewFile, NotWrittenError, write
from tests.generator.keys.conftest import Command, OpenSSL
from tests.generator.keys.recipes import ROOT, make

# The command in a process of its own, after a line of Python.
_ALONE = "; from generator.keys.cli import app; app(prog_name='scalardl-gen keys')"


def _alone(first: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", first + _ALONE, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        check=False,
    )


def _modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.glob("*.pem")}


@pytest.mark.parametrize(
    ("form", "first"),
    [("pkcs8", "-----BEGIN PRIVATE KEY-----"), ("sec1", "-----BEGIN EC PRIVATE KEY-----")],
)
def test_openssl_takes_the_private_key(form: str, first: str, keys: Command, openssl: OpenSSL) -> None:
    assert keys("new", "ledger", "--form", form).code == 0
    lines = Path("ledger-private-key.pem").read_text(encoding="ascii").splitlines()
    assert (lines[0], lines[-1]) == (first, first.replace("BEGIN", "END"))
    said = openssl("pkey", "-in", "ledger-private-key.pem", "-check", "-noout", "-text_pub")
    assert "Key is valid" in said
    assert "NIST CURVE: P-256" in said


def test_openssl_takes_the_self_signed_certificate_of_that_key(keys: Command, openssl: OpenSSL) -> None:
    keys("new", "ledger", "--subject", "CN=ledger,O=Acme\\, Inc.,C=JP")
    certificate = "ledger-certificate.pem"
    assert openssl("verify", "-CAfile", certificate, certificate) == f"{certificate}: OK\n"
    said = openssl("x509", "-in", certificate, "-noout", "-text", "-subject", "-nameopt", "RFC2253")
    assert set(re.findall(r"Signature Algorithm: (.*)", said)) == {"ecdsa-with-SHA256"}
    assert "subject=CN=ledger,O=Acme\\, Inc.,C=JP" in said
    assert "CA:FALSE" in said
    assert openssl("x509", "-in", certificate, "-noout", "-pubkey") == openssl(
        "pkey", "-in", "ledger-private-key.pem", "-pubout"
    )


@pytest.mark.parametrize(("days", "before", "after"), [("7", 6, 8), ("36500", 36499, 36501)])
def test_openssl_sees_how_long_it_is_valid(
    days: str, before: int, after: int, keys: Command, openssl: OpenSSL
) -> None:
    keys("new", "ledger", "--days", days)
    until = ("x509", "-in", "ledger-certificate.pem", "-noout", "-checkend")
    openssl(*until, str(before * 86400))
    openssl(*until, str(after * 86400), fails=True)


def test_openssl_takes_the_signing_request(keys: Command, openssl: OpenSSL) -> None:
    assert keys("new", "ledger", "--csr").code == 0
    said = openssl("req", "-in", "ledger-request.pem", "-noout", "-verify", "-text")
    assert "verify OK" in said
    assert re.findall(r"Signature Algorithm: (.*)", said) == ["ecdsa-with-SHA256"]
    assert openssl("req", "-in", "ledger-request.pem", "-noout", "-pubkey") == openssl(
        "pkey", "-in", "ledger-private-key.pem", "-pubout"
    )


def test_openssl_finds_the_hosts_in_a_tls_certificate(keys: Command, openssl: OpenSSL) -> None:
    hosts = ("--dns", "ledger.example.com", "--dns", "*.ledger.svc", "--dns", "10.1.2.3")
    assert keys("new", "ledger", "--for", "tls", *hosts).code == 0
    file = "ledger-tls-certificate.pem"
    for host in ("ledger.example.com", "a.ledger.svc", "localhost"):
        openssl("verify", "-purpose", "sslserver", "-verify_hostname", host, "-CAfile", file, file)
    openssl("verify", "-purpose", "sslserver", "-verify_ip", "10.1.2.3", "-CAfile", file, file)
    openssl("verify", "-verify_hostname", "ledger.example.org", "-CAfile", file, file, fails=True)
    assert openssl("pkey", "-in", "ledger-tls-private-key.pem", "-noout", "-check") == "Key is valid\n"


def test_what_an_authority_signs_of_a_request_is_good(keys: Command, openssl: OpenSSL) -> None:
    keys("new", "ledger", "--for", "tls", "--dns", "ledger.example.com", "--csr")
    make(openssl, ROOT)
    openssl(
        *("x509", "-req", "-in", "ledger-tls-request.pem", "-CA", "root.pem", "-CAkey", "root-key.pem"),
        *(
            "-CAcreateserial",
            "-copy_extensions",
            "copyall",
            "-days",
            "365",
            "-out",
            "ledger-tls-certificate.pem",
        ),
    )
    run = keys("check", "ledger-tls-private-key.pem", "ledger-tls-certificate.pem", "root.pem")
    assert (run.code, run.out.splitlines()[-1]) == (0, "3 files: all good")


def test_the_fingerprint_that_is_printed_is_openssls(keys: Command, openssl: OpenSSL) -> None:
    run = keys("new", "ledger")
    openssl("pkey", "-in", "ledger-private-key.pem", "-pubout", "-outform", "DER", "-out", "public.der")
    fingerprint = openssl("dgst", "-sha256", "-r", "public.der").split()[0]
    assert re.findall(r"SHA-256 ([0-9a-f]{64})", run.out) == [fingerprint, fingerprint]


def test_no_two_keys_are_alike(keys: Command, openssl: OpenSSL) -> None:
    keys("new", "ledger")
    keys("new", "auditor")
    assert keys("check", *Path().glob("*.pem")).code == 0


@pytest.mark.parametrize("use", [(), ("--for", "tls", "--dns", "ledger.example.com")], ids=["proof", "tls"])
@pytest.mark.parametrize("folder", ["keys", "of a team, x=y"])
def test_the_commands_to_run_next_name_files_that_are_there(
    folder: str, use: tuple[str, ...], keys: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(folder).mkdir()
    commands = [shlex.split(line) for line in keys("new", "ledger", "-o", folder, *use).out.splitlines()[3:]]
    assert commands[0] == ["cd", folder]
    sources = {}
    for command in commands[1:]:
        assert command[:4] == ["kubectl", "create", "secret", "generic"]
        sources |= {command[4]: [option.split("=")[1] for option in command[5:]]}
        for option in command[5:]:
            assert Path(folder, option.split("=")[2]).is_file()
    assert sources == (
        {"ledger-tls-key": ["tls.key"], "ledger-tls-cert": ["tls.crt"], "ledger-tls-ca": ["ca.crt"]}
        if use
        else {"ledger-keys": ["private-key", "certificate"]}
    )


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o027, 0o077])
def test_the_private_key_is_its_owners_alone_under_any_umask(umask: int, tmp_path: Path) -> None:
    done = _alone(f"import os; os.umask({umask})", "new", "ledger", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert _modes(tmp_path) == {
        "ledger-private-key.pem": 0o600,
        "ledger-certificate.pem": 0o644 & ~umask,
    }


@pytest.mark.parametrize("taken", ["ledger-private-key.pem", "ledger-certificate.pem"])
def test_what_is_there_is_never_overwritten(taken: str, keys: Command, tmp_path: Path) -> None:
    (tmp_path / taken).write_text("dear to somebody", encoding="ascii")
    run = keys("new", "ledger", "--out", tmp_path)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith(f"{tmp_path / taken}: exists already, and no key is overwritten; ")
    assert [file.name for file in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_text(encoding="ascii") == "dear to somebody"


@pytest.mark.parametrize("there", [True, False], ids=["to a file", "to nothing"])
@pytest.mark.parametrize("link", ["ledger-private-key.pem", "ledger-certificate.pem"])
def test_no_link_is_followed(link: str, there: bool, keys: Command, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    if there:
        target.write_text("dear to somebody", encoding="ascii")
    (tmp_path / link).symlink_to(target)
    run = keys("new", "ledger", "--out", tmp_path)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith(f"{tmp_path / link}: a symbolic link is in the way; ")
    assert {file.name for file in tmp_path.iterdir()} == {link, *(["elsewhere"] if there else [])}
    assert not there or target.read_text(encoding="ascii") == "dear to somebody"


def test_where_the_second_file_cannot_be_written_the_first_is_taken_back(tmp_path: Path) -> None:
    # Room for the key (241 bytes) and not for the certificate: a file may have 300.
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))"
    done = _alone(
        f"import sys; sys.dont_write_bytecode = True; {limit}", "new", "ledger", "-o", str(tmp_path)
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "ledger-certificate.pem: " in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_not_made(keys: Command, tmp_path: Path) -> None:
    run = keys("new", "ledger", "--out", tmp_path / "no" / "such")
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith(f"{tmp_path}/no/such: no such folder")
    assert list(tmp_path.iterdir()) == []


def test_the_cure_of_a_missing_folder_cures(keys: Command, tmp_path: Path) -> None:
    folder = tmp_path / "a b" / "c"
    cure = keys("new", "ledger", "--out", folder).err.partition("make it: ")[2]
    subprocess.run(shlex.split(cure), check=True)
    assert keys("new", "ledger", "--out", folder).code == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_is_no_folder(keys: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = keys("new", "ledger", "--out", tmp_path / "file")
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith(f"{tmp_path}/file: not a folder; ")


def test_a_folder_that_may_not_be_written_to(
    tmp_path: Path, nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    tmp_path.chmod(0o500)
    file = NewFile("ledger-private-key.pem", b"key", 0o600)
    with nobody(), pytest.raises(NotWrittenError) as refused:
        write(tmp_path, [file])
    tmp_path.chmod(0o700)
    assert str(refused.value).startswith(f"{tmp_path / file.name}: cannot be written (Permission denied); ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Ledger"], "Ledger: no holder's name; "),
        (["../ledger"], "../ledger: no holder's name; "),
        (["ledger\n"], "ledger?: no holder's name; "),
        (["-"], "-: no holder's name; "),
        (["a" * 51], "no holder's name; "),
        (["ledger-tls"], "ledger-tls: tls, ca and root say what a file is; "),
        (["ledger", "--csr", "--days", "3"], "--days: "),
        (["ledger", "--dns", "x.example.com"], "--dns: a certificate for digital signatures has no host; "),
        (["ledger", "--for", "tls"], "--for tls: no --dns; "),
        (["ledger", "--for", "tls", "--dns", "a_b"], "--dns: a_b: no host name or address; "),
        (["ledger", "--for", "tls", "--dns", "exämple.com"], "--dns: exämple.com: no host name or address; "),
        (["ledger", "--subject", ""], "--subject: : no X.509 name; "),
        (["ledger", "--subject", "ledger"], "--subject: ledger: no X.509 name; "),
        (["ledger", "--subject", "CN=a,C=JPN"], "--subject: CN=a,C=JPN: no X.509 name; "),
        (["ledger", "--subject", "CN=\x1b[31mred"], "--subject: CN=?[31mred: no X.509 name; "),
        (["ledger", "--days", "0"], "--days"),
        (["ledger", "--form", "der"], "--form"),
        ([], "NAME"),
    ],
)
def test_wrong_usage_ends_with_2_and_writes_nothing(
    arguments: list[str], said: str, keys: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = keys("new", *arguments)
    assert (run.code, run.out) == (2, "")
    assert said in run.err
    assert list(tmp_path.iterdir()) == []


def test_a_self_signed_certificate_for_tls_is_warned_of(
    keys: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = keys("new", "ledger", "--out", tmp_path, "--for", "tls", "--dns", "ledger.example.com")
    assert "warning: self-signed; " in run.err
    assert keys("new", "ledger", "--out", tmp_path).err == ""


@pytest.mark.parametrize("option", ["--quiet", "-q"])
def test_what_to_do_next_is_left_to_a_runbook(option: str, keys: Command, tmp_path: Path) -> None:
    told = keys("new", "ledger", "--out", str(tmp_path))
    quiet = keys("new", "auditor", option, "--out", str(tmp_path))
    assert (told.code, quiet.code) == (0, 0)
    assert "kubectl create secret" in told.out
    assert "Next" not in quiet.out
    assert "kubectl" not in quiet.out
    assert len(quiet.out.splitlines()) == 2
