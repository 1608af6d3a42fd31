"""Values that are right one by one and cannot stand together."""

from __future__ import annotations

from typing import NamedTuple

Path = tuple[str | int, ...]


class Contradiction(NamedTuple):
    """Values that cannot stand together: their paths in the profile, the telling one first, and why."""

    paths: tuple[Path, ...]
    text: str

    def below(self, key: str) -> Contradiction:
        """The same, of the section `key`."""
        return Contradiction(tuple((key, *path) for path in self.paths), self.text)


def no(text: str, *paths: Path) -> Contradiction:
    """The contradiction of the values at `paths`: what stands there, why not, and the cure."""
    return Contradiction(paths, text)
