"""`make fidelity`: generated streams are hardened until there were so many documents; nothing may go wrong.

`python -m tests.fidelity --documents 100000 --seed 7` prints what became of them. At the first stream of
which a promise does not hold it stops with exit status 1 and leaves the stream, made small, beside the cases
of the tests.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

from tests.charts.release import as_helm3
from tests.conftest import CACHE, CORPUS, YAMLJSON
from tests.fidelity import properties, shrinking, streams
from tests.fidelity.oracle import Kubernetes
from tests.fidelity.properties import Verdict

CASES = Path(__file__).parent / "cases"
CHARTS = ("ledger", "auditor", "schema-loading")
_EVERY = 20.0


class Figures:
    """What became of the streams so far."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.streams = self.documents = self.edited = self.disagreeing = 0
        self.ended: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    def add(self, verdict: Verdict) -> None:
        """Count a stream."""
        self.streams += 1
        self.documents += verdict.documents
        self.edited += verdict.edited
        self.disagreeing += verdict.disagreeing
        self.ended[verdict.ended] += 1
        if verdict.reason:
            self.reasons[f"{verdict.ended}: {verdict.reason}"] += 1

    def line(self) -> str:
        """The figures in one line."""
        minutes = (time.monotonic() - self.started) / 60
        return (
            f"{self.documents} documents in {self.streams} streams, {self.edited} edited "
            f"({100 * self.edited // max(self.documents, 1)} %), "
            f"{self.ended[properties.REFUSED]} streams refused, "
            f"{self.ended[properties.UNREADABLE]} unreadable; {self.documents / minutes:.0f} documents, "
            f"{self.streams / minutes:.0f} streams a minute"
        )


def main() -> int:
    """Run; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fidelity", description=__doc__)
    parser.add_argument(
        "--documents", type=int, default=100_000, metavar="N", help="stop after so many (%(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the generator"
    )
    options = parser.parse_args()
    program = Path(os.environ.get("YAMLJSON") or CACHE / YAMLJSON)
    if not program.exists():
        print(f"no {program}; make it with: make oracles", file=sys.stderr)
        return 2
    texts = written_by_others()
    print(f"seed {options.seed}; {len(texts)} streams to start from, besides those made up")
    figures = Figures()
    said = time.monotonic()
    with Kubernetes(program) as kubernetes:
        while figures.documents < options.documents:
            case = streams.case(random.Random(f"{options.seed}/{figures.streams}"), texts)
            verdict = properties.check(case, kubernetes)
            if verdict.wrong:
                print(f"after {figures.line()}")
                path = CASES / f"seed-{options.seed}-stream-{figures.streams}.yaml"
                wrong = leave(case, verdict, path, kubernetes)
                print(f"WRONG: {wrong}\n{path} has it: mend it, and give the case a name", file=sys.stderr)
                return 1
            figures.add(verdict)
            if time.monotonic() - said > _EVERY:
                said = time.monotonic()
                print(figures.line(), file=sys.stderr)
    print(figures.line())
    for reason, number in figures.reasons.most_common():
        print(f"{number:7} {reason}")
    print(f"{figures.disagreeing:7} documents edited that Kubernetes would not have read")
    return 0


def leave(case: streams.Case, verdict: Verdict, path: Path, kubernetes: Kubernetes) -> str:
    """Write the case, made small, to `path`; returns what is wrong with it."""

    def alike(other: streams.Case) -> bool:
        wrong = properties.check(other, kubernetes).wrong
        return properties.class_of(wrong)[:40] == properties.class_of(verdict.wrong)[:40] if wrong else False

    case = shrinking.smallest(case, alike)
    wrong = properties.check(case, kubernetes).wrong
    properties.write(case, wrong, path)
    return wrong


def written_by_others() -> list[str]:
    """Streams that no generator of ours wrote: stand-ins for the charts, and the corpus where it is."""
    texts = []
    try:
        texts = [as_helm3(chart, name="demo", namespace="scalardl") for chart in CHARTS]
    except ImportError:
        print("without the stand-in charts: no Helm engine here", file=sys.stderr)
    return texts + [path.read_bytes().decode() for path in sorted((CORPUS / "rendered").glob("*.yaml"))]


if __name__ == "__main__":
    sys.exit(main())
