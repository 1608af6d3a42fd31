"""The requirements of the guides: each is whole, and as the documents have it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from profiles.requirements import SOURCES, Level, ids, page, requirements
from profiles.scalardl import ROLES
from tests.conftest import CORPUS

# What must meet a requirement: a component, any workload, or what stands around them.
SUBJECTS = {*ROLES, "workload", "cluster", "network", "database", "client"}

CHECKLIST = CORPUS.parent / "facts" / "checklist.yaml"
GUIDES = CORPUS.parent / "seeds"
# Its letter for each document, and the file of the document.
DOCUMENTS = {
    "A": ("checklist", "production-checklist-scalardl-auditor.md"),
    "E": ("eks", "eks-cluster-guidelines-ledger-and-auditor.md"),
    "J": ("aws", "aws-deployment-guide-scalardl-ja.md"),
    "K": ("kubernetes", "sark-kubernetes-deployment-guide.md"),
    "P": ("productionize", "productionize-the-cluster.md"),
}
# The headings of the Japanese guide, by our translation.
JAPANESE = {
    "Components to create": "作成するコンポーネント",
    "Removing the resources": "リソースの削除",
    "prerequisites": "前提条件",
    "requirements": "要件",
    "recommendations": "推奨事項",
    "procedure": "手順",
    "checking the deployment of Scalar DL": "Scalar DL のデプロイメントを確認する",
}


@pytest.fixture(scope="module")
def checklist() -> dict[str, Any]:
    """The rows of the guides' requirements and their conflicts, as they were read from the guides."""
    if not CHECKLIST.exists():
        pytest.skip(f"not covered: comparison with the list of the guides' requirements (no {CHECKLIST})")
    found: dict[str, Any] = yaml.safe_load(CHECKLIST.read_text(encoding="utf-8"))
    return found


def guide(source: str) -> str:
    """The text of a document; without it the test is skipped."""
    file: Path = GUIDES / dict(DOCUMENTS.values())[source]
    if not file.exists():
        pytest.skip(f"not covered: comparison with the headings of the guides (no {file})")
    return file.read_text(encoding="utf-8")


def headings(text: str) -> list[str]:
    """What may head a section: lines without their marks; of an item, what stands before its colon."""
    return [line.strip("#- \t").partition(":")[0] for line in text.splitlines()]


def test_ids_are_those_of_the_rows_in_their_order() -> None:
    assert ids() == tuple(requirements())


@pytest.mark.parametrize("name", ids())
def test_each_is_whole_and_in_known_words(name: str) -> None:
    row = requirements()[name]
    assert row.level in get_args(Level)
    assert set() < set(row.of) <= SUBJECTS
    assert set() < set(row.asked) <= set(SOURCES)
    assert all(row.asked.values())
    # A page and a report put their own full stop behind these.
    for words in (row.text, row.look):
        assert words
        assert words == words.strip()
        assert not words.endswith(".")
    assert not row.person.endswith(".")
    assert not row.conflict or row.conflict.endswith(".")
    assert row.look.count("`") % 2 == 0


@pytest.mark.parametrize("name", ids())
def test_its_page_has_all_of_it_in_lines_of_100_columns(name: str) -> None:
    row = requirements()[name]
    text = page(name, ("node-pool",))
    words = " ".join(text.split())
    titles = [SOURCES[source] for source in row.asked]
    for shown in (row.text, row.level.title(), *row.of, *titles, *row.asked.values(), row.look):
        assert shown in words
    assert row.person in words
    assert row.conflict in words
    assert "node-pool" in words
    # A command is not broken, for it is to be copied.
    for command in re.findall(r"`[^`]*`", row.look):
        assert command in text
    assert [line for line in text.splitlines() if len(line) > 100] == []


def test_they_are_those_of_the_guides(checklist: dict[str, Any]) -> None:
    assert {name: (row.level, set(row.of), set(row.asked)) for name, row in requirements().items()} == {
        row["id"]: (row["level"], set(row["applies"]), {DOCUMENTS[letter][0] for letter in row["from"]})
        for row in checklist["rows"]
    }


def test_where_the_documents_disagree_it_is_said(checklist: dict[str, Any]) -> None:
    named = {name for conflict in checklist["conflicts"] for name in conflict["rows"]}
    assert {name for name, row in requirements().items() if row.conflict} == named


def test_what_only_a_person_can_tell_says_why(checklist: dict[str, Any]) -> None:
    manual = {row["id"] for row in checklist["rows"] if row["how"] == ["manual"]}
    assert manual <= {name for name, row in requirements().items() if row.person}


@pytest.mark.parametrize("source", [source for source in SOURCES if source != "aws"])
def test_sections_are_those_of_the_document(source: str) -> None:
    known = headings(guide(source))
    asked = [section for row in requirements().values() for section in row.asked.get(source, "").split("; ")]
    assert [section for section in asked if section and section not in known] == []


def test_sections_are_those_of_the_japanese_guide() -> None:
    steps = {
        step.partition(".")[0]: headings(step) for step in re.split(r"^## (?=Step)", guide("aws"), flags=re.M)
    }
    whole = headings(guide("aws"))
    for row in requirements().values():
        for section in filter(None, row.asked.get("aws", "").split("; ")):
            step, _, part = section.rpartition(", ")
            assert JAPANESE[part] in (steps[step] if step else whole), section
