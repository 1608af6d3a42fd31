"""Networks against each other, and the servers that databases name."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.networks import address, is_local, overlap, servers, within
from profiles.product import Database

# So few that they often lie within each other.
NETWORKS = st.builds(
    lambda bits, prefix: str(ipaddress.ip_network((bits << 24, prefix), strict=False)),
    st.integers(0, 15),
    st.integers(4, 9),
)


@given(NETWORKS, NETWORKS)
def test_a_network_is_within_another_as_the_library_says(one: str, two: str) -> None:
    assert within(one, two) == ipaddress.IPv4Network(one).subnet_of(ipaddress.IPv4Network(two))


@given(NETWORKS, NETWORKS)
def test_networks_overlap_where_one_is_within_the_other(one: str, two: str) -> None:
    assert overlap(one, two) == (within(one, two) or within(two, one))


def test_networks_of_two_versions_have_nothing_in_common() -> None:
    assert not overlap("10.0.0.0/8", "fd00::/8")
    assert not within("10.0.0.0/8", "fd00::/8")


def test_what_is_not_declared_overlaps_nothing() -> None:
    assert not overlap(None, "10.0.0.0/8")
    assert not overlap("10.0.0.0/8", None)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("jdbc:postgresql://DB.acme.example/ledger", ["db.acme.example:5432"]),
        ("jdbc:postgresql://a.acme:5433,b.acme/ledger?x=/,y", ["a.acme:5433", "b.acme:5432"]),
        ("jdbc:postgresql://[fd00::7]:5432/ledger", ["fd00::7:5432"]),
        ("jdbc:mysql:loadbalance://a.acme,b.acme:3307/ledger", ["a.acme:3306", "b.acme:3307"]),
        ("jdbc:mysql://(host=a.acme,port=3306)/ledger", ["a.acme:3306"]),
        ("jdbc:mysql://address=(host=a.acme)(port=3306)/ledger", ["a.acme:3306"]),
        ("jdbc:oracle:thin:@//a.acme:1522/ledger", ["a.acme:1522"]),
        ("jdbc:oracle:thin:@a.acme:1521:SID", ["a.acme:1521"]),
        ("jdbc:oracle:thin:@tcps://a.acme:1522/ledger?x=y", ["a.acme:1522"]),
        ("jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=a.acme)(PORT=1521)))", ["a.acme:1521"]),
        ("jdbc:sqlserver://a.acme;databaseName=ledger", ["a.acme:1433"]),
        ("jdbc:sqlserver://a.acme\\LEDGER;databaseName=ledger", ["a.acme:1433"]),
        ("jdbc:sqlserver://;serverName=a.acme;databaseName=ledger", ["a.acme:1433"]),
        ("jdbc:db2://a.acme:50000/LEDGER:sslConnection=true;", ["a.acme:50000"]),
    ],
)
def test_a_jdbc_url_names_servers(url: str, named: list[str]) -> None:
    assert servers(Database(storage="jdbc", url=url)) == named


def test_other_storages_name_servers_too() -> None:
    cassandra = Database(storage="cassandra", hosts=("A.acme", "10.0.0.1"), port=9142)
    assert servers(cassandra) == ["a.acme:9142", "10.0.0.1:9142"]
    assert servers(Database(storage="cosmos", uri="https://A.acme/")) == ["a.acme:443"]
    assert servers(Database(storage="dynamo", region="eu-west-1")) == []


@pytest.mark.parametrize(
    "server", ["localhost:1", "127.0.0.1:1", "::1:1", "db:1", "db.data.svc:1", "db.data.svc.cluster.local:1"]
)
def test_a_local_name_means_another_server_in_each_cluster(server: str) -> None:
    assert is_local(server)


@pytest.mark.parametrize("server", ["db.acme.example:1", "10.0.0.1:1", "fd00::7:1"])
def test_other_names_mean_one_server(server: str) -> None:
    assert not is_local(server)


def test_an_address_is_a_network_of_one() -> None:
    assert [address(server) for server in ("10.0.0.1:1", "fd00::7:1", "db.acme:1")] == [
        "10.0.0.1/32",
        "fd00::7/128",
        None,
    ]
