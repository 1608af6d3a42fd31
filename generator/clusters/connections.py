"""Connecting the networks of Ledger, Auditor and the clients: what is alike at all providers."""

from __future__ import annotations

from generator.clusters.site import Peer, Site
from generator.clusters.steps import Step, why

REASONS = ("network-peering", "ledger-auditor-connection", "client-reaches-both", "network-ranges")


def title(peer: Peer) -> str:
    """The step's sentence."""
    return f"Connect the network with that of {peer.name}"


def by_other_means(site: Site, peer: Peer) -> Step:
    """The connection with a network that is not at the same provider."""
    return Step(
        title(peer),
        why(
            f"{site.network} and {', '.join(peer.networks)} are not networks of one provider, so a VPN "
            "or a line connects them; both sides need routes to each other",
            *REASONS,
        ),
        (),
    )
