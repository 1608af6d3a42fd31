"""The database: whether the products are told of it, whether ScalarDL supports it, its connections."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.check.answers import Said, beside, met, person, wrong
from generator.check.deciders.settings import without_ledger
from generator.check.deciders.told import DATABASE, SEVERAL, Told, prefixes, told, unset
from generator.check.evidence import Declared, Manifests, Side
from generator.check.row import RELEASE, Row
from postrender.manifests.jdbc import UNKNOWN
from postrender.manifests.workload import Workload
from profiles.product import NEEDS
from profiles.scalardl import JDBC_PORTS, Role
from profiles.supplies import ADMIN_POOL, DATA_POOL, TABLE_POOL

# What a storage wants beside its contact points. Cassandra lets everybody in as it comes.
_LOGIN: dict[str, tuple[str, ...]] = {
    "dynamo": ("username", "password"),
    "cosmos": ("password",),
    "jdbc": ("username", "password"),
}
_STORAGES = ("dynamo", "cosmos", "jdbc", "cassandra", "multi-storage")
_CONNECTED: tuple[Role, ...] = ("ledger", "loader")
_USERS: tuple[Role, ...] = ("ledger", "auditor", "loader")
_IN_URL = re.compile(r"//[^/?;]*@|[?&;,:(]\s*(?:user|password)\w*\s*=|^jdbc:oracle:\w+:[^@(]+/[^@(]*@", re.I)
# What a JDBC URL says of TLS, in the words of: PostgreSQL, MySQL, MariaDB, SQL Server, Db2, Oracle.
_ENCRYPTED = re.compile(
    r"[?&;:](?:ssl_?mode=(?:require|required|trust|verify[-_]\w+)|"
    r"(?:ssl|use_?ssl|require_?ssl|encrypt|sslconnection)=(?:true|strict))(?:\b|$)|tcps",
    re.I,
)
_PLAIN = re.compile(
    r"[?&;:](?:ssl_?mode=disabled?|(?:ssl|use_?ssl|encrypt|sslconnection)=(?:false|no))(?:\b|$)", re.I
)
# Below the prefix of each storage.
_POOLS = (
    ("jdbc.connection_pool.max_total", DATA_POOL),
    ("jdbc.table_metadata.connection_pool.max_total", TABLE_POOL),
    ("jdbc.admin.connection_pool.max_total", ADMIN_POOL),
)


def _connection(side: Side) -> Iterator[Said]:
    """database-properties: storage, contact points and login of Ledger and the schema loader."""
    manifests = side.manifests
    if manifests and manifests.roles & set(_CONNECTED):
        for workload in manifests.workloads(*_CONNECTED):
            yield from _of_workload(manifests, workload)
    elif side.declared:
        yield _declared(side.declared, f"the values have it, and the login from {_secret(side.declared)}")
    elif side.product == "auditor":
        yield beside("it is asked of Ledger and of the schema loader")


def _secret(declared: Declared) -> str:
    return f"the Secret {declared.domain.secrets.database}"


def _declared(declared: Declared, text: str) -> Said:
    """Whether the user's file states where the database is: a built-in profile has a placeholder only."""
    database = declared.domain.database
    key = NEEDS[database.storage][0]
    if declared.stated("database", key):
        return met(f"database.storage is {database.storage}, and database.{key} is declared; {text}")
    return person(
        f"database.{key} is the built-in profile's own; where yours is, is not declared; "
        f"write {declared.product}.database.{key}",
        "deployment",
    )


def _of_workload(manifests: Manifests, workload: Workload) -> Iterator[Said]:
    found = told(manifests.release, workload)
    title = workload.manifest.title
    if found.hidden:
        yield person(f"{title} has its properties from {found.hidden}, which is not seen here")
        return
    several = list(prefixes(found))
    missing = [name for prefix in several for name in _missing(found, prefix)] if several else [SEVERAL]
    empty = [
        f"{name} refers to {variable}"
        for name, written in found.written.items()
        if name.startswith(DATABASE) and (variable := unset(workload, written))
    ]
    secret = any(name.endswith(("username", "password")) for name in missing)
    login = "; a login as ${env:NAME}, filled from a Secret" if secret else ""
    if missing:
        yield manifests.wrong(
            "database-properties",
            workload.manifest,
            (),
            f"the properties have no {' and no '.join(missing)}",
            f"write {' and '.join(missing)} into its properties{login}",
        )
    elif empty:
        yield manifests.wrong(
            "database-properties",
            workload.manifest,
            (),
            f"{', '.join(empty)}, which no container of the pod has",
            "take the variable from a Secret, by secretName or existingSecret in the values",
        )
    else:
        yield met(f"{title} has storage, contact points and login")


def _missing(found: Told, prefix: str) -> Iterator[str]:
    """The properties below a prefix that the storage needs and that are not set."""
    storage, points = found.value(f"{prefix}storage"), found.value(f"{prefix}contact_points")
    if storage is None:
        return
    if points == "":
        # Without storage ScalarDB takes Cassandra, so with contact points nothing is missing.
        yield from () if storage else (f"{prefix}storage",)
        yield f"{prefix}contact_points"
    if _clustered(found):
        return
    if storage == "jdbc" and points and ("sqlite" in points or _IN_URL.search(points)):
        return
    for name in _LOGIN.get(storage, ()):
        if found.value(prefix + name) == "":
            yield prefix + name


def _clustered(found: Told) -> bool:
    return found.value(f"{DATABASE}transaction_manager") == "cluster"


def _supported(side: Side) -> Iterator[Said]:
    """supported-database: the storage, and of a JDBC URL the driver."""
    manifests = side.manifests
    users = manifests.workloads(*_USERS) if manifests else ()
    if manifests and users:
        for workload in users:
            yield from _supported_by(manifests, workload)
    elif side.declared:
        yield _declared(side.declared, "ScalarDB supports it")


def _supported_by(manifests: Manifests, workload: Workload) -> Iterator[Said]:
    found = told(manifests.release, workload)
    title = workload.manifest.title
    if _clustered(found):
        yield person(f"{title} works through ScalarDB Cluster, which alone knows the database")
        return
    for prefix in prefixes(found):
        storage = found.value(f"{prefix}storage")
        points = found.value(f"{prefix}contact_points") if storage == "jdbc" else ""
        driver = _driver(points) if points else ""
        if storage is None or points is None:
            yield person(f"{title} has its storage from {found.hidden or 'a Secret'}, which is not seen here")
        elif not storage and not found.value(f"{prefix}contact_points"):
            yield person(f"{title} has no {prefix}storage")
        elif storage and storage.lower() not in _STORAGES:
            yield manifests.wrong(
                "supported-database",
                workload.manifest,
                (),
                f"{prefix}storage is {_word(storage)}, which ScalarDB does not know",
                f"write one of {', '.join(_STORAGES)}",
            )
        elif points and driver not in (*JDBC_PORTS, "sqlite"):
            yield manifests.wrong(
                "supported-database",
                workload.manifest,
                (),
                f"{prefix}contact_points is {_url_of(driver)}, for which ScalarDB has no driver",
                f"write the URL of one of {', '.join(JDBC_PORTS)}",
            )
        else:
            name = driver or storage or "cassandra"
            version = "" if name in ("dynamo", "cosmos") else "; look up whether its version is supported"
            yield met(f"{title} uses {name}{version}")


def _driver(url: str) -> str:
    """The driver that a JDBC URL asks for: the first word that ScalarDB knows, else the first one."""
    if not url.startswith("jdbc:"):
        return ""
    words = re.split(r"[:@]", url.removeprefix("jdbc:").partition("//")[0])
    return next((word for word in words if word in (*JDBC_PORTS, "sqlite")), words[0])


def _url_of(driver: str) -> str:
    return f"a JDBC URL of {_word(driver)}" if driver else "no JDBC URL"


def _word(text: str) -> str:
    """A word of a user's, as long as it is one: what else it may be is not shown."""
    return text if re.fullmatch(r"[A-Za-z][\w.-]{0,30}", text) else "no word"


def _connections(side: Side) -> Iterator[Said]:
    """connection-pools: the most pods times what each opens, and whether the connections are encrypted."""
    manifests, declared = side.manifests, side.declared
    products = manifests.workloads("ledger", "auditor") if manifests else ()
    if manifests and products:
        for workload in products:
            yield from _pools(manifests, workload, declared)
    elif declared:
        database = declared.domain.database
        if database.storage != "jdbc":
            yield beside(f"{database.storage} has no pool of connections")
            return
        if database.max_connections is None:
            yield _undeclared(declared.product)
        else:
            yield met(f"the pods together stay below {database.max_connections} connections")
        if declared.stated("database", "url"):
            yield from _encrypted_by(declared, database.url or "")


def _undeclared(product: str) -> Said:
    return person(
        "how many connections the database allows is not declared; "
        f"write {product or 'ledger'}.database.maxConnections",
        "deployment",
    )


def _pools(manifests: Manifests, workload: Workload, declared: Declared | None) -> Iterator[Said]:
    found = told(manifests.release, workload)
    title = workload.manifest.title
    jdbc = [one for one in prefixes(found) if found.value(f"{one}storage") == "jdbc"]
    if found.hidden or found.value(f"{DATABASE}storage") is None:
        yield person(f"{title} has its storage from {found.hidden or 'a Secret'}, which is not seen here")
    elif _clustered(found):
        yield beside(f"{title} works through ScalarDB Cluster, which has the pools")
    elif not found.values:
        yield person(f"{title} has no {DATABASE}storage")
    elif not jdbc:
        storage = found.value(f"{DATABASE}storage") or "cassandra"
        yield beside(f"{title} uses {storage}, which has no such pool")
    else:
        odd = [name for prefix in jdbc for name in _odd(found, prefix)]
        most = manifests.release.replicas(workload)[1]
        pools = [] if odd else [_connections_of(found, prefix) for prefix in jdbc]
        each = sum(pools)
        allowed = declared.domain.database.max_connections if declared else None
        if odd:
            yield person(f"{title} does not say {' and '.join(odd)} as a number")
        elif allowed is None:
            yield person(
                f"{most} pod{'s' * (most != 1)} of {title} with up to {each} connections each; nobody said "
                f"how many the database allows; write {workload.role}.database.maxConnections",
                "deployment",
            )
        elif most * max(pools) >= allowed:
            largest = jdbc[pools.index(max(pools))]
            yield manifests.wrong(
                "connection-pools",
                workload.manifest,
                (),
                f"{most} pods with up to {max(pools)} connections each reach the {allowed} of maxConnections",
                f"lower {largest}{_POOLS[0][0]}, or raise the database's limit and maxConnections",
            )
        elif most * each >= allowed:
            yield person(
                f"{most} pods with up to {each} connections each to {len(jdbc)} storages together reach the "
                f"{allowed} of maxConnections; see whether these are on one server"
            )
        else:
            yield met(f"{most} pods with up to {each} connections each stay below {allowed}")
        for prefix in jdbc:
            yield from _encrypted(manifests, workload, f"{prefix}contact_points", found)


def _odd(found: Told, prefix: str) -> Iterator[str]:
    """The sizes of a storage's pools that are no number, or not seen."""
    for name, _ in _POOLS:
        value = found.value(prefix + name)
        if value is None or not re.fullmatch(r"\d{0,9}", value):
            yield prefix + name


def _connections_of(found: Told, prefix: str) -> int:
    """How many connections a pod opens to a storage at most."""
    return sum(int(found.value(prefix + name) or otherwise) for name, otherwise in _POOLS)


def _encrypted(manifests: Manifests, workload: Workload, name: str, found: Told) -> Iterator[Said]:
    url = found.value(name) or UNKNOWN
    if _PLAIN.search(url):
        yield manifests.wrong(
            "connection-pools",
            workload.manifest,
            (),
            f"the JDBC URL in {name} turns TLS off",
            "delete that from the URL, or demand TLS there, such as sslmode=require of PostgreSQL",
        )
    elif not _ENCRYPTED.search(url):
        yield person(f"the JDBC URL in {name} does not demand TLS; see whether the database does")


def _encrypted_by(declared: Declared, url: str) -> Iterator[Said]:
    if _PLAIN.search(url):
        yield wrong(
            "connection-pools",
            "database.url turns TLS off",
            "delete that from the URL, or demand TLS there, such as sslmode=require of PostgreSQL",
            declared.spot("database", "url"),
        )
    elif not _ENCRYPTED.search(url):
        yield person("database.url does not demand TLS; see whether the database does")


ROWS: dict[str, Row] = {
    "database-properties": Row(RELEASE, _connection, without_ledger),
    "supported-database": Row(RELEASE, _supported),
    "connection-pools": Row(RELEASE, _connections),
}
