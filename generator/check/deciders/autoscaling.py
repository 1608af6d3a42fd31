"""Autoscalers: their figures, and that nothing else counts the pods that they count."""

from __future__ import annotations

from collections.abc import Iterator

from generator.check.answers import Said, beside, met, person, wrong
from generator.check.deciders.by_rule import of_rule
from generator.check.evidence import Declared, Manifests, Side
from generator.check.row import RELEASE, Row
from postrender.manifests.manifest import Manifest, Path
from postrender.manifests.workload import Workload
from profiles.scalardl import SERVING

# K's figures: a pod is added above these shares of what is requested, and one goes after so many seconds.
PERCENT = {"cpu": 70, "memory": 80}
SECONDS = 300
_WINDOW: Path = ("spec", "behavior", "scaleDown", "stabilizationWindowSeconds")
_RULE = "replicas-under-autoscaler"


def _autoscaling(side: Side) -> Iterator[Said]:
    manifests, declared = side.manifests, side.declared
    scalers = _scalers(manifests) if manifests else {}
    if manifests and scalers:
        # In a cluster the autoscaler itself writes the number.
        found = [] if manifests.live else list(of_rule(manifests, "autoscaling", _RULE))
        found += [said for one in scalers.items() for said in _of_scaler(manifests, *one)]
        yield from found or [met("the autoscalers have the guides' figures")]
    elif by_keda := scaled_by_keda(side):
        yield person(
            f"{by_keda} changes the number of pods; see that it adds some above {PERCENT['cpu']} % of cpu "
            f"and {PERCENT['memory']} % of memory, and waits {SECONDS} s before it takes some away"
        )
    elif declared:
        yield from _of_profile(declared)
    elif manifests:
        yield beside("no autoscaler is in the manifests")


def scaled_by_keda(side: Side) -> str:
    """The title of a ScaledObject of KEDA's that scales ScalarDL, where no autoscaler does; empty for none.

    In a cluster KEDA makes an autoscaler of it, and that one is judged.
    Source: https://keda.sh/docs/latest/reference/scaledobject-spec/
    """
    manifests = side.manifests
    serving = manifests.workloads(*SERVING) if manifests else ()
    if manifests is None or any(manifests.release.autoscaler(one) for one in serving):
        return ""
    ours = {(one.manifest.kind, one.manifest.name, one.manifest.namespace) for one in serving}
    for one in manifests.release.of_kind("ScaledObject"):
        at: Path = ("spec", "scaleTargetRef")
        aim = (one.text(*at, "kind") or "Deployment", one.text(*at, "name"), one.namespace)
        if one.group == "keda.sh" and aim in ours:
            return one.title
    return ""


def _scalers(manifests: Manifests) -> dict[Manifest, Workload]:
    """The autoscalers, each with what it scales."""
    found = {manifests.release.autoscaler(one): one for one in manifests.workloads(*SERVING)}
    return {scaler: workload for scaler, workload in found.items() if scaler}


def _of_scaler(manifests: Manifests, scaler: Manifest, workload: Workload) -> Iterator[Said]:
    targets = _lowest(scaler, {str(container.get("name")) for _, container in workload.own})
    for resource, most in PERCENT.items():
        path, percent = targets.get(resource, (("spec", "metrics"), None))
        if percent is not None and percent > most:
            problem = f"it adds pods above {percent} % of {resource}, where the guides have {most} %"
        elif resource not in targets:
            problem = f"it does not look at {resource}, where the guides add pods above {most} %"
        elif percent is None:
            yield person(f"{scaler.title} has a target for {resource} that is no share of the request")
            continue
        else:
            continue
        cure = f"write averageUtilization: {most} for {resource}"
        yield manifests.wrong("autoscaling", scaler, path, problem, cure)
    window = scaler.number(*_WINDOW)
    if window is not None and window < SECONDS:
        yield manifests.wrong(
            "autoscaling",
            scaler,
            _WINDOW,
            f"it takes pods away after {window} s, where the guides wait {SECONDS} s",
            f"write stabilizationWindowSeconds: {SECONDS} below behavior.scaleDown",
        )


def _lowest(scaler: Manifest, own: set[str]) -> dict[str, tuple[Path, int | None]]:
    """Of each resource its lowest target: of what several ask for, the autoscaler takes the most pods."""
    found: dict[str, tuple[Path, int | None]] = {}
    for resource, (path, percent) in _targets(scaler, own):
        _, known = found.get(resource, (path, None))
        if resource not in found or known is None or (percent is not None and percent < known):
            found[resource] = (path, percent)
    return found


def _targets(scaler: Manifest, own: set[str]) -> Iterator[tuple[str, tuple[Path, int | None]]]:
    """Of each resource where its targets stand, and the share in percent; None where it is none.

    `own`: the containers of the component; the target of another, such as a sidecar, tells nothing of it.
    Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/
    """
    alone: Path = ("spec", "targetCPUUtilizationPercentage")
    if scaler.number(*alone) is not None:
        yield "cpu", (alone, scaler.number(*alone))
    for index, metric in enumerate(scaler.maps("spec", "metrics")):
        for kind in ("resource", "containerResource"):
            base: Path = ("spec", "metrics", str(index), kind)
            if not metric.get(kind) or scaler.text(*base, "container") not in ("", *own):
                continue
            target: Path = (*base, "target", "averageUtilization")
            if (
                scaler.number(*target) is None
                and scaler.number(*base, "targetAverageUtilization") is not None
            ):
                target = (*base, "targetAverageUtilization")
            yield scaler.text(*base, "name"), (target, scaler.number(*target))


def _of_profile(declared: Declared) -> Iterator[Said]:
    scaling = declared.domain.autoscaling
    if scaling is None:
        yield beside("there is no autoscaler")
        return
    figures = (
        ("cpuPercent", scaling.cpu_percent, PERCENT["cpu"], scaling.cpu_percent > PERCENT["cpu"]),
        (
            "memoryPercent",
            scaling.memory_percent,
            PERCENT["memory"],
            scaling.memory_percent > PERCENT["memory"],
        ),
        ("scaleDownSeconds", scaling.scale_down_seconds, SECONDS, scaling.scale_down_seconds < SECONDS),
    )
    found = [
        wrong(
            "autoscaling",
            f"autoscaling.{key} is {value}, where the guides have {asked}",
            f"write {key}: {asked}",
            declared.spot("autoscaling", key),
        )
        for key, value, asked, less in figures
        if less
    ]
    if declared.domain.rules.get(_RULE) not in ("enforce", "fill"):
        found.append(
            wrong(
                "autoscaling",
                f"the rule {_RULE} does not mend, so replicas stands beside the autoscalers",
                f"write rules: {{{_RULE}: enforce}}",
                declared.spot("rules", _RULE),
                _RULE,
            )
        )
    yield from found or [met("autoscaling has the guides' figures")]


ROWS: dict[str, Row] = {"autoscaling": Row(RELEASE, _autoscaling)}
