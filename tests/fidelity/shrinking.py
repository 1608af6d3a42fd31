"""A case made as small as it can be while it still shows what is wrong: fewer documents, patches, lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from postrender.manifests import stream
from profiles.policy import RULES
from tests.fidelity.streams import Case

MOST_TRIES = 3000


def smallest(case: Case, fails: Callable[[Case], bool]) -> Case:
    """The smallest case found for which `fails` holds, as it does for `case`."""
    tries = 0
    again = True
    while again:
        again = False
        for smaller in _smaller(case):
            tries += 1
            if tries > MOST_TRIES:
                return case
            if fails(smaller):
                case, again = smaller, True
                break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    """Cases with less in them: what takes much away comes first."""
    text = case.content.decode()
    documents = [document.text for document in stream.split(text)]
    if len(documents) > 1:
        for left in _without_some(documents, smallest_part=1):
            yield case._replace(content="".join(left).encode())
    for index in range(len(case.patches)):
        yield case._replace(patches=case.patches[:index] + case.patches[index + 1 :])
    for index, patch in enumerate(case.patches):
        operations = patch["operations"]
        for at in range(len(operations) if len(operations) > 1 else 0):
            less = {**patch, "operations": [*operations[:at], *operations[at + 1 :]]}
            yield case._replace(patches=(*case.patches[:index], less, *case.patches[index + 1 :]))
    for rule in RULES if case.profile != "none" else ():
        if rule not in case.excluded:
            yield case._replace(excluded=(*case.excluded, rule))
    for left in _without_some(text.splitlines(keepends=True), smallest_part=1):
        yield case._replace(content="".join(left).encode())


def _without_some(parts: list[str], smallest_part: int) -> Iterator[list[str]]:
    size = max(len(parts) // 2, smallest_part)
    while size >= smallest_part:
        for start in range(0, len(parts), size):
            if size < len(parts):
                yield parts[:start] + parts[start + size :]
        size //= 2
