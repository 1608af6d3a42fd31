"""What runs: replicas, images, databases, authentication, TLS, monitoring, Secrets, backups."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from profiles.names import (
    AwsRegion,
    ContactPoint,
    DnsLabel,
    DnsName,
    Duration,
    HttpsUrl,
    ImageVersion,
    JdbcUrl,
    Line,
    Repository,
    SecretName,
)
from profiles.part import Part
from profiles.values import Count, LabelKey, SomeMemory

Storage = Literal["dynamo", "cosmos", "jdbc", "cassandra"]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Percent = Annotated[int, Field(strict=True, ge=1, le=100)]

# What each storage needs, and what it takes beside that.
NEEDS: dict[str, tuple[str, ...]] = {
    "dynamo": ("region",),
    "cosmos": ("uri",),
    "jdbc": ("url",),
    "cassandra": ("hosts",),
}
TAKES: dict[str, tuple[str, ...]] = {"cassandra": ("port",), "jdbc": ("max_connections", "pool_size")}


class Replicas(Part):
    """How many pods; where autoscaling is on, how many at least."""

    product: Count
    """Pods of Ledger or Auditor."""
    envoy: Count
    """Pods of Envoy in front of them."""


class Autoscaling(Part):
    """A HorizontalPodAutoscaler for each component; replicas is its least."""

    max_replicas: Replicas
    """How many pods at most; a pod beyond the nodes that exist waits for a new one."""
    cpu_percent: Percent = 70
    """Above this share of the requested cpu, a pod is added."""
    memory_percent: Percent = 80
    """Above this share of the requested memory, a pod is added."""
    scale_down_seconds: Annotated[int, Field(strict=True, ge=0, le=3600)] = 300
    """How long the load must be low before a pod is taken away."""


class Image(Part):
    """An image; null: what the chart pins."""

    repository: Repository | None = None
    """The repository, without tag; for a mirror or a licensed edition."""
    version: ImageVersion | None = None
    """The tag, with @sha256:DIGEST behind it or not."""


class Images(Part):
    """The images, by role."""

    pull_secrets: tuple[SecretName, ...] = ()
    """Secrets that give access to the registry."""
    ledger: Image = Image()
    """ScalarDL Ledger."""
    auditor: Image = Image()
    """ScalarDL Auditor."""
    envoy: Image = Image()
    """Envoy."""
    loader: Image = Image()
    """The schema loader."""


class Authentication(Part):
    """How the parties prove who they are; the same everywhere, never mixed."""

    method: Literal["digital-signature", "hmac"]
    """digital-signature: keys and certificates. hmac: shared secret keys; faster, no non-repudiation."""


class Database(Part):
    """The backend database of one product; its credentials are in the Secret `secrets.database`."""

    storage: Storage
    """Which kind; each has its own keys below. One that differs from the inherited replaces all."""
    region: Annotated[AwsRegion | None, Field(examples=["ap-northeast-1"])] = None
    """dynamo: the AWS region."""
    uri: Annotated[HttpsUrl | None, Field(examples=["https://db.example.com:443/"])] = None
    """cosmos: the account's URI."""
    url: Annotated[JdbcUrl | None, Field(examples=["jdbc:postgresql://db.example.com:5432/ledger"])] = None
    """jdbc: the JDBC URL, without user and password."""
    hosts: tuple[ContactPoint, ...] | None = None
    """cassandra: the contact points."""
    port: Port | None = None
    """cassandra: the port; null: 9042."""
    max_connections: Count | None = None
    """jdbc: the connections that the database allows; pods times poolSize must stay below."""
    pool_size: Count | None = None
    """jdbc: the connections of one pod at most; null: ScalarDB's own."""
    loader_arguments: tuple[Line, ...] = ()
    """More arguments for the schema loader, such as --ru and 400 for cosmos."""


class Tls(Part):
    """TLS from the client to Envoy, to the product, and from Auditor to Ledger."""

    mode: Literal["none", "secrets", "self-signed", "issuer", "cluster-issuer"]
    """secrets: given ones. self-signed: cert-manager makes a CA. issuer, cluster-issuer: one of its own."""
    issuer: DnsName | None = None
    """The name of the Issuer or ClusterIssuer."""
    duration: Duration | None = None
    """How long a certificate of cert-manager is valid; null: the chart's year."""
    renew_before: Duration | None = None
    """How long before its end it is renewed; null: the chart's 15 days."""


class MonitoringStack(Part):
    """Prometheus, Grafana and Loki from ScalarDL's own monitoring chart, beside the product."""

    retention_days: Count = 30
    """How long metrics and logs are kept."""
    metrics_storage: SomeMemory = "50Gi"
    """The volume of Prometheus."""
    logs_storage: SomeMemory = "100Gi"
    """The volume of Loki."""


class Monitoring(Part):
    """What Prometheus and Grafana are told."""

    service_monitor: StrictBool
    """Whether the Prometheus operator is told to read the metrics."""
    rules: StrictBool
    """Whether alerting rules are made for it."""
    dashboards: StrictBool
    """Whether Grafana gets dashboards."""
    namespace: DnsLabel = "monitoring"
    """Where Prometheus and Grafana run."""
    interval: Duration = "30s"
    """How often metrics are read."""
    stack: MonitoringStack | None = None
    """ScalarDL's monitoring chart, installed with the release; null: you have your own."""


class LoadBalancer(Part):
    """The Service of Envoy."""

    type: Literal["internal", "none"]
    """internal: a load balancer in the private network. none: a ClusterIP, for callers in the cluster."""
    annotations: dict[LabelKey, Annotated[str, Field(max_length=1000)]] = Field(default_factory=dict)
    """More annotations for it, or others than the provider's own."""


class ExternalSecrets(Part):
    """External Secrets: Secrets come from an encrypted store."""

    store: DnsName
    """The SecretStore or ClusterSecretStore."""
    kind: Literal["SecretStore", "ClusterSecretStore"] = "ClusterSecretStore"
    """Which of both it is."""
    prefix: Annotated[Line, Field(examples=["scalardl/"])] = "scalardl/"
    """What stands before a Secret's name in the store; scalardl- where its names have no slash."""
    refresh: Duration = "1h"
    """How often it is read again."""


class SecretNames(Part):
    """The Secrets of one domain, by purpose; each has a name of its own."""

    database: SecretName
    """The database's user and password: keys db-username and db-password."""
    keys: DnsLabel
    """digital-signature: private-key, and for Auditor certificate."""
    environment: SecretName
    """The licence and the HMAC keys, as environment variables."""
    product_tls: SecretName
    """tls.mode secrets: ca.crt, tls.crt and tls.key of the product."""
    envoy_tls: SecretName
    """tls.mode secrets: ca.crt, tls.crt and tls.key of Envoy."""
    metrics_ca: SecretName
    """The product's ca.crt, in the monitoring namespace, for Prometheus."""
    ledger_ca: SecretName | None = None
    """Auditor only: ca.crt of the Ledger-side Envoy, handed over by the other domain."""


class Backup(Part):
    """What is backed up. Declarations: the runbook has each as a step, to do or to verify."""

    automatic: StrictBool
    """Whether the database's automatic backups are on."""
    point_in_time_recovery: StrictBool
    """Whether the database can be set back to any moment."""
    cluster: StrictBool
    """Whether Velero or the like backs the cluster's objects up."""
    etcd: StrictBool
    """Whether etcd is backed up and the restore is tested; managed control planes do so themselves."""
    standby_cluster: StrictBool
    """Whether another cluster stands ready to replace this one."""
