"""What was judged, for a person and for a machine. Of a private key no more than its public part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from generator.keys.contents import Kind
from generator.keys.judge import Finding, Judged, Level
from generator.keys.names import shown

Json = dict[str, object]


def line(judged: Judged) -> str:
    """One line on what a file is: `FILE: private key, EC P-256, PKCS#8, public key SHA-256 ...`."""
    contents = judged.contents
    words = [contents.kind.value]
    if contents.signed:
        first, others = contents.signed[0], len(contents.signed) - 1
        words[0] += f" of {first.subject or 'an empty subject'}"
        words += ["of an authority"] * judged.authority + ["self-signed"] * first.self_signed
        words += [f"with {others} more after it"] * (others > 0)
    words += ["encrypted"] * contents.encrypted
    if contents.key.fingerprint:
        words.append(contents.key.algorithm)
    words += [contents.form] * bool(contents.form)
    if contents.signed:
        words.append(f"signed with {contents.signed[0].hash}")
        if ends := contents.signed[0].ends:
            words.append(f"valid until {ends:%Y-%m-%d}")
    if contents.kind is not Kind.NOTHING:
        words.append(f"for {'TLS' if judged.purpose == 'tls' else 'digital signatures'}")
    if contents.key.fingerprint:
        words.append(f"public key SHA-256 {contents.key.fingerprint}")
    return shown(f"{judged.name}: {', '.join(words)}")


def text(judged: Sequence[Judged], findings: Sequence[Finding]) -> str:
    """Each file and what is found of it; at the end how many failures and warnings."""
    lines = []
    for each in judged:
        lines += [line(each), *(str(finding) for finding in findings if finding.file == each.name)]
    return "\n".join([*lines, _summary(len(judged), findings)])


def _summary(files: int, findings: Sequence[Finding]) -> str:
    levels = Counter(finding.level for finding in findings)
    counted = [f"{levels[each]} {each}{'s' * (levels[each] != 1)}" for each in _WEIGHTY if levels[each]]
    return f"{files} file{'s' * (files != 1)}: {', '.join(counted) or 'all good'}"


_WEIGHTY = (Level.FAILURE, Level.WARNING)


def as_json(
    judged: Sequence[Judged], findings: Sequence[Finding], unusable: Sequence[str], code: int
) -> Json:
    """The same as plain data with stable keys, names and subjects as they are."""
    return {
        "files": [_file(each) for each in judged],
        "findings": [
            {
                "file": finding.file,
                "level": finding.level.value,
                "requirement": finding.requirement or None,
                "problem": finding.problem,
                "cure": finding.cure,
            }
            for finding in findings
        ],
        "unusable": list(unusable),
        "exitCode": code,
    }


def _file(judged: Judged) -> Json:
    contents = judged.contents
    return {
        "file": judged.name,
        "holder": judged.owner.holder,
        "purpose": judged.purpose.value,
        "kind": contents.kind.value,
        "form": contents.form or None,
        "encrypted": contents.encrypted,
        "algorithm": contents.key.algorithm,
        "publicKey": contents.key.fingerprint or None,
        "authority": judged.authority,
        "signed": [
            {
                "subject": signed.subject,
                "hash": signed.hash,
                "names": list(signed.names),
                "notBefore": signed.begins.isoformat() if signed.begins else None,
                "notAfter": signed.ends.isoformat() if signed.ends else None,
                "selfSigned": signed.self_signed,
            }
            for signed in contents.signed
        ],
    }
