"""What completes an umbrella chart, and what it refuses because Helm would not, or not as it looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charts import minimal_umbrella
from tests.charts.umbrella import complete, render


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return minimal_umbrella.write(tmp_path / "ledger", "ledger")


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def objects(completed: Path, values_text: str = "") -> dict[tuple[str, str], dict[str, Any]]:
    pytest.importorskip("helm_python", reason="not covered: umbrella charts rendered (no Helm engine here)")
    stream = render(completed, values_text, name="demo", namespace="scalardl")
    return {(data["kind"], data["metadata"]["name"]): data for data in yaml.safe_load_all(stream)}


@pytest.mark.parametrize("side", minimal_umbrella.DEPENDENCIES)
def test_every_dependency_is_put_in(tmp_path: Path, side: str) -> None:
    completed = complete(minimal_umbrella.write(tmp_path / "chart", side), tmp_path / "completed")
    assert {folder.name for folder in (completed / "charts").iterdir()} == set(
        minimal_umbrella.DEPENDENCIES[side]
    )


def test_envoy_comes_with_the_product(ledger: Path, tmp_path: Path) -> None:
    found = objects(complete(ledger, tmp_path / "completed"))
    assert ("Deployment", "demo-scalardl-envoy") in found


def test_the_umbrella_itself_is_not_touched(ledger: Path, tmp_path: Path) -> None:
    before = sorted(ledger.rglob("*"))
    complete(ledger, tmp_path / "completed")
    assert sorted(ledger.rglob("*")) == before


def test_charts_that_were_downloaded_stay_behind(ledger: Path, tmp_path: Path) -> None:
    (ledger / "charts").mkdir()
    (ledger / "charts" / "scalardl-4.12.0.tgz").write_bytes(b"")
    completed = complete(ledger, tmp_path / "completed")
    assert not list((completed / "charts").glob("*.tgz"))


@pytest.mark.parametrize("version", ["4.11.0", "~4.12.0", "5.0.0-SNAPSHOT"])
def test_only_the_very_version_stands_in(ledger: Path, tmp_path: Path, version: str) -> None:
    edit(ledger / "Chart.yaml", "version: 4.12.0", f"version: {version}")
    with pytest.raises(LookupError, match=f"no stand-in for scalardl {version}; .* scalardl 4.12.0"):
        complete(ledger, tmp_path / "completed")


def test_only_the_very_name_stands_in(ledger: Path, tmp_path: Path) -> None:
    edit(ledger / "Chart.yaml", "name: schema-loading", "name: schema-loader")
    with pytest.raises(LookupError, match=r"no stand-in for schema-loader 2\.14\.0"):
        complete(ledger, tmp_path / "completed")


def test_a_template_of_the_umbrella_may_not_replace_one_of_a_released_chart(
    ledger: Path, tmp_path: Path
) -> None:
    (ledger / "templates" / "_names.tpl").write_text('{{- define "scalardl-ledger.labels" -}}a: b{{ end }}\n')
    with pytest.raises(ValueError, match=r"_names\.tpl: scalardl-ledger\.labels: "):
        complete(ledger, tmp_path / "completed")


def test_a_condition_of_the_umbrella_leaves_a_chart_out(ledger: Path, tmp_path: Path) -> None:
    found = objects(complete(ledger, tmp_path / "completed"), "schema-loading: {enabled: false}")
    assert not [kind for kind, _ in found if kind == "Job"]


def test_values_reach_the_chart_of_that_name(ledger: Path, tmp_path: Path) -> None:
    found = objects(complete(ledger, tmp_path / "completed"), "scalardl: {ledger: {replicaCount: 5}}")
    assert found["Deployment", "demo-scalardl-ledger"]["spec"]["replicas"] == 5


def test_the_umbrella_has_templates_of_its_own(ledger: Path, tmp_path: Path) -> None:
    assert ("ConfigMap", "demo-note") in objects(complete(ledger, tmp_path / "completed"))


def test_an_alias_of_the_product_points_envoy_at_a_service_that_is_not_there(
    ledger: Path, tmp_path: Path
) -> None:
    edit(ledger / "Chart.yaml", "name: scalardl\n", "name: scalardl\n    alias: product\n")
    found = objects(complete(ledger, tmp_path / "completed"))
    (container,) = found["Deployment", "demo-scalardl-envoy"]["spec"]["template"]["spec"]["containers"]
    address = next(entry["value"] for entry in container["env"] if entry["name"] == "scalardl_address")
    assert address == "demo-scalardl-headless"
    assert ("Service", "demo-product-headless") in found
    assert ("Service", address) not in found
