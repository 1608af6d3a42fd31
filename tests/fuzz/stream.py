"""Any bytes as the stream that Helm hands over: read, split, hardened, told, and hardened once more."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import jsonpatch
import yaml

from postrender import difference, krm, kustomize, policy_source, report
from postrender.errors import DefectError, HardenError, PolicyUnmetError, UnreadableError
from postrender.harden import FIXED, Outcome, Result, harden
from postrender.manifests import release, splice, stream
from postrender.manifests.manifest import Manifest
from postrender.patches import APPLIED
from postrender.printable import printable
from postrender.rules.addition import RULE_LABEL
from profiles.policy import Policy
from tests.fuzz import seeds
from tests.fuzz.printable import assert_printable

TODAY = "2026-07-01"
POLICIES = ("production", "multi-az")


def start() -> Iterator[bytes]:
    """The stand-in charts' releases, whole and each workload alone."""
    for text in seeds.releases():
        yield text.encode()
        for document in stream.split(text):
            yield document.text.encode()
    for edit in seeds.edits():
        yield edit.encode()


def once(data: bytes) -> None:
    """Raises AssertionError, or whatever a defect raises, where bytes are not treated as they must be."""
    name = POLICIES[len(data) % 2]
    policy = _policy(name)
    try:
        text = stream.decode(data).removeprefix(stream.BOM)
        documents = stream.split(text)
        assert "".join(document.text for document in documents) == text
        result = harden(text, policy, TODAY)
    except DefectError:
        raise
    except HardenError as error:
        assert_printable(printable(str(error)))
        return
    told = report.text(report.as_json(_report(result, name)))
    assert_printable(told)
    if result.text is None:
        return
    again = harden(result.text, policy, TODAY)
    assert again.text == result.text, "a second run changes what the first wrote"
    fixed = {outcome.document for outcome in result.outcomes if outcome.status == FIXED}
    for document in documents:
        assert document.number in fixed or document.text in result.text, "a document that no rule fixed"
    assert_printable(difference.unified(text, result.text, False))
    _as_operations_say(text, result)
    if _read_by_pyyaml(text):
        assert _read_by_pyyaml(result.text), "another reader of YAML reads the input, and not the output"
    _other_forms(text, result)


@cache
def _policy(name: str) -> Policy:
    return policy_source.named(name)


def _report(result: Result, name: str) -> report.Report:
    return report.Report(
        "2026-07-01 00:00 UTC",
        result.release,
        name,
        "fuzz",
        0,
        "",
        result.documents,
        result.outcomes,
        (),
        True,
    )


def _as_operations_say(text: str, result: Result) -> None:
    """Each object says what RFC 6902 makes of the operations that were reported for it."""
    assert result.text is not None
    try:
        before = release.load(text, everything=True).manifests
        known = [_identity(manifest) for manifest in before]
        after = [
            manifest
            for manifest in release.load(result.text, everything=True).manifests
            if _identity(manifest) in known or RULE_LABEL not in manifest.labels
        ]
    except UnreadableError:
        return  # of a kind that nothing else reads
    assert len(before) == len(after), "an object that came in is gone, or stands twice"
    for old, new in zip(before, after, strict=True):
        if known.count(_identity(old)) == 1:
            wanted = deepcopy(old.data)
            for outcome in result.outcomes:
                if outcome.status == FIXED and _is_about(outcome, old):
                    operations = [each for each in outcome.operations if each["path"]]
                    wanted = jsonpatch.apply_patch(wanted, operations, in_place=True)
            if old.kind != "Secret":
                assert splice.same(_unmarked(wanted), _unmarked(new.data)), "not what the operations say"


def _identity(manifest: Manifest) -> tuple[str, str]:
    return manifest.kind, manifest.name


def _is_about(outcome: Outcome, manifest: Manifest) -> bool:
    document = manifest.parsed.document.number
    return (outcome.document, outcome.kind, outcome.name) == (document, manifest.kind, manifest.name)


def _unmarked(data: dict[str, Any]) -> dict[str, Any]:
    """The object without our mark, and without the maps that may have been made for it."""
    metadata = {**(data.get("metadata") or {})}
    annotations = {**(metadata.pop("annotations", None) or {})}
    annotations.pop(APPLIED, None)
    return {**data, "metadata": {**metadata, "annotations": annotations}}


def _read_by_pyyaml(text: str) -> bool:
    try:
        for _ in yaml.parse(text, yaml.CSafeLoader):
            pass
    except yaml.YAMLError:
        return False
    return True


def _other_forms(text: str, result: Result) -> None:
    """As a component of kustomize, and as a KRM function where the stream is one's input."""
    try:
        kustomize.emitted(text, result)
        krm.answer(text, krm.read(text), result, "")
    except (PolicyUnmetError, UnreadableError) as error:
        assert_printable(printable(str(error)))
