"""A plan: the answers about a release on its nodes, with what mends those that are no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from postrender.proof.placement.proofs import Loss, NodeDrain, Proofs, Scaling, Update
from postrender.proof.placement.words import FAILS, Word

# The key of the question whether all workloads may be updated at the same time.
TOGETHER = "together"


class Cure(NamedTuple):
    """A change after which the answer is yes: that was proven. `text`: what to do, one sentence."""

    text: str


class Plan(NamedTuple):
    """The answers. `nodes`: where the nodes come from, for the heading. `zones_count`: whether the profile
    asks that a zone may be lost. `assuming`: what had to be taken for the answers after the first; empty
    where nothing. `remarks`: what is not known or was assumed, each a sentence.

    `cures`: by question, the keys as `question` gives them. `mends`: what mends all of them at once.
    """

    release: str
    profile: str
    nodes: str
    proofs: Proofs
    zones_count: bool
    cures: dict[str, tuple[Cure, ...]]
    assuming: str = ""
    remarks: tuple[str, ...] = ()
    mends: tuple[Cure, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether any question is answered with no."""
        return any(answer in FAILS for _, answer in self.answers())

    def answers(self) -> Iterator[tuple[str, Word]]:
        """Each question that counts, by its key, with its answer."""
        proofs = self.proofs
        yield "placement", proofs.placement.answer
        for update in proofs.updates:
            yield question(update), update.answer
        if proofs.together:
            yield TOGETHER, proofs.together.answer
        for drain in proofs.drains:
            yield "drains", drain.answer
            yield "drains", drain.back
        for loss in proofs.losses if self.zones_count else ():
            yield question(loss), loss.answer
        for scaling in proofs.scalings:
            yield question(scaling), scaling.answer


def question(asked: Update | NodeDrain | Loss | Scaling) -> str:
    """The key of a question in `Plan.cures`; whether all pods find a node has the key `placement`."""
    if isinstance(asked, Update):
        return f"update {asked.group.title}"
    if isinstance(asked, Loss):
        return f"zone {asked.zone}"
    return f"scaling {asked.group.title}" if isinstance(asked, Scaling) else "drains"
