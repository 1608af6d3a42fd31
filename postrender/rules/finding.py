"""What a rule finds: the object, the place, what is wrong, and the fix that it carries."""

from __future__ import annotations

from typing import Literal, NamedTuple

from postrender.manifests.manifest import Manifest, Object, Path
from postrender.manifests.operations import Operation

Level = Literal["violation", "note"]


class Finding(NamedTuple):
    """One thing that a rule has to say about one object.

    `problem`: what is wrong, one sentence without a full stop. `cure`: what the fix does, or what a
    person has to do. `requirements`: ids of the guides' requirements that it serves. The fix is
    `operations` on the object, or `addition`, a new object; a violation with neither cannot be
    fixed here and refuses the release under `enforce`. `missing`: nothing stood there, so that
    `fill` may fix it. A `note` only informs. `mark`: what the object's annotation says of the change,
    where that is not the rule's id.
    """

    rule: str
    manifest: Manifest
    path: Path
    problem: str
    cure: str
    requirements: tuple[str, ...]
    operations: tuple[Operation, ...] = ()
    addition: Object | None = None
    missing: bool = False
    level: Level = "violation"
    mark: str = ""

    @property
    def fixable(self) -> bool:
        return bool(self.operations) or self.addition is not None
