"""Connecting the networks of Ledger, Auditor and the clients: what is alike at all providers."""

from __future__ import annotations

from collections.abc import Callable

from generator.clusters.site import Peer, Site
from generator.clusters.steps import Step, why

REASONS = ("network-peering", "ledger-auditor-connection", "client-reaches-both", "network-ranges")


def trade(site: Site, given: str, taken: Callable[[Peer], str], commands: tuple[str, ...]) -> Step:
    """What the administrators of the networks tell each other, before the networks are connected.

    `given`: what `commands` show of ours; `taken`: what a peer's administrators tell.
    """
    others = " and ".join(peer.title for peer in site.peered)
    wanted = " and ".join(taken(peer) for peer in site.peered)
    return Step(
        "Trade the ids of the networks",
        why(
            f"give {given} to the administrators of {others}, and take {wanted}; what they cannot tell yet, "
            "for their network is not made, holds nothing else up: go on, and come back to connect",
            *REASONS,
        ),
        commands,
    )


def title(peer: Peer) -> str:
    """The step's sentence."""
    return f"Connect the network with that of {peer.title}"


def by_other_means(site: Site, peer: Peer) -> Step:
    """The connection with a network that is not at the same provider."""
    return Step(
        title(peer),
        why(
            f"{site.cluster.network or 'this network'} and {peer.ranges} are not networks of one provider, "
            "so a VPN or a line connects them; both sides need routes to each other",
            *REASONS,
        ),
        (),
    )
