"""`init` at a terminal: what is asked, what is explained, and how it ends."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from generator.init import cli as init_cli
from profiles.load import ResolvedProfile, load
from tests.generator.init.conftest import Runner

# More than there are questions.
ENTERS = "\n" * 40


def asked(err: str) -> list[str]:
    """The questions that were asked, without what stands in brackets."""
    return re.findall(r"(?:^|\]: )([A-Z][^\[\n]*?)(?: \([^)]*\))? \[", err, re.MULTILINE)


def test_enter_everywhere_makes_what_yes_makes(run: Runner, folder: Path) -> None:
    done = run(typed=ENTERS)
    assert (done.code, done.out) == (0, "")
    run("-o", "other.yaml", "--yes")
    assert (folder / "scalardl.yaml").read_bytes() == (folder / "other.yaml").read_bytes()


def test_yes_asks_nothing_at_a_terminal(run: Runner, folder: Path) -> None:
    done = run("--yes", typed="")
    assert (done.code, asked(done.err)) == (0, [])


def test_answers_make_the_profile(run: Runner, folder: Path) -> None:
    typed = [
        "multi-az",
        "eks",
        "eu-west-1",
        "l-cluster",
        "",
        "10.60.0.0/16",
        "",
        "l.acme.test",
        "",
        "l-team",
        "",
    ]
    typed += ["a=10.2.0.0/16 b=10.3.0.0/16, a=10.4.0.0/16", "app-team", "dynamo", "", "eu-west-2"]
    typed += ["hmac", "cluster-issuer", "our-ca", "medium", "6", ""]
    done = run(typed="\n".join(typed) + "\n")
    profile = load(str(folder / "scalardl.yaml")).profile
    assert done.code == 0
    assert (profile.extends, profile.size) == ("multi-az", "medium")
    ledger, auditor = profile.ledger, profile.auditor
    assert (ledger.cluster.name, ledger.cluster.network) == ("l-cluster", "10.60.0.0/16")
    assert (auditor.cluster.provider, auditor.cluster.region) == ("eks", "eu-west-1")
    assert (ledger.address, ledger.administrative_domain) == ("l.acme.test", "l-team")
    # DynamoDB is taken to be where EKS is, if nothing else is said.
    assert (ledger.database.region, auditor.database.region) == ("eu-west-1", "eu-west-2")
    assert (auditor.authentication.method, auditor.tls.issuer) == ("hmac", "our-ca")
    assert {client.name: client.networks for client in profile.clients} == {
        "a": ("10.2.0.0/16", "10.4.0.0/16"),
        "b": ("10.3.0.0/16",),
    }
    assert {client.administrative_domain for client in profile.clients} == {"app-team"}


def test_an_option_is_not_asked_again(run: Runner, folder: Path) -> None:
    done = run("--provider", "gke", "--extends", "test", typed=ENTERS)
    assert "Profile to extend" not in asked(done.err)
    assert "Provider of the clusters" not in asked(done.err)
    assert "Region of the clusters" in asked(done.err)


@pytest.mark.parametrize(
    ("arguments", "question", "wanted"),
    [
        ([], "Name of the issuer of cert-manager", False),
        (["--tls", "issuer", "--issuer", "x"], "Name of the issuer of cert-manager", False),
        ([], "Administrators of the applications", False),
        (["--client", "a=10.2.0.0/16"], "Administrators of the applications", True),
        ([], "Nodes for ScalarDL in each cluster", True),
        (["--extends", "test"], "Nodes for ScalarDL in each cluster", False),
        (["--storage", "cosmos"], "Ledger's database: its URI", True),
        (["--storage", "jdbc"], "Auditor's database: its JDBC URL", True),
    ],
    ids=str,
)
def test_only_what_says_something_is_asked(
    arguments: list[str], question: str, wanted: bool, run: Runner, folder: Path
) -> None:
    done = run(*arguments, typed=ENTERS)
    assert done.code == 0
    assert (question in asked(done.err)) is wanted


@pytest.mark.parametrize(
    ("arguments", "typed", "question", "said"),
    [
        ([], ["prodution", "production"], "Profile to extend", "did you mean production?"),
        ([], ["", "esk", "eks"], "Provider of the clusters", "did you mean eks?"),
        (
            ["--extends", "test", "--tls", "issuer"],
            [""] * 15 + ["", "our-ca"],
            "Name of the issuer",
            "asks an issuer",
        ),
        (["--size", "large"], [""] * 17 + ["7", "8"], "Nodes for ScalarDL", "8 pods"),
        (
            ["--auditor-network", "10.0.0.0/8"],
            [""] * 5 + ["10.1.0.0/16", "172.16.0.0/16"],
            "Network of Ledger",
            "overlap",
        ),
    ],
    ids=str,
)
def test_a_wrong_answer_is_explained_and_asked_again(
    arguments: list[str], typed: list[str], question: str, said: str, run: Runner, folder: Path
) -> None:
    done = run(*arguments, typed="\n".join(typed) + "\n" + ENTERS)
    assert done.code == 0
    assert said in done.err
    assert len([each for each in asked(done.err) if each.startswith(question)]) == 2
    # A place in a file that is not there yet helps nobody.
    assert not re.search(r":[0-9]+:[0-9]+: ", done.err)


def test_a_question_mark_explains(run: Runner, folder: Path) -> None:
    done = run(typed="?\n" + ENTERS)
    assert "The built-in profile to build on" in done.err
    assert asked(done.err)[:2] == ["Profile to extend", "Profile to extend"]


def test_a_question_mark_speaks_of_the_prompt(run: Runner, folder: Path) -> None:
    said = run(typed="\n" * 11 + "?\n" + ENTERS).err
    assert "Several on one line" in said
    assert "Repeat it" not in said


def test_a_wrong_option_is_refused_before_anything_is_asked(run: Runner, folder: Path) -> None:
    done = run("--ledger-network", "10.0.0.1/16", typed=ENTERS)
    assert (done.code, asked(done.err)) == (2, [])
    assert "--ledger-network" in done.err


def test_a_file_that_exists_is_told_of_before_anything_is_asked(run: Runner, folder: Path) -> None:
    (folder / "scalardl.yaml").write_text("mine", encoding="utf-8")
    done = run(typed=ENTERS)
    assert (done.code, asked(done.err)) == (2, [])


def test_an_option_that_an_answer_makes_needless_is_refused_at_once(run: Runner, folder: Path) -> None:
    done = run("--issuer", "our-ca", typed=ENTERS)
    assert done.code == 2
    assert "--issuer: TLS of the mode self-signed asks no issuer" in done.err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("typed", ["", "test\n", "test\neks"])
def test_the_end_of_input_writes_nothing(typed: str, run: Runner, folder: Path) -> None:
    done = run(typed=typed)
    assert (done.code, done.out) == (2, "")
    assert "nothing is written" in done.err
    assert list(folder.iterdir()) == []


def test_ctrl_c_while_it_is_written_leaves_nothing(
    run: Runner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(path: str) -> ResolvedProfile:
        if Path(path).parent == folder:
            raise KeyboardInterrupt
        return load(path)

    monkeypatch.setattr(init_cli, "load", interrupted)
    assert run("--yes").code == 130
    assert list(folder.iterdir()) == []


# Makes the terminal at stdin its own, so that Ctrl-C reaches it.
# A shell may have started the tests with SIGINT ignored.
CHILD = """
import fcntl, signal, termios, typer
from generator.init.cli import init
signal.signal(signal.SIGINT, signal.default_int_handler)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
app = typer.Typer()
app.command()(init)
app()
"""


def typed(keys: str, master: int, child: subprocess.Popen[bytes]) -> None:
    """Types the keys, and the last of them again until the child ends.

    A program that changes how its terminal reads may drop what was typed just before.
    """
    os.write(master, keys.encode())
    for _ in range(60):
        try:
            child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            os.write(master, keys[-1].encode() * 40)
        else:
            return
    child.kill()
    pytest.fail("it still asks after a minute of answers")


@pytest.mark.parametrize(
    ("keys", "code", "written"),
    [("\x03", 130, False), ("test\r\x04", 2, False), ("test\r" + "\r" * 40, 0, True)],
)
def test_at_a_real_terminal(keys: str, code: int, written: bool, folder: Path) -> None:
    master, terminal = pty.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-c", CHILD],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(init_cli.__file__).parents[2])},
            stdin=terminal,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as child:
            assert child.stderr
            said = b""
            while not said.endswith(b"[production]: "):
                said += child.stderr.read(1) or pytest.fail(said.decode())
            typed(keys, master, child)
            rest = child.stderr.read().decode()
    finally:
        os.close(master)
        os.close(terminal)
    assert child.returncode == code, rest
    assert "Traceback" not in rest
    assert [file.name for file in folder.iterdir()] == ["scalardl.yaml"] * written
