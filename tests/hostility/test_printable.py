"""Nothing that is printed for a person or a machine holds a sign that a terminal obeys, whoever named it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from generator.check.cli import Format as CheckFormat
from generator.network.cli import Format as NetworkFormat
from generator.plan.cli import Format as PlanFormat
from tests.conftest import Harden
from tests.fuzz.printable import assert_printable
from tests.generator.commands import command
from tests.hostility.printing import (
    ACCEPTED,
    BROKEN,
    EVIL_NAME,
    HOMOGLYPHS,
    NO_YAML,
    PROFILE,
    STREAM,
    TURNED,
    VALUES,
)
from tests.test_bad_input import LEDGER

BAD_STREAMS = {"refused": STREAM, "hardened": ACCEPTED, "misshapen": BROKEN, "no yaml": NO_YAML}
MODES = ((), ("--check",), ("--check", "--format", "json"), ("--diff",), ("--profile", "test", "--diff"))


@pytest.mark.parametrize("mode", MODES, ids=" ".join)
@pytest.mark.parametrize("name", BAD_STREAMS)
def test_harden(harden: Harden, name: str, mode: tuple[str, ...]) -> None:
    done = harden(BAD_STREAMS[name], *mode, "--report", "report.txt")
    assert_printable(done.stderr)
    if mode:
        assert_printable(done.stdout)


def test_some_of_these_are_hardened_and_some_are_refused(harden: Harden) -> None:
    codes = {name: harden(text).returncode for name, text in BAD_STREAMS.items()}
    assert codes == {"refused": 1, "hardened": 0, "misshapen": 3, "no yaml": 3}


@pytest.mark.parametrize("name", BAD_STREAMS)
@pytest.mark.parametrize("form", ["text", "json"])
def test_reports(harden: Harden, tmp_path: Path, name: str, form: str) -> None:
    harden(BAD_STREAMS[name], "--report", "report", "--format", form)
    assert_printable((tmp_path / "report").read_text())
    assert_printable(harden("", "last", "--format", form).stdout)


def test_a_report_for_a_machine_still_has_the_names(harden: Harden) -> None:
    found = json.loads(harden(STREAM, "--check", "--format", "json").stdout)["findings"]
    assert any(EVIL_NAME in finding["object"]["name"] for finding in found)


def test_only_our_colours(harden: Harden) -> None:
    for mode in ("--check", "--diff"):
        done = harden(ACCEPTED, mode, env={"FORCE_COLOR": "1"})
        assert "\x1b[" in done.stdout
        assert_printable(done.stdout, coloured=True)


def test_a_name_of_two_lines_makes_no_line_of_its_own(harden: Harden) -> None:
    done = harden(STREAM, "--check")
    told = (done.stdout + done.stderr).splitlines()
    assert [line for line in told if line.lstrip().startswith("Namespace fake")] == []


def test_a_name_of_two_lines_adds_nothing_to_the_manifests(harden: Harden) -> None:
    """New objects carry the name of their workload, also in a comment."""
    text = LEDGER.replace("name: x-ledger", 'name: "x-ledger\\n---\\nkind: Evil\\napiVersion: v1"', 1)
    done = harden(text)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("kind: Evil")] == []


def test_letters_that_look_like_others_stay(harden: Harden) -> None:
    text = LEDGER.replace("name: x-ledger", f"name: x-{HOMOGLYPHS}", 1)
    done = harden(text, "--check")
    assert f"Deployment x-{HOMOGLYPHS}" in done.stdout


ARGUMENTS = (
    (f"--{EVIL_NAME}",),
    ("last", f"--{EVIL_NAME}"),
    ("last", EVIL_NAME),
    ("--format", EVIL_NAME),
    ("--exclude", EVIL_NAME),
    ("--profile", EVIL_NAME),
    ("--profile", f"{EVIL_NAME}.yaml"),
    ("--profile", f"{EVIL_NAME}.json"),
    ("--report", f"none/{EVIL_NAME}"),
    ("--emit", EVIL_NAME, "-o", "x"),
    ("--emit", "flux", "-o", f"folder{EVIL_NAME}"),
)


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=lambda words: ascii(" ".join(words))[:40])
def test_arguments_of_harden(harden: Harden, arguments: tuple[str, ...]) -> None:
    done = harden(LEDGER, *arguments)
    assert_printable(done.stderr)
    assert "Traceback" not in done.stderr


def test_a_profile_in_the_environment(harden: Harden) -> None:
    assert_printable(harden(LEDGER, env={"SCALARDL_PROFILE": EVIL_NAME}).stderr)


@pytest.mark.parametrize(
    "text", [PROFILE, TURNED, "a: [\x9b", "\x1b"], ids=["keys", "turned", "raw", "escape"]
)
def test_a_profile(harden: Harden, tmp_path: Path, text: str) -> None:
    path = tmp_path / f"p{EVIL_NAME}.yaml".replace("/", "")
    path.write_text(text)
    done = harden(LEDGER, "--profile", path.name, "--check")
    assert done.returncode == 2
    assert_printable(done.stderr + done.stdout)


Gen = Callable[..., str]


@pytest.fixture
def gen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Gen:
    """Runs scalardl-gen in a folder of its own and gives all that it printed."""
    monkeypatch.chdir(tmp_path)

    def run(name: str, *arguments: str, stdin: str = "") -> str:
        done = command(name, monkeypatch, capsys)(*arguments, stdin=stdin)
        assert "Traceback" not in done.err
        return done.err + done.out

    return run


@pytest.mark.parametrize(
    ("word", "form"),
    [
        *(("check", form) for form in get_args(CheckFormat)),
        *(("plan", form) for form in get_args(PlanFormat)),
        *(("network", form) for form in get_args(NetworkFormat)),
    ],
)
def test_gen_on_manifests(gen: Gen, word: str, form: str) -> None:
    assert_printable(gen(word, "--format", form, stdin=ACCEPTED))


@pytest.mark.parametrize("word", ["check", "plan", "network"])
@pytest.mark.parametrize("name", BAD_STREAMS)
def test_gen_on_a_file(gen: Gen, tmp_path: Path, word: str, name: str) -> None:
    path = tmp_path / f"m{EVIL_NAME}.yaml"
    path.write_text(BAD_STREAMS[name])
    assert_printable(gen(word, path.name))


@pytest.mark.parametrize(
    "arguments",
    [
        ("network", "--from", EVIL_NAME, "--to", "ledger"),
        ("network", "--from", "clients", "--to", "ledger", "--port", EVIL_NAME),
        ("network", "--diff", "-", EVIL_NAME),
        ("check", "--namespace", EVIL_NAME),
        ("check", "--format", EVIL_NAME),
        ("check", "--fail-on", EVIL_NAME),
        ("check", "--baseline", EVIL_NAME),
        ("check", "--exemptions", EVIL_NAME),
        ("check", "--write-baseline", EVIL_NAME),
        ("check", "--write-baseline", f"none/{EVIL_NAME}"),
        ("check", f"--{EVIL_NAME}"),
        ("plan", "--nodes", EVIL_NAME),
        ("plan", "--profile", EVIL_NAME),
    ],
    ids=lambda words: ascii(" ".join(words))[:40],
)
def test_arguments_of_gen_on_manifests(gen: Gen, arguments: tuple[str, ...]) -> None:
    assert_printable(gen(*arguments, stdin=ACCEPTED))


@pytest.mark.parametrize(
    "arguments",
    [
        (EVIL_NAME,),
        ("show", EVIL_NAME),
        ("explain", EVIL_NAME),
        ("policy", "production", "--for", EVIL_NAME),
        ("profile", "production", "-o", EVIL_NAME),
        ("values", "production", "--for", EVIL_NAME),
        ("values", "production", "--for", "ledger", "--merge", EVIL_NAME),
        ("keys", "new", EVIL_NAME),
        ("keys", "new", "ledger", "-o", EVIL_NAME),
        ("keys", "new", "ledger", "--subject", f"CN={EVIL_NAME}"),
        ("keys", "new", "ledger", "--for", "tls", "--dns", EVIL_NAME),
        ("keys", "check", EVIL_NAME),
        ("keys", "check", f"{EVIL_NAME}.pem", "--format", "json"),
        ("init", "--yes", "--provider", EVIL_NAME),
        ("init", "--yes", "-o", f"none/{EVIL_NAME}"),
        ("argocd", "manifests", "-o", EVIL_NAME),
        ("argocd", "generate", EVIL_NAME),
    ],
    ids=lambda words: ascii(" ".join(words))[:40],
)
def test_arguments_of_gen(gen: Gen, arguments: tuple[str, ...]) -> None:
    assert_printable(gen(*arguments))


@pytest.mark.parametrize("text", [PROFILE, TURNED], ids=["keys", "turned"])
@pytest.mark.parametrize(
    "words", [("show",), ("policy",), ("profile", "--for", "ledger"), ("check",)], ids=" ".join
)
def test_gen_on_a_profile(gen: Gen, tmp_path: Path, words: tuple[str, ...], text: str) -> None:
    path = tmp_path / f"p{EVIL_NAME}.yaml"
    path.write_text(text)
    assert_printable(gen(*words, path.name))


def test_values_of_a_user(gen: Gen, tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text(VALUES)
    assert_printable(gen("check", "values.yaml"))
    told = gen("values", "production", "--for", "ledger", "--merge", "values.yaml")
    assert_printable(told.partition("values.yaml: ")[2].splitlines()[0])


def test_exemptions_and_baseline(gen: Gen, tmp_path: Path) -> None:
    (tmp_path / "e.yaml").write_text(PROFILE)
    (tmp_path / "m.yaml").write_text(ACCEPTED)
    assert_printable(gen("check", "m.yaml", "--exemptions", "e.yaml"))
    gen("check", "m.yaml", "--write-baseline", "b.json")
    assert_printable((tmp_path / "b.json").read_text())
    assert_printable(gen("check", "m.yaml", "--baseline", "b.json"))


def test_keys_of_a_name(gen: Gen, tmp_path: Path) -> None:
    gen("keys", "new", "ledger")
    path = tmp_path / f"{EVIL_NAME}.pem"
    path.write_bytes((tmp_path / "ledger-certificate.pem").read_bytes())
    for form in ("text", "json"):
        assert_printable(gen("keys", "check", path.name, "--format", form))
