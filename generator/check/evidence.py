"""What is known of a deployment: of each domain what is declared, what its manifests say, nodes, keys.

What follows from it is worked out when it is first asked for, and once: the findings of the rules, who
may talk to whom, whether the pods can be placed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from generator.check.answers import Said, Spot, wrong
from generator.check.inputs import Values
from generator.check.sources import Stream
from generator.keys.judge import Judged
from generator.plan.cluster import Cluster, of_nodes
from generator.plan.scene import Scene
from postrender.manifests.manifest import Manifest, Path
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.policy_source import DEFAULT_SOURCE, named
from postrender.proof.placement.proofs import Proofs, prove
from postrender.proof.reachability.declared import Blocked, Excess, blocked, components, flows, open_beyond
from postrender.proof.reachability.world import World
from postrender.rules import exemptions, rule
from postrender.rules.finding import Finding
from profiles.document import Place, find
from profiles.load import Problem, ResolvedProfile
from profiles.models import Domain, Product, Profile
from profiles.policy import RULES, Policy, Resources
from profiles.scalardl import SERVING, Role

# The yardstick: what the guides ask, as far as a policy can say it.
GUIDES = "production"
# Whose root file systems are to be read-only.
_READ_ONLY: tuple[Role, ...] = (*SERVING, "loader")


def _least(cap: Resources, own: Resources | None) -> Resources:
    """The licence's cap of a pod, or a profile's where that is lower."""
    return Resources(min(cap.cpu, own.cpu), min(cap.memory, own.memory)) if own else cap


class Flows(NamedTuple):
    """How many flows are needed, which of them do not pass, and what is open beyond them."""

    needed: int
    blocked: tuple[Blocked, ...]
    beyond: tuple[Excess, ...]


@dataclass(frozen=True)
class Declared:
    """What a deployment file says of one domain."""

    resolved: ResolvedProfile
    product: Product

    @property
    def profile(self) -> Profile:
        return self.resolved.profile

    @property
    def domain(self) -> Domain:
        return self.resolved.profile.domain(self.product)

    def stated(self, *path: str) -> bool:
        """Whether the user's own files state the value at `path`, of this domain or at the top."""
        return path in self.resolved.declared or (self.product, *path) in self.resolved.declared

    def spot(self, *path: str) -> Spot:
        """Where the value at `path` (from the domain, or from the top) stands in the user's file.

        What only a built-in profile states is at the line with which the user's file extends it.
        """
        tree = self.resolved.tree
        shared, at_the_top = find(tree, path)
        for whole in ((self.product, *path), path):
            node, exact = find(tree, whole)
            if exact:
                # What stands at the top is laid below each domain, and its user calls it by the top.
                once = at_the_top and node.place == shared.place
                return in_own_file(self.resolved, node.place, ".".join(path if once else whole))
        return in_own_file(self.resolved, tree.place, ".".join(path))


def in_own_file(resolved: ResolvedProfile | None, place: Place, path: str) -> Spot:
    """A place in a profile as a spot in the user's own file: where that does not state it, its first line."""
    own = resolved.tree.place if resolved else place
    at = own if place.source.startswith("profiles/builtin/") else place
    return Spot(at.source, at.line, at.column, path=path)


@dataclass(frozen=True)
class Manifests:
    """The manifests of one domain, judged by a policy. `namespace`: where what states none is installed.

    `policy`: the one that the release obeys; `source` says where it comes from. `nodes`: Node objects.
    `live`: whether they come from a cluster, and not from a chart.
    """

    stream: Stream
    release: Release
    policy: Policy
    source: str
    today: str
    namespace: str = ""
    nodes: tuple[Manifest, ...] = ()
    live: bool = False

    def spot(self, manifest: Manifest, path: Path = ()) -> Spot:
        """Where what is at `path` of the object stands."""
        return self.stream.spot(manifest, path)

    def file_of(self, number: int) -> str:
        """The file of the document of that number, from 1 over all files."""
        return self.stream.file_of(self.release.documents[number - 1].line)

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles of the workloads, tests left out."""
        return frozenset(one.role for one in self.workloads())

    def workloads(self, *roles: Role) -> tuple[Workload, ...]:
        """The workloads of these roles (none given: of all), without Helm's tests."""
        return tuple(one for one in self._workloads if not roles or one.role in roles)

    @cached_property
    def _workloads(self) -> tuple[Workload, ...]:
        return tuple(one for one in self.release.workloads if not one.is_test)

    @cached_property
    def judged_by(self) -> Policy:
        """The policy by which the rules judge: all of them on; what it does not ask, the guides still do."""
        own, guides = self.policy, named(GUIDES)
        # The guides' own sample prefers different nodes; that all must differ is a profile's word.
        own = own._replace(node_spread="none") if self.source == DEFAULT_SOURCE else own
        return own._replace(
            modes=dict.fromkeys(RULES, "check"),
            pool=own.pool or guides.pool,
            node_spread="preferred" if own.node_spread == "none" else own.node_spread,
            zone_spread="preferred" if own.zone_spread == "none" else own.zone_spread,
            resources=own.resources or guides.resources,
            caps={**own.caps, **{role: _least(cap, own.caps.get(role)) for role, cap in guides.caps.items()}},
            recreate_allowed=False,
            budget=own.budget or guides.budget,
            # The guides make no exception; the built-in profiles leave Envoy out.
            read_only_root=_READ_ONLY,
            patches=(),
        )

    def wrong(
        self, requirement: str, manifest: Manifest, path: Path, problem: str, cure: str, rule: str = ""
    ) -> Said:
        """What is wrong with an object; exempt where the object is from the requirement or the rule."""
        said = wrong(requirement, problem, cure, self.spot(manifest, path), rule)
        assert said.finding is not None
        reason = self.excused(requirement, manifest) or (rule and self.excused(rule, manifest))
        return said._replace(finding=said.finding._replace(exempt=reason)) if reason else said

    def excused(self, word: str, manifest: Manifest) -> str:
        """Why the object is exempt from a rule or a requirement; empty where it is not."""
        return self.exemptions.reason(word, manifest) or ""

    @cached_property
    def exemptions(self) -> exemptions.Exemptions:
        """The exemptions that the objects and the policy state."""
        return exemptions.collect(self.release, self.policy, self.today)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules of the post-renderer find, notes left out; nothing is mended between them."""
        return tuple(
            found
            for name in RULES
            for found in rule(name)(self.release, self.judged_by)
            if found.level == "violation"
        )

    @cached_property
    def world(self) -> World:
        """The pods and what their NetworkPolicies let pass."""
        return World(self.release, self.policy.network, self.namespace)

    @cached_property
    def network(self) -> Flows:
        """Which flows must pass, with what is blocked and what is open beyond them."""
        stated = flows(self.world, self.policy.network)
        beyond = open_beyond(self.world, components(self.world), stated)
        return Flows(len(stated), tuple(blocked(self.world, stated)), tuple(beyond))

    @cached_property
    def cluster(self) -> Cluster | None:
        """The real nodes, where they were given."""
        return of_nodes(list(self.nodes), self.release) if self.nodes else None

    @cached_property
    def proofs(self) -> Proofs | None:
        """Whether the pods can be placed, rolled, drained, on the nodes given or declared."""
        pool = self.judged_by.pool
        if not any(one.replicated for one in self.workloads()):
            return None
        scene = Scene(self.stream.text, self.release, self.judged_by, pool, self.cluster)
        return prove(self.release, scene.stage(), scene.grown)


class Chart(NamedTuple):
    """A chart that was rendered: its path, its Chart.yaml as data, and the version of the Helm that did."""

    path: str
    metadata: dict[str, Any]
    helm: str


@dataclass(frozen=True)
class Side:
    """What is known of one domain. `product`: whose it is; None where nothing says so."""

    product: Product | None
    declared: Declared | None = None
    manifests: Manifests | None = None
    keys: tuple[Judged, ...] = ()
    values: tuple[Values, ...] = ()
    charts: tuple[Chart, ...] = ()

    @property
    def name(self) -> Product | Literal[""]:
        return self.product or ""


@dataclass(frozen=True)
class Evidence:
    """All that is known. `sides`: Ledger's before Auditor's; where nothing is declared those that are given.

    `problems`: what in the deployment file breaks a requirement. `resolved`: the deployment; None also
    where a value in it is wrong by itself. `today`: an ISO date.
    """

    sides: tuple[Side, ...]
    today: str
    resolved: ResolvedProfile | None = None
    problems: tuple[Problem, ...] = ()
    keys: tuple[Judged, ...] = ()

    def side(self, product: Product) -> Side | None:
        """The side of a product, where anything is known of it."""
        return next((side for side in self.sides if side.product == product), None)

    def problems_of(self, requirement: str) -> Iterator[Problem]:
        """What in the deployment file breaks that requirement."""
        return (problem for problem in self.problems if requirement in problem.requirements)
