"""The page that a run writes says what was shown, and no more."""

from __future__ import annotations

from pathlib import Path

from tests.prove import record
from tests.prove.record import Agreement, Record, Shown

RUNS = [
    Record(
        1,
        [Shown("test_drain.py", version, "Scenario 2: nodes are drained.", "hardened it ends", seconds)],
        [Agreement(version, 7, {"drain": {"yes": 3, "differs": 1}, "update": {"no": 1, "either way": 2}})],
    )
    for version, seconds in (("1.37.2", 30), ("1.32.13", 120))
]


def page(folder: Path) -> list[str]:
    (folder / "etcd.seconds").write_text("240\n")
    programs = {"etcd 3.7.3": folder / "etcd", "Helm 4.2.4": folder / "helm"}
    return record.page(RUNS, programs, {("drain", "trial-5"): "for this reason"}, 600).splitlines()


def test_what_a_run_has_shown_is_told_with_its_versions(tmp_path: Path) -> None:
    assert "- hardened it ends (1.37.2 and 1.32.13)" in page(tmp_path)


def test_the_agreement_counts_the_answers_that_decide(tmp_path: Path) -> None:
    found = page(tmp_path)
    assert "Kubernetes 1.37.2, 7 random releases: 4 of 5 answers that decide agree." in found
    assert found.count("| **all** | 7 | 3 | 1 | 2 | 0 | 1 |") == 2


def test_a_known_difference_is_told_with_its_reason(tmp_path: Path) -> None:
    assert "- drain of trial-5: for this reason" in page(tmp_path)


def test_times_are_those_of_the_builds_and_of_the_run(tmp_path: Path) -> None:
    found = page(tmp_path)
    assert "| etcd 3.7.3 | 4 min |" in found
    assert "| 1.32.13 | 1 | 2 min |" in found
    assert any(line.startswith("The run took 10 min on ") for line in found)


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    record.save(tmp_path / "told", RUNS[0])
    assert record.load(tmp_path / "told") == RUNS[0]
