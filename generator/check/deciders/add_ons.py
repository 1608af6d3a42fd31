"""What a deployment file declares of add-ons, monitoring and backups; manifests show some of it too."""

from __future__ import annotations

from collections.abc import Iterator

from generator.check.answers import Said, met, person, wrong
from generator.check.deciders import argo
from generator.check.deciders.autoscaling import scaled_by_keda
from generator.check.deciders.facts import (
    Fact,
    Facts,
    not_on_eks,
    of_fact,
    provider,
    runs,
    scales,
    undeclared,
    without_scaling,
)
from generator.check.evidence import Declared, Manifests, Side
from generator.check.row import Row
from postrender.manifests.manifest import Manifest
from profiles.product import MonitoringStack
from profiles.quantities import parse
from profiles.scalardl import SERVING

_LOG_AGENTS = ("fluent-bit", "fluentd", "promtail", "alloy", "vector", "filebeat")
_LOGS = ("cluster", "addOns", "logs")
_OPERATOR = ("cluster", "addOns", "prometheusOperator")
_AUTOSCALER = ("cluster", "addOns", "clusterAutoscaler")
# What the guide keeps telemetry for, and on how much.
_KEPT = MonitoringStack()
_ENFORCE = "pod-security.kubernetes.io/enforce"
# Of Argo CD, on what it deploys: https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
_TRACKED = ("argocd.argoproj.io/tracking-id", "argocd.argoproj.io/instance")
# What keeps workloads to standards, by the API groups of their policies.
_ENGINES = {"kyverno.io": "Kyverno", "constraints.gatekeeper.sh": "Gatekeeper"}


def _cluster_autoscaler(side: Side) -> Iterator[Said]:
    by_keda = scaled_by_keda(side)
    if by_keda and not runs(side.manifests, "cluster-autoscaler", "karpenter"):
        yield person(
            f"{by_keda} changes the number of pods; see that a cluster autoscaler adds nodes for them"
        )
        return
    if scales(side) is None and not by_keda:
        return
    running = runs(side.manifests, "cluster-autoscaler", "karpenter")
    if not scales(side) and not by_keda:
        yield from without_scaling(side)
    elif running:
        yield met(f"{running} is in the manifests")
    elif side.declared:
        pool = side.declared.domain.node_pool
        # That a pool cannot grow without an autoscaler is refused when the file is loaded.
        if pool and pool.max_nodes and not side.declared.domain.cluster.add_ons.cluster_autoscaler:
            return
        fact = Fact(
            _AUTOSCALER,
            "pods scale by load, and no cluster autoscaler adds nodes for them",
            "install one and write clusterAutoscaler: true, with nodePool.maxNodes above nodes",
        )
        said = of_fact("cluster-autoscaler", fact, side.declared)
        grows = pool is not None and (pool.max_nodes or 0) > pool.nodes
        if said.status == "met" and not grows:
            said = _no_growth(side.declared)
        yield said


def _no_growth(declared: Declared) -> Said:
    at = ("nodePool", "maxNodes")
    if not declared.stated(*at):
        return person("nodePool.maxNodes is not declared; write how far the nodes may grow", "deployment")
    return wrong(
        "cluster-autoscaler",
        "the cluster autoscaler is there, but nodePool.maxNodes is not above nodes",
        "write how many nodes there may be with all the pods that the autoscaler may add",
        declared.spot(*at),
    )


def _metrics_server(side: Side) -> Iterator[Said]:
    scaled, declared = scales(side), side.declared
    # Where the profile itself asks for autoscaling, a missing server is refused when the file is loaded.
    if declared and declared.domain.autoscaling and not declared.domain.cluster.add_ons.metrics_server:
        return
    by_keda = scaled_by_keda(side)
    if by_keda and not runs(side.manifests, "metrics-server"):
        yield person(f"{by_keda} changes the number of pods; see that a metrics server tells what they use")
    elif scaled or by_keda:
        yield from _METRICS_SERVER(side)
    elif scaled is False:
        yield from without_scaling(side)


_METRICS_SERVER = Facts(
    "metrics-server",
    Fact(
        ("cluster", "addOns", "metricsServer"),
        "a HorizontalPodAutoscaler is in the manifests, and no metrics server tells it what pods use",
        "install one and write metricsServer: true",
    ),
    shown_by=("metrics-server",),
)


def _by_stack(side: Side) -> Iterator[Said]:
    if side.declared and side.declared.domain.monitoring.stack:
        yield met("monitoring.stack brings Prometheus, Grafana, Loki and their agents with the release")


def _collects(side: Side) -> Iterator[Said]:
    running = runs(side.manifests, *_LOG_AGENTS, kinds=("DaemonSet",))
    if running:
        yield met(f"{running} is in the manifests")
    else:
        yield from _by_stack(side)


def _cloudwatch(side: Side) -> Iterator[Said]:
    both = [runs(side.manifests, word, kinds=("DaemonSet",)) for word in ("cloudwatch-agent", "fluent-bit")]
    if all(both):
        yield met(f"{both[0]} and {both[1]} are in the manifests")
    else:
        yield from not_on_eks(side)


def _observability(side: Side) -> Iterator[Said]:
    """The operator, and Loki; where the provider keeps the logs, the guides ask for two different things."""
    parts = [runs(side.manifests, word) for word in ("prometheus-operator", "loki", "grafana")]
    parts.append(runs(side.manifests, *_LOG_AGENTS, kinds=("DaemonSet",)))
    if all(parts):
        yield met(f"{', '.join(parts)} are in the manifests")
        return
    before = list(_by_stack(side))
    yield from before
    if before or not side.declared:
        return
    fact = Fact(_OPERATOR, "the Prometheus operator is declared not to run", "install it and write true")
    yield of_fact("observability-stack", fact, side.declared)
    logs = side.declared.domain.cluster.add_ons.logs
    if not side.declared.stated(*_LOGS):
        yield undeclared(side.declared, _LOGS, "who collects them: provider, loki or other")
    elif logs == "provider":
        yield person(
            "the logs go to the provider and not to Loki; look whether metrics and logs are seen in one place"
        )
    elif logs != "loki":
        yield wrong(
            "observability-stack",
            "nobody collects the logs" if logs is None else "the logs go to something else than Loki",
            "install Loki with Fluent Bit or Alloy and write logs: loki",
            side.declared.spot(*_LOGS),
        )


def _retention(side: Side) -> Iterator[Said]:
    if not side.declared:
        return
    stack = side.declared.domain.monitoring.stack
    if stack is None:
        yield person("monitoring.stack is null: Prometheus and Loki are your own; look what they keep")
        return
    found = False
    for name, has, least in (
        ("retentionDays", stack.retention_days, _KEPT.retention_days),
        ("metricsStorage", stack.metrics_storage, _KEPT.metrics_storage),
        ("logsStorage", stack.logs_storage, _KEPT.logs_storage),
    ):
        if parse(has) < parse(least):
            found = True
            yield wrong(
                "telemetry-retention",
                f"monitoring.stack.{name} is {has}, less than the {least} of the guide",
                f"write {least} or more",
                side.declared.spot("monitoring", "stack", name),
            )
    if not found:
        yield met(
            f"monitoring.stack keeps {stack.retention_days} days, on {stack.metrics_storage} and "
            f"{stack.logs_storage}"
        )


def _etcd(side: Side) -> Iterator[Said]:
    # Whatever is declared: there it is nobody else's.
    if provider(side) in ("eks", "aks", "gke"):
        yield met("the provider runs the control plane and backs its etcd up")


def _argo(side: Side) -> Iterator[Said]:
    """Applications of ScalarDL, or workloads of its that Argo CD tracks."""
    several = argo.applications(side)
    ours = side.manifests.workloads(*SERVING) if side.manifests else ()
    tracked = [
        one.manifest
        for one in ours
        if any(name in one.manifest.annotations or name in one.manifest.labels for name in _TRACKED)
    ]
    if several:
        yield met(f"{several[0].title} is in the manifests")
    elif tracked:
        yield met(f"Argo CD tracks {tracked[0].title}")


def _admission(side: Side) -> Iterator[Said]:
    manifests = side.manifests
    for one in manifests.release.manifests if manifests else ():
        if one.group in _ENGINES:
            yield met(f"policies of {_ENGINES[one.group]} are in the manifests, such as {one.title}")
            return
    engine = _engine(side.declared)
    if engine:
        yield engine
    elif manifests and _namespaces(manifests):
        for namespace in _namespaces(manifests):
            yield _by_labels(side, manifests, namespace)
    elif side.declared:
        yield met("the labels of the bundle's namespace.yaml make the API server keep to Pod Security")


def _engine(declared: Declared | None) -> Said | None:
    """The policies that are declared to run, beside the labels of a namespace."""
    if declared and declared.stated("cluster", "addOns", "policies"):
        policies = declared.domain.cluster.add_ons.policies
        if policies != "pod-security":
            return met(f"{policies.title()} is declared")
    return None


def _namespaces(manifests: Manifests) -> list[Manifest]:
    """The Namespaces in which ScalarDL's workloads are installed."""
    named = {one.manifest.namespace for one in manifests.workloads("ledger", "auditor", "envoy", "loader")}
    return [one for one in manifests.release.of_kind("Namespace") if one.name in named]


def _by_labels(side: Side, manifests: Manifests, namespace: Manifest) -> Said:
    level = namespace.labels.get(_ENFORCE, "")
    if level in ("baseline", "restricted"):
        return met(f"{namespace.title} enforces the Pod Security level {level}")
    problem = f"it enforces the Pod Security level {level}" if level else f"it has no label {_ENFORCE}"
    if side.declared is None:
        # Another engine may run in the cluster.
        return person(f"{namespace.title}: {problem}; look for policies of Kyverno or Gatekeeper")
    return manifests.wrong(
        "admission-policies",
        namespace,
        ("metadata", "labels"),
        f"{problem}, and no other policies are declared",
        f"the label {_ENFORCE}: restricted, or Kyverno and cluster.addOns.policies: kyverno",
    )


ROWS: dict[str, Row] = {
    "cluster-autoscaler": Row(("manifests", "deployment"), _cluster_autoscaler),
    "metrics-server": Row(("manifests", "deployment"), _metrics_server),
    "control-plane-monitoring": Row(
        ("deployment",),
        Facts(
            "control-plane-monitoring",
            Fact(
                ("cluster", "addOns", "controlPlaneLogs"),
                "nobody monitors the control plane or keeps its logs",
                "switch its logs on at the provider and write controlPlaneLogs: true",
            ),
        ),
    ),
    "cloudwatch": Row(
        ("deployment", "manifests"),
        Facts(
            "cloudwatch",
            Fact(
                _LOGS,
                "CloudWatch's agents collect neither metrics nor logs",
                "install the CloudWatch agent and Fluent Bit and write logs: provider",
                "provider if CloudWatch's agents collect them",
                lambda logs: logs == "provider",
            ),
            first=_cloudwatch,
        ),
    ),
    "collect-logs": Row(
        ("deployment", "manifests"),
        Facts(
            "collect-logs",
            Fact(
                _LOGS,
                "nobody collects the logs of the pods",
                "install a collector and write logs: provider, loki or other",
                "who collects them: provider, loki or other",
            ),
            first=_collects,
        ),
    ),
    "observability-stack": Row(("deployment", "manifests"), _observability),
    "telemetry-retention": Row(("deployment",), _retention),
    "database-backup": Row(
        ("deployment",),
        Facts(
            "database-backup",
            Fact(
                ("backup", "automatic"),
                "the database's automatic backups are off",
                "switch them on and write automatic: true",
            ),
            Fact(
                ("backup", "pointInTimeRecovery"),
                "the database cannot be set back to any moment",
                "switch point-in-time recovery on and write pointInTimeRecovery: true",
            ),
        ),
    ),
    "etcd-backup": Row(
        ("deployment", "nodes"),
        Facts(
            "etcd-backup",
            Fact(
                ("backup", "etcd"),
                "etcd is not backed up, or its restore is not tested",
                "take snapshots on a schedule, try to restore one, and write etcd: true",
            ),
            first=_etcd,
        ),
    ),
    "velero": Row(
        ("deployment", "manifests"),
        Facts(
            "velero",
            Fact(
                ("backup", "cluster"),
                "nothing backs the cluster's objects up",
                "install Velero with a schedule and write cluster: true",
            ),
            shown_by=("velero",),
        ),
    ),
    "standby-cluster": Row(
        ("deployment",),
        Facts(
            "standby-cluster",
            Fact(
                ("backup", "standbyCluster"),
                "no other cluster can replace this one when it fails",
                "keep one ready and write standbyCluster: true",
            ),
        ),
    ),
    "gitops": Row(
        ("deployment", "manifests"),
        Facts(
            "gitops",
            Fact(
                ("cluster", "addOns", "gitops"),
                "nothing keeps the cluster as it is in version control",
                "install Argo CD with an Application for each release and write gitops: true",
            ),
            first=_argo,
        ),
    ),
    "admission-policies": Row(("manifests", "deployment"), _admission),
}
