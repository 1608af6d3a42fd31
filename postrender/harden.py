"""The pipeline: read the stream, let each rule find and fix, apply the user's patches, write the stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import jsonpatch

from postrender.manifests import operations, release
from postrender.manifests.manifest import Manifest, pointer
from postrender.manifests.release import Release
from postrender.rules import exemptions, rule
from postrender.rules.finding import Finding
from profiles.policy import RULES, Patch, Policy
from profiles.scalardl import ROLE_ANNOTATION

APPLIED = "scalardl-harden/applied"
RULE_LABEL = "scalardl-harden/rule"

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
        return f"{self.kind} {self.name}: {self.problem}; {self.cure}"


class Result(NamedTuple):
    """The hardened stream (None where the policy cannot be met) and what was found."""

    text: str | None
    outcomes: tuple[Outcome, ...]
    documents: int

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
    for outcome in run.exemptions.problems:
        run.outcomes.append(_outcome(REPORTED, outcome))
    run.outcomes += _doubled_keys(stream)
    run.outcomes += _doubtful_roles(stream)
    for name in active:
        run.apply(name)
    if policy.patches:
        run.patch()
        for name in active:
            run.recheck(name)
    if any(outcome.status == REFUSED for outcome in run.outcomes):
        return Result(None, tuple(run.outcomes), len(stream.documents))
    run.mark()
    return Result(stream.text(), tuple(run.outcomes), len(stream.documents))


class _Run:
    """One pass over one release: the outcomes so far and which rule changed which object."""

    def __init__(self, stream: Release, policy: Policy, exempt: exemptions.Exemptions) -> None:
        self.stream = stream
        self.policy = policy
        self.exemptions = exempt
        self.outcomes: list[Outcome] = []
        self.changed: dict[Manifest, set[str]] = {}

    def apply(self, name: str) -> None:
        """Let one rule find, and apply the fixes that its mode allows."""
        mode = self.policy.mode(name)
        for finding in rule(name)(self.stream, self.policy):
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
            self.changed.setdefault(finding.manifest, set()).add(finding.rule)
        if finding.addition is not None:
            addition = finding.addition
            addition["metadata"].setdefault("labels", {})[RULE_LABEL] = finding.rule
            self.stream.add(finding.rule, addition)

    def patch(self) -> None:
        """Apply the profile's own operations to the objects that they select."""
        for number, patch in enumerate(self.policy.patches, 1):
            chosen = [manifest for manifest in self.stream.manifests if self._selects(patch, manifest)]
            if not chosen:
                self.outcomes.append(
                    _of_profile(self.policy, f"patch {number} selects no object", "correct its select")
                )
            for manifest in chosen:
                self._patch(number, patch, manifest)

    def _patch(self, number: int, patch: Patch, manifest: Manifest) -> None:
        base = pointer(manifest.base)
        wanted = [
            {key: base + value if key in ("path", "from") else value for key, value in operation.items()}
            for operation in patch.operations
        ]
        problem, status = f"patch {number} of the profile is applied", FIXED
        try:
            operations.apply_json(manifest, wanted)
        except (
            jsonpatch.JsonPatchException,
            jsonpatch.JsonPointerException,
            TypeError,
            ValueError,
            KeyError,
        ):
            problem, status = f"patch {number} of the profile does not fit it", REFUSED
        shown = () if manifest.kind == "Secret" else patch.operations
        steps = ", ".join(f"{operation['op']} {operation['path']}" for operation in patch.operations)
        cure = f"operations: {steps}" if status == FIXED else f"look at its operations ({steps})"
        finding = Finding("patches", manifest, (), problem, cure, ())
        self.outcomes.append(_outcome(status, finding)._replace(operations=tuple(dict(op) for op in shown)))
        self.changed.setdefault(manifest, set()).add("patches")

    def _selects(self, patch: Patch, manifest: Manifest) -> bool:
        roles = {w.role for w in self.stream.workloads if w.manifest is manifest}
        return (
            (patch.kind is None or manifest.kind == patch.kind)
            and (patch.name is None or exemptions.fits(patch.name, manifest.name))
            and (patch.role is None or patch.role in roles)
            and all(manifest.labels.get(key) == value for key, value in patch.labels.items())
        )

    def recheck(self, name: str) -> None:
        """After patches: what a rule would correct now, a patch has undone."""
        for finding in rule(name)(self.stream, self.policy):
            if finding.level == "note" or self.policy.mode(name) == "check" or not finding.fixable:
                continue
            if self.exemptions.reason(name, finding.manifest) is None:
                undone = finding._replace(
                    problem=f"a patch of the profile undoes {name}: {finding.problem}",
                    cure="change the patch, or exempt the object with a reason",
                    operations=(),
                    addition=None,
                )
                self.outcomes.append(_outcome(REFUSED, undone))

    def mark(self) -> None:
        """Say on each changed object which rules changed it: in its metadata, never in a pod template."""
        for manifest, rules in self.changed.items():
            before = manifest.annotations.get(APPLIED, "")
            names = rules | {name.strip() for name in before.split(",") if name.strip()}
            text = ", ".join(sorted(names))
            if text != before:
                path = ("metadata", "annotations", APPLIED)
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


def _of_profile(policy: Policy, problem: str, cure: str) -> Outcome:
    return Outcome(REPORTED, "patches", "profile", None, policy.profile, 0, "", problem, cure, ())


def _doubled_keys(stream: Release) -> Iterator[Outcome]:
    seen = set()
    for manifest in stream.manifests:
        document = manifest.parsed.document
        if document.number in seen:
            continue
        seen.add(document.number)
        for key, offset in manifest.parsed.tree.doubled:
            line = document.line + document.text.count("\n", 0, offset)
            problem = f"the key {key} stands twice in one map (line {line}); Kubernetes reads the last"
            finding = Finding("stream", manifest, (), problem, "remove one of them", ())
            yield _outcome(REPORTED, finding)


def _doubtful_roles(stream: Release) -> Iterator[Outcome]:
    """Workloads that only one sign takes for a component, or of which the signs disagree."""
    for workload in stream.workloads:
        if workload.role == "other" and workload.signs:
            problem = f"no two signs agree on its role in ScalarDL ({', '.join(workload.signs)})"
            cure = f"if it has one, say it with the annotation {ROLE_ANNOTATION}"
            yield _outcome(NOTE, Finding("roles", workload.manifest, (), problem, cure, ()))
