"""The Secrets that a domain's release reads: what each holds, for what, and where that comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from generator.bundle.markdown import code
from generator.values import properties
from generator.values.interface import defaults
from generator.values.names import authority, envoy_host, fullname
from profiles.models import Domain, Product, Profile
from profiles.scalardl import LOADER_REPOSITORY, PRODUCT_CHARTS

# How a command gets a value. file: as it stands; line: from a file, without the line's end; typed and
# hidden: from a prompt; login: of a registry, from prompts; empty: there is none.
Source = Literal["file", "line", "typed", "hidden", "login", "empty"]

OPAQUE, TLS, DOCKER = "Opaque", "kubernetes.io/tls", "kubernetes.io/dockerconfigjson"
KEYS_FOR_TLS = ("ca.crt", "tls.crt", "tls.key")


class Key(NamedTuple):
    """A key of a Secret: what it is, how to make it; how a command gets it, from which file or registry."""

    name: str
    what: str
    how: str
    source: Source
    file: str = ""


class NeededSecret(NamedTuple):
    """A Secret that a release reads.

    `why` ends with requirement ids. `from_whom` is who gives the content; `waits`: the other domain's
    administrators give some of it. `copied_from` names a Secret of cert-manager in the release's
    namespace: the content is known only after the installation.
    """

    name: str
    namespace: str
    type: str
    keys: tuple[Key, ...]
    why: str
    from_whom: str
    waits: bool = False
    copied_from: str = ""


def needed(profile: Profile, product: Product) -> tuple[NeededSecret, ...]:
    """The Secrets of a product's domain, in the order in which they are made; none that nothing reads."""
    return tuple(_all(profile, product, profile.domain(product)))


def keys_folder(domain: Domain) -> str:
    """Where the files with keys are kept, as a word of a shell's command."""
    places = dict.fromkeys((domain.cluster.name, domain.namespace))
    return f'"$HOME"/.scalardl/{"/".join(places)}'


def tls_holders(domain: Domain, product: Product) -> dict[str, tuple[str, ...]]:
    """Whose certificates `tls.mode: secrets` needs: the hosts that each names, by the holder."""
    hosts = dict.fromkeys((domain.address, envoy_host(domain, product)))
    return {product: (authority(domain, product),), f"{product}-envoy": tuple(hosts)}


def registries(profile: Profile, product: Product) -> tuple[str, ...]:
    """The hosts that the images of a domain come from."""
    images, chart = profile.domain(product).images, defaults(product)[PRODUCT_CHARTS[product].name]
    used = (
        getattr(images, product).repository or chart[product]["image"]["repository"],
        images.envoy.repository or chart["envoy"]["image"]["repository"],
        images.loader.repository or LOADER_REPOSITORY,
    )
    return tuple(dict.fromkeys(_host(repository) for repository in used))


def _host(repository: str) -> str:
    first, _, rest = repository.partition("/")
    # As container runtimes tell a host from a folder of Docker Hub.
    return first if rest and ("." in first or ":" in first or first == "localhost") else "docker.io"


def _all(profile: Profile, product: Product, domain: Domain) -> Iterator[NeededSecret]:
    own = code(domain.administrative_domain)
    hosts = registries(profile, product)
    for name in domain.images.pull_secrets:
        yield NeededSecret(
            name,
            domain.namespace,
            DOCKER,
            (
                Key(
                    ".dockerconfigjson",
                    f"the login at {' or '.join(hosts)}",
                    "a token that may do nothing but read packages; of ghcr.io: a personal access token "
                    "with the scope read:packages",
                    "login",
                    hosts[0] if len(hosts) == 1 else "",
                ),
            ),
            "pods pull their images with it [registry-access]",
            "the administrator of the registry",
        )
    yield NeededSecret(
        domain.secrets.database,
        domain.namespace,
        OPAQUE,
        _login(domain),
        "the product and the schema loader log in to the database with it; without it the chart would make "
        "one with cassandra/cassandra [no-plain-secrets, database-properties]",
        "the administrator of the database",
    )
    digital = domain.authentication.method == "digital-signature"
    if digital and (product == "auditor" or profile.asset_proof):
        yield NeededSecret(
            domain.secrets.keys,
            domain.namespace,
            OPAQUE,
            tuple(_signing(product)),
            f"{product.title()} signs with it [ledger-keys-secret, pki-parameters]"
            if product == "ledger"
            else "Auditor signs with it [pki-parameters]",
            f"{own} (make it yourselves; the private key never leaves your hands)",
        )
    variables = properties.environment(profile, product)
    if variables:
        yield NeededSecret(
            domain.secrets.environment,
            domain.namespace,
            OPAQUE,
            tuple(_variable(name, product) for name in variables),
            "the product reads them as environment variables [no-plain-secrets]",
            _givers(variables, own, product),
            waits=product == "auditor" and properties.HMAC_SECRET_KEY in variables,
        )
    if domain.tls.mode != "none":
        yield from _certificates(profile, product, domain)


def _login(domain: Domain) -> tuple[Key, Key]:
    user, password = "db-username", "db-password"
    storage = domain.database.storage
    if storage == "dynamo":
        return (
            Key(user, "the access key id", "of an IAM user that owns these tables and no others", "typed"),
            Key(password, "the secret access key", "shown once, when the access key is made", "hidden"),
        )
    if storage == "cosmos":
        return (
            Key(user, "empty: Cosmos DB knows no user", "nothing to do", "empty"),
            Key(
                password,
                "the key of the account",
                "the primary key of the account, for reading and writing",
                "hidden",
            ),
        )
    return (
        Key(
            user,
            "the user of the database",
            "of this product alone; it may create its schemas and tables",
            "typed",
        ),
        Key(password, "the password of that user", "long and random: openssl rand -hex 24", "hidden"),
    )


def _signing(product: Product) -> Iterator[Key]:
    made = "made above"
    yield Key("private-key", "the private key", made, "file", f"{product}-private-key.pem")
    if product == "auditor":
        yield Key("certificate", "its certificate", made, "file", f"{product}-certificate.pem")


def _variable(name: str, product: Product) -> Key:
    title = product.title()
    return {
        properties.HMAC_CIPHER_KEY: Key(
            name,
            f"{title}'s own key, which encrypts the clients' secret keys in its database",
            "made above; without it they cannot be read again: keep a copy where it is safe",
            "line",
            "hmac-cipher-key",
        ),
        properties.HMAC_SECRET_KEY: Key(
            name,
            "the secret key that Ledger and Auditor have in common",
            "made above" if product == "ledger" else "Ledger's administrators make it and hand it over",
            "line",
            "hmac-secret-key",
        ),
        properties.LICENCE_KEY: Key(
            name, "the licence key, JSON on one line", "Scalar gives it", "line", "licence-key.json"
        ),
        properties.LICENCE_CERTIFICATE: Key(
            name,
            "the certificate that verifies the licence key",
            "Scalar publishes one for trial and one for commercial licences",
            "file",
            "licence-certificate.pem",
        ),
    }.get(name, Key(name, "what the property says that reads it", "you have it", "line", name.lower()))


def _givers(variables: tuple[str, ...], own: str, product: Product) -> str:
    givers = []
    if properties.HMAC_CIPHER_KEY in variables:
        givers.append(own)
    if properties.HMAC_SECRET_KEY in variables and product == "auditor":
        givers.append("Ledger's administrators")
    if properties.LICENCE_KEY in variables:
        givers.append("Scalar")
    return ", ".join(givers)


def _certificates(profile: Profile, product: Product, domain: Domain) -> Iterator[NeededSecret]:
    given, names = domain.tls.mode == "secrets", domain.secrets
    authority_of_yours = "your certificate authority"
    if given:
        for name, holder, whose in (
            (names.product_tls, product, product.title()),
            (names.envoy_tls, f"{product}-envoy", "Envoy"),
        ):
            yield NeededSecret(
                name,
                domain.namespace,
                TLS,
                (
                    _ca("the certificate of the authority that signed it"),
                    Key(
                        "tls.crt",
                        "the certificate, with those between",
                        "made above",
                        "file",
                        f"{holder}-tls-certificate.pem",
                    ),
                    Key("tls.key", "its private key", "made above", "file", f"{holder}-tls-private-key.pem"),
                ),
                f"{whose} proves with it who it is [tls]",
                authority_of_yours,
            )
    if domain.monitoring.service_monitor:
        yield NeededSecret(
            names.metrics_ca,
            domain.monitoring.namespace,
            OPAQUE,
            (_ca("the certificate of the authority that signed the product's certificate"),),
            "Prometheus verifies the metrics endpoint with it [tls, service-monitor]",
            authority_of_yours if given else "cert-manager",
            copied_from="" if given else f"{fullname(domain, product)}-tls-cert",
        )
    if product == "auditor" and names.ledger_ca:
        yield NeededSecret(
            names.ledger_ca,
            domain.namespace,
            OPAQUE,
            (
                Key(
                    "ca.crt",
                    "the certificate of the authority that signed the certificate of Ledger's Envoy",
                    "Ledger's administrators hand it over",
                    "file",
                    "from-ledger-ca.crt",
                ),
            ),
            "Auditor verifies with it that it speaks with Ledger [tls, ledger-auditor-connection]",
            "Ledger's administrators",
            waits=True,
        )


def _ca(what: str) -> Key:
    return Key("ca.crt", what, "your certificate authority publishes it", "file", "ca.crt")
