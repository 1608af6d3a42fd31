"""A plan as Markdown."""

from __future__ import annotations

import re

import pytest

from generator.plan import markdown
from tests.generator.plan import plans

_ESCAPED = re.compile(r"\\(.)")


def _read(rendered: str) -> str:
    """What its reader sees of the signs that are escaped."""
    return _ESCAPED.sub(r"\1", rendered)


@pytest.mark.parametrize("name", plans.NAMES)
def test_each_row_of_the_table_has_three_cells(name: str) -> None:
    rendered = markdown.render(plans.samples()[name])
    rows = [line for line in rendered.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4}


@pytest.mark.parametrize("name", plans.FAILING)
def test_each_question_that_fails_has_its_reason_and_its_cure(name: str) -> None:
    made = plans.samples()[name]
    rendered = markdown.render(made)
    for key, reasons in plans.reasons(made).items():
        subject = plans.printed(plans.subject(key))
        assert f"| ❌ | {subject}" in _read(rendered)
        block = _read(rendered)[_read(rendered).index(f"#### ❌ {subject}") :]
        for reason in reasons:
            assert plans.printed(reason) in block
        assert f"- **cure:** {plans.CURE}" in block


def test_a_plan_without_a_no_has_no_details() -> None:
    assert "####" not in markdown.render(plans.samples()["well"])


def test_the_steps_to_where_an_update_hangs_are_a_list() -> None:
    rendered = markdown.render(plans.samples()["update hangs on the way"])
    assert re.findall(r"^(\d)\. ", rendered, re.M) == ["1", "2", "3", "4"]


def test_names_begin_no_markup() -> None:
    rendered = markdown.render(plans.samples()["hostile"])
    assert re.findall(r"(?<!\\)[<`]", rendered) == []
    assert [sign for sign in rendered if not sign.isprintable() and sign != "\n"] == []
