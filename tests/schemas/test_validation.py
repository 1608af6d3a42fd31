"""The validation itself: it finds what an API server would refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.schemas.validation import PACKAGED, validate


@pytest.fixture(
    params=[pytest.param("1.21", marks=pytest.mark.oracle), "1.30", "1.37"], ids=lambda version: f"k{version}"
)
def schemas(request: pytest.FixtureRequest) -> tuple[str, Path]:
    """A Kubernetes version and the folder with its schemas."""
    version: str = request.param
    return version, request.getfixturevalue("old_schemas") if version == "1.21" else PACKAGED


def budget(**spec: Any) -> dict[str, Any]:
    selector = {"matchLabels": {"app": "ledger"}}
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "ledger"},
        "spec": {"selector": selector, **spec},
    }


def test_a_good_object_passes(schemas: tuple[str, Path]) -> None:
    assert validate([budget(maxUnavailable=1)], *schemas) == []


def test_an_unknown_field_is_found(schemas: tuple[str, Path]) -> None:
    (error,) = validate([budget(maxUnavailble=1)], *schemas)
    assert "PodDisruptionBudget ledger" in error
    assert "maxUnavailble" in error


def test_a_wrong_type_is_found(schemas: tuple[str, Path]) -> None:
    (error,) = validate([budget(maxUnavailable=[1])], *schemas)
    assert "spec/maxUnavailable" in error


def test_a_field_that_came_later_is_found(old_schemas: Path) -> None:
    (error,) = validate([budget(unhealthyPodEvictionPolicy="AlwaysAllow")], "1.21", old_schemas)
    assert "unhealthyPodEvictionPolicy" in error


def test_a_kind_that_the_version_does_not_have_is_found(old_schemas: Path) -> None:
    autoscaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "ledger"},
    }
    (error,) = validate([autoscaler], "1.21", old_schemas)
    assert "no HorizontalPodAutoscaler of autoscaling/v2" in error
