"""Ports of the three protocols that NetworkPolicies know, as one line of numbers.

What policies do with any other protocol, such as ICMP, Kubernetes leaves to the network plugin.
Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterable

from postrender.proof.reachability import ranges
from postrender.proof.reachability.ranges import Ranges

PROTOCOLS = ("TCP", "UDP", "SCTP")
LAST = 65535
_SPAN = 2**16


def of(protocol: str, first: int = 1, last: int | None = None) -> Ranges:
    """The ports from first to last of a protocol; one port where no last is given.

    Raises ValueError for another protocol, and for numbers that are no ports or none in that order.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f"{protocol!r} is none of {', '.join(PROTOCOLS)}")
    last = first if last is None else last
    if not 1 <= first <= last <= LAST:
        raise ValueError(f"{first}-{last} is no range of ports")
    base = PROTOCOLS.index(protocol) * _SPAN
    return ((base + first, base + last),)


def of_protocol(protocol: str) -> Ranges:
    """Every port of a protocol."""
    return of(protocol, 1, LAST)


ALL = ranges.union(of_protocol(protocol) for protocol in PROTOCOLS)
TCP = of_protocol("TCP")


def tcp(*numbers: int) -> Ranges:
    """These TCP ports; what is below 1 stands for none."""
    return ranges.union(of("TCP", number) for number in numbers if number > 0)


def split(ports: Ranges) -> list[tuple[str, int, int]]:
    """The ports as protocol, first and last."""
    return [
        (protocol, first - base, last - base)
        for base, protocol in zip(range(0, _SPAN * len(PROTOCOLS), _SPAN), PROTOCOLS, strict=True)
        for first, last in ranges.meet(ports, of_protocol(protocol))
    ]


def text(ports: Ranges) -> str:
    """`TCP 443, 8080-8081; UDP 53`, `all TCP`, `every port`, `no port`."""
    if ports == ALL:
        return "every port"
    parts = [_of_one(protocol, ports) for protocol in PROTOCOLS]
    return "; ".join(filter(None, parts)) or "no port"


def _of_one(protocol: str, ports: Ranges) -> str:
    found = [(first, last) for one, first, last in split(ports) if one == protocol]
    if found == [(1, LAST)]:
        return f"all {protocol}"
    return f"{protocol} {', '.join(_numbers(found))}" if found else ""


def _numbers(found: Iterable[tuple[int, int]]) -> list[str]:
    return [str(first) if first == last else f"{first}-{last}" for first, last in found]
