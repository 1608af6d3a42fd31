"""What Ledger is told of proofs and of Auditor."""

from __future__ import annotations

from collections.abc import Iterator

from generator.check.answers import Said, beside, met, person, wrong
from generator.check.deciders.calls import has_auditor
from generator.check.deciders.told import told
from generator.check.evidence import Evidence, Manifests, Side
from generator.check.row import RELEASE, Row

PROOF = "scalar.dl.ledger.proof.enabled"
AUDITOR = "scalar.dl.ledger.auditor.enabled"
# What each property is, and the charts' value behind it where they write the properties themselves.
_CALLED = {PROOF: ("asset proofs", "ledgerProofEnabled"), AUDITOR: ("auditor mode", "ledgerAuditorEnabled")}


def _proofs(side: Side) -> Iterator[Said]:
    """proof-always: whether asset proofs are on, with an Auditor or without."""
    if side.manifests and "ledger" in side.manifests.roles:
        yield from _of_manifests("proof-always", side.manifests, (PROOF,))
    elif side.product == "auditor":
        yield beside("it is asked of Ledger")
    elif side.declared:
        if side.declared.profile.asset_proof:
            yield met("assetProof is true, and the values turn proofs on")
        else:
            yield wrong(
                "proof-always",
                "assetProof is false, so Ledger proves no asset",
                "write assetProof: true",
                side.declared.spot("assetProof"),
            )


def without_ledger(evidence: Evidence) -> Iterator[Said]:
    """That nobody can tell what is asked of Ledger, where only Auditor's domain was given."""
    if evidence.sides and all(side.product == "auditor" for side in evidence.sides):
        yield person("it is asked of Ledger, and only Auditor's domain was given", "both")


def _proofs_and_auditor(evidence: Evidence) -> Iterator[Said]:
    """proof-and-auditor-enabled: whether Ledger works with the Auditor that is used."""
    if not has_auditor(evidence):
        yield beside("auditorMode is false, so no Auditor is used")
        return
    for side in evidence.sides:
        if side.manifests and "ledger" in side.manifests.roles:
            for said in _of_manifests("proof-and-auditor-enabled", side.manifests, (PROOF, AUDITOR)):
                finding = said.finding and said.finding._replace(side=side.name)
                yield said._replace(side=side.name, finding=finding)
        elif side.product == "ledger" and side.declared and side.declared.profile.asset_proof:
            yield met("assetProof and auditorMode are true, and Ledger's values have both")
    yield from without_ledger(evidence)


def _of_manifests(requirement: str, manifests: Manifests, names: tuple[str, ...]) -> Iterator[Said]:
    """What each Ledger's properties say: all of `names` must be true."""
    for ledger in manifests.workloads("ledger"):
        title = ledger.manifest.title
        found = told(manifests.release, ledger)
        off = [name for name in names if found.on(name) is False]
        hidden = [name for name in names if found.on(name) is None]
        if off:
            what, values = zip(*(_CALLED[name] for name in off), strict=True)
            yield manifests.wrong(
                requirement,
                ledger.manifest,
                (),
                f"{' and '.join(what)} {'are' if off[0] == PROOF else 'is'} off: "
                f"{' and '.join(off)} {'are' if len(off) > 1 else 'is'} not true",
                f"write {', '.join(f'{name}=true' for name in off)} into ledgerProperties, or set "
                f"{' and '.join(values)} to true where the chart writes the properties"
                + (
                    "; without an Auditor, auditorMode: false in the deployment file says so"
                    if len(names) > 1
                    else ""
                ),
            )
        elif hidden:
            yield person(
                f"{title} has {' and '.join(hidden)} from {found.hidden or 'a Secret'}, not seen here"
            )
        else:
            yield met(f"{title} has {' and '.join(names)} true")


ROWS: dict[str, Row] = {
    "proof-and-auditor-enabled": Row(RELEASE, whole=_proofs_and_auditor),
    "proof-always": Row(RELEASE, _proofs, without_ledger),
}
