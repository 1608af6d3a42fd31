"""Facts of the world: what only a deployment file can declare, and what running images show of it.

A built-in profile's default is nobody's word: what the user's own file does not state, a person must tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from generator.check.answers import Said, Spot, beside, met, person, wrong
from generator.check.evidence import Declared, Manifests, Side, in_own_file
from profiles.deployment import Provider
from profiles.document import find

# Labels that a provider's own nodes carry begin so.
_PROVIDERS: tuple[tuple[str, Provider], ...] = (
    ("eks.amazonaws.com/", "eks"),
    ("kubernetes.azure.com/", "aks"),
    ("cloud.google.com/gke", "gke"),
)
CALLED: dict[Provider, str] = {
    "eks": "EKS",
    "aks": "AKS",
    "gke": "GKE",
    "none": "a control plane of your own",
}


class Fact(NamedTuple):
    """A value of a deployment file, by its path from the domain. `meets`: whether it is what is asked.

    `problem`: what is wrong where it does not; `cure`: what to do then; `write`: what the user is to write
    there where nobody said anything.
    """

    path: tuple[str, ...]
    problem: str
    cure: str
    write: str = "true if it is so"
    meets: Callable[[object], bool] = bool


class Facts:
    """Decides a requirement by facts: all of them must be declared so.

    `shown_by`: parts of image names; a workload with one of them shows that the requirement is met.
    `first`: what else decides, before; the facts count where it says nothing.
    """

    def __init__(
        self,
        requirement: str,
        *facts: Fact,
        shown_by: tuple[str, ...] = (),
        first: Callable[[Side], Iterator[Said]] = lambda _: iter(()),
    ) -> None:
        self.requirement = requirement
        self.facts = facts
        self.shown_by = shown_by
        self.first = first

    def __call__(self, side: Side) -> Iterator[Said]:
        """What runs, else what is declared."""
        before = list(self.first(side))
        yield from before
        if before:
            return
        running = runs(side.manifests, *self.shown_by)
        if running:
            yield met(f"{running} is in the manifests")
        elif side.declared:
            yield from (of_fact(self.requirement, fact, side.declared) for fact in self.facts)


def of_fact(requirement: str, fact: Fact, declared: Declared) -> Said:
    """What the user's file says of the fact."""
    if not declared.stated(*fact.path):
        return undeclared(declared, fact.path, fact.write)
    found = value(declared, *fact.path)
    if fact.meets(found):
        return met(f"{key(declared, *fact.path)}{_shown(found)} is declared")
    return wrong(requirement, fact.problem, fact.cure, declared.spot(*fact.path))


def undeclared(declared: Declared, path: tuple[str, ...], write: str) -> Said:
    """A person must tell, for the user's file does not state it; `write`: what to write there."""
    return person(f"{key(declared, *path)} is not declared; write {write}", "deployment")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return f": {str(value).lower()}"
    return f": {value}" if isinstance(value, (str, int)) else ""


def key(declared: Declared, *path: str) -> str:
    """The key as the user writes it: below the domain where it can stand nowhere else."""
    return ".".join((declared.product, *path) if path[0] == "cluster" else path)


def value(declared: Declared, *path: str) -> object:
    """What is written at `path` of the domain; None where nothing stands there."""
    node, exact = find(declared.resolved.tree, (declared.product, *path))
    return node.value if exact else None


def entry(declared: Declared, name: str, index: int, *below: str) -> Spot:
    """Where an entry of a list of the cluster stands; its path is that of the list."""
    node, _ = find(declared.resolved.tree, (declared.product, "cluster", name, index, *below))
    return in_own_file(declared.resolved, node.place, f"{declared.product}.cluster.{name}")


def runs(manifests: Manifests | None, *words: str, kinds: tuple[str, ...] = ()) -> str:
    """The title of the first workload with an image that has one of the words in its name; empty for none."""
    for one in manifests.workloads() if manifests else ():
        if kinds and one.manifest.kind not in kinds:
            continue
        for _, container in one.containers("containers"):
            image = container.get("image")
            name = image.rpartition("/")[2] if isinstance(image, str) else ""
            if any(word in name for word in words):
                return one.manifest.title
    return ""


def provider(side: Side) -> Provider | None:
    """The declared provider, or the one whose labels the nodes carry; None where nobody tells."""
    if side.declared and side.declared.stated("cluster", "provider"):
        return side.declared.domain.cluster.provider
    labels = [label for node in (side.manifests.nodes if side.manifests else ()) for label in node.labels]
    return next(
        (name for start, name in _PROVIDERS if any(label.startswith(start) for label in labels)), None
    )


def not_on_eks(side: Side) -> Iterator[Said]:
    """That a requirement for EKS does not apply, or that nobody knows; nothing where the cluster is EKS."""
    known = provider(side)
    if known is None and side.declared:
        yield undeclared(side.declared, ("cluster", "provider"), "eks if it is EKS, or what it is")
    elif known not in (None, "eks"):
        assert known is not None
        yield beside(f"it is asked of EKS, and the cluster is {CALLED[known]}")


def scales(side: Side) -> bool | None:
    """Whether the number of pods follows the load, by the manifests or the profile; None: nobody tells."""
    if side.manifests and side.manifests.workloads("ledger", "auditor", "envoy"):
        release = side.manifests.release
        if any(release.autoscaler(one) for one in side.manifests.workloads("ledger", "auditor", "envoy")):
            return True
        return bool(side.declared and side.declared.domain.autoscaling)
    return bool(side.declared.domain.autoscaling) if side.declared else None


def without_scaling(side: Side) -> Iterator[Said]:
    """That a requirement for autoscaled pods does not apply."""
    if scales(side) is False:
        yield beside("no autoscaler changes the number of pods")
