"""One harness under atheris: `python -m tests.fuzz.loop HARNESS [libFuzzer's own options and folders]`."""

from __future__ import annotations

import importlib
import random
import sys
from itertools import islice

import atheris

from tests.fuzz import mutating

_TEXTS = ("stream", "edits", "profiles")


def main() -> None:
    """Runs until libFuzzer's options say that it is enough, or an input breaks a promise."""
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["generator", "postrender", "profiles"]):
        harness = importlib.import_module(f"tests.fuzz.{name}")
        for seed in islice(harness.start(), 5):
            harness.once(seed)  # much is imported when it is first needed
    own = {"custom_mutator": _mutate} if name in _TEXTS else {}
    atheris.Setup(sys.argv, harness.once, **own)
    atheris.Fuzz()


def _mutate(data: bytes, size: int, seed: int) -> bytes:
    """Every second time by lines; otherwise as libFuzzer does."""
    if random.Random(seed ^ 0x5EED).random() < 0.5:
        return mutating.lines(data, size, seed)
    return bytes(atheris.Mutate(data, size))


if __name__ == "__main__":
    main()
