"""What is removed alike everywhere: the database and the bastion. [teardown-order]"""

from __future__ import annotations

from urllib.parse import urlsplit

from generator.clusters.site import Site
from generator.clusters.steps import Step, line, missing, why

ORDER = "teardown-order"


def database(site: Site) -> Step:
    """The domain's backend database, after the cluster that uses it."""
    stated = site.domain.database
    commands: tuple[str, ...] = ()
    if stated.storage == "dynamo":
        region = stated.region or site.region
        commands = (
            line("aws", "dynamodb", "list-tables", "--region", region),
            line("aws", "dynamodb", "delete-table", "--region", region, "--table-name", missing("table")),
        )
    elif stated.storage == "cosmos":
        account = (urlsplit(stated.uri or "").hostname or missing("account")).partition(".")[0]
        group = missing("resource-group-of-the-database")
        commands = (line("az", "cosmosdb", "delete", "--name", account, "--resource-group", group, "--yes"),)
    where = stated.url or ", ".join(stated.hosts or ()) or stated.uri or stated.region
    return Step(
        "Delete the database",
        why(
            f"the {stated.storage} database ({where}) holds all assets of {site.product.title()}: keep a "
            "last backup and be sure that nobody needs the ledger any more",
            ORDER,
        ),
        commands,
    )


def bastion(site: Site, *commands: str) -> Step:
    """The bastion, from which the steps before this one were run."""
    return Step(
        "Delete the bastion",
        why(f"{site.bastion_at} is needed until the cluster is gone; go on from elsewhere", ORDER),
        commands,
    )
