"""Manifests and profiles that several tests put in."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Harden

# A Deployment that image-pinning refuses; the other rules of production have nothing to do with it.
LATEST = """---
# Source: x/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: x-ledger
  labels:
    app.kubernetes.io/app: ledger
spec:
  replicas: 1
  selector:
    matchLabels:
      app: ledger
  template:
    metadata:
      labels:
        app: ledger
    spec:
      containers:
      - name: ledger
        image: scalardl-ledger:latest
        env:
        - name: HELM_SCALAR_DB_STORAGE
          value: dynamo
"""
PINNED = LATEST.replace(":latest", ":3.13.0")
SECRET = """---
apiVersion: v1
kind: Secret
metadata:
  name: x-ledger
stringData:
  db-username: joe
  db-password: "hunter2"
"""


def policy_in_stream(profile: str, **changes: object) -> str:
    compiled = Path(__file__).parent.parent / "profiles" / "compiled" / f"{profile}.json"
    policy = json.loads(compiled.read_text()) | changes
    return f"""---
apiVersion: v1
kind: ConfigMap
metadata:
  name: hardening
  labels:
    app.kubernetes.io/component: hardening-policy
data:
  policy.json: {json.dumps(json.dumps(policy))}
"""


def profile(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "ours.yaml"
    path.write_text("extends: production\n" + text)
    return path


def reported(harden: Harden, text: str, *args: str, **env: str) -> dict[str, object]:
    done = harden(text, *args, env=env)
    last: dict[str, object] = json.loads(harden("", "last", "--format", "json").stdout)
    assert last["exitCode"] == done.returncode
    return last


JOB = """---
apiVersion: batch/v1
kind: Job
metadata:
  name: load-schema-loading
  labels:
    helm.sh/chart: schema-loading-2.14.0
spec:
  template:
    metadata:
      labels:
        app.kubernetes.io/name: schema-loading
    spec:
      restartPolicy: Never
      containers:
      - name: schema-import
        image: scalardl-schema-loader:3.13.0
        env:
        - name: HELM_SCALAR_DB_STORAGE
          value: dynamo
"""
