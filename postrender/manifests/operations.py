"""RFC 6902 operations on one object, and the functions that rules build them with."""

from __future__ import annotations

from typing import Any, NamedTuple

from postrender.manifests.manifest import Manifest, Path, pointer


class Operation(NamedTuple):
    """An operation (RFC 6902) at a path of the object; `origin`: from where `move` and `copy` take."""

    op: str
    path: Path
    value: Any = None
    origin: Path | None = None

    def as_json(self, base: Path = ()) -> dict[str, Any]:
        """The operation as RFC 6902 writes it; `base` leads to the object within its document.

        The value is the operation's own, to be read and not to be changed.
        """
        body: dict[str, Any] = {"op": self.op, "path": pointer((*base, *self.path))}
        if self.origin is not None:
            body["from"] = pointer((*base, *self.origin))
        elif self.op != "remove":
            body["value"] = self.value
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
    """Apply the operations to the object, in place; what they bring is copied."""
    parsed = manifest.parsed
    for operation in operations:
        path = (*manifest.base, *operation.path)
        # In a list, what comes or goes moves the items behind it.
        parsed.touch(path[:-1] if path and (path[-1] == "-" or path[-1].isdigit()) else path)
        if operation.origin is not None:
            parsed.touch((*manifest.base, *operation.origin)[:-1])
        if path and operation.op in ("add", "replace", "remove"):
            _apply(parsed.data, operation.op, path, operation.value)
        else:
            import jsonpatch  # only a patch of the profile's own moves, copies or tests

            wanted = [operation.as_json(manifest.base)]
            parsed.data = jsonpatch.apply_patch(parsed.data, wanted, in_place=True)


def _apply(data: Any, op: str, path: Path, value: Any) -> None:
    """The three operations that rules make, as RFC 6902 has them, without the time that its library takes."""
    for step in path[:-1]:
        data = data[int(step)] if isinstance(data, list) else data[step]
    last: Any = path[-1]
    if isinstance(data, list):
        last = len(data) if last == "-" else int(last)
        if op == "add":
            data.insert(last, copied(value))
            return
    if op == "add":
        data[last] = copied(value)
        return
    data[last]  # what is not there can neither be replaced nor removed
    if op == "replace":
        data[last] = copied(value)
    else:
        del data[last]


def copied(value: Any) -> Any:
    """A copy of plain data, as JSON has it, that shares no map and no list with it."""
    if isinstance(value, dict):
        return {key: copied(content) for key, content in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value
