"""The pipeline: read the stream, let each rule find and fix, apply the user's patches, write the stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from postrender import patches
from postrender.errors import PolicyUnmetError, UnreadableError
from postrender.manifests import operations, release
from postrender.manifests.manifest import Manifest, pointer
from postrender.manifests.release import Release
from postrender.printable import one_line
from postrender.rules import exemptions, rule
from postrender.rules.addition import RULE_LABEL
from postrender.rules.finding import Finding
from profiles.policy import RULES, Mode, Policy
from profiles.scalardl import ROLE_ANNOTATION

INSTANCE_LABEL = "app.kubernetes.io/instance"

FIXED, REFUSED, REPORTED, EXEMPT, NOTE = "fixed", "refused", "reported", "exempt", "note"


class Outcome(NamedTuple):
    """What became of one finding, as plain facts for the report."""

    status: str
    rule: str
    kind: str
    namespace: str | None
    name: str
    document: int
    pointer: str
    problem: str
    cure: str
    requirements: tuple[str, ...]
    operations: tuple[dict[str, Any], ...] = ()
    reason: str = ""

    @property
    def line(self) -> str:
        """`Deployment ledger: what is wrong; the cure`"""
        return one_line(f"{self.kind} {self.name}: {self.problem}; {self.cure}")


class Result(NamedTuple):
    """The hardened stream (None where the policy cannot be met), what was found, and in what."""

    text: str | None
    outcomes: tuple[Outcome, ...]
    documents: int
    release: str = ""

    @property
    def refused(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.status == REFUSED]

    @property
    def fixed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.status == FIXED]


def harden(text: str, policy: Policy, today: str, excluded: frozenset[str] = frozenset()) -> Result:
    """Make the stream `text` obey the policy. `today`: the ISO date against which exemptions end.

    `excluded`: rules that are left out. Raises UnreadableError for input that cannot be read, and
    DefectError where an edit does not hold.
    """
    kinds = frozenset(patch.kind for patch in policy.patches if patch.kind)
    everything = any(patch.kind is None for patch in policy.patches)
    stream = release.load(text, kinds, everything)
    active = [name for name in RULES if policy.mode(name) != "off" and name not in excluded]
    run = _Run(stream, policy, exemptions.collect(stream, policy, today))
    run.outcomes += _remarks(stream, policy, run.exemptions)
    for name in active:
        run.apply(rule(name)(stream, policy), policy.mode(name))
    if policy.patches:
        run.patch(active)
    if any(outcome.status == REFUSED for outcome in run.outcomes):
        return Result(None, tuple(run.outcomes), _count(stream), _names(stream))
    run.mark()
    run.outcomes += _unchangeable(run.changed)
    return Result(stream.text(), tuple(run.outcomes), _count(stream), _names(stream))


class _Run:
    """One pass over one release: the outcomes so far and which rule changed which object."""

    def __init__(self, stream: Release, policy: Policy, exempt: exemptions.Exemptions) -> None:
        self.stream = stream
        self.policy = policy
        self.exemptions = exempt
        self.outcomes: list[Outcome] = []
        self.changed: dict[Manifest, set[str]] = {}

    def apply(self, findings: Iterator[Finding], mode: Mode) -> None:
        """Judge the findings, and apply the fixes that the mode allows before the next one is made."""
        for finding in findings:
            reason = self.exemptions.reason(finding.rule, finding.manifest)
            if reason is not None:
                self.outcomes.append(_outcome(EXEMPT, finding, reason))
                continue
            if finding.level == "note":
                status = NOTE
            elif mode == "check" or (mode == "fill" and not finding.missing):
                status = REPORTED
            else:
                status = FIXED if finding.fixable else REFUSED
            self.outcomes.append(_outcome(status, finding))
            if status == FIXED:
                self._fix(finding)

    def _fix(self, finding: Finding) -> None:
        if finding.operations:
            operations.perform(finding.manifest, finding.operations)
            self.changed.setdefault(finding.manifest, set()).add(finding.mark or finding.rule)
        if finding.addition is not None:
            addition = finding.addition
            addition["metadata"].setdefault("labels", {})[RULE_LABEL] = finding.rule
            self.stream.add(finding.rule, addition)

    def patch(self, active: list[str]) -> None:
        """Apply the profile's patches; what a rule then finds and did not find before, a patch has undone."""
        known = {
            (o.rule, o.kind, o.name, o.problem) for o in self.outcomes if o.status in (REPORTED, REFUSED)
        }
        self.apply(patches.find(self.stream, self.policy), "enforce")
        for number in patches.unused(self.stream, self.policy):
            problem = f"its patch {number} selects no object here"
            cure = "correct its select, if it is for this release"
            self.outcomes.append(_of_profile(self.policy, patches.RULE, problem, cure))
        try:
            for name in active:
                for finding in rule(name)(self.stream, self.policy):
                    manifest = finding.manifest
                    if (
                        finding.level == "note"
                        or self.policy.mode(name) == "check"
                        or self.exemptions.reason(name, manifest) is not None
                        or (name, manifest.kind, manifest.name, finding.problem) in known
                    ):
                        continue
                    undone = finding._replace(
                        problem=f"a patch of the profile undoes {name}: {finding.problem}",
                        cure="change the patch, or exempt the object with a reason",
                        operations=(),
                        addition=None,
                    )
                    self.outcomes.append(_outcome(REFUSED, undone))
        except UnreadableError as error:
            raise PolicyUnmetError(f"after the patches of the profile: {error}") from None

    def mark(self) -> None:
        """Say on each changed object which rules changed it: in its metadata, never in a pod template."""
        for manifest, rules in self.changed.items():
            text = ", ".join(sorted(rules | patches.applied(manifest)))
            if text != manifest.annotations.get(patches.APPLIED):
                path = ("metadata", "annotations", patches.APPLIED)
                operations.perform(manifest, (operations.put(manifest, path, text),))


def _outcome(status: str, finding: Finding, reason: str = "") -> Outcome:
    manifest = finding.manifest
    changes = [operation.as_json() for operation in finding.operations]
    if finding.addition is not None:
        changes.append({"op": "add", "path": "", "value": finding.addition})
    return Outcome(
        status=status,
        rule=finding.rule,
        kind=manifest.kind,
        namespace=manifest.namespace,
        name=manifest.name,
        document=manifest.parsed.document.number,
        pointer=pointer(finding.path),
        problem=finding.problem,
        cure=finding.cure,
        requirements=finding.requirements,
        operations=() if manifest.kind == "Secret" else tuple(changes),
        reason=reason,
    )


def _of_profile(policy: Policy, rule_id: str, problem: str, cure: str) -> Outcome:
    return Outcome(NOTE, rule_id, "profile", None, policy.profile, 0, "", problem, cure, ())


def _remarks(stream: Release, policy: Policy, exempt: exemptions.Exemptions) -> Iterator[Outcome]:
    """What is worth saying before any rule runs."""
    for finding in exempt.problems:
        yield _outcome(REPORTED, finding)
    for entry in exempt.unused:
        problem = f"its exemption of {entry.kind} {entry.name} from {entry.rule} fits no object here"
        yield _of_profile(
            policy, "exemptions", problem, "correct its kind and name, if it is for this release"
        )
    yield from _doubled_keys(stream)
    for workload in stream.workloads:
        if workload.role == "other" and workload.signs and not workload.is_test:
            signs = ", ".join(workload.signs)
            if ROLE_ANNOTATION in workload.manifest.annotations:
                problem = f"its annotation takes it out of all rules, though {signs}"
                cure = "remove the annotation; to leave one rule out, exempt it with a reason"
                yield _outcome(REPORTED, Finding("roles", workload.manifest, (), problem, cure, ()))
            else:
                problem = f"no two signs agree on its role in ScalarDL ({signs})"
                cure = f"if it has one, say it with the annotation {ROLE_ANNOTATION}"
                yield _outcome(NOTE, Finding("roles", workload.manifest, (), problem, cure, ()))


def _doubled_keys(stream: Release) -> Iterator[Outcome]:
    seen = set()
    for manifest in stream.manifests:
        document = manifest.parsed.document
        if document.number in seen:
            continue
        seen.add(document.number)
        line, counted = document.line, 0
        for key, offset in manifest.parsed.tree.doubled:
            # Counted on from the one before; those of an inner map come before those of the map around it.
            line += document.text.count("\n", counted, offset) - document.text.count("\n", offset, counted)
            counted = offset
            # A list may hold a Secret behind its first item, whose keys may be values that lost their indent.
            told = not manifest.base and not manifest.kind.lower().strip().endswith(("secret", "list"))
            shown = f"the key {key}" if told else "a key"
            problem = f"{shown} stands twice in one map (line {line}); Kubernetes reads the last"
            yield _outcome(REPORTED, Finding("stream", manifest, (), problem, "remove one of them", ()))


def _unchangeable(changed: Iterable[Manifest]) -> Iterator[Outcome]:
    """Kubernetes takes no change of a Job's pod template, nor of most of a Pod, once it is there."""
    for manifest in changed:
        if manifest.kind in ("Job", "Pod") and not manifest.hooks:
            problem = "it was changed, and Kubernetes refuses such changes of one that is already there"
            delete = f"kubectl delete {manifest.kind.lower()} {manifest.name}"
            cure = f"where an earlier release left one: {delete}, then upgrade"
            yield _outcome(NOTE, Finding("stream", manifest, (), problem, cure, ()))


def _count(stream: Release) -> int:
    """The documents that hold anything."""
    return sum(not document.blank for document in stream.documents)


def _names(stream: Release) -> str:
    """The names of the Helm releases in the stream, as their workloads' labels say."""
    names = dict.fromkeys(workload.manifest.labels.get(INSTANCE_LABEL, "") for workload in stream.workloads)
    return ", ".join(name for name in names if name)
