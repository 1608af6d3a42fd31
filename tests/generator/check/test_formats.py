"""Each format shows what its readers need, and nothing that its readers would take for an order."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar, get_args
from xml.etree import ElementTree

import jsonschema
import pytest

from generator.check.cli import Format
from generator.check.formats import as_json, github, junit, markdown, sarif, text
from generator.check.judging import Level, Report
from tests.generator.check.manifests import DEPLOYMENT
from tests.generator.check.reports import FILE, LINES, REPORTS, RICH, TEXT, TODAY, answered
from tests.generator.commands import Command

FORMATS: dict[str, Callable[[Report], str]] = {
    "text": lambda report: text.render(report, 80, False),
    "json": as_json.render,
    "sarif": sarif.render,
    "junit": junit.render,
    "markdown": markdown.render,
    "github": github.render,
}
BROKEN = ("availability-pods", "spread-nodes", "default-deny", "health-checks")


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pipeline of a code host."""
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA", "CI_PROJECT_URL", "CI_COMMIT_SHA"):
        monkeypatch.delenv(name, raising=False)


def flat(report: Report, width: int = 80) -> str:
    """The text without the places where its lines end."""
    return " ".join(text.render(report, width, False).split())


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("form", FORMATS)
def test_no_format_lets_a_control_character_through(form: str, name: str) -> None:
    written = FORMATS[form](REPORTS[name])
    assert {sign for sign in written if sign != "\n" and not sign.isprintable()} == set()
    assert written.endswith("\n")


# The command.


CANARY = "Y2FuYXJ5LW9mLWEtc2VjcmV0"
MANIFESTS = f"""\
apiVersion: v1
kind: Secret
metadata: {{name: login}}
data: {{password: {CANARY}}}
---
{TEXT}---
{DEPLOYMENT}"""


@pytest.mark.parametrize("form", get_args(Format))
def test_the_command_prints_each_format(form: str, check: Command) -> None:
    run = check("-", "--format", form, "--fail-on", "never", stdin=MANIFESTS)
    assert (run.code, run.err) == (0, "")
    assert CANARY not in run.out
    assert set(FORMATS) == set(get_args(Format))


def test_no_color_has_no_colours(check: Command) -> None:
    assert "\033" in check("-", stdin=MANIFESTS, FORCE_COLOR="1").out
    assert "\033" not in check("-", stdin=MANIFESTS, FORCE_COLOR="1", NO_COLOR="1").out


# JSON.


@pytest.fixture(scope="module")
def schema() -> Any:
    found = json.loads((resources.files("generator.check.formats") / "check.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return found


@pytest.mark.parametrize("name", REPORTS)
def test_json_is_as_its_schema_says(name: str, schema: Any) -> None:
    found = json.loads(as_json.render(REPORTS[name]))
    jsonschema.Draft202012Validator(schema).validate(found)
    assert len(found["requirements"]) == sum(found["summary"].values()) == len(REPORTS[name].answers)


def test_json_holds_texts_as_they_are() -> None:
    hostile = REPORTS["hostile"]
    found = json.loads(as_json.render(hostile))["requirements"][0]["findings"][0]
    assert found["problem"] == hostile.answers[0].findings[0].problem


def test_the_schema_lets_no_other_key_in(schema: Any) -> None:
    def objects(part: Any) -> list[Any]:
        inside = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        own = [part] if isinstance(part, dict) and part.get("type") == "object" else []
        return own + [found for each in inside for found in objects(each)]

    assert all(one["additionalProperties"] is False for one in objects(schema))
    assert all(set(one["required"]) == set(one["properties"]) for one in objects(schema))


# JUnit.

VALIDATE = "import sys, xmlschema; xmlschema.XMLSchema(sys.argv[1]).validate(sys.argv[2])"


@pytest.mark.parametrize("name", REPORTS)
def test_junit_is_as_its_schema_says(name: str, junit_xsd: Path, tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    file.write_text(junit.render(REPORTS[name]), encoding="utf-8")
    command = [sys.executable, "-c", VALIDATE, str(junit_xsd / "junit-10.xsd"), str(file)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={"PYTHONPATH": str(junit_xsd)}, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_junit_fails_for_what_is_new_alone() -> None:
    report = RICH._replace(fail_on="recommended")
    cases = list(ElementTree.fromstring(junit.render(report)).iter("testcase"))
    told = {case.get("name"): [one.tag for one in case] for case in cases}
    assert {name for name, tags in told.items() if "failure" in tags} == set(BROKEN) - {"health-checks"}
    assert {name for name, tags in told.items() if not tags or tags == ["system-out"]} == {"tls"}
    assert sum(tags == ["skipped"] for tags in told.values()) == 8
    assert len(cases) == len(RICH.answers)


def test_junit_skips_what_does_not_fail_the_check() -> None:
    root = ElementTree.fromstring(junit.render(RICH))
    assert [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None] == [
        "default-deny"
    ]
    skipped = root.find(".//testcase[@name='spread-nodes']/skipped")
    assert skipped is not None
    assert "recommended (--fail-on required)" in skipped.get("message", "")
    assert str(skipped.text).count("may stand on one node") == 8


@pytest.mark.parametrize("level", ["required", "recommended", "never"])
@pytest.mark.parametrize("name", REPORTS)
def test_junit_fails_where_the_check_does(name: str, level: Level) -> None:
    report = REPORTS[name]._replace(fail_on=level)
    assert (ElementTree.fromstring(junit.render(report)).get("failures") != "0") == report.fails


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_tells_what_there_is_to_know_besides(form: str) -> None:
    assert "exemption of tls excuses nothing here" in FORMATS[form](RICH)


def test_junit_counts_what_it_has() -> None:
    root = ElementTree.fromstring(junit.render(RICH._replace(fail_on="recommended")))
    assert [suite.get("name") for suite in root] == ["required", "recommended"]
    for suite in root:
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
        assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("skipped", "")) == len(suite.findall("testcase/skipped"))
    assert root.get("failures") == "3"


def test_junit_has_every_finding_of_a_failure() -> None:
    root = ElementTree.fromstring(junit.render(RICH._replace(fail_on="recommended")))
    failure = root.find(".//testcase[@name='spread-nodes']/failure")
    assert failure is not None
    assert str(failure.text).count("may stand on one node") == 8


# Markdown.


class Tags(HTMLParser):
    """The HTML that stands in a Markdown text outside of code and without a backslash before it."""

    KNOWN: ClassVar = {"details", "summary"}

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.add(tag)


@pytest.mark.parametrize("name", REPORTS)
def test_markdown_fits_into_a_comment(name: str) -> None:
    assert len(markdown.render(REPORTS[name]).encode()) <= 65_536


def test_markdown_says_what_was_cut() -> None:
    written = markdown.render(REPORTS["large"])
    shown = len(re.findall(r"^\*\*`", written, re.MULTILINE))
    assert 0 < shown < 90
    assert f"left out: {90 - shown} of 90 under 'Not met'" in written
    assert "left out" not in markdown.render(RICH)


def test_markdown_links_the_line() -> None:
    assert f"](deploy/our%20own/ledger.yaml#L{LINES['replicas'][0]}) `Deployment ledger`" in markdown.render(
        RICH
    )
    assert "](deployment.yaml)" in markdown.render(RICH)
    assert "](-" not in markdown.render(RICH)


@pytest.mark.parametrize(
    ("variables", "base"),
    [
        (
            {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b", "GITHUB_SHA": "c0"},
            "https://github.com/a/b/blob/c0/",
        ),
        (
            {"CI_PROJECT_URL": "https://gitlab.com/a/b", "CI_COMMIT_SHA": "c0"},
            "https://gitlab.com/a/b/-/blob/c0/",
        ),
    ],
)
def test_markdown_links_into_the_repository_of_its_pipeline(
    variables: dict[str, str], base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert f"]({base}deploy/our%20own/ledger.yaml#L6)" in markdown.render(RICH)


@pytest.mark.parametrize("name", REPORTS)
def test_markdown_has_no_markup_of_others(name: str) -> None:
    written = markdown.render(REPORTS[name])
    bare = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)|\\.", "", written)
    tags = Tags()
    tags.feed(bare)
    assert tags.found <= Tags.KNOWN
    assert bare.count("<details>") == bare.count("</details>")
    # Neither a mention nor a reference to an issue.
    assert not re.search(r"(?<!\w)\\?[@#](?!<)\w", re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", written))


def test_markdown_has_the_table_of_the_summary() -> None:
    rows = [line.split("|") for line in markdown.render(RICH).splitlines() if line.startswith("|")]
    counted = {row[2].strip(): (row[3].strip(), row[4].strip()) for row in rows[2:]}
    assert counted == {
        "not met": ("1", "3"),
        "exempt": ("0", "1"),
        "for a person": ("3", "2"),
        "met": ("0", "1"),
        "not applicable": ("1", "0"),
    }


# GitHub's workflow commands.

COMMAND = re.compile(r"::(?P<name>[a-z]+) (?P<parameters>[^:]*)::(?P<message>.*)")


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner reads it: up to the second `::`, pairs at commas, escapes undone."""
    found = COMMAND.fullmatch(line)
    assert found
    pairs = dict(pair.split("=", 1) for pair in found["parameters"].split(","))
    return (
        found["name"],
        {key: undone(value) for key, value in pairs.items()},
        undone(found["message"]),
    )


def undone(value: str) -> str:
    for escape, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(escape, sign)
    return value


@pytest.mark.parametrize("name", REPORTS)
def test_each_line_is_a_command(name: str) -> None:
    lines = github.render(REPORTS[name]).splitlines()
    fresh = [finding for one in REPORTS[name].answers for finding in one.fresh]
    assert len(lines) == len(fresh) + len(REPORTS[name].remarks) + 1
    commands = [read(line) for line in lines]
    assert {command[0] for command in commands} <= {"error", "warning", "notice"}
    assert commands[-1][:2] == ("notice", {"title": "scalardl-gen check"})


def test_commands_name_file_line_and_column() -> None:
    commands = [read(line) for line in github.render(RICH).splitlines()]
    told = [parameters for _, parameters, message in commands if "Deployment ledger has 1 pod" in message]
    assert told == [{"file": FILE, "line": "6", "col": "3", "title": "availability-pods (recommended)"}]
    assert [parameters for _, parameters, message in commands if "auditor has 1 pod" in message] == [
        {"title": "availability-pods (recommended)"}
    ]


def test_errors_are_for_what_is_required_and_come_first() -> None:
    names = [read(line)[0] for line in github.render(RICH).splitlines()]
    assert names == ["error"] * 2 + ["warning"] * 10 + ["notice"] * 2


def test_what_is_known_or_exempt_is_no_command() -> None:
    written = github.render(RICH)
    assert "probe" not in written
    assert "cluster is declared" not in written


# https://github.com/actions/toolkit, escapeData and escapeProperty.
@pytest.mark.parametrize(
    ("path", "problem", "begin"),
    [
        ("a,b.yaml", "50% of all", "::warning file=a%2Cb.yaml,title=tls (recommended)::50%25 of all. Cure: "),
        ("c:d.yaml", "a: b, c", "::warning file=c%3Ad.yaml,title=tls (recommended)::A: b, c. Cure: "),
        ("100%.yaml", "x", "::warning file=100%25.yaml,title=tls (recommended)::X. Cure: "),
    ],
)
def test_commands_are_escaped(path: str, problem: str, begin: str) -> None:
    spot = RICH.answers[0].findings[0].spot._replace(file=path, line=0, column=0, object="")
    found = RICH.answers[0].findings[0]._replace(spot=spot, problem=problem)
    assert github.render(Report((answered("tls", "not-met", found),), TODAY)).startswith(begin)
