"""Requirements that rules of the post-renderer decide on manifests, and without manifests the profile.

A rule's finding names the requirements that it breaks. Without manifests the answer is what the values
that the profile renders will have, and that a rule which is on would mend the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from generator.check.answers import Said, beside, met, wrong
from generator.check.evidence import Declared, Manifests, Side
from profiles.scalardl import SERVING, Role

# Why a profile asks less than the guides: the path of the value, what is wrong, and the cure; None where it
# does not.
Less = tuple[tuple[str, ...], str, str] | None
_ALL: tuple[Role, ...] = (*SERVING, "loader", "admin")


class ByRule:
    """Decides one requirement by the findings of one rule that name it.

    `concerns`: the roles of workloads that the rule looks at; where none is there, it does not apply.
    `less`: what in a profile asks less than the guides do. `rendered`: whether the values made from a profile
    have all that the requirement asks, also where the rule does not mend.
    """

    def __init__(
        self,
        requirement: str,
        rule: str,
        concerns: tuple[Role, ...] = _ALL,
        less: Callable[[Declared], Less] = lambda _: None,
        rendered: bool = False,
    ) -> None:
        self.requirement = requirement
        self.rule = rule
        self.concerns = concerns
        self.less = less
        self.rendered = rendered

    def __call__(self, side: Side) -> Iterator[Said]:
        """What the manifests say; without workloads of these roles what the profile asks for."""
        if side.manifests and side.manifests.roles & set(self.concerns):
            yield from self._of_manifests(side.manifests)
        elif side.declared:
            yield self._of_profile(side.declared)
        elif side.manifests:
            yield beside(f"no {' or '.join(self.concerns)} is in the manifests")

    def _of_manifests(self, manifests: Manifests) -> Iterator[Said]:
        found = list(of_rule(manifests, self.requirement, self.rule))
        yield from found
        if all(said.finding and said.finding.exempt for said in found):
            yield met(f"the rule {self.rule} finds nothing{' else' if found else ''}")

    def _of_profile(self, declared: Declared) -> Said:
        less = self.less(declared) or (None if self.rendered else _not_mended(declared, self.rule))
        if less is not None:
            path, problem, cure = less
            return wrong(self.requirement, problem, cure, declared.spot(*path), self.rule)
        if self.rendered:
            return met("the values made from the deployment file meet it")
        return met(
            f"the values made from the deployment file and scalardl-harden (rule {self.rule}) see to it"
        )


def of_rule(manifests: Manifests, requirement: str, rule: str) -> Iterator[Said]:
    """The findings of the rule that name the requirement, those that are exempt with the reason."""
    for one in manifests.findings:
        if one.rule == rule and requirement in one.requirements:
            yield manifests.wrong(requirement, one.manifest, one.path, one.problem, one.cure, rule)


def _not_mended(declared: Declared, rule: str) -> Less:
    """A rule that does not mend: then nothing makes a release meet what its values leave open."""
    mode = declared.domain.rules.get(rule, "off")
    if mode not in ("off", "check"):
        return None
    what = "off" if mode == "off" else "on check, which only reports"
    return ("rules", rule), f"the profile has the rule {rule} {what}", f"write {rule}: enforce below rules"
