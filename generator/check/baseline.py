"""What was found before: a file of fingerprints, so that only what is new fails."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

from generator.check.answers import Answer, Finding
from generator.errors import UNREADABLE, USAGE, GenerateError
from generator.manifests_in import content
from postrender.report import write as write_whole

VERSION = 1
# Numbers with their units, small ones in words, and the plural that hangs on them.
_FIGURES = re.compile(r"\b(?:\d[\d.]*(?:m|[KMG]i?|%)?|one|two|three)(?![\w-])|(?<=\bpod)s\b|(?<=\bnode)s\b")


def fingerprint(finding: Finding) -> str:
    """The same for a finding as long as it is about the same thing: no line and no figure of it counts.

    What it is about are requirement, rule, object and place; of its text the words, without numbers
    that stand by themselves, so that two things found at one place are two.
    """
    spot = finding.spot
    where = spot.identity or "/".join((spot.object, spot.path)) if spot.object or spot.path else spot.file
    words = (finding.requirement, finding.rule, where, _FIGURES.sub("", finding.problem))
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
        write_whole(str(path), text(answers))
    except OSError as error:
        raise GenerateError(f"{path}: cannot be written: {error.strerror}; check the path", USAGE) from None


def read(path: Path) -> frozenset[str]:
    """The fingerprints in a baseline. Raises GenerateError where it is none."""
    try:
        data = json.loads(content(path))
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
