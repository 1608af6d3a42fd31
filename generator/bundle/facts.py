"""What the sections of a runbook are filled with, from the profile: one function for each section."""

from __future__ import annotations

import json
import re
import shlex

from generator.bundle import (
    clients,
    database,
    exchange,
    external_secrets,
    namespace,
    secret_commands,
    secrets,
    throwaway,
)
from generator.bundle.markdown import cell, code
from generator.clusters import ClusterPlan
from generator.clusters.nodes import on_pool
from generator.values.names import authority, fullname
from profiles.compile import compile_policy
from profiles.domains import OTHER
from profiles.load import ResolvedProfile
from profiles.models import Domain, Product, Profile
from profiles.networks import servers
from profiles.product import Tls
from profiles.scalardl import (
    ADMIN_CHART,
    APP_VERSION,
    CHART_REPOSITORY,
    COSMOS_DIRECT_PORTS,
    LOADER_CHART,
    MONITORING_CHARTS,
    PORTS,
    PRODUCT_CHARTS,
)
from profiles.supplies import ADMIN_POOL, DATA_POOL, TABLE_POOL

Facts = dict[str, object]

_PROVIDERS = {"eks": "EKS", "aks": "AKS", "gke": "GKE", "none": "machines of your own"}
_TOOLS = {"eks": "aws and eksctl", "aks": "az", "gke": "gcloud", "none": ""}
# Their names take no slash: https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates
# and https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create
_SLASHLESS = {"aks": "Azure Key Vault", "gke": "Google Secret Manager"}
_METHODS = {"digital-signature": "digital signatures", "hmac": "HMAC"}
_TLS = {
    "none": "none",
    "secrets": "certificates that you give",
    "self-signed": "cert-manager, with an authority of its own",
    "issuer": "cert-manager, by the Issuer",
    "cluster-issuer": "cert-manager, by the ClusterIssuer",
}
# What the charts ask of cert-manager where nothing is said.
_DURATION, _RENEWAL = "8760h", "360h"
# Cosmos DB's replicas answer on these.
_DIRECT = " to ".join(map(str, COSMOS_DIRECT_PORTS))
# The release that pauses Ledger for a backup; of its chart's name and this its Job's is made.
PAUSE, PAUSE_SECONDS = "pause", 10
# Source: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior
_NO_SCALING, _SCALING = "Disabled", "Max"


def of(resolved: ResolvedProfile, product: Product, plan: ClusterPlan) -> Facts:
    """The facts for all sections."""
    profile, domain = resolved.profile, resolved.profile.domain(product)
    return {
        **_names(profile, product, domain),
        **_summary(domain, product),
        **_network(resolved, product, domain),
        **_database(profile, product, domain),
        **_secrets(profile, product, domain),
        **exchange.facts(profile, product, plan),
        **_charts(domain, product),
        **_verification(domain, product),
        **_registration(profile, product, domain),
        **_operation(profile, product, domain),
        "assumed": compile_policy(resolved, product)["assumed"],
    }


def _names(profile: Profile, product: Product, domain: Domain) -> Facts:
    full, other = fullname(domain, product), OTHER[product]
    return {
        "profile": profile,
        "product": product,
        "title": product.title(),
        "domain": domain,
        "cluster": domain.cluster,
        "other": profile.domain(other),
        "other_product": other,
        "other_title": other.title(),
        "shared": throwaway.shared(profile),
        "client": throwaway.CLIENT,
        "client_namespace": throwaway.CLIENT_NAMESPACE,
        "client_image": throwaway.CLIENT_IMAGE,
        "namespace": shlex.quote(domain.namespace),
        "release": shlex.quote(domain.release),
        "deployment": shlex.quote(f"{full}-{product}"),
        "envoy": shlex.quote(f"{full}-envoy"),
        # As the umbrella's templates cut them.
        "loader": shlex.quote(f"{domain.release[:48].rstrip('-')}-schema-loader"),
        "policy": shlex.quote(f"{domain.release[:46].rstrip('-')}-hardening-policy"),
        "folder": secrets.keys_folder(domain),
        "ports": PORTS[product],
        "zones": domain.node_pool.zones if domain.node_pool else 1,
        "replicas": domain.replicas,
        "cert_manager": domain.tls.mode not in ("none", "secrets"),
        "hmac": domain.authentication.method == "hmac",
        "shared_hmac": domain.authentication.method == "hmac" and profile.auditor_mode,
        "signing": domain.authentication.method == "digital-signature"
        and (product == "auditor" or profile.asset_proof),
        "licensed": domain.licensed,
        "source": domain.external_secrets,
        "tables": [code(table) for table in database.TABLES[product]],
    }


def _summary(domain: Domain, product: Product) -> Facts:
    cluster, pool, ports = domain.cluster, domain.node_pool, PORTS[product]
    where = [_PROVIDERS[cluster.provider], *([cell(cluster.region)] if cluster.region else [])]
    found = [
        ("cluster", f"{cell(cluster.name)}: {', '.join(where)}, Kubernetes {domain.kubernetes_version}"),
        ("namespace, release", f"{cell(domain.namespace)}, {cell(domain.release)}"),
        ("address", f"{cell(domain.address)}, ports {ports.client} and {ports.privileged}"),
        ("pods", f"{domain.replicas.product} of {product.title()}, {domain.replicas.envoy} of Envoy"),
    ]
    if domain.autoscaling:
        most = domain.autoscaling.max_replicas
        found.append(("autoscaling", f"up to {most.product} of {product.title()}, {most.envoy} of Envoy"))
    if pool:
        size = f"{pool.nodes} of {pool.node_size.cpu} cpu and {pool.node_size.memory}"
        found.append(("nodes", size + f", over {pool.zones} zones" * (pool.zones > 1)))
    issuer = f" {cell(domain.tls.issuer)}" if domain.tls.issuer else ""
    found += [
        ("database", f"{domain.database.storage}, {_place(domain)}"),
        ("authentication", _METHODS[domain.authentication.method]),
        ("TLS", _TLS[domain.tls.mode] + issuer),
    ]
    tools = [_TOOLS[cluster.provider], "velero" if domain.backup.cluster else ""]
    return {"summary": found, "tools": ", ".join(filter(None, tools))}


def _place(domain: Domain) -> str:
    database = domain.database
    return cell(database.region or database.url or database.uri or ", ".join(database.hosts or ()))


def _network(resolved: ResolvedProfile, product: Product, domain: Domain) -> Facts:
    profile, ports, other = resolved.profile, PORTS[product], OTHER[product]
    network = compile_policy(resolved, product)["network"]
    both = f"{ports.client}, {ports.privileged}"
    target = f"{product.title()}, {cell(domain.address)}"
    found = []
    if network["clients"]:
        found.append((f"clients, {', '.join(map(cell, network['clients']))}", target, both))
    if network["clientsInCluster"]:
        found.append(("clients in the cluster", target, both))
    if profile.auditor_mode and product == "ledger":
        declared = domain.network.other_domain or filter(None, (profile.auditor.cluster.network,))
        found.append((", ".join(["Auditor's network", *map(cell, declared)]), target, both))
    if profile.auditor_mode and product == "auditor":
        theirs = PORTS[other]
        to = f"Ledger, {cell(profile.domain(other).address)}"
        found.append(("the nodes", to, f"{theirs.client}, {theirs.privileged}"))
    if domain.cluster.bastion:
        found.append((f"the bastion, {cell(domain.cluster.bastion)}", "the cluster's API", "443"))
    reached = servers(domain.database) or [":443"]
    for server in reached:
        host, _, port = server.rpartition(":")
        ports_there = f"{port}, {_DIRECT}" if domain.database.storage == "cosmos" else port
        found.append(("the nodes", f"the database, {cell(host)}" if host else "the database", ports_there))
    hosts = ", ".join(map(cell, secrets.registries(profile, product)))
    found.append(("the nodes", f"the registry, {hosts}, and what it refers to", "443"))
    connected = [other.title()] if profile.auditor_mode and profile.separation == "required" else []
    connected += [code(client.name) for client in profile.clients]
    clients_from = [*network["clients"], *(["the cluster"] if network["clientsInCluster"] else [])]
    return {
        "connections": found,
        "connected": connected,
        "client_networks": ", ".join(clients_from) or "none is declared",
    }


def _database(profile: Profile, product: Product, domain: Domain) -> Facts:
    stated = domain.database
    pods = domain.autoscaling.max_replicas.product if domain.autoscaling else domain.replicas.product
    data = stated.pool_size or DATA_POOL
    each = data + TABLE_POOL + ADMIN_POOL
    parts = f"{data} for data, {TABLE_POOL} for table metadata, {ADMIN_POOL} for administration"
    pool = {"pods": pods, "each": each, "all": pods * each, "parts": parts}
    return {
        "pool": pool if stated.storage == "jdbc" else None,
        "server": throwaway.server(profile, product),
        "run_server": throwaway.postgresql(profile, product, pods * each),
        "make_database": throwaway.database(profile, product),
        "encrypted": re.search("ssl|tcps|encrypt", stated.url or "", re.IGNORECASE) is not None,
        "backup": database.of(domain, product),
        "table_commands": database.tables(domain),
    }


def _secrets(profile: Profile, product: Product, domain: Domain) -> Facts:
    needed = secrets.needed(profile, product)
    given = [secret for secret in needed if not secret.copied_from]
    now = [secret for secret in given if not secret.waits]
    waiting = [secret for secret in given if secret.waits]
    source = domain.external_secrets
    hosts = secrets.tls_holders(domain, product) if domain.tls.mode == "secrets" else {}
    keys = secrets.keys_folder(domain)
    copied = [secret for secret in needed if secret.copied_from]
    removal = [f"kubectl delete namespace {shlex.quote(domain.namespace)}"]
    removal += [
        shlex.join(["kubectl", "-n", secret.namespace, "delete", "secret", secret.name])
        for secret in needed
        if secret.namespace != domain.namespace
    ]
    return {
        "level": namespace.level(domain)[0],
        # https://kubernetes.io/docs/concepts/security/pod-security-admission/
        "labels_count": tuple(map(int, str(domain.kubernetes_version).split("."))) >= (1, 23),
        "given": given,
        "now": now,
        "waiting": waiting,
        "create": lambda secret: secret_commands.create(secret, domain),
        "entry": lambda secret: external_secrets.entry(secret, source) if source else "",
        "ready": _ready,
        "described": _described,
        "foreign": sorted({secret.namespace for secret in given} - {domain.namespace}),
        "slashless": _SLASHLESS.get(domain.cluster.provider, "") if source and "/" in source.prefix else "",
        "holders": list(hosts),
        "tls_commands": [
            f"scalardl-gen keys new {holder} --for tls --csr --quiet "
            + " ".join(f"--dns {shlex.quote(host)}" for host in names)
            + f" --out {keys}"
            for holder, names in hosts.items()
        ],
        "tls_checks": [
            f"scalardl-gen keys check --for tls {holder}-tls-private-key.pem {holder}-tls-certificate.pem"
            for holder in hosts
        ],
        "in_keys": lambda lines: secret_commands.together([f"cd {keys}", *lines]).splitlines(),
        "keeps_files": domain.tls.mode != "none"
        or any(key.source in ("file", "line") for secret in given for key in secret.keys),
        "copied": "\n".join(secret_commands.copy(secret, domain) for secret in copied),
        "namespace_removal": removal,
    }


def _ready(wanted: list[secrets.NeededSecret]) -> list[str]:
    """Wait until the operator has fetched these Secrets."""
    words = ["wait", "--for=condition=Ready", "--timeout=2m"]
    return _by_namespace(wanted, words, "externalsecret/")


def _described(wanted: list[secrets.NeededSecret]) -> list[str]:
    return _by_namespace(wanted, ["describe", "secret"], "")


def _by_namespace(wanted: list[secrets.NeededSecret], words: list[str], before: str) -> list[str]:
    places = dict.fromkeys(secret.namespace for secret in wanted)
    return [
        shlex.join(
            ["kubectl", "-n", place, *words]
            + [f"{before}{secret.name}" for secret in wanted if secret.namespace == place]
        )
        for place in places
    ]


def _charts(domain: Domain, product: Product) -> Facts:
    loader = "the schema loader's chart; off, for a hook of this chart loads the schema"
    stack = "Prometheus, Grafana and Loki" + "; off" * (domain.monitoring.stack is None)
    return {
        "repository": CHART_REPOSITORY,
        "charts": [
            (PRODUCT_CHARTS[product], f"{product.title()} and its Envoy"),
            (LOADER_CHART, loader),
            (MONITORING_CHARTS[product], stack),
        ],
    }


def _verification(domain: Domain, product: Product) -> Facts:
    watched, found = domain.monitoring, []
    kinds = [
        *(["servicemonitors"] if watched.service_monitor else []),
        *(["prometheusrules"] if watched.rules else []),
    ]
    if kinds:
        found.append(shlex.join(["kubectl", "-n", watched.namespace, "get", ",".join(kinds)]))
    if watched.dashboards:
        words = ["kubectl", "-n", watched.namespace, "get", "configmaps", "-l", "grafana_dashboard=1"]
        found.append(shlex.join(words))
    if watched.stack:
        service = f"service/{domain.release}-grafana"
        found.append(shlex.join(["kubectl", "-n", domain.namespace, "port-forward", service, "3000:3000"]))
    return {"monitored": found, "budgets": domain.disruption_budget is not None}


def _registration(profile: Profile, product: Product, domain: Domain) -> Facts:
    name, version = clients.holder(profile, product)
    stated = (getattr(domain.images, product).version or "").partition("@")[0]
    return {
        "version": stated if re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", stated) else APP_VERSION,
        "holder": name,
        "holder_version": version,
        "own_properties": clients.of_product(profile, product),
        "client_properties": clients.of_application(profile),
    }


def _operation(profile: Profile, product: Product, domain: Domain) -> Facts:
    full, pool = fullname(domain, product), domain.node_pool
    scalers = [f"{full}-{product}", f"{full}-envoy"]
    marks = [mark for mark in (pool and pool.label, pool and pool.taint) if mark]
    return {
        "renew_before": domain.tls.renew_before or _RENEWAL,
        "duration": domain.tls.duration or _DURATION,
        "paused": _together(profile, domain),
        "marked_by_kubectl": not all(on_pool(domain.cluster.provider, mark) for mark in marks),
        "freeze": _patched(domain, scalers, _NO_SCALING),
        "thaw": _patched(domain, scalers, _SCALING),
        "pause_seconds": PAUSE_SECONDS,
        "admin": ADMIN_CHART,
        "admin_release": PAUSE,
        "admin_job": f"{PAUSE}-{ADMIN_CHART.name}",
    }


def _patched(domain: Domain, scalers: list[str], policy: str) -> str:
    behaviour = {way: {"selectPolicy": policy} for way in ("scaleUp", "scaleDown")}
    patch = json.dumps({"spec": {"behavior": behaviour}})
    words = ["kubectl", "-n", domain.namespace, "patch", "horizontalpodautoscaler"]
    return "\n".join(shlex.join([*words, name, "--type=merge", "--patch", patch]) for name in scalers)


def _together(profile: Profile, domain: Domain) -> bool:
    """Whether backups are consistent only if Ledger was paused: with Auditor always."""
    kept = domain.backup.automatic or domain.backup.point_in_time_recovery
    return kept and (profile.auditor_mode or domain.database.storage != "jdbc")


def pauses(profile: Profile, product: Product) -> bool:
    """Whether the domain's administrators pause their product for a backup."""
    return product == "ledger" and _together(profile, profile.ledger)


def pause_values(profile: Profile, product: Product) -> dict[str, object]:
    """The values of the chart that pauses Ledger for a backup."""
    domain = profile.domain(product)
    arguments = [
        "-r",
        domain.release,
        "-n",
        domain.namespace,
        "-d",
        str(PAUSE_SECONDS * 1000),
        "-z",
        "Etc/UTC",
    ]
    made: dict[str, object] = {"commandArgs": arguments}
    if domain.images.pull_secrets:
        made["imagePullSecrets"] = [{"name": name} for name in domain.images.pull_secrets]
    if domain.tls.mode != "none":
        host = authority(domain, product)
        arguments += ["--tls", "--ca-root-cert-path", "/tls/certs/ca.crt", "--override-authority", host]
        made["tls"] = {"caRootCertSecret": _product_tls(domain, product)}
    return {"scalarAdminForKubernetes": made}


def _product_tls(domain: Domain, product: Product) -> str:
    tls: Tls = domain.tls
    return domain.secrets.product_tls if tls.mode == "secrets" else f"{fullname(domain, product)}-tls-cert"
