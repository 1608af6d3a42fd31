"""The layout of a first profile: keys in the order of the models, those not stated behind a #."""

from __future__ import annotations

import ipaddress
import re
import textwrap
from collections.abc import Callable, Mapping
from itertools import islice
from string import ascii_lowercase
from typing import Any, NamedTuple

from generator.init import sizes
from generator.yamltext import dump
from profiles.models import Product
from profiles.product import NEEDS

# What is in force at a path of the profile: stated or inherited.
InForce = Callable[[str], Any]

_WIDTH = 100
# The modes of TLS in which cert-manager makes the certificates.
CERT_MANAGER = ("self-signed", "issuer", "cluster-issuer")
_NETWORKS: dict[Product, str] = {"ledger": "10.40.0.0/16", "auditor": "10.50.0.0/16"}
# Where nothing is said, for the examples.
_REGIONS = {"aks": "japaneast", "gke": "asia-northeast1"}
_ZONES = {"eks": "{region}{letter}", "gke": "{region}-{letter}", "aks": "{region}-{number}"}
# Each with 4 vCPU, as the guides advise for a node.
_MACHINES = {"eks": "m5.xlarge", "aks": "Standard_D4s_v5", "gke": "e2-standard-4"}

_HEAD = """\
# What this deployment of ScalarDL must look like, where it differs from the profile that it extends.
# With all that it inherits: scalardl-gen show FILE
# A key behind a # shows what is inherited, or what can be declared: delete the #, write what is yours.
# The ids in brackets are those of the requirements that a block serves.
"""


class _Key(NamedTuple):
    """A key of the file: what it is for, what is shown where it is not stated, the keys below it."""

    name: str
    comment: str = ""
    example: str = ""
    below: tuple[_Key, ...] = ()


def layout(stated: Mapping[str, Any], in_force: InForce) -> str:
    """The text of a profile file that states the values `stated` (by path), with comments."""
    blocks = ["\n".join(_lines(key, "", stated, in_force, True)) + "\n" for key in _keys(stated, in_force)]
    return _HEAD + "\n".join(blocks)


def _lines(key: _Key, above: str, stated: Mapping[str, Any], in_force: InForce, in_live: bool) -> list[str]:
    """The lines of a key. What lies in a block that is itself behind a # gets none of its own."""
    path = f"{above}{key.name}"
    live = any(f"{each}.".startswith(f"{path}.") for each in stated)
    if key.below:
        lines = [f"{key.name}:"]
        for child in key.below:
            lines += ["  " + line for line in _lines(child, f"{path}.", stated, in_force, live)]
    elif not live and "\n" in key.example:
        lines = [f"{key.name}:", *textwrap.indent(key.example, "  ").splitlines()]
    elif not live and key.example:
        lines = [f"{key.name}: {key.example}"]
    else:
        lines = dump({key.name: in_force(path)}).splitlines()
    if in_live and not live:
        lines = ["# " + line for line in lines]
    note = textwrap.wrap(
        key.comment, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )
    return note + lines


def _keys(stated: Mapping[str, Any], in_force: InForce) -> tuple[_Key, ...]:
    # As examples of the most: room to grow, whatever is stated.
    nodes = in_force("nodePool.nodes")
    most = 2 * nodes if isinstance(nodes, int) else 6
    return (
        _Key("extends"),
        _Key(
            "size",
            f"Replicas and resources by load, {sizes.words()}. Where none is stated, "
            f"{_inherited_size(in_force)} are inherited. What this file states itself wins [size-tiers].",
            "small",
        ),
        _Key(
            "kubernetesVersion",
            "The oldest Kubernetes among the clusters, in quotes [kubernetes-version].",
        ),
        _Key(
            "nodePool",
            "The nodes dedicated to ScalarDL. Declare yours, and they are used to prove that every pod finds "
            "its place [dedicated-node-group, availability-nodes, node-size, node-capacity].",
            below=(
                _Key("label", "", "{key: agentpool, value: scalardlpool}"),
                _Key("taint", "", "{key: kubernetes.io/app, value: scalardlpool, effect: NoSchedule}"),
                _Key("nodes", "", str(in_force("nodePool.nodes") or 3)),
                _Key("zones", "", str(in_force("nodePool.zones") or 1)),
                _Key("nodeSize", "", '{cpu: "4", memory: 8Gi}'),
                _Key("reserved", "", "{cpu: 200m, memory: 1Gi}"),
                _Key("instanceType", "", _MACHINES.get(in_force("ledger.cluster.provider"), "m5.xlarge")),
                _Key("maxNodes", "For cluster.addOns.clusterAutoscaler.", str(most)),
            ),
        ),
        _Key(
            "autoscaling",
            "More pods under load, with cluster.addOns.metricsServer [autoscaling, metrics-server, "
            "hpa-node-capacity].",
            f"{{maxReplicas: {{product: {most}, envoy: {most}}}}}",
        ),
        _Key(
            "network",
            "Who may talk to whom, beside the clients and clusters declared below [restrict-connections, "
            "default-deny].",
            below=(
                _Key("clients", "Where it is null, the networks of the clients declared below.", "null"),
                _Key("databases", "", "[10.60.0.0/24]"),
                _Key("apiServer", "", f"[{_network('ledger', in_force)}, {_network('auditor', in_force)}]"),
                _Key("monitoringNamespaces", "", "[monitoring]"),
            ),
        ),
        _Key(
            "loadBalancer",
            "How Envoy is reached: internal, a load balancer in the private network; or none, by callers in "
            "its cluster alone [private-access].",
            below=(_Key("type", "", "internal"),),
        ),
        _Key(
            "images",
            "A mirror of the images, and the Secret that opens it [registry-access, image-tags].",
            below=(
                _Key("pullSecrets", "", "[reg-docker-secrets]"),
                *(
                    _Key(role, "", f"{{repository: registry.example.com/mirror/{image}}}")
                    for role, image in (
                        ("ledger", "scalardl-ledger"),
                        ("auditor", "scalardl-auditor"),
                        ("envoy", "scalar-envoy"),
                        ("loader", "scalardl-schema-loader"),
                    )
                ),
            ),
        ),
        _Key(
            "authentication",
            "How clients, Ledger and Auditor prove who they are, everywhere the same: digital-signature, or "
            "hmac, which is faster and proves nothing to a third party [pki-parameters].",
            below=(_Key("method"),),
        ),
        _tls(stated, in_force),
        _Key(
            "externalSecrets",
            "Secrets from an encrypted store, with cluster.addOns.externalSecrets [secret-store, "
            "no-plain-secrets].",
            "{store: company-store, kind: ClusterSecretStore, prefix: scalardl/}",
        ),
        _Key(
            "monitoring",
            "The namespace of Prometheus and Grafana; stack brings them with the release "
            "[monitor-components, service-monitor, observability-stack].",
            below=(_Key("namespace", "", "monitoring"), _Key("stack", "", "{retentionDays: 30}")),
        ),
        _Key(
            "backup",
            "What is backed up; the runbook has each as a step [database-backup, velero, etcd-backup, "
            "standby-cluster].",
            below=tuple(
                _Key(name, "", "true")
                for name in ("automatic", "pointInTimeRecovery", "cluster", "etcd", "standbyCluster")
            ),
        ),
        _Key(
            "peering",
            "Whether the networks of Ledger, Auditor and the clients are connected [network-peering].",
            "true",
        ),
        _Key(
            "clients",
            "The applications that call ScalarDL, each with the networks it calls from. They run in no "
            "cluster of Ledger or Auditor, under administrators of their own [separate-applications, "
            "separate-application-domain, client-reaches-both].",
            "- name: payments\n  administrativeDomain: application-team\n  networks: [10.20.0.0/16]",
        ),
        _domain(
            "ledger",
            "Ledger's domain: one administrator, one cluster, one database. Every key from above may stand "
            "here too, for this domain alone. Names in example.com are placeholders: declare yours "
            "[separate-domains, separate-clusters, two-clusters].",
            in_force,
        ),
        _domain(
            "auditor",
            "Auditor's domain: the same again, and nothing of it in common with Ledger's.",
            in_force,
        ),
    )


def _inherited_size(in_force: InForce) -> str:
    product = in_force("resources.ledger")
    return f"{in_force('replicas.product')} pods of {product['cpu']} cpu and {product['memory']}"


def _tls(stated: Mapping[str, Any], in_force: InForce) -> _Key:
    comment = (
        "Where the certificates on every leg come from: none, secrets (given ones), self-signed (a CA that "
        "cert-manager makes), issuer or cluster-issuer (one of its own, by name) [tls]."
    )
    if "tls.mode" not in stated:
        return _Key("tls", comment, "{mode: cluster-issuer, issuer: company-ca}")
    below = [_Key("mode")]
    if "tls.issuer" in stated:
        below.append(_Key("issuer"))
    if stated["tls.mode"] in CERT_MANAGER:
        below += [_Key("duration", "", "2160h"), _Key("renewBefore", "", "360h")]
    return _Key("tls", comment, below=tuple(below))


def _domain(product: Product, comment: str, in_force: InForce) -> _Key:
    """The keys of a domain, with their comments in the first one."""
    network = _network(product, in_force)
    cpus = 4 if in_force(f"{product}.cluster.provider") == "aks" else 2

    def said(text: str) -> str:
        return text if product == "ledger" else ""

    cluster = _Key(
        "cluster",
        said("Its cluster, and the network that it stands in [private-network, network-ranges]."),
        below=(
            _Key("name"),
            _Key("provider"),
            _Key("region", "", _region(product, in_force)),
            _Key("network", "", str(network)),
            _Key(
                "subnets",
                said(
                    "A private subnet in each zone, /24 or larger; on EKS a public one too, where the NAT "
                    "gateway stands [three-subnets, subnet-size, nat-gateway]."
                ),
                _subnets(product, network, in_force),
            ),
            _Key("privateApi", said("Whether its API endpoint is reached from inside only."), "true"),
            _Key(
                "bastion",
                said("From where the cluster is administered; a range in its network [bastion]."),
                _bastion(network),
            ),
            _Key("nat", said("Whether private nodes reach registries by NAT [nat-gateway]."), "true"),
            _Key(
                "otherPools",
                said("Nodes beside ScalarDL's own [node-groups-by-workload]."),
                # AKS takes no smaller nodes in a system pool.
                f'[{{name: system, purpose: system, nodes: 2, nodeSize: {{cpu: "{cpus}", memory: 8Gi}}}}]',
            ),
            _Key(
                "addOns",
                said(
                    "What else is installed in it [cluster-autoscaler, metrics-server, cloudwatch, gitops]."
                ),
                below=(
                    *(
                        _Key(name, "", "true")
                        for name in ("clusterAutoscaler", "metricsServer", "certManager", "externalSecrets")
                    ),
                    _Key("controlPlaneLogs", "", "true"),
                    _Key("logs", "", "provider"),
                    _Key("prometheusOperator", "", "true"),
                    _Key("policies", "", "kyverno"),
                    _Key("gitops", "", "true"),
                ),
            ),
        ),
    )
    needs = NEEDS.get(str(in_force(f"{product}.database.storage")), ("url",))
    return _Key(
        product,
        comment,
        below=(
            _Key("administrativeDomain"),
            cluster,
            _Key("namespace", said("A namespace of its own [own-namespace].")),
            _Key(
                "address",
                said("The DNS name of the load balancer in front of Envoy [private-access]."),
                f"{product}.scalardl.example.com",
            ),
            _Key(
                "database",
                said(
                    "Its database: dynamo with region, cosmos with uri, jdbc with url, cassandra with hosts. "
                    "User and password are in a Secret [supported-database, database-properties]."
                ),
                below=(_Key("storage"), *map(_Key, needs), *_pools(needs)),
            ),
        ),
    )


def _pools(needs: tuple[str, ...]) -> tuple[_Key, ...]:
    """The keys by which connections are counted, where the database has some."""
    if needs != ("url",):
        return ()
    return (
        _Key("maxConnections", "The connections that it allows [connection-pools].", "4000"),
        _Key("poolSize", "", "20"),
    )


_Range = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(product: Product, in_force: InForce) -> _Range:
    try:
        return ipaddress.ip_network(str(in_force(f"{product}.cluster.network")))
    except ValueError:
        return ipaddress.ip_network(_NETWORKS[product])


def _region(product: Product, in_force: InForce) -> str:
    region = str(in_force(f"{product}.cluster.region"))
    provider = str(in_force(f"{product}.cluster.provider"))
    known = region != "None" and re.fullmatch("[a-z][a-z0-9-]*", region)
    return region if known else _REGIONS.get(provider, "ap-northeast-1")


def _subnets(product: Product, network: _Range, in_force: InForce) -> str:
    """Subnets of the network, one for each zone and three at least; on EKS a public one beside them."""
    zones = in_force("nodePool.zones")
    count = max(3, zones) if isinstance(zones, int) else 3
    provider = str(in_force(f"{product}.cluster.provider"))
    form, region = _ZONES.get(provider, "zone-{number}"), _region(product, in_force)
    # The requirement asks for /24 or larger; IPv6 knows no subnet but /64.
    shorter = min(max(24 if network.version == 4 else 64, network.prefixlen + 2), network.max_prefixlen)
    parts: list[_Range] = list(islice(network.subnets(new_prefix=shorter), count + 1))
    lines = [
        f"- {{zone: {form.format(region=region, letter=letter, number=number)}, network: {part}}}"
        for number, letter, part in zip(range(1, count + 1), ascii_lowercase, parts, strict=False)
    ]
    if provider == "eks" and len(parts) > count:
        # Half of it: the end of a small network is for the bastion.
        part = next(parts[-1].subnets())
        zone = form.format(region=region, letter="a", number=1)
        lines.append(f"- {{zone: {zone}, network: {part}, public: true}}")
    return "\n".join(lines)


def _bastion(network: _Range) -> str:
    """The last addresses of a network, which none of its subnets above has."""
    most = network.max_prefixlen
    length = min(max(most - 4, network.prefixlen + 3), most)
    first = network.broadcast_address - (2 ** (most - length) - 1)
    return f"{first}/{length}"
