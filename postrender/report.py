"""What a run did, for a person and for a machine; and where the last one is kept.

Helm 4 throws away what a post-renderer writes to stderr, so each run leaves its report in the
user's state folder. No report holds the content of a Secret.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from postrender import patches
from postrender.errors import UsageError
from postrender.harden import EXEMPT, FIXED, NOTE, REFUSED, REPORTED, Outcome
from postrender.printable import one_line, printable
from postrender.version import VERSION

FIXABLE = "fixable"

_COLOURS = {FIXED: "32", FIXABLE: "32", REFUSED: "31;1", REPORTED: "33", EXEMPT: "36", NOTE: "2"}
_WIDTH = 110
_ORDER = (REFUSED, REPORTED, FIXABLE, FIXED, EXEMPT, NOTE)


class Report(NamedTuple):
    """One run: when, on what, with which policy from where, its end, and what was found.

    `release`: the names of the releases in the stream, by the label app.kubernetes.io/instance.
    `written`: whether hardened manifests were written; if not, fixes are only what would be done.
    """

    time: str
    release: str
    profile: str
    source: str
    exit_code: int
    message: str
    documents: int
    outcomes: tuple[Outcome, ...]
    assumed: tuple[str, ...]
    written: bool


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain data. Stable keys; `findings` in the order in which they were made."""
    return {
        "tool": "scalardl-harden",
        "version": VERSION,
        "time": report.time,
        "release": report.release,
        "profile": report.profile,
        "policySource": report.source,
        "exitCode": report.exit_code,
        "message": report.message,
        "documents": report.documents,
        "assumed": list(report.assumed),
        "findings": [
            {
                "status": FIXABLE if outcome.status == FIXED and not report.written else outcome.status,
                "rule": outcome.rule,
                "object": {"kind": outcome.kind, "namespace": outcome.namespace, "name": outcome.name},
                "document": outcome.document,
                "pointer": outcome.pointer,
                "problem": outcome.problem,
                "cure": outcome.cure,
                "requirements": list(outcome.requirements),
                "operations": _told(outcome),
                "reason": outcome.reason,
            }
            for outcome in report.outcomes
        ],
    }


def _told(outcome: Outcome) -> list[dict[str, Any]]:
    """The operations; those of a profile's patch, which may write anything, without what may be a secret."""
    if outcome.rule != patches.RULE:
        return list(outcome.operations)
    from postrender import concealed  # only who patches pays for it

    return [
        {**one, "value": concealed.value(one["value"], one["path"].rpartition("/")[2])}
        if "value" in one
        else one
        for one in outcome.operations
    ]


def text(data: dict[str, Any], colour: bool = False) -> str:
    """A report (as `as_json` gives it) for a person: by object, what a person must do first.

    Of a refused release only that is shown which a person must do; the rest is counted.
    """

    def paint(code: str, words: str) -> str:
        words = one_line(words)
        return f"\033[{code}m{words}\033[0m" if colour and words else words

    release = f", release {data['release']}" if data["release"] else ""
    lines = [
        paint("1", f"{data['tool']} {data['version']}, {data['time']}{release}"),
        one_line(f"profile {data['profile']} ({data['policySource']})"),
    ]
    findings = sorted(data["findings"], key=lambda f: _ORDER.index(f["status"]))
    message = data["message"]
    if any(finding["status"] == REFUSED for finding in findings):
        findings = [finding for finding in findings if finding["status"] in (REFUSED, REPORTED)]
        message = "the policy cannot be met; nothing was written"
    for line in message.splitlines():
        lines += [paint(_COLOURS[REFUSED], part) for part in _wrapped(line, 0)]
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for finding in findings:
        subject = finding["object"]
        groups.setdefault((subject["kind"], subject["namespace"] or "", subject["name"]), []).append(finding)
    for (kind, namespace, name), members in groups.items():
        place = f" in {namespace}" if namespace else ""
        lines += ["", paint("1", f"{kind} {name}") + paint("2", place)]
        for finding in members:
            status = paint(_COLOURS[finding["status"]], f"{finding['status']:<9}")
            first, *rest = _wrapped(f"{finding['rule']}: {finding['problem']}")
            lines.append(f"  {status} {first}")
            tail = f"exempt: {finding['reason']}" if finding["status"] == EXEMPT else finding["cure"]
            # The requirements' ids are for those who look them up; JSON has them for each finding.
            if finding["requirements"] and finding["status"] in (REFUSED, REPORTED):
                tail += f" [{', '.join(finding['requirements'])}]"
            lines += [" " * 12 + line for line in rest]
            lines += [" " * 12 + paint("2", line) for line in _wrapped(f"-> {tail}")]
    if data["assumed"] and data["exitCode"] == 0:
        lines += ["", paint("1", "Taken because the profile declares nothing")]
        lines += [f"  {line}" for sentence in data["assumed"] for line in _wrapped(sentence, 2)]
    if data["findings"] or data["exitCode"] == 0:
        lines += ["", summary(data)]
    return "\n".join(lines) + "\n"


def _wrapped(words: str, indent: int = 12) -> list[str]:
    import textwrap  # a report for a person is not on the way of `helm install`

    return textwrap.wrap(printable(words), _WIDTH - indent, break_long_words=False, break_on_hyphens=False)


def summary(data: dict[str, Any]) -> str:
    """One line: how many findings of each status."""
    statuses = [finding["status"] for finding in data["findings"]]
    counted = [
        f"{statuses.count(status)} {status}{'s' * (status == NOTE and statuses.count(status) != 1)}"
        for status in _ORDER
        if status in statuses
    ]
    number = data["documents"]
    return f"{number} document{'s' * (number != 1)}: " + (", ".join(counted) or "nothing to do")


def state_file() -> str:
    """Where the report of the last run is kept (XDG state folder, or the local one of Windows)."""
    home = os.environ.get("XDG_STATE_HOME")
    if not home and os.name == "nt":
        home = os.environ.get("LOCALAPPDATA")
    if not home or not os.path.isabs(home):  # as the XDG specification has it
        home = os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(home, "scalardl-harden", "last.json")


def keep(data: dict[str, Any]) -> str | None:
    """Leave a report (as `as_json` gives it) in the state folder.

    Returns its path; None where the folder cannot be written.
    """
    path = state_file()
    if not os.path.isabs(path):
        return None  # a user without a home
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        write(path, _json(data), 0o600)
    except OSError:
        return None
    return path


def _json(data: dict[str, Any]) -> Iterator[str]:
    """A report as JSON, finding by finding: of a large release it is larger than all else."""
    head = json.dumps({**data, "findings": []}, ensure_ascii=False)
    yield head.removesuffix("]}")
    for number, finding in enumerate(data["findings"]):
        yield ("," if number else "") + json.dumps(finding, ensure_ascii=False)
    yield "]}"


def write(path: str, content: Iterable[str], mode: int = 0o666) -> None:
    """Write a file, given in one or more pieces, whole or not at all. Raises OSError.

    `mode`: of a new file, less the umask.
    """
    if isinstance(content, str):
        content = (content,)
    path = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):
        # A device or a pipe, such as /dev/stderr: nothing to replace.
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.writelines(content)
        return
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(
            temporary,
            "w",
            encoding="utf-8",
            errors="backslashreplace",
            opener=lambda name, flags: os.open(name, flags, mode),
        ) as stream:
            stream.writelines(content)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def last() -> dict[str, Any]:
    """The report of the last run. Raises UsageError where there is none to read."""
    path = state_file()
    try:
        with open(path, encoding="utf-8") as stream:
            data: dict[str, Any] = json.load(stream)
        text(data)  # what cannot be shown is no report of ours
    except FileNotFoundError:
        raise UsageError(f"no run has left a report yet ({path} does not exist)") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{path} is no report that can be read; the next run writes it anew") from None
    return data
