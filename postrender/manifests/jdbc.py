"""The TCP ports of JDBC URLs.

Sources: the URL syntaxes of PostgreSQL, MySQL, MariaDB, Oracle, SQL Server, YugabyteDB and Db2.
"""

from __future__ import annotations

import re

from profiles.scalardl import JDBC_PORTS

# Stands in a value for what is not known here. No YAML text may hold it.
UNKNOWN = "\0"

_PORT = re.compile(r"[0-9]{1,5}")
_NAMED_PORT = re.compile(r"\bport(?:number)?\s*=\s*([0-9]{1,5})", re.IGNORECASE)
_WITH_PORT = re.compile(r"(?:\[[^]]*\]|[^][:]*):([^]:]*)(?::.*)?")  # host:port, and Oracle's :SID


def ports(url: str) -> list[int] | None:
    """The ports in a JDBC URL, or its subprotocol's default; None where it does not say enough.

    Empty for SQLite, which needs no network.
    """
    body = url.removeprefix("jdbc:")
    scheme = re.split(r"[:@]", body.partition("//")[0])
    if "sqlite" in scheme:
        return []
    named = _NAMED_PORT.findall(body)
    if named:
        return [int(port) for port in named]
    default = next((JDBC_PORTS[word] for word in scheme if word in JDBC_PORTS), None)
    hosts = _oracle_hosts(body) if "oracle" in scheme else _hosts(body)
    found = [_port(host, default) for host in hosts]
    known = [port for port in found if port]
    return list(dict.fromkeys(known)) if known and len(known) == len(found) else None


def _port(host: str, default: int | None) -> int | None:
    parts = _WITH_PORT.fullmatch(host)
    if parts and parts[1]:
        return int(parts[1]) if _PORT.fullmatch(parts[1]) else None
    # An unknown text may hold the port as well; an instance's name is looked up over UDP.
    return None if host.endswith(UNKNOWN) or "\\" in host else default


def _hosts(body: str) -> list[str]:
    """`//user:password@host:port,host:port/database`; no host means the local one."""
    scheme, slashes, rest = body.partition("//")
    authority = re.split(r"[/?;]", rest, maxsplit=1)[0].rpartition("@")[2]
    return authority.split(",") if slashes or UNKNOWN not in scheme else [UNKNOWN]


def _oracle_hosts(body: str) -> list[str]:
    """`thin:@//host:1521/service`, `@tcps://host:1521/service`, `@host:1521:SID`; an alias says nothing."""
    address = body.partition("?")[0].rpartition("@")[2]
    if not re.search("[:/]", address):
        return [UNKNOWN]
    return address.rpartition("//")[2].partition("/")[0].split(",")
