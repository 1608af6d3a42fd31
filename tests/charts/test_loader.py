"""The schema loader's stand-in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts.parts import environment, rendered


def loader(values: dict[str, Any]) -> dict[str, Any]:
    job = rendered("schema-loading", {"schemaLoading": values})["Job", "demo-schema-loading"]
    pod: dict[str, Any] = job["spec"]["template"]["spec"]
    return pod


@pytest.mark.parametrize(("schema", "more"), [("ledger", ["--coordinator"]), ("auditor", [])])
def test_a_loader_with_properties_is_told_where_they_are(schema: str, more: list[str]) -> None:
    pod = loader({"databaseProperties": "scalar.db.storage=dynamo", "schemaType": schema})
    assert pod["containers"][0]["args"] == ["--config", "/tmp/database.properties", *more]
    assert environment(pod)["SCHEMA_TYPE"] == schema


@pytest.mark.parametrize("database", ["cassandra", "cosmos", "dynamo", "jdbc"])
def test_a_loader_without_properties_has_the_password_in_its_arguments(database: str) -> None:
    arguments = loader({"database": database})["containers"][0]["args"]
    assert arguments[:3] == ["-p", "$(HELM_SCALAR_DB_PASSWORD)", f"--{database}"]


@pytest.mark.parametrize("properties", ["", "scalar.db.storage=dynamo"])
def test_arguments_are_added_whichever_way_the_others_came(properties: str) -> None:
    pod = loader({"databaseProperties": properties, "commandArgs": ["--no-backup"]})
    assert pod["containers"][0]["args"][-1] == "--no-backup"


def test_a_loader_takes_its_environment_from_a_secret() -> None:
    (container,) = loader({"secretName": "own"})["containers"]
    assert container["envFrom"] == [{"secretRef": {"name": "own"}}]


@pytest.mark.parametrize(
    "values",
    [
        {"resources": {"limits": {"cpu": 1}}},
        {"nodeSelector": {"agentpool": "a"}},
        {"tolerations": [{"operator": "Exists"}]},
        {"securityContext": {"runAsNonRoot": True}},
    ],
)
def test_a_loader_has_no_say_in_where_and_how_it_runs(values: dict[str, Any]) -> None:
    assert loader(values) == loader({})
