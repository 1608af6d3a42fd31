"""The flows that a ScalarDL release has to have, each stated once, and what policies make of them.

A flow that is stated here and does not pass is blocked; what policies admit and no flow states is open
beyond them. Who calls whom comes from the charts and the public documentation of ScalarDL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from postrender.manifests import envoy, properties, storages
from postrender.manifests.manifest import Manifest
from postrender.proof.reachability import parties, peers, ports, ranges
from postrender.proof.reachability.fronts import Front
from postrender.proof.reachability.labels import Label, Values
from postrender.proof.reachability.parties import Party
from postrender.proof.reachability.peers import Traffic
from postrender.proof.reachability.pods import Pods
from postrender.proof.reachability.policies import DIRECTIONS, EGRESS, INGRESS
from postrender.proof.reachability.ranges import Ranges
from postrender.proof.reachability.verdict import Verdict, seen, verdict
from postrender.proof.reachability.world import Admission, Endpoint, World, admissions, between
from profiles import scalardl
from profiles.policy import Network
from profiles.scalardl import Role

ADMIN = "scalar-admin-for-kubernetes"
ROLES: tuple[Role, ...] = (*scalardl.PRODUCTS, "envoy", "loader", "admin")
_DNS = ranges.union((ports.of("UDP", 53), ports.of("TCP", 53)))
_API_SERVER = ports.tcp(443, 6443)


class Flow(NamedTuple):
    """Connections that must pass. `ports`: of the destination's pods. `front`: the Service before them."""

    source: Endpoint
    destination: Endpoint
    ports: Ranges
    why: str
    front: Front | None = None

    @property
    def text(self) -> str:
        """`clients -> Deployment demo-envoy, TCP 50051-50052 (through Service demo-envoy)`"""
        way = f" (through {self.front.title})" if self.front else ""
        return f"{self.source.title} -> {self.destination.title}, {ports.text(self.ports)}{way}"


class Blocked(NamedTuple):
    """A flow of which these ports do not certainly pass, and why, for the first of them."""

    flow: Flow
    ports: Ranges
    verdict: Verdict


class Excess(NamedTuple):
    """What a rule admits beyond the flows that are stated: `beyond`, in parts that do not overlap."""

    pods: Pods
    direction: str
    admission: Admission
    beyond: tuple[Traffic, ...]

    @property
    def text(self) -> str:
        """`Ingress of Deployment x: NetworkPolicy a/x ingress[0] admits anybody on all TCP, ...`"""
        if self.admission.policy is None:
            return f"{self.direction} of {self.pods.title}: no NetworkPolicy limits it"
        what = f"{self.admission.title} admits {self.admission.traffic.text}"
        beyond = "and no such flow is declared"
        if self.beyond != (self.admission.traffic,):
            beyond = f"of which some is not declared, such as {self.beyond[0].text}"
        return f"{self.direction} of {self.pods.title}: {what}, {beyond}"


def components(world: World) -> list[Pods]:
    """The pods of ScalarDL's components, for which flows are stated; not those of hooks."""
    return [
        one
        for one in world.pods
        if one.workload.role in ROLES
        and not one.workload.is_hook
        and not (one.workload.role == "envoy" and envoy.foreign(world.near, one.workload))
    ]


def flows(world: World, network: Network) -> list[Flow]:
    """All flows of the release's components, with the parties that the profile declares."""
    stated = _Stated(world, network)
    return [flow for one in stated.components for flow in stated.of(one) if flow.ports]


def blocked(world: World, stated: Iterable[Flow]) -> list[Blocked]:
    """The flows that do not certainly pass, whole."""
    found = []
    for flow in stated:
        source: Endpoint = flow.source
        if flow.front and flow.front.seen != "client":
            source = world.nodes
        missing = ranges.minus(flow.ports, between(world, source, flow.destination).certain)
        if missing:
            found.append(Blocked(flow, missing, _why(world, flow, missing)))
    return found


def open_beyond(world: World, some: Iterable[Pods], stated: Iterable[Flow]) -> list[Excess]:
    """What the policies of these pods admit beyond the flows, for all addresses, pods and ports.

    Pods on their host's network have no policies, and are left out.
    """
    by_pods: dict[tuple[Manifest, str], list[Traffic]] = {}
    for flow in stated:
        for direction, one, other in _sides(flow):
            taken = by_pods.setdefault((one.workload.manifest, direction), [])
            taken += _traffic(world, flow, direction, other)
    found = []
    for one in some:
        for direction in DIRECTIONS if not one.on_host else ():
            taken = by_pods.get((one.workload.manifest, direction), [])
            names = one.named if direction == INGRESS else None
            for each in admissions(world, one, direction, names):
                beyond = peers.left_of((each.traffic,), taken)
                if beyond:
                    found.append(Excess(one, direction, each, tuple(beyond)))
    return found


def _sides(flow: Flow) -> Iterator[tuple[str, Pods, Endpoint]]:
    """The directions in which a flow concerns pods: which pods, and with whom."""
    if isinstance(flow.destination, Pods):
        yield INGRESS, flow.destination, flow.source
    if isinstance(flow.source, Pods):
        yield EGRESS, flow.source, flow.destination


def _traffic(world: World, flow: Flow, direction: str, other: Endpoint) -> Iterator[Traffic]:
    """What a flow states of the traffic of its pods in that direction."""
    # A policy selects pods by their labels: whoever has them is meant.
    parts = (other.alike,) if isinstance(other, Pods) and not other.on_host else world.parts(other)
    if direction == INGRESS and flow.front and flow.front.seen != "client" and not world.nodes.assumed:
        parts += world.nodes.parts
    for part in parts:
        yield Traffic(part, flow.ports)


def _why(world: World, flow: Flow, missing: Ranges) -> Verdict:
    protocol, first, _ = ports.split(missing)[0]
    if flow.front and isinstance(flow.source, Party):
        return seen(world, flow.source, flow.front, ports.of(protocol, first))
    return verdict(world, flow.source, flow.destination, first, protocol)


class _Stated:
    """The flows of one component after another."""

    def __init__(self, world: World, network: Network) -> None:
        self.world, self.near, self.network = world, world.near, network
        self.before = envoy.fronts(self.near)
        self.components = components(world)
        self.by_role: dict[tuple[Role, str], list[Pods]] = {}
        for one in self.components:
            self.by_role.setdefault((one.workload.role, one.namespace), []).append(one)

    def of(self, one: Pods) -> Iterator[Flow]:
        """The flows that concern the pods; those between two components are stated at the destination."""
        yield Flow(one, parties.dns(self.network), _DNS, "it looks up names")
        role = one.workload.role
        if role == "envoy":
            yield from self._of_envoy(one)
        if role in scalardl.PRODUCTS:
            yield from self._of_product(one)
        if role == "auditor":
            yield from self._to_ledger(one)
        if role == "admin":
            yield from self._of_admin(one)
        if role in (*scalardl.PRODUCTS, "loader"):
            yield from self._to_databases(one)

    def _of_envoy(self, one: Pods) -> Iterator[Flow]:
        side = envoy.side(self.near, one.workload)
        listening = ports.tcp(*envoy.listening(self.near, one.workload)) or _service_ports(side)
        yield from self._calls(one, listening, side)
        yield Flow(parties.monitoring(self.network), one, ports.tcp(scalardl.ENVOY_ADMIN_PORT), "metrics")
        yield Flow(parties.OWN_NODE, one, ports.tcp(scalardl.ENVOY_ADMIN_PORT), "probes of the kubelet")
        if not envoy.products(self.near, one.workload):
            roles = (side,) if side else scalardl.PRODUCTS
            beside = _labelled("a product in a release of its own", one, scalardl.APP_LABEL, *roles)
            yield Flow(one, beside, listening, "Envoy calls its product")

    def _of_product(self, one: Pods) -> Iterator[Flow]:
        role = one.workload.role
        own, _ = properties.ports(self.near.release, one.workload, role)
        service = ports.tcp(own.client, own.privileged)
        before = self.before.get(one.workload.manifest, [])
        for front in before:
            yield Flow(self.world.pods_of(front), one, service, "Envoy calls its product")
        if not before:
            yield from self._calls(one, service, role)
            if not self._beside(one, "envoy"):
                beside = _labelled("Envoy in a release of its own", one, scalardl.APP_LABEL, "envoy")
                yield Flow(beside, one, service, "Envoy calls its product")
        admin = ports.tcp(own.admin)
        yield Flow(_labelled("scalar-admin", one, scalardl.NAME_LABEL, ADMIN), one, admin, "pauses")
        for other in self._beside(one, "admin"):
            yield Flow(other, one, admin, "pauses")
        yield Flow(parties.monitoring(self.network), one, ports.tcp(own.metrics), "metrics")

    def _calls(self, one: Pods, listening: Ranges, side: Role | None) -> Iterator[Flow]:
        """The calls of clients, and on the Ledger side of the other domain's Auditor."""
        network = self.network
        callers = [parties.networks(parties.CLIENTS, network.clients)]
        if side != "auditor":
            callers.append(parties.networks(parties.OTHER_DOMAIN, network.other_domain))
        fronts: list[Front | None] = [*self.world.fronts(one)]
        for caller in callers:
            if caller.parts:
                for front in fronts or [None]:
                    yield Flow(caller, one, listening, "calls of clients and the other domain", front)
        if network.clients_in_cluster:
            yield Flow(parties.ANY_OTHER_POD, one, listening, "clients in the cluster")

    def _to_ledger(self, one: Pods) -> Iterator[Flow]:
        client, privileged, _ = properties.peer_ports(self.near.release, one.workload)
        called = ports.tcp(client, privileged)
        yield Flow(one, parties.other_domain(self.network), called, "Auditor calls Ledger")
        if self.network.clients_in_cluster:
            for other in self.components:
                if other.workload.role == "envoy" and envoy.side(self.near, other.workload) == "ledger":
                    yield Flow(one, other, called, "Auditor calls Ledger")

    def _of_admin(self, one: Pods) -> Iterator[Flow]:
        called = {scalardl.PORTS[role].admin for role in scalardl.PRODUCTS}
        for role in scalardl.PRODUCTS:
            for product in self._beside(one, role):
                called.add(properties.ports(self.near.release, product.workload, role)[0].admin)
        products = _labelled("Ledger and Auditor", one, scalardl.APP_LABEL, *scalardl.PRODUCTS)
        yield Flow(one, products, ports.tcp(*called), "pauses")
        yield Flow(one, parties.api_server(self.network), _API_SERVER, "finds the pods to pause")

    def _to_databases(self, one: Pods) -> Iterator[Flow]:
        stated, declared = storages.of(self.near.release, one.workload), bool(self.network.databases)
        called = ports.tcp(*(storage.port for storage in stated.known))
        if any(storage.name == "cosmos" for storage in stated.known):
            # Behind a private endpoint its replicas answer on any port, else on those of direct mode.
            direct = ports.TCP if declared else ports.of("TCP", *scalardl.COSMOS_DIRECT_PORTS)
            called = ranges.union((called, direct))
        if stated.unknown and declared:
            called = ports.TCP
        yield Flow(one, parties.databases(self.network), called, "its database")

    def _beside(self, one: Pods, role: Role) -> list[Pods]:
        """The components of that role in the namespace of the pods."""
        return self.by_role.get((role, one.namespace), [])


def _service_ports(side: Role | None) -> Ranges:
    """Where Envoy takes calls when nothing else tells."""
    sides = (side,) if side else scalardl.PRODUCTS
    return ports.tcp(*(port for role in sides for port in scalardl.PORTS[role][:2]))


def _labelled(name: str, one: Pods, label: str, *values: str) -> Party:
    """The pods of the same namespace with one of these values of a label."""
    carrying: dict[Label, Values] = {("pod", label): Values(False, frozenset(values))}
    return Party(name, (peers.pods({**carrying, **peers.namespace(one.namespace)}),))
