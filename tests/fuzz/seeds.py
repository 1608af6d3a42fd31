"""What fuzzing starts from: made anew from stand-in charts, built-in profiles and the tests' files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.charts.release import as_helm3

TESTS = Path(__file__).parent.parent
PROFILES = TESTS.parent / "profiles"
_CHARTS = ("ledger", "auditor", "schema-loading")


def releases() -> Iterator[str]:
    """A release of each stand-in chart; none where Helm's engine has no wheel for this platform."""
    try:
        for chart in _CHARTS:
            yield as_helm3(chart, name="demo", namespace="scalardl")
    except ImportError:
        return


def edits() -> Iterator[str]:
    """The documents on which edits are tested: each way to write YAML that is known to be hard."""
    for path in sorted(TESTS.glob("manifests/edits/*/input.yaml")):
        yield path.read_bytes().decode()


def profiles() -> Iterator[bytes]:
    """The built-in profiles, and profiles of the tests, good and bad."""
    for pattern in ("accepted/*.yaml", "errors/*.yaml", "errors/*/*.yaml"):
        yield from (path.read_bytes() for path in sorted((TESTS / "profiles").glob(pattern)))
    yield from (path.read_bytes() for path in sorted((PROFILES / "builtin").glob("*.yaml")))


def policies() -> Iterator[bytes]:
    """The compiled policies."""
    yield from (path.read_bytes() for path in sorted((PROFILES / "compiled").glob("*.json")))
