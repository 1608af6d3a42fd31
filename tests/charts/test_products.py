"""What Ledger's and Auditor's stand-ins do with their values: as the released charts do, traps included."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts.parts import NAMES, PRODUCTS, environment, helm_python, mounts, product, rendered, volumes

KEYS = {"name": "keys", "secret": {"secretName": "keys"}}
MOUNT = {"name": "keys", "mountPath": "/keys"}


# Keys and their volumes


def test_a_proof_mounts_ledgers_keys_by_itself() -> None:
    pod = product("ledger", {"scalarLedgerConfiguration": {"ledgerProofEnabled": True}})["spec"]
    assert "ledger-keys" in volumes(pod)
    assert "ledger-keys" in mounts(pod)


def test_a_proof_beside_an_extra_volume_of_that_name_has_it_twice() -> None:
    settings = {"ledgerProofEnabled": True, "secretName": "keys"}
    pod = product("ledger", {"scalarLedgerConfiguration": settings, "extraVolumes": [KEYS]})["spec"]
    assert volumes(pod).count("keys") == 2


def test_auditor_has_its_keys_without_being_told() -> None:
    pod = product("auditor", {})["spec"]
    assert "auditor-keys" in volumes(pod)
    assert "auditor-keys" in mounts(pod)


def test_any_extra_volume_drops_auditors_keys_and_leaves_their_mount() -> None:
    pod = product("auditor", {"extraVolumes": [{"name": "tmp", "emptyDir": {}}]})["spec"]
    assert "auditor-keys" not in volumes(pod)
    assert "auditor-keys" in mounts(pod)


def test_any_extra_mount_drops_that_of_auditors_keys() -> None:
    pod = product("auditor", {"extraVolumeMounts": [MOUNT]})["spec"]
    assert "auditor-keys" in volumes(pod)
    assert "auditor-keys" not in mounts(pod)


def test_hmac_needs_no_keys_of_auditor() -> None:
    pod = product("auditor", {"authentication": {"method": "hmac"}})["spec"]
    assert "auditor-keys" not in volumes(pod) + mounts(pod)


def test_the_method_of_authentication_does_not_reach_the_properties() -> None:
    def properties(method: str) -> dict[str, Any]:
        values = {"auditor": {"authentication": {"method": method}}}
        found: dict[str, Any] = rendered("auditor", values)[
            "ConfigMap", "demo-scalardl-audit-auditor-properties"
        ]
        return found

    assert properties("hmac") == properties("digital-signature")


# Credentials


@pytest.mark.parametrize("chart", PRODUCTS)
def test_a_secret_for_the_environment_leaves_the_default_credentials_rendered(chart: str) -> None:
    found = rendered(chart, {chart: {"secretName": "own"}})
    secret = found["Secret", f"demo-{NAMES[chart]}-{chart}"]
    assert secret["data"] == {"db-username": "Y2Fzc2FuZHJh", "db-password": "Y2Fzc2FuZHJh"}


@pytest.mark.parametrize("chart", PRODUCTS)
def test_an_existing_secret_stands_in_for_the_rendered_one(chart: str) -> None:
    found = rendered(chart, {chart: {"existingSecret": "own"}})
    assert not [name for kind, name in found if kind == "Secret"]
    container = product(chart, {"existingSecret": "own"})["spec"]["containers"][0]
    sources = [
        entry["valueFrom"]["secretKeyRef"]["name"] for entry in container["env"] if "valueFrom" in entry
    ]
    assert sources == ["own", "own"]


@pytest.mark.parametrize("chart", PRODUCTS)
def test_other_credentials_do_not_restart_the_pods(chart: str) -> None:
    settings = f"scalar{chart.title()}Configuration"
    assert product(chart, {settings: {"dbPassword": "other"}}) == product(chart, {})


@pytest.mark.parametrize("chart", PRODUCTS)
def test_other_properties_restart_the_pods(chart: str) -> None:
    changed = product(chart, {f"{chart}Properties": "scalar.db.storage=dynamo"})
    assert changed["metadata"]["annotations"] != product(chart, {})["metadata"]["annotations"]


# Names


@pytest.mark.parametrize("override", ["nameOverride", "fullnameOverride"])
@pytest.mark.parametrize("chart", PRODUCTS)
def test_a_name_for_the_parent_alone_points_envoy_at_a_service_that_is_not_there(
    chart: str, override: str
) -> None:
    assert _headless(chart, {override: "books"}) is False
    assert _headless(chart, {override: "books", "envoy": {override: "books"}}) is True


def _headless(chart: str, values: dict[str, Any]) -> bool:
    """Whether Envoy's upstream is a Service of the release."""
    found = rendered(chart, values)
    (pod,) = (
        data["spec"]["template"]["spec"]
        for (kind, name), data in found.items()
        if kind == "Deployment" and name.endswith("-envoy")
    )
    return ("Service", environment(pod)["scalardl_address"]) in found


@pytest.mark.parametrize("chart", PRODUCTS)
def test_a_release_named_like_the_chart_is_not_named_twice(chart: str) -> None:
    assert ("Deployment", f"my-{NAMES[chart]}-{chart}") in rendered(chart, {}, name=f"my-{NAMES[chart]}")


def test_a_pod_label_cannot_take_the_place_of_the_selectors() -> None:
    labels = product("ledger", {"podLabels": {"app.kubernetes.io/app": "other", "team": "a"}})["metadata"][
        "labels"
    ]
    assert labels["app.kubernetes.io/app"] == "ledger"
    assert labels["team"] == "a"


@pytest.mark.parametrize("chart", PRODUCTS)
@pytest.mark.parametrize(
    "values",
    [
        {"podAnnotations": {"checksum/config": "own"}},
        {"podLabels": {"azure-extensions-usage-release-identifier": "own"}},
    ],
)
def test_what_the_chart_manages_may_not_be_given(chart: str, values: dict[str, Any]) -> None:
    with pytest.raises(helm_python.HelmRenderError, match="the chart's own"):
        rendered(chart, {chart: values})


# The schema


@pytest.mark.parametrize("chart", PRODUCTS)
def test_a_surge_that_is_no_text_fails(chart: str) -> None:
    with pytest.raises(helm_python.HelmValuesError, match="maxSurge"):
        rendered(chart, {chart: {"strategy": {"rollingUpdate": {"maxSurge": 0}}}})


def test_the_schema_of_envoy_counts_too() -> None:
    with pytest.raises(helm_python.HelmValuesError, match="maxUnavailable"):
        rendered("ledger", {"envoy": {"strategy": {"rollingUpdate": {"maxUnavailable": 1}}}})


@pytest.mark.parametrize("chart", PRODUCTS)
@pytest.mark.parametrize("typo", [{"replicaCout": 5}, {"image": {"tag": "3.14.0"}}])
def test_an_unknown_key_passes_in_silence(chart: str, typo: dict[str, Any]) -> None:
    assert rendered(chart, {chart: typo}) == rendered(chart, {})


def test_settings_left_null_do_not_render() -> None:
    with pytest.raises(helm_python.HelmRenderError, match="dbUsername"):
        rendered("auditor", {"auditor": {"scalarAuditorConfiguration": None}})
