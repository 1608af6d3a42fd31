"""What keys and certificates say together: what belongs to what, and that no key serves two holders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from generator.keys.contents import Kind
from generator.keys.judge import Finding, Judged, Level
from generator.keys.names import Purpose

_Group = TypeVar("_Group", bound=Hashable)
_APART = "separate-domains"


def across(judged: Sequence[Judged], together: bool = False) -> list[Finding]:
    """The findings over all files, in the order of the files and of their weight.

    Files of one holder in one folder belong together (`together`: all of them do): where a private key is
    among them, each certificate, request and public key must be of it. The same key in files of two holders
    is a failure (separate-domains: who has the other's key can sign as the other); in two private files of
    one holder it is a warning. An authority's certificate is nobody's here. What cannot be read is left out.
    """
    readable = [each for each in judged if each.contents.kind is not Kind.NOTHING]
    owned = [each for each in readable if not each.authority]
    known = [each for each in owned if each.contents.key.fingerprint]
    found = [*(_together(readable) if together else _by_name(owned)), *_copies(known)]
    if not together:
        found += _holders(known)
    if len(judged) > 1:
        found += _partners(known)
    order = {each.name: place for place, each in enumerate(judged)}
    weights = tuple(Level)
    return sorted(found, key=lambda finding: (order[finding.file], weights.index(finding.level)))


def _together(files: list[Judged]) -> Iterator[Finding]:
    ordered = sorted(files, key=_is_not_private)
    yield from _strangers(ordered[:1], ordered[1:])


def _by_name(files: list[Judged]) -> Iterator[Finding]:
    for members in _grouped((each.owner, each) for each in files):
        keys = [each for each in members if _is_private(each)]
        if keys:
            yield from _strangers(keys, members)


def _strangers(keys: list[Judged], files: list[Judged]) -> Iterator[Finding]:
    """A failure for each file that is of none of the keys; an encrypted one may be of any."""
    fingerprints = {key.contents.key.fingerprint for key in keys}
    for each in files:
        if "" not in fingerprints and each.contents.key.fingerprint not in {*fingerprints, ""}:
            yield Finding(
                each.name,
                Level.FAILURE,
                "tls" if each.purpose is Purpose.TLS else "ledger-keys-secret",
                f"not of the key in {_listed(keys)}; what that key signs would not be believed",
                "give the file that belongs to that key, or have it made anew from it",
            )


def _holders(known: list[Judged]) -> Iterator[Finding]:
    for members in _grouped((each.contents.key.fingerprint, each) for each in known):
        holders = _grouped((each.owner.holder, each) for each in sorted(members, key=_is_not_private))
        (first, *_), *others = holders
        for other, *_ in others:
            yield Finding(
                other.name,
                Level.FAILURE,
                _APART,
                f"the same key as {first.name}; no key may serve two holders, or one signs as the other",
                "make each its own: scalardl-gen keys new NAME (both of one holder: keys check --pair)",
            )


def _copies(known: list[Judged]) -> Iterator[Finding]:
    private = [each for each in known if _is_private(each)]
    groups = _grouped(((each.contents.key.fingerprint, each.owner.holder), each) for each in private)
    for first, *others in groups:
        for other in others:
            yield Finding(
                other.name,
                Level.WARNING,
                "ledger-keys-secret",
                f"the same private key as in {first.name}; each copy is one more to guard",
                "delete one of them",
            )


def _partners(known: list[Judged]) -> Iterator[Finding]:
    for members in _grouped((each.contents.key.fingerprint, each) for each in known):
        keys = [each for each in members if _is_private(each)]
        if keys == members:
            for key in keys:
                yield Finding(key.name, Level.NOTE, "", "no certificate of it is among the files")
        for each in members:
            if not _is_private(each):
                where = f"in {_listed(keys)}" if keys else "not among the files"
                yield Finding(each.name, Level.NOTE, "", f"its private key is {where}")


def _grouped(pairs: Iterable[tuple[_Group, Judged]]) -> list[list[Judged]]:
    groups: defaultdict[_Group, list[Judged]] = defaultdict(list)
    for group, each in pairs:
        groups[group].append(each)
    return list(groups.values())


def _is_private(each: Judged) -> bool:
    return each.contents.kind is Kind.PRIVATE_KEY


def _is_not_private(each: Judged) -> bool:
    return not _is_private(each)


def _listed(files: list[Judged]) -> str:
    return ", ".join(each.name for each in files)
