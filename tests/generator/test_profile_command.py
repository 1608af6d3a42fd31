"""The commands `profile` and `values` as a user runs them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import BIN

PLAIN_CHART = """\
# Ledger, as we install it
ledger:
  replicaCount: 2   # two will do
  podLabels: {team: payments}
"""


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    file = tmp_path / "ours.yaml"
    file.write_text("extends: production\n", encoding="utf-8")
    return file


def gen(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / "scalardl-gen"), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


def test_without_a_name_the_profiles_are_listed(tmp_path: Path) -> None:
    lines = gen("profile", folder=tmp_path).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["test", "production", "multi-az"]


@pytest.mark.parametrize("domain", ["ledger", "auditor"])
def test_values_are_all_that_stands_on_stdout(ours: Path, domain: str, tmp_path: Path) -> None:
    done = gen("profile", ours, "--for", domain, folder=tmp_path)
    assert done.returncode == 0
    assert yaml.safe_load(done.stdout).keys() >= {"hardening", "loader", "schema-loading"}


def test_a_placeholder_is_said(ours: Path, tmp_path: Path) -> None:
    done = gen("profile", ours, "--for", "ledger", folder=tmp_path)
    assert "ledger.address: ledger.scalardl.example.com is a placeholder" in done.stderr


def test_a_declared_address_is_not_said(ours: Path, tmp_path: Path) -> None:
    ours.write_text("extends: production\nledger: {address: ledger.acme.internal}\n", encoding="utf-8")
    assert "ledger.address" not in gen("profile", ours, "--for", "ledger", folder=tmp_path).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["profile", "production"], "--for ledger or --for auditor"),
        (["values", "production"], "--for ledger or --for auditor"),
        (["profile", "production", "--for", "lodger"], "--for lodger: no such domain"),
        (["profile", "prodution", "--for", "ledger"], "did you mean production?"),
        (["profile", "no.yaml", "--for", "ledger"], "no.yaml: no such file"),
        (["values", "production", "--for", "ledger", "--merge", "no.yaml"], "no.yaml: no such file"),
        (["policy", "production", "--for", "both"], "--for both: no such domain"),
    ],
)
def test_wrong_usage_is_one_line_and_no_output(words: list[str], said: str, tmp_path: Path) -> None:
    done = gen(*words, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_no_auditor_is_made_where_there_is_none(ours: Path, tmp_path: Path) -> None:
    ours.write_text("extends: production\nauditorMode: false\n", encoding="utf-8")
    done = gen("profile", ours, "--for", "auditor", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "auditorMode is false" in done.stderr
    assert gen("profile", ours, "-o", "out", folder=tmp_path).returncode == 0
    assert {entry.name for entry in (tmp_path / "out").iterdir()} == {"ledger"}


def test_a_bundle_has_a_folder_for_each_domain(ours: Path, tmp_path: Path) -> None:
    assert gen("profile", ours, "-o", "out", folder=tmp_path).returncode == 0
    for domain in ("ledger", "auditor"):
        there = {entry.name for entry in (tmp_path / "out" / domain).iterdir()}
        assert there >= {"chart", "namespace.yaml", "runbook.md"}


def test_a_domains_folder_is_made_anew_without_the_other(ours: Path, tmp_path: Path) -> None:
    gen("profile", ours, "-o", "out", folder=tmp_path)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (tmp_path / "out" / "ledger").rename(theirs / "ledger")
    ours.write_text("extends: production\nledger: {address: ledger.acme.internal}\n", encoding="utf-8")
    done = gen("profile", ours, "--for", "ledger", "-o", ".", folder=theirs)
    assert (done.returncode, [entry.name for entry in theirs.iterdir()]) == (0, ["ledger"])
    assert "ledger.acme.internal" in (theirs / "ledger" / "runbook.md").read_text(encoding="utf-8")


def test_the_policy_of_a_domain_is_the_one_that_its_values_carry(ours: Path, tmp_path: Path) -> None:
    values = yaml.safe_load(gen("profile", ours, "--for", "auditor", folder=tmp_path).stdout)
    assert gen("policy", ours, "--for", "auditor", folder=tmp_path).stdout == values["hardening"]["policy"]


def test_values_of_a_single_chart_are_brought_up_to_the_profile(ours: Path, tmp_path: Path) -> None:
    mine = tmp_path / "values.yaml"
    mine.write_text(PLAIN_CHART, encoding="utf-8")
    done = gen("values", ours, "--for", "ledger", "--merge", mine, folder=tmp_path)
    merged = yaml.safe_load(done.stdout)
    assert merged["ledger"]["replicaCount"] == 3
    assert merged["ledger"]["podLabels"] == {"team": "payments"}
    assert "scalardl" not in merged
    assert "replicaCount: 3   # two will do" in done.stdout
    assert f"{mine}:3: ledger.replicaCount: 2 -> 3" in done.stderr
    assert mine.read_text(encoding="utf-8") == PLAIN_CHART


def test_values_that_were_brought_up_stay_as_they_are(ours: Path, tmp_path: Path) -> None:
    mine = tmp_path / "values.yaml"
    mine.write_text(PLAIN_CHART, encoding="utf-8")
    mine.write_text(gen("values", ours, "--for", "ledger", "--merge", mine, folder=tmp_path).stdout)
    again = gen("values", ours, "--for", "ledger", "--merge", mine, folder=tmp_path)
    assert again.stdout == mine.read_text(encoding="utf-8")
    assert again.stderr.endswith(f"{mine}: as it should be\n")
    assert "added" not in again.stderr


def test_what_a_single_chart_leaves_out_is_said(ours: Path, tmp_path: Path) -> None:
    ours.write_text(
        "extends: production\nautoscaling: {maxReplicas: {product: 6, envoy: 6}}\n"
        "nodePool: {nodes: 6}\n"
        "ledger: {cluster: {addOns: {metricsServer: true}}}\n"
        "auditor: {cluster: {addOns: {metricsServer: true}}}\n",
        encoding="utf-8",
    )
    mine = tmp_path / "values.yaml"
    mine.write_text(PLAIN_CHART, encoding="utf-8")
    said = gen("values", ours, "--for", "ledger", "--merge", mine, folder=tmp_path).stderr.splitlines()
    (note,) = [line for line in said if line.startswith("note: ")]
    for word in ("schema loader", "autoscalers", "policy", "--profile"):
        assert word in note


@pytest.mark.parametrize(
    ("content", "domain", "said"),
    [
        (PLAIN_CHART, "auditor", ":2:1: ledger: the values of Ledger's chart; write --for ledger"),
        ("scalardl-audit: {}\n", "ledger", ":1:1: scalardl-audit: the values of Auditor's chart;"),
        ("# ours\nextends: production\n", "ledger", ":2:1: extends: a profile has this key"),
        ("envoy: {replicaCount: 2}\n", "ledger", ":1:1: envoy: stands without ledger:"),
        ("replicaCount: 2\n", "ledger", ":1:1: no key of Ledger's charts"),
        ("schemaLoading:\n  schemaType: auditor\n", "ledger", ":2:3: schemaLoading.schemaType: auditor;"),
    ],
    ids=["the-other-domain", "its-umbrella", "a-profile", "an-envoy", "another-chart", "the-other-schema"],
)
def test_values_of_something_else_are_not_merged(
    content: str, domain: str, said: str, ours: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "values.yaml"
    mine.write_text(content, encoding="utf-8")
    done = gen("values", ours, "--for", domain, "--merge", mine, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{mine}{said}")
    assert len(done.stderr.splitlines()) == 1


def test_values_of_the_schema_loader_get_keys_of_their_chart_alone(ours: Path, tmp_path: Path) -> None:
    mine = tmp_path / "values.yaml"
    mine.write_text("schemaLoading: {schemaType: ledger}\n", encoding="utf-8")
    done = gen("values", ours, "--for", "ledger", "--merge", mine, folder=tmp_path)
    assert list(yaml.safe_load(done.stdout)) == ["schemaLoading"]


@pytest.mark.parametrize("above", ["", "schema-loading:\n  "], ids=["single-chart", "umbrella"])
def test_credentials_that_nobody_reads_any_more_are_said(above: str, ours: Path, tmp_path: Path) -> None:
    mine = tmp_path / "values.yaml"
    mine.write_text(above + "schemaLoading: {username: hunter, password: hunter}\n", encoding="utf-8")
    said = gen("values", ours, "--for", "ledger", "--merge", mine, folder=tmp_path).stderr
    for key in ("username", "password"):
        assert f"schemaLoading.{key}: no longer read" in said
    assert "hunter" not in said


def test_an_empty_file_becomes_the_values_of_the_umbrella(ours: Path, tmp_path: Path) -> None:
    mine = tmp_path / "values.yaml"
    mine.write_text("# nothing yet\n", encoding="utf-8")
    done = gen("values", ours, "--for", "ledger", "--merge", mine, folder=tmp_path)
    assert yaml.safe_load(done.stdout) == yaml.safe_load(
        gen("values", ours, "--for", "ledger", folder=tmp_path).stdout
    )


@pytest.mark.parametrize(
    ("more", "domain", "noted"),
    [
        ("ledger: {kubernetesVersion: '1.29'}\n", [], True),
        ("ledger: {kubernetesVersion: '1.29'}\n", ["--for", "ledger"], False),
        ("ledger: {kubernetesVersion: '1.29'}\nauditorMode: false\n", [], False),
        ("", [], False),
    ],
    ids=["two-that-differ", "one-of-them", "one-alone", "two-alike"],
)
def test_a_policy_of_neither_domain_is_said_to_be_that(
    more: str, domain: list[str], noted: bool, ours: Path, tmp_path: Path
) -> None:
    ours.write_text(f"extends: production\n{more}", encoding="utf-8")
    done = gen("policy", ours, *domain, folder=tmp_path)
    assert done.returncode == 0
    assert ("neither alone; --for ledger or --for auditor" in done.stderr) is noted
