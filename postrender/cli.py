"""The command `scalardl-harden`: manifests on stdin, hardened manifests on stdout.

What is imported here is imported on each `helm install`: argparse only where there are arguments,
the models of profiles only for a user's own profile.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from postrender import report
from postrender.errors import (
    DEBUG,
    DEFECT,
    DONE,
    INTERRUPTED,
    POLICY_UNMET,
    USAGE,
    HardenError,
    OutputError,
    UnreadableError,
    UsageError,
    defect,
)
from postrender.harden import Result, harden
from postrender.manifests.stream import BOM, decode
from postrender.policy_source import Chosen, built_in, choose
from postrender.printable import printable, printable_json
from postrender.version import VERSION
from profiles.policy import RULES

if TYPE_CHECKING:
    import argparse

_STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")

_PIECE = 2**20  # characters

# Helm 4 takes empty output for a failure, and so does Argo CD for a wish to delete everything.
NOTHING = "# scalardl-harden: no manifests came in\n"


def main() -> None:
    """The console entry point."""
    # What is read is needed to the end of this short run; the collector would walk it again and again.
    gc.disable()
    try:
        code = run(sys.argv[1:])
    except HardenError as error:
        _say(str(error))
        code = error.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        _say(defect(error))
        code = DEFECT
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run the command with these arguments. Returns the exit code, or raises HardenError."""
    if not arguments:
        return _filter(Options())
    if arguments[0] == "last":
        return _last(arguments[1:])
    try:
        return _filter(_options(arguments))
    except UsageError as error:
        # Helm 4 shows nothing of this either.
        _keep(error.exit_code, str(error), None, Result(None, (), 0), Options())
        raise


def _options(arguments: list[str]) -> Options:
    parsed, unknown = _parser().parse_known_args(arguments)
    if unknown:
        raise UsageError(f"{unknown[0]}: no such option (see --help)")
    excluded = frozenset(name.strip() for names in parsed.exclude for name in names.split(","))
    rules = sorted(excluded - set(RULES))
    if rules:
        raise UsageError(f"--exclude {rules[0]}: no such rule; the rules are {', '.join(RULES)}")
    asked = [f"--{name}" for name in ("krm", "emit", "check", "diff") if getattr(parsed, name)]
    if len(asked) > 1 and set(asked) & {"--krm", "--emit"}:
        raise UsageError(f"{asked[0]} and {asked[1]}: each writes something else; give one of them")
    if (parsed.emit is None) != (parsed.output is None):
        raise UsageError("--emit FORM and -o DIR belong together: what is emitted are the files of a folder")
    if parsed.output == "":
        raise UsageError("-o: the name of the folder is empty; name one, or . for this folder")
    return Options(
        parsed.profile,
        parsed.report,
        parsed.format,
        parsed.check,
        parsed.diff,
        excluded,
        parsed.krm,
        parsed.emit,
        parsed.output,
    )


class Options(NamedTuple):
    """What the user asked for."""

    profile: str | None = None
    report: str | None = None
    format: str = "text"
    check: bool = False
    diff: bool = False
    excluded: frozenset[str] = frozenset()
    krm: bool = False
    emit: str | None = None
    output: str | None = None

    @property
    def dry(self) -> bool:
        """Whether no manifests are written."""
        return self.check or self.diff or self.emit is not None


def _filter(options: Options) -> int:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("manifests are expected on stdin: helm template ... | scalardl-harden (see --help)")
    if options.report in _STDOUT:
        raise UsageError(
            f"--report {options.report}: stdout is for manifests; --check prints the report there"
        )
    try:
        content = sys.stdin.buffer.read()
    except OSError as error:
        raise UsageError(f"stdin cannot be read: {error.strerror or error}") from None
    chosen: Chosen | None = None
    result = Result(None, (), 0)
    mark = before = ""
    listed: dict[str, object] | None = None
    emitted: list[str] = []
    try:
        text = decode(content)
        mark = BOM if text.startswith(BOM) else ""
        before = text.removeprefix(BOM)
        if options.dry and not before.strip():
            raise UnreadableError("no manifests came in; did the command before the pipe fail?")
        if options.krm:
            from postrender import krm

            listed = krm.read(before)
            chosen = krm.choose(options.profile, listed, before)
        else:
            chosen = choose(options.profile, before)
        if options.excluded:
            chosen = chosen._replace(source=f"{chosen.source}, without {', '.join(sorted(options.excluded))}")
        result = harden(before, chosen.policy, _today(), options.excluded)
        code, message = _end(result, chosen, options.check)
        if options.emit and options.output and result.text is not None:
            from postrender import kustomize

            emitted = kustomize.write(options.emit, options.output, kustomize.emitted(before, result))
    except HardenError as error:
        code, message = error.exit_code, str(error)
    except Exception as error:
        _keep(DEFECT, defect(error), chosen, result, Options())
        raise
    code, message, data, kept = _keep(code, message, chosen, result, options)
    try:
        if options.check and not options.diff and (result.outcomes or options.format == "json"):
            _write(_json(data) if options.format == "json" else report.text(data, _coloured()))
        elif options.diff and result.text is not None:
            from postrender.difference import unified

            _write(unified(before, result.text, _coloured()))
        elif listed is not None:
            from postrender import krm

            # An orchestrator reads the list of a function that fails, too.
            _write(mark + krm.answer(before, listed, result, message))
        elif code == DONE and not options.dry and result.text is not None:
            _write(mark + (result.text or NOTHING))
    except HardenError as error:
        _keep(error.exit_code, str(error), chosen, result, Options())
        raise
    _say(message or _summary(data, kept))
    if emitted:
        _say(f"wrote {' and '.join(emitted)}")
    return code


def _last(arguments: list[str]) -> int:
    parser = _words()(prog="scalardl-harden last", description="Show the report of the last run.")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    form = parser.parse_args(arguments).format
    data = report.last()
    _write(_json(data) if form == "json" else report.text(data, _coloured()))
    return DONE


def _end(result: Result, chosen: Chosen, check: bool) -> tuple[int, str]:
    """The exit code and, for a run that fails, what its user must know, the first reason first."""
    refused = result.refused
    if refused:
        head = f"policy {chosen.policy.profile} cannot be met: {refused[0].line}"
        if len(refused) == 1:
            return POLICY_UNMET, head
        return POLICY_UNMET, "\n".join(
            [f"{head} (and {len(refused) - 1} more)", *(f"and: {o.line}" for o in refused[1:])]
        )
    if check and result.fixed:
        count = len(result.fixed)
        return (
            POLICY_UNMET,
            f"policy {chosen.policy.profile} is not met: {count} finding{'s' * (count != 1)} to fix",
        )
    return DONE, ""


def _keep(
    code: int, message: str, chosen: Chosen | None, result: Result, options: Options
) -> tuple[int, str, dict[str, object], str | None]:
    """Leave the report where the user asked for it and in the state folder.

    Returns the code and the message, which say it where the user's file could not be written, the
    report, and the path of the one in the state folder.
    """

    def data() -> dict[str, object]:
        return report.as_json(
            report.Report(
                time=_now(),
                release=result.release,
                profile=chosen.policy.profile if chosen else "(none)",
                source=chosen.source if chosen else "no policy was read",
                exit_code=code,
                message=message,
                documents=result.documents,
                outcomes=result.outcomes,
                assumed=chosen.policy.assumed if chosen else (),
                written=result.text is not None and code == DONE and not options.dry,
            )
        )

    if options.report is not None:
        try:
            content = data()
            report.write(options.report, _json(content) if options.format == "json" else report.text(content))
        except OSError as error:
            code, message = USAGE, f"--report {options.report}: cannot be written: {error.strerror}"
    content = data()
    return code, message, content, report.keep(content)


def _summary(data: dict[str, object], kept: str | None) -> str:
    where = "; details: scalardl-harden last" if kept else ""
    return f"profile {data['profile']}: {report.summary(data)}{where}"


def _words() -> type[argparse.ArgumentParser]:
    """The parser of a command's words, whose errors are ours."""
    import argparse

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            raise UsageError(f"{message} (see --help)")

    return Parser


def _parser() -> argparse.ArgumentParser:
    parser = _words()(
        prog="scalardl-harden",
        usage="%(prog)s [options] < manifests > hardened\n       %(prog)s last [--format text|json]",
        allow_abbrev=False,
        description="A Helm post-renderer: reads rendered manifests on stdin and writes them to stdout so "
        "that they obey a profile. What no rule concerns stays byte for byte as it was.",
        epilog="exit codes: 0 done, 1 the policy cannot be met (nothing on stdout), 2 wrong usage or "
        "profile, 3 unreadable input, 70 a defect of this program, 74 stdout was closed. The policy: "
        "--profile, else SCALARDL_PROFILE, else the policy that the stream carries, else production.",
    )
    parser.add_argument(
        "--profile", metavar="NAME|FILE", help=f"{', '.join(built_in())}, or a profile of your own"
    )
    parser.add_argument("--report", metavar="FILE", help="also write the report to FILE")
    parser.add_argument(
        "--format", choices=["text", "json"], default="text", help="of the report (default: text)"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write the report, not the manifests; exit 1 where something must change",
    )
    parser.add_argument("--diff", action="store_true", help="write what would change, not the manifests")
    parser.add_argument(
        "--exclude",
        metavar="RULE",
        action="append",
        default=[],
        help="leave rules out (repeatable, or with commas)",
    )
    parser.add_argument(
        "--krm",
        action="store_true",
        help="read and write a ResourceList, as a function of kustomize or kpt",
    )
    parser.add_argument(
        "--emit",
        choices=["kustomize", "flux"],
        help="write what would change as patches, not the manifests: kustomize (a component) or flux (the "
        "postRenderers of a HelmRelease)",
    )
    parser.add_argument("-o", "--output", metavar="DIR", help="the folder for --emit")
    parser.add_argument("--version", action="version", version=f"scalardl-harden {VERSION}")
    return parser


def _write(text: str) -> None:
    if sys.stdout is None:
        raise OutputError("stdout is closed; nothing was written")
    try:
        # In pieces: the whole of it once more in bytes would be as large again.
        for start in range(0, len(text), _PIECE):
            sys.stdout.buffer.write(text[start : start + _PIECE].encode(errors="backslashreplace"))
        sys.stdout.buffer.flush()
    except OSError as error:
        # Python would try, and complain, once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        reason = (
            "was closed before all was written"
            if isinstance(error, BrokenPipeError)
            else f"failed: {error.strerror}"
        )
        raise OutputError(f"stdout {reason}") from None


def _say(message: str) -> None:
    # Where stderr cannot be written either, the report has it as well.
    with contextlib.suppress(OSError):
        if sys.stderr is not None:
            print(printable(f"scalardl-harden: {message}"), file=sys.stderr, flush=True)


def _json(data: object) -> str:
    import json

    return printable_json(json.dumps(data, indent=1, ensure_ascii=False)) + "\n"


def _coloured() -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout is not None and sys.stdout.isatty())


def _today() -> str:
    return _now()[:10]


def _now() -> str:
    import time

    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
