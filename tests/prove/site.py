"""A place for one test in a control plane: a namespace, and nodes that nobody else uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import NamedTuple

from tests.proof.brute_force import ZONE
from tests.proof.small_cases import HOST, POOL_LABEL, POOL_TAINT
from tests.prove.api import Api, Object, Story, condition
from tests.prove.control_plane import ControlPlane

ZONES = ("zone-a", "zone-b", "zone-c")
# Of ScalarDL's pods, by the component of their workload.
COMPONENT = "app.kubernetes.io/app"
# The label of a node that kwok must not bring up.
LOST = "prove/lost"
_NUMBERS = count(1)


class Site(NamedTuple):
    """The control plane, and the namespace of the test in it."""

    plane: ControlPlane
    namespace: str

    @property
    def api(self) -> Api:
        return self.plane.api

    def path(self, kind: str, group: str = "") -> str:
        """Of the namespaced objects of a kind: `pods`; `deployments` of `apps/v1`."""
        return f"{'/apis/' + group if group else '/api/v1'}/namespaces/{self.namespace}/{kind}"

    def everything(self) -> set[str]:
        """All that is in the namespace but what only tells of others: kind and name."""
        named = "--output=name"
        kinds = self.plane.kubectl("api-resources", "--namespaced", "--verbs=list", named)
        assert kinds.returncode == 0, kinds.stderr
        told = ("events", "events.events.k8s.io", "endpointslices.discovery.k8s.io", "endpoints")
        asked = ",".join(kind for kind in kinds.stdout.split() if kind not in told)
        found = self.plane.kubectl("get", asked, "--namespace", self.namespace, named)
        assert found.returncode == 0, found.stderr
        return set(found.stdout.split())

    def pods(self, component: str = "") -> list[Object]:
        """Those that are not going away."""
        found = self.api.items(self.path("pods"), **_selecting(component))
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def until_ready(
        self, component: str, pods: int, pending: bool = False, seconds: float = 180
    ) -> list[Object]:
        """Waits until exactly so many pods of the component are ready, and there are no others; gives them.

        `pending`: others are there, and the scheduler finds no node for them.
        """

        def met(there: list[Object]) -> list[Object] | None:
            serving, others = ready(there), waiting(there)
            settled = len(serving) == pods and len(serving) + len(others) == len(there)
            return serving if settled and bool(others) == pending else None

        found = self.api.until(
            self.path("pods"),
            met,
            f"{pods} ready pods of {component}{', others waiting' if pending else ''}",
            seconds,
            _selecting(component).get("labelSelector", ""),
        )
        assert isinstance(found, list)
        return found

    def until_rolled_out(self, component: str, seconds: float = 240) -> None:
        """Waits until all pods of the component's Deployment are those of its newest template."""
        self.api.until(
            self.path("deployments", "apps/v1"),
            lambda found: all(map(_rolled_out, found)),
            f"the end of the rollout of {component}",
            seconds,
            f"{COMPONENT}={component}",
        )

    def until_ready_elsewhere(self, component: str, nodes: Sequence[str]) -> None:
        """Waits until three pods of the component are ready, and none is left on these nodes."""
        self.api.until(
            self.path("pods"),
            lambda pods: len(ready(pods)) == len(pods) == 3 and not set(on_nodes(pods)) & set(nodes),
            f"three ready pods of {component}, none on {' or '.join(nodes)}",
            selector=f"{COMPONENT}={component}",
        )

    def until_budgets_count(self, pods: int) -> None:
        """Waits until each budget has counted so many pods, and as many healthy ones."""

        def counted(budgets: list[Object]) -> bool:
            status = [one.get("status", {}) for one in budgets]
            counts = [(one.get("expectedPods"), one.get("currentHealthy")) for one in status]
            return bool(counts) and set(counts) == {(pods, pods)}

        path = self.path("poddisruptionbudgets", "policy/v1")
        self.api.until(path, counted, f"each budget counts {pods} pods")

    def until_told(self, reason: str, about: str) -> str:
        """Waits for an event with that reason about an object whose name begins so; gives its message."""

        def told(events: list[Object]) -> str | None:
            fitting = (
                one["message"]
                for one in events
                if one["reason"] == reason and one["involvedObject"]["name"].startswith(about)
            )
            return next(fitting, None)

        return str(self.api.until(self.path("events"), told, f"an event {reason} about {about}"))

    def story(self, component: str) -> Story:
        """What happens to the component's pods from here on."""
        return self.api.story(self.path("pods"), f"{COMPONENT}={component}")

    def fewest_ready(self, story: Story) -> int:
        """How many pods were ready when the fewest were."""
        return min(len(ready(state)) for state in self.api.states(story))

    def add_node(self, name: str, zone: str, pool: bool = True) -> None:
        """A node of 4 vCPU and 8 GB, of which a kubelet keeps some; of the pool with its label and taint."""
        amounts = {"cpu": "4", "memory": "8Gi", "pods": "110"}
        content = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": {HOST: name, ZONE: zone} | (POOL_LABEL if pool else {})},
            "spec": {"taints": [POOL_TAINT] if pool else []},
            "status": {"capacity": amounts, "allocatable": amounts | {"cpu": "3800m", "memory": "7Gi"}},
        }
        self.api.create("/api/v1/nodes", content)

    def cordon(self, name: str, cordoned: bool = True) -> None:
        """No more pods go there; or they do again."""
        self.api.patch(f"/api/v1/nodes/{name}", {"spec": {"unschedulable": cordoned}})

    def lose(self, name: str) -> None:
        """The node stops working: it is not ready, and kwok leaves it so (stages.yaml) until `regain`.

        Nor are its pods: the node controller marks them so where a kubelet has fallen silent. It would take
        its time for that, and the pods of a whole zone serve nobody from the first moment on.
        """
        self.api.patch(f"/api/v1/nodes/{name}", {"metadata": {"labels": {LOST: "true"}}})
        told = {
            "type": "Ready",
            "status": "False",
            "reason": "KubeletNotReady",
            "message": "its zone is lost",
        }
        self.api.patch(f"/api/v1/nodes/{name}/status", {"status": {"conditions": [told]}})
        for pod in self.api.items(self.path("pods"), fieldSelector=f"spec.nodeName={name}"):
            conditions = [
                one | {"status": "False"} if one["type"] in ("Ready", "ContainersReady") else one
                for one in pod["status"]["conditions"]
            ]
            path = f"{self.path('pods')}/{pod['metadata']['name']}/status"
            self.api.patch(path, {"status": {"conditions": conditions}})

    def regain(self, name: str) -> None:
        self.api.patch(f"/api/v1/nodes/{name}", {"metadata": {"labels": {LOST: None}}})

    def until_nodes(self, names: Sequence[str]) -> None:
        """Waits until the scheduler takes the nodes: ready, and without the taints of a node that is not."""
        self.api.until(
            "/api/v1/nodes",
            lambda nodes: {one["metadata"]["name"] for one in nodes if _usable(one)} >= set(names),
            f"nodes {', '.join(names)} ready",
        )


@contextmanager
def opened(plane: ControlPlane, labels: dict[str, str] | None = None) -> Iterator[Site]:
    """A site without nodes while the block runs; afterwards its pods and all nodes are gone."""
    site = Site(plane, f"prove-{next(_NUMBERS)}")
    metadata = {"name": site.namespace, "labels": labels or {}}
    plane.api.create("/api/v1/namespaces", {"metadata": metadata})
    plane.api.until(site.path("serviceaccounts"), bool, "the namespace's default service account")
    try:
        yield site
    finally:
        plane.api.delete(f"/api/v1/namespaces/{site.namespace}")
        plane.api.until(
            site.path("pods"), lambda pods: _all_sent_away(site, pods), "no pod left in the namespace"
        )
        plane.api.delete("/api/v1/nodes")
        plane.api.until("/api/v1/nodes", lambda nodes: not nodes, "no node left")


def _all_sent_away(site: Site, pods: list[Object]) -> bool:
    """Whether no pod is left. Nobody plays those that stand on no node, or on one that is gone."""
    if pods:
        site.api.delete(site.path("pods"), gracePeriodSeconds="0")
    return not pods


def ready(pods: Sequence[Object]) -> list[Object]:
    """Those that serve: ready, and not going away."""
    return [
        pod
        for pod in pods
        if condition(pod, "Ready").startswith("True") and "deletionTimestamp" not in pod["metadata"]
    ]


def on_nodes(pods: Sequence[Object]) -> list[str]:
    """The nodes on which the pods stand, one for each pod, sorted; empty text for a pod that has none."""
    return sorted(pod["spec"].get("nodeName", "") for pod in pods)


def waiting(pods: Sequence[Object]) -> list[Object]:
    """Those for which the scheduler found no node."""
    return [pod for pod in pods if condition(pod, "PodScheduled").startswith("False")]


def _selecting(component: str) -> dict[str, str]:
    return {"labelSelector": f"{COMPONENT}={component}"} if component else {}


def _rolled_out(deployment: Object) -> bool:
    status, wanted = deployment.get("status", {}), deployment["spec"]["replicas"]
    kinds = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    counts = [status.get(kind, 0) for kind in kinds]
    return status.get("observedGeneration") == deployment["metadata"]["generation"] and counts == [wanted] * 4


def _usable(node: Object) -> bool:
    taints = {taint["key"] for taint in node["spec"].get("taints") or []}
    return condition(node, "Ready").startswith("True") and not any(
        key.startswith("node.kubernetes.io/") for key in taints
    )
