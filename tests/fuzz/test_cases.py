"""Inputs that once broke a promise keep it now, and so do the seeds. No fuzzer is needed for this."""

from __future__ import annotations

import importlib
from itertools import islice
from pathlib import Path

import pytest

from tests.fuzz.__main__ import HARNESSES

CASES = sorted(path for path in (Path(__file__).parent / "cases").glob("*/*") if path.is_file())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_an_input_of_a_name_keeps_every_promise(case: Path) -> None:
    importlib.import_module(f"tests.fuzz.{case.parent.name}").once(case.read_bytes())


@pytest.mark.parametrize("name", HARNESSES)
def test_the_first_seeds_keep_every_promise(name: str) -> None:
    harness = importlib.import_module(f"tests.fuzz.{name}")
    for seed in islice(harness.start(), 5):
        harness.once(seed)
