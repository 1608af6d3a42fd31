"""The flows of each component, as the rules of a NetworkPolicy.

Probes come from the kubelet on the pod's own node; Kubernetes always admits them, so no rule names them.
Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from typing import NamedTuple

from postrender.manifests import envoy, properties, storages
from postrender.manifests.load_balancer import keeps_address, replaces_address
from postrender.manifests.manifest import Manifest, Object
from postrender.manifests.release import Release
from postrender.manifests.surroundings import Surroundings
from postrender.manifests.workload import Workload
from postrender.rules import peers
from profiles import scalardl
from profiles.policy import Policy

ADMIN_NAME = "scalar-admin-for-kubernetes"
API_SERVER_PORTS = (443, 6443)
END_PORT_SINCE = (1, 25)


class Near(Surroundings):
    """The surroundings, with the Envoys that stand before each product."""

    def __init__(self, release: Release) -> None:
        super().__init__(release)
        self._fronts = envoy.fronts(self)
        self._foreign = {
            found.manifest: why
            for found in release.workloads
            if found.role == "envoy" and (why := envoy.foreign(self, found))
        }

    def envoys(self, product: Workload) -> list[Workload]:
        """The Envoys of the release that stand before this product."""
        return self._fronts.get(product.manifest, [])

    def foreign(self, workload: Workload) -> str:
        """What speaks against an Envoy being ScalarDL's; empty where nothing does."""
        return self._foreign.get(workload.manifest, "")

    def has_envoy(self, namespace: str | None) -> bool:
        """Whether the release has an Envoy of ScalarDL's in that namespace."""
        return any(
            not found.is_hook and not self.foreign(found) for found in self.of_role("envoy", namespace)
        )


class Flow(NamedTuple):
    """One direction of a workload's traffic: the rules of a NetworkPolicy.

    `problems`: why they would cut the workload off, each with its cure. `notes`: what they leave open.
    """

    rules: tuple[Object, ...]
    problems: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


def incoming(near: Near, policy: Policy, workload: Workload) -> Flow:
    """Who may talk to the workload's pods."""
    if workload.role == "envoy":
        return _to_envoy(near, policy, workload)
    if workload.role in scalardl.PRODUCTS:
        return _to_product(near, policy, workload)
    return Flow(())


def outgoing(near: Near, policy: Policy, workload: Workload) -> Flow:
    """To whom the workload's pods may talk."""
    rules = [peers.dns(policy)]
    problems: list[tuple[str, str]] = []
    notes: list[tuple[str, str]] = []
    if workload.role == "envoy":
        rules += _envoy_to_product(near, workload)
    if workload.role == "admin":
        rules += _admin_to_products(near, policy, workload)
    if workload.role == "auditor":
        client, privileged, hidden = properties.peer_ports(near.release, workload)
        problems += [_hidden(name, "where Ledger listens") for name in hidden]
        others = peers.blocks(policy.network.other_domain)
        others += [peers.ANYONE_IN_CLUSTER] if policy.network.clients_in_cluster else []
        if not others:
            problems.append(("Auditor could not reach Ledger", "declare network.otherDomain in the profile"))
        rules += peers.rule("to", others, peers.tcp(client, privileged))
    if workload.role in (*scalardl.PRODUCTS, "loader"):
        database = _to_databases(near, policy, workload)
        rules += database.rules
        problems += database.problems
        notes += database.notes
    return Flow(tuple(rules), tuple(problems), tuple(notes))


def takes_clients(near: Near, workload: Workload) -> bool:
    """Whether clients call the workload's pods: Envoy's, or a product's without Envoy before it."""
    if workload.role in scalardl.PRODUCTS:
        return not near.envoys(workload)
    return workload.role == "envoy"


def hiding_services(near: Near, workload: Workload) -> list[Manifest]:
    """The Services that bring outside traffic to the pods with a node's address in place of the client's."""
    return [
        service
        for service in near.services(workload)
        if service.text("spec", "type") in ("LoadBalancer", "NodePort")
        and not keeps_address(service)
        and (service.text("spec", "externalTrafficPolicy") != "Local" or replaces_address(service))
    ]


def outside(near: Near, policy: Policy, workload: Workload) -> tuple[str, ...]:
    """The networks that may call the pods: the clients', and the other domain's where its Auditor calls."""
    side = envoy.side(near, workload) if workload.role == "envoy" else workload.role
    return policy.network.clients + (policy.network.other_domain if side != "auditor" else ())


def _to_envoy(near: Near, policy: Policy, workload: Workload) -> Flow:
    side = envoy.side(near, workload)
    listening = envoy.listening(near, workload)
    if not listening and side:
        listening = {scalardl.PORTS[side].client, scalardl.PORTS[side].privileged}
    callers = _callers(near, policy, workload)
    rules = [
        *peers.rule("from", callers, peers.tcp(*listening)),
        *peers.metrics(policy, scalardl.ENVOY_ADMIN_PORT),
    ]
    problems = (
        () if listening else (("nothing tells where it listens", f"set its variable {envoy.LISTENERS}"),)
    )
    return Flow(tuple(rules), problems, _nobody(callers))


def _to_product(near: Near, policy: Policy, workload: Workload) -> Flow:
    ports, hidden = properties.ports(near.release, workload, workload.role)
    fronts = near.envoys(workload)
    if fronts:
        callers = [peers.pods(front.selector) for front in fronts]
    else:
        callers = _callers(near, policy, workload)
        if not near.has_envoy(workload.manifest.namespace):  # it may be a release of its own
            callers.insert(0, peers.pods({"matchLabels": {scalardl.APP_LABEL: "envoy"}}))
    admins: list[Object] = [peers.pods({"matchLabels": {scalardl.NAME_LABEL: ADMIN_NAME}})]
    for other in near.of_role("admin", workload.manifest.namespace):
        if other.pod_labels.get(scalardl.NAME_LABEL) != ADMIN_NAME:
            admins.append(peers.pods(peers.own_labels(other)))
    rules = [
        *peers.rule("from", callers, peers.tcp(ports.client, ports.privileged)),
        *peers.rule("from", admins, peers.tcp(ports.admin)),
        *peers.metrics(policy, ports.metrics),
    ]
    return Flow(tuple(rules), tuple(_hidden(name, "where it listens") for name in hidden), _nobody(callers))


def _callers(near: Near, policy: Policy, workload: Workload) -> list[Object]:
    """Who calls from outside the release, and the nodes where a Service hides who it is."""
    network = policy.network
    networks = outside(near, policy, workload)
    if networks and hiding_services(near, workload):
        networks += network.nodes
    return peers.blocks(networks) + ([peers.ANYONE_IN_CLUSTER] if network.clients_in_cluster else [])


def _envoy_to_product(near: Near, workload: Workload) -> list[Object]:
    rules: list[Object] = []
    found = envoy.products(near, workload)
    for product in found:
        ports, _ = properties.ports(near.release, product, product.role)
        rules += peers.rule("to", [peers.pods(product.selector)], peers.tcp(ports.client, ports.privileged))
    if found:
        return rules
    # Its product is in another release: Envoy calls it at the ports at which it listens itself.
    side = envoy.side(near, workload)
    ports_by_side = [scalardl.PORTS[role] for role in scalardl.PRODUCTS if side in (None, role)]
    numbers = envoy.listening(near, workload) or {
        port for ports in ports_by_side for port in (ports.client, ports.privileged)
    }
    return peers.rule(
        "to", [peers.product_pods(*((side,) if side else scalardl.PRODUCTS))], peers.tcp(*numbers)
    )


def _admin_to_products(near: Near, policy: Policy, workload: Workload) -> list[Object]:
    ports = {scalardl.PORTS[role].admin for role in scalardl.PRODUCTS}
    for role in scalardl.PRODUCTS:
        for product in near.of_role(role, workload.manifest.namespace):
            ports.add(properties.ports(near.release, product, role)[0].admin)
    return [
        *peers.rule("to", [peers.product_pods(*scalardl.PRODUCTS)], peers.tcp(*ports)),
        peers.to_any(peers.blocks(policy.network.api_server), peers.tcp(*API_SERVER_PORTS)),
    ]


def _to_databases(near: Near, policy: Policy, workload: Workload) -> Flow:
    stated = storages.of(near.release, workload)
    networks = peers.blocks(policy.network.databases)
    anything: list[Object] = [{"protocol": "TCP"}]
    if stated.unknown and not networks:
        return Flow(
            (),
            tuple(
                _hidden(name, "where its database listens", "network.databases") for name in stated.unknown
            ),
        )
    if stated.unknown:
        note = (
            f"{' and '.join(stated.unknown)} does not tell the database's port",
            "every TCP port of network.databases is open to it",
        )
        return Flow((peers.to_any(networks, anything),), notes=(note,))
    if not stated.known:
        return Flow(())
    ports = peers.tcp(*(storage.port for storage in stated.known))
    notes = []
    if any(storage.name == "cosmos" for storage in stated.known):
        if networks or policy.kubernetes < END_PORT_SINCE:
            # Behind a private endpoint its replicas answer on any port; before 1.25 there are no ranges.
            ports = anything
        else:
            first, last = scalardl.COSMOS_DIRECT_PORTS
            ports.append({"protocol": "TCP", "port": first, "endPort": last})
        if not networks and ports == anything:
            notes.append(
                ("Cosmos DB needs a range of ports, which Kubernetes knows from 1.25", "all TCP is open")
            )
    if not networks:
        notes.append(("its database may have any address", "declare network.databases in the profile"))
    return Flow((peers.to_any(networks, ports),), notes=tuple(notes))


def _nobody(callers: list[Object]) -> tuple[tuple[str, str], ...]:
    problem = "nobody may call it, for no client is declared"
    return () if callers else ((problem, "declare network.clients in the profile"),)


def _hidden(name: str, what: str, declare: str = "") -> tuple[str, str]:
    cure = "state it in the properties, not through a Secret"
    return f"the property {name} does not tell {what}", f"{cure}, or declare {declare}" if declare else cure
