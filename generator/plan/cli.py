"""The command `scalardl-gen plan`: can it be placed, rolled, drained, lose a zone, scale?"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from generator import manifests_in
from generator.chosen import chosen
from generator.errors import ANSWER_IS_NO, USAGE, GenerateError
from generator.options import Manifests, Namespace, page
from generator.plan import as_json, cluster, markdown, svg, text
from generator.plan.making import plan as make
from generator.plan.plan import Plan
from generator.plan.scene import Scene
from generator.profile_cli import DomainOption, refuse
from postrender.manifests import release

Format = Literal["text", "json", "markdown", "svg"]
_WIDEST = 120


def plan(
    context: typer.Context,
    manifests: Manifests = None,
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="Whose declared nodes; chosen as scalardl-harden does."),
    ] = None,
    domain: DomainOption = None,
    nodes: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Real nodes in their place: kubectl get nodes -o json > FILE."),
    ] = None,
    pods: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What runs there already: kubectl get pods -A -o json > FILE."),
    ] = None,
    namespace: Namespace = "",
    form: Annotated[
        str, typer.Option("--format", metavar="|".join(get_args(Format)), help="Of what is printed.")
    ] = "text",
) -> None:
    """Tell whether a release can be placed, updated and drained.

    Also whether it can lose a zone and scale; and for each no, the reason and what mends it.
    Manifests are taken as they are, hardened or not. Each answer looks at every way in which the
    scheduler and the controllers may go, or says that it does not. Exit codes: 0 no question is
    answered with no; 1 one is; 2 wrong usage; 3 manifests or nodes that cannot be read.
    """
    if form not in get_args(Format):
        refuse(f"--format {form}: no such format; write one of {', '.join(get_args(Format))}")
    if pods and not nodes:
        refuse("--pods tells what runs on real nodes; name those too, with --nodes")
    with manifests_in.refusals():
        today = (context.obj or datetime.date.today()).isoformat()
        found = _plan(manifests or [], profile, domain, nodes, pods, namespace, today)
    typer.echo(_rendered(found, form), nl=False, color=True)
    if found.fails:
        raise typer.Exit(ANSWER_IS_NO)


def _plan(
    manifests: list[str],
    profile: str | None,
    domain: str | None,
    nodes: Path | None,
    pods: Path | None,
    namespace: str,
    today: str,
) -> Plan:
    stream = manifests_in.stream(manifests)
    judging = chosen(profile, domain, stream)
    loaded = release.load(stream, frozenset(("ResourceQuota", "LimitRange")))
    for manifest in loaded.manifests:
        manifest.home = manifest.home or namespace or None
    if not any(one.replicated for one in loaded.workloads):
        raise GenerateError(
            "no Deployment or StatefulSet is in these manifests, so there is nothing to place; "
            "name those of a release",
            USAGE,
        )
    there = cluster.read(nodes, pods, loaded) if nodes else None
    pool = judging.policy.pool
    if there is None and pool is None:
        refuse(
            f"profile {judging.policy.profile} declares no node pool; declare nodePool, "
            "or give real nodes with --nodes"
        )
    return make(Scene(stream, loaded, judging.policy, pool, there), judging, today)


def _rendered(found: Plan, form: str) -> str:
    if form == "text":
        return text.render(found, *page(_WIDEST))
    return {"json": as_json.render, "markdown": markdown.render, "svg": svg.render}[form](found)
