"""A profile's own operations: applied after the rules, once to each object, as if a rule had found them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from postrender.manifests.manifest import Manifest, path_of, pointer
from postrender.manifests.operations import Operation, copied
from postrender.manifests.release import Release
from postrender.rules import exemptions
from postrender.rules.finding import Finding
from profiles.policy import Patch, Policy

RULE = "patches"
APPLIED = "scalardl-harden/applied"
# What makes an object that object. A patch that changed it would make another one of it.
_IDENTITY = ((), ("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace"))


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """What each patch of the policy does to each object that it selects; refused where it does not fit."""
    for number, patch in enumerate(policy.patches, 1):
        mark = _mark(patch)
        name = f"patch {number} of the profile"
        steps = ", ".join(f"{operation['op']} {operation['path']}" for operation in patch.operations)
        wanted = tuple(_operation(operation) for operation in patch.operations)
        for manifest in list(release.manifests):
            if not _selects(release, patch, manifest) or mark in applied(manifest):
                continue
            reason = _unfit(manifest, wanted)
            if reason:
                yield Finding(RULE, manifest, (), f"{name} does not fit it", reason, ())
            else:
                yield Finding(RULE, manifest, (), f"{name} asks for a change", steps, (), wanted, mark=mark)


def unused(release: Release, policy: Policy) -> list[int]:
    """The numbers of the patches that select no object of the release."""
    return [
        number
        for number, patch in enumerate(policy.patches, 1)
        if not any(_selects(release, patch, manifest) for manifest in release.manifests)
    ]


def applied(manifest: Manifest) -> set[str]:
    """What has changed the object so far: rules by their ids, patches by their marks."""
    return {name.strip() for name in manifest.annotations.get(APPLIED, "").split(",") if name.strip()}


def _mark(patch: Patch) -> str:
    """A name for the patch that changes when it changes, so that it is applied once to an object."""
    import hashlib  # only who patches pays for it

    content = [patch.kind, patch.name, patch.role, dict(patch.labels), patch.operations]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"patch-{digest[:10]}"


def _operation(written: object) -> Operation:
    assert isinstance(written, dict)
    origin = path_of(written["from"]) if "from" in written else None
    return Operation(written["op"], path_of(written["path"]), written.get("value"), origin)


def _selects(release: Release, patch: Patch, manifest: Manifest) -> bool:
    roles = [found.role for found in release.workloads if patch.role and found.manifest is manifest]
    return (
        (patch.kind is None or manifest.kind == patch.kind)
        and (patch.name is None or exemptions.fits(patch.name, manifest.name))
        and (patch.role is None or patch.role in roles)
        and all(manifest.labels.get(key) == value for key, value in patch.labels.items())
    )


def _unfit(manifest: Manifest, operations: tuple[Operation, ...]) -> str:
    """Why the operations cannot be applied, without any content of the object; empty where they can."""
    import jsonpatch  # only who patches pays for it

    data = copied(manifest.data)
    for operation in operations:
        body = operation.as_json()
        if operation.path in _IDENTITY:
            return f"{body['path'] or 'the whole object'} is what the object is; a patch changes what it says"
        if manifest.kind == "Secret" and operation.origin is not None:
            return "the content of a Secret stays where it is"
        try:
            data = jsonpatch.apply_patch(data, [body], in_place=True)
        except jsonpatch.JsonPatchTestFailed:
            return f"the test of {body['path']} does not hold"
        except (
            jsonpatch.JsonPatchException,
            jsonpatch.JsonPointerException,
            TypeError,
            ValueError,
            KeyError,
        ):
            for depth in range(1, len(operation.path)):
                try:
                    jsonpatch.JsonPointer(pointer(operation.path[:depth])).resolve(data)
                except (jsonpatch.JsonPointerException, TypeError, ValueError, KeyError):
                    return (
                        f"{pointer(operation.path[:depth])} does not exist; add it first, or correct the path"
                    )
            return f"{body['op']} {body['path']} is not possible there"
    return ""
