"""The command `scalardl-gen`: from profiles to values, charts, bundles, keys, policies, schema and pages."""

from __future__ import annotations

import datetime
import io
import json
import os
import sys
from contextlib import suppress
from typing import Annotated, Any

import typer

from generator import pages, profile_cli, show
from generator.argocd.cli import app as argocd
from generator.check.cli import check
from generator.errors import DEFECT, DONE, INTERRUPTED, OUTPUT, USAGE, GenerateError
from generator.init.cli import init
from generator.keys.cli import app as keys
from generator.network.cli import network
from generator.pages import TOPICS
from generator.plan.cli import plan
from generator.profile_cli import DomainOption, refuse
from postrender.errors import DEBUG, defect
from postrender.printable import printable
from postrender.version import VERSION
from profiles.compile import compile_policy, dumps
from profiles.errors import ProfileError
from profiles.load import ResolvedProfile, load
from profiles.models import DOMAINS, schema
from profiles.policy import RULES
from profiles.problems import nearest
from profiles.requirements import requirements

LIST_THEM = "list them with: scalardl-gen explain"

app = typer.Typer(
    help="Profiles of ScalarDL deployments and what is made from them.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


_Profile = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A built-in profile, or a file.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"scalardl-gen {VERSION}")
        raise typer.Exit


@app.callback()
def _command(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Profiles of ScalarDL deployments and what is made from them."""


app.command("profile")(profile_cli.profile)
app.command("init")(init)
app.command("values")(profile_cli.values)
app.add_typer(keys, name="keys")
app.command("check")(check)
app.command("plan")(plan)
app.command("network")(network)
app.add_typer(argocd, name="argocd")


@app.command("show")
def show_profile(profile: _Profile) -> None:
    """Print a profile as YAML, all that it extends merged in."""
    typer.echo(show.text(load(profile)), nl=False)


@app.command("policy")
def print_policy(context: typer.Context, profile: _Profile, domain: DomainOption = None) -> None:
    """Print the policy that a profile compiles to, as JSON."""
    resolved = load(profile)
    product = None if domain is None else profile_cli.product_of(resolved, domain)
    for line in show.ended(resolved, context.obj or datetime.date.today()):
        typer.echo(printable(line), err=True)
    if product is None and _domains_differ(resolved):
        typer.echo(
            "note: the two domains differ, and this is the policy of neither alone; "
            "--for ledger or --for auditor prints one's own",
            err=True,
        )
    typer.echo(dumps(compile_policy(resolved, product)), nl=False)


@app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of a profile file, for editors."""
    typer.echo(json.dumps(schema(), indent=2))


@app.command()
def explain(
    word: Annotated[
        str | None,
        typer.Argument(metavar="RULE|TOPIC|REQUIREMENT", help="A word of a report; none: list them."),
    ] = None,
) -> None:
    """Print the page of a rule, a topic or a requirement."""
    known = (*RULES, *TOPICS)
    if word is None:
        width = max(map(len, (*known, *requirements())))
        for each in known:
            typer.echo(f"{each:<{width}}  {pages.summary(each)}".rstrip())
        for name, requirement in requirements().items():
            typer.echo(f"{name:<{width}}  {requirement.text}")
        return
    every = (*known, *requirements())
    if word not in every:
        refuse(f"{word}: no such rule, topic or requirement; {nearest(word, every) or LIST_THEM}")
    found = pages.page(word)
    if found is None:
        refuse(f"{word}: its page is missing from this installation; install scalardl-harden again")
    typer.echo(found, nl=not found.endswith("\n"))


def main(today: datetime.date | None = None) -> None:
    """Run `scalardl-gen`. Exit codes: see `generator.errors`.

    Exemptions are judged on the day `today`; without one, on this day.
    """
    if sys.stdout is None:  # closed before we began
        _say("stdout: is closed; check where it leads")
        raise SystemExit(OUTPUT)
    for stream in (sys.stdout, sys.stderr):
        # YAML and our messages are UTF-8, whatever the locale says; a file name may be no text at all.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        try:
            code = _run(today)
        finally:
            sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer has nowhere to go; without this Python would try again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        _say(f"stdout: cannot be written: {error.strerror}; check where it leads")
        raise SystemExit(OUTPUT) from None
    except ProfileError as error:
        _say(str(error))
        raise SystemExit(USAGE) from None
    except GenerateError as error:
        _say(str(error))
        raise SystemExit(error.exit_code) from None
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        _say(f"scalardl-gen: {defect(error)}")
        raise SystemExit(DEFECT) from None
    raise SystemExit(code)


def _run(today: datetime.date | None) -> int:
    """The exit code of the command that the arguments name. Raises what main() turns into words."""
    try:
        code = app(prog_name="scalardl-gen", obj=today, standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # typer would end with 1, which is an answer here
            raise error.__context__ from None
        raise
    except Exception as error:
        # Wrong usage is an error of click's, whose classes typer brings along under a name of its own.
        if not hasattr(error, "format_message"):
            raise
        if hasattr(error, "message"):
            error.message = printable(str(error.message))
        _show(error)
        return USAGE
    return code if isinstance(code, int) else DONE


def _show(error: Any) -> None:
    """What click says of wrong usage: how the command is called, and what is wrong."""
    with suppress(OSError):
        error.show()


def _say(text: str) -> None:
    """A message of ours; where stderr takes nothing the exit code says it alone."""
    with suppress(OSError):
        typer.echo(printable(text), err=True)


def _domains_differ(resolved: ResolvedProfile) -> bool:
    """Whether the policies of the two domains say different things, beside whose they are."""
    if not resolved.profile.auditor_mode:
        return False
    ledger, auditor = ({**compile_policy(resolved, each), "profile": ""} for each in DOMAINS)
    return ledger != auditor
