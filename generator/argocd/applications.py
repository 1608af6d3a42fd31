"""Sample Applications of Argo CD: Ledger and Auditor, each in the cluster of its domain."""

from __future__ import annotations

from generator.argocd.sidecar import NAME
from generator.yamltext import dump
from profiles.load import ResolvedProfile
from profiles.models import DOMAINS, Product

_HEAD = """\
# The chart stands where `scalardl-gen profile FILE -o DIR` writes it; its policy travels in it.
# Each administrative domain has an Argo CD of its own: one that could write to both clusters could tamper
# with both systems, and nobody would see it.
"""


def files(resolved: ResolvedProfile, repository: str, revision: str, namespace: str) -> dict[str, str]:
    """The Applications of the profile's domains, by path; their charts are in the Git repository."""
    there = DOMAINS if resolved.profile.auditor_mode else DOMAINS[:1]
    return {
        f"applications/{product}.yaml": _application(resolved, product, repository, revision, namespace)
        for product in there
    }


def _application(
    resolved: ResolvedProfile, product: Product, repository: str, revision: str, namespace: str
) -> str:
    domain = resolved.profile.domain(product)
    return _HEAD + dump(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": f"scalardl-{product}", "namespace": namespace},
            "spec": {
                "project": "default",
                "destination": {"name": domain.cluster.name, "namespace": domain.namespace},
                "source": {
                    "repoURL": repository,
                    "targetRevision": revision,
                    "path": f"{product}/chart",
                    "plugin": {
                        "name": NAME,
                        "parameters": [{"name": "release-name", "string": domain.release}],
                    },
                },
            },
        }
    )
