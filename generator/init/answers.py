"""A profile to begin with: the questions, and the commented text that their answers make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple, get_args

from generator.init.layout import CERT_MANAGER, layout
from profiles.deployment import Provider
from profiles.document import plain, read
from profiles.errors import ProfileError
from profiles.load import BUILTIN, load
from profiles.models import DOMAINS, Profile
from profiles.problems import suggestion
from profiles.product import NEEDS, Authentication, Storage, Tls

# Where completion and checks in an editor come from.
SCHEMA_FILE = "scalardl.schema.json"
_EXTENDED = "production"
_ADMINISTRATORS = "application-team"
_COUNT = re.compile("[0-9]{1,9}")
_NAMED_ISSUERS = ("issuer", "cluster-issuer")
_MODES = get_args(Tls.model_fields["mode"].annotation)
# For answers that must still be given, so that what else is wrong can be told before.
_STAND_INS = {"issuer": "issuer", "ledger_database": "ap-northeast-1", "auditor_database": "ap-northeast-1"}
_NEED_IN_WORDS = {"region": "AWS region", "uri": "URI", "url": "JDBC URL", "hosts": "hosts"}
# Hosts that nobody has (RFC 2606), as the built-in profiles have them.
_PLACEHOLDERS = {"uri": "https://{}-db.example.com:443/", "hosts": "{}-db.example.com"}
_ADDRESS = "{}.scalardl.example.com"


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
        "An application and a network it calls from; repeat it for more of either.",
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
        "|".join(_MODES),
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
        "Replicas and resources by load.",
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


def default(question: Question, answers: Answers) -> str | None:
    """What holds where `question` is not answered; None: nothing is declared.

    Mostly what the extended profile says. Raises ProfileError where `answers` names none.
    """
    if question.key == "extends":
        return _EXTENDED
    if question.key == "client":
        return None
    if question.key == "client_admin":
        return _ADMINISTRATORS
    if question.key.endswith("_database"):
        return _database(question.paths[0], answers)
    found = _inherited(question.paths[0], answers)
    if question.key.endswith("_address") and answers.client and found.endswith(".cluster.local"):
        # A name of the cluster's own, which clients elsewhere do not know.
        return _ADDRESS.format(question.key.partition("_")[0])
    if question.key == "nodes" and found is not None:
        return str(max(found, *_replicas(answers.size)))
    return None if found is None else str(found)


def needless(question: Question, answers: Answers) -> str | None:
    """Why an answer to `question` would say nothing beside the other answers; None: it says something."""
    mode = _said("tls", answers)
    if question.key == "issuer" and mode in _MODES and mode not in _NAMED_ISSUERS:
        return f"TLS of the mode {mode} asks no issuer; write --tls issuer or --tls cluster-issuer too"
    if question.key == "client_admin" and not answers.client:
        return "no application is declared; write --client NAME=CIDR too"
    if question.key in ("nodes", "zones") and _inherited("nodePool", answers) is None:
        return f"the profile {answers.extends} has no node pool; write --extends production or multi-az"
    return None


def needed(question: Question, answers: Answers) -> str | None:
    """Why `question` must be answered, for no default could be right; None: it need not."""
    mode = _said("tls", answers)
    if question.key == "issuer" and mode in _NAMED_ISSUERS:
        return f"TLS of the mode {mode} asks an issuer of cert-manager; write its name"
    if question.key.endswith("_database") and default(question, answers) is None:
        return "DynamoDB is in a region of AWS; write which, such as ap-northeast-1"
    return None


def stood_in(answers: Answers) -> Answers:
    """The answers with something in place of those that are needed and not given."""
    missing = [q.key for q in QUESTIONS if getattr(answers, q.key) is None and needed(q, answers)]
    standing: dict[str, Any] = {key: _STAND_INS[key] for key in missing}
    return answers._replace(**standing)


def wanted(question: Question, answers: Answers) -> str:
    """The words that ask `question`."""
    return question.asked.replace("NEED", _NEED_IN_WORDS.get(_need(answers), "place"))


def owner(name: str) -> Question | None:
    """The question whose answer an error of the profile is about; `name` is how the error names the value."""
    # What a size decides is a matter of the size; clients entry 1, networks entry 2 is clients.networks.
    name = re.sub(r"^(replicas|resources)\b.*", "size", re.sub(r"^client\b", "clients", name))
    path = re.sub(r"( entry)? [0-9]+(, )?", ".", name).strip(".")
    product, _, shared = path.partition(".")
    for place in (path, shared) if product in DOMAINS else (path,):
        above = [(len(p), q.key) for q in QUESTIONS for p in q.paths if f"{place}.".startswith(f"{p}.")]
        if above:
            return _question(max(above)[1])
    return None


def text(answers: Answers, schema: bool = False) -> str:
    """The profile file that the answers make: what differs from the extended profile, what else could.

    With `schema` its first line tells editors that SCHEMA_FILE stands beside it. Raises ProfileError
    where `answers` names no profile to extend.
    """
    stated = _stated(answers)

    def in_force(path: str) -> Any:
        return stated.get(path, _inherited(path, answers))

    first = (
        f"# yaml-language-server: $schema={SCHEMA_FILE}"
        if schema
        else f"# For completion and checks in an editor: scalardl-gen schema > {SCHEMA_FILE}"
    )
    return f"{first}\n{layout(stated, in_force)}"


def _stated(answers: Answers) -> dict[str, Any]:
    """The values that differ from those of the extended profile, by their paths."""
    stated: dict[str, Any] = {"extends": _said("extends", answers)}
    for question in QUESTIONS[1:]:
        answer = _said(question.key, answers)
        if answer is not None and not needless(question, answers):
            for path, value in _values(question, answer, answers):
                if value != _inherited(path, answers):
                    stated[path] = value
    stated |= {path: value for path, value in _following(answers) if value != _inherited(path, answers)}
    return stated


def _following(answers: Answers) -> Iterator[tuple[str, Any]]:
    """Values without which an answer could not stand, with their paths."""
    if answers.client:
        # They call from outside of the cluster.
        yield "network.clients", None
        yield "loadBalancer.type", "internal"
    if _said("tls", answers) in CERT_MANAGER:
        yield from ((f"{product}.cluster.addOns.certManager", True) for product in DOMAINS)


def _values(question: Question, answer: Any, answers: Answers) -> Iterator[tuple[str, Any]]:
    """An answer as the values of the profile that it fills, with their paths."""
    for path in question.paths:
        if question.key == "client":
            yield path, _clients(answer, _said("client_admin", answers))
        elif question.key.endswith("_database"):
            need = _need(answers)
            yield f"{path}.{need}", re.split(r"\s*,\s*", answer) if need == "hosts" else answer
        elif question.key != "client_admin":
            yield path, int(answer) if question.metavar == "N" and _COUNT.fullmatch(answer) else answer


def _clients(said: tuple[str, ...], administrators: str) -> list[dict[str, Any]]:
    networks: dict[str, list[str]] = {}
    for name, _, network in (each.partition("=") for each in said):
        networks.setdefault(name, []).append(network)
    return [
        {"name": name, "administrativeDomain": administrators, "networks": found}
        for name, found in networks.items()
    ]


def _question(key: str) -> Question:
    return next(question for question in QUESTIONS if question.key == key)


def _said(key: str, answers: Answers) -> Any:
    """The answer, or what holds without one."""
    answer = getattr(answers, key)
    return default(_question(key), answers) if answer is None else answer


def _need(answers: Answers) -> str:
    """The key that says where a database of the storage is."""
    return NEEDS.get(_said("storage", answers), ("url",))[0]


def _database(path: str, answers: Answers) -> str | None:
    """Where a database is taken to be: the inherited one, or a placeholder that can be seen as such."""
    need = _need(answers)
    inherited = _inherited(f"{path}.{need}", answers)
    if inherited is not None:
        return str(inherited)
    if need == "region":
        # Of the providers' regions, only those of AWS are DynamoDB's.
        return answers.region if answers.provider == "eks" else None
    return _PLACEHOLDERS[need].format(path.partition(".")[0])


def _inherited(path: str, answers: Answers) -> Any:
    """What the extended profile has at `path`; None: nothing."""
    found: Any = _base(_EXTENDED if answers.extends is None else answers.extends)
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


@lru_cache
def _replicas(size: str | None) -> Iterable[int]:
    """How many pods of each component a size has: on a node each, so many nodes are wanted."""
    file = "builtin/sizes.yaml"
    sizes = plain(read(Path(str(resources.files("profiles"))) / file, f"profiles/{file}", 0))
    counts: dict[str, int] = sizes[size]["replicas"] if size in sizes else {}
    return (0, *counts.values())


@lru_cache
def _base(extends: str) -> dict[str, Any]:
    if extends not in BUILTIN:
        raise ProfileError(
            f"extends: {extends!r} is no built-in profile; {suggestion(extends, BUILTIN, 'they are')}; "
            "a file of yours can be written there afterwards"
        )
    data: dict[str, Any] = load(extends).profile.model_dump(mode="json", by_alias=True)
    return data
