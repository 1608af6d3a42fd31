"""Who calls whom: applications, Auditor, and whether the networks and load balancers let them."""

from __future__ import annotations

from collections.abc import Iterator

from profiles.contradiction import Contradiction, Path, no
from profiles.deployment import Client
from profiles.models import Domain, Product, Profile
from profiles.networks import admitted, overlap
from profiles.supplies import fullname

# What makes a load balancer face the internet, by the providers' pages on internal load balancers.
_PUBLIC = {
    "service.beta.kubernetes.io/aws-load-balancer-internal": "false",
    "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing",
    "service.beta.kubernetes.io/azure-load-balancer-internal": "false",
    "networking.gke.io/load-balancer-type": "external",
    "cloud.google.com/load-balancer-type": "external",
}
_CLUSTER_NAMES = (".svc", ".svc.cluster.local")


def contradictions(profile: Profile, product: Product) -> Iterator[Contradiction]:
    """What keeps the applications from a product, or brings them where they must not be."""
    domain = profile.domain(product)
    if profile.separation == "required":
        yield from _applications(profile, product, domain)
    yield from _admitted(profile, product, domain)
    yield from _reached(profile, product, domain)
    yield from _own_service(product, domain)
    for key, value in domain.load_balancer.annotations.items():
        if _PUBLIC.get(key) == value.lower():
            yield no(
                f"{value} makes the load balancer face the internet; Ledger and Auditor are reached over "
                "private networks only (requirement private-access); delete it",
                (product, "loadBalancer", "annotations", key),
            )


def named_twice(profile: Profile) -> Iterator[Contradiction]:
    """Clients of the same name."""
    seen: set[str] = set()
    for index, client in enumerate(profile.clients):
        if client.name in seen:
            yield no(
                f"a second client {client.name}; reports could not tell them apart; write another name, or "
                "both networks below one",
                ("clients", index, "name"),
            )
        seen.add(client.name)


def _applications(profile: Profile, product: Product, domain: Domain) -> Iterator[Contradiction]:
    """Where the domains are separated, applications are apart from them too."""
    if domain.network.clients_in_cluster:
        yield no(
            "clientsInCluster is true, but applications may not run in the clusters of Ledger and Auditor; "
            "whoever administers one could forge requests and hide it (requirement separate-applications); "
            "write clientsInCluster: false",
            (product, "network", "clientsInCluster"),
            ("separation",),
        )
    for index, client in enumerate(profile.clients):
        if client.cluster == domain.cluster.name:
            yield no(
                f"{client.name} runs in the cluster of {product}; who administers it could forge requests "
                "and hide it (requirement separate-applications); run it elsewhere",
                ("clients", index, "cluster"),
                (product, "cluster", "name"),
            )
        if same_people(client.administrative_domain, domain.administrative_domain):
            yield no(
                f"{client.name} is administered by {client.administrative_domain}, as {product} is; who "
                "holds both can forge requests (requirement separate-application-domain); name another",
                ("clients", index, "administrativeDomain"),
                (product, "administrativeDomain"),
            )
        for position, network in enumerate(client.networks):
            if overlap(network, domain.cluster.network):
                yield no(
                    f"{network} overlaps {product}'s network {domain.cluster.network}; overlapping networks "
                    "cannot be connected (requirement client-network-range); choose ranges apart",
                    ("clients", index, "networks", position),
                    (product, "cluster", "network"),
                )


def same_people(one: str, other: str) -> bool:
    """Whether two administrative domains are the same, however they are written."""
    return one.strip().casefold() == other.strip().casefold()


def _admitted(profile: Profile, product: Product, domain: Domain) -> Iterator[Contradiction]:
    known = domain.network.clients
    if known is None:
        return
    for index, client in outside(profile, domain):
        for position, network in enumerate(client.networks):
            if not admitted(network, known):
                yield no(
                    f"{client.name} calls from {network}, which network.clients does not admit; its calls "
                    "would be dropped (requirement client-reaches-both); add it there, or write "
                    "network.clients: null, and the networks of all clients are taken",
                    (product, "network", "clients"),
                    ("clients", index, "networks", position),
                )


def _reached(profile: Profile, product: Product, domain: Domain) -> Iterator[Contradiction]:
    """Whether those outside of the cluster reach Envoy by its load balancer and its name."""
    names = [client.name for _, client in outside(profile, domain)]
    if not names and profile.separation != "required":
        return
    call = f"{names[0]} calls" if names else "applications call"
    yield from unreachable(product, domain, call, "client-reaches-both", ("clients",), ("separation",))


def unreachable(
    product: Product, domain: Domain, call: str, requirement: str, *because: Path
) -> Iterator[Contradiction]:
    """What keeps those from a product who call it from outside of its cluster, as `because` says."""
    if domain.load_balancer.type == "none":
        yield no(
            f"loadBalancer.type is none, but {call} from outside of the cluster, where no ClusterIP is "
            f"reached (requirement {requirement}); write loadBalancer.type: internal",
            (product, "loadBalancer", "type"),
            *because,
        )
    elif domain.address.endswith(_CLUSTER_NAMES):
        yield no(
            f"{domain.address} is known in its own cluster only, but {call} from outside of it "
            f"(requirement {requirement}); write the load balancer's DNS name as {product}.address",
            (product, "address"),
            *because,
        )


def outside(profile: Profile, domain: Domain) -> list[tuple[int, Client]]:
    """The clients that do not run in the domain's cluster, each with its index."""
    return [
        (index, client)
        for index, client in enumerate(profile.clients)
        if client.cluster != domain.cluster.name
    ]


def _own_service(product: Product, domain: Domain) -> Iterator[Contradiction]:
    """Where the address is a Service of the cluster, whether it is the one that the release makes."""
    name, _, rest = domain.address.partition(".")
    namespace = next((rest.removesuffix(end) for end in _CLUSTER_NAMES if rest.endswith(end)), None)
    service = f"{fullname(product, domain)}-envoy"
    if namespace is not None and (name, namespace) != (service, domain.namespace):
        yield no(
            f"{domain.address} is no Service of the release {domain.release} in {domain.namespace}; callers "
            f"would find nobody; write address: {service}.{domain.namespace}.svc.cluster.local",
            (product, "address"),
            (product, "release"),
            (product, "namespace"),
        )
