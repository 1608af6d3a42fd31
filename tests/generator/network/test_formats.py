"""Each format is what its readers take: JSON by its schema, XML, tables, and graphs that say no more."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.generator.commands import Command as Network
from tests.proof.reachability.releases import RELEASES
from tests.proof.reachability.worlds import pod, policy

Write = Callable[..., Path]
SVG = "{http://www.w3.org/2000/svg}"
# A name with what each format takes for an order.
ODD = 'a"b]|<c>&`#\\\033[31m'
ODD_POD = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {json.dumps(ODD)}, labels: {{a: b}}}}\nspec: {{}}\n"


@pytest.fixture(scope="module")
def schema() -> Any:
    text = resources.files("generator.network.formats").joinpath("network.schema.json").read_text()
    found = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(found)
    return found


@pytest.mark.parametrize("name", RELEASES)
def test_json_is_as_its_schema_says(name: str, schema: Any, network: Network, rendered: Write) -> None:
    data = network(rendered(name), "--format", "json").data
    jsonschema.validate(data, schema)
    assert (data["kind"], data["schema"], data["well"]) == ("network", 1, False)


def test_json_of_a_question_is_as_its_schema_says(schema: Any, network: Network, hardened: Write) -> None:
    asked = ("--from", "clients", "--to", "ledger", "--port", "50051")
    data = network(hardened("ledger"), *asked, "--format", "json").data
    jsonschema.validate(data, schema)
    assert (data["kind"], data["allowed"]) == ("answer", "no")


def test_json_of_a_difference_is_as_its_schema_says(
    schema: Any, network: Network, rendered: Write, hardened: Write
) -> None:
    data = network("--diff", rendered("ledger"), hardened("auditor"), "--format", "json").data
    jsonschema.validate(data, schema)
    assert data["kind"] == "difference"


@pytest.mark.parametrize("name", RELEASES)
def test_no_box_of_a_drawing_stands_on_another(name: str, network: Network, rendered: Write) -> None:
    drawing = ElementTree.fromstring(network(rendered(name), "--format", "svg").out)
    boxes = [
        tuple(float(each.get(key, "0")) for key in ("x", "y", "width", "height"))
        for each in drawing.iter(f"{SVG}rect")
        if each.get("class") != "paper"
    ]
    assert len(boxes) > 1
    for index, (x, y, width, height) in enumerate(boxes):
        for left, top, wide, high in boxes[:index]:
            assert x >= left + wide or left >= x + width or y >= top + high or top >= y + height


def test_who_is_called_stands_to_the_right_also_where_calls_close_a_circle(network: Network) -> None:
    calls = {"web": ["cart"], "cart": ["web", "pay", "stock"], "pay": ["cart"], "stock": []}
    drawing = ElementTree.fromstring(network("--format", "svg", stdin="\n---\n".join(calling(calls))).out)
    left = {each.text: float(each.get("x", "0")) for each in drawing.iter(f"{SVG}text")}
    assert left["Pod web"] < left["Pod cart"] < left["Pod pay"] == left["Pod stock"]


def calling(calls: dict[str, list[str]]) -> Iterator[str]:
    """Pods that admit anybody's calls from the cluster, and call these others only."""
    for name, others in calls.items():
        yield json.dumps(pod(name, app=name))
        peers = [{"podSelector": {"matchLabels": {"app": other}}} for other in others]
        rules = [{"to": peers, "ports": [{"port": 80}]}] if peers else []
        chosen = {"matchLabels": {"app": name}}
        yield json.dumps(policy({"podSelector": chosen, "policyTypes": ["Egress"], "egress": rules}, name))


def test_each_word_of_a_drawing_stands_in_its_picture(network: Network, hardened: Write) -> None:
    drawing = ElementTree.fromstring(network(hardened("ledger"), "--format", "svg").out)
    width, height = (float(drawing.get(key, "0")) for key in ("width", "height"))
    for each in drawing.iter(f"{SVG}text"):
        assert float(each.get("x", "")) + 7.3 * len(each.text or "") <= width
        assert float(each.get("y", "")) <= height


def test_names_give_no_orders_to_a_drawing(network: Network) -> None:
    drawing = ElementTree.fromstring(network("--format", "svg", stdin=ODD_POD).out)
    assert any(ODD.replace("\033", "?") in (each.text or "") for each in drawing.iter(f"{SVG}text"))


def test_names_give_no_orders_to_mermaid(network: Network) -> None:
    lines = network("--format", "mermaid", stdin=ODD_POD).out.splitlines()
    assert lines[1] == "flowchart LR"
    # https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
    box = re.compile(r'  n\d+(?:\["[^"\]`<>|]+"\]|\(\["[^"\]`<>|]+"\]\))')
    arrow = re.compile(r'  n\d+ (?:-->|-\.->)\|"[^"|`]+"\| n\d+')
    for line in lines[2:]:
        assert box.fullmatch(line) or arrow.fullmatch(line), line


def test_names_give_no_orders_to_graphviz(network: Network) -> None:
    out = network("--format", "dot", stdin=ODD_POD).out
    # https://graphviz.org/doc/info/lang.html: within quotes only the quote itself and \ are escaped.
    assert r'[label="Pod a\"b]|<c>&`#\\?[31m"]' in out


def test_names_give_no_orders_to_a_terminal(network: Network) -> None:
    assert "\033" not in network(stdin=ODD_POD).out


def test_a_table_of_markdown_has_as_many_cells_in_each_row(network: Network) -> None:
    rows = [
        line for line in network("--format", "markdown", stdin=ODD_POD).out.splitlines() if line[:1] == "|"
    ]
    assert len(rows) > 3
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


def test_mermaid_has_the_connections_of_the_release(network: Network, hardened: Write) -> None:
    out = network(hardened("ledger"), "--format", "mermaid").out
    names = dict(re.findall(r'(n\d+)\(?\["(.+?)"\]', out))
    arrows = {(names[a], names[b], ports) for a, ports, b in re.findall(r'(n\d+) -->\|"(.+?)"\| (n\d+)', out)}
    assert ("clients", "Deployment demo-scalardl-envoy", "TCP 50051-50052") in arrows
    assert ("Deployment demo-scalardl-envoy", "Deployment demo-scalardl-ledger", "TCP 50051-50052") in arrows


@pytest.mark.parametrize("form", ["mermaid", "dot", "svg"])
def test_a_drawing_is_of_a_whole_network(form: str, network: Network, hardened: Write) -> None:
    run = network("--diff", hardened("ledger"), hardened("ledger"), "--format", form)
    assert (run.code, run.out) == (2, "")


def test_an_unknown_format_is_refused(network: Network, hardened: Write) -> None:
    run = network(hardened("ledger"), "--format", "yaml")
    assert (run.code, run.out) == (2, "")
    assert "text, json, markdown, mermaid, dot, svg" in run.err
