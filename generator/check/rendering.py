"""A chart rendered with the Helm that is there: `helm template`, without a shell and without the network."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from generator.check.evidence import Chart, Declared
from generator.check.inputs import Values
from generator.check.sources import Source
from generator.errors import UNREADABLE, USAGE, GenerateError
from profiles.models import DOMAINS, Product
from profiles.scalardl import PRODUCT_CHARTS

_LONGEST = 300  # seconds
# What the charts look for before they make objects of these kinds.
_APIS = ("monitoring.coreos.com/v1", "cert-manager.io/v1", "external-secrets.io/v1")


def product_of(chart: str) -> Product | None:
    """Whose chart it is, by its name and those of the charts below it; None where nothing says so."""
    names = {str(name) for name in _names(_metadata(chart))}
    found = [product for product in DOMAINS if names & {PRODUCT_CHARTS[product].name, f"scalardl-{product}"}]
    return found[0] if len(found) == 1 else None


def render(
    chart: str, values: Sequence[Values], declared: Declared | None, helm: str, namespace: str
) -> tuple[Source, Chart]:
    """The manifests of the chart with the values files in their order, as `helm template` gives them.

    The release has the name and namespace that the deployment declares. Raises GenerateError where there
    is no Helm or it refuses.
    """
    name = declared.domain.release if declared else "release"
    place = namespace or (declared.domain.namespace if declared else "")
    command = [helm, "template", name, chart]
    for each in values:
        command += ["--values", each.file]
    for api in _APIS:
        command += ["--api-versions", api]
    if place:
        command += ["--namespace", place]
    if declared:
        command += ["--kube-version", declared.domain.kubernetes_version]
    text = _run(command, chart)
    return Source(chart, text, rendered=True), Chart(chart, _metadata(chart), _version(helm, chart))


def _version(helm: str, chart: str) -> str:
    return _run([helm, "version", "--short"], chart).strip()


def _run(command: list[str], chart: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KUBE")}
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_LONGEST, env=environment)
    except FileNotFoundError:
        raise GenerateError(
            f"{chart}: a chart, and no {command[0]} to render it with; install Helm, or give the manifests: "
            f"helm template NAME {chart} -f VALUES",
            USAGE,
        ) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or f"no answer in {_LONGEST} s"
        raise GenerateError(f"{chart}: {command[0]} cannot render it: {reason}", USAGE) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it does not say why"]
        raise GenerateError(
            f"{chart}: Helm does not render it: {said[-1]}; correct the chart or its values", UNREADABLE
        )
    return done.stdout.decode("utf-8", "replace")


def _metadata(chart: str) -> dict[str, Any]:
    file = Path(chart) / "Chart.yaml"
    try:
        data = yaml.safe_load(file.read_bytes()) if file.is_file() else {}
    except (OSError, yaml.YAMLError, ValueError):
        raise GenerateError(f"{file}: not YAML; correct it there", UNREADABLE) from None
    return data if isinstance(data, dict) else {}


def _names(metadata: dict[str, Any]) -> list[object]:
    below = metadata.get("dependencies")
    several = below if isinstance(below, list) else []
    return [metadata.get("name"), *(each.get("name") for each in several if isinstance(each, dict))]
