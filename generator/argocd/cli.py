"""The commands `scalardl-gen argocd generate`, `parameters` and `manifests`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from generator.argocd import applications, options, sidecar
from generator.argocd import generate as run
from generator.bundle.writing import write
from postrender.printable import printable
from postrender.version import VERSION
from profiles.load import load

_IMAGE = f"registry.example.com/scalardl-harden:{VERSION}"
_REPOSITORY = "https://git.example.com/scalardl.git"
_NAMESPACE = "argocd"
# In the folder that --output names.
_FOLDER = "argocd"

app = typer.Typer(
    help="Harden in Argo CD: the config management plugin.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command()
def generate() -> None:
    """Print the hardened manifests of the chart in this folder.

    Argo CD runs this in the source's folder. Parameters come as ARGOCD_APP_PARAMETERS, before variables
    ARGOCD_ENV_X and X; `scalardl-gen argocd parameters` lists them. On failure nothing is printed.
    """
    run.end_on_sigterm()
    content = run.manifests(Path.cwd(), os.environ)
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


@app.command()
def parameters(
    of_application: Annotated[
        bool, typer.Option("--of-application", help="Only what plugin.yaml does not announce.")
    ] = False,
) -> None:
    """Print the parameters, as Argo CD's JSON."""
    name = os.environ.get("ARGOCD_APP_NAME", "").rpartition("_")[2]
    announced = options.dynamic(name) if of_application else options.static() + options.dynamic(name)
    typer.echo(json.dumps(announced, indent=2))


@app.command()
def manifests(
    profile: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="The deployment that the Applications are of.")
    ] = "production",
    image: Annotated[str, typer.Option(metavar="IMAGE", help="The sidecar's image, by digest.")] = _IMAGE,
    repository: Annotated[
        str, typer.Option("--repo", metavar="URL", help="The Git repository of the charts.")
    ] = _REPOSITORY,
    revision: Annotated[str, typer.Option(metavar="REV", help="Its branch, tag or commit.")] = "main",
    namespace: Annotated[
        str | None, typer.Option(metavar="NS", help="Argo CD's own namespace (without it argocd).")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Write the folder argocd into DIR.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite files in DIR that were edited by hand.")
    ] = False,
) -> None:
    """Print what installs the plugin, and sample Applications.

    plugin.yaml; the sidecar as a component of kustomize, as values of the argo-cd chart and as fields of the
    operator's ArgoCD (take one of the three); Applications of Ledger and Auditor.
    """
    resolved = load(profile)
    place = namespace or _NAMESPACE
    made = sidecar.files(image, place, namespace)
    made |= applications.files(resolved, repository, revision, place)
    for option, value, placeholder in (("--image", image, _IMAGE), ("--repo", repository, _REPOSITORY)):
        if value == placeholder:
            typer.echo(printable(f"warning: {value} is a placeholder; give yours with {option}"), err=True)
    if output is not None:
        write(output, {_FOLDER: made}, force=force)
        typer.echo(printable(f"{output / _FOLDER}: {len(made)} files"), err=True)
        return
    typer.echo("".join(f"---\n# Source: {path}\n{text}" for path, text in made.items()), nl=False)
