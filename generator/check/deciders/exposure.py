"""Which Services and Ingresses open ScalarDL to the outside of its cluster, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from generator.check.answers import Said, beside, met, person
from generator.check.deciders import facts, node_objects
from generator.check.evidence import Declared, Manifests, Side
from generator.check.row import RELEASE, Row
from generator.values.envoy import INTERNAL
from postrender.manifests import envoy
from postrender.manifests.manifest import Manifest, Path
from postrender.proof.reachability.declared import components
from postrender.proof.reachability.pods import Pods
from profiles import scalardl
from profiles.deployment import Provider

_OUTSIDE = ("LoadBalancer", "NodePort")


class _Sign(NamedTuple):
    """An annotation of a load balancer: the values (small letters) that make it internal, and public."""

    key: str
    provider: Provider
    internal: tuple[str, ...]
    public: tuple[str, ...]


_ANY = ("*",)
# By the providers' pages on internal load balancers. Those of no provider here are of others.
_SIGNS = (
    _Sign("service.beta.kubernetes.io/aws-load-balancer-internal", "eks", ("true", "0.0.0.0/0"), ("false",)),
    _Sign("service.beta.kubernetes.io/aws-load-balancer-scheme", "eks", ("internal",), ("internet-facing",)),
    _Sign("service.beta.kubernetes.io/azure-load-balancer-internal", "aks", ("true",), ("false",)),
    _Sign("networking.gke.io/load-balancer-type", "gke", ("internal",), ("external",)),
    _Sign("cloud.google.com/load-balancer-type", "gke", ("internal",), ("external",)),
    _Sign("service.beta.kubernetes.io/openstack-internal-load-balancer", "none", ("true",), ("false",)),
    _Sign("service.beta.kubernetes.io/oci-load-balancer-internal", "none", ("true",), ("false",)),
    _Sign(
        "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", "none", ("private",), ("public",)
    ),
    _Sign(
        "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type",
        "none",
        ("intranet",),
        ("internet",),
    ),
    _Sign("service.kubernetes.io/qcloud-loadbalancer-internal-subnetid", "none", _ANY, ()),
)
_AWS_TYPE = "service.beta.kubernetes.io/aws-load-balancer-type"
# The AWS Load Balancer Controller and EKS Auto Mode make internal ones where nothing else is said.
_AWS_CLASSES = ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb")
_AWS_TYPES = ("external", "nlb-ip")
_SCHEME = "alb.ingress.kubernetes.io/scheme"


def _private_access(side: Side) -> Iterator[Said]:
    manifests, declared = side.manifests, side.declared
    if manifests is None:
        if declared:
            yield _declared(declared)
        return
    several = _serving(manifests)
    if not several:
        yield beside("neither Envoy nor a product is in the manifests")
        return
    provider = facts.provider(side)
    found = dict.fromkeys(each for one in several for each in _of_pods(manifests, one, provider))
    yield from found or [
        person(
            "no Service in the manifests leads in from outside of the cluster; how applications come, a "
            "gateway or another Service shows"
        )
    ]


def _declared(declared: Declared) -> Said:
    balancer, provider = declared.domain.load_balancer, declared.domain.cluster.provider
    if balancer.type == "none":
        return met("loadBalancer.type is none: only callers in the cluster reach Envoy")
    if provider != "none":
        return met(f"the values made from it ask {provider} for an internal load balancer")
    if any(_internal(key, value) for key, value in balancer.annotations.items()):
        return met("loadBalancer.annotations make the load balancer an internal one")
    return person(
        "cluster.provider is none, so no annotation is known that makes the load balancer internal; see "
        "that its address is a private one, or write it below loadBalancer.annotations"
    )


def _serving(manifests: Manifests) -> list[Pods]:
    return [one for one in components(manifests.world) if one.workload.role in scalardl.SERVING]


def _of_pods(manifests: Manifests, one: Pods, provider: Provider | None) -> Iterator[Said]:
    """What is said of each Service and each Ingress before the pods."""
    for service in manifests.world.near.services(one.workload):
        kind = service.text("spec", "type")
        if kind == "LoadBalancer":
            yield _balancer(manifests, service, provider)
        elif kind == "NodePort":
            yield _node_port(manifests, service)
        for address in service.list("spec", "externalIPs"):
            if node_objects.is_public(address):
                yield manifests.wrong(
                    "private-access", service, ("spec", "externalIPs"),
                    f"it takes calls at {address}, a public address", "delete it",
                )  # fmt: skip
    for ingress in _ingresses(manifests, one):
        scheme = ingress.annotations.get(_SCHEME, "")
        if scheme == "internet-facing":
            yield manifests.wrong(
                "private-access", ingress, ("metadata", "annotations", _SCHEME),
                "it faces the internet, and applications are to come over a private network",
                f"write {_SCHEME}: internal",
            )  # fmt: skip
        elif scheme == "internal":
            yield met(f"{ingress.title} is internal")
        else:
            yield person(f"{ingress.title} leads to it; see that its controller has a private address")


def _balancer(manifests: Manifests, service: Manifest, provider: Provider | None) -> Said:
    annotations = service.annotations
    signs = [sign for sign in _SIGNS if annotations.get(sign.key, "")]
    for sign in signs:
        value = annotations[sign.key]
        if value.lower() in sign.public:
            return _wrong(
                manifests, service, ("metadata", "annotations", sign.key),
                f"{sign.key.rpartition('/')[2]}: {value} makes its load balancer face the internet", provider,
            )  # fmt: skip
    given = [entry for entry in service.maps("status", "loadBalancer", "ingress") if entry.get("ip")]
    for entry in given:
        if node_objects.is_public(entry["ip"]):
            return _wrong(
                manifests, service, ("status", "loadBalancer"),
                f"its load balancer has the public address {entry['ip']}", provider,
            )  # fmt: skip
    internal = [sign for sign in signs if _internal(sign.key, annotations[sign.key])]
    known = [sign for sign in internal if provider in (None, "none", sign.provider)]
    aws = (
        annotations.get(_AWS_TYPE) in _AWS_TYPES or service.text("spec", "loadBalancerClass") in _AWS_CLASSES
    )
    if known or given or (aws and provider in (None, "eks")):
        return met(f"the load balancer of {service.title} is an internal one")
    if provider == "none":
        return person(f"see that the load balancer of {service.title} has a private address")
    if internal:
        return _wrong(
            manifests, service, ("metadata", "annotations"),
            f"{internal[0].key.rpartition('/')[2]} says nothing to {provider}, whose load balancer is public",
            provider,
        )  # fmt: skip
    return _wrong(
        manifests, service, ("spec", "type"),
        "no annotation makes its load balancer an internal one, so that it may face the internet", provider,
    )  # fmt: skip


def _wrong(
    manifests: Manifests, service: Manifest, path: Path, problem: str, provider: Provider | None
) -> Said:
    return manifests.wrong("private-access", service, path, problem, f"annotate it with {_cure(provider)}")


def _cure(provider: Provider | None) -> str:
    """The annotation that makes a load balancer of that provider an internal one."""
    key, value = next(iter(INTERNAL[provider if provider not in (None, "none") else "eks"].items()))
    if provider in (None, "none"):
        return f"your provider's sign of an internal one, such as {key}: {value!r}"
    return f"{key}: {value!r}"


def _internal(key: str, value: str) -> bool:
    return any(
        sign.key == key and (sign.internal == _ANY or value.lower() in sign.internal) for sign in _SIGNS
    )


def _node_port(manifests: Manifests, service: Manifest) -> Said:
    public = [node.name for node in manifests.nodes if node_objects.in_the_internet(node)]
    if public:
        return manifests.wrong(
            "private-access", service, ("spec", "type"),
            f"it is a NodePort, and the node {public[0]} has a public address",
            "write type: LoadBalancer, with the annotation of an internal one",
        )  # fmt: skip
    if manifests.nodes:
        return met(f"{service.title} is a NodePort of nodes without a public address")
    return person(f"{service.title} is a NodePort: see that no node has a public address", "nodes")


def _ingresses(manifests: Manifests, one: Pods) -> list[Manifest]:
    """The Ingresses that lead to a Service of the pods."""
    names = {(each.name, each.namespace) for each in manifests.world.near.services(one.workload)}
    return [
        ingress
        for ingress in manifests.release.of_kind("Ingress")
        if any((name, ingress.namespace) in names for name in _backends(ingress.at("spec")))
    ]


def _backends(value: object) -> Iterator[str]:
    """The names of the Services in an Ingress, wherever they stand."""
    if isinstance(value, dict):
        service = value.get("service")
        if isinstance(service, dict) and isinstance(service.get("name"), str):
            yield service["name"]
        if isinstance(value.get("serviceName"), str):
            yield value["serviceName"]
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _backends(each)


def _in_cluster(side: Side) -> Iterator[Said]:
    """A product with an Envoy before it is reached by that alone, within the cluster."""
    manifests = side.manifests
    if manifests is None:
        if side.declared:
            yield met("the charts give the product ClusterIP Services only, and Envoy calls it by these")
        return
    products = [one for one in _serving(manifests) if one.workload.role != "envoy"]
    if not products:
        yield beside("neither Ledger nor Auditor is in the manifests")
        return
    fronted = {pods.workload.manifest for pods in _behind_envoy(manifests)}
    found = False
    for one in products:
        own, alone = one.workload, one.workload.manifest not in fronted
        for service in manifests.world.near.services(own):
            opened = _opened(service)
            # Without Envoy the endpoint of the chart takes the place of its load balancer.
            if opened and not (alone and service.text("spec", "type") in _OUTSIDE):
                found = True
                yield manifests.wrong(
                    "in-cluster-traffic", service, ("spec", "type"),
                    f"it opens the pods of {own.manifest.title} to the outside of the cluster ({opened}), "
                    "past Envoy",
                    "write type: ClusterIP, and let callers from outside come through Envoy's Service",
                )  # fmt: skip
        for ingress in [] if alone else _ingresses(manifests, one):
            found = True
            yield manifests.wrong(
                "in-cluster-traffic", ingress, ("spec",),
                f"it leads to the pods of {own.manifest.title} from outside of the cluster, past Envoy",
                "lead it to Envoy's Service, or delete it",
            )  # fmt: skip
    if not found:
        yield met("no Service takes what is said between Envoy and the product out of the cluster")


def _behind_envoy(manifests: Manifests) -> list[Pods]:
    several = envoy.fronts(manifests.world.near)
    return [one for one in _serving(manifests) if several.get(one.workload.manifest)]


def _opened(service: Manifest) -> str:
    """By what a Service is reached from outside; empty where it is not."""
    kind = service.text("spec", "type")
    if kind in _OUTSIDE:
        return f"type {kind}"
    return "externalIPs" if service.list("spec", "externalIPs") else ""


ROWS: dict[str, Row] = {
    "in-cluster-traffic": Row(RELEASE, _in_cluster),
    "private-access": Row(RELEASE, _private_access),
}
