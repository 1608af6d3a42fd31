"""replicas-under-autoscaler: what an autoscaler counts, the manifest does not count as well."""

from __future__ import annotations

from collections.abc import Iterator

from postrender.manifests.operations import remove
from postrender.manifests.release import Release
from postrender.rules.finding import Finding
from profiles.policy import Policy

RULE = "replicas-under-autoscaler"
PATH = ("spec", "replicas")


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """Workloads of any role that state replicas although a HorizontalPodAutoscaler owns the number."""
    for workload in list(release.workloads):
        if workload.is_test or not workload.replicated:
            continue
        autoscaler = release.autoscaler(workload)
        replicas = workload.manifest.number(*PATH)
        if autoscaler is None or replicas is None:
            continue
        yield Finding(
            rule=RULE,
            manifest=workload.manifest,
            path=PATH,
            problem=f"replicas is {replicas}, but {autoscaler.title} owns the number of pods",
            cure="spec.replicas is removed; the autoscaler alone decides",
            requirements=("autoscaling",),
            operations=(remove(PATH),),
        )
