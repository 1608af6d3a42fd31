"""The connections of an EKS cluster's network with others: VPC peering.

https://docs.aws.amazon.com/vpc/latest/peering/what-is-vpc-peering.html
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.clusters import connections
from generator.clusters.eks_cli import VPC, aws, keep_vpc, text, vpc
from generator.clusters.site import Peer, Site
from generator.clusters.steps import Step, Variable, Word, each, keep, line, missing, otherwise, why

_PEERING = Variable("peering")
_ID = "VpcPeeringConnectionId"
# A connection that ended is shown for some hours under the name that it had.
_ALIVE = "Name=status-code,Values=pending-acceptance,provisioning,active"


def steps(site: Site) -> Iterator[Step]:
    """What the two sides tell each other, then a connection with each."""
    if site.peered:
        account = line("aws", "sts", "get-caller-identity", "--query", "Account", "--output", "text")
        yield connections.trade(site, "the id of this network and its account", _taken, (vpc(site), account))
    for peer in site.peers:
        yield _peering(site, peer) if peer in site.peered else connections.by_other_means(site, peer)


def delete(site: Site) -> tuple[str, ...]:
    """Lines that end the connections that are still there."""
    drop: tuple[Word, ...] = ("aws", "ec2", "delete-vpc-peering-connection", "--region", site.region)
    return tuple(
        each(
            (*_alive(site, peer), "--query", f"VpcPeeringConnections[].{_ID}", "--output", "text"),
            _PEERING.name,
            (*drop, "--vpc-peering-connection-id"),
        )
        for peer in site.peered
    )


def _taken(peer: Peer) -> str:
    if peer.invites:
        return f"from {peer.title} the id of the network and the account"
    return f"from {peer.title} the id of the connection that they ask for"


def _name(site: Site, peer: Peer) -> str:
    return f"{site.name}-{peer.name}"


def _alive(site: Site, peer: Peer) -> tuple[Word, ...]:
    named = f"Name=tag:Name,Values={_name(site, peer)}"
    listed = ("aws", "ec2", "describe-vpc-peering-connections", "--region", site.region)
    return (*listed, "--filters", named, _ALIVE)


def _asked(site: Site, peer: Peer) -> tuple[str, ...]:
    """Lines that find the connection or ask for it: run again, they make no second one."""
    tags = f"ResourceType=vpc-peering-connection,Tags=[{{Key=Name,Value={_name(site, peer)}}}]"
    theirs = {
        "--peer-vpc-id": missing(f"vpc-id-of-{peer.name}"),
        "--peer-owner-id": missing(f"account-of-{peer.name}"),
        "--peer-region": peer.region,
        "--tag-specifications": tags,
    }
    options = (word for pair in theirs.items() for word in pair)
    create: tuple[Word, ...] = ("ec2", "create-vpc-peering-connection", "--vpc-id", VPC, *options)
    found = (*_alive(site, peer), "--query", f"VpcPeeringConnections[0].{_ID}", "--output", "text")
    make = keep(_PEERING.name, text(site, f"VpcPeeringConnection.{_ID}", *create))
    return (keep(_PEERING.name, line(*found)), otherwise(f'test "${_PEERING.name}" != None', make))


def _accepted(site: Site, peer: Peer) -> tuple[str, ...]:
    given = line(missing(f"peering-connection-of-{peer.name}"))
    name = f"Key=Name,Value={_name(site, peer)}"
    return (
        f"{_PEERING.name}={given}",
        aws(site, "ec2", "accept-vpc-peering-connection", "--vpc-peering-connection-id", _PEERING),
        # By it, the connection is found when it is time to end it.
        aws(site, "ec2", "create-tags", "--resources", _PEERING, "--tags", name),
    )


def _peering(site: Site, peer: Peer) -> Step:
    tables = (
        *("aws", "ec2", "describe-route-tables", "--region", site.region),
        *("--query", "RouteTables[].RouteTableId", "--output", "text"),
        *("--filters", Variable(VPC.name, before="Name=vpc-id,Values=")),
    )
    route = ("aws", "ec2", "create-route", "--region", site.region)
    through = ("--vpc-peering-connection-id", _PEERING, "--route-table-id")
    routes = tuple(
        each(tables, "table", (*route, "--destination-cidr-block", network, *through))
        for network in peer.networks
    )
    asks = f"the last line shows its id: give it to the administrators of {peer.title}, who accept it"
    if not peer.invites:
        asks = f"the administrators of {peer.title} have asked for it and told its id"
    status = f"VpcPeeringConnections[].[{_ID},Status.Code]"
    return Step(
        connections.title(peer),
        why(f"{asks}; both sides need routes to each other", *connections.REASONS),
        (keep_vpc(site), *(_asked if peer.invites else _accepted)(site, peer), *routes),
        (line(*_alive(site, peer), "--query", status),),
    )
