"""Secrets that a check meets, wherever they stand, are in nothing that it prints."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from generator.check.cli import Format
from tests.generator.check.keys import write_keys
from tests.generator.commands import Command

CANARY = "kAnArIeNvOgElXyZ"
ENCODED = base64.b64encode(CANARY.encode()).decode()
PROPERTIES = f"""\
scalar.db.storage=jdbc
scalar.db.contact_points=jdbc:postgresql://me:{CANARY}@db.example.com:5432/ledger
scalar.db.username=${{env:NAME}}
scalar.db.password={CANARY}
scalar.dl.ledger.proof.enabled=true
scalar.dl.ledger.proof.private_key_path={CANARY}==
scalar.dl.ledger.authentication.hmac.cipher_key=${{env:CIPHER:-{CANARY}}}
scalar.dl.ledger.server.tls.enabled=true
scalar.dl.ledger.server.tls.private_key_path=+{CANARY}
scalar.dl.licensing.license_key={CANARY}
"""


def _secret(**parts: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "ledger-keys"}, **parts}


def _config(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "told"}, "data": data}


def _ledger(**more: Any) -> dict[str, Any]:
    labels = {"app.kubernetes.io/app": "ledger"}
    container = {
        "name": "ledger",
        "image": "ghcr.io/scalar-labs/scalardl-ledger:3.13.0",
        "env": [{"name": "DB_PASSWORD", "value": CANARY}, {"name": "NAME", "value": CANARY}],
        "volumeMounts": [{"name": "told", "mountPath": "/scalar/ledger/ledger.properties"}],
        **more,
    }
    pod = {"containers": [container], "volumes": [{"name": "told", "configMap": {"name": "told"}}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "a-ledger", "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


OBJECTS: dict[str, list[Any]] = {
    "a Secret with a key that is none": [_secret(data={"private-key": ENCODED, "certificate": ENCODED})],
    "a Secret that is not encoded": [_secret(data={"private-key": CANARY, "db-password": CANARY})],
    "a Secret in plain text": [_secret(stringData={"private-key": CANARY})],
    "a Secret of a wrong shape": [_secret(data=[CANARY])],
    "a Secret with a list": [_secret(data={"private-key": [CANARY]}, stringData={"db-password": [CANARY]})],
    "a Secret whose entry lost its indent": [_secret(**{CANARY: CANARY}, stringData={CANARY: {"a": 1}})],
    "properties": [_config(**{"ledger.properties": PROPERTIES}), _ledger()],
    "a ConfigMap for variables": [_config(DB_PASSWORD=CANARY), _ledger()],
    "arguments": [_ledger(args=["--password", CANARY, f"--token={CANARY}", f"run --password {CANARY}"])],
    "a variable of a wrong shape": [_ledger(env=[{"name": "DB_PASSWORD", "value": {"a": CANARY}}])],
    "a variable that is a list": [_ledger(env=[[CANARY]])],
    "a storage that is none": [
        _config(**{"ledger.properties": f"scalar.db.storage=jdbc\nscalar.db.contact_points={CANARY}"}),
        _ledger(),
    ],
}
TEXTS = {
    "values": f"ledger: {{scalarLedgerConfiguration: {{dbPassword: {CANARY}}}}}\n",
    "values with properties": yaml.safe_dump({"ledger": {"ledgerProperties": PROPERTIES}}),
    "values with variables": yaml.safe_dump({"ledger": {"env": [{"name": "API_TOKEN", "value": CANARY}]}}),
    "values that are no YAML": f"ledger:\n  dbPassword: {CANARY}: {CANARY}\n",
    "a deployment file with a property": (
        f"extends: test\nledger: {{properties: {{scalar.db.x.password: {CANARY}}}}}\n"
    ),
    "a deployment file with a URL": (
        f"extends: test\nledger: {{database: {{url: 'jdbc:postgresql://me:{CANARY}@db.example.com/x'}}}}\n"
    ),
    "manifests that are no YAML": f"apiVersion: v1\nkind: Secret\nstringData: {{a: {CANARY}: [}}\n",
}


@pytest.fixture(params=get_args(Format))
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _silent(check: Command, form: str, *paths: Path) -> None:
    run = check(*paths, "--format", form)
    assert run.code in (0, 1, 2, 3)
    assert run.out or run.err
    for told in (CANARY, ENCODED, CANARY.lower()):
        assert told not in run.out
        assert told not in run.err


@pytest.mark.parametrize("name", OBJECTS)
def test_in_objects(check: Command, tmp_path: Path, form: str, name: str) -> None:
    file = tmp_path / "manifests.yaml"
    file.write_text(yaml.safe_dump_all(OBJECTS[name]), encoding="utf-8")
    _silent(check, form, file)


@pytest.mark.parametrize("name", TEXTS)
def test_in_texts(check: Command, tmp_path: Path, form: str, name: str) -> None:
    file = tmp_path / "text.yaml"
    file.write_text(TEXTS[name], encoding="utf-8")
    _silent(check, form, file)


@pytest.mark.parametrize(
    "text", [CANARY, f"-----BEGIN PRIVATE KEY-----\n{ENCODED}\n-----END PRIVATE KEY-----\n"]
)
def test_in_key_files(check: Command, tmp_path: Path, form: str, text: str) -> None:
    write_keys({"private-key.pem": f"text {text}"}, tmp_path)
    _silent(check, form, tmp_path / "private-key.pem")


def test_the_canary_is_found_where_it_stands(check: Command, tmp_path: Path) -> None:
    """What the others do not print is seen all the same."""
    file = tmp_path / "manifests.yaml"
    file.write_text(yaml.safe_dump_all(OBJECTS["properties"]), encoding="utf-8")
    run = check(file, "--format", "json")
    [answer] = [one for one in run.data["requirements"] if one["id"] == "no-plain-secrets"]
    names = " ".join(one["problem"] for one in answer["findings"])
    for name in ("contact_points", "scalar.db.password", "cipher_key", "license_key", "DB_PASSWORD"):
        assert name in names
