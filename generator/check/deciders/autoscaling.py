"""Autoscalers: their figures, and that nothing else counts the pods that they count."""

from __future__ import annotations

from collections.abc import Iterator

from generator.check.answers import Said, beside, met, person, wrong
from generator.check.deciders.by_rule import of_rule
from generator.check.evidence import Declared, Manifests, Side
from generator.check.row import RELEASE, Row
from postrender.manifests.manifest import Manifest, Path
from profiles.scalardl import SERVING

# K's figures: a pod is added above these shares of what is requested, and one goes after so many seconds.
PERCENT = {"cpu": 70, "memory": 80}
SECONDS = 300
_WINDOW: Path = ("spec", "behavior", "scaleDown", "stabilizationWindowSeconds")
_RULE = "replicas-under-autoscaler"


def _autoscaling(side: Side) -> Iterator[Said]:
    manifests, declared = side.manifests, side.declared
    scalers = _scalers(manifests) if manifests else []
    if manifests and scalers:
        # In a cluster the autoscaler itself writes the number.
        found = [] if manifests.live else list(of_rule(manifests, "autoscaling", _RULE))
        found += [said for one in scalers for said in _of_scaler(manifests, one)]
        yield from found or [met("the autoscalers have the guides' figures")]
    elif declared:
        yield from _of_profile(declared)
    elif manifests:
        yield beside("no autoscaler is in the manifests")


def _scalers(manifests: Manifests) -> list[Manifest]:
    found = [manifests.release.autoscaler(one) for one in manifests.workloads(*SERVING)]
    return list(dict.fromkeys(one for one in found if one))


def _of_scaler(manifests: Manifests, scaler: Manifest) -> Iterator[Said]:
    targets = dict(_targets(scaler))
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


def _targets(scaler: Manifest) -> Iterator[tuple[str, tuple[Path, int | None]]]:
    """Of each resource where its target stands, and the share in percent; None where it is none.

    Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/
    """
    alone: Path = ("spec", "targetCPUUtilizationPercentage")
    if scaler.number(*alone) is not None:
        yield "cpu", (alone, scaler.number(*alone))
    for index, metric in enumerate(scaler.maps("spec", "metrics")):
        for kind in ("resource", "containerResource"):
            base: Path = ("spec", "metrics", str(index), kind)
            if not metric.get(kind):
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
            )
        )
    yield from found or [met("autoscaling has the guides' figures")]


ROWS: dict[str, Row] = {"autoscaling": Row(RELEASE, _autoscaling)}
