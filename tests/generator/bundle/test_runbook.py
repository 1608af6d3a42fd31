"""The runbook: every command runs in a shell, every step says what it serves, nothing that does not apply."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache

import pytest

from profiles.models import DOMAINS, Product
from tests.generator.bundle.domains import Over, made_of_kind
from tests.generator.bundle.reading import BLOCK, text
from tests.generator.bundle.test_folder import VARIED
from tests.generator.deployments import KINDS, Kind

each_product = pytest.mark.parametrize("product", DOMAINS)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
# Each storage, method, mode of TLS, provider and built-in profile is among them.
some_kind = pytest.mark.parametrize("kind", KINDS[::7], ids=str)
IDS = re.compile(r"\[[a-z]+(?:-[a-z]+)*(?:, [a-z]+(?:-[a-z]+)*)*\]")


@cache
def in_bash(command: str) -> str:
    bash = shutil.which("bash")
    if not bash:
        pytest.skip("not covered: the runbook's commands (no bash here)")
    done = subprocess.run([bash, "-n"], input=command, capture_output=True, encoding="utf-8", check=False)
    return done.stderr


def runbooks(kind: Kind) -> list[str]:
    return [made_of_kind(kind, product)["runbook.md"] for product in DOMAINS]


@each_kind
def test_each_command_is_one_for_a_shell(kind: Kind) -> None:
    for each in runbooks(kind):
        blocks = BLOCK.findall(each)
        assert len(blocks) > 20
        assert [(block, in_bash(block)) for block in blocks if in_bash(block)] == []


@pytest.mark.parametrize("over", VARIED.values(), ids=VARIED.keys())
@each_product
def test_each_command_of_a_declared_deployment_as_well(over: Over, product: Product) -> None:
    assert [block for block in BLOCK.findall(text(over, product)) if in_bash(block)] == []


@some_kind
def test_each_step_names_what_it_serves(kind: Kind) -> None:
    for each in runbooks(kind):
        for step in re.split(r"^### ", each, flags=re.MULTILINE)[1:]:
            assert IDS.search(" ".join(step.partition("\n## ")[0].split())), step


@each_kind
def test_no_value_of_a_secret_is_an_argument(kind: Kind) -> None:
    for each in runbooks(kind):
        for word in ("--from-literal", "--docker-password", "--password", "PASSWORD="):
            assert word not in each


@some_kind
def test_sections_and_steps_are_numbered_one_after_the_other(kind: Kind) -> None:
    for each in runbooks(kind):
        found = [int(number) for number in re.findall(r"^## (\d+)\. ", each, re.MULTILINE)]
        assert found == list(range(found[0], found[0] + len(found)))
        assert found[0] in (0, 1)
        for number in found:
            steps = [int(step) for step in re.findall(rf"^### {number}\.(\d+) ", each, re.MULTILINE)]
            assert steps == list(range(1, len(steps) + 1))


@some_kind
def test_the_contents_lead_to_the_sections(kind: Kind) -> None:
    for each in runbooks(kind):
        heads = re.findall(r"^## (\d.*)$", each, re.MULTILINE)
        links = re.findall(r"^- \[(\d.*?)\]\(#(.*)\)$", each, re.MULTILINE)
        assert [title for title, _ in links] == heads
        # As code hosts make anchors: small letters, no punctuation, a hyphen for each space.
        assert [anchor for _, anchor in links] == [
            re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads
        ]


@some_kind
def test_it_reads_well_in_a_terminal(kind: Kind) -> None:
    for each in runbooks(kind):
        assert each.isprintable() or each.replace("\n", "").isprintable()
        assert not re.search(r" $", each, re.MULTILINE)
        assert "\n\n\n" not in each
        prose_alone = re.sub(r"^ *```.*?^ *```$", "", each, flags=re.MULTILINE | re.DOTALL)
        for line in prose_alone.splitlines():
            # Code and names are not broken; tables cannot be.
            assert len(line) <= 100 or line.startswith("|") or "`" in line or "/" in line, line


@some_kind
def test_it_has_no_date_and_nothing_of_the_machine(kind: Kind) -> None:
    for each in runbooks(kind):
        assert not re.search(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}|/tmp/|/home/", each)


@some_kind
def test_no_word_in_angle_brackets_is_taken_for_html(kind: Kind) -> None:
    for each in runbooks(kind):
        outside = re.sub(r"^ *```.*?^ *```$", "", each, flags=re.MULTILINE | re.DOTALL)
        assert not re.search(r"(?<!\\)<[a-z]", re.sub(r"(`+).*?\1", "", outside))


@some_kind
def test_no_command_is_longer_than_a_screen_where_it_has_options(kind: Kind) -> None:
    for each in runbooks(kind):
        for line in "\n".join(BLOCK.findall(each)).splitlines():
            # A single argument may be longer than any line.
            assert len(line) <= 200 or " --" not in line.lstrip(), line
