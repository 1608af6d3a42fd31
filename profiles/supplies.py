"""What one domain's release is given: names, Secrets, images, certificates, monitoring, the database."""

from __future__ import annotations

import re
from collections.abc import Iterator

from profiles.contradiction import Contradiction, no
from profiles.models import Domain, Product, Profile
from profiles.networks import address, admitted, servers
from profiles.scalardl import PRODUCT_CHARTS

# What a product pod opens at most where nothing is said: ScalarDB's pools for data, table metadata and
# administration. Source: ScalarDB's configuration reference, jdbc.*.connection_pool.max_total.
DATA_POOL, TABLE_POOL, ADMIN_POOL = 200, 25, 25
# What a Service may be called, and the longest ending that the charts put behind their own name.
_LONGEST_SERVICE, _ENDING = 63, "-envoy-metrics"
# The chart's own images that ask for a licence key; their names end so.
_ASKS_FOR_LICENCE = "-byol"
_CHARTS_IMAGE: dict[Product, str] = {"ledger": "scalardl-ledger", "auditor": "scalardl-auditor-byol"}
# The volumes that the charts give a product themselves.
_VOLUMES = re.compile(r"scalardl-(ledger|auditor)-(properties|tls|tls-for-ledger)-volume")
# What the schema loader would have in its command line, where everybody can read it.
_LOGIN_ARGUMENTS = ("-u", "--user", "-p", "--password")


def contradictions(profile: Profile, product: Product) -> Iterator[Contradiction]:
    """What cannot stand together in what the release of a product is given."""
    domain = profile.domain(product)
    yield from _release(product, domain)
    yield from _secrets(profile, product, domain)
    yield from _images(product, domain)
    yield from _monitoring(product, domain)
    yield from _database(product, domain)
    yield from _loader(product, domain)


def fullname(product: Product, domain: Domain) -> str:
    """What the product's chart begins its names with: the release where it has the chart's name in it."""
    chart = PRODUCT_CHARTS[product].name
    return domain.release if chart in domain.release else f"{domain.release}-{chart}"


def _release(product: Product, domain: Domain) -> Iterator[Contradiction]:
    service = fullname(product, domain) + _ENDING
    if len(service) > _LONGEST_SERVICE:
        most = _LONGEST_SERVICE - (len(service) - len(domain.release))
        yield no(
            f"{len(domain.release)} characters, so that the chart would name a Service {service}; Kubernetes "
            f"allows a Service {_LONGEST_SERVICE}; write {most} characters at most",
            (product, "release"),
        )


def _secrets(profile: Profile, product: Product, domain: Domain) -> Iterator[Contradiction]:
    if product == "auditor" and domain.tls.mode != "none" and domain.secrets.ledger_ca is None:
        yield no(
            "secrets.ledgerCa is missing; Auditor verifies the Ledger-side Envoy by the CA of the other "
            "domain; without it the chart takes Auditor's own (requirement tls); write ledgerCa: ledger-ca",
            (product, "secrets", "ledgerCa"),
            (product, "tls", "mode"),
        )
    if _VOLUMES.fullmatch(domain.secrets.keys):
        yield no(
            f"{domain.secrets.keys} is a volume of the chart's own, which names the volume of the keys after "
            "their Secret; the API server refuses the two; write another name",
            (product, "secrets", "keys"),
        )
    if product == "ledger" and domain.secrets.ledger_ca is not None:
        yield no(
            "Auditor's alone, which verifies Ledger by it; here it would be ignored in silence; "
            "write it below auditor.secrets",
            (product, "secrets", "ledgerCa"),
        )
    for key, stated in (
        ("certificateHolder", domain.certificate_holder is not None),
        ("certificateVersion", domain.certificate_version != 1),
    ):
        if product == "ledger" and stated:
            yield no(
                "Auditor's alone, under which Ledger knows its certificate; here it would be ignored in "
                "silence; write it below auditor",
                (product, key),
            )
    names: dict[str, str] = {}
    for purpose, name in domain.secrets.model_dump(by_alias=True).items():
        if name in names:
            yield no(
                f"{name} is also secrets.{names[name]}; one Secret for two purposes gives each holder the "
                "other's key (requirement least-privilege); name them apart",
                (product, "secrets", purpose),
                (product, "secrets", names[name]),
            )
        if name is not None:
            names[name] = purpose
    pulled: set[str] = set()
    for index, name in enumerate(domain.images.pull_secrets):
        at = (product, "images", "pullSecrets", index)
        if name in names:
            yield no(
                f"{name} is also secrets.{names[name]}; a registry's Secret is of another type and holds "
                "nothing else (requirement registry-access); name them apart",
                at,
                (product, "secrets", names[name]),
            )
        elif name in pulled:
            yield no(f"{name} a second time; once is enough for a pod; delete it", at)
        pulled.add(name)


def _images(product: Product, domain: Domain) -> Iterator[Contradiction]:
    repository = getattr(domain.images, product).repository or _CHARTS_IMAGE[product]
    if repository.endswith(_ASKS_FOR_LICENCE) and not domain.licensed:
        yield no(
            f"licensed is false, but the image {repository} asks for a licence key; {product} would stop as "
            f"soon as it starts; write licensed: true, or images.{product}.repository of another image",
            (product, "licensed"),
            (product, "images", product, "repository"),
        )
    if domain.rules.get("image-pinning") != "enforce":
        return
    for role in (product, "envoy", "loader"):
        version = getattr(domain.images, role).version or ""
        tag, _, digest = version.lower().partition("@")
        if not digest and ("snapshot" in tag or tag == "latest"):
            yield no(
                f"{version} names no fixed image; it may be another one tomorrow (requirement image-tags); "
                "write a released version",
                (product, "images", role, "version"),
            )


def _monitoring(product: Product, domain: Domain) -> Iterator[Contradiction]:
    watched = domain.monitoring
    if not (watched.service_monitor or watched.rules or watched.dashboards or watched.stack):
        return
    if watched.namespace == domain.namespace:
        yield no(
            f"{product} and Prometheus would share the namespace {domain.namespace}; ScalarDL has one of its "
            "own (requirement own-namespace); choose another for one of them",
            (product, "monitoring", "namespace"),
            (product, "namespace"),
        )
    # The usual namespace is nobody's word: whoever hardens other charts states the other key alone.
    stated = watched.namespace != type(watched).model_fields["namespace"].default
    scraping = domain.network.monitoring_namespaces
    if stated and watched.service_monitor and scraping is not None and watched.namespace not in scraping:
        yield no(
            f"Prometheus runs in {watched.namespace}, which network.monitoringNamespaces does not name; its "
            "reads would be dropped (requirement metrics-ports); name it there",
            (product, "monitoring", "namespace"),
            (product, "network", "monitoringNamespaces"),
        )


def _database(product: Product, domain: Domain) -> Iterator[Contradiction]:
    database, scaling = domain.database, domain.autoscaling
    known = domain.network.databases
    for server in servers(database):
        place = address(server)
        # An empty list stands for any.
        if place and known and not admitted(place, known):
            yield no(
                f"the database is at {place.partition('/')[0]}, which none of network.databases holds; the "
                "policies would drop its connections (requirement restrict-connections); add its network "
                "there",
                (product, "network", "databases"),
                (product, "database", {"jdbc": "url", "cosmos": "uri"}.get(database.storage, "hosts")),
            )
    if database.max_connections:
        most = scaling.max_replicas.product if scaling else domain.replicas.product
        each = (
            (database.pool_size or DATA_POOL)
            + _pool(domain, "scalar.db.jdbc.table_metadata.connection_pool.max_total", TABLE_POOL)
            + _pool(domain, "scalar.db.jdbc.admin.connection_pool.max_total", ADMIN_POOL)
        )
        if most * each >= database.max_connections:
            yield no(
                f"{most} pods with up to {each} connections each reach the {database.max_connections} that "
                "the database allows (requirement connection-pools); lower database.poolSize (200 where it "
                "is not stated, beside 50 for metadata and administration), or raise the limit",
                (product, "database", "maxConnections"),
                (product, "database", "poolSize"),
                (product, "replicas", "product"),
                (product, "autoscaling", "maxReplicas", "product"),
            )


def _pool(domain: Domain, name: str, otherwise: int) -> int:
    stated = domain.properties.get(name, "")
    return int(stated) if stated.isdecimal() else otherwise


def _loader(product: Product, domain: Domain) -> Iterator[Contradiction]:
    for index, argument in enumerate(domain.database.loader_arguments):
        if argument.startswith(_LOGIN_ARGUMENTS):
            yield no(
                "who logs in would stand in the command line (requirement no-plain-secrets); the loader has "
                f"both from the Secret {domain.secrets.database}; delete it and what follows it",
                (product, "database", "loaderArguments", index),
            )
