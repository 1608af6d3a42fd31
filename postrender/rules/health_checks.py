"""health-checks: a pod that does not answer is started anew, and gets no calls until it answers."""

from __future__ import annotations

from collections.abc import Iterator

from postrender.manifests.manifest import Path
from postrender.manifests.operations import copied, put
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload, called
from postrender.rules import scope
from postrender.rules.finding import Finding
from profiles.policy import Policy

RULE = "health-checks"
REQUIREMENTS = ("health-checks",)
LIVENESS, READINESS, STARTUP = "livenessProbe", "readinessProbe", "startupProbe"

# A readiness probe has none of its own: Kubernetes refuses it there.
_NOT_OF_READINESS = "terminationGracePeriodSeconds"
_WITHOUT = {
    LIVENESS: "so a container that hangs is never started anew",
    STARTUP: "so a slow start is taken for a hang",
}


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """Containers of the components without a probe. Which request tells readiness, liveness says too."""
    for workload in scope.workloads(release, policy, scope.SERVING):
        if not workload.replicated or workload.role == "other":
            continue
        for path, container in workload.own:
            if path[-2] == "initContainers":
                continue
            who = called(path, container)
            for probe, so in _WITHOUT.items():
                if not workload.manifest.map(*path, probe):
                    problem, cure = f"{who} has no {probe}, {so}", f"set {probe} in the chart's values"
                    yield Finding(RULE, workload.manifest, path, problem, cure, REQUIREMENTS)
            if not workload.manifest.map(*path, READINESS):
                yield _readiness(workload, path, who)


def _readiness(workload: Workload, path: Path, who: str) -> Finding:
    like = workload.manifest.map(*path, LIVENESS)
    probe = {key: copied(value) for key, value in like.items() if key != _NOT_OF_READINESS}
    at = (*path, READINESS)
    return Finding(
        rule=RULE,
        manifest=workload.manifest,
        path=path,
        problem=f"{who} has no {READINESS}, so calls go to it while it does not answer",
        cure=f"a {READINESS} like its {LIVENESS}" if probe else f"set {READINESS} in the chart's values",
        requirements=REQUIREMENTS,
        operations=(put(workload.manifest, at, probe),) if probe else (),
        missing=bool(probe),
    )
