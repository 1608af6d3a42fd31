"""What Ledger's and Auditor's domains must be together: the deployments that cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from profiles import callers, clusters, properties, supplies
from profiles.contradiction import Contradiction, Path, no
from profiles.models import DOMAINS, Domain, Product, Profile
from profiles.networks import admitted, is_local, overlap, servers

OTHER: dict[Product, Product] = {"ledger": "auditor", "auditor": "ledger"}


def _both(*keys: str) -> Iterable[Path]:
    return (("auditor", *keys), ("ledger", *keys))


# What tells clusters apart.
_IDENTITY = (*_both("cluster", "name"), *_both("cluster", "provider"), *_both("cluster", "region"))


def contradictions(profile: Profile) -> Iterator[Contradiction]:
    """What cannot stand together in a profile whose values are right one by one.

    Without auditorMode there is no Auditor, and nothing is asked about it.
    """
    yield from callers.named_twice(profile)
    yield from _peered(profile)
    for product in standing(profile.auditor_mode):
        domain = profile.domain(product)
        yield from clusters.contradictions(product, domain)
        yield from supplies.contradictions(profile, product)
        yield from properties.contradictions(product, domain)
        yield from callers.contradictions(profile, product)
    if not profile.auditor_mode:
        yield from _proofs_alone(profile)
    if profile.auditor_mode:
        yield from _proofs(profile)
        yield from _separate(profile)
        yield from _connected(profile)
        yield from _named_apart(profile)


def _proofs_alone(profile: Profile) -> Iterator[Contradiction]:
    if profile.asset_proof and profile.ledger.authentication.method == "hmac":
        yield no(
            "hmac without an Auditor; Ledger alone signs its proofs with a private key, and does not start "
            "with hmac (requirement proof-always); write method: digital-signature, or assetProof: false",
            ("ledger", "authentication", "method"),
            ("assetProof",),
        )


def standing(auditor_mode: bool) -> tuple[Product, ...]:
    """The products that are deployed."""
    return DOMAINS if auditor_mode else ("ledger",)


def _peered(profile: Profile) -> Iterator[Contradiction]:
    clients = callers.outside(profile, profile.ledger)
    apart = profile.auditor_mode and not one_cluster(profile)
    if not profile.peering and (apart or clients):
        call = "Auditor calls" if apart else f"{clients[0][1].name} calls"
        yield no(
            f"peering is false, but {call} Ledger over the network between them (requirement "
            "network-peering); connect the networks and write peering: true",
            ("peering",),
            *(_IDENTITY if apart else (("clients",),)),
        )


def _proofs(profile: Profile) -> Iterator[Contradiction]:
    ledger, auditor = profile.ledger, profile.auditor
    if not profile.asset_proof:
        yield no(
            "assetProof is false, but auditorMode is on; Auditor compares Ledger's proofs (requirement "
            "proof-and-auditor-enabled); write assetProof: true, or auditorMode: false",
            ("assetProof",),
            ("auditorMode",),
        )
    methods = ledger.authentication.method, auditor.authentication.method
    if methods[0] != methods[1]:
        yield no(
            f"Ledger uses {methods[0]} and Auditor {methods[1]}; ScalarDL prohibits mixing them; write "
            "authentication.method once, at the top",
            *_both("authentication", "method"),
        )
    elif methods[1] == "digital-signature" and auditor.certificate_holder is None:
        yield no(
            "certificateHolder is missing; with digital signatures Ledger knows Auditor's certificate by its "
            "holder; write certificateHolder: auditor",
            ("auditor", "certificateHolder"),
            ("auditor", "authentication", "method"),
        )
    if (ledger.tls.mode == "none") != (auditor.tls.mode == "none"):
        yield no(
            "TLS is on in one domain and off in the other; Auditor calls Ledger, so one end of that leg "
            "would not understand the other (requirement tls); switch it on in both",
            *_both("tls", "mode"),
        )


def _separate(profile: Profile) -> Iterator[Contradiction]:
    """Two clusters, administrative domains, networks and databases, where separation is required."""
    ledger, auditor = profile.ledger, profile.auditor
    required = profile.separation == "required"
    if required and one_cluster(profile):
        yield no(
            f"Ledger and Auditor are both in the cluster {auditor.cluster.name}; whoever administers it "
            "could change both (requirement separate-clusters); declare two clusters",
            *_IDENTITY,
            ("separation",),
        )
    if required and callers.same_people(auditor.administrative_domain, ledger.administrative_domain):
        yield no(
            f"Ledger and Auditor are both administered by {auditor.administrative_domain}; who holds both "
            "can hide a change (requirement separate-domains); name two administrators",
            *_both("administrativeDomain"),
            ("separation",),
        )
    ranges = ledger.cluster.network, auditor.cluster.network
    # Two clusters of a test may share one network.
    shared = not required and ranges[0] == ranges[1]
    if (required or not one_cluster(profile)) and not shared and overlap(*ranges):
        yield no(
            f"Ledger's network {ranges[0]} and Auditor's {ranges[1]} overlap; overlapping networks cannot be "
            "peered (requirement network-ranges); choose ranges apart",
            *_both("cluster", "network"),
        )
    if required:
        yield from _administered_apart(ledger, auditor)
        yield from _databases(ledger, auditor)


def _administered_apart(ledger: Domain, auditor: Domain) -> Iterator[Contradiction]:
    bastions = ledger.cluster.bastion, auditor.cluster.bastion
    if overlap(*bastions):
        yield no(
            f"Ledger is administered from {bastions[0]} and Auditor from {bastions[1]}; who holds that place "
            "holds both (requirement separate-domains); give each a bastion of its own",
            *_both("cluster", "bastion"),
        )
    for product, own, other in (("ledger", ledger, auditor), ("auditor", auditor, ledger)):
        if overlap(own.cluster.bastion, other.cluster.network):
            yield no(
                f"the bastion {own.cluster.bastion} of {product} is in the network of the other domain, "
                f"{other.cluster.network}; who administers that one would hold both (requirement "
                "separate-domains); put it elsewhere",
                (product, "cluster", "bastion"),
                *_both("cluster", "network"),
            )


def _databases(ledger: Domain, auditor: Domain) -> Iterator[Contradiction]:
    common = sorted(set(servers(ledger.database)) & set(servers(auditor.database)))
    remote = [server for server in common if not is_local(server)]
    if remote:
        key = {"jdbc": "url", "cosmos": "uri"}.get(auditor.database.storage, "hosts")
        yield no(
            f"Ledger and Auditor have a database on the same server, {remote[0]}; who administers it could "
            "change both copies (requirement separate-domains); give each its own",
            *_both("database", key),
        )


def _connected(profile: Profile) -> Iterator[Contradiction]:
    """Whether Auditor reaches Ledger."""
    ledger, auditor = profile.ledger, profile.auditor
    if ledger.address == auditor.address:
        yield no(
            f"Ledger and Auditor both have the address {auditor.address}; clients call two load balancers; "
            "give each its name",
            *_both("address"),
        )
    advised = profile.separation != "required"
    # Where separation is required both are said of each domain already, for its clients.
    if advised and not one_cluster(profile):
        yield from callers.unreachable(
            "ledger", ledger, "Auditor calls", "ledger-auditor-connection", *_IDENTITY
        )
    for product in DOMAINS:
        known = profile.domain(product).network.other_domain
        network = profile.domain(OTHER[product]).cluster.network
        in_cluster = profile.domain(product).network.clients_in_cluster
        at = (product, "network", "otherDomain")
        if known is None:
            continue
        if one_cluster(profile):
            if advised and not known and not in_cluster:
                yield no(
                    "Auditor calls Ledger within the cluster, and neither clientsInCluster nor otherDomain "
                    "admits it; the policies would drop its calls (requirement ledger-auditor-connection); "
                    "write clientsInCluster: true, or otherDomain: null",
                    (product, "network", "clientsInCluster"),
                    at,
                )
        elif network and not admitted(network, known):
            yield no(
                f"{OTHER[product]} is in {network}, which {product}.network.otherDomain does not admit; the "
                "policies would drop what Auditor and Ledger say (requirement ledger-auditor-connection); "
                f"write otherDomain: [{network}], or null, and it is taken",
                at,
                (OTHER[product], "cluster", "network"),
            )
        # In production an empty list may be that of a file for one cluster alone.
        elif advised and not known and not network:
            yield no(
                "network.otherDomain admits nobody, but Auditor calls Ledger from another cluster; the "
                "policies would drop its calls (requirement ledger-auditor-connection); "
                "write otherDomain: null, or the networks",
                at,
                *_IDENTITY,
            )


def _named_apart(profile: Profile) -> Iterator[Contradiction]:
    ledger, auditor = profile.ledger, profile.auditor
    same_place = one_cluster(profile) and ledger.namespace == auditor.namespace
    if same_place and ledger.release == auditor.release:
        yield no(
            f"Ledger and Auditor are both the release {auditor.release} in the namespace "
            f"{auditor.namespace}; the second would replace the first; write another release",
            *_both("release"),
            *_both("namespace"),
        )
    names = ledger.secrets.model_dump(by_alias=True)
    for purpose, name in auditor.secrets.model_dump(by_alias=True).items():
        for others, same in names.items():
            if name is not None and name == same:
                yield no(
                    f"{name} is also ledger.secrets.{others}; a key or password that serves both domains "
                    "would undo their separation (requirement separate-domains); name them apart",
                    ("auditor", "secrets", purpose),
                    ("ledger", "secrets", others),
                )


def one_cluster(profile: Profile) -> bool:
    """Whether Ledger and Auditor are declared to be in the same cluster."""
    ledger, auditor = profile.ledger.cluster, profile.auditor.cluster
    return (ledger.name, ledger.provider, ledger.region) == (auditor.name, auditor.provider, auditor.region)
