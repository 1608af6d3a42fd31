"""The names that the charts give to objects of a release, as far as values must name them."""

from __future__ import annotations

from profiles import supplies
from profiles.models import Domain, Product


def fullname(domain: Domain, product: Product) -> str:
    """What the product's chart begins its names with."""
    return supplies.fullname(product, domain)


def authority(domain: Domain, product: Product) -> str:
    """The host that the product's certificate names: its headless Service, which Envoy connects to."""
    return f"{fullname(domain, product)}-headless.{domain.namespace}.svc.cluster.local"


def envoy_host(domain: Domain, product: Product) -> str:
    """The Service of Envoy, for callers in the cluster."""
    return f"{fullname(domain, product)}-envoy.{domain.namespace}.svc.cluster.local"
