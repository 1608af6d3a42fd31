"""Each folder of `errors/` holds a profile that must be refused, and the words in which."""

from __future__ import annotations

import contextlib
import functools
import re
from pathlib import Path

import pytest

from profiles.errors import ProfileError
from profiles.load import load

CASES = sorted(path.parent for path in (Path(__file__).parent / "errors").glob("*/profile.yaml"))


def refusal(argument: str) -> str:
    with pytest.raises(ProfileError) as caught:
        load(argument)
    return str(caught.value)


@functools.cache
def words(case: Path) -> str:
    with contextlib.chdir(case):
        return refusal("profile.yaml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_wrong_profile_is_refused_in_these_words(case: Path) -> None:
    assert words(case) + "\n" == (case / "error.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_problem_names_a_place_that_exists(case: Path) -> None:
    for line in words(case).splitlines():
        found = re.match(r"([\w./-]+):(\d+):(\d+): \S", line)
        assert found, line
        lines = (case / found[1]).read_bytes().splitlines()
        assert int(found[2]) <= len(lines) + 1, line


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_refusal_shows_what_may_be_a_password(case: Path) -> None:
    assert "hidden-content" not in words(case)
    assert "canary" not in words(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_refusal_ends_with_its_cure(case: Path) -> None:
    for line in words(case).splitlines():
        clauses = line.split("; ")
        assert len(clauses) > 1, line
        assert all(clause.strip(" ;") == clause and clause for clause in clauses), line
        assert not any(clause.startswith("(") for clause in clauses), line


def test_an_unknown_name_lists_the_known_and_the_nearest() -> None:
    text = refusal("prodution")
    assert "did you mean production?" in text
    assert "test, production, multi-az" in text
    assert "./prodution" in text


def test_a_name_is_never_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ours").write_text("extends: production\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert "./ours" in refusal("ours")
    assert load("./ours").name == "ours"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert refusal(str(tmp_path / "no.yaml")).startswith(f"{tmp_path / 'no.yaml'}: no such file")


def test_a_directory_is_refused(tmp_path: Path) -> None:
    assert f"{tmp_path}: a folder" in refusal(str(tmp_path))


@pytest.mark.parametrize("name", [".", "..", "folder", "./folder", "folder/"])
def test_a_folder_is_called_one(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    assert refusal(name) == f"{name}: a folder; a profile is one file; name the file in it"


def test_a_path_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "cannot be read" in refusal(str(tmp_path / "file" / "ours.yaml"))


def test_an_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The superuser may read anything, so the refusal is played.
    def closed(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("profiles.document.opened", closed)
    assert "cannot be read: Permission denied" in refusal(str(tmp_path / "ours.yaml"))


@pytest.mark.parametrize(
    "name", ["", "a\0b.yaml", "x" * 5000 + ".yaml"], ids=["empty", "zero-byte", "too-long"]
)
def test_an_impossible_path_is_refused(name: str) -> None:
    assert refusal(name)


def test_an_endless_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_text("# " + "x" * 300_000, encoding="utf-8")
    assert "larger than 256 KiB" in refusal(str(tmp_path / "big.yaml"))


@pytest.mark.parametrize("text", ["[" * 5000, "a: " + "{a: " * 5000, "- " * 5000], ids=["[", "{", "-"])
def test_deep_nesting_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "deep.yaml").write_text(text, encoding="utf-8")
    assert "deep.yaml:" in refusal(str(tmp_path / "deep.yaml"))


def test_an_endless_number_is_refused(tmp_path: Path) -> None:
    (tmp_path / "long.yaml").write_text(
        f"extends: production\nnodePool: {{nodes: {'9' * 5000}}}\n", encoding="utf-8"
    )
    assert "long.yaml:2:" in refusal(str(tmp_path / "long.yaml"))
