"""The values of Envoy, which stands in front of Ledger or Auditor."""

from __future__ import annotations

from generator.values import monitoring, placement, tls
from generator.values.block import Block, Data, entry, joined
from profiles.deployment import Provider
from profiles.models import Domain, Product
from profiles.product import Image
from profiles.scalardl import PRODUCT_CHARTS

# What makes a load balancer internal. Sources: the providers' pages on internal load balancers.
INTERNAL: dict[Provider, dict[str, str]] = {
    # https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html
    "eks": {
        "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
        "service.beta.kubernetes.io/aws-load-balancer-type": "nlb",
    },
    # https://learn.microsoft.com/azure/aks/internal-lb
    "aks": {"service.beta.kubernetes.io/azure-load-balancer-internal": "true"},
    # https://cloud.google.com/kubernetes-engine/docs/how-to/internal-load-balancing
    "gke": {"networking.gke.io/load-balancer-type": "Internal"},
    "none": {},
}


def values(domain: Domain, product: Product) -> Block:
    """The block `envoy` of the product's chart."""
    return joined(
        placement.replicas(domain, "envoy"),
        image(domain.images.envoy),
        entry("imagePullSecrets", pull_secrets(domain)),
        _service(domain),
        tls.of_envoy(domain, product).under(
            "tls", "Encrypted towards clients and towards the product [tls]."
        ),
        placement.pods(domain, "envoy", PRODUCT_CHARTS[product].name),
        monitoring.of_component(domain),
    )


def image(chosen: Image) -> Block:
    """The key `image`, where the profile names one; else the chart's own, which is pinned with it."""
    stated: Data = {
        key: value
        for key, value in (("repository", chosen.repository), ("version", chosen.version))
        if value is not None
    }
    return entry("image", stated, "Not the chart's own [image-tags].")


def pull_secrets(domain: Domain) -> list[Data]:
    """The key `imagePullSecrets`."""
    return [{"name": name} for name in domain.images.pull_secrets]


def _service(domain: Domain) -> Block:
    if domain.load_balancer.type == "none":
        return Block({})
    annotations = INTERNAL[domain.cluster.provider] | domain.load_balancer.annotations
    return entry(
        "service",
        {"type": "LoadBalancer", **({"annotations": annotations} if annotations else {})},
        "Reached over the private network only [private-access]."
        if annotations
        else "A load balancer of your own: see that its address is a private one [private-access].",
    )
