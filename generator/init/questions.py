"""What is asked for a first profile: each question, its option, and the keys of the profile that it fills."""

from __future__ import annotations

from typing import NamedTuple, get_args

from generator.init import sizes
from profiles.deployment import Provider
from profiles.load import BUILTIN
from profiles.models import DOMAINS, Profile
from profiles.product import Authentication, Storage, Tls

MODES = get_args(Tls.model_fields["mode"].annotation)


class Answers(NamedTuple):
    """What a user said, as it was typed; None, or no client: nothing. Right or wrong, the loader judges."""

    extends: str | None = None
    provider: str | None = None
    region: str | None = None
    ledger_cluster: str | None = None
    auditor_cluster: str | None = None
    ledger_network: str | None = None
    auditor_network: str | None = None
    ledger_address: str | None = None
    auditor_address: str | None = None
    ledger_admin: str | None = None
    auditor_admin: str | None = None
    client: tuple[str, ...] | None = None
    client_admin: str | None = None
    storage: str | None = None
    ledger_database: str | None = None
    auditor_database: str | None = None
    authentication: str | None = None
    tls: str | None = None
    issuer: str | None = None
    size: str | None = None
    nodes: str | None = None
    zones: str | None = None


class Question(NamedTuple):
    """One thing to ask: its field of Answers, how it is asked, and the keys of the profile that it fills."""

    key: str
    metavar: str
    asked: str
    help: str
    paths: tuple[str, ...]

    @property
    def repeated(self) -> bool:
        """Whether there may be several answers."""
        return self.key == "client"

    @property
    def option(self) -> str:
        return "--" + self.key.replace("_", "-")


def _choices(kind: object) -> str:
    return "|".join(get_args(kind))


def _both(key: str, metavar: str, asked: str, text: str, path: str) -> tuple[Question, ...]:
    """The question for Ledger and for Auditor."""
    return tuple(
        Question(
            f"{product}_{key}",
            metavar,
            asked.format(product.title()),
            text.format(product.title()),
            (f"{product}.{path}",),
        )
        for product in DOMAINS
    )


# In the order in which they are asked: an answer may decide what is asked after it.
QUESTIONS: tuple[Question, ...] = (
    Question(
        "extends",
        "|".join(BUILTIN),
        "Profile to extend",
        "The built-in profile to build on; scalardl-gen profile lists them.",
        ("extends",),
    ),
    Question(
        "provider",
        _choices(Provider),
        "Provider of the clusters",
        "Who runs the clusters; none: another, or your own machines.",
        ("ledger.cluster.provider", "auditor.cluster.provider"),
    ),
    Question(
        "region",
        "REGION",
        "Region of the clusters",
        "The provider's region, such as ap-northeast-1.",
        ("ledger.cluster.region", "auditor.cluster.region"),
    ),
    *_both("cluster", "NAME", "Name of {}'s cluster", "The name of {}'s cluster.", "cluster.name"),
    *_both(
        "network",
        "CIDR",
        "Network of {}'s cluster, in CIDR notation",
        "The range of the network (VPC, VNet) of {}'s cluster.",
        "cluster.network",
    ),
    *_both(
        "address",
        "HOST",
        "DNS name of {}'s load balancer",
        "The DNS name of the load balancer of {}'s Envoy.",
        "address",
    ),
    *_both("admin", "WHO", "Administrators of {}", "Who administers {}.", "administrativeDomain"),
    Question(
        "client",
        "NAME=CIDR",
        "Applications that call ScalarDL, as NAME=CIDR with a blank between them",
        "An application and a network that it calls from, such as payments=10.20.0.0/16.",
        ("clients",),
    ),
    Question(
        "client_admin",
        "WHO",
        "Administrators of the applications",
        "Who administers the applications.",
        ("clients.administrativeDomain",),
    ),
    Question(
        "storage",
        _choices(Storage),
        "Kind of the databases",
        "The kind of both databases.",
        ("ledger.database.storage", "auditor.database.storage"),
    ),
    *_both(
        "database",
        "WHERE",
        "{}'s database: its NEED",
        "Where {}'s database is. dynamo: the AWS region; cosmos: the URI; jdbc: the JDBC URL; cassandra: "
        "hosts, with commas.",
        "database",
    ),
    Question(
        "authentication",
        _choices(Authentication.model_fields["method"].annotation),
        "Authentication",
        "How clients, Ledger and Auditor prove who they are.",
        ("authentication.method",),
    ),
    Question(
        "tls",
        "|".join(MODES),
        "TLS",
        "Where certificates come from; secrets: given ones; self-signed: a CA that cert-manager makes.",
        ("tls.mode",),
    ),
    Question(
        "issuer",
        "NAME",
        "Name of the issuer of cert-manager",
        "The Issuer or ClusterIssuer, for --tls issuer and cluster-issuer.",
        ("tls.issuer",),
    ),
    Question(
        "size",
        _choices(get_args(Profile.model_fields["size"].annotation)[0]),
        "Size of the deployment",
        f"Replicas and resources by load, {sizes.words()}.",
        ("size",),
    ),
    Question(
        "nodes",
        "N",
        "Nodes for ScalarDL in each cluster",
        "Nodes for ScalarDL in each cluster, over all zones together.",
        ("nodePool.nodes",),
    ),
    Question(
        "zones",
        "N",
        "Zones over which they stand",
        "The zones over which these nodes stand.",
        ("nodePool.zones",),
    ),
)


def question_of(key: str) -> Question:
    """The question whose answer is the field `key` of Answers."""
    return next(question for question in QUESTIONS if question.key == key)
