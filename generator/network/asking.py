"""What a user writes for one end of a connection, and for a port: names to endpoints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NoReturn

from generator.errors import USAGE, GenerateError
from generator.network.formats.words import clean
from generator.network.rows import ANYBODY
from postrender.errors import UsageError
from postrender.proof.reachability import parties, ports
from postrender.proof.reachability.parties import Party
from postrender.proof.reachability.pods import Pods
from postrender.proof.reachability.world import Endpoint, World
from profiles import scalardl
from profiles.policy import Network
from profiles.problems import nearest

# What a user may write for a party; `the` before it, and spaces for hyphens, do as well.
_PARTIES: dict[str, Callable[[Network], Party]] = {
    "clients": parties.clients,
    "other-domain": parties.other_domain,
    "databases": parties.databases,
    "monitoring": parties.monitoring,
    "dns": parties.dns,
    "api-server": parties.api_server,
    "nodes": parties.nodes,
    "kubelet": lambda _: parties.OWN_NODE,
    "scalar-admin": lambda _: parties.pods(
        "scalar-admin", {scalardl.NAME_LABEL: "scalar-admin-for-kubernetes"}
    ),
    "anybody": lambda _: ANYBODY,
    "any": lambda _: ANYBODY,
    "any-address": lambda _: parties.ANY_ADDRESS,
    "any-pod": lambda _: parties.ANY_OTHER_POD,
}
_PORT = re.compile(r"([0-9]{1,6})(?:/([A-Za-z]+))?")
_ADDRESS = re.compile(r"[0-9a-fA-F:.]*[:.][0-9a-fA-F:.]*(/[0-9]+)?")


def port(text: str) -> tuple[str, int]:
    """The protocol and the number of `50051`, `53/udp`. Raises GenerateError where it is no port."""
    found = _PORT.fullmatch(text)
    if not found:
        _refuse(f"--port {text}: no port; write its number, such as 50051 or 53/udp")
    protocol, number = (found[2] or "TCP").upper(), int(found[1])
    if protocol not in ports.PROTOCOLS:
        known = [name.lower() for name in ports.PROTOCOLS]
        _refuse(f"--port {text}: {found[2]} is none of {', '.join(known)}")
    if not 1 <= number <= ports.LAST:
        _refuse(f"--port {text}: ports are from 1 to {ports.LAST}")
    return protocol, number


def endpoint(option: str, text: str, world: World, network: Network) -> Endpoint:
    """Who is meant: a workload, a party, an address or networks. Raises GenerateError where nobody is."""
    found = _workloads(text, world)
    if len(found) > 1:
        which = ", ".join(sorted({_full(one) for one in found}))
        _refuse(f"{option} {text}: more than one is called so; say which: {which}")
    if found:
        return found[0]
    made = _PARTIES.get(_bare(text))
    if made:
        return made(network)
    if _ADDRESS.fullmatch(text):
        try:
            return parties.networks(text, [text], caller=True) if "/" in text else parties.address(text)
        except UsageError as error:
            _refuse(f"{option} {error}")
    known = list(dict.fromkeys(_known(world)))
    near = nearest(text, known)
    return _refuse(
        f"{option} {text}: nobody is called so; {f'{near} ' if near else ''}known here: {', '.join(known)}; "
        "or an IP address, or a network such as 10.0.0.0/8"
    )


def _workloads(text: str, world: World) -> list[Pods]:
    """The workloads that the text names: by kind and name, by name, or by role."""
    named = [one for one in world.pods if text.lower() in _names(one)]
    of_role = [one for one in world.pods if one.workload.role == text.lower() != "other"]
    # A hook or a test of the same role is seldom meant.
    return named or [one for one in of_role if not one.workload.is_hook] or of_role


def _names(one: Pods) -> tuple[str, ...]:
    name = one.workload.manifest.name
    return name, _title(one).lower(), one.title.lower(), _full(one).lower()


def _title(one: Pods) -> str:
    return f"{one.workload.manifest.kind}/{one.workload.manifest.name}"


def _full(one: Pods) -> str:
    """`scalardl/Deployment/ledger`, which tells apart what stands in two namespaces."""
    return f"{one.namespace}/{_title(one)}" if one.namespace else _title(one)


def _known(world: World) -> Iterator[str]:
    yield from (_title(one) for one in world.pods)
    yield from (one.workload.role for one in world.pods if one.workload.role != "other")
    yield from _PARTIES


def _bare(text: str) -> str:
    return re.sub("[ _]+", "-", text.strip().lower().removeprefix("the "))


def _refuse(text: str) -> NoReturn:
    raise GenerateError(clean(text), USAGE)
