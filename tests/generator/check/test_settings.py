"""What a product is told by its properties, variables and arguments: each case of settings.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.generator.commands import Command

CASES = yaml.safe_load((Path(__file__).parent / "settings.yaml").read_text(encoding="utf-8"))


def _objects(case: dict[str, Any]) -> list[Any]:
    loader, envoy = "job" in case, "envoy" in case
    container: dict[str, Any] = {
        "name": "main",
        "image": f"ghcr.io/scalar-labs/{'scalardl-schema-loader' if loader else 'scalardl-ledger'}:3.13.0",
        "env": case.get("envoy") or case.get("env", []),
        "envFrom": case.get("from", []),
        "volumeMounts": case.get("mounts", []),
    }
    pod: dict[str, Any] = {"containers": [container], "volumes": case.get("volumes", [])}
    if loader:
        container["args"] = case["job"]
        metadata = {"name": "a-schema-loading"}
        whole = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": metadata,
            "spec": {"template": {"spec": pod}},
        }
        return [whole]
    if envoy:
        container["image"] = "ghcr.io/scalar-labs/scalar-envoy:1.6.1"
        return [_deployment("envoy", pod)]
    told = {"name": "told", "mountPath": "/scalar/ledger/ledger.properties", "subPath": "ledger.properties"}
    container["volumeMounts"] = [*container["volumeMounts"], told]
    objects = list(case.get("objects", []))
    if "told" not in {volume["name"] for volume in pod["volumes"]}:
        pod["volumes"] = [*pod["volumes"], {"name": "told", "configMap": {"name": "told"}}]
        data = {"ledger.properties": case.get("properties", "")}
        objects.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "told"}, "data": data})
    return [*objects, _deployment("ledger", pod, case)]


def _deployment(role: str, pod: dict[str, Any], case: dict[str, Any] | None = None) -> dict[str, Any]:
    labels = {"app.kubernetes.io/app": role, **(case or {}).get("labels", {})}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec: dict[str, Any] = {"selector": {"matchLabels": labels}, "template": template}
    if not (case or {}).get("scaled"):
        spec["replicas"] = 3
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": f"a-{role}"}, "spec": spec}


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_answers(check: Command, tmp_path: Path, case: dict[str, Any]) -> None:
    file = tmp_path / "manifests.yaml"
    file.write_text(yaml.safe_dump_all(_objects(case)), encoding="utf-8")
    run = check(file, "--format", "json", "--fail-on", "never")
    assert run.err == ""
    found = {one["id"]: one["status"] for one in run.data["requirements"]}
    assert {name: found[name] for name in case["answers"]} == case["answers"]
