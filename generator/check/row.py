"""A row of the catalogue: who decides a requirement, and from what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from generator.check.answers import Input, Said
from generator.check.evidence import Evidence, Side

OfSide = Callable[[Side], Iterator[Said]]
OfAll = Callable[[Evidence], Iterator[Said]]

# What decides most of what is about a release, the best first.
RELEASE: tuple[Input, ...] = ("manifests", "deployment")


class Row(NamedTuple):
    """Who decides a requirement: of each domain (`decide`), of all the evidence together (`whole`), or both.

    A decider that says nothing lacks its evidence; then a person must tell, and the report names `inputs`:
    what would decide it, the best first.
    """

    inputs: tuple[Input, ...]
    decide: OfSide | None = None
    whole: OfAll | None = None
