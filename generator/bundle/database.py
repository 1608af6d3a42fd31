"""The domain's database: its tables, and how its backups are switched on and looked at."""

from __future__ import annotations

import shlex
from typing import NamedTuple
from urllib.parse import urlsplit

from profiles.models import Domain, Product

# Source: the schemas that ScalarDL's schema loader 3.13 loads; ScalarDB adds its own.
TABLES: dict[Product, tuple[str, ...]] = {
    "ledger": (
        *("scalar.asset", "scalar.asset_metadata", "scalar.certificate", "scalar.contract"),
        *("scalar.contract_class", "scalar.function", "scalar.namespace", "scalar.secret"),
        *("scalar.tx_state", "coordinator.state"),
    ),
    "auditor": (
        *("auditor.asset", "auditor.asset_lock", "auditor.certificate", "auditor.contract"),
        *("auditor.contract_class", "auditor.namespace", "auditor.request_proof", "auditor.secret"),
    ),
}
_DAYS = "7"
_GROUP = "<resource-group-of-the-database>"
# The managed databases of Azure that have such a command.
_FLEXIBLE = {"postgresql": "postgres", "mysql": "mysql"}


class Backups(NamedTuple):
    """What to run, and what shows that it worked; nothing where only the database's own manual tells."""

    commands: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()


def of(domain: Domain, product: Product) -> Backups:
    """The commands for the domain's database."""
    database = domain.database
    if database.storage == "dynamo":
        words = ["aws", "dynamodb", "describe-continuous-backups", "--region", database.region or ""]
        return Backups(verify=(shlex.join([*words, "--table-name", TABLES[product][0]]),))
    if database.storage == "cosmos":
        account = ["--name", _account(domain), "--resource-group", _GROUP]
        return Backups(
            (shlex.join(["az", "cosmosdb", "update", *account, "--backup-policy-type", "Continuous"]),),
            (shlex.join(["az", "cosmosdb", "show", *account, "--query", "backupPolicy.type"]),),
        )
    if database.storage == "jdbc":
        kind = (database.url or "").split(":")[1].lower()
        return _MANAGED[domain.cluster.provider](domain, kind)
    return Backups()


def tables(domain: Domain) -> tuple[str, ...]:
    """The commands that list the tables, where a provider's tool does."""
    database = domain.database
    if database.storage == "dynamo":
        return (shlex.join(["aws", "dynamodb", "list-tables", "--region", database.region or ""]),)
    if database.storage == "cosmos":
        account = ["--account-name", _account(domain), "--resource-group", _GROUP]
        return (shlex.join(["az", "cosmosdb", "sql", "database", "list", *account, "--query", "[].name"]),)
    return ()


def _account(domain: Domain) -> str:
    return (urlsplit(domain.database.uri or "").hostname or "<account>").partition(".")[0]


def _rds(domain: Domain, _kind: str) -> Backups:
    region = ["--region", domain.cluster.region or "<region>"]
    instance = ["--db-instance-identifier", "<db-instance>"]
    change = ["aws", "rds", "modify-db-instance", *instance, "--backup-retention-period", _DAYS]
    query = ["--query", "DBInstances[].[BackupRetentionPeriod,LatestRestorableTime]"]
    return Backups(
        (shlex.join([*change, "--apply-immediately", *region]),),
        (shlex.join(["aws", "rds", "describe-db-instances", *instance, *query, *region]),),
    )


def _flexible_server(_domain: Domain, kind: str) -> Backups:
    if kind not in _FLEXIBLE:
        return Backups()
    words, server = (
        ["az", _FLEXIBLE[kind], "flexible-server"],
        ["--name", "<db-server>", "--resource-group", _GROUP],
    )
    return Backups(
        (shlex.join([*words, "update", *server, "--backup-retention", _DAYS]),),
        (shlex.join([*words, "show", *server, "--query", "backup"]),),
    )


def _cloud_sql(_domain: Domain, kind: str) -> Backups:
    recovery = "--enable-bin-log" if kind == "mysql" else "--enable-point-in-time-recovery"
    words = ["gcloud", "sql", "instances"]
    return Backups(
        (shlex.join([*words, "patch", "<db-instance>", "--backup-start-time", "18:00", recovery]),),
        (
            shlex.join(
                [*words, "describe", "<db-instance>", "--format", "yaml(settings.backupConfiguration)"]
            ),
        ),
    )


def _of_yours(_domain: Domain, _kind: str) -> Backups:
    return Backups()


_MANAGED = {"eks": _rds, "aks": _flexible_server, "gke": _cloud_sql, "none": _of_yours}
