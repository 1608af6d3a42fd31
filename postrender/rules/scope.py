"""Which workloads a rule looks at."""

from __future__ import annotations

from collections.abc import Iterator

from postrender.manifests import selectors
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from profiles import scalardl
from profiles.policy import Policy, Spread
from profiles.scalardl import Role

# What runs for good, and all that a ScalarDL release runs on the nodes.
SERVING = scalardl.SERVING
SCALARDL: tuple[Role, ...] = (*SERVING, "loader", "admin")


def workloads(release: Release, policy: Policy, roles: tuple[Role, ...]) -> Iterator[Workload]:
    """The workloads of these roles, and those of role `other` where the policy's scope is `all`.

    Helm tests are never among them: they are not part of what runs.
    """
    for workload in list(release.workloads):
        if not workload.is_test and (
            workload.role in roles or (workload.role == "other" and policy.scope == "all")
        ):
            yield workload


def of_several_pods(release: Release, policy: Policy) -> Iterator[Workload]:
    """The workloads that serve and may have more than one pod, whose pods can be told by their selector."""
    for workload in workloads(release, policy, SERVING):
        if not workload.replicated or release.replicas(workload)[1] < 2:
            continue
        # Kubernetes refuses a workload whose selector misses its own pods.
        if selectors.matches(workload.selector, workload.pod_labels):
            yield workload


def spread(declared: Spread, workload: Workload) -> Spread:
    """How far apart the workload's pods must stand.

    `required` counts the nodes of the declared pool; where the pods of role `other` run the profile
    does not know, so that for them it is `preferred`.
    """
    return "preferred" if declared == "required" and workload.role == "other" else declared
