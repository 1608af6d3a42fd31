"""What comes out is valid for the Kubernetes version that the profile declares, and for no less."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charts.release import as_helm3
from tests.conftest import Harden
from tests.schemas.validation import PACKAGED, validate

pytest.importorskip("helm_python", reason="not covered: hardened stand-ins (no Helm engine here)")

RELEASES: dict[str, tuple[str, dict[str, Any]]] = {
    "ledger": ("ledger", {}),
    "without-envoy": ("ledger", {"envoy": {"enabled": False}}),
    "auditor": ("auditor", {"envoy": {"service": {"type": "LoadBalancer"}}}),
    "loader": ("schema-loading", {}),
}


@pytest.mark.parametrize("version", [pytest.param("1.21", marks=pytest.mark.oracle), "1.30", "1.37"])
@pytest.mark.parametrize("profile", ["test", "production", "multi-az"])
@pytest.mark.parametrize("release", RELEASES)
def test_every_object_is_valid(
    harden: Harden, tmp_path: Path, request: pytest.FixtureRequest, release: str, profile: str, version: str
) -> None:
    schemas = request.getfixturevalue("old_schemas") if version == "1.21" else PACKAGED
    own = tmp_path / "own.yaml"
    own.write_text(f'extends: {profile}\nkubernetesVersion: "{version}"\n')
    chart, values = RELEASES[release]
    done = harden(as_helm3(chart, values, name="demo", namespace="scalardl"), "--profile", own)
    assert done.returncode == 0, done.stderr
    assert validate([item for item in yaml.safe_load_all(done.stdout) if item], version, schemas) == []
