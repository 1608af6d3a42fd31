"""The answers of a check: of each requirement whether it is met, and what is found where it is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from profiles.models import Product
from profiles.requirements import Requirement

Status = Literal["not-met", "exempt", "person", "met", "not-applicable"]
# What needs a reader first.
STATUSES: tuple[Status, ...] = ("not-met", "exempt", "person", "met", "not-applicable")

# What may be given to a check, by the word that reports have for it.
Input = Literal["deployment", "manifests", "nodes", "keys", "values", "chart", "both"]
INPUTS: dict[Input, str] = {
    "deployment": "the deployment file",
    "manifests": "the rendered manifests",
    "nodes": "the nodes: kubectl get nodes -o yaml",
    "keys": "the key and certificate files",
    "values": "the values files",
    "chart": "the chart",
    "both": "both domains: --ledger PATH --auditor PATH",
}


class Spot(NamedTuple):
    """Where something stands. `file`: as its user named it, `-` for stdin, empty where it is in none.

    `line`, `column`: from 1; 0 where only the file is known. `object`: `Deployment ledger`. `path`: in
    the object a JSON Pointer, in a deployment file or in values the keys (`nodePool.nodes`).
    `identity`: what tells it from all others though lines and places in lists change; empty: object and path.
    """

    file: str = ""
    line: int = 0
    column: int = 0
    object: str = ""
    path: str = ""
    identity: str = ""

    def __str__(self) -> str:
        """`ours.yaml:4:10`, as editors and compilers have it."""
        name = "stdin" if self.file == "-" else self.file
        if name.startswith("::"):  # a pipeline would take it for an order
            name = f"./{name}"
        return ":".join([name, *(str(number) for number in (self.line, self.column) if number)])


class Finding(NamedTuple):
    """What is not as a requirement asks. `problem`: one sentence without a full stop; `cure`: what to do.

    `rule`: the rule of scalardl-harden that found it and may mend it. `side`: whose domain; empty where it
    is of both. `exempt`: the reason where it is exempt. `known`: whether the baseline has it.
    """

    requirement: str
    problem: str
    cure: str
    spot: Spot = Spot()
    rule: str = ""
    side: Product | Literal[""] = ""
    exempt: str = ""
    known: bool = False


class Said(NamedTuple):
    """One thing that is said of a requirement.

    `wrong`: it has the `finding`. `met`: `text` says by what. `beside`: it does not apply, and why.
    `person`: a person must tell, and why; `missing`: what would decide it, were it given.
    """

    status: Literal["wrong", "met", "beside", "person"]
    text: str = ""
    finding: Finding | None = None
    missing: tuple[Input, ...] = ()
    side: Product | Literal[""] = ""


class Answer(NamedTuple):
    """The answer to one requirement, of all domains together.

    `findings`: those that count, then those that are exempt. `because`: of what is met, not applicable
    or for a person, the reasons. `missing`: what would decide it, were it given.
    """

    id: str
    requirement: Requirement
    status: Status
    findings: tuple[Finding, ...] = ()
    because: tuple[str, ...] = ()
    missing: tuple[Input, ...] = ()

    @property
    def fresh(self) -> tuple[Finding, ...]:
        """The findings that count and that no baseline has."""
        return tuple(one for one in self.findings if not one.exempt and not one.known)


def met(text: str) -> Said:
    """The requirement is met, by what `text` says."""
    return Said("met", text)


def beside(text: str) -> Said:
    """The requirement does not apply, for what `text` says."""
    return Said("beside", text)


def person(text: str, *missing: Input) -> Said:
    """A person must tell, for what `text` says; `missing` would decide it."""
    return Said("person", text, missing=missing)


def wrong(requirement: str, problem: str, cure: str, spot: Spot, rule: str = "") -> Said:
    """The requirement is not met."""
    return Said("wrong", finding=Finding(requirement, problem, cure, spot, rule))


def answer(name: str, requirement: Requirement, said: Iterable[Said]) -> Answer:
    """The answer that follows from all that was said: what is wrong first, then what nobody can tell."""
    all_said = list(said)
    findings = [one.finding for one in all_said if one.finding]
    findings.sort(key=lambda finding: bool(finding.exempt))
    counting = [one for one in all_said if not (one.finding and one.finding.exempt)]
    order: tuple[tuple[str, Status], ...] = (
        ("wrong", "not-met"), ("person", "person"), ("met", "met"), ("beside", "not-applicable")
    )  # fmt: skip
    for word, status in order:
        if any(one.status == word for one in counting):
            if findings and status != "not-met":
                status = "exempt" if status != "person" else status
            because = [one for one in all_said if one.status == word and one.text]
            return Answer(
                name,
                requirement,
                status,
                tuple(findings),
                tuple(dict.fromkeys(_owned(one) for one in because)),
                tuple(dict.fromkeys(missing for one in because for missing in one.missing)),
            )
    return Answer(name, requirement, "exempt" if findings else "not-applicable", tuple(findings))


def _owned(said: Said) -> str:
    return f"{said.side.title()}: {said.text}" if said.side else said.text
