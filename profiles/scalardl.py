"""Facts about ScalarDL: roles, labels, images, ports, property names. Data, no logic.

Source: the released Helm charts (scalardl 4.12.0, scalardl-audit 2.12.0, schema-loading 2.14.0,
envoy 2.6.0, scalar-admin-for-kubernetes 1.2.0) and the public documentation.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Role = Literal["ledger", "auditor", "envoy", "loader", "admin", "monitoring", "other"]

ROLES: tuple[Role, ...] = ("ledger", "auditor", "envoy", "loader", "admin", "monitoring", "other")
PRODUCTS: tuple[Role, ...] = ("ledger", "auditor")
# What runs for good.
SERVING: tuple[Role, ...] = (*PRODUCTS, "envoy")

APP_LABEL = "app.kubernetes.io/app"
NAME_LABEL = "app.kubernetes.io/name"
ROLE_ANNOTATION = "scalardl-harden/role"

# What each sign says. The label is what the charts set; nameOverride changes neither it nor the image.
ROLE_BY_APP_LABEL: dict[str, Role] = {
    "ledger": "ledger",
    "auditor": "auditor",
    "envoy": "envoy",
    "scalar-admin-for-kubernetes": "admin",
}
# The name of the chart in the label helm.sh/chart, which nameOverride leaves alone.
CHART_LABEL = "helm.sh/chart"
ROLE_BY_CHART: dict[str, Role] = {
    "scalardl": "ledger",
    "scalardl-audit": "auditor",
    "envoy": "envoy",
    "schema-loading": "loader",
    "scalar-admin-for-kubernetes": "admin",
}
ROLE_BY_NAME_LABEL: dict[str, Role] = {
    "schema-loading": "loader",
    "scalar-admin-for-kubernetes": "admin",
}
# The last part of an image's repository, up to these words; longest first.
ROLE_BY_IMAGE: tuple[tuple[str, Role], ...] = (
    ("scalar-admin-for-kubernetes", "admin"),
    ("scalardl-schema-loader", "loader"),
    ("scalardl-ledger", "ledger"),
    ("scalardl-auditor", "auditor"),
    ("scalar-ledger", "ledger"),
    ("scalar-auditor", "auditor"),
    ("scalar-envoy", "envoy"),
)
# The end of a workload's name, as the charts build it.
ROLE_BY_NAME_SUFFIX: tuple[tuple[str, Role], ...] = (
    ("scalar-admin-for-kubernetes", "admin"),
    ("schema-loading", "loader"),
    ("-ledger", "ledger"),
    ("-auditor", "auditor"),
    ("-envoy", "envoy"),
)
# DaemonSets that look after the nodes; they need a toleration on the dedicated nodes and nothing else.
MONITORING_IMAGES: tuple[str, ...] = (
    "node-exporter",
    "fluent-bit",
    "fluentd",
    "promtail",
    "alloy",
    "cloudwatch-agent",
    "grafana-agent",
    "vector",
)


class Ports(NamedTuple):
    """The ports a product listens on (TCP)."""

    client: int
    privileged: int
    admin: int
    metrics: int


PORTS: dict[Role, Ports] = {
    "ledger": Ports(50051, 50052, 50053, 8080),
    "auditor": Ports(40051, 40052, 40053, 8080),
}
ENVOY_ADMIN_PORT = 9001

# Properties that move a port, and the environment variables behind the charts' default properties.
PORT_PROPERTY_NAMES: dict[Role, tuple[str, str, str, str]] = {
    "ledger": (
        "scalar.dl.ledger.server.port",
        "scalar.dl.ledger.server.privileged_port",
        "scalar.dl.ledger.server.admin_port",
        "scalar.dl.ledger.server.prometheus_exporter_port",
    ),
    "auditor": (
        "scalar.dl.auditor.server.port",
        "scalar.dl.auditor.server.privileged_port",
        "scalar.dl.auditor.server.admin_port",
        "scalar.dl.auditor.server.prometheus_exporter_port",
    ),
}

# Where an Auditor calls Ledger: the client and the privileged port.
LEDGER_PORT_PROPERTY_NAMES: tuple[str, str] = (
    "scalar.dl.auditor.ledger.port",
    "scalar.dl.auditor.ledger.privileged_port",
)

# Where a storage listens when nothing else is said.
STORAGE_PORTS: dict[str, int] = {"dynamo": 443, "cosmos": 443, "cassandra": 9042}
JDBC_PORTS: dict[str, int] = {
    "postgresql": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "oracle": 1521,
    "sqlserver": 1433,
    "yugabytedb": 5433,
    "db2": 50000,
}

# ScalarDB calls Cosmos DB in direct mode: 443 finds the replicas, which answer on these ports.
COSMOS_DIRECT_PORTS = (10000, 20000)

# The charts render these when no Secret is given.
DEFAULT_CREDENTIALS = "cassandra"
CREDENTIAL_KEYS: tuple[str, ...] = ("db-username", "db-password")


class Chart(NamedTuple):
    """A released chart, pinned."""

    name: str
    version: str


# Where the charts are, and the newest stable ones; those of the main branch are snapshots.
CHART_REPOSITORY = "https://scalar-labs.github.io/helm-charts"
APP_VERSION = "3.13.0"
PRODUCT_CHARTS: dict[str, Chart] = {
    "ledger": Chart("scalardl", "4.12.0"),
    "auditor": Chart("scalardl-audit", "2.12.0"),
}
LOADER_REPOSITORY = "ghcr.io/scalar-labs/scalardl-schema-loader"
LOADER_CHART = Chart("schema-loading", "2.14.0")
MONITORING_CHARTS: dict[str, Chart] = {
    "ledger": Chart("scalardl-ledger-monitoring", "0.0.1"),
    "auditor": Chart("scalardl-auditor-monitoring", "0.0.1"),
}
ADMIN_CHART = Chart("scalar-admin-for-kubernetes", "1.2.0")
