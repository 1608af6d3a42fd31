"""Each folder of cases: `existing.yaml` brought up to `wanted.yaml` is what is expected.

A case holds `expected.yaml` and `changes.txt`, a line per change; or, where the merge must refuse,
`error.txt`. In a case with credentials those of the file are `hunter` and a number, those of the
profile `changed` and a number.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from generator.merging.reading import MOST_BYTES, read
from generator.merging.values import Merged, merge
from profiles.errors import ProfileError

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/existing.yaml"))
ACCEPTED = [case for case in CASES if not (case / "error.txt").exists()]


def run(case: Path) -> Merged:
    text = read(case / "existing.yaml", "values.yaml")
    return merge(text, yaml.safe_load((case / "wanted.yaml").read_text()), "values.yaml")


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.name)
def test_gives_what_is_expected(case: Path) -> None:
    assert run(case).text.encode() == (case / "expected.yaml").read_bytes()


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.name)
def test_says_what_it_changed(case: Path) -> None:
    lines = (case / "changes.txt").read_text().splitlines()
    assert [change.line_of_text("values.yaml") for change in run(case).changes] == lines


@pytest.mark.parametrize("case", [case for case in CASES if case not in ACCEPTED], ids=lambda case: case.name)
def test_refuses(case: Path) -> None:
    with pytest.raises(ProfileError) as refusal:
        run(case)
    assert str(refusal.value).splitlines() == (case / "error.txt").read_text().splitlines()


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.name)
def test_a_second_merge_changes_nothing(case: Path) -> None:
    text = run(case).text
    assert merge(text, yaml.safe_load((case / "wanted.yaml").read_text()), "values.yaml") == Merged(text, ())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_shows_no_credential(case: Path) -> None:
    try:
        said = str(run(case).changes)
    except ProfileError as refusal:
        said = str(refusal)
    assert "hunter" not in said
    assert "changed" not in said


def test_a_file_of_more_than_a_mebibyte_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text("#" * (MOST_BYTES + 1))
    said = "^v.yaml:1:1: larger than 1 MiB; .*; check the path$"
    with pytest.raises(ProfileError, match=said):
        read(file, "v.yaml")
    with pytest.raises(ProfileError, match=said):
        merge(file.read_text(), {}, "v.yaml")


@pytest.mark.parametrize(
    ("name", "said"), [("none.yaml", "no such file"), (".", "a folder"), ("a\0", "path")]
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(ProfileError, match=f"^v.yaml: .*{said}.*; "):
        read(tmp_path / name, "v.yaml")
