"""RFC 6902 operations on one object, and the functions that rules build them with."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, NamedTuple

import jsonpatch

from postrender.manifests.manifest import Manifest, Path, pointer


class Operation(NamedTuple):
    """An operation (RFC 6902) at a path of the object; `origin`: from where `move` and `copy` take."""

    op: str
    path: Path
    value: Any = None
    origin: Path | None = None

    def as_json(self, base: Path = ()) -> dict[str, Any]:
        """The operation as RFC 6902 writes it; `base` leads to the object within its document."""
        body: dict[str, Any] = {"op": self.op, "path": pointer((*base, *self.path))}
        if self.origin is not None:
            body["from"] = pointer((*base, *self.origin))
        elif self.op != "remove":
            body["value"] = deepcopy(self.value)
        return body


def put(manifest: Manifest, path: Path, value: Any) -> Operation:
    """Set `path` to `value`, making the maps on the way that are missing or null."""
    for depth in range(1, len(path)):
        if manifest.at(*path[:depth]) is None:
            for step in reversed(path[depth:]):
                value = {step: value}
            return Operation("add", path[:depth], value)
    return Operation("replace" if path[-1] in manifest.map(*path[:-1]) else "add", path, value)


def append(manifest: Manifest, path: Path, item: Any) -> Operation:
    """Add `item` at the end of the list at `path`, making the list where it is missing or null."""
    if manifest.at(*path) is None:
        return put(manifest, path, [item])
    return Operation("add", (*path, "-"), item)


def remove(path: Path) -> Operation:
    """Take away what stands at `path`."""
    return Operation("remove", path)


def perform(manifest: Manifest, operations: tuple[Operation, ...]) -> None:
    """Apply the operations to the object, in place."""
    wanted = [operation.as_json(manifest.base) for operation in operations]
    manifest.parsed.data = jsonpatch.apply_patch(manifest.parsed.data, wanted, in_place=True)
    manifest.parsed.changed = True
