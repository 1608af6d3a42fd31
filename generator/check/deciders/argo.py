"""Argo CD's Applications that deploy ScalarDL, and those that an ApplicationSet makes.

Source: https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml
"""

from __future__ import annotations

from generator.check.evidence import Side
from postrender.manifests.manifest import Manifest, Path
from profiles.scalardl import SERVING

_GROUP = "argoproj.io"
# What in a source names ScalarDL: its charts, or a folder or a repository that is called so.
_NAMING = ("chart", "path", "repoURL")
_OURS = "scalardl"


def applications(side: Side) -> list[Manifest]:
    """Those that install into a namespace of ScalarDL's, or a chart that is called so."""
    if side.manifests is None:
        return []
    homes = {one.manifest.namespace for one in side.manifests.workloads(*SERVING, "loader")} - {None}
    if side.declared:
        homes.add(side.declared.domain.namespace)
    several = side.manifests.release.of_kind("Application", "ApplicationSet")
    return [one for one in several if one.group == _GROUP and _concerns(one, homes)]


def sources(application: Manifest) -> list[Path]:
    """Where its sources stand."""
    spec = _spec(application)
    several = application.at(*spec, "sources")
    paths: list[Path] = [(*spec, "source")]
    paths += [(*spec, "sources", str(i)) for i in range(len(several) if isinstance(several, list) else 0)]
    return [path for path in paths if isinstance(application.at(*path), dict)]


def _spec(application: Manifest) -> Path:
    return ("spec",) if application.kind == "Application" else ("spec", "template", "spec")


def _concerns(application: Manifest, homes: set[str | None]) -> bool:
    if application.at(*_spec(application), "destination", "namespace") in homes:
        return True
    named = (application.at(*path, key) for path in sources(application) for key in _NAMING)
    return any(isinstance(name, str) and _OURS in name.lower() for name in named)
