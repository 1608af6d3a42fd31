"""What the objects that rules add have in common: their names and their metadata."""

from __future__ import annotations

import re

from postrender.manifests.manifest import Object
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload

RULE_LABEL = "scalardl-harden/rule"  # set by the pipeline on every object that a rule adds
MANAGED_BY = "app.kubernetes.io/managed-by"

# Argo CD applies wave after wave, and takes a hook's weight for one where the first is missing.
WAVE = "argocd.argoproj.io/sync-wave"
_WAVES = (WAVE, "helm.sh/hook-weight")
_NUMBER = re.compile(r"[+-]?[0-9]+")


def metadata(release: Release, workload: Workload, kind: str, labels: dict[str, str]) -> Object:
    """The metadata of a new object of `kind` for the workload: named after it, in its namespace."""
    found: Object = {"name": _free_name(release, workload, kind)}
    if workload.manifest.stated_namespace:
        found["namespace"] = workload.manifest.stated_namespace
    managed = workload.manifest.labels.get(MANAGED_BY)
    found["labels"] = {**labels, MANAGED_BY: managed} if managed else dict(labels)
    wave = _wave(workload)
    if wave < 0:
        # In the wave of others it would come after the pods that it is for.
        found["annotations"] = {WAVE: str(wave)}
    return found


def _wave(workload: Workload) -> int:
    for name in _WAVES:
        text = workload.manifest.annotations.get(name, "")
        if _NUMBER.fullmatch(text):
            return int(text)
    return 0


def _free_name(release: Release, workload: Workload, kind: str) -> str:
    """The workload's name, with an ending where an object of that kind has it already."""
    name = taken = workload.manifest.name
    number = 1
    while release.named(kind, taken, workload.manifest.namespace):
        taken = f"{name}-scalardl" if number == 1 else f"{name}-scalardl-{number}"
        number += 1
    return taken
