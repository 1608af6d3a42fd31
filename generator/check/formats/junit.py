"""The report as JUnit's XML: a suite for each level, a test case for each requirement.

Only what fails the check fails here: what is new, at the level of --fail-on. What is below it, exempt,
known, for a person, or not applicable is skipped, and says why. What to know besides is the output of the
first suite.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree

from generator.check.answers import Answer
from generator.check.formats import words
from generator.check.judging import LEVELS, Report
from generator.plan.wrapping import printable


def render(report: Report) -> str:
    """The report as XML 1.0; what must not stand in it is replaced."""
    suites = [_suite(level, report) for level in LEVELS if level != "never"]
    if report.remarks:
        ElementTree.SubElement(suites[0], "system-out").text = _lines(report.remarks)
    totals = {key: str(sum(int(suite.attrib[key]) for suite in suites)) for key in ("tests", "failures")}
    root = ElementTree.Element("testsuites", {"name": words.TOOL, **totals, "errors": "0"})
    root.extend(suites)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(level: str, report: Report) -> ElementTree.Element:
    cases = [_case(report, one) for one in report.answers if one.requirement.level == level]
    counts = {
        "tests": len(cases),
        "failures": sum(one.find("failure") is not None for one in cases),
        "errors": 0,
        "skipped": sum(one.find("skipped") is not None for one in cases),
    }
    suite = ElementTree.Element(
        "testsuite",
        {
            "name": level,
            **{key: str(count) for key, count in counts.items()},
            "timestamp": f"{report.today}T00:00:00",
        },
    )
    suite.extend(cases)
    return suite


def _case(report: Report, answer: Answer) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase", {"name": answer.id, "classname": f"scalardl.{answer.requirement.level}"}
    )
    if answer.fresh and report.counts(answer):
        message = f"{answer.requirement.text}: {len(answer.fresh)} found"
        failure = ElementTree.SubElement(
            case, "failure", {"type": answer.requirement.level, "message": printable(message)}
        )
        failure.text = _lines(_findings(answer))
    elif answer.status != "met":
        skipped = ElementTree.SubElement(
            case, "skipped", {"type": _why(answer), "message": printable(_reason(report, answer))}
        )
        skipped.text = _lines(_findings(answer)) or None
    elif answer.because:
        ElementTree.SubElement(case, "system-out").text = _lines(words.reasons(answer))
    return case


def _why(answer: Answer) -> str:
    if answer.status != "not-met":
        return answer.status
    return "not counted" if answer.fresh else "known"


def _reason(report: Report, answer: Answer) -> str:
    """Why it is skipped."""
    why = "; ".join(words.reasons(answer))
    if answer.fresh:
        found = f"{answer.requirement.text}: {len(answer.fresh)} found"
        return f"not met, but {answer.requirement.level} (--fail-on {report.fail_on}): {found}"
    if answer.status == "not-met":
        return "not met, but the baseline has all that is found"
    if answer.status == "exempt":
        return "exempt: " + "; ".join(dict.fromkeys(one.exempt for one in answer.findings))
    if answer.status == "not-applicable":
        return f"not applicable: {why}" if why else "not applicable"
    if answer.missing:
        return f"give {words.wanted(answer.missing)} to decide it" + (f" ({why})" if why else "")
    return f"a person must decide: {answer.requirement.look}" + (f" ({why})" if why else "")


def _findings(answer: Answer) -> list[str]:
    """Each finding with its place, and what it is beside new."""
    found = []
    for one in (*words.counting(answer), *(each for each in answer.findings if each.exempt)):
        beside = f" (exempt: {one.exempt})" if one.exempt else " (known)" if one.known else ""
        found.append(f"{words.place(one)}: {words.told(one)}{beside}".removeprefix(": "))
    return found


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(printable(text) for text in texts)
