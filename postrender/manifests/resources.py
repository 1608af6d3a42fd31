"""What a container asks for: its requests and limits as they are written, and how to write others."""

from __future__ import annotations

from typing import NamedTuple

from postrender.errors import UnreadableError
from postrender.manifests.manifest import Manifest, Path, pointer
from postrender.manifests.operations import Operation, put
from profiles import quantities

RESOURCES = ("cpu", "memory")

# {"limits": {"cpu": "2"}, ...}
Amounts = dict[str, dict[str, str]]


class Ask(NamedTuple):
    """What a container asks for of one resource, nano-units; None where it does not say."""

    request: int | None
    limit: int | None

    @property
    def largest(self) -> int:
        return max(self.request or 0, self.limit or 0)


def ask(manifest: Manifest, container: Path, resource: str) -> Ask:
    """The request and the limit that stand at the container. Raises UnreadableError for no quantity."""
    base = (*container, "resources")
    return Ask(
        request=amount(manifest, (*base, "requests", resource)),
        limit=amount(manifest, (*base, "limits", resource)),
    )


def amount(manifest: Manifest, path: Path) -> int | None:
    """The quantity at `path` in nano-units, None where nothing stands. Raises UnreadableError as `ask`."""
    value = manifest.map(*path[:-1]).get(path[-1])
    if value is None:
        return None
    try:
        found = quantities.parse(value)
    except quantities.QuantityError as error:
        raise UnreadableError(f"{manifest.where}: {pointer(path)}: {error}") from None
    if found < 0:
        raise UnreadableError(f"{manifest.where}: {pointer(path)} is negative; an amount is 0 or more")
    return found


def written(manifest: Manifest, container: Path, wanted: Amounts) -> tuple[Operation, ...]:
    """The operations that write these amounts beside what else stands at the container."""
    base = (*container, "resources")
    if manifest.at(*base) is None:
        return (put(manifest, base, wanted),)
    operations = []
    for side, amounts in wanted.items():
        if manifest.at(*base, side) is None:
            operations.append(put(manifest, (*base, side), amounts))
        else:
            operations += [put(manifest, (*base, side, name), value) for name, value in amounts.items()]
    return tuple(operations)
