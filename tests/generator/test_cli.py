"""The command scalardl-gen, as its user meets it."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

import postrender
from generator import cli
from generator.cli import TOPICS
from postrender.version import VERSION
from profiles import policy
from profiles.load import BUILTIN
from profiles.policy import RULES
from profiles.requirements import requirements


class Run:
    """One run of the command: exit code, stdout, stderr."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        *arguments: str,
        today: datetime.date | None = None,
    ) -> None:
        monkeypatch.setattr("sys.argv", ["scalardl-gen", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main(today)
        self.code = ended.value.code or 0
        self.out, self.err = capsys.readouterr()


def test_profiles_are_listed_with_their_descriptions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(monkeypatch, capsys, "profile")
    assert run.code == 0
    listed = dict(line.split(None, 1) for line in run.out.splitlines())
    assert tuple(listed) == BUILTIN


@pytest.mark.parametrize("name", BUILTIN)
def test_a_policy_is_printed(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(monkeypatch, capsys, "policy", name)
    assert (run.code, run.err) == (0, "")
    assert policy.load(run.out, "stdout").profile == name


def test_the_policy_of_a_file_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ours.yaml").write_text("extends: production\nscope: all\n", encoding="utf-8")
    run = Run(monkeypatch, capsys, "policy", str(tmp_path / "ours.yaml"))
    assert json.loads(run.out)["scope"] == "all"


def test_the_schema_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(monkeypatch, capsys, "schema")
    assert "extends" in json.loads(run.out)["properties"]


def test_rules_are_listed_in_their_order_then_topics_then_requirements(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(monkeypatch, capsys, "explain")
    assert tuple(line.split()[0] for line in run.out.splitlines()) == (
        *RULES,
        *TOPICS,
        *requirements(),
    )


@pytest.mark.parametrize("requirement", requirements())
def test_every_requirement_has_a_page(
    requirement: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Run(monkeypatch, capsys, "explain", requirement).out
    assert page.startswith(f"# {requirement}\n")
    assert "Asked by: " in page


def test_every_word_is_listed_with_what_it_is_about(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(monkeypatch, capsys, "explain")
    assert [line for line in run.out.splitlines() if len(line.split()) < 3] == []


@pytest.mark.parametrize("word", [*RULES, *TOPICS])
def test_the_page_of_a_word_is_printed(
    word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(monkeypatch, capsys, "explain", word)
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith(f"# {word}\n")


def test_every_topic_that_has_a_page_is_known() -> None:
    pages = (Path(postrender.__file__).parent / "rules" / "topics").glob("*.md")
    assert {page.stem for page in pages} == set(TOPICS)


def test_the_version_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(monkeypatch, capsys, "--version")
    assert (run.code, run.out, run.err) == (0, f"scalardl-gen {VERSION}\n", "")


def test_the_help_ends_no_sentence_in_the_middle(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    run = Run(monkeypatch, capsys, "--help")
    commands = run.out.partition("Commands:\n")[2].splitlines()
    assert commands
    assert [line for line in commands if not line.endswith(".") or line.endswith("...")] == []


def test_without_a_word_the_help_is_shown_and_the_exit_code_is_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(monkeypatch, capsys)
    assert run.code == 2
    assert "Commands:" in run.out + run.err


@pytest.mark.parametrize(
    ("until", "warnings"),
    [
        ("2026-03-30", ["exemption 2, until: 2026-03-30 has passed"]),
        ("2026-03-31", []),
        ("2026-04-01", []),
        ("null", []),
    ],
    ids=["the day before", "its last day", "the day after", "for good"],
)
def test_an_exemption_past_its_last_day_is_warned_of(
    until: str,
    warnings: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(
        "extends: production\nexemptions:\n"
        "  - {rule: node-pool, kind: Job, name: load, reason: runs once}\n"
        f"  - {{rule: node-pool, kind: Job, name: load, reason: runs once, until: {until}}}\n",
        encoding="utf-8",
    )
    run = Run(monkeypatch, capsys, "policy", str(file), today=datetime.date(2026, 3, 31))
    assert run.code == 0
    assert policy.load(run.out, "stdout").exemptions[1].reason == "runs once"
    assert [line.partition("warning: ")[2].partition(";")[0] for line in run.err.splitlines()] == warnings


def test_the_warning_of_an_exemption_has_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "base.yaml").write_text(
        "extends: production\nexemptions:\n"
        "  - {rule: node-pool, kind: Job, name: load, reason: once,\n     until: 2026-01-01}\n",
        encoding="utf-8",
    )
    (tmp_path / "ours.yaml").write_text("extends: ./base.yaml\n", encoding="utf-8")
    day = datetime.date(2026, 3, 31)
    run = Run(monkeypatch, capsys, "policy", str(tmp_path / "ours.yaml"), today=day)
    assert run.err.startswith(f"{tmp_path / 'base.yaml'}:4:13: warning: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["policy", "prodution"], "did you mean production?"),
        (["policy", "./nowhere.yaml"], "./nowhere.yaml: no such file"),
        (["policy"], "NAME|FILE"),
        (["profile", "production", "test"], "unexpected extra argument"),
        (["explain", "anti-afinity"], "did you mean anti-affinity?"),
        (["explain", "nothing-like-it"], "list them with: scalardl-gen explain"),
        (["explain", "patch"], "did you mean patches?"),
        (["show", "prodution"], "did you mean production?"),
        (["show"], "NAME|FILE"),
        (["policy", "."], ".: a folder;"),
        (["policy", ""], "an empty name;"),
        (["harden"], "No such command"),
        (["policy", "--nonsense", "test"], "No such option"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_reason(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(monkeypatch, capsys, *arguments)
    assert (run.code, run.out) == (2, "")
    assert said in run.err
    assert "Traceback" not in run.err


def test_a_wrong_profile_ends_with_2_and_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text("extends: production\nnodepool: {}\n", encoding="utf-8")
    run = Run(monkeypatch, capsys, "policy", str(file))
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith(f"{file}:2:1: nodepool: unknown key")
