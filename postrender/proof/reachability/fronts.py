"""The Services through which the outside calls a release's pods, and whose address the pods then see.

With externalTrafficPolicy Cluster, the default, the node that took a call puts its own address in
place of the client's, so that policies about clients do not fit it.
Source: https://kubernetes.io/docs/tutorials/services/source-ip/
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from postrender.manifests.load_balancer import keeps_address, replaces_address
from postrender.manifests.manifest import Manifest
from postrender.manifests.surroundings import Surroundings
from postrender.proof.reachability import ports
from postrender.proof.reachability.pods import Pods
from postrender.proof.reachability.ranges import Ranges

# Whose address the pods see.
Seen = Literal["client", "node", "load balancer"]


class Front(NamedTuple):
    """A Service of type LoadBalancer or NodePort before pods. `targets`: its ports, and the pods' behind."""

    service: Manifest
    pods: Pods
    seen: Seen
    targets: tuple[tuple[Ranges, Ranges], ...]

    @property
    def title(self) -> str:
        """`Service demo-envoy`"""
        return self.service.title

    @property
    def cure(self) -> str:
        """What lets clients in again where it hides them."""
        if self.seen == "load balancer":
            return "declare its subnets (network.nodes in the profile), or make it keep the client's address"
        return "set externalTrafficPolicy: Local, or let the node network in (network.nodes in the profile)"


def of(near: Surroundings, pods: Pods) -> list[Front]:
    """The Services through which the outside calls these pods."""
    return [
        Front(service, pods, _seen(service), tuple(_targets(service, pods)))
        for service in near.services(pods.workload)
        if service.text("spec", "type") in ("LoadBalancer", "NodePort")
    ]


def _seen(service: Manifest) -> Seen:
    if replaces_address(service):
        return "load balancer"
    local = service.text("spec", "externalTrafficPolicy") == "Local"
    return "client" if local or keeps_address(service) else "node"


def _targets(service: Manifest, pods: Pods) -> list[tuple[Ranges, Ranges]]:
    found = []
    for index, port in enumerate(service.maps("spec", "ports")):
        at = ("spec", "ports", str(index))
        protocol, number = service.text(*at, "protocol") or "TCP", service.number(*at, "port") or 0
        if protocol not in ports.PROTOCOLS or not 1 <= number <= ports.LAST:
            continue
        if isinstance(port.get("targetPort"), str):
            target = pods.named.get((protocol, port["targetPort"]), ())
        else:
            aim = service.number(*at, "targetPort") or number
            target = ports.of(protocol, aim) if 1 <= aim <= ports.LAST else ()
        found.append((ports.of(protocol, number), target))
    return found
