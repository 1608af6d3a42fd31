"""Load balancers and node ports: whose address the pods see, and what policies then make of it.

Source: https://kubernetes.io/docs/tutorials/services/source-ip/
"""

from __future__ import annotations

from typing import Any

import pytest

from postrender.proof.reachability import parties, ports
from postrender.proof.reachability.matrix import matrix
from postrender.proof.reachability.verdict import Verdict, through
from postrender.proof.reachability.world import World
from profiles.policy import Network
from tests.proof.reachability.worlds import NETWORK, Object, named, pod, policy, world

AWS = "service.beta.kubernetes.io/aws-load-balancer-"
ENVOY = pod("envoy", app="envoy", ports=[{"name": "ledger", "containerPort": 50051}])
CLIENTS = parties.networks("clients", ["203.0.113.0/24"], caller=True)


def service(annotations: dict[str, str] | None = None, **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "front", "namespace": "a", "annotations": annotations or {}},
        "spec": {
            "type": "LoadBalancer",
            "selector": {"app": "envoy"},
            "ports": [{"port": 443, "targetPort": "ledger"}],
            **spec,
        },
    }


def admitting(*cidrs: str) -> Object:
    rule = {"from": [{"ipBlock": {"cidr": cidr}} for cidr in cidrs], "ports": [{"port": 50051}]}
    return policy({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [rule]})


def asked(front: Object, admitted: Object, network: Network | None = None, port: int = 443) -> Verdict:
    made = world(ENVOY, front, admitted, network=network)
    (found,) = made.fronts(named(made, "envoy"))
    return through(made, CLIENTS, found, port)


def effects(found: Verdict) -> list[str]:
    return [reason.effect for reason in found.because]


def test_by_default_the_pods_see_a_node_and_the_client_is_blocked_with_the_cure() -> None:
    found = asked(service(), admitting("203.0.113.0/24"))
    assert found.allowed is False
    assert found.because[0].text == (
        "Service front has externalTrafficPolicy Cluster, so that the pods see a node's address, not the "
        "client's; set externalTrafficPolicy: Local, or let the node network in "
        "(network.nodes in the profile)"
    )
    assert found.because[-1].text == (
        "network.nodes is not declared: the nodes are taken to have private addresses"
    )


@pytest.mark.parametrize("spec", [{}, {"externalTrafficPolicy": "Cluster"}, {"type": "NodePort"}])
def test_the_cure_helps(spec: dict[str, Any]) -> None:
    """Local, or nodes that are let in."""
    assert asked(service(**spec), admitting("203.0.113.0/24")).allowed is False
    local = {**spec, "externalTrafficPolicy": "Local"}
    assert asked(service(**local), admitting("203.0.113.0/24")).allowed is True
    nodes = NETWORK._replace(nodes=("198.51.100.0/24",))
    assert asked(service(**spec), admitting("203.0.113.0/24", "198.51.100.0/24"), nodes).allowed is True


def test_nodes_that_are_let_in_let_everybody_in_and_that_is_said() -> None:
    nodes = NETWORK._replace(nodes=("198.51.100.0/24",))
    found = asked(service(), admitting("198.51.100.0/24"), nodes)
    assert found.allowed is True
    assert found.because[0].text == (
        "Service front has externalTrafficPolicy Cluster, so that the pods see a node's address, not the "
        "client's; whoever reaches it is let in"
    )


def test_nodes_of_which_some_are_let_in_are_not_enough() -> None:
    nodes = NETWORK._replace(nodes=("198.51.100.0/24",))
    assert asked(service(), admitting("198.51.100.0/25"), nodes).allowed is None


def test_nodes_that_nobody_declares_are_taken_to_have_private_addresses() -> None:
    private = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    found = asked(service(), admitting(*private))
    assert found.allowed is True
    assert "assumed" in effects(found)
    assert asked(service(), admitting("10.0.0.0/8")).allowed is None


def test_a_load_balancer_that_replaces_the_address_does_so_with_local_too() -> None:
    front = service({AWS + "nlb-target-type": "ip"}, externalTrafficPolicy="Local")
    found = asked(front, admitting("203.0.113.0/24"))
    assert found.allowed is False
    assert found.because[0].text == (
        "Service front: the pods see its load balancer's address, not the client's; declare its subnets "
        "(network.nodes in the profile), or make it keep the client's address"
    )


def test_a_load_balancer_that_keeps_the_address_does_so_without_local() -> None:
    kept = {AWS + "nlb-target-type": "ip", AWS + "target-group-attributes": "preserve_client_ip.enabled=true"}
    assert asked(service(kept), admitting("203.0.113.0/24")).allowed is True


@pytest.mark.parametrize(
    ("port", "target"),
    [
        ({"port": 443, "targetPort": "ledger"}, "TCP 50051"),
        ({"port": 443, "targetPort": 50052}, "TCP 50052"),
        ({"port": 443}, "TCP 443"),
        ({"port": 443, "protocol": "UDP", "targetPort": 1}, "UDP 1"),
        ({"port": 443, "targetPort": "none"}, "no port"),
    ],
)
def test_ports_of_a_service_lead_to_ports_of_the_pods(port: dict[str, Any], target: str) -> None:
    made = world(ENVOY, service(ports=[port]))
    (front,) = made.fronts(named(made, "envoy"))
    assert [ports.text(aim) for _, aim in front.targets] == [target]


def test_a_port_that_the_service_does_not_have() -> None:
    found = asked(service(externalTrafficPolicy="Local"), admitting("203.0.113.0/24"), port=50051)
    assert found.allowed is False
    assert found.because[0].text == "Service front leads TCP 50051 to no port of Pod envoy"


def test_other_services_are_no_way_in() -> None:
    others = (service(type="ClusterIP"), service(selector={"app": "other"}), service(selector={}))
    for other in others:
        made = world(ENVOY, other)
        assert made.fronts(named(made, "envoy")) == []


def cells(made: World) -> dict[tuple[str, str, str], str]:
    return {
        (cell.source.title, cell.destination.title, cell.front.title if cell.front else ""): ports.text(
            cell.reach.certain
        )
        for cell in matrix(made)
    }


def test_a_matrix_has_all_pairs_and_each_way_in() -> None:
    network = NETWORK._replace(clients=("203.0.113.0/24",))
    made = world(ENVOY, pod("ledger", app="ledger"), service(), admitting("203.0.113.0/24"), network=network)
    found = cells(made)
    insiders, outsiders = ("Pod envoy", "Pod ledger"), [party.title for party in made.parties]
    assert {pair[:2] for pair in found} == {
        (source, destination)
        for source in (*insiders, *outsiders)
        for destination in (*insiders, *outsiders)
        if source in insiders or destination in insiders
    }
    assert found["clients", "Pod envoy", ""] == "TCP 50051"
    assert found["clients", "Pod envoy", "Service front"] == "no port"
    assert found["Pod envoy", "Pod ledger", ""] == "no port"
    assert found["the pod's own node", "Pod ledger", ""] == "every port"
    assert found["Pod ledger", "clients", ""] == "every port"
    assert ("the pod's own node", "Pod envoy", "Service front") not in found
