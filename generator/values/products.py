"""The values of the charts `scalardl` (Ledger) and `scalardl-audit` (Auditor)."""

from __future__ import annotations

from generator.values import envoy, monitoring, placement, properties, tls
from generator.values.block import Block, Data, entry, joined
from profiles.models import Product, Profile
from profiles.scalardl import PRODUCT_CHARTS

# What the charts call things where nothing else is said.
_CHART_KEYS_SECRET: dict[Product, str] = {"ledger": "ledger-keys", "auditor": "auditor-keys"}
_CONFIGURATION: dict[Product, str] = {
    "ledger": "scalarLedgerConfiguration",
    "auditor": "scalarAuditorConfiguration",
}

_PROPERTIES_SERVE: dict[Product, str] = {
    "ledger": "[database-properties, proof-and-auditor-enabled, proof-always]",
    "auditor": "[database-properties, ledger-auditor-connection]",
}


def values(profile: Profile, product: Product) -> Block:
    """The values of the product's chart: the product and its Envoy."""
    return joined(
        _product(profile, product).under(product),
        envoy.values(profile.domain(product), product).under(
            "envoy",
            "Envoy balances gRPC over the pods, inside the cluster [in-cluster-traffic].",
        ),
    )


def _product(profile: Profile, product: Product) -> Block:
    domain = profile.domain(product)
    secret = domain.secrets.environment if properties.environment(profile, product) else None
    return joined(
        placement.replicas(domain, "product"),
        envoy.image(getattr(domain.images, product)),
        entry(
            "imagePullSecrets",
            envoy.pull_secrets(domain),
            "Access to the container registry [registry-access].",
        ),
        entry(
            "existingSecret",
            domain.secrets.database,
            "The database's user and password, in this Secret's keys db-username and db-password; without\n"
            "it the chart would make a Secret with cassandra/cassandra [no-plain-secrets].",
        ),
        entry("secretName", secret, f"{_held(profile, product)}, as environment variables."),
        _keys(profile, product),
        entry(
            f"{product}Properties",
            properties.of_product(profile, product),
            _PROPERTIES_SERVE[product],
        ),
        entry("tls", tls.of_product(domain, product), "Encrypted [tls]."),
        placement.pods(domain, product, PRODUCT_CHARTS[product].name),
        monitoring.of_component(domain),
    )


def _held(profile: Profile, product: Product) -> str:
    hmac = profile.domain(product).authentication.method == "hmac"
    licensed = profile.domain(product).licensed
    return " and ".join(["The HMAC keys"] * hmac + ["the licence" if hmac else "The licence"] * licensed)


def _keys(profile: Profile, product: Product) -> Block:
    """What makes the chart mount the key's Secret at /keys, or leave it."""
    domain = profile.domain(product)
    if domain.authentication.method == "hmac":
        method = {"method": "hmac"} if product == "auditor" else {}
        return entry("authentication", method, "No keys are mounted: HMAC needs none.")
    if product == "ledger" and not profile.asset_proof:
        return Block({})
    configuration: Data = {"ledgerProofEnabled": True} if product == "ledger" else {}
    if domain.secrets.keys != _CHART_KEYS_SECRET[product]:
        configuration["secretName"] = domain.secrets.keys
    return entry(
        _CONFIGURATION[product],
        configuration,
        f"Mounts the Secret {domain.secrets.keys} at {properties.KEYS_FOLDER}"
        + (" [ledger-keys-secret]." if product == "ledger" else "."),
    )
