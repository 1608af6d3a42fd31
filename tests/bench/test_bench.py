"""The benchmark runs, and its measure of growth is right; the placement proofs grow as they should."""

from __future__ import annotations

import cProfile
import pstats
import subprocess
import sys

import pytest

from postrender.proof.placement.proofs import Proofs
from tests.bench import placement
from tests.bench.measuring import exponent
from tests.conftest import ROOT


def test_asks_each_question_at_its_smallest_size() -> None:
    pytest.importorskip("helm_python", reason="no Helm engine for this platform to render releases with")
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--smallest"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split(" |")[0] for line in done.stdout.splitlines() if line[2:3].isdigit()] == [
        "| 25",
        "| 1",
    ]


@pytest.mark.parametrize("power", [1, 1.5, 2])
def test_growth_is_the_power_of_the_size(power: float) -> None:
    points: list[tuple[float, float]] = [(size, 7 * size**power) for size in (1, 10, 50)]
    found = exponent(points)
    assert found == pytest.approx(power)


def test_one_size_has_no_growth() -> None:
    assert exponent([(25, 3.0)]) is None


def test_twice_the_nodes_and_pods_take_at_most_four_times_as_long() -> None:
    """Each of n pods may have to look at each of n nodes, so the proofs may grow with the square, not more.

    Calls are counted, which no other program on the machine changes. The square makes 4 of them for 1; the
    margin of a quarter is for what a size happens to hit: how the pods fill the nodes, how zones divide.
    """
    small, large = calls(50, 250), calls(100, 500)
    assert large < 5 * small


def calls(nodes: int, pods: int) -> int:
    ask = placement.ready(nodes, pods)
    profile = cProfile.Profile()
    found: Proofs = profile.runcall(ask)
    assert found.placement.answer == "likely", "it is fast because it answers, not because it gives up"
    assert len(found.drains) == nodes
    total: int = pstats.Stats(profile).total_calls  # type: ignore[attr-defined]  # its stub lacks it
    return total
