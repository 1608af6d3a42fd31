"""`scalardl-gen keys check`: what files say together, exit codes, what is printed and what never is."""

from __future__ import annotations

import base64
import datetime
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from generator.keys.cli import LARGEST
from tests.generator.keys.conftest import Command, OpenSSL, Run
from tests.generator.keys.recipes import ASK, KEY, PASSWORD, SIGN, issue, make


@pytest.fixture
def files(keys: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, the current one, with the keys and certificates of ledger and auditor."""
    monkeypatch.chdir(tmp_path)
    keys("new", "ledger")
    keys("new", "auditor")
    return tmp_path


def _findings(run: Run) -> list[tuple[str, str, str]]:
    """File, level and problem of each finding (of a run with --format json) that weighs."""
    return [
        (each["file"], each["level"], each["problem"].partition(";")[0])
        for each in json.loads(run.out)["findings"]
        if each["level"] != "note"
    ]


def _moved(old: str, new: str, copy: bool = False) -> None:
    Path(new).parent.mkdir(exist_ok=True)
    content = Path(old).read_bytes()
    Path(new).touch(0o600)
    Path(new).write_bytes(content)
    if not copy:
        Path(old).unlink()


def test_what_keys_new_makes_is_good(keys: Command, files: Path) -> None:
    run = keys("check", *sorted(files.glob("*.pem")))
    assert (run.code, run.err) == (0, "")
    assert run.out.splitlines()[-1] == "4 files: all good"
    assert (
        f"{files}/ledger-certificate.pem: note: its private key is in {files}/ledger-private-key.pem"
        in run.out
    )


@pytest.mark.parametrize(
    ("key", "certificate"),
    [
        ("ledger-private-key.pem", "ledger-certificate.pem"),
        ("keys/ledger-key.pem", "keys/ledger.pem"),
        ("ledger-keys/private-key", "ledger-keys/certificate"),
        ("tls/tls.key", "tls/tls.crt"),
    ],
)
def test_a_key_and_a_certificate_of_one_name_must_match(
    key: str, certificate: str, keys: Command, files: Path, openssl: OpenSSL
) -> None:
    Path("auditor-certificate.pem").rename("theirs")
    if key != "ledger-private-key.pem":
        _moved("ledger-private-key.pem", key)
        _moved("ledger-certificate.pem", certificate)
    arguments = ("check", "--for", "proof", "--format", "json", key, certificate)
    assert keys(*arguments).code == 0
    _moved("theirs", certificate)
    assert openssl("pkey", "-in", key, "-pubout") != openssl("x509", "-in", certificate, "-noout", "-pubkey")
    run = keys(*arguments)
    assert (run.code, _findings(run)) == (1, [(certificate, "failure", f"not of the key in {key}")])


def test_files_of_two_folders_do_not_belong_together(keys: Command, files: Path) -> None:
    _moved("auditor-certificate.pem", "other/ledger-certificate.pem")
    assert keys("check", "ledger-private-key.pem", "other/ledger-certificate.pem").code == 0


@pytest.mark.parametrize("other", ["auditor-certificate.pem", "auditor-private-key.pem"])
def test_a_pair_that_is_said_to_be_one_must_match_whatever_its_names(
    other: str, keys: Command, files: Path
) -> None:
    _moved("ledger-certificate.pem", "signed by them.crt")
    assert keys("check", "--pair", "signed by them.crt", "ledger-private-key.pem").code == 0
    run = keys("check", "--pair", "--format", "json", "signed by them.crt", "ledger-private-key.pem", other)
    assert (run.code, _findings(run)) == (1, [(other, "failure", "not of the key in ledger-private-key.pem")])


def test_an_authoritys_certificate_is_no_pair_of_another_key(keys: Command, openssl: OpenSSL) -> None:
    issue(openssl, "subjectAltName=DNS:localhost")
    assert keys("check", "tls.key", "tls.crt", "root.pem").code == 0
    run = keys("check", "--pair", "--format", "json", "tls.key", "root.pem")
    assert (run.code, _findings(run)) == (1, [("root.pem", "failure", "not of the key in tls.key")])


def test_an_encrypted_key_may_be_of_any_certificate(keys: Command, files: Path, openssl: OpenSSL) -> None:
    make(openssl, f"pkey -in ledger-private-key.pem -aes256 -passout {PASSWORD} -out auditor-private-key.pem")
    run = keys("check", "--format", "json", "auditor-private-key.pem", "auditor-certificate.pem")
    assert (run.code, _findings(run)) == (1, [("auditor-private-key.pem", "failure", "encrypted")])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ledger-private-key.pem", "client-private-key.pem"),
        ("ledger-private-key.pem", "ledger-tls-private-key.pem"),
        ("one/private-key", "two/private-key"),
        ("one/keys/private-key", "two/keys/private-key"),
    ],
)
def test_no_key_serves_two_holders(first: str, second: str, keys: Command, files: Path) -> None:
    for name in (first, second):
        if not Path(name).exists():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            _moved("ledger-private-key.pem", name, copy=True)
    run = keys("check", "--format", "json", first, second)
    assert (run.code, _findings(run)) == (1, [(second, "failure", f"the same key as {first}")])
    rows = {each["level"]: each["requirement"] for each in json.loads(run.out)["findings"]}
    assert rows["failure"] == "separate-domains"


def test_two_holders_are_found_by_their_certificates_too_and_told_once_a_holder(
    keys: Command, files: Path
) -> None:
    for sort in ("private-key", "certificate"):
        _moved(f"ledger-{sort}.pem", f"auditor-{sort}.pem", copy=True)
    run = keys("check", "--format", "json", "ledger-certificate.pem", "auditor-certificate.pem")
    assert _findings(run) == [
        ("auditor-certificate.pem", "failure", "the same key as ledger-certificate.pem")
    ]
    run = keys("check", "--format", "json", *Path().glob("*.pem"))
    assert [(level, problem) for _, level, problem in _findings(run)] == [
        ("failure", f"the same key as {next(Path().glob('*-private-key.pem'))}")
    ]


def test_a_link_does_not_hide_that_two_share_a_key(keys: Command, files: Path) -> None:
    Path("client-key.pem").symlink_to("ledger-private-key.pem")
    assert keys("check", "ledger-private-key.pem", "client-key.pem").code == 1


def test_a_certificate_beside_its_holders_key_elsewhere_is_no_second_holder(
    keys: Command, files: Path
) -> None:
    _moved("ledger-certificate.pem", "registered/ledger.pem", copy=True)
    assert keys("check", *Path().glob("ledger*.pem"), "registered/ledger.pem").code == 0


def test_a_copy_of_a_private_key_is_warned_of(keys: Command, files: Path) -> None:
    _moved("ledger-private-key.pem", "backup/ledger-private-key.pem", copy=True)
    run = keys("check", "--format", "json", "ledger-private-key.pem", "backup/ledger-private-key.pem")
    assert (run.code, _findings(run)) == (
        0,
        [
            (
                "backup/ledger-private-key.pem",
                "warning",
                "the same private key as in ledger-private-key.pem",
            )
        ],
    )


def test_one_authority_for_two_is_no_shared_key(keys: Command, openssl: OpenSSL) -> None:
    issue(openssl, "subjectAltName=DNS:localhost")
    for folder in ("ledger", "auditor"):
        _moved("root.pem", f"{folder}/ca.crt", copy=True)
    assert keys("check", "ledger/ca.crt", "auditor/ca.crt").code == 0


def test_a_file_that_is_given_twice_counts_once(keys: Command, files: Path) -> None:
    run = keys(
        "check", "ledger-private-key.pem", "./ledger-private-key.pem", files / "ledger-private-key.pem"
    )
    assert run.out.splitlines()[-1] == "1 file: all good"


def test_what_has_no_counterpart_is_noted(keys: Command, files: Path) -> None:
    run = keys("check", "ledger-private-key.pem", "auditor-certificate.pem")
    assert run.code == 0
    assert "ledger-private-key.pem: note: no certificate of it is among the files" in run.out.splitlines()
    assert "auditor-certificate.pem: note: its private key is not among the files" in run.out.splitlines()


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_exit_code_is_the_worst_that_was_found(form: str, keys: Command, files: Path) -> None:
    good, bad, missing = "ledger-private-key.pem", "bad.pem", "missing.pem"
    Path(bad).write_text("hello", encoding="ascii")
    for names, code in (
        ([good], 0),
        ([good, bad], 1),
        ([good, missing], 2),
        ([good, bad, missing], 2),
        ([missing], 2),
    ):
        run = keys("check", "--format", form, *names)
        assert run.code == code
        assert run.err.splitlines() == [f"{missing}: no such file; give the path of a key or certificate"] * (
            missing in names
        )
        if form == "json":
            report = json.loads(run.out)
            assert report["exitCode"] == code
            assert report["unusable"] == run.err.splitlines()
            assert [each["file"] for each in report["files"]] == [name for name in names if name != missing]
        else:
            assert ("bad.pem: neither PEM nor DER; " in run.out) is (bad in names)


def test_what_cannot_be_read_is_told_and_the_rest_is_judged(
    keys: Command, files: Path, nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    Path("folder").mkdir()
    os.mkfifo("pipe")
    Path("largest").write_bytes(b" " * LARGEST)
    Path("larger").write_bytes(b" " * (LARGEST + 1))
    Path("loop").symlink_to("loop")
    names = ["folder", "pipe", "larger", "loop", "/dev/null", "a" * 300]
    run = keys("check", *names, "largest", "ledger-certificate.pem")
    assert run.code == 2
    assert [line.partition(";")[0] for line in run.err.splitlines()] == [
        "folder: a folder",
        "pipe: not a file, but a device, a pipe or the like",
        "larger: larger than 64 KiB",
        "loop: cannot be read (Too many levels of symbolic links)",
        "/dev/null: not a file, but a device, a pipe or the like",
        f"{'a' * 300}: cannot be read (File name too long)",
    ]
    assert "largest: empty; " in run.out
    assert "ledger-certificate.pem: certificate of CN=ledger, " in run.out
    Path("ledger-certificate.pem").chmod(0)
    with nobody():
        run = keys("check", "ledger-certificate.pem")
    assert run.code == 2
    assert run.err.startswith("ledger-certificate.pem: cannot be read (permission denied); ")


def test_the_permissions_of_the_file_count(keys: Command, files: Path) -> None:
    Path("ledger-private-key.pem").chmod(0o644)
    run = keys("check", "ledger-private-key.pem")
    assert run.code == 1
    cure = run.out.splitlines()[1].partition("; close it")[2].partition(": ")[2].partition(" [")[0]
    subprocess.run(cure.split(), check=True)
    assert keys("check", "ledger-private-key.pem").code == 0


def test_the_day_to_judge_on_can_be_given(keys: Command, files: Path) -> None:
    name, far = "ledger-certificate.pem", datetime.date(2090, 1, 1)
    assert "not valid before" in keys("check", name, "--today", "2020-01-01").out
    assert "expired on" in keys("check", name, "--today", "2090-01-01").out
    assert "expired on" in keys("check", name, obj=far).out
    today = datetime.datetime.now(datetime.UTC).date()
    assert keys("check", name, "--today", today.isoformat(), obj=far).out.endswith("1 file: all good\n")


def test_expired_is_a_warning_for_signatures_and_a_failure_for_tls(keys: Command, files: Path) -> None:
    arguments = ("check", "ledger-certificate.pem", "--today", "2090-01-01")
    assert keys(*arguments).code == 0
    assert keys(*arguments, "--for", "tls").code == 1


@pytest.mark.parametrize(
    "arguments",
    [[], ["--for", "fun", "a"], ["--today", "soon", "a"], ["--format", "xml", "a"], ["--nonsense", "a"]],
)
def test_wrong_usage_ends_with_2(arguments: list[str], keys: Command) -> None:
    run = keys("check", *arguments)
    assert (run.code, run.out) == (2, "")
    assert "Traceback" not in run.err


def test_names_and_subjects_cannot_write_on_the_terminal(keys: Command, openssl: OpenSSL) -> None:
    name = "\x1b]0;owned\x07\u202egnp.\r\n-key.pem"
    make(openssl, KEY)
    openssl(
        "req",
        "-new",
        "-x509",
        "-key",
        "ledger-key.pem",
        "-utf8",
        "-subj",
        "/CN=\x1b[2J\u202ered",
        "-out",
        "a.pem",
    )
    Path("ledger-key.pem").rename(name)
    Path(name).chmod(0o644)
    Path("\x9b31m").mkdir()
    run = keys("check", name, "a.pem", "\x9b31m", "no\x1b[0m")
    assert run.code == 2
    assert "chmod 600 FILE" in run.out
    assert all(line.isprintable() for line in (run.out + run.err).split("\n"))
    assert len(run.out.splitlines()) == len(run.out.split("\n")) - 1
    report = keys("check", "--format", "json", name, "a.pem")
    assert json.loads(report.out)["files"][0]["file"] == name
    assert all(line.isprintable() for line in report.out.split("\n"))


def test_a_name_that_is_no_utf_8_is_printed_harmlessly(files: Path) -> None:
    Path("ledger-private-key.pem").rename(os.fsdecode(b"ledger-\xff-key.pem"))
    code = "from generator.keys.cli import app; app(prog_name='scalardl-gen keys')"
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "PYTHONIOENCODING": "ascii",
    }
    for form in ("text", "json"):
        done = subprocess.run(
            [sys.executable, "-c", code, "check", "--format", form, b"ledger-\xff-key.pem"],
            capture_output=True,
            env=environment,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.isascii()


def _secrets(key: bytes) -> set[str]:
    """How a P-256 key in PEM could be printed: its lines; its number in several ways."""
    lines = {line.decode() for line in key.splitlines() if b"-----" not in line}
    loaded = load_pem_private_key(key, None)
    assert isinstance(loaded, EllipticCurvePrivateKey)
    number = loaded.private_numbers().private_value
    encoded = number.to_bytes(32, "big")
    return lines | {str(number), encoded.hex(), base64.b64encode(encoded).decode()[:40], repr(encoded)[2:-1]}


def test_no_private_key_is_ever_printed(keys: Command, openssl: OpenSSL) -> None:
    said: list[Run] = []
    for form in ("pkcs8", "sec1"):
        for options in (["--csr"], [], ["--for", "tls", "--dns", "a.example.com"]):
            folder = Path(f"{form}{len(said)}")
            folder.mkdir()
            said += [keys("new", "ledger", "--form", form, "-o", folder, *options) for _ in (1, 2)]
    made = list(Path().glob("*/*-private-key.pem"))
    make(openssl, f"{KEY}\n{SIGN}\n{ASK}")
    made.append(Path("ledger-key.pem"))
    secrets = set().union(*(_secrets(file.read_bytes()) for file in made))
    whole = made[0].read_bytes()
    Path("cut.pem").write_bytes(whole[:-30])
    Path("damaged.pem").write_bytes(whole.replace(b"MIGH", b"MIGG"))
    Path("twice.pem").write_bytes(whole * 2)
    Path("utf16.pem").write_bytes(whole.decode().encode("utf-16"))
    Path("bare.pem").write_bytes(b"\n".join(whole.splitlines()[1:-1]))
    Path("labelled.pem").write_bytes(whole.replace(b"PRIVATE KEY", b"CERTIFICATE"))
    Path("two-key.pem").write_bytes(whole)
    everything = [file for file in Path().rglob("*") if file.is_file()]
    for options in ([], ["--pair"], ["--for", "tls"], ["--format", "json"], ["--pair", "--format", "json"]):
        said += [keys("check", *options, *everything)]
        said += [keys("check", *options, file) for file in everything]
    printed = "\n".join(run.out + run.err for run in said)
    assert len(made) == 7
    assert "public key SHA-256" in printed
    assert [secret for secret in secrets if secret in printed] == []
    assert "Traceback" not in printed
    assert re.findall("BEGIN (?!PRIVATE KEY-|CERTIFICATE-)", printed) == []
