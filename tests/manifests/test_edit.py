"""Edits: the text says what the operations say, and what no operation touches stays as it was."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonpatch
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from postrender.manifests import nodes, splice
from postrender.manifests.edit import edited
from postrender.manifests.manifest import Manifest, Parsed, path_of
from postrender.manifests.operations import Operation, perform
from postrender.manifests.stream import Document
from tests.manifests import styled


def places(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every value of a document with its JSON Pointer."""
    found = [(path, value)]
    entries: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        entries = [(key.replace("~", "~0").replace("/", "~1"), content) for key, content in value.items()]
    elif isinstance(value, list):
        entries = [(str(index), content) for index, content in enumerate(value)]
    for step, content in entries:
        found += places(content, f"{path}/{step}")
    return found


@st.composite
def edits(draw: Any) -> tuple[str, Any, list[dict[str, Any]]]:
    """A document in some style, what it says, and one to three operations that fit it."""
    data = draw(styled.documents)
    text = styled.Writer(draw).document(data)
    wanted, operations = data, []
    for _ in range(draw(st.integers(1, 3))):
        path, value = draw(st.sampled_from(places(wanted)))
        kinds = ["replace", "remove"] if path else []
        kinds += ["add"] * 3 if isinstance(value, (dict, list)) else []
        if not kinds:
            continue
        op = draw(st.sampled_from(kinds))
        operation: dict[str, Any] = {"op": op, "path": path}
        if op == "add":
            last = (
                draw(styled.keys.map(lambda key: key.replace("/", "~1"))) if isinstance(value, dict) else None
            )
            at = last if last is not None else draw(st.sampled_from(["-", *map(str, range(len(value) + 1))]))
            operation["path"] = f"{path}/{at}"
        if op != "remove":
            operation["value"] = draw(styled.values)
        wanted = jsonpatch.apply_patch(wanted, [operation])
        operations.append(operation)
    return text, data, operations


@settings(max_examples=600, deadline=None)
@given(edits())
@example(
    (
        '"on": |-\n web\n# end\n',
        {"on": "web"},
        [{"op": "remove", "path": "/on"}, {"op": "add", "path": "/a", "value": "web"}],
    )
)
def test_an_edited_document_says_what_the_operations_say(case: tuple[str, Any, list[dict[str, Any]]]) -> None:
    text, data, operations = case
    tree = nodes.compose(text, "document 1", 1)
    assert splice.same(tree.data, data), "the styled writer and the reader disagree"
    wanted = jsonpatch.apply_patch(data, operations)
    result = edited(text, tree, wanted, "document 1")
    assert splice.same(nodes.compose(result, "document 1", 1).data, wanted)


@settings(max_examples=300, deadline=None)
@given(edits())
def test_no_operation_no_change(case: tuple[str, Any, list[dict[str, Any]]]) -> None:
    text, data, _ = case
    assert edited(text, nodes.compose(text, "document 1", 1), data, "document 1") == text


@settings(max_examples=300, deadline=None)
@given(edits(), styled.values)
def test_other_lines_stay_byte_for_byte(case: tuple[str, Any, list[dict[str, Any]]], value: Any) -> None:
    text = "before: &a  [x,   'y']   # kept\n" + "subject: {}\n" + "after:   >-\n   folded\n   text\n#  end\n"
    tree = nodes.compose(text, "document 1", 1)
    wanted = {**tree.data, "subject": value}
    lines = edited(text, tree, wanted, "document 1").split("\n")
    kept = text.split("\n")
    assert (lines[0], lines[-5:]) == (kept[0], kept[-5:])


CASES = sorted(path.parent for path in (Path(__file__).parent / "edits").glob("*/input.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_is_written_as_a_person_would(case: Path) -> None:
    text = (case / "input.yaml").read_bytes().decode()
    tree = nodes.compose(text, "document 1", 1)
    wanted = jsonpatch.apply_patch(tree.data, json.loads((case / "operations.json").read_text()))
    assert edited(text, tree, wanted, "document 1") == (case / "expected.yaml").read_bytes().decode()


@settings(max_examples=400, deadline=None)
@given(edits())
def test_operations_do_what_the_library_of_rfc_6902_does(
    case: tuple[str, Any, list[dict[str, Any]]],
) -> None:
    text, data, written = case
    parsed = Parsed(Document(1, 1, text), nodes.Tree(deepcopy(data), None, False, []))
    wanted = tuple(Operation(one["op"], path_of(one["path"]), one.get("value")) for one in written)
    perform(Manifest(parsed), wanted)
    assert splice.same(parsed.data, jsonpatch.apply_patch(data, written))
