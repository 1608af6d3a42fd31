"""From a profile to the cluster of each domain: configuration, commands, checks, and what is still open."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from generator.clusters import aks, eks, gke, other, site
from generator.clusters.questions import open_questions
from generator.clusters.site import Site
from generator.clusters.steps import ClusterPlan, Step
from profiles.deployment import Provider
from profiles.models import Product, Profile

__all__ = ["ClusterPlan", "Step", "open_questions", "plan"]

_PLANS: Mapping[Provider, Callable[[Site], ClusterPlan]] = {
    "eks": eks.plan,
    "aks": aks.plan,
    "gke": gke.plan,
    "none": other.plan,
}


def plan(profile: Profile, product: Product) -> ClusterPlan:
    """The cluster of one product: files of the bundle's folder `cluster/`, steps to create and to remove it.

    Whatever the profile does not say is text in angle brackets, quoted in command lines; what of it a
    profile could say, `open_questions` lists.
    """
    return _PLANS[profile.domain(product).cluster.provider](site.of(profile, product))
