"""The outside: who talks to a release's pods, or is called by them, and is none of them.

Networks come from the profile. Where it declares no node addresses, nodes are taken to have private
ones; a party says what was taken so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from postrender.errors import UsageError
from postrender.proof.reachability import addresses, labels, peers
from postrender.proof.reachability.labels import NAME, Label, Values
from postrender.proof.reachability.peers import ANY_POD, ANYBODY, Peers
from profiles.policy import Network

CLIENTS, OTHER_DOMAIN, DATABASES, NODES = "clients", "the other domain", "the databases", "the nodes"
DNS, MONITORING, API_SERVER = "DNS", "monitoring", "the API server"


class Party(NamedTuple):
    """Somebody outside of the release, of whose own policies nothing is known: all of its parts together.

    `caller`: it calls the pods through the Services before them. `assumed`: what was taken because nobody
    declared it. `own_node`: it is the node on which the pod runs.
    """

    name: str
    parts: tuple[Peers, ...]
    caller: bool = False
    assumed: str = ""
    own_node: bool = False

    @property
    def title(self) -> str:
        return self.name

    @property
    def text(self) -> str:
        """`clients (10.0.0.0/8)`"""
        who = " and ".join(part.text for part in self.parts)
        return f"{self.name} ({who})" if who not in ("", self.name) else self.name


# The kubelet is there, and a load balancer's health checks come from there.
OWN_NODE = Party("the pod's own node", (), own_node=True)
ANY_ADDRESS = Party("any address", (Peers(addresses.OUTSIDE),), caller=True)
ANY_OTHER_POD = Party("any pod", (ANY_POD,))
ALWAYS = (ANY_ADDRESS, ANY_OTHER_POD, OWN_NODE)


def networks(name: str, cidrs: Iterable[str], caller: bool = False) -> Party:
    """The addresses of these CIDRs. Raises UsageError where one is none."""
    try:
        found = addresses.networks(cidrs)
    except ValueError as error:
        raise UsageError(f"{name}: {error}; write it as 10.0.0.0/8") from None
    return Party(name, (Peers(found),) if found else (), caller)


def address(text: str) -> Party:
    """One address, as a client's. Raises UsageError where it is none."""
    try:
        return Party(text, (Peers(addresses.address(text)),), caller=True)
    except ValueError:
        raise UsageError(f"{text!r} is no IP address") from None


def pods(name: str, carrying: dict[str, str], *namespaces: str) -> Party:
    """The pods with (at least) these labels; in these namespaces, or in all where none is given."""
    asked: dict[Label, Values] = {("pod", key): labels.one(value) for key, value in carrying.items()}
    if namespaces:
        asked[NAME] = Values(False, frozenset(namespaces))
    return Party(name, (peers.pods(asked),))


def together(name: str, *several: Party) -> Party:
    """One party of several, which calls as the first of them does."""
    return Party(name, tuple(part for one in several for part in one.parts), several[0].caller)


def clients(network: Network) -> Party:
    """The client networks, and every pod of the cluster where clients are in it."""
    inside = (ANY_OTHER_POD,) if network.clients_in_cluster else ()
    return together(CLIENTS, networks(CLIENTS, network.clients, caller=True), *inside)


def other_domain(network: Network) -> Party:
    """Where the other domain's Envoy and Auditor are; with clients in the cluster it may be here as well."""
    inside = (ANY_OTHER_POD,) if network.clients_in_cluster else ()
    return together(OTHER_DOMAIN, networks(OTHER_DOMAIN, network.other_domain, caller=True), *inside)


def nodes(network: Network | None) -> Party:
    """The addresses that nodes and load balancers have: the declared ones, else private ones."""
    if network is not None and network.nodes:
        return networks(NODES, network.nodes)
    assumed = "network.nodes is not declared: the nodes are taken to have private addresses"
    return Party(NODES, (Peers(addresses.PRIVATE),), assumed=assumed)


def databases(network: Network) -> Party:
    """The database networks; anybody where none is declared, for a database may be in the cluster."""
    declared = networks(DATABASES, network.databases)
    return declared if declared.parts else Party(DATABASES, (ANYBODY,))


def api_server(network: Network) -> Party:
    """The Kubernetes API server; anybody where its addresses are not declared."""
    declared = networks(API_SERVER, network.api_server)
    return declared if declared.parts else Party(API_SERVER, (ANYBODY,))


def monitoring(network: Network) -> Party:
    """Every pod of the monitoring namespaces."""
    if not network.monitoring_namespaces:
        return Party(MONITORING, ())
    return pods(MONITORING, {}, *network.monitoring_namespaces)


def dns(network: Network) -> Party:
    """The cluster's DNS: kube-dns (CoreDNS has its label as well) and the declared node-local addresses."""
    return together(DNS, pods(DNS, {"k8s-app": "kube-dns"}, "kube-system"), networks(DNS, network.dns))


def declared(network: Network) -> tuple[Party, ...]:
    """The parties that a profile declares, any address, any pod, and the pod's own node.

    A party of which nothing is declared is left out: whoever it is, it is nobody or anybody.
    """
    made = (clients, other_domain, databases, dns, monitoring, api_server, nodes)
    told = (one(network) for one in made)
    return (
        *(party for party in told if party.parts and party.parts != (ANYBODY,)),
        *ALWAYS,
    )
