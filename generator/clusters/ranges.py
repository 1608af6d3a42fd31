"""Ranges of a declared network that nothing takes yet."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def free(network: str, taken: Iterable[str]) -> list[Network]:
    """The parts of the network that none of the others takes, largest first."""
    left: list[Network] = [ipaddress.ip_network(network)]
    for one in map(ipaddress.ip_network, taken):
        left = [part for each in left for part in _without(each, one)]
    return sorted(left, key=lambda each: (each.prefixlen, each.network_address.packed))


def _without(whole: Network, part: Network) -> Iterator[Network]:
    if isinstance(whole, ipaddress.IPv4Network) and isinstance(part, ipaddress.IPv4Network):
        if part.supernet_of(whole):
            return
        if part.subnet_of(whole):
            yield from whole.address_exclude(part)
            return
    yield whole
