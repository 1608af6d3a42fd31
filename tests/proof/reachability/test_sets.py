"""Sets of numbers, addresses, ports, labels and traffic beside the same sets written out."""

from __future__ import annotations

import ipaddress
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrender.proof.reachability import addresses, labels, peers, ports, ranges
from postrender.proof.reachability.labels import Label, Values
from postrender.proof.reachability.peers import Peers, Traffic
from postrender.proof.reachability.ranges import Ranges

PAIRS = st.tuples(st.integers(0, 20), st.integers(0, 5)).map(lambda pair: (pair[0], pair[0] + pair[1]))
RANGES = st.lists(PAIRS, max_size=5).map(lambda pairs: ranges.union([tuple(pairs)]))


def numbers(found: Ranges) -> set[int]:
    assert all(first <= last for first, last in found)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(found))
    return {number for first, last in found for number in range(first, last + 1)}


@given(RANGES, RANGES)
def test_ranges(one: Ranges, other: Ranges) -> None:
    assert numbers(ranges.union((one, other))) == numbers(one) | numbers(other)
    assert numbers(ranges.meet(one, other)) == numbers(one) & numbers(other)
    assert numbers(ranges.minus(one, other)) == numbers(one) - numbers(other)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (ports.ALL, "every port"),
        ((), "no port"),
        (ports.of_protocol("SCTP"), "all SCTP"),
        (
            ranges.union((ports.tcp(443, 8080, 8081, 0, -1), ports.of("UDP", 53))),
            "TCP 443, 8080-8081; UDP 53",
        ),
        (ranges.union((ports.TCP, ports.of("UDP", 1, 9))), "all TCP; UDP 1-9"),
    ],
)
def test_ports_as_text(found: Ranges, text: str) -> None:
    assert ports.text(found) == text


@given(st.integers(0, 32), st.integers(0, 2**32 - 1))
def test_a_network_is_all_its_addresses(length: int, address: int) -> None:
    network = ipaddress.ip_network((address, length), strict=False)
    found = addresses.network(str(network))
    ends = [addresses.address(str(network[place])) for place in (0, -1)]
    assert found == ((ends[0][0][0], ends[1][0][1]),)
    assert addresses.text(found) == (str(network[0]) if length == 32 else str(network))


@pytest.mark.parametrize(
    ("cidrs", "text"),
    [
        (["10.0.0.0/8"], "10.0.0.0/8"),
        (["10.0.0.9/8"], "10.0.0.0/8"),
        (["10.0.0.0/9", "10.128.0.0/9"], "10.0.0.0/8"),
        (["10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8"], "10.0.0.0-12.255.255.255"),
        (["2001:db8::/32", "192.0.2.1/32"], "192.0.2.1, 2001:db8::/32"),
        (["0.0.0.0/0", "::/0"], "any address"),
        (["0.0.0.0/0"], "0.0.0.0/0"),
    ],
)
def test_addresses_as_text(cidrs: list[str], text: str) -> None:
    assert addresses.text(addresses.networks(cidrs)) == text


@pytest.mark.parametrize("text", ["", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/255.0.0.0", "a/8", "10.0.0.0/-1"])
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        addresses.network(text)


def test_constants_are_the_networks_that_they_stand_for() -> None:
    private = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    assert addresses.networks(private) == addresses.PRIVATE
    assert addresses.networks((*private, "100.64.0.0/10", "fc00::/7")) == addresses.OF_CLUSTERS
    assert addresses.networks(("0.0.0.0/0", "::/0")) == addresses.OUTSIDE


# A small universe: who there may be, at which port.

APP: Label = ("pod", "app")
TEAM: Label = ("namespace", "team")
VALUES = (None, "x", "y", "z")
Someone = tuple[int | None, str | None, str | None, int]
UNIVERSE: list[Someone] = [
    *((None, app, team, port) for app in VALUES for team in VALUES for port in (1, 2)),
    *((address, None, None, port) for address in (5, 6) for port in (1, 2)),
]


def holds(traffic: Traffic, someone: Someone) -> bool:
    address, app, team, port = someone
    place = addresses.PODS if address is None else ((address, address),)
    if not ranges.meet(traffic.peers.addresses, place) or not ranges.meet(traffic.ports, ((port, port),)):
        return False
    if address is not None:
        return True
    carried = ((APP, app), (TEAM, team))
    return all(
        not traffic.peers.at(label).meet(Values(False, frozenset((value,)))).empty for label, value in carried
    )


ASKED = st.builds(Values, st.booleans(), st.frozensets(st.sampled_from((None, "x", "y")), max_size=2))
POD_PEERS = st.builds(
    lambda asked, closed: Peers(addresses.PODS, asked, closed),
    st.dictionaries(st.sampled_from((APP, TEAM)), ASKED),
    st.booleans(),
)
OTHERS = st.sampled_from((peers.ANYBODY, Peers(((5, 5),)), Peers(((5, 6),)), Peers(addresses.OUTSIDE)))
TRAFFIC = st.builds(Traffic, POD_PEERS | OTHERS, st.sampled_from((((1, 1),), ((1, 2),), ((2, 2),), ())))


@given(TRAFFIC, TRAFFIC)
def test_traffic_is_met_and_subtracted_exactly(one: Traffic, other: Traffic) -> None:
    met, left = one.meet(other), one.minus(other)
    for someone in UNIVERSE:
        both = holds(one, someone) and holds(other, someone)
        assert holds(met, someone) is both
        of = [part for part in left if holds(part, someone)]
        # What a workload's own pods are without cannot be taken from others: then all of it is left.
        if other.peers.closed:
            assert len(of) >= (holds(one, someone) and not both)
        else:
            assert len(of) == (holds(one, someone) and not both)


@given(st.lists(TRAFFIC, max_size=3), st.lists(TRAFFIC, max_size=3))
def test_what_is_left_of_several(some: list[Traffic], gone: list[Traffic]) -> None:
    gone = [one for one in gone if not one.peers.closed]
    left = peers.left_of(some, gone)
    for someone in UNIVERSE:
        expected = any(holds(one, someone) for one in some) and not any(holds(one, someone) for one in gone)
        assert any(holds(part, someone) for part in left) is expected


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({}, "any pod of the cluster"),
        ({("pod", "app"): labels.one("envoy")}, "pods with app=envoy of the cluster"),
        ({("pod", "app"): Values(False, frozenset("ab"))}, "pods with app in (a, b) of the cluster"),
        ({("pod", "app"): Values(False, frozenset((None, "a")))}, "pods with app=a or no app of the cluster"),
        ({("pod", "app"): labels.ABSENT}, "pods with no app of the cluster"),
        ({("pod", "app"): labels.THERE}, "pods with some app of the cluster"),
        ({("pod", "app"): Values(True, frozenset("a"))}, "pods with no app=a of the cluster"),
        ({("pod", "app"): Values(True, frozenset((None, "a")))}, "pods with app other than a of the cluster"),
        ({labels.NAME: labels.one("dns")}, "any pod in namespace dns"),
        (
            {labels.NAME: Values(True, frozenset((None, "dns")))},
            "any pod in namespaces with name other than dns",
        ),
        ({("namespace", "team"): labels.one("blue")}, "any pod in namespaces with team=blue"),
        (peers.namespace(""), "any pod in the release's namespace"),
    ],
)
def test_pods_as_text(asked: dict[Label, Values], text: str) -> None:
    assert peers.pods(asked).text == text


def test_everybody_and_nobody_as_text() -> None:
    assert [one.text for one in (peers.ANYBODY, Peers(()), Peers(addresses.OUTSIDE))] == [
        "anybody",
        "nobody",
        "any address",
    ]
    everyone_but = peers.ANYBODY.minus(peers.pods({("pod", "app"): labels.one("x")}))
    assert [part.text for part in everyone_but] == ["any address", "pods with no app=x of the cluster"]


def test_every_pair_of_label_values_is_met_and_subtracted_exactly() -> None:
    some: list[Values] = [
        Values(others, frozenset(these))
        for others in (False, True)
        for these in ((), (None,), ("x",), (None, "y"))
    ]

    def written(values: Values) -> set[str | None]:
        return {value for value in VALUES if (value in values.these) is not values.others}

    for one, other in product(some, repeat=2):
        assert written(one.meet(other)) == written(one) & written(other)
        assert written(one.minus(other)) == written(one) - written(other)
