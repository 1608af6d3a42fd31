"""The released charts' manifests: what the check finds is what a reader of the guides finds.

The lists in corpus/ were written by hand, from the guides (see corpus/README.md): before hardening, and
what hardening with production cannot mend.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from postrender import policy_source
from postrender.harden import harden
from tests.conftest import CORPUS
from tests.generator.commands import Command

if not (CORPUS / "rendered").is_dir():
    pytest.skip(
        "not covered: the checklist on the released charts (set SCALARDL_CORPUS to their manifests)",
        allow_module_level=True,
    )

LISTS = {file.stem: file for file in sorted((Path(__file__).parent / "corpus").glob("*.txt"))}
AFTER = "# after hardening with production"
TODAY = "2026-07-01"


def rendered(name: str) -> str:
    return (CORPUS / "rendered" / f"{name}.yaml").read_bytes().decode()


def listed(name: str, after: bool) -> set[tuple[str, str]]:
    """The requirements and objects that the reader's list has."""
    before, _, rest = LISTS[name].read_text(encoding="utf-8").partition(AFTER)
    lines = [line for line in (rest if after else before).splitlines() if line and not line.startswith("#")]
    return {(line.split(" | ")[0], line.split(" | ")[1]) for line in lines}


def found(check: Command, manifests: str) -> set[tuple[str, str]]:
    run = check("-", "--format", "json", "--fail-on", "never", stdin=manifests)
    assert run.err == ""
    return {
        (one["id"], finding["place"]["object"])
        for one in run.data["requirements"]
        for finding in one["findings"]
    }


def test_each_file_of_the_corpus_has_a_list() -> None:
    assert sorted(LISTS) == sorted(file.stem for file in (CORPUS / "rendered").glob("*.yaml"))


@pytest.mark.parametrize("name", LISTS)
def test_finds_what_a_reader_finds(check: Command, name: str) -> None:
    assert found(check, rendered(name)) == listed(name, after=False)


@pytest.mark.parametrize("name", [name for name in LISTS if not name.endswith("user-set")])
def test_after_hardening_only_what_it_cannot_mend(check: Command, name: str) -> None:
    text = harden(rendered(name), policy_source.named("production"), TODAY).text
    assert text is not None
    assert found(check, text) == listed(name, after=True)
