"""The sizes of a deployment, as the loader lays them below what a profile states itself."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from profiles.document import plain, read

_FILE = "builtin/sizes.yaml"


def replicas(size: str | None) -> Iterable[int]:
    """How many pods of each component a size has: on a node each, so many nodes are wanted."""
    counts: dict[str, int] = _sizes()[size]["replicas"] if size in _sizes() else {}
    return (0, *counts.values())


def words() -> str:
    """What each size has: `small (3 pods of 500m cpu and 1Gi, Envoy 3 of 250m cpu and 256Mi), ...`."""
    return ", ".join(f"{name} ({_words(size)})" for name, size in _sizes().items())


def _words(size: dict[str, Any]) -> str:
    # Ledger and Auditor have the same in every size.
    product, envoy = size["resources"]["ledger"], size["resources"]["envoy"]
    return (
        f"{size['replicas']['product']} pods of {product['cpu']} cpu and {product['memory']}, "
        f"Envoy {size['replicas']['envoy']} of {envoy['cpu']} cpu and {envoy['memory']}"
    )


@lru_cache
def _sizes() -> dict[str, Any]:
    file = Path(str(resources.files("profiles"))) / _FILE
    found: dict[str, Any] = plain(read(file, f"profiles/{_FILE}", 0))
    return found
