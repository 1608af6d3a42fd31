"""A defect of either program is told by its type and place: its text and its lines may quote what came in."""

from __future__ import annotations

import pytest

from tests.canary.canary import CANARY, LEDGER, told
from tests.canary.runs import GEN, HARDEN, Runner

DEFECT = 70
# Where it breaks, and the command that gets there.
BROKEN = {
    "postrender.manifests.stream.split": [
        (HARDEN,),
        (HARDEN, "--check"),
        (HARDEN, "--diff"),
        (HARDEN, "--krm"),
    ],
    "postrender.manifests.release.load": [
        (HARDEN, "--report", "out/report.json"),
        (GEN, "check", "-"),
        (GEN, "plan"),
        (GEN, "network"),
    ],
    "generator.show.text": [(GEN, "show", "test")],
    "generator.values.umbrella.text": [
        (GEN, "profile", "test", "--for", "ledger"),
        (GEN, "values", "test", "--for", "ledger"),
    ],
    "generator.bundle.folder.files": [(GEN, "profile", "test", "-o", "out/bundle")],
    "generator.argocd.sidecar.files": [(GEN, "argocd", "manifests")],
}


@pytest.mark.parametrize("place", BROKEN)
def test_it_tells_type_and_place_alone(runner: Runner, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise KeyError(CANARY) from ValueError(CANARY)

    monkeypatch.setattr(place, breaks)
    for command in BROKEN[place]:
        run = runner(*command, stdin=LEDGER)
        assert (run.code, told(run.everything)) == (DEFECT, []), command
        assert "KeyError at test_defects.py:" in run.err
        assert "Traceback" not in run.err
