"""The reader against sigs.k8s.io/yaml, with which Helm and Kubernetes read: same text, same values."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonpatch
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postrender.errors import UnreadableError
from postrender.manifests import emit, nodes, scalars
from postrender.manifests.edit import edited
from postrender.manifests.splice import same
from postrender.manifests.style import Style
from tests.manifests import styled
from tests.manifests.test_edit import edits

# Words that readers of YAML take for numbers, booleans or null, and some that they must not.
SPELLINGS = (Path(__file__).parent / "spellings.txt").read_text().split()
# Keys that are no text, which JSON must have as text.
KEYS = (Path(__file__).parent / "keys.txt").read_text().split()


def read_by_kubernetes(yamljson: Path, texts: list[str]) -> list[Any]:
    stream = "".join(f"---\n{text}\n" for text in texts)
    done = subprocess.run([str(yamljson)], input=stream.encode(), capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def numeric(value: Any) -> Any:
    """The value with 1 and 1.0 alike: JSON has one kind of number."""
    if isinstance(value, dict):
        return {key: numeric(content) for key, content in value.items()}
    if isinstance(value, list):
        return [numeric(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def test_plain_scalars_are_read_as_kubernetes_reads_them(yamljson: Path) -> None:
    # JSON has no infinity, and a lone dash is no scalar.
    unfit = (".inf", ".nan", "")
    finite = [word for word in SPELLINGS if word.lower().lstrip("+-") not in unfit]
    theirs = read_by_kubernetes(yamljson, [f"v: {word}" for word in finite])
    ours = [nodes.compose(f"v: {word}", "d", 1).data for word in finite]
    differing = {
        word: (mine["v"], its["v"])
        for word, mine, its in zip(finite, ours, theirs, strict=True)
        if not same(numeric(mine), numeric(its))
    }
    assert differing == {}


def test_what_we_write_is_read_as_the_string_it_was(yamljson: Path) -> None:
    texts = [f"v: {scalars.written(word)}" for word in SPELLINGS]
    assert [data["v"] for data in read_by_kubernetes(yamljson, texts)] == SPELLINGS


@pytest.mark.parametrize("digits", [20, 308, 5000])
def test_long_numbers_are_read_as_kubernetes_reads_them(yamljson: Path, digits: int) -> None:
    text = "v: " + "1" * digits
    assert same(numeric(nodes.compose(text, "d", 1).data), numeric(read_by_kubernetes(yamljson, [text])[0]))


def test_keys_are_read_as_kubernetes_reads_them(yamljson: Path) -> None:
    texts = [f"{key}: x" for key in KEYS]
    ours = [nodes.compose(text, "d", 1).data for text in texts]
    assert ours == read_by_kubernetes(yamljson, texts)


MERGES = [
    "b: &m {a: 1, c: 2}\nd: {<<: *m, a: 3}\ne: {a: 3, <<: *m}",
    "c:\n  a: 2\n  <<: [{a: 1, b: 2}, {b: 3, c: 1}]\n  <<: {c: 4}",
    'a: 1\n!!merge <<: {b: 1}\n"<<": {c: 1}',
    "c:\n  <<: {x: {y: 1}}\n  x: {z: 2}",
    "c: {<<: {<<: {a: 1, b: 1}, a: 2}}",
]


@pytest.mark.parametrize("text", MERGES)
def test_merge_keys_are_read_as_kubernetes_reads_them(yamljson: Path, text: str) -> None:
    assert same(nodes.compose(text, "d", 1).data, read_by_kubernetes(yamljson, [text])[0])


UNREADABLE = {
    "binary": ('a: 1\nv: !!binary "a"', "line 2: a !!binary value that is not base64"),
    "chain": (
        "a0: &a0 [1]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 650)),
        "line 200: nested deeper than 200 levels by its aliases",
    ),
}


@pytest.mark.parametrize(("text", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=f"d, {reason}"):
        nodes.compose(text, "d", 1)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(edits(), min_size=10, max_size=30))
def test_documents_and_edits_are_read_as_kubernetes_reads_them(
    yamljson: Path, cases: list[tuple[str, Any, list[dict[str, Any]]]]
) -> None:
    texts, wanted = [], []
    for text, data, operations in cases:
        body = text.removeprefix("---").lstrip("\r\n")
        target = jsonpatch.apply_patch(data, operations)
        texts += [body, edited(body, nodes.compose(body, "d", 1), target, "d")]
        wanted += [data, target]
    assert same(numeric(read_by_kubernetes(yamljson, texts)), numeric(wanted))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(styled.values, min_size=10, max_size=30))
def test_new_values_are_read_as_what_they_were(yamljson: Path, values: list[Any]) -> None:
    texts = [emit.block({"v": value}, 0, Style()) for value in values]
    theirs = read_by_kubernetes(yamljson, texts)
    assert same(numeric([data["v"] for data in theirs]), numeric(values))
