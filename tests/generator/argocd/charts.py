"""Small charts that show what reaches Helm, and the native call that Argo CD's own Helm source would make."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.argocd.generate import manifests
from generator.errors import GenerateError
from tests.conftest import BIN

CHART = "apiVersion: v2\nname: shown\nversion: 0.1.0\n"
VALUES = "text: from the chart\nnumber: 1\n"
SHOWN = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-shown
  namespace: {{ .Release.Namespace }}
data:
  values: {{ .Values | toJson | quote }}
  kube: {{ .Capabilities.KubeVersion.Version | quote }}
  {{- if .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" }}
  monitored: "yes"
  {{- end }}
"""
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Thing, plural: things}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
"""
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-%s
  annotations: {helm.sh/hook: %s}
spec:
  containers: [{name: main, image: "busybox:1.37.0"}]
"""
TEMPLATES = {
    "templates/shown.yaml": SHOWN,
    "templates/hook.yaml": POD % ("hook", "pre-install"),
    "templates/test.yaml": POD % ("test", "test"),
    "crds/things.yaml": CRD,
}


def write(folder: Path, files: Mapping[str, str] | None = None) -> Path:
    """Writes the chart into the folder, with these files beside or in place of its own."""
    every = {"Chart.yaml": CHART, "values.yaml": VALUES, **TEMPLATES, **(files or {})}
    for path, text in every.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def objects(text: str | bytes) -> list[Any]:
    """The objects of a stream, in an order of their own."""
    found = [each for each in yaml.safe_load_all(text) if each is not None]
    return sorted(found, key=lambda each: (each["kind"], each["metadata"]["name"]))


def native(helm: Path, folder: Path, *flags: str) -> list[Any]:
    """What `helm template .` with these flags gives, run in that folder."""
    done = subprocess.run(
        [str(helm), "template", ".", *flags],
        cwd=folder,
        capture_output=True,
        check=False,
        env=_plain(os.environ),
    )
    assert done.returncode == 0, done.stderr.decode()
    return objects(done.stdout)


def generate(
    helm: Path | str, folder: Path, parameters: list[dict[str, Any]] | None = None, /, **variables: str
) -> subprocess.CompletedProcess[str]:
    """The plugin's command in that folder: for an Application app in the namespace place."""
    command = [str(BIN / "scalardl-gen"), "argocd", "generate"]
    environment = _environment(helm, parameters, variables)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    # Not text=True: that would turn CRLF into LF.
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def fails(
    helm: Path | str, folder: Path, parameters: list[dict[str, Any]] | None = None, /, **variables: str
) -> GenerateError:
    """How the plugin fails in that folder; in this process, which is quicker."""
    with pytest.raises(GenerateError) as ended:
        manifests(folder, _environment(helm, parameters, variables))
    assert len(str(ended.value).splitlines()) == 1
    return ended.value


def _environment(
    helm: Path | str, parameters: list[dict[str, Any]] | None, variables: Mapping[str, str]
) -> dict[str, str]:
    return {
        **_plain(os.environ),
        "SCALARDL_HELM": str(helm),
        "ARGOCD_APP_NAME": "app",
        "ARGOCD_APP_NAMESPACE": "place",
        **({} if parameters is None else {"ARGOCD_APP_PARAMETERS": json.dumps(parameters)}),
        **variables,
    }


def _plain(environment: Mapping[str, str]) -> dict[str, str]:
    ours = ("SCALARDL_", "HELM_", "KUBE", "ARGOCD_", "PARAM_")
    return {name: value for name, value in environment.items() if not name.startswith(ours)}


def refused(done: subprocess.CompletedProcess[str], code: int, said: str) -> None:
    """It ended with that code, said this in one line, and wrote nothing."""
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
