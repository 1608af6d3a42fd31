"""One throw-away cluster with both products in it: what it needs that a deployment of two domains has not."""

from __future__ import annotations

import re
import shlex
from typing import NamedTuple
from urllib.parse import urlsplit

from generator.bundle import secret_commands
from generator.clusters import ClusterPlan, Step
from profiles.domains import OTHER, one_cluster
from profiles.models import Product, Profile

_DRIVER = "jdbc:postgresql:"
_SERVICE = re.compile(r"([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?")
_IMAGE, _USER, _PORT = "postgres:17", "postgres", 5432
# Connections of administrators, beside those of the pods.
_SPARE = 50
# What two clusters of two domains need, and one for a test does not.
_OF_DOMAINS = ("private-network", "two-clusters")
# Java and tar are in it, and no user that may not write.
CLIENT_IMAGE, CLIENT_NAMESPACE, CLIENT = "eclipse-temurin:17-jdk", "scalardl-client", "client"


class Server(NamedTuple):
    """A PostgreSQL as a Service of the cluster, and the database in it."""

    service: str
    namespace: str
    database: str


def shared(profile: Profile) -> bool:
    """Whether one cluster and one administrator are enough, and declared: there is nobody to trade with."""
    return profile.separation == "advised" and one_cluster(profile)


def plan(profile: Profile, product: Product, whole: ClusterPlan) -> ClusterPlan:
    """What of a cluster's plan is left to do: nothing where the cluster is that of Ledger's runbook."""
    if not shared(profile):
        return whole
    if product == "auditor":
        return ClusterPlan({}, (), ())
    if profile.ledger.cluster.provider != "none":
        return whole
    left = [step for step in whole.create if not any(each in step.why for each in _OF_DOMAINS)]
    end = Step("Delete the cluster", "with all that is in it, the way it was made [teardown-order]", ())
    return ClusterPlan(whole.files, tuple(left), (end,))


def server(profile: Profile, product: Product) -> Server | None:
    """The PostgreSQL that a product's URL means, where it is a Service of the shared cluster."""
    database = profile.domain(product).database
    if not shared(profile) or not (database.url or "").startswith(_DRIVER):
        return None
    place = urlsplit((database.url or "").removeprefix("jdbc:"))
    found = _SERVICE.fullmatch(place.hostname or "")
    name = place.path.strip("/")
    if not found or not name or place.port not in (None, _PORT):
        return None
    return Server(found[1], found[2], name)


def postgresql(profile: Profile, product: Product, connections: int) -> str:
    """The command that runs the server; none where it is the one of Ledger's runbook."""
    stated = server(profile, product)
    if not stated or (product == "auditor" and _same_server(profile)):
        return ""
    count = connections * (2 if profile.auditor_mode and _same_server(profile) else 1) + _SPARE
    kubectl = shlex.join(["kubectl", "-n", stated.namespace])
    deployment = f"deployment/{stated.service}"
    made = f"{kubectl} create secret generic {stated.service}"
    return secret_commands.together(
        [
            *secret_commands.ask("a password for the user postgres", "password", hidden=True),
            f"kubectl create namespace {stated.namespace}",
            f'{made} --from-file=password=<(printf %s "$password") \\',
            "  --dry-run=client -o yaml |",
            "  kubectl apply --server-side -f -",
            # The entry point of the image starts the server as its user.
            f"{kubectl} create deployment {stated.service} --image={_IMAGE} --port={_PORT} -- \\",
            f"  docker-entrypoint.sh postgres -c max_connections={count}",
            f"{kubectl} set env {deployment} --from=secret/{stated.service} --prefix=POSTGRES_",
            f"{kubectl} expose {deployment} --port={_PORT}",
            f"{kubectl} rollout status {deployment} --timeout=5m",
        ]
    )


def database(profile: Profile, product: Product) -> str:
    """The command that makes the product's database in the server."""
    stated = server(profile, product)
    if not stated:
        return ""
    execute = f"kubectl -n {stated.namespace} exec deployment/{stated.service} --"
    return secret_commands.together(
        [
            # Over TCP: the server that fills an empty volume listens to its socket alone.
            f"until {execute} pg_isready -q -h 127.0.0.1; do",
            "  sleep 2",
            "done",
            f"{execute} createdb -U {_USER} {shlex.quote(stated.database)}",
        ]
    )


def _same_server(profile: Profile) -> bool:
    ours, theirs = (server(profile, each) for each in ("ledger", OTHER["ledger"]))
    return ours is not None and theirs is not None and ours[:2] == theirs[:2]
