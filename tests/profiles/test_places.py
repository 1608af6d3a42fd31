"""Any value at any place: accepted, or refused at a place in the user's own file, and with a cure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.errors import ProfileError
from profiles.load import BUILTIN, load
from tests.profiles.shapes import paths, stating

PATHS = [path for path in paths() if path != ("extends",)]
# Right somewhere, wrong elsewhere.
VALUES: list[Any] = [
    None, True, False, 0, 1, 3, 7, 9.5, 10**30, "", " ", "x", "3", "none", "required", "a" * 300, "\u00e9",
    "10.40.0.0/16", "fd00::/8", "hmac", "secrets", "issuer", "cassandra", "dynamo", "small", "large", "eks",
    "aks", "1h", "2", "8Gi", "latest", "monitoring", "ledger-keys", "scalardl-ledger", "scalardl-test",
    "ledger-team", "ledger.scalardl.example.com", "jdbc:mysql://db.acme.example/ledger",
    [], ["x"], [None], {}, {"x": 1}, [{"x": 1}],
]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(st.sampled_from(BUILTIN), st.sampled_from(PATHS), st.sampled_from(VALUES))
def test_any_value_is_accepted_or_refused_at_its_place(
    tmp_path: Path, base: str, path: tuple[str | int, ...], value: Any
) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(yaml.safe_dump({"extends": base} | stating(value, path)), encoding="utf-8")
    try:
        load(str(file))
    except ProfileError as error:
        for line in str(error).splitlines():
            assert line.startswith(f"{file}:"), line
            assert "; " in line
            assert "cannot be used (" not in line
