"""The command `scalardl-gen`: profiles, their compiled policy and schema, and the pages of the rules."""

from __future__ import annotations

import json
from importlib import resources
from typing import Annotated, NoReturn

import typer

from profiles.compile import compile_policy, dumps
from profiles.errors import ProfileError
from profiles.load import BUILTIN, load
from profiles.models import schema
from profiles.policy import RULES
from profiles.problems import suggestion

USAGE = 2

app = typer.Typer(
    help="Profiles of ScalarDL deployments and what is made from them.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _command() -> None:
    """Profiles of ScalarDL deployments and what is made from them."""


@app.command("profile")
def list_profiles() -> None:
    """List the built-in profiles, each of which extends the one before."""
    width = max(map(len, BUILTIN))
    for name in BUILTIN:
        typer.echo(f"{name:<{width}}  {load(name).profile.description}")


@app.command("policy")
def print_policy(
    profile: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A built-in profile, or a file.")],
) -> None:
    """Print the hardening policy that a profile compiles to, as JSON."""
    typer.echo(dumps(compile_policy(load(profile))), nl=False)


@app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of a profile file, for editors."""
    typer.echo(json.dumps(schema(), indent=2))


@app.command()
def explain(
    rule: Annotated[str | None, typer.Argument(metavar="[RULE]", help="A rule; none: list them.")] = None,
) -> None:
    """Print the page of a rule: the problem, the cure, what the rule leaves alone."""
    if rule is None:
        width = max(map(len, RULES))
        for known in RULES:
            typer.echo(f"{known:<{width}}  {_summary(known)}".rstrip())
        return
    if rule not in RULES:
        _refuse(f"{rule}: no such rule; {suggestion(rule, RULES, 'the rules are')}")
    page = _page(rule)
    if page is None:
        _refuse(f"{rule}: its page is missing from this installation; install scalardl-harden again")
    typer.echo(page, nl=not page.endswith("\n"))


def main() -> None:
    """Run `scalardl-gen`. Exit code 0: done; 2: wrong usage, or a profile that cannot be used."""
    try:
        app(prog_name="scalardl-gen")
    except ProfileError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(USAGE) from None


def _page(rule: str) -> str | None:
    page = resources.files("postrender").joinpath("rules", f"{rule}.md")
    return page.read_text(encoding="utf-8") if page.is_file() else None


def _summary(rule: str) -> str:
    """The first line of the rule's page that says more than its name."""
    lines = (line.lstrip("# ").strip() for line in (_page(rule) or "").splitlines())
    return next((line for line in lines if line not in ("", rule)), "")


def _refuse(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(USAGE)
