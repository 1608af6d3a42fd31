"""The quick reader: what it reads, the reader that knows every place reads the same; the rest it leaves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postrender.manifests import nodes, quick, stream
from postrender.manifests.nodes import MAPPING, SCALAR, Node
from tests.charts.release import as_helm3
from tests.manifests import styled


@st.composite
def texts(draw: Any) -> str:
    return styled.Writer(draw).document(draw(styled.documents))


def by_events(text: str) -> nodes.Tree:
    """Read by the other reader, whatever the document is like."""
    return nodes._compose(text)


def flat(node: Node) -> list[tuple[Any, ...]]:
    """The node and all below it, as what they are and where they stand."""
    found = [
        (node.kind, node.start, node.body, node.end, node.flow, node.value if node.kind == SCALAR else None)
    ]
    for within in node.value if node.kind != SCALAR else ():
        for one in within if node.kind == MAPPING else (within,):
            found += flat(one)
    return found


def agree(text: str) -> bool:
    """Whether the quick reader reads the text; then both must say the same."""
    said = quick.read(text)
    if said is None:
        return False
    other = by_events(text)
    # repr tells 1, 1.0 and True apart.
    assert repr(said[0]) == repr(other.data)
    assert said[1] == other.doubled
    root = nodes.compose(text, "d", 1).root
    assert (flat(root) if root else None) == (flat(other.root) if other.root else None)
    return True


@settings(max_examples=500, deadline=None)
@given(texts())
def test_both_readers_read_the_same_in_every_style(text: str) -> None:
    agree(text)


@pytest.mark.parametrize("chart", ["ledger", "auditor", "ledger-monitoring", "schema-loading"])
def test_nearly_all_of_a_release_is_read_quickly(chart: str) -> None:
    pytest.importorskip("helm_python", reason="no Helm engine for this platform to render releases with")
    documents = stream.split(as_helm3(chart, name="demo", namespace="team"))
    assert sum(agree(document.text) for document in documents) >= len(documents) * 0.75


@pytest.mark.parametrize(
    "text",
    [
        "---\n# only a comment\n",
        "a:\n- 1\n- |\n  x\n\n# end\nb: {c: , d: [1, 2]}\ne:\n",
        "a: 1\nb: 2\na: 3\n",
        "1.5: a\n1.50: b\n.inf: c\n~: d\n",
        "yes: 1\n'yes': 2\ntrue: 3\n1: 4\n'1': 5\n0x1: 6\n",
        '"a" : "b\\\n  c"\n? d\n: e\n',
        "a: 'x*y&z'\nb: 10%\nc: a<b\n",
        "\ufeffa: b\r\nc: d\r\n",
    ],
)
def test_both_readers_read_the_same(text: str) -> None:
    assert agree(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x\n",
        "a: !!str 1\n",
        "a: {<<: {b: 1}}\n",
        "{a:*x}",
        "%YAML 1.1\n---\na: b\n",
        "? [a]\n: b\n",
        "a: b\n---\nc: d\n",
        "a: [",
        "a: " + "[" * 201 + "]" * 201,
        "a: " + "[" * 100_000 + "]" * 100_000,
        "- " * 100_000 + "a",
        "- - ? " * 30_000 + "a",
        "\n".join(" " * depth + "a:" for depth in range(1500)),
    ],
    ids=lambda text: text[:12].strip(),
)
def test_what_it_cannot_read_soundly_is_left(text: str) -> None:
    assert quick.read(text) is None
