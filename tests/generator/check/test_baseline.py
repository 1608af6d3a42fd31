"""A baseline: what was found before does not fail, what is new does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generator.check.manifests import DEPLOYMENT, without_affinity
from tests.generator.check.test_cli import answers, written
from tests.generator.commands import Command


def test_what_it_holds_does_not_fail(check: Command, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    assert check("--write-baseline", known, "--fail-on", "recommended", stdin=without_affinity()).code == 0
    run = check("--baseline", known, "--fail-on", "recommended", "--format", "json", stdin=without_affinity())
    assert run.code == 0
    assert [one["known"] for one in answers(run)["spread-nodes"]["findings"]] == [True]


def test_what_is_new_fails(check: Command, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    check("--write-baseline", known, "--fail-on", "never", stdin=DEPLOYMENT)
    run = check("--baseline", known, "--fail-on", "recommended", "--format", "json", stdin=without_affinity())
    assert run.code == 1
    fresh = {name for name, one in answers(run).items() for f in one["findings"] if not f["known"]}
    assert fresh == {"spread-nodes"}


def test_lines_may_move(check: Command, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    check("--write-baseline", known, "--fail-on", "never", stdin=without_affinity())
    moved = "# a line more\n\n" + without_affinity()
    assert check("--baseline", known, "--fail-on", "recommended", stdin=moved).code == 0


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"baselineVersion": 2, "findings": {}}', "{"])
def test_what_is_none_is_refused(check: Command, tmp_path: Path, text: str) -> None:
    file = written(tmp_path, "known.json", text)
    run = check("--baseline", file, stdin=DEPLOYMENT)
    assert (run.code, run.out) == (3, "")
    assert f"{file}: no baseline of version 1" in run.err


def test_one_that_cannot_be_written_is_told(check: Command, tmp_path: Path) -> None:
    run = check("--write-baseline", tmp_path, stdin=DEPLOYMENT)
    assert run.code == 2
    assert f"{tmp_path}: cannot be written" in run.err


SEVERAL = "scalar.db.multi_storage.storages.{}.password=hunter2"


def config(*lines: str, namespace: str = "one") -> str:
    """A Ledger with these properties in the open."""
    text = "".join(f"    {line}\n" for line in lines)
    return (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: properties, namespace: {namespace}}}\n"
        f"data:\n  ledger.properties: |\n{text}---\n{DEPLOYMENT}"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (config(SEVERAL.format("s1")), config(SEVERAL.format("s1"), SEVERAL.format("s2"))),
        (config(SEVERAL.format("s1")), config(SEVERAL.format("s1"), namespace="two")),
    ],
    ids=["another property", "another namespace"],
)
def test_a_second_thing_of_the_same_sort_is_new(
    check: Command, tmp_path: Path, before: str, after: str
) -> None:
    known = tmp_path / "known.json"
    check("--write-baseline", known, "--fail-on", "never", stdin=before)
    run = check("--baseline", known, "--fail-on", "never", "--format", "json", stdin=after)
    assert False in [one["known"] for one in answers(run)["no-plain-secrets"]["findings"]]


def replicas(count: int) -> str:
    return without_affinity().replace("replicas: 3", f"replicas: {count}")


def test_a_figure_may_change(check: Command, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    check("--write-baseline", known, "--fail-on", "never", stdin=replicas(2))
    run = check("--baseline", known, "--fail-on", "never", "--format", "json", stdin=replicas(1))
    assert [one["known"] for one in answers(run)["availability-pods"]["findings"]] == [True]


def test_an_item_may_come_before_it_in_its_list(check: Command, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    first = without_affinity().replace(
        "containers:\n", "containers:\n      - {name: agent, image: 'agent:1'}\n"
    )
    check("--write-baseline", known, "--fail-on", "never", stdin=without_affinity())
    run = check("--baseline", known, "--fail-on", "never", "--format", "json", stdin=first)
    found = [f for one in answers(run).values() for f in one["findings"] if "scalardl-ledger" in f["problem"]]
    assert found
    assert [one["problem"] for one in found if not one["known"]] == []


def test_what_cannot_be_used_is_never_known(check: Command, tmp_path: Path) -> None:
    """Behind a deployment file that is wrong by itself anything may hide."""
    ours = written(tmp_path, "ours.yaml", 'extends: production\nkubernetesVersion: "1.20"\n')
    known = tmp_path / "known.json"
    check(ours, "--write-baseline", known)
    run = check(ours, "--baseline", known, "--format", "json")
    assert run.code == 1
    assert answers(run)["kubernetes-version"]["status"] == "not-met"
    assert "cannot be used until what is found in it is mended" in " ".join(run.data["remarks"])
