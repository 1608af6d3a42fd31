"""Exemptions: they hold with a reason and until their date, and are reported otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Harden
from tests.samples import LATEST, PINNED, profile


def exempted(annotation: str) -> str:
    return LATEST.replace(
        "  labels:\n", f"  annotations:\n    scalardl-harden/exempt-{annotation}\n  labels:\n", 1
    )


def test_an_exemption_with_reason_and_date_holds(harden: Harden) -> None:
    text = exempted('image-pinning: "a nightly; until=2999-01-01"')
    assert harden(text).returncode == 0


@pytest.mark.parametrize(
    ("annotation", "problem"),
    [
        ('image-pinning: ""', "has no reason"),
        ('image-pinning: "; until=2999-01-01"', "has no reason"),
        ('image-pinning: "old; until=2020-01-01"', "ended on 2020-01-01"),
        ('image-pinning: "x; until=soon"', "ends on soon, which is no date"),
        ('image-pinning: "x; until=2027-02-31"', "ends on 2027-02-31, which is no date"),
        ('image-pinning: "x; until=2020-01-01; OPS-5"', "ended on 2020-01-01"),
        ('image-pinning: "until=2020-01-01; x"', "ended on 2020-01-01"),
        ('image-pinning: "x; Until = 2020-01-01"', "ended on 2020-01-01"),
        ('image-pinning: "x; until=2020-01-01 (OPS-5)"', "which is no date"),
        ('image-pinning: "x, until=2020-01-01"', "has a date that cannot be read"),
        ('image-pinning: "x; until 2020-01-01"', "has a date that cannot be read"),
        ('image-pinning: "x; until=2999-01-01; until=2020-01-01"', "has a date that cannot be read"),
    ],
)
def test_an_exemption_that_does_not_hold(harden: Harden, annotation: str, problem: str) -> None:
    done = harden(exempted(annotation))
    assert done.returncode == 1
    assert problem in harden("", "last").stdout


def test_an_exemption_from_an_unknown_rule_is_reported(harden: Harden) -> None:
    harden(exempted('image-pining: "x"'))
    assert "the exemption from image-pining names no rule" in harden("", "last").stdout


def test_an_exemption_of_the_profile_holds(harden: Harden, tmp_path: Path) -> None:
    entry = "exemptions: [{rule: image-pinning, kind: Deployment, name: x-*, reason: nightly}]\n"
    assert harden(LATEST, "--profile", profile(tmp_path, entry)).returncode == 0


def test_an_exemption_that_fits_nothing_is_noted(harden: Harden, tmp_path: Path) -> None:
    entry = "exemptions: [{rule: image-pinning, kind: deployment, name: x-*, reason: nightly}]\n"
    harden(PINNED, "--profile", profile(tmp_path, entry))
    said = " ".join(harden("", "last").stdout.split())
    assert "its exemption of deployment x-* from image-pinning fits no object here" in said


@pytest.mark.parametrize("reason", ["until the new registry is there", "one rack until April"])
def test_a_reason_may_speak_of_until(harden: Harden, tmp_path: Path, reason: str) -> None:
    entry = f"exemptions: [{{rule: image-pinning, kind: Deployment, name: x-*, reason: {reason}}}]\n"
    assert harden(LATEST, "--profile", profile(tmp_path, entry)).returncode == 0
