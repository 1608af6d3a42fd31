"""Generated streams are hardened: what no operation names stays byte for byte, and readers agree on the rest.

`make fidelity` does the same with many more of them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fidelity import properties, streams
from tests.fidelity.oracle import Kubernetes

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
PARTS = 5
STREAMS = 40
SEED = random.SystemRandom().randrange(10**6) if os.environ.get("SCALARDL_EXPLORE") == "1" else 1


@pytest.fixture(scope="session")
def kubernetes(yamljson: Path) -> Iterator[Kubernetes]:
    """sigs.k8s.io/yaml, as a process that stays."""
    with Kubernetes(yamljson) as running:
        yield running


def hardened(seed: str, kubernetes: Kubernetes | None) -> float:
    """Which share of the documents of generated streams was edited; fails where a promise does not hold."""
    edited = documents = 0
    for number in range(STREAMS):
        case = streams.case(random.Random(f"{seed}/{number}"), [])
        verdict = properties.check(case, kubernetes)
        assert not verdict.wrong, f"stream {number} of {seed}: {verdict.wrong}\n{case}"
        edited += verdict.edited
        documents += verdict.documents
    return edited / documents


@pytest.mark.parametrize("part", range(PARTS))
def test_what_no_operation_names_stays_and_a_second_run_changes_nothing(part: int) -> None:
    assert hardened(f"{SEED}-{part}", None) > 0.5, "most documents must be edited, or little is shown"


@pytest.mark.parametrize("part", range(PARTS))
def test_kubernetes_reads_what_the_operations_say(part: int, yamljson: Path, kubernetes: Kubernetes) -> None:
    assert hardened(f"{SEED}-with-{part}", kubernetes) > 0.5


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_went_wrong_once_is_right(path: Path) -> None:
    verdict = properties.check(properties.read(path))
    assert (verdict.ended, verdict.wrong) == (properties.HARDENED, "")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_went_wrong_once_is_right_to_kubernetes(
    path: Path, yamljson: Path, kubernetes: Kubernetes
) -> None:
    assert properties.check(properties.read(path), kubernetes).wrong == ""
