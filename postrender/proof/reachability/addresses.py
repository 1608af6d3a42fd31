"""IP addresses of both versions as one line of numbers.

The addresses of pods are not on it: what a cluster gives them, no manifest says. All pods together are
the one number PODS, and labels tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterable

from postrender.proof.reachability import ranges
from postrender.proof.reachability.ranges import Ranges

PODS: Ranges = ((-2, -2),)
# There is a gap between them, so that no range holds numbers of two of them.
_SECOND = 2**33
_BASES = {4: 0, 6: _SECOND}
OUTSIDE: Ranges = ((0, 2**32 - 1), (_SECOND, _SECOND + 2**128 - 1))
ANY: Ranges = PODS + OUTSIDE
# RFC 1918: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16.
PRIVATE: Ranges = ((0x0A000000, 0x0AFFFFFF), (0xAC100000, 0xAC1FFFFF), (0xC0A80000, 0xC0A8FFFF))
# Where clusters take the addresses of their pods from: those, RFC 6598 (100.64.0.0/10), RFC 4193 (fc00::/7).
OF_CLUSTERS: Ranges = (
    PRIVATE[0],
    (0x64400000, 0x647FFFFF),
    *PRIVATE[1:],
    (_SECOND + (0xFC << 120), _SECOND + (0xFE << 120) - 1),
)


def network(cidr: str) -> Ranges:
    """The addresses of a CIDR, such as 10.0.0.0/8. Raises ValueError where it is none."""
    import ipaddress  # here, for it takes time to load and many a run reads no address

    start, slash, length = cidr.partition("/")
    if not slash or not length.isdecimal():
        raise ValueError(f"{cidr!r} is no CIDR")
    found = ipaddress.ip_network(f"{start}/{length}", strict=False)
    base = _BASES[found.version]
    return ((base + int(found.network_address), base + int(found.broadcast_address)),)


def networks(cidrs: Iterable[str]) -> Ranges:
    """The addresses of all these CIDRs. Raises ValueError where one is none."""
    return ranges.union(network(cidr) for cidr in cidrs)


def address(text: str) -> Ranges:
    """The address as a set of one. Raises ValueError where it is none."""
    return network(f"{text}/{128 if ':' in text else 32}")


def text(found: Ranges) -> str:
    """The addresses (without PODS) as CIDRs: `10.0.0.0/8`; ranges that are none as `10.0.0.1-10.0.0.7`."""
    outside = ranges.meet(found, OUTSIDE)
    if outside == OUTSIDE:
        return "any address"
    return ", ".join(_range(first, last) for first, last in outside)


def _range(first: int, last: int) -> str:
    import ipaddress  # as above

    older = first < _SECOND
    kind = ipaddress.IPv4Address if older else ipaddress.IPv6Address
    base, bits = (0, 32) if older else (_SECOND, 128)
    low, high, size = str(kind(first - base)), str(kind(last - base)), last - first + 1
    if size == 1:
        return low
    aligned = size & (size - 1) == 0 and (first - base) % size == 0
    return f"{low}/{bits - size.bit_length() + 1}" if aligned else f"{low}-{high}"
