"""The stand-in charts and their rendering, against real Helm."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.charts.release import as_helm3
from tests.helm.conftest import CHARTS, Helm

pytest.importorskip("helm_python", reason="not covered: the stand-in charts (no Helm engine here)")


@pytest.mark.parametrize(
    ("chart", "values"),
    [
        ("ledger", {}),
        ("ledger", {"autoscaling": {"enabled": True}, "envoy": {"enabled": False}}),
        ("ledger", {"hardeningPolicy": "{}", "fullnameOverride": "other"}),
        ("auditor", {"nameOverride": "other"}),
        ("schema-loading", {}),
        ("schema-loading", {"schemaLoading": {"asHook": True}}),
    ],
)
def test_as_helm3_is_what_helm3_hands_over(
    real_helm3: Helm, tmp_path: Path, chart: str, values: dict[str, Any]
) -> None:
    handed_over = tmp_path / "stream.yaml"
    keep = tmp_path / "keep"
    keep.write_text(f"#!/bin/sh\nexec tee '{handed_over}'\n")
    keep.chmod(0o755)
    (tmp_path / "values.json").write_text(json.dumps(values))
    real_helm3.template(chart, "--post-renderer", keep, "--values", tmp_path / "values.json")
    assert as_helm3(chart, values, name="demo", namespace="scalardl") == handed_over.read_text()


def test_both_charts_hold_the_same_envoy() -> None:
    folders = [CHARTS / chart / "charts" / "envoy" for chart in ("ledger", "auditor")]
    compared = subprocess.run(["diff", "-r", *folders], capture_output=True, text=True, check=False)
    assert compared.stdout == ""
