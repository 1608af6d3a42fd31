"""What tests of the plugin share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(params=["helm3", "helm4"])
def helm(request: pytest.FixtureRequest) -> Path:
    """Real Helm 3, and real Helm 4."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Path)
    return found
