"""Networks against each other, and the servers that a database's settings name."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from profiles.product import Database
from profiles.scalardl import JDBC_PORTS, STORAGE_PORTS

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Names that mean another server in each cluster.
_LOCAL = re.compile(r"localhost|127\..*|::1|[^.:]+|.*\.svc(\.cluster\.local)?")
# Oracle's (HOST=...), MySQL's (host=...), SQL Server's ;serverName=...
_NAMED_HOST = re.compile(r"\b(?:host|servername)\s*=\s*([^();,&]+)", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"(\[[^]]*\]|[^][:\\]*)(?::([0-9]+))?.*")


def overlap(one: str | None, two: str | None) -> bool:
    """Whether two networks have an address in common; not where one is not declared."""
    if one is None or two is None:
        return False
    return ipaddress.ip_network(one).overlaps(ipaddress.ip_network(two))


def admitted(network: str, among: Iterable[str]) -> bool:
    """Whether a network has an address in common with one of the others."""
    return any(overlap(network, each) for each in among)


def within(part: str, whole: str) -> bool:
    """Whether a network is a part of another."""
    inner, outer = ipaddress.ip_network(part), ipaddress.ip_network(whole)
    return inner.version == outer.version and _first(outer) <= _first(inner) and _last(inner) <= _last(outer)


def servers(database: Database) -> list[str]:
    """The servers of a database, as `host:port` in small letters; none where it has no host (dynamo)."""
    if database.storage == "jdbc":
        return _of_jdbc(database.url or "")
    if database.storage == "cosmos":
        return [_server((database.uri or "").split("/")[2], STORAGE_PORTS["cosmos"])]
    port = database.port or STORAGE_PORTS["cassandra"]
    return [f"{host.lower()}:{port}" for host in database.hosts or ()]


def is_local(server: str) -> bool:
    """Whether a server's name means another server in each cluster: localhost, a Service, a bare name."""
    return _LOCAL.fullmatch(server.rpartition(":")[0].strip("[]")) is not None


def address(server: str) -> str | None:
    """The address of a server as a network of one, where it is one and not a name."""
    try:
        return str(ipaddress.ip_network(server.rpartition(":")[0].strip("[]")))
    except ValueError:
        return None


def _of_jdbc(url: str) -> list[str]:
    driver, _, body = url.removeprefix("jdbc:").partition(":")
    named = _NAMED_HOST.findall(body)
    if named:
        hosts = named
    elif driver == "oracle":
        place = body.partition("?")[0].rpartition("@")[2]
        hosts = place.rpartition("//")[2].partition("/")[0].split(",")
    else:
        hosts = re.split(r"[/?;]", body.partition("//")[2], maxsplit=1)[0].split(",")
    return [_server(host, JDBC_PORTS[driver]) for host in hosts if host]


def _server(host: str, port: int) -> str:
    found = _HOST_AND_PORT.fullmatch(host)
    assert found, "every text has a host, if an empty one"
    return f"{found[1].strip('[]').lower()}:{found[2] or port}"


def _first(network: _Network) -> int:
    return int(network.network_address)


def _last(network: _Network) -> int:
    return int(network.broadcast_address)
