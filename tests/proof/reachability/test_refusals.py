"""Policies that the API server would refuse are refused with their place.

Source: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
"""

from __future__ import annotations

from typing import Any

import pytest

from postrender.errors import UnreadableError, UsageError
from postrender.proof.reachability import parties
from tests.proof.reachability.worlds import policy, world

REFUSED = "; the API server refuses it"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"policyTypes": ["ingress"]}, "/spec/policyTypes/0 is neither Ingress nor Egress" + REFUSED),
        (
            {"ingress": [{"from": [{}]}]},
            "/spec/ingress/0/from/0 is no peer: it has no podSelector, namespaceSelector or ipBlock"
            + REFUSED,
        ),
        (
            {"egress": [{}, {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}]}]},
            "/spec/egress/1/to/0 has an ipBlock beside a selector; make two peers of them" + REFUSED,
        ),
        (
            {"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.1"}}]}]},
            "/spec/ingress/0/from/0/ipBlock/cidr is no CIDR, such as 10.0.0.0/8" + REFUSED,
        ),
        (
            {"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]}]},
            "/spec/ingress/0/from/0/ipBlock/except/0 is no smaller part of its cidr" + REFUSED,
        ),
        (
            {"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}}]}]},
            "/spec/ingress/0/from/0/ipBlock/except/0 is no smaller part of its cidr" + REFUSED,
        ),
        (
            {"ingress": [{"ports": [{"protocol": "tcp"}]}]},
            "/spec/ingress/0/ports/0/protocol is none of TCP, UDP, SCTP" + REFUSED,
        ),
        (
            {"ingress": [{"ports": [{"port": 65536}]}]},
            "/spec/ingress/0/ports/0/port is no port from 1 to 65535 in ascending order" + REFUSED,
        ),
        (
            {"ingress": [{"ports": [{"port": 90, "endPort": 80}]}]},
            "/spec/ingress/0/ports/0/endPort is no port from 1 to 65535 in ascending order" + REFUSED,
        ),
        (
            {"ingress": [{"ports": [{"endPort": 80}]}]},
            "/spec/ingress/0/ports/0/endPort stands without a port with which the range starts" + REFUSED,
        ),
        (
            {"ingress": [{"ports": [{"port": "http", "endPort": 80}]}]},
            "/spec/ingress/0/ports/0/endPort stands beside a name; a range starts with a number" + REFUSED,
        ),
        (
            {"ingress": [{"ports": [{"port": "8080"}]}]},
            "/spec/ingress/0/ports/0/port is no name of a port; a number is written without quotes" + REFUSED,
        ),
        (
            {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Is", "values": ["b"]}]}},
            "/spec/podSelector/matchExpressions/0/operator is none of In, NotIn, Exists, DoesNotExist"
            + REFUSED,
        ),
        (
            {"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}},
            "/spec/podSelector/matchExpressions/0/values belongs to In and NotIn, "
            "which need one value or more" + REFUSED,
        ),
        (
            {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}},
            "/spec/podSelector/matchExpressions/0/values belongs to In and NotIn, "
            "which need one value or more" + REFUSED,
        ),
        (
            {"podSelector": {"matchExpressions": [{"operator": "Exists"}]}},
            "/spec/podSelector/matchExpressions/0 has no key" + REFUSED,
        ),
        (
            {"podSelector": {"matchExpressions": [{"key": "a", "operator": "In", "values": [1]}]}},
            "/spec/podSelector/matchExpressions/0/values/0 is a number where a text belongs",
        ),
        ({"ingress": {"from": []}}, "/spec/ingress is a map where a list belongs"),
        (
            {"ingress": [{"ports": [{"port": True}]}]},
            "/spec/ingress/0/ports/0/port is a boolean where a whole number belongs",
        ),
    ],
)
def test_says_where_and_why(spec: dict[str, Any], message: str) -> None:
    with pytest.raises(UnreadableError) as error:
        world(policy(spec))
    assert str(error.value) == f"document 1 (NetworkPolicy p): {message}"


def test_addresses_and_networks_that_are_none() -> None:
    with pytest.raises(UsageError, match=r"^'10.0.0' is no IP address$"):
        parties.address("10.0.0")
    with pytest.raises(UsageError, match=r"^clients: '10.0.0.0' is no CIDR; write it as 10.0.0.0/8$"):
        parties.networks("clients", ["10.0.0.0"])
