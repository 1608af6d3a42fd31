"""Plans of releases that tell all there is to tell: well ones, and for each question one that fails it."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from generator.plan.plan import Cure, Plan, question
from postrender.manifests import release
from postrender.proof.placement.nodes import NodeKind
from postrender.proof.placement.proofs import prove
from postrender.proof.placement.stage import declared_stage, stage_of_nodes
from postrender.proof.placement.terms import HOSTNAME, ZONE
from postrender.proof.placement.words import FAILS
from profiles.policy import NodePool, Taint
from profiles.quantities import parse

KUBERNETES = (1, 30)
GENTLE = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
DEFAULT = {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
NO_FEWER = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
HOSTILE = "x\x1b[31m<b>&|`\"'\x07\U0001f600\u202e"
# Kubernetes takes names of 253 signs, labels of 63.
LONG = "x" * 63
# What the cures of these plans say; the text is the lead's, that it is shown is ours.
CURE = "a change that mends it"


def deployment(name: str, pods: int = 3, cpu: str = "500m", memory: str = "1Gi", **more: Any) -> str:
    """A Deployment of a component. `apart`: a topology; `spread`: one; `strategy`; `tolerates`."""
    labels = {"app.kubernetes.io/app": more.get("role", name), "own": name}
    selector = {"matchLabels": {"own": name}}
    spec: dict[str, Any] = {
        "containers": [
            {
                "name": "main",
                "image": "ghcr.io/scalar-labs/scalardl-ledger:3.13.0",
                "resources": {"requests": {"cpu": cpu, "memory": memory}},
            }
        ]
    }
    if "apart" in more:
        term = {"labelSelector": selector, "topologyKey": more["apart"]}
        required = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
        spec["affinity"] = {"podAntiAffinity": required}
    if "tolerates" in more:
        spec["tolerations"] = more["tolerates"]
    if "spread" in more:
        spec["topologySpreadConstraints"] = [
            {
                "maxSkew": 1,
                "topologyKey": more["spread"],
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": selector,
                "matchLabelKeys": more.get("keys", []),
            }
        ]
    return _yaml(
        "apps/v1",
        "Deployment",
        name,
        {
            "replicas": pods,
            "selector": selector,
            "strategy": more.get("strategy", GENTLE),
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
        labels,
    )


def budget(name: str, covers: str, **spec: Any) -> str:
    selector = {"matchLabels": {"own": covers}}
    return _yaml("policy/v1", "PodDisruptionBudget", name, {"selector": selector, **spec}, {})


def autoscaler(covers: str, most: int) -> str:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": covers}
    spec = {"scaleTargetRef": target, "minReplicas": 3, "maxReplicas": most}
    return _yaml("autoscaling/v2", "HorizontalPodAutoscaler", covers, spec, {})


def _yaml(version: str, kind: str, name: str, spec: dict[str, Any], labels: dict[str, str]) -> str:
    metadata = {"name": name, "labels": labels}
    return "---\n" + yaml.safe_dump(
        {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}, sort_keys=False
    )


def pool(nodes: int = 3, zones: int = 1, **more: Any) -> NodePool:
    return NodePool(
        label=None,
        taint=more.get("taint"),
        nodes=nodes,
        max_nodes=more.get("most", nodes),
        zones=zones,
        cpu=parse("3800m"),
        memory=parse("7Gi"),
    )


def plan(manifests: str, given: NodePool, *, zones_count: bool = False, **more: Any) -> Plan:
    loaded = release.load(manifests)
    if given.taint:
        stage = stage_of_nodes(loaded, _nodes(given), [], KUBERNETES)
        grown = stage
    else:
        stage = declared_stage(loaded, given, KUBERNETES)
        grown = declared_stage(loaded, given._replace(nodes=given.max_nodes), KUBERNETES)
    proofs = prove(loaded, stage, lambda: grown)
    nodes = f"the declared pool: {given.nodes} nodes of 3800m cpu, 7Gi"
    made = Plan("demo", "production", nodes, proofs, zones_count, {}, **more)
    return made._replace(cures={key: (Cure(CURE),) for key, answer in made.answers() if answer in FAILS})


def _nodes(given: NodePool) -> list[NodeKind]:
    """Nodes with names and a taint, as a cluster has them."""
    return [
        NodeKind(
            names=tuple(f"worker-{zone}-{index}" for index in range(given.nodes // given.zones)),
            nodes=given.nodes // given.zones,
            labels={},
            domains={ZONE: f"eu-west-1{'abc'[zone]}"},
            taints=(given.taint,) if given.taint else (),
            room={"cpu": given.cpu, "memory": given.memory},
        )
        for zone in range(given.zones)
    ]


def _components(**more: Any) -> str:
    return deployment("demo-envoy", role="envoy", memory="512Mi", **more) + deployment(
        "demo-ledger", role="ledger", cpu="2", memory="4Gi", **more
    )


def _budgets(**spec: Any) -> str:
    return "".join(budget(name, name, **spec) for name in ("demo-envoy", "demo-ledger"))


LENIENT = {"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"}


@cache
def samples() -> dict[str, Plan]:
    """The plans, by what they are about."""
    taint = Taint("dedicated", "others", "NoSchedule")
    most = "".join(
        deployment(f"many-{number}", 50, "100m", "64Mi", role="ledger", spread=ZONE) for number in range(20)
    )
    return {
        "well": plan(_components(apart=HOSTNAME) + _budgets(**LENIENT), pool()),
        "multi-az": plan(
            _components(apart=HOSTNAME, spread=ZONE) + _budgets(**LENIENT), pool(6, 3), zones_count=True
        ),
        "update hangs by anti-affinity": plan(
            _components(apart=HOSTNAME, strategy=DEFAULT) + _budgets(**LENIENT), pool()
        ),
        "update hangs by resources": plan(
            deployment("demo-ledger", 4, "1500m", "3Gi", role="ledger", strategy=NO_FEWER)
            + deployment("demo-envoy", 3, "800m", "1Gi", role="envoy"),
            pool(),
        ),
        # Its last new pod has to stand in the zone where an old one still is.
        "update hangs on the way": plan(
            deployment("demo-ledger", role="ledger", apart=HOSTNAME, spread=ZONE, keys=["pod-template-hash"]),
            pool(3, 2),
        ),
        "drains blocked": plan(_components() + _budgets(minAvailable=3), pool()),
        "cordon tolerated": plan(
            deployment("demo-ledger", role="ledger", tolerates=[{"operator": "Exists"}]), pool()
        ),
        "two budgets": plan(
            _components() + _budgets(**LENIENT) + budget("more", "demo-ledger", maxUnavailable=1), pool()
        ),
        "zone": plan(_components() + _budgets(**LENIENT), pool(4, 2), zones_count=True),
        "tainted": plan(_components(), pool(6, 3, taint=taint)),
        "some find none": plan(
            deployment("demo-ledger", 3, "2", "1Gi", role="ledger")
            + deployment("demo-envoy", 4, "1500m", "1Gi", role="envoy"),
            pool(4),
        ),
        "autoscaler": plan(_components(apart=HOSTNAME) + autoscaler("demo-envoy", 5), pool()),
        "not decided": plan(_components(apart="example.com/rack"), pool()),
        "many": plan(most, pool(201, 3), remarks=("it is taken that nothing else runs on the nodes.",)),
        "many hang": plan(
            deployment("demo-ledger", 200, "2", "4Gi", role="ledger", apart=HOSTNAME, strategy=NO_FEWER),
            pool(200, 2),
        ),
        "long": plan(
            deployment(LONG, 8, role="ledger", apart=HOSTNAME, strategy=NO_FEWER)
            + budget(LONG, LONG, minAvailable="100%"),
            pool(8, 2),
            zones_count=True,
        ),
        "hostile": plan(
            deployment(HOSTILE, role="ledger", apart=HOSTNAME, strategy=NO_FEWER)
            + budget(HOSTILE, HOSTILE, minAvailable=3),
            pool(),
        )._replace(release=HOSTILE, profile=HOSTILE, nodes=HOSTILE, remarks=(HOSTILE,), assuming=HOSTILE),
    }


def reasons(made: Plan) -> dict[str, list[str]]:
    """For each question that fails, the proofs' own reasons, which every format has to tell."""
    proofs, found = made.proofs, dict[str, list[str]]()
    if proofs.placement.answer in FAILS:
        found["placement"] = [wait.text for wait in proofs.placement.waits]
    for update in proofs.updates:
        if update.answer in FAILS:
            found[question(update)] = [wait.text for wait in update.waits]
    for drain in proofs.drains:
        if drain.answer in FAILS:
            found.setdefault("drains", []).extend(reason for _, reason in drain.blocked)
    for loss in proofs.losses if made.zones_count else ():
        if loss.answer in FAILS:
            found[question(loss)] = [f"{left} of {group.pods}" for group, left in loss.left]
    for scaling in proofs.scalings:
        if scaling.answer in FAILS:
            found[question(scaling)] = [scaling.reason]
    return found


def subject(key: str) -> str:
    """How people call the question with that key."""
    kind, _, what = key.partition(" ")
    return {
        "placement": "placement of",
        "update": f"update of {what}",
        "drains": "drain of a node",
        "zone": "loss of",
        "scaling": f"scaling of {what}",
    }[kind]


def printed(text: str) -> str:
    """The text as people are shown it: no control characters."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


NAMES = tuple(samples())
# Of more nodes the alike ones are drawn together.
SMALL = tuple(name for name, made in samples().items() if made.proofs.stage.nodes <= 12)
FAILING = tuple(name for name, made in samples().items() if made.fails)
