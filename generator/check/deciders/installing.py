"""How the release comes into the cluster: registry, schema, chart and Helm versions, namespace."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.check.answers import Said, Spot, beside, met, person, wrong
from generator.check.deciders import argo
from generator.check.evidence import Chart, Declared, Manifests, Side
from generator.check.row import RELEASE, Row
from postrender.manifests.manifest import Manifest, Path
from postrender.manifests.workload import Workload
from profiles.models import DOMAINS
from profiles.scalardl import CHART_LABEL, PRODUCTS, SERVING, Role

SCHEMA_TYPE = "SCHEMA_TYPE"
# J: Helm 3.5 or later.
OLDEST_HELM = (3, 5)
_OURS: tuple[Role, ...] = (*SERVING, "loader", "admin")
_PULLING: tuple[Role, ...] = (*PRODUCTS, "loader")
_HELM = re.compile(r"v?(\d+)\.(\d+)")
_EXACT = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")
# Names in Git that move, where one is looked for at all.
_MOVING = ("", "HEAD", "main", "master")
_INSTANCE = "app.kubernetes.io/instance"
_ARGO_HOOK, _ARGO_WAVE = "argocd.argoproj.io/hook", "argocd.argoproj.io/sync-wave"


def _registry_access(side: Side) -> Iterator[Said]:
    manifests, declared = side.manifests, side.declared
    if manifests and manifests.roles & set(_PULLING):
        for workload in manifests.workloads(*_PULLING):
            yield _pulling(manifests, workload)
    elif declared:
        names = declared.domain.images.pull_secrets
        if names:
            yield met(f"images.pullSecrets names {' and '.join(names)}")
        else:
            yield wrong(
                "registry-access",
                "images.pullSecrets names no Secret, so pods cannot pull images of a private registry",
                "write images: {pullSecrets: [reg-docker-secrets]}",
                declared.spot("images", "pullSecrets"),
            )
    elif manifests:
        yield beside("no ledger, auditor or schema loader is in the manifests")


def _pulling(manifests: Manifests, workload: Workload) -> Said:
    manifest, path = workload.manifest, (*workload.pod, "imagePullSecrets")
    if manifest.maps(*path):
        return met(f"{manifest.title} has a pull secret")
    name = manifest.text(*workload.pod, "serviceAccountName")
    account = manifests.release.named("ServiceAccount", name or "default", manifest.namespace)
    if account and account.maps("imagePullSecrets"):
        return met(f"{account.title} has a pull secret for {manifest.title}")
    if name and account is None:
        return person(
            f"{manifest.title} has no pull secret; its service account {name}, which is not in the "
            "manifests, may have one",
            "manifests",
        )
    return manifests.wrong(
        "registry-access",
        manifest,
        path,
        "its pods have no pull secret, so they cannot pull images of a private registry",
        "name the Secret in the chart's values: imagePullSecrets: [{name: reg-docker-secrets}]",
    )


def _schema_type(side: Side) -> Iterator[Said]:
    manifests, declared = side.manifests, side.declared
    if manifests and "loader" in manifests.roles:
        for workload in manifests.workloads("loader"):
            yield _typed(side, manifests, workload)
    elif declared:
        yield met(f"in the chart made from the deployment file the loader has the type {declared.product}")
    elif manifests:
        yield person("no schema loader is in the manifests; give its release too", "manifests")


def _typed(side: Side, manifests: Manifests, workload: Workload) -> Said:
    manifest, fits = workload.manifest, [each for each in DOMAINS if each in manifests.roles]
    wanted = fits or ([side.product] if side.product else [])
    path, found = _variable(workload)
    if found is None:
        return person(
            f"{manifest.title} takes its {SCHEMA_TYPE} from elsewhere; see that it fits the product"
        )
    if found in DOMAINS and (not wanted or found in wanted):
        if wanted:
            return met(f"{manifest.title} has the type {found}")
        return person(
            f"{manifest.title} makes the tables of {found.title()}; nothing says for whom they are: give it "
            "with --ledger or with --auditor",
            "deployment",
        )
    asked = " or ".join(wanted or DOMAINS)
    problem = f"it makes the tables of {found}" if found in DOMAINS else f"{SCHEMA_TYPE} is {found!r}"
    return manifests.wrong(
        "schema-type",
        manifest,
        path,
        f"{problem if found else f'it does not say whose tables it makes ({SCHEMA_TYPE})'}, where those of "
        f"{asked} are wanted",
        f"write schemaLoading.schemaType: {wanted[0] if wanted else 'ledger or auditor'} in its values",
    )


def _variable(workload: Workload) -> tuple[Path, str | None]:
    """Where the type stands and what it is; None where a ConfigMap or a Secret has it."""
    manifest, elsewhere = workload.manifest, False
    for path, container in workload.own:
        for index, variable in enumerate(manifest.maps(*path, "env")):
            if variable.get("name") == SCHEMA_TYPE:
                at = (*path, "env", str(index))
                return at, manifest.text(*at, "value") if "value" in variable else None
        elsewhere = elsewhere or bool(container.get("envFrom"))
    # A reference in envFrom may hold it, but the charts state it by itself.
    return workload.pod, None if elsewhere else ""


def _schema_before_product(side: Side) -> Iterator[Said]:
    manifests, declared = side.manifests, side.declared
    loaders = manifests.workloads("loader") if manifests else ()
    if manifests and loaders and manifests.roles & set(PRODUCTS):
        for workload in loaders:
            yield _ordered(manifests, workload)
    elif declared:
        yield met("in the chart made from the deployment file a hook runs the loader before the product")
    elif manifests:
        lacking = "the product" if loaders else "the schema loader"
        yield person(f"{lacking} is not in the manifests, so what comes first is up to who installs them")


def _ordered(manifests: Manifests, loader: Workload) -> Said:
    manifest = loader.manifest
    own = _instance(loader)
    others = {_instance(product) for product in manifests.workloads(*PRODUCTS)} - {""}
    if own and others and own not in others:
        return person(
            f"{manifest.title} is of the release {own}, and the product of {' and '.join(sorted(others))}; "
            "see that the loader's release is installed first, and has ended"
        )
    if "pre-install" in manifest.hooks:
        return met(f"{manifest.title} is a hook that Helm runs before the product")
    if "PreSync" in manifest.annotations.get(_ARGO_HOOK, ""):
        return met(f"{manifest.title} is a hook that Argo CD runs before the product")
    if all(_wave(manifest) < _wave(product.manifest) for product in manifests.workloads(*PRODUCTS)):
        return met(f"{manifest.title} is in an earlier sync wave than the product")
    if manifests.live:
        return person(f"whether {manifest.title} ended before the product started, its times tell")
    return manifests.wrong(
        "schema-before-product",
        manifest,
        ("metadata", "annotations"),
        "it starts together with the product, which then may find no tables",
        "make it a hook (helm.sh/hook: pre-install,pre-upgrade), or a release that is installed before",
    )


def _instance(workload: Workload) -> str:
    """The Helm release that it is of, as the charts' label has it; empty where nothing says so."""
    return workload.manifest.labels.get(_INSTANCE) or workload.pod_labels.get(_INSTANCE, "")


def _wave(manifest: Manifest) -> int:
    text = manifest.annotations.get(_ARGO_WAVE, "")
    return int(text) if re.fullmatch(r"[+-]?\d{1,6}", text) else 0


def _chart_versions(side: Side) -> Iterator[Said]:
    manifests = side.manifests
    found = [said for chart in side.charts for said in _of_chart(chart)]
    if manifests:
        found += _of_applications(side, manifests)
        found += _snapshots(manifests)
    yield from found
    if found:
        return
    if side.declared:
        yield met("the charts made from the deployment file have pinned dependencies")
    elif manifests:
        charts = sorted(
            {one.manifest.labels.get(CHART_LABEL, "") for one in manifests.workloads(*_OURS)} - {""}
        )
        made = f"the manifests were made from {' and '.join(charts)}" if charts else "no chart is named"
        yield person(f"{made}; whether a version is given with every installation they do not show", "chart")


def _of_chart(chart: Chart) -> Iterator[Said]:
    below = chart.metadata.get("dependencies")
    several = [each for each in below if isinstance(each, dict)] if isinstance(below, list) else []
    pinned = True
    for index, each in enumerate(several):
        version = str(each.get("version", ""))
        if not _pinned(version):
            pinned = False
            yield wrong(
                "chart-versions",
                f"the dependency {each.get('name')} {_any_of(version)}",
                "write one released version, such as 4.12.0",
                Spot(f"{chart.path.rstrip('/')}/Chart.yaml", path=f"dependencies.{index}.version"),
            )
    if several and pinned:
        yield met(f"each dependency of {chart.path} has one version")


def _pinned(version: str) -> bool:
    return bool(_EXACT.fullmatch(version)) and "snapshot" not in version.lower()


def _any_of(version: str) -> str:
    if "snapshot" in version.lower():
        return f"is {version}, which is no release"
    return f"may be any of {version}" if version else "has no version, so the newest is taken"


def _of_applications(side: Side, manifests: Manifests) -> Iterator[Said]:
    for one in argo.applications(side):
        for path in argo.sources(one):
            yield from _of_source(manifests, one, path)


def _of_source(manifests: Manifests, application: Manifest, path: Path) -> Iterator[Said]:
    revision = application.at(*path, "targetRevision")
    version, chart = str(revision or ""), application.at(*path, "chart")
    if _pinned(version) or "{{" in version:
        yield met(f"{application.title} has one version")
    elif chart or version in _MOVING or re.search(r"[*^~<>=]|snapshot", version, re.IGNORECASE):
        what = f"the chart {chart}" if chart else "its source"
        moves = f"follows {version or 'HEAD'}, which moves" if not chart else _any_of(version)
        cure = "write one released version" if chart else "write a tag or a commit"
        yield manifests.wrong(
            "chart-versions", application, (*path, "targetRevision"), f"{what} {moves}", cure
        )


def _snapshots(manifests: Manifests) -> Iterator[Said]:
    for workload in manifests.workloads(*_OURS):
        chart = workload.manifest.labels.get(CHART_LABEL, "")
        if "snapshot" in chart.lower():
            yield manifests.wrong(
                "chart-versions",
                workload.manifest,
                ("metadata", "labels", CHART_LABEL),
                f"it comes from the chart {chart}, which is no release and changes without a new version",
                "install a released version",
            )


def _helm_version(side: Side) -> Iterator[Said]:
    for chart in side.charts:
        found = _HELM.match(chart.helm)
        if not found:
            yield person(f"Helm calls its version {chart.helm[:40]!r}; see that it is 3.5 or later")
        elif (int(found[1]), int(found[2])) < OLDEST_HELM:
            yield wrong(
                "helm-version",
                f"the Helm here is {chart.helm.partition('+')[0]}, older than 3.5",
                "install Helm 3.5 or later where charts are installed from",
                Spot(chart.path),
            )
        else:
            yield met(f"the Helm here is {chart.helm.partition('+')[0]}")


def _own_namespace(side: Side) -> Iterator[Said]:
    manifests, declared = side.manifests, side.declared
    if manifests and manifests.roles & set(_OURS):
        unknown = False
        for workload in manifests.workloads(*_OURS):
            said = _placed(manifests, workload, declared)
            unknown = unknown or said is None
            if said:
                yield said
        if unknown:
            yield person("the manifests state no namespace; say where they go with --namespace", "deployment")
    elif declared:
        yield met(f"the release goes into the namespace {declared.domain.namespace}")
    elif manifests:
        yield beside("nothing of ScalarDL is in the manifests")


def _placed(manifests: Manifests, workload: Workload, declared: Declared | None) -> Said | None:
    namespace = workload.manifest.namespace or (declared.domain.namespace if declared else None)
    if namespace is None:
        return None
    shared = namespace in manifests.policy.network.monitoring_namespaces
    if namespace != "default" and not namespace.startswith("kube-") and not shared:
        return met(f"ScalarDL is in the namespace {namespace}")
    return manifests.wrong(
        "own-namespace",
        workload.manifest,
        ("metadata", "namespace"),
        f"it is in the namespace {namespace}, which is {_whose(namespace, shared)}",
        "install the release into a namespace of its own",
    )


def _whose(namespace: str, shared: bool) -> str:
    if shared:
        return "that of the monitoring"
    return "where everything goes that names none" if namespace == "default" else "the cluster's own"


ROWS: dict[str, Row] = {
    "registry-access": Row(RELEASE, _registry_access),
    "schema-type": Row(RELEASE, _schema_type),
    "schema-before-product": Row(RELEASE, _schema_before_product),
    "chart-versions": Row(("chart", *RELEASE), _chart_versions),
    "helm-version": Row(("chart",), _helm_version),
    "own-namespace": Row(RELEASE, _own_namespace),
}
