"""Completed umbrella charts, under real Helm 3 and 4 and with the engine that pip installs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.charts import minimal_umbrella
from tests.charts.umbrella import complete, render
from tests.helm.conftest import Helm, objects

MONITORING = "monitoring.coreos.com/v1"
# Much of what can be on.
VALUES = {
    "ledger": """
scalardl:
  envoy:
    service: {type: LoadBalancer, annotations: {service.example.com/internal: "true"}}
    tls:
      downstream: {enabled: true, certChainSecret: chain, privateKeySecret: key}
      upstream: {enabled: true, caRootCertSecret: authority}
    serviceMonitor: {enabled: true}
    podSecurityPolicy: {enabled: true}
  ledger:
    scalarLedgerConfiguration: {ledgerProofEnabled: true, ledgerAuditorEnabled: true}
    existingSecret: credentials
    tls: {enabled: true, caRootCertSecret: authority, certChainSecret: chain, privateKeySecret: key}
    serviceMonitor: {enabled: true}
    prometheusRule: {enabled: true}
    grafanaDashboard: {enabled: true}
schema-loading:
  schemaLoading: {databaseProperties: "scalar.db.storage=dynamo", secretName: credentials}
""",
    "auditor": """
scalardl-audit:
  envoy:
    tls: {downstream: {enabled: true, certManager: {enabled: true, selfSigned: {enabled: true}}}}
  auditor:
    authentication: {method: hmac}
    tls: {enabled: true, certManager: {enabled: true, selfSigned: {enabled: true}}}
    serviceMonitor: {enabled: true}
schema-loading:
  schemaLoading: {databaseProperties: "scalar.db.storage=cosmos", schemaType: auditor}
""",
}
EMPTY = dict.fromkeys(VALUES, "")


@pytest.fixture(params=list(VALUES))
def side(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def completed(tmp_path: Path, side: str) -> Path:
    return complete(minimal_umbrella.write(tmp_path / "umbrella", side), tmp_path / "completed")


@pytest.mark.parametrize("values", [EMPTY, VALUES], ids=["default", "much"])
def test_both_majors_give_the_same_objects(
    real_helm3: Helm, real_helm4: Helm, completed: Path, tmp_path: Path, side: str, values: dict[str, str]
) -> None:
    (tmp_path / "values.yaml").write_text(values[side])
    options = ("--values", tmp_path / "values.yaml", "--api-versions", MONITORING)
    found = real_helm3.template(str(completed), *options)
    assert len(found) > 10
    assert real_helm4.template(str(completed), *options) == found


@pytest.mark.parametrize("values", [EMPTY, VALUES], ids=["default", "much"])
@pytest.mark.parametrize("api_versions", [(), (MONITORING,)], ids=["plain", "with-monitoring"])
def test_the_engine_of_pip_gives_what_helm3_hands_over(
    real_helm3: Helm,
    completed: Path,
    tmp_path: Path,
    side: str,
    values: dict[str, str],
    api_versions: tuple[str, ...],
) -> None:
    pytest.importorskip("helm_python", reason="not covered: umbrella charts (no Helm engine here)")
    handed_over = tmp_path / "stream.yaml"
    keep = tmp_path / "keep"
    keep.write_text(f"#!/bin/sh\nexec tee '{handed_over}'\n")
    keep.chmod(0o755)
    (tmp_path / "values.yaml").write_text(values[side])
    options = [option for version in api_versions for option in ("--api-versions", version)]
    real_helm3.template(
        str(completed), "--post-renderer", keep, "--values", tmp_path / "values.yaml", *options
    )
    stream = render(completed, values[side], name="demo", namespace="scalardl", api_versions=api_versions)
    assert stream == handed_over.read_text()


def test_service_monitors_need_the_api(real_helm3: Helm, completed: Path, tmp_path: Path, side: str) -> None:
    (tmp_path / "values.yaml").write_text(VALUES[side])
    command = ("template", "demo", completed, "--values", tmp_path / "values.yaml")
    without = objects(real_helm3.output(*command))
    with_api = objects(real_helm3.output(*command, "--api-versions", MONITORING))
    assert "ServiceMonitor" not in {kind for _, kind, _, _ in without}
    assert "ServiceMonitor" in {kind for _, kind, _, _ in with_api}
