"""What was found before: a file of fingerprints, so that only what is new fails."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from generator.check.answers import Answer, Finding
from generator.errors import UNREADABLE, USAGE, GenerateError

VERSION = 1


def fingerprint(finding: Finding) -> str:
    """The same for a finding as long as it is about the same thing: no line, no figure of its text counts."""
    problem = "".join(sign for sign in finding.problem if not sign.isdecimal())
    words = [finding.requirement, finding.side, finding.rule, finding.spot.object, finding.spot.path, problem]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:32]


def text(answers: Iterable[Answer]) -> str:
    """The baseline of these answers, as JSON: what is found now, and is not exempt."""
    found = {
        fingerprint(finding): f"{finding.requirement}: {finding.spot.object or finding.spot.path}".rstrip(
            ": "
        )
        for answer in answers
        for finding in answer.findings
        if not finding.exempt
    }
    return json.dumps({"baselineVersion": VERSION, "findings": dict(sorted(found.items()))}, indent=2) + "\n"


def write(path: Path, answers: Iterable[Answer]) -> None:
    """Write the baseline of these answers. Raises GenerateError where the file cannot be written."""
    try:
        path.write_text(text(answers), encoding="utf-8")
    except OSError as error:
        raise GenerateError(f"{path}: cannot be written: {error.strerror}; check the path", USAGE) from None


def read(path: Path) -> frozenset[str]:
    """The fingerprints in a baseline. Raises GenerateError where it is none."""
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise GenerateError(f"{path}: cannot be read: {error.strerror}; check the path", USAGE) from None
    except (ValueError, RecursionError):
        data = None
    findings = data.get("findings") if isinstance(data, dict) else None
    if not isinstance(data, dict) or data.get("baselineVersion") != VERSION or not isinstance(findings, dict):
        raise GenerateError(
            f"{path}: no baseline of version {VERSION}; make one with: "
            "scalardl-gen check --write-baseline FILE",
            UNREADABLE,
        )
    return frozenset(map(str, findings))
