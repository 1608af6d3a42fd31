"""The command `scalardl-gen network`: who may talk to whom in rendered manifests."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import typer

from generator import manifests_in
from generator.chosen import chosen as chosen_policy
from generator.errors import ANSWER_IS_NO, USAGE, GenerateError
from generator.network import asking
from generator.network.connections import picture
from generator.network.difference import difference
from generator.network.formats import as_json, dot, markdown, mermaid, svg, text
from generator.network.question import answer
from generator.options import Manifests, Namespace, page
from generator.profile_cli import DomainOption, refuse
from postrender.manifests import release
from postrender.policy_source import Chosen
from postrender.proof.reachability.world import World

Format = Literal["text", "json", "markdown", "mermaid", "dot", "svg"]
_DRAWINGS = {"mermaid": mermaid.picture, "dot": dot.picture, "svg": svg.picture}
_WIDEST = 100


def network(
    manifests: Manifests = None,
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="Whose declared networks; chosen as scalardl-harden does."),
    ] = None,
    domain: DomainOption = None,
    namespace: Namespace = "",
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="X", help="A workload, its role, clients, dns, any, an address, ..."),
    ] = None,
    destination: Annotated[str | None, typer.Option("--to", metavar="Y", help="The same.")] = None,
    port: Annotated[
        str | None,
        typer.Option(metavar="N[/udp]", help="With --from and --to: may X talk to Y there, and why?"),
    ] = None,
    diff: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="OLD NEW", help="What NEW opens and closes; exit 1 where anything differs."),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="|".join(get_args(Format)), help="Of what is printed.")
    ] = "text",
) -> None:
    """Tell who may talk to whom, and whether it is what must be.

    Manifests are taken as they are, hardened or not. Exit codes: 0 all declared flows pass and nothing
    else is open, or the asked connection is let through, or nothing differs; 1 the answer is no;
    2 wrong usage, or nothing of ScalarDL's in the manifests; 3 manifests that cannot be read.
    """
    if form not in get_args(Format):
        refuse(f"--format {form}: no such format; write one of {', '.join(get_args(Format))}")
    asked = [option is not None for option in (source, destination, port)]
    if any(asked) and not all(asked):
        refuse("a question has all three: --from X --to Y --port N")
    if form in _DRAWINGS and (diff or any(asked)):
        refuse(f"--format {form}: it draws a whole network; here write text, json or markdown")
    if diff and (any(asked) or manifests):
        refuse("--diff OLD NEW stands alone: without other manifests, --from, --to and --port")
    if diff and diff[0] == diff[1] == manifests_in.STDIN:
        refuse("--diff - -: stdin is one of the two at most; write the other to a file")
    with manifests_in.refusals():
        if diff:
            _differ(diff, profile, domain, namespace, form)
        else:
            stream = manifests_in.stream(manifests or [])
            chosen = chosen_policy(profile, domain, stream)
            world = _world(stream, chosen, namespace)
            if source is not None and destination is not None and port is not None:
                _ask(world, chosen, (source, destination, port), form)
            else:
                _show(world, chosen, form)


def _show(world: World, chosen: Chosen, form: str) -> None:
    found = picture(world, chosen.policy.network)
    if not found.workloads:
        raise GenerateError("no workload is in these manifests; name those of a ScalarDL release", USAGE)
    if form in _DRAWINGS:
        _print(_DRAWINGS[form](found))
    elif form == "json":
        _print(as_json.picture(found, chosen))
    elif form == "markdown":
        _print(markdown.picture(found, _policy(chosen)))
    else:
        _print(text.picture(found, _policy(chosen), _page()))
    if not found.components:
        raise GenerateError(
            "no component of ScalarDL is in these manifests, so nothing is judged; name those of its release",
            USAGE,
        )
    if not found.well:
        raise typer.Exit(ANSWER_IS_NO)


def _ask(world: World, chosen: Chosen, asked: tuple[str, str, str], form: str) -> None:
    protocol, number = asking.port(asked[2])
    ends = zip(("--from", "--to"), asked[:2], strict=True)
    source, destination = (asking.endpoint(*end, world, chosen.policy.network) for end in ends)
    if source not in world.pods and destination not in world.pods:
        refuse("--from and --to: neither is a workload of these manifests; name one of them")
    found = answer(world, source, destination, protocol, number)
    if form == "json":
        _print(as_json.answer(found, chosen))
    else:
        _print(markdown.answer(found) if form == "markdown" else text.answer(found, _page()))
    if found.allowed is not True:
        raise typer.Exit(ANSWER_IS_NO)


def _differ(
    paths: tuple[str, str], profile: str | None, domain: str | None, namespace: str, form: str
) -> None:
    old, new = (manifests_in.stream([path]) for path in paths)
    chosen = chosen_policy(profile, domain, new)
    found = difference(_world(old, chosen, namespace), _world(new, chosen, namespace))
    if form == "json":
        _print(as_json.difference(found, chosen))
    else:
        _print(markdown.difference(found) if form == "markdown" else text.difference(found, _page()))
    if not found.none:
        raise typer.Exit(ANSWER_IS_NO)


def _world(stream: str, chosen: Chosen, namespace: str) -> World:
    # With Namespaces their labels are known.
    return World(release.load(stream, frozenset(("Namespace",))), chosen.policy.network, namespace)


def _policy(chosen: Chosen) -> str:
    return f"profile {chosen.policy.profile} ({chosen.source})"


def _page() -> text.Page:
    return text.Page(*page(_WIDEST))


def _print(words: str) -> None:
    # Colours were chosen with care already; bytes, for click would drop them where there is no terminal.
    typer.echo(words, nl=False, color=True)
