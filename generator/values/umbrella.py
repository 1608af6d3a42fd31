"""The values of an umbrella chart: those of its dependencies, the autoscaler, the loader and the policy."""

from __future__ import annotations

from functools import cache

from generator.values import monitoring, products, schema_loading
from generator.values.block import Block, Data, entry, joined
from generator.values.interface import defaults, laid, taken_back
from generator.yamltext import dump
from profiles.compile import compile_policy, dumps
from profiles.errors import ProfileError
from profiles.load import ResolvedProfile, load
from profiles.models import Domain, Product
from profiles.scalardl import LOADER_CHART, PRODUCT_CHARTS

# The profile whose values the charts of this project have.
SHIPPED = "production"
NO_AUDITOR = (
    "auditorMode is false, so there is no Auditor; nothing can be made for it; "
    "write auditorMode: true in the profile, or --for ledger"
)


def values(resolved: ResolvedProfile, product: Product) -> Block:
    """The values of the umbrella chart of a domain. Raises ProfileError where it has no such domain."""
    profile = resolved.profile
    if product == "auditor" and not profile.auditor_mode:
        raise ProfileError(NO_AUDITOR)
    chart = PRODUCT_CHARTS[product]
    loader = schema_loading.values(resolved, product).under("schemaLoading")
    return joined(
        products.values(profile, product).under(chart.name, f"The chart {chart.name} {chart.version}."),
        joined(Block({"enabled": False}), loader).under(
            LOADER_CHART.name,
            f"The schema loader, with the keys of the chart {LOADER_CHART.name} {LOADER_CHART.version}.\n"
            "A hook of this chart runs it before the product starts, at each installation and upgrade\n"
            "[schema-before-product]. enabled: true uses that chart instead, whose Job is not a hook:\n"
            "Helm does not wait for it, and cannot change it in an upgrade.",
        ),
        schema_loading.hook(resolved, product).under(
            "loader", "What the hook's pod has beside that: Helm 3 hands no hooks to a post-renderer."
        ),
        _autoscaling(profile.domain(product)).under(
            "autoscaling",
            "An autoscaler for each component; its replicas are then no longer set [autoscaling].",
        ),
        monitoring.of_stack(profile.domain(product), product),
        entry(
            "hardening",
            {"policy": dumps(compile_policy(resolved, product))},
            "What scalardl-harden makes the release obey; it travels with the release as a ConfigMap.",
        ),
    )


def over_shipped(resolved: ResolvedProfile, product: Product) -> Block:
    """The values for the charts as they are shipped, with what takes back that chart's own values."""
    block = values(resolved, product)
    shipped = _shipped(product)
    back = taken_back(shipped, block.data, defaults(product))
    return Block(laid(block.data, back), block.comments)


@cache
def _shipped(product: Product) -> Data:
    return values(load(SHIPPED), product).data


def text(resolved: ResolvedProfile, product: Product, block: Block | None = None) -> str:
    """The values as a file, the same at each run, with comments; `block`: not `values`, but these."""
    block = block or values(resolved, product)
    header = f"# ScalarDL {product.title()}, made by scalardl-gen from the profile {resolved.name}.\n"
    return (
        header
        + "# The ids in brackets are those of the requirements: scalardl-gen explain ID\n\n"
        + dump(block.data, block.comments)
    )


def _autoscaling(domain: Domain) -> Block:
    scaling = domain.autoscaling
    if scaling is None:
        return Block({})
    components: Data = {
        component: {
            "minReplicas": getattr(domain.replicas, component),
            "maxReplicas": getattr(scaling.max_replicas, component),
        }
        for component in ("product", "envoy")
    }
    return Block(
        {
            **components,
            "cpuPercent": scaling.cpu_percent,
            "memoryPercent": scaling.memory_percent,
            "scaleDownSeconds": scaling.scale_down_seconds,
        }
    )
