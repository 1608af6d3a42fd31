"""A chart rendered with the Helm that is there: `helm template`, without a shell and without the network.

Nothing that its user named becomes an option of Helm's: paths are absolute, and values go through a private
file. What Helm says is not repeated, for it may quote values; only the template and the line are.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import yaml

from generator.check.evidence import Chart, Declared
from generator.check.inputs import Values
from generator.check.sources import Source
from generator.errors import UNREADABLE, USAGE, GenerateError
from profiles.models import DOMAINS, Product
from profiles.scalardl import PRODUCT_CHARTS

_LONGEST = 300  # seconds
_MOST, _LAST = 256 << 20, 8 << 10  # bytes of manifests, and of what Helm says at its end
# What the charts look for before they make objects of these kinds.
_APIS = ("monitoring.coreos.com/v1", "cert-manager.io/v1", "external-secrets.io/v1")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_PLACE = re.compile(r"[\w./-]+\.(?:ya?ml|tpl|txt|json):\d+(?::\d+)?")
_MISSING = "missing in charts/ directory"
# A cluster, and programs of Helm's own, have no part in this.
_KEPT_OUT = ("KUBE", "HELM_KUBE", "HELM_PLUGINS", "HELM_DEBUG")


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
    if namespace and not _LABEL.fullmatch(namespace):
        raise GenerateError(
            f"--namespace {namespace}: no namespace; write one such as scalardl-ledger", USAGE
        )
    name = declared.domain.release if declared else "release"
    place = namespace or (declared.domain.namespace if declared else "")
    # Helm reads the folder as it is named; an absolute path begins with no dash.
    command = [helm, "template", name, str(Path(chart).absolute())]
    for api in _APIS:
        command += ["--api-versions", api]
    if place:
        command += ["--namespace", place]
    if declared:
        command += ["--kube-version", declared.domain.kubernetes_version]
    with tempfile.TemporaryDirectory(prefix="scalardl-gen-") as folder:
        for number, each in enumerate(values):
            file = Path(folder, f"values-{number}.yaml")  # its own name may have a comma, and be a pipe
            file.touch(mode=0o600)
            file.write_text(each.text, encoding="utf-8")
            command += ["--values", str(file)]
        text = _run(command, chart)
    version = _run([helm, "version", "--short"], chart).strip()
    return Source(chart, text, rendered=True), Chart(chart, _metadata(chart), version)


def _run(command: list[str], chart: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(_KEPT_OUT)}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        try:
            # A group of its own, so that what Helm starts ends with it.
            running = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=said,
                env=environment,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise GenerateError(
                f"{chart}: a chart, and no {command[0]} to render it with; install Helm, or give the "
                f"manifests: helm template NAME {chart} -f VALUES",
                USAGE,
            ) from None
        except OSError as error:
            raise GenerateError(
                f"{chart}: {command[0]} cannot be run: {error.strerror}; install Helm, or set HELM_BIN", USAGE
            ) from None
        try:
            code = running.wait(_LONGEST)
        except subprocess.TimeoutExpired:
            raise GenerateError(
                f"{chart}: {command[0]} gave no answer in {_LONGEST} s; see what it does with: helm template "
                f"NAME {chart} -f VALUES",
                USAGE,
            ) from None
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()
        if code:
            raise GenerateError(f"{chart}: Helm does not render it{_why(chart, said)}", UNREADABLE)
        return _text(out, chart)


def _text(out: IO[bytes], chart: str) -> str:
    if out.seek(0, os.SEEK_END) > _MOST:
        raise GenerateError(
            f"{chart}: Helm rendered more than {_MOST >> 20} MiB; render it yourself", UNREADABLE
        )
    out.seek(0)
    return out.read().decode("utf-8", "replace")


def _why(chart: str, said: IO[bytes]) -> str:
    """The place that Helm names, and what to do."""
    end = said.seek(0, os.SEEK_END)
    said.seek(max(0, end - _LAST))
    words = said.read().decode("utf-8", "replace")
    if _MISSING in words:
        return f", for charts that it depends on are missing; bring them in: helm dependency build {chart}"
    found = _PLACE.search(words)
    at = f" ({found[0]})" if found else ""
    return f"{at}; see why with: helm template NAME {chart} -f VALUES"


def _metadata(chart: str) -> dict[str, Any]:
    file = Path(chart) / "Chart.yaml"
    try:
        data = yaml.safe_load(file.read_bytes()) if file.is_file() else {}
    except (OSError, yaml.YAMLError, ValueError, RecursionError):
        raise GenerateError(f"{file}: not YAML that can be read; correct it there", UNREADABLE) from None
    return data if isinstance(data, dict) else {}


def _names(metadata: dict[str, Any]) -> list[object]:
    below = metadata.get("dependencies")
    several = below if isinstance(below, list) else []
    return [metadata.get("name"), *(each.get("name") for each in several if isinstance(each, dict))]
