"""The command `scalardl-gen check`: the whole checklist of ScalarDL's guides, decided or for a person."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from generator import manifests_in
from generator.check import baseline, exemptions, inputs
from generator.check.evidence import Evidence
from generator.check.exemptions import Exemption
from generator.check.formats import as_json, github, junit, markdown, sarif, text
from generator.check.gathering import Asked, gather
from generator.check.judging import LEVELS, Report, judge
from generator.check.progress import progress
from generator.check.telling import given_in_words, remarks
from generator.errors import ANSWER_IS_NO
from generator.options import Namespace, page
from generator.profile_cli import refuse
from postrender.errors import UnreadableError
from postrender.printable import printable
from profiles.models import Product

Format = Literal["text", "json", "sarif", "junit", "markdown", "github"]
_FOR_PROGRAMS: dict[str, Callable[[Report], str]] = {
    "json": as_json.render,
    "sarif": sarif.render,
    "junit": junit.render,
    "markdown": markdown.render,
    "github": github.render,
}
_WIDEST = 120
_DOCUMENT = re.compile(r"document (\d+)")


def check(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="Deployment, manifests, values, chart, keys; - or none: stdin."),
    ] = None,
    ledger: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="The same, of Ledger's domain; more than once.")
    ] = None,
    auditor: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="The same, of Auditor's domain.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="What manifests are to obey; chosen as scalardl-harden does."),
    ] = None,
    namespace: Namespace = "",
    fail_on: Annotated[
        str, typer.Option("--fail-on", metavar="|".join(LEVELS), help="The least that exits with 1.")
    ] = "required",
    known: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="What it holds does not fail.")
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option("--write-baseline", metavar="FILE", help="Keep what is found now, and end with 0."),
    ] = None,
    exempt: Annotated[
        Path | None,
        typer.Option("--exemptions", metavar="FILE", help=f"Otherwise {exemptions.FILE}, if there."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Text: also what is met or does not apply.")
    ] = False,
    form: Annotated[
        str, typer.Option("--format", metavar="|".join(get_args(Format)), help="Of what is printed.")
    ] = "text",
) -> None:
    """Answer the checklist of ScalarDL's guides.

    Give any mix of a deployment file, rendered manifests, values, charts (rendered with the Helm that is
    there), keys and certificates, and what kubectl get -o yaml prints of a namespace and of nodes. Exit
    codes: 0 nothing found at the level of --fail-on; 1 something is; 2 wrong usage, or a deployment file
    that cannot be used; 3 what cannot be read.
    """
    if form not in get_args(Format):
        refuse(f"--format {form}: no such format; write one of {', '.join(get_args(Format))}")
    level = next((each for each in LEVELS if each == fail_on), None)
    if level is None:
        refuse(f"--fail-on {fail_on}: no such level; write one of {', '.join(LEVELS)}")
    today = context.obj or datetime.date.today()
    with manifests_in.refusals():
        report = _report(
            paths or [],
            {"ledger": ledger or [], "auditor": auditor or []},
            Asked(profile, namespace, os.environ.get("HELM_BIN") or "helm", today),
            known,
            exempt,
        )
    report = report._replace(fail_on=level)
    if write:
        baseline.write(write, report.answers)
    if form in _FOR_PROGRAMS:
        typer.echo(_FOR_PROGRAMS[form](report), nl=False)
    else:
        typer.echo(text.render(report, *page(_WIDEST), everything), nl=False, color=True)
    if write:
        kept = f"{write}: what is found now is kept there; --baseline {write} lets it pass"
        typer.echo(printable(kept), err=True)
    elif report.fails:
        raise typer.Exit(ANSWER_IS_NO)


def _report(
    paths: list[str],
    domains: dict[Product, list[str]],
    asked: Asked,
    known: Path | None,
    exempt: Path | None,
) -> Report:
    if [*paths, *(path for given in domains.values() for path in given)].count(inputs.STDIN) > 1:
        refuse("-: stdin stands more than once; it can be read once only")
    several = {product: inputs.read(given) for product, given in domains.items() if given}
    general = inputs.read(paths) if paths or several else inputs.read([inputs.STDIN])
    evidence = gather(general, several, asked)
    stated = (*_of_file(exempt), *exemptions.of_profile(evidence.resolved))
    holding = tuple(one for one in stated if one.holds(evidence.today))
    with progress() as step, _in_its_file(evidence):
        answers = judge(evidence, holding, baseline.read(known) if known else frozenset(), step)
    told = remarks(evidence, [general, *several.values()], stated, answers)
    return Report(answers, evidence.today, given_in_words(evidence), told, baseline=str(known or ""))


@contextmanager
def _in_its_file(evidence: Evidence) -> Iterator[None]:
    """What cannot be read of an object, with the file that it stands in."""
    try:
        yield
    except UnreadableError as error:
        found = _DOCUMENT.match(str(error))
        streams = {id(side.manifests): side.manifests for side in evidence.sides if side.manifests}
        if not found or len(streams) != 1:
            raise
        (manifests,) = streams.values()
        raise UnreadableError(f"{manifests.file_of(int(found[1]))}: {error}") from None


def _of_file(path: Path | None) -> tuple[Exemption, ...]:
    with suppress(OSError):  # of a folder that cannot be looked into
        if path is None and not Path(exemptions.FILE).is_file():
            return ()
    return exemptions.of_file(path or Path(exemptions.FILE))
