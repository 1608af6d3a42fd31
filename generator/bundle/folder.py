"""A domain's folder: everything that its team needs, and nothing of the other domain but its address."""

from __future__ import annotations

from generator import charts, clusters
from generator.bundle import external_secrets, facts, namespace, runbook, secrets, throwaway
from generator.bundle.writing import write
from generator.yamltext import dump
from postrender.version import VERSION
from profiles.load import ResolvedProfile
from profiles.models import Product

__all__ = ["files", "write"]

_RUNBOOK = "runbook.md"


def files(resolved: ResolvedProfile, product: Product) -> dict[str, str]:
    """The files of a domain's folder by their path in it, the same at each run.

    Raises ProfileError where the profile has no such domain, or its schema loader cannot be hardened.
    """
    profile, domain = resolved.profile, resolved.profile.domain(product)
    chart = charts.files(resolved, product)
    plan = throwaway.plan(profile, product, clusters.plan(profile, product))
    made = {f"chart/{path}": text for path, text in chart.items()}
    made["namespace.yaml"] = namespace.text(domain, product)
    about = {
        "chart/": f"the chart {charts.name(product)} with this profile's values",
        "namespace.yaml": "the namespace, and a policy that denies all traffic",
    }
    if domain.external_secrets:
        made["external-secrets.yaml"] = external_secrets.text(
            secrets.needed(profile, product), domain.external_secrets
        )
        about["external-secrets.yaml"] = "which Secrets External Secrets fetches, and from where"
    if plan.files:
        made |= {f"cluster/{path}": text for path, text in plan.files.items()}
        about["cluster/"] = "the cluster's configuration"
    if facts.pauses(profile, product):
        made["pause.yaml"] = dump(facts.pause_values(profile, product))
        about["pause.yaml"] = "values of the chart that pauses Ledger for a backup"
    made["helm4-plugin/plugin.yaml"] = _plugin()
    about["helm4-plugin/"] = "the post-renderer as a plugin, for Helm 4"
    return {_RUNBOOK: runbook.text(resolved, product, plan, about), **made}


def _plugin() -> str:
    """The plugin of this project, for those who have no copy of its repository."""
    return dump(
        {
            "apiVersion": "v1",
            "type": "postrenderer/v1",
            "name": "scalardl-harden",
            "version": VERSION,
            "runtime": "subprocess",
            "runtimeConfig": {"platformCommand": [{"command": "scalardl-harden"}]},
        }
    )
