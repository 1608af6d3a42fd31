"""The names that the charts give to objects of a release, as far as values must name them."""

from __future__ import annotations

from profiles.models import Domain, Product
from profiles.scalardl import PRODUCT_CHARTS


def fullname(domain: Domain, product: Product) -> str:
    """What the product's chart begins its names with: the release where it has the chart's name in it."""
    chart = PRODUCT_CHARTS[product].name
    return domain.release if chart in domain.release else f"{domain.release}-{chart}"


def authority(domain: Domain, product: Product) -> str:
    """The host that the product's certificate names: its headless Service, which Envoy connects to."""
    return f"{fullname(domain, product)}-headless.{domain.namespace}.svc.cluster.local"


def envoy_host(domain: Domain, product: Product) -> str:
    """The Service of Envoy, for callers in the cluster."""
    return f"{fullname(domain, product)}-envoy.{domain.namespace}.svc.cluster.local"
