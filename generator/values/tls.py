"""The charts' `tls` values: of the product, and of Envoy towards clients and towards the product."""

from __future__ import annotations

import re

from generator.values.block import Block, Data
from generator.values.names import authority, envoy_host
from profiles.models import Domain, Product

# The charts' default.
_A_YEAR = "8760h0m0s"


def of_product(domain: Domain, product: Product) -> Data:
    """`ledger.tls` or `auditor.tls`; empty where encryption is off."""
    if domain.tls.mode == "none":
        return {}
    host = authority(domain, product)
    # The probes call localhost, Envoy and Prometheus the Service.
    values: Data = {"enabled": True, "overrideAuthority": host}
    if domain.tls.mode == "secrets":
        name = domain.secrets.product_tls
        values |= {"caRootCertSecret": name, "certChainSecret": name, "privateKeySecret": name}
    else:
        values["certManager"] = _cert_manager(domain, ["localhost", host], _authority(domain))
    if domain.monitoring.service_monitor:
        values["caRootCertSecretForServiceMonitor"] = domain.secrets.metrics_ca
    if product == "auditor":
        values["caRootCertForLedgerSecret"] = domain.secrets.ledger_ca
    return values


def of_envoy(domain: Domain, product: Product) -> Block:
    """`envoy.tls`; empty where encryption is off."""
    if domain.tls.mode == "none":
        return Block({})
    downstream: Data = {"enabled": True}
    upstream: Data = {"enabled": True, "overrideAuthority": authority(domain, product)}
    if domain.tls.mode == "secrets":
        name = domain.secrets.envoy_tls
        downstream |= {"certChainSecret": name, "privateKeySecret": name}
        upstream["caRootCertSecret"] = domain.secrets.product_tls
    else:
        hosts = list(dict.fromkeys(["localhost", domain.address, envoy_host(domain, product)]))
        downstream["certManager"] = _cert_manager(domain, hosts, {})
    return Block({"downstream": downstream, "upstream": upstream})


def _authority(domain: Domain) -> Data:
    """How long the CA that cert-manager makes is valid: ten times as long as what it signs."""
    signed = domain.tls.duration or _A_YEAR
    hours = sum(int(count) for count in re.findall(r"([0-9]+)h", signed)) or 1
    return {"caRootCert": {"duration": f"{10 * hours}h0m0s", "renewBefore": f"{2 * hours}h0m0s"}}


def _cert_manager(domain: Domain, hosts: list[str], authority_lifetime: Data) -> Data:
    values: Data = {"enabled": True}
    if domain.tls.mode == "self-signed":
        values["selfSigned"] = {"enabled": True, **authority_lifetime}
    else:
        kind = "ClusterIssuer" if domain.tls.mode == "cluster-issuer" else "Issuer"
        values["issuerRef"] = {"name": domain.tls.issuer, "kind": kind, "group": "cert-manager.io"}
    if domain.tls.duration:
        values["duration"] = domain.tls.duration
    if domain.tls.renew_before:
        values["renewBefore"] = domain.tls.renew_before
    values["dnsNames"] = hosts
    return values
