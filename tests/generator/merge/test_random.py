"""Random files and random profiles: the data is what a plain merge gives, and other lines stay."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generator.merging.values import Change, Merged, merge
from postrender.manifests import nodes
from postrender.manifests.nodes import MAPPING, Node
from profiles.errors import ProfileError
from tests.manifests import styled

_PAIRS = st.dictionaries(
    st.sampled_from(["a.b", "c", "d.password"]), st.sampled_from(["1", "x=y", ""]), min_size=1
)


class ConflictError(Exception):
    pass


def plainly(old: Any, new: Any, key: str = "") -> Any:
    """The merge of plain data, as the requirement has it."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {k: plainly(old[k], v, k) if k in old else v for k, v in new.items()}
    if old and isinstance(old, list) and isinstance(new, list):
        named = bool(new) and all(
            isinstance(item, dict) and isinstance(item.get("name"), str) for item in new
        )
        if not named or len({item["name"] for item in new}) < len(new):
            return [*old, *(item for n, item in enumerate(new) if text(item) not in map(text, old + new[:n]))]
        mine = {item["name"]: item for item in new}
        names = [item.get("name") if isinstance(item, dict) else None for item in old]
        names = [name if isinstance(name, str) else None for name in names]
        kept = [plainly(i, mine[n]) if n in mine else i for i, n in zip(old, names, strict=True)]
        return kept + [item for name, item in mine.items() if name not in names]
    collection = isinstance(old, (dict, list)) or isinstance(new, (dict, list))
    if collection and old is not None and type(old) is not type(new):
        raise ConflictError
    if key.endswith("Properties") and isinstance(old, str) and isinstance(new, str) and old.strip():
        return of_properties(old, new)
    return new


def of_properties(old: str, new: str) -> str:
    """For blocks of `name=value` lines and comments: lines of the same name replaced, others appended."""
    lines = old.rstrip("\n").split("\n")
    for line in new.splitlines():
        name = line.split("=")[0] + "="
        at = [number for number, own in enumerate(lines) if own.startswith(name)]
        lines[at[0] if at else len(lines) : at[0] + 1 if at else len(lines)] = [line]
    return "\n".join(lines) + old[len(old.rstrip("\n")) :]


def text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@st.composite
def blocks(draw: Any) -> str:
    lines = [f"{name}={value}" for name, value in draw(_PAIRS).items()]
    for number in range(len(lines), -1, -1):
        lines[number:number] = draw(st.sampled_from([[], [], ["# about the next"], ["", "! more"]]))
    return "\n".join(lines) + draw(st.sampled_from(["\n", "\n", ""]))


@st.composite
def profiles(draw: Any, old: Any) -> Any:
    """Values that a profile could want of something that says `old`: some of it again, changed and more."""
    if isinstance(old, dict):
        new = {key: draw(profiles(value)) for key, value in old.items() if draw(st.booleans())}
        return new | draw(st.dictionaries(styled.keys, styled.values, max_size=2))
    if isinstance(old, list):
        maps = st.dictionaries(styled.keys, styled.values, max_size=2)
        named = st.builds(lambda name, rest: {**rest, "name": name}, st.sampled_from("xy"), maps)
        items = st.one_of(styled.values, named, *([st.sampled_from(old)] if old else []))
        return draw(st.one_of(st.lists(items, max_size=3), st.lists(named, max_size=3)))
    if old is None:
        return draw(styled.values)
    return draw(st.one_of(st.just(old), styled.scalars.filter(lambda value: value is not None)))


@st.composite
def cases(draw: Any) -> tuple[str, Any, Any]:
    """A file in some style, what it says, and what a profile wants."""
    data = draw(styled.documents)
    wanted = draw(profiles(data))
    if draw(st.booleans()):
        data = {**data, "ledgerProperties": draw(blocks())}
    if draw(st.booleans()):
        lines = [f"{name}={value}" for name, value in draw(_PAIRS).items()]
        wanted = {**wanted, "ledgerProperties": "\n".join(lines) + "\n"}
    if draw(st.booleans()):
        data = {**data, "volumes": [{"name": "x", "a": 1}, {"name": "z"}]}
    writer = styled.Writer(draw)
    written = writer.document(data)
    # What ends in an open literal block is a case of its own.
    return (written if written.endswith("\n") else written + writer.newline), data, wanted


def outcome(case: tuple[str, Any, Any]) -> Merged | None:
    """The merge, its data compared with the plain one; None where both refuse."""
    existing, data, wanted = case
    assert text(nodes.compose(existing, "", 1).data) == text(data), "the styled writer misread"
    try:
        expected = plainly(data, wanted)
    except ConflictError:
        with pytest.raises(ProfileError, match=r"^f\.yaml:\d+:\d+: .*the two cannot be merged"):
            merge(existing, wanted, "f.yaml")
        return None
    try:
        merged = merge(existing, wanted, "f.yaml")
    except ProfileError as refusal:
        # What an anchor got does not belong to a map that merges it.
        if "<<" in existing and "<< cannot stay" in str(refusal):
            return None
        raise
    assert text(nodes.compose(merged.text, "", 1).data) == text(expected)
    assert merge(merged.text, wanted, "f.yaml") == Merged(merged.text, ())
    return merged


@settings(max_examples=300, deadline=None)
@given(cases())
def test_says_what_a_plain_merge_says_and_no_more_the_second_time(case: tuple[str, Any, Any]) -> None:
    outcome(case)


@settings(max_examples=300, deadline=None)
@given(cases())
def test_lines_that_no_change_names_stay(case: tuple[str, Any, Any]) -> None:
    merged = outcome(case)
    assume(merged)
    assert merged
    lines = case[0].split("\n")
    changed = {number for change in merged.changes for number in lines_of(case[0], change)}
    result = iter(merged.text.split("\n"))
    for number, line in enumerate(lines, 1):
        assert number in changed or line in result, f"line {number} is gone or moved: {line!r}"


def lines_of(existing: str, change: Change) -> range:
    """The lines that a change may write anew: a value's own, and for what is new in braces all of theirs."""
    node = nodes.compose(existing, "", 1).root
    assert node
    inner = node
    for step in change.path:
        following = child(inner, step)
        if following is None:
            break
        node, inner = inner, following
    else:
        node = inner
    if change.line is not None and "ledgerProperties" in change.path and inner.flow == "|":
        return range(change.line, change.line + 1)
    if change.line is None and not inner.flow:
        return range(0)
    first = existing.count("\n", 0, inner.start) + 1
    end = len(existing[: inner.end].rstrip())
    return range(change.line or first, existing.count("\n", 0, end) + 2)


def child(node: Node, step: str | int) -> Node | None:
    if isinstance(step, int):
        return node.value[step] if isinstance(node.value, list) and step < len(node.value) else None
    pairs = node.value if node.kind == MAPPING else []
    return next((value for key, value in pairs if nodes.key_text(key) == step), None)
