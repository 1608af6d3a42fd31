"""The commands `profile` and `values`: from a profile to the values, charts and folders of its domains."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from generator.bundle import folder
from generator.errors import USAGE, GenerateError
from generator.merging import reading
from generator.merging.fitting import fit
from generator.merging.values import merge
from generator.values import umbrella
from postrender.printable import printable
from profiles.compile import compile_policy
from profiles.load import BUILTIN, ResolvedProfile, load
from profiles.models import DOMAINS, Domain, Product

# Names that stand for one of yours: https://www.rfc-editor.org/rfc/rfc2606
PLACEHOLDER = re.compile(r"(?:^|[./@])example\.com(?:$|[:/;?])")

DomainOption = Annotated[
    str | None, typer.Option("--for", metavar="ledger|auditor", help="The domain: whose cluster.")
]


def profile(
    name_or_file: Annotated[
        str | None,
        typer.Argument(metavar="[NAME|FILE]", help="A built-in profile, or a file; none: list them."),
    ] = None,
    domain: DomainOption = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Write a folder for each domain into DIR."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite files in DIR that were edited by hand.")
    ] = False,
) -> None:
    """List profiles; print values, or write a bundle.

    Values are for the charts of this project: scalardl-gen profile production --for ledger | helm
    template ledger charts/scalardl-ledger -f - --post-renderer scalardl-harden. A bundle has a
    folder for each domain: chart, values, namespace, Secrets, cluster and runbook.
    """
    if name_or_file is None:
        if domain is not None or output is not None:
            refuse("no profile is named; name one: test, production, multi-az, or a file of yours")
        _list()
        return
    resolved = load(name_or_file)
    products = _products(resolved, domain)
    if output is not None:
        contents: dict[str, dict[str, str]] = {
            product: folder.files(resolved, product) for product in products
        }
        folder.write(output, contents, force=force)
        for product in products:
            _warn(resolved, product)
            typer.echo(printable(f"{output / product}: begin with runbook.md"), err=True)
        return
    if len(products) > 1:
        refuse(
            "values are of one domain; say whose: --for ledger or --for auditor; or write both with -o DIR"
        )
    (product,) = products
    text = umbrella.text(resolved, product, umbrella.over_shipped(resolved, product))
    _warn(resolved, product)
    typer.echo(text, nl=False)


def values(
    name_or_file: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A built-in profile, or a file.")],
    domain: DomainOption = None,
    existing: Annotated[
        Path | None,
        typer.Option("--merge", metavar="FILE", help="Values of yours to bring up to the profile."),
    ] = None,
) -> None:
    """Print values, or bring a file of yours up to them.

    With --merge the file's comments and order stay; what changes is said on stderr; the result goes
    to stdout, and the file is left alone.
    """
    resolved = load(name_or_file)
    products = _products(resolved, domain)
    if len(products) > 1:
        refuse("values are of one domain; say whose: --for ledger or --for auditor")
    (product,) = products
    block = umbrella.values(resolved, product)
    if existing is None:
        typer.echo(umbrella.text(resolved, product, block), nl=False)
        return
    text = reading.read(existing, str(existing))
    part = fit(text, str(existing), block.data, product)
    merged = merge(text, part.wanted, str(existing))
    for line in (*(change.line_of_text(str(existing)) for change in merged.changes), *part.notes):
        typer.echo(printable(line), err=True)
    count = len(merged.changes)
    typer.echo(
        printable(f"{existing}: " + (f"{count} change{'s' * (count != 1)}" if count else "as it should be")),
        err=True,
    )
    typer.echo(merged.text, nl=False)


def product_of(resolved: ResolvedProfile, domain: str) -> Product:
    """The product of an option --for."""
    for product in DOMAINS:
        if domain == product:
            if product == "auditor" and not resolved.profile.auditor_mode:
                refuse(umbrella.NO_AUDITOR)
            return product
    return refuse(f"--for {domain}: no such domain; write ledger or auditor")


def refuse(text: str) -> NoReturn:
    """Ends the command: wrong usage, and why."""
    raise GenerateError(text, USAGE)


def _list() -> None:
    width = max(map(len, BUILTIN))
    for name in BUILTIN:
        typer.echo(f"{name:<{width}}  {load(name).profile.description}")


def _products(resolved: ResolvedProfile, domain: str | None) -> tuple[Product, ...]:
    there = DOMAINS if resolved.profile.auditor_mode else DOMAINS[:1]
    if domain is None:
        return there
    return (product_of(resolved, domain),)


def _warn(resolved: ResolvedProfile, product: Product) -> None:
    """Says on stderr what stands for something of the user's."""
    for key, value in _placeholders(resolved.profile.domain(product)):
        typer.echo(f"warning: {product}.{key}: {value} is a placeholder; declare yours", err=True)
    assumed = len(compile_policy(resolved, product)["assumed"])
    if assumed:
        typer.echo(
            f"note: {product}: {assumed} facts are not declared; what is taken instead stands in the values "
            "under hardening.policy, `assumed`",
            err=True,
        )


def _placeholders(domain: Domain) -> list[tuple[str, str]]:
    database = domain.database
    stated = [("address", domain.address), ("database.url", database.url), ("database.uri", database.uri)]
    stated += [("database.hosts", host) for host in database.hosts or ()]
    return [(key, value) for key, value in stated if value and PLACEHOLDER.search(value)]
