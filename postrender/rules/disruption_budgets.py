"""disruption-budgets: a drain takes the pods of a component one after another."""

from __future__ import annotations

from collections.abc import Iterator

from postrender.manifests import selectors
from postrender.manifests.manifest import Manifest, Object
from postrender.manifests.operations import Operation, copied, put, remove
from postrender.manifests.release import Release
from postrender.manifests.surroundings import Surroundings
from postrender.manifests.workload import Workload
from postrender.proof.placement import budgets as proven
from postrender.proof.placement.budgets import AT_LEAST, AT_MOST, GROUP, KIND
from postrender.rules import addition, scope
from postrender.rules.anti_affinity import apart
from postrender.rules.finding import Finding
from profiles.policy import Budget, Policy

RULE = "disruption-budgets"
REQUIREMENTS = ("disruption-budget",)
EVICTION_POLICY = "unhealthyPodEvictionPolicy"
EVICTION_POLICY_SINCE = (1, 27)


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """Replicated workloads without a budget, and budgets that block a drain or hold nothing back."""
    if policy.budget is None:
        return
    budgets_over = _Budgets(release)
    doubled: set[Manifest] = set()
    for workload in scope.workloads(release, policy, ("ledger", "auditor", "envoy")):
        if not workload.replicated or workload.is_hook:
            continue
        if not workload.pod_labels or not selectors.matches(workload.selector, workload.pod_labels):
            continue  # Kubernetes refuses such a workload
        budgets = budgets_over.workload(workload)
        if len(budgets) > 1:
            doubled.add(workload.manifest)
            names = " and ".join(budget.name for budget in budgets)
            yield _finding(
                workload.manifest,
                f"more than one PodDisruptionBudget selects its pods ({names}), so every eviction fails",
                "keep one of them",
            )
        elif budgets:
            yield from _judged(release, policy.budget, workload, budgets[0], budgets_over.picked(budgets[0]))
        elif release.replicas(workload)[0] > 1 and (other := budgets_over.sharing(workload)):
            yield _finding(
                workload.manifest,
                f"its selector also picks the pods of {other.manifest.title}, which would have two budgets",
                "give its pods a label of their own and select it",
            )
        else:
            yield from _added(release, policy, policy.budget, workload)
            budgets_over.take_added()
    yield from _undrained(release, policy, doubled)


def _undrained(release: Release, policy: Policy, told: set[Manifest]) -> Iterator[Finding]:
    """Drains that hang on the declared pool, though each budget by itself lets pods go.

    Of pods that stand one on a node, under a budget of ours each, every drain ends: nothing is asked then.
    """
    budgets = [budget for budget in release.of_kind(KIND) if budget.labels.get(addition.RULE_LABEL) != RULE]
    several = [one for one in scope.of_several_pods(release, policy) if not one.is_hook]
    if policy.pool is None or (not budgets and all(apart(one) for one in several)):
        return
    from postrender.rules.drains import blocked  # here, for most releases need it not

    for workload, reason, always in blocked(release, policy.pool, policy.kubernetes):
        if workload.manifest in told:
            continue
        when = "a drain of its node never ends" if always else "where the scheduler puts several on one node"
        problem = f"a drain waits for ever for a pod of it ({when}): {reason}"
        cure = "declare a larger node pool, keep its pods on different nodes, or loosen the budget"
        if not always:
            problem = f"a drain may wait for ever for a pod of it, {when}: {reason}"
        found = _finding(workload.manifest, problem, cure)
        yield found if always else found._replace(level="note")


def _added(release: Release, policy: Policy, budget: Budget, workload: Workload) -> Iterator[Finding]:
    """The budget of a workload that has none."""
    fewest, most = release.replicas(workload)
    if most < 1:
        return
    if fewest < 2:
        problem = "it may have a single pod, over which a budget would block every drain"
        yield _finding(workload.manifest, problem, "no budget is added")._replace(level="note")
        return
    spec: Object = {"maxUnavailable": _count(budget, fewest), "selector": copied(workload.selector)}
    wanted = budget.unhealthy_pod_eviction_policy
    if wanted and policy.kubernetes >= EVICTION_POLICY_SINCE:
        spec[EVICTION_POLICY] = wanted
    elif wanted:
        problem = (
            f"before 1.27 Kubernetes has no {EVICTION_POLICY}: a pod that is not ready may block a drain"
        )
        yield _finding(workload.manifest, problem, "the budget is written without it")._replace(level="note")
    body: Object = {
        "apiVersion": f"{GROUP}/v1",
        "kind": KIND,
        "metadata": addition.metadata(release, workload, KIND, workload.selector.get("matchLabels") or {}),
        "spec": spec,
    }
    cure = f"PodDisruptionBudget {body['metadata']['name']} with maxUnavailable {spec['maxUnavailable']}"
    found = _finding(workload.manifest, "a drain may take all its pods at once", cure)
    yield found._replace(addition=body, missing=True)


def _judged(
    release: Release, budget: Budget, workload: Workload, existing: Manifest, over: list[Workload]
) -> Iterator[Finding]:
    """What is wrong with the budget that a workload has. `over`: the workloads whose pods it selects."""
    counts = [release.replicas(other)[0] for other in over if other.replicated and not other.is_hook]
    fewest = release.replicas(workload)[0]
    total = sum(counts)
    if total < 1 or fewest < 1:
        return
    wanted = proven.wanted(existing, total)
    allowed = None if wanted is None else total - wanted
    if allowed is not None and allowed > 0 and (allowed < fewest or fewest == 1):
        if existing.labels.get(addition.RULE_LABEL) != RULE:
            problem = f"PodDisruptionBudget {existing.name} lets {allowed} of {total} pods go at a time"
            yield _finding(workload.manifest, problem, "left as it is")._replace(level="note")
        return
    # The smallest of the workloads that it selects keeps a pod.
    count = _count(budget, min(count for count in counts if count > 0))
    if allowed is None:
        problem = "it has both maxUnavailable and minAvailable, which Kubernetes refuses"
    elif allowed <= 0:
        problem = f"it lets no pod of {workload.manifest.title} go, so every drain of a node waits for ever"
    else:
        problem = f"it lets all {fewest} pods of {workload.manifest.title} go at once"
    spec = existing.map("spec")
    operations: list[Operation] = [put(existing, AT_MOST, count)]
    if "minAvailable" in spec:
        operations.append(remove(AT_LEAST))
    found = _finding(existing, problem, f"maxUnavailable {count}")
    yield found._replace(
        path=AT_LEAST if spec.get("minAvailable") is not None else AT_MOST,
        operations=tuple(operations),
        missing=existing.at(*AT_MOST) is None and existing.at(*AT_LEAST) is None,
    )


class _Budgets:
    """The budgets of the release by workload, those that the rule adds on its way included."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._near = Surroundings(release)
        self._over: dict[Manifest, list[Manifest]] = {}
        self._read = 0
        self.take_added()

    def take_added(self) -> None:
        """Read the budgets that came into the release since the last time."""
        budgets = self._release.of_kind(KIND)
        for budget in budgets[self._read :]:
            for workload in self.picked(budget):
                self._over.setdefault(workload.manifest, []).append(budget)
        self._read = len(budgets)

    def workload(self, workload: Workload) -> list[Manifest]:
        """The budgets over the workload's pods."""
        return self._over.get(workload.manifest, [])

    def sharing(self, workload: Workload) -> Workload | None:
        """Another workload that has a budget and whose pods the workload's selector picks too."""
        near = self._near.picked(workload.selector, workload.manifest.namespace)
        return next((other for other in near if self.workload(other)), None)

    def picked(self, budget: Manifest) -> list[Workload]:
        """The workloads whose pods a budget selects."""
        return proven.picked(self._near, budget)


def _count(budget: Budget, pods: int) -> int:
    """The policy's maxUnavailable, or fewer, so that a pod stays; never 0, which would block every drain."""
    return max(1, min(budget.max_unavailable, pods - 1))


def _finding(manifest: Manifest, problem: str, cure: str) -> Finding:
    return Finding(RULE, manifest, (), problem, cure, REQUIREMENTS)
