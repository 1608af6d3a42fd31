"""What watches the components: ServiceMonitors, alerting rules, dashboards.

Each may as well come with another release: that none is in the manifests is no finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from generator.check.answers import Said, beside, met, person, wrong
from generator.check.evidence import Declared, Manifests, Side
from generator.check.row import RELEASE, Row
from postrender.manifests import selectors
from postrender.manifests.manifest import Manifest
from postrender.manifests.workload import Workload
from profiles.names import seconds
from profiles.scalardl import SERVING

# K: a ServiceMonitor reads the metrics every 30 s.
SECONDS = 30
# Prometheus knows days, weeks and years beside the units of other durations.
_LONG = re.compile("[0-9][dwy]")
_GROUP = "monitoring.coreos.com"
_INSTANCE = "app.kubernetes.io/instance"
_DASHBOARD = "grafana_dashboard"

Watching = Callable[[Manifests, Workload], list[Manifest]]


def _watched(
    side: Side, watching: Watching, what: str, of_profile: Callable[[Declared], Said]
) -> Iterator[Said]:
    """Whether each component has such an object; where not, what the profile says, or a person."""
    manifests, declared = side.manifests, side.declared
    serving = manifests.workloads(*SERVING) if manifests else ()
    lacking = [one for one in serving if manifests and not watching(manifests, one)]
    if serving and not lacking:
        yield met(f"a {what} for each component is in the manifests")
        return
    by_profile = of_profile(declared) if declared else None
    if serving and (by_profile is None or by_profile.status == "met"):
        names = " and ".join(one.manifest.title for one in lacking)
        before = f"{by_profile.text}, and " if by_profile else ""
        missing = RELEASE if by_profile is None else ("manifests",)
        yield person(
            f"{before}no {what} for {names} is in the manifests; it may come from elsewhere", *missing
        )
    elif by_profile:
        yield by_profile
    elif manifests:
        yield beside(f"no {' or '.join(SERVING)} is in the manifests")


def _monitor_components(side: Side) -> Iterator[Said]:
    return _watched(side, _readers, "ServiceMonitor or PodMonitor", _of_monitoring)


def _of_monitoring(declared: Declared) -> Said:
    monitoring = declared.domain.monitoring
    if monitoring.service_monitor:
        return met("monitoring.serviceMonitor has the Prometheus operator read the metrics")
    if monitoring.stack:
        return met("monitoring.stack brings Prometheus with the release")
    if monitoring.rules or monitoring.dashboards:
        return person("monitoring.serviceMonitor is false; see that something else reads the metrics")
    return wrong(
        "monitor-components",
        "monitoring has serviceMonitor, rules and dashboards false, so nothing watches the components",
        "write monitoring: {serviceMonitor: true, rules: true, dashboards: true}",
        declared.spot("monitoring"),
    )


def _service_monitor(side: Side) -> Iterator[Said]:
    found = list(_of_monitors(side.manifests)) if side.manifests else []
    yield from found
    if not found:
        yield from _watched(side, _monitors, "ServiceMonitor", _of_service_monitor)


def _of_service_monitor(declared: Declared) -> Said:
    monitoring = declared.domain.monitoring
    if not monitoring.service_monitor:
        return wrong(
            "service-monitor",
            "monitoring.serviceMonitor is false, so no ServiceMonitor is made",
            "write monitoring: {serviceMonitor: true}",
            declared.spot("monitoring", "serviceMonitor"),
        )
    if seconds(monitoring.interval) > SECONDS:
        return wrong(
            "service-monitor",
            f"metrics are read every {monitoring.interval}, where the guides ask for {SECONDS}s",
            f"write interval: {SECONDS}s or less",
            declared.spot("monitoring", "interval"),
        )
    return met(f"monitoring.serviceMonitor reads the metrics every {monitoring.interval}")


def _of_monitors(manifests: Manifests) -> Iterator[Said]:
    """What is wrong with the ServiceMonitors that are meant for ScalarDL."""
    for monitor in _of_group(manifests, "ServiceMonitor"):
        services = _picked(manifests, monitor)
        if services:
            yield from _endpoints(manifests, monitor, services)
        elif _meant(manifests, monitor):
            yield manifests.wrong(
                "service-monitor",
                monitor,
                ("spec", "selector"),
                "it picks no Service of the release, so nothing is read",
                "give it the labels of the metrics Service, and its namespace below namespaceSelector",
            )


def _endpoints(manifests: Manifests, monitor: Manifest, services: list[Manifest]) -> Iterator[Said]:
    ports = {port.get("name") for service in services for port in service.maps("spec", "ports")}
    endpoints = monitor.maps("spec", "endpoints")
    for index, _ in enumerate(endpoints):
        path = ("spec", "endpoints", str(index))
        interval = monitor.text(*path, "interval")
        if _LONG.search(interval) or seconds(interval) > SECONDS:
            yield manifests.wrong(
                "service-monitor",
                monitor,
                (*path, "interval"),
                f"it reads the metrics every {interval}, where the guides ask for {SECONDS}s",
                f"write interval: {SECONDS}s or less",
            )
        port = monitor.text(*path, "port")
        if port and port not in ports:
            yield manifests.wrong(
                "service-monitor",
                monitor,
                (*path, "port"),
                f"no Service that it picks has a port named {port}",
                "name the port of the metrics Service",
            )
    if not endpoints:
        yield manifests.wrong(
            "service-monitor", monitor, ("spec",), "it has no endpoints, so nothing is read", "write one"
        )


def _of_group(manifests: Manifests, *kinds: str) -> list[Manifest]:
    return [one for one in manifests.release.of_kind(*kinds) if one.group == _GROUP]


def _picked(manifests: Manifests, monitor: Manifest) -> list[Manifest]:
    """The Services before ScalarDL's components that a ServiceMonitor picks."""
    selector = monitor.selector("spec", "selector")
    near = manifests.world.near
    several = {service: None for one in manifests.workloads(*SERVING) for service in near.services(one)}
    return [
        service
        for service in several
        if _looks_into(monitor, service.namespace) and selectors.matches(selector, service.labels)
    ]


def _looks_into(monitor: Manifest, namespace: str | None) -> bool:
    """Whether it looks into the namespace; by itself it looks into its own."""
    if monitor.flag("spec", "namespaceSelector", "any"):
        return True
    names = monitor.list("spec", "namespaceSelector", "matchNames")
    return namespace in names if names else monitor.namespace == namespace


def _meant(manifests: Manifests, monitor: Manifest) -> bool:
    """Whether it is for ScalarDL: it is called like a Service of the release, or picks by the release."""
    serving = manifests.workloads(*SERVING)
    names = {service.name for one in serving for service in manifests.world.near.services(one)}
    instances = {one.pod_labels.get(_INSTANCE) for one in serving} - {None}
    wanted = monitor.texts("spec", "selector", "matchLabels").get(_INSTANCE)
    return monitor.name in names or wanted in instances


def _monitors(manifests: Manifests, workload: Workload) -> list[Manifest]:
    services = manifests.world.near.services(workload)
    monitors = _of_group(manifests, "ServiceMonitor")
    return [one for one in monitors if any(service in services for service in _picked(manifests, one))]


def _readers(manifests: Manifests, workload: Workload) -> list[Manifest]:
    pods = [
        one
        for one in _of_group(manifests, "PodMonitor")
        if _looks_into(one, workload.manifest.namespace)
        and selectors.matches(one.selector("spec", "selector"), workload.pod_labels)
    ]
    return pods + _monitors(manifests, workload)


def _prometheus_rules(side: Side) -> Iterator[Said]:
    return _watched(side, _rules, "PrometheusRule", _of_rules)


def _of_rules(declared: Declared) -> Said:
    if declared.domain.monitoring.rules:
        return met("monitoring.rules makes alerting rules")
    return wrong(
        "prometheus-rules",
        "monitoring.rules is false, so no alerting rules are made",
        "write monitoring: {rules: true}",
        declared.spot("monitoring", "rules"),
    )


def _rules(manifests: Manifests, workload: Workload) -> list[Manifest]:
    rules = [one for one in _of_group(manifests, "PrometheusRule") if one.at("spec", "groups")]
    return [one for one in rules if _speaks_of(one, workload)]


def _dashboards(side: Side) -> Iterator[Said]:
    return _watched(side, _shown, "dashboard", _of_dashboards)


def _of_dashboards(declared: Declared) -> Said:
    if declared.domain.monitoring.dashboards:
        return met("monitoring.dashboards gives Grafana dashboards")
    return wrong(
        "dashboards",
        "monitoring.dashboards is false, so Grafana gets no dashboards",
        "write monitoring: {dashboards: true}",
        declared.spot("monitoring", "dashboards"),
    )


def _shown(manifests: Manifests, workload: Workload) -> list[Manifest]:
    config_maps = manifests.release.of_kind("ConfigMap")
    return [one for one in config_maps if _DASHBOARD in one.labels and _speaks_of(one, workload)]


def _speaks_of(manifest: Manifest, workload: Workload) -> bool:
    """Whether an object is about the workload: its name has the workload's, or something in it has."""
    return workload.manifest.name in manifest.name or workload.manifest.name in _words(manifest)


@lru_cache(maxsize=1024)
def _words(manifest: Manifest) -> str:
    """All that an object says; a dashboard is long, and many workloads ask."""
    return str(manifest.data)


ROWS: dict[str, Row] = {
    "monitor-components": Row(RELEASE, _monitor_components),
    "service-monitor": Row(RELEASE, _service_monitor),
    "prometheus-rules": Row(RELEASE, _prometheus_rules),
    "dashboards": Row(RELEASE, _dashboards),
}
