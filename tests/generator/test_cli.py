"""The command scalardl-gen, as its user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator import cli
from profiles import policy
from profiles.load import BUILTIN
from profiles.policy import RULES


class Run:
    """One run of the command: exit code, stdout, stderr."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
    ) -> None:
        monkeypatch.setattr("sys.argv", ["scalardl-gen", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
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


def test_rules_are_listed_in_their_order(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(monkeypatch, capsys, "explain")
    assert tuple(line.split()[0] for line in run.out.splitlines()) == RULES


@pytest.mark.parametrize("rule", RULES)
def test_the_page_of_a_rule_is_printed(
    rule: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(monkeypatch, capsys, "explain", rule)
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith(f"# {rule}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["policy", "prodution"], "did you mean production?"),
        (["policy", "./nowhere.yaml"], "./nowhere.yaml: no such file"),
        (["policy"], "NAME|FILE"),
        (["profile", "production"], "unexpected extra argument"),
        (["explain", "anti-afinity"], "did you mean anti-affinity?"),
        (["explain", "nothing-like-it"], "the rules are: "),
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
