"""How long searches may take, counted in steps and not in time: the same answers on every machine."""

from __future__ import annotations

# The states that the searches of one question look at, a place counting as one: some tenths of a second.
MAX_STEPS = 300_000


class Steps:
    """What is left of the steps that searches may take together."""

    def __init__(self, left: int = MAX_STEPS, whole: Steps | None = None) -> None:
        self._left = left
        self._whole = whole

    @property
    def left(self) -> int:
        """How many are left, here and in the whole of which these are a part."""
        return self._left if self._whole is None else min(self._left, self._whole.left)

    def take(self, steps: int) -> bool:
        """Take some; whether there were as many."""
        self._left -= steps
        if self._whole is not None:
            self._whole.take(steps)
        return self.left >= 0

    def upto(self, most: int) -> Steps:
        """A part of these: at most so many."""
        return Steps(most, self)
