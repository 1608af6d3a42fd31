"""The releases of the corpus, hardened: what ScalarDL needs passes and nothing else; the reference agrees."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from postrender.harden import harden
from tests.conftest import CORPUS
from tests.proof.reachability.releases import PROFILES, TODAY, policy, problems, seen
from tests.proof.reachability.test_reference import compare

if not (CORPUS / "rendered").is_dir():
    pytest.skip(
        "not covered: manifests of the released charts (set SCALARDL_CORPUS to their folder)",
        allow_module_level=True,
    )

# Five pods apart from each other do not stand on three nodes: these profiles refuse it.
REFUSED = "scalardl-4.12.0-user-set"
HARDENED = [
    (path.stem, profile)
    for path in sorted((CORPUS / "rendered").glob("*.yaml"))
    for profile in PROFILES
    if path.stem != REFUSED or profile == "test"
]


@lru_cache
def hardened(name: str, profile: str) -> str:
    text = (CORPUS / "rendered" / f"{name}.yaml").read_bytes().decode()
    found = harden(text, policy(profile), TODAY).text
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "profile"), HARDENED)
def test_all_declared_flows_pass_and_no_others(name: str, profile: str) -> None:
    assert problems(seen(hardened(name, profile), profile), profile) == []


@pytest.mark.parametrize(("name", "profile"), HARDENED)
def test_the_reference_agrees(netpol: Path, name: str, profile: str) -> None:
    compare(netpol, hardened(name, profile), profile)
