"""A plan as a drawing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from generator.plan import svg
from generator.plan.naming import standing
from tests.generator.plan import plans

_SVG = "{http://www.w3.org/2000/svg}"
# No font's letters are narrower on average; wide signs take two.
_NARROW = 0.45


def _parsed(name: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.render(plans.samples()[name]))


def _texts(drawing: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in drawing.iter(f"{_SVG}text")]


def _rects(drawing: ElementTree.Element) -> Iterator[tuple[float, float, float, float]]:
    for element in drawing.iter(f"{_SVG}rect"):
        x, y, wide, high = (float(element.attrib[key]) for key in ("x", "y", "width", "height"))
        yield x, y, x + wide, y + high


@pytest.mark.parametrize("name", plans.NAMES)
def test_nothing_is_beyond_the_view_box(name: str) -> None:
    drawing = _parsed(name)
    _, _, wide, high = map(float, drawing.attrib["viewBox"].split())
    for left, top, right, bottom in _rects(drawing):
        assert left >= 0
        assert top >= 0
        assert right <= wide + 0.1
        assert bottom <= high + 0.5
    for element in drawing.iter(f"{_SVG}text"):
        x, y = float(element.attrib["x"]), float(element.attrib["y"])
        assert 0 < y < high
        if not re.search("pod|end", element.attrib["class"]):
            assert x + len(element.text or "") * 13 * _NARROW < wide


@pytest.mark.parametrize("name", plans.SMALL)
def test_each_node_is_named(name: str) -> None:
    made = plans.samples()[name]
    names = {node.name for node in standing(made.proofs.stage, made.proofs.placement)}
    assert names <= set(_texts(_parsed(name)))


@pytest.mark.parametrize("name", ["well", "multi-az", "drains blocked", "autoscaler", "tainted"])
def test_each_pod_is_drawn_once(name: str) -> None:
    made = plans.samples()[name]
    pods = [one for one in _parsed(name).iter(f"{_SVG}rect") if one.attrib.get("class") == "pod-box"]
    # And one of each workload for the legend.
    assert len(pods) == sum(made.proofs.stage.full) + made.proofs.stage.workloads


@pytest.mark.parametrize("name", plans.SMALL)
def test_no_pod_stands_on_another(name: str) -> None:
    boxes = [
        tuple(float(one.attrib[key]) for key in ("x", "y", "width", "height"))
        for one in _parsed(name).iter(f"{_SVG}rect")
        if one.attrib.get("class") == "pod-box"
    ]
    for index, (x, y, wide, high) in enumerate(boxes):
        for other_x, other_y, other_wide, other_high in boxes[:index]:
            beside = x >= other_x + other_wide or other_x >= x + wide
            assert beside or y >= other_y + other_high or other_y >= y + high


@pytest.mark.parametrize("name", plans.FAILING)
def test_each_question_that_fails_has_its_reason_and_its_cure(name: str) -> None:
    made = plans.samples()[name]
    told = re.sub(r"\s+", "", "".join(_texts(_parsed(name))))
    for key, reasons in plans.reasons(made).items():
        for words in (plans.subject(key), *reasons, f"cure: {plans.CURE}"):
            assert re.sub(r"\s+", "", plans.printed(words)) in told


def test_where_an_update_hangs_its_pod_waits_outside_of_the_nodes() -> None:
    hanging, well = _texts(_parsed("update hangs on the way")), _texts(_parsed("well"))
    assert "waiting" in hanging
    assert "waiting" not in well
    # One new pod stands, one waits.
    assert hanging.count("L'") == 2


def test_of_many_nodes_the_alike_ones_are_one_card() -> None:
    texts = _texts(_parsed("many"))
    assert texts.count("×67") == 3
    assert _parsed("many").attrib["width"] == "1000"


def test_names_are_no_markup() -> None:
    drawing = _parsed("hostile")
    assert {element.tag.removeprefix(_SVG) for element in drawing.iter()} <= {
        *("svg", "title", "style", "rect", "text", "g", "circle", "path"),
    }
    assert any("<b>&" in words for words in _texts(drawing))
    assert [sign for words in _texts(drawing) for sign in words if not sign.isprintable()] == []
