"""Whether the applications are apart from Ledger and Auditor: in clusters and hands of their own."""

from __future__ import annotations

from collections.abc import Iterator

from generator.check.answers import Said, met, person, wrong
from generator.check.deciders.calls import given, has_auditor
from generator.check.deciders.separation import declared_of
from generator.check.evidence import Declared, Evidence, Manifests
from generator.check.row import Row
from postrender.manifests.workload import Workload
from profiles import scalardl
from profiles.callers import same_people
from profiles.domains import standing
from profiles.models import DOMAINS

# What a cluster runs for itself: a part of an image's path, or its last part, which may go on after a dash.
_INFRASTRUCTURE = frozenset(
    ("adot", "alertmanager", "argocd", "argoproj", "aws-ebs-csi-driver", "aws-efs-csi-driver",
     "aws-for-fluent-bit", "aws-load-balancer-controller", "aws-node", "azuredisk-csi", "azurefile-csi",
     "blackbox-exporter", "calico", "cert-manager", "cilium", "cloudwatch-agent", "cluster-autoscaler",
     "cluster-proportional-autoscaler", "configmap-reload", "coredns", "csi-attacher", "csi-provisioner",
     "csi-resizer", "csi-snapshotter", "ebs-csi", "external-dns", "external-secrets", "flannel",
     "fluent-bit", "fluentd", "fluxcd", "gatekeeper", "grafana", "ingress-nginx", "istio", "jetstack",
     "k8s-sidecar", "karpenter", "kedacore", "kiali", "konnectivity", "kube-proxy", "kube-rbac-proxy",
     "kube-state-metrics", "kube-vip", "kube-webhook-certgen", "kubernetes-dashboard", "kured", "kyverno",
     "kyvernopre", "linkerd", "livenessprobe", "metallb", "metrics-server", "nginx-ingress",
     "node-exporter", "node-problem-detector", "oauth2-proxy", "openpolicyagent",
     "opentelemetry-collector", "opentelemetry-operator", "otel-collector", "prometheus", "promtail",
     "pushgateway", "scalar-manager", "sealed-secrets-controller", "secrets-store-csi-driver",
     "snapshot-controller", "thanos", "tigera", "traefik", "trivy-operator", "trust-manager", "velero")
)  # fmt: skip
# Names that are words of every day, and databases, which are no clients either: the whole name only.
_WHOLE = frozenset(
    ("alloy", "cassandra", "dex", "loki", "mariadb", "mysql", "pause", "postgres", "postgresql", "reloader",
     "tempo", "vault", "vector")
)  # fmt: skip
_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "gatekeeper-system", "gmp-system")
# Registries of Kubernetes and of the providers, for what a cluster itself runs.
_REGISTRIES = ("registry.k8s.io", "k8s.gcr.io", "gke.gcr.io", "mcr.microsoft.com/oss/kubernetes")
_LABELS = ("app.kubernetes.io/part-of", "app.kubernetes.io/name")


def _applications(evidence: Evidence) -> Iterator[Said]:
    """separate-applications: no application beside Ledger or Auditor, in the manifests or as declared."""
    found = [said for _, manifests in given(evidence) for said in _beside(manifests)]
    yield from found
    declared = declared_of(evidence)
    if declared:
        several = list(_declared(declared))
        yield from several
        if several and any(said.finding for said in several):
            return
    if found:
        return
    if declared and declared.resolved.profile.clients:
        names = ", ".join(client.name for client in declared.resolved.profile.clients)
        yield met(f"the declared clients ({names}) run elsewhere")
    elif _whole_clusters(evidence):
        yield met("no application is among the workloads of the clusters")
    elif declared or given(evidence):
        yield person(
            "where the applications run is not declared; write clients in the deployment file, or give what "
            "kubectl get deployments,statefulsets,cronjobs -A -o yaml prints in both clusters",
            "deployment",
            "manifests",
        )


def _beside(manifests: Manifests) -> Iterator[Said]:
    """The workloads beside a product that are neither ScalarDL's nor known as a cluster's own."""
    products = [
        one for one in manifests.workloads(*scalardl.SERVING) if not one.is_hook and one.role != "envoy"
    ]
    for one in manifests.workloads("other") if products else ():
        image = _application(one)
        if image is not None:
            yield manifests.wrong(
                "separate-applications", one.manifest, (),
                f"it runs {image} in the cluster of {products[0].manifest.title}",
                "run applications in a cluster of their own; if it is no client of ScalarDL, exempt it with "
                "a reason",
            )  # fmt: skip


def _application(workload: Workload) -> str | None:
    """The image that makes it an application; None where it is none."""
    manifest = workload.manifest
    if workload.is_hook or manifest.kind == "DaemonSet" or manifest.namespace in _NAMESPACES:
        return None
    if any(_known(manifest.labels.get(label, "")) for label in _LABELS):
        return None
    images = [str(container.get("image") or "") for _, container in workload.containers("containers")]
    return next((image or "no image that is named" for image in images if not _of_cluster(image)), None)


def _of_cluster(image: str) -> bool:
    """Whether the image is of what a cluster runs for itself."""
    path = image.partition("@")[0]
    parts = path.split("/")
    *folders, last = parts[1:] if len(parts) > 1 and ("." in parts[0] or ":" in parts[0]) else parts
    name = last.partition(":")[0]
    return (
        path.startswith(_REGISTRIES) or any(folder in _INFRASTRUCTURE for folder in folders) or _known(name)
    )


def _known(name: str) -> bool:
    """Whether it is one of the known names, or of most of them one with more behind a dash."""
    parts = name.lower().split("-")
    begins = ("-".join(parts[:count]) for count in range(1, len(parts) + 1))
    return name.lower() in _WHOLE or any(each in _INFRASTRUCTURE for each in begins)


def _whole_clusters(evidence: Evidence) -> bool:
    """Whether all that runs beside each product was given."""
    several = [manifests for _, manifests in given(evidence) if manifests.workloads(*DOMAINS)]
    seen = {role for manifests in several for role in manifests.roles}
    return seen.issuperset(standing(has_auditor(evidence))) and all(map(_whole_cluster, several))


def _whole_cluster(manifests: Manifests) -> bool:
    """Whether they are the workloads of all namespaces, as `kubectl get -A` prints them."""
    return manifests.live and any(one.manifest.namespace == "kube-system" for one in manifests.workloads())


def _declared(declared: Declared) -> Iterator[Said]:
    """Where separation is only advised: what it lets pass. The other contradictions profiles refuse."""
    profile = declared.resolved.profile
    if profile.separation != "advised":
        return
    for product in standing(profile.auditor_mode):
        domain = profile.domain(product)
        together = [client.name for client in profile.clients if client.cluster == domain.cluster.name]
        if domain.network.clients_in_cluster or together:
            who = " and ".join(together) or "applications"
            yield wrong(
                "separate-applications",
                f"{who} may run in the cluster of {product.title()}, which separation: advised lets pass "
                "for tests only",
                "write separation: required and network.clientsInCluster: false, and run them elsewhere",
                declared.spot("separation"),
            )
            return


def _hands(evidence: Evidence) -> Iterator[Said]:
    """separate-application-domain: who administers the applications, as declared."""
    declared = declared_of(evidence)
    if declared is None:
        return
    profile = declared.resolved.profile
    products = standing(profile.auditor_mode)
    if not profile.clients:
        yield person(
            "who administers the applications is not declared; write clients: [{name: ..., "
            "administrativeDomain: ..., networks: [...]}]",
            "deployment",
        )
        return
    same = [
        (client.name, product)
        for product in products
        for client in profile.clients
        if same_people(client.administrative_domain, profile.domain(product).administrative_domain)
    ]
    for name, product in same[:1] if profile.separation == "advised" else ():
        yield wrong(
            "separate-application-domain",
            f"{name} is administered as {product.title()} is, which separation: advised lets pass for tests "
            "only",
            "write separation: required, and name another administrativeDomain",
            declared.spot("separation"),
        )
    if same:
        return
    unstated = [
        product for product in products if (product, "administrativeDomain") not in declared.resolved.declared
    ]
    if unstated:
        yield person(
            f"who administers {unstated[0].title()} is not declared; write "
            f"{unstated[0]}.administrativeDomain",
            "deployment",
        )
    else:
        owners = ", ".join(dict.fromkeys(client.administrative_domain for client in profile.clients))
        yield met(f"the applications are administered by {owners}, as declared")


ROWS: dict[str, Row] = {
    "separate-applications": Row(("deployment", "manifests"), whole=_applications),
    "separate-application-domain": Row(("deployment",), whole=_hands),
}
