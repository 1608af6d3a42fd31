"""What the NetworkPolicies that stand already admit, against what a workload needs.

The policies are evaluated only where they could matter: most releases have none but ours, and the
evaluation takes time to load.
Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.manifests.manifest import Manifest, Object, Parsed
from postrender.manifests.nodes import Tree
from postrender.manifests.stream import Document
from postrender.manifests.workload import Workload

if TYPE_CHECKING:
    from postrender.proof.reachability.peers import Traffic
    from postrender.proof.reachability.policies import NetworkPolicy

INGRESS, EGRESS = "Ingress", "Egress"


def isolates(policy: Manifest, direction: str) -> bool:
    """Whether the policy limits that direction.

    Without types it is for ingress, and for egress where it has rules for it.
    """
    types = policy.list("spec", "policyTypes")
    return direction in types if types else direction == INGRESS or bool(policy.list("spec", "egress"))


class Standing:
    """The policies of a release, each evaluated once. Raises UnreadableError for one that is none."""

    def __init__(self) -> None:
        self._read: dict[Manifest, NetworkPolicy] = {}

    def wide_open(self, policies: list[Manifest], direction: str, workload: Workload) -> list[str]:
        """The names of those that let anyone in that direction through on every port.

        That is one by itself, or else several together. Anyone: all addresses of one IP version, for in
        most clusters a pod has one of them as well.
        """
        able = [found for found in policies if isolates(found, direction)]
        if not any(_may_open_every_port(found, direction) for found in able):
            return []
        alone = [found for found in able if self._opens_all([found], direction, workload)]
        if not alone and self._opens_all(able, direction, workload):
            alone = [
                found for found in able if not self._opens_all(_without(able, found), direction, workload)
            ]
            alone = alone or able
        return [found.name for found in alone]

    def admit(
        self, policies: list[Manifest], direction: str, workload: Workload, wanted: tuple[Object, ...]
    ) -> bool:
        """Whether the policies together certainly admit all that these rules of ours would."""
        from postrender.proof.reachability.peers import left_of

        asked = self._traffic(_ours(workload, direction, wanted), direction, workload)
        return not left_of(asked, self._of_all(policies, direction, workload))

    def _opens_all(self, policies: list[Manifest], direction: str, workload: Workload) -> bool:
        from postrender.proof.reachability import ports
        from postrender.proof.reachability.addresses import OUTSIDE
        from postrender.proof.reachability.peers import Peers, Traffic, left_of

        open_ = self._of_all(policies, direction, workload)
        return any(not left_of([Traffic(Peers((version,)), ports.ALL)], open_) for version in OUTSIDE)

    def _of_all(self, policies: list[Manifest], direction: str, workload: Workload) -> list[Traffic]:
        return [part for found in policies for part in self._traffic(found, direction, workload)]

    def _traffic(self, policy: Manifest, direction: str, workload: Workload) -> list[Traffic]:
        """What the rules of that direction admit; names of ports are those of the workload's containers."""
        from postrender.proof.reachability import policies, ranges
        from postrender.proof.reachability.peers import Traffic
        from postrender.proof.reachability.pods import named_ports

        if policy not in self._read:
            self._read[policy] = policies.read(policy, policy.namespace or "")
        names = named_ports(workload) if direction == INGRESS else {}
        return [
            Traffic(who, ranges.union((rule.numbers, *(names.get(name, ()) for name in rule.names))))
            for rule in self._read[policy].rules.get(direction, ())
            for _, who in rule.peers
        ]


def _without(policies: list[Manifest], gone: Manifest) -> list[Manifest]:
    return [found for found in policies if found is not gone]


def _ours(workload: Workload, direction: str, rules: tuple[Object, ...]) -> Manifest:
    """A policy with these rules beside the workload, only to be read."""
    parsed = Parsed(Document(0, 0, ""), Tree(None, None, False, []))
    parsed.data = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": workload.manifest.name},
        "spec": {"policyTypes": [direction], direction.lower(): list(rules)},
    }
    made = Manifest(parsed)
    made.home = workload.manifest.namespace
    return made


def _may_open_every_port(policy: Manifest, direction: str) -> bool:
    """Whether a rule has no ports, or names the third protocol: without either, some port stays shut."""
    base = ("spec", direction.lower())
    listed = [policy.maps(*base, str(index), "ports") for index, _ in enumerate(policy.maps(*base))]
    return any(not ports or any(port.get("protocol") == "SCTP" for port in ports) for ports in listed)
