"""The network of an EKS cluster whose subnets are declared: a CloudFormation template.

eksctl makes a network of its own, but with subnets of its own choice. Resources and their properties:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html
"""

from __future__ import annotations

from typing import Any

from generator.clusters.site import BASTION, NamedSubnet, Site
from generator.yamltext import dump

FILE = "network.yaml"
_ANYWHERE = "0.0.0.0/0"


def made(site: Site) -> bool:
    """Whether the template can make the network: a NAT gateway needs a public subnet to stand in."""
    return bool(site.subnets) and (not site.cluster.nat or any(subnet.public for subnet in site.subnets))


def template(site: Site) -> str:
    """The template; its one output is the VPC's id."""
    resources: dict[str, Any] = {"Vpc": _resource("VPC", _vpc(site))}
    public = [subnet for subnet in site.subnets if subnet.public]
    if public:
        resources |= _internet()
    for subnet in site.all_subnets:
        resources |= _subnet(site, subnet)
    resources |= _outbound(site, public)
    return dump(
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": f"The network of {site.name}",
            "Resources": resources,
            "Outputs": {"VpcId": {"Value": {"Ref": "Vpc"}}},
        },
        {
            ("Resources",): "Private subnets for the nodes, public ones for NAT and the bastion "
            "[private-network, three-subnets, subnet-size, nat-gateway].",
        },
    )


def _resource(kind: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties, **more}


def _ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def _tags(name: str, **more: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in {"Name": name, **more}.items()]


def _vpc(site: Site) -> dict[str, Any]:
    return {
        "CidrBlock": site.network,
        "EnableDnsSupport": True,
        "EnableDnsHostnames": True,
        "Tags": _tags(site.name),
    }


def _logical(subnet: NamedSubnet) -> str:
    return subnet.name.title().replace("-", "")


def _subnet(site: Site, subnet: NamedSubnet) -> dict[str, Any]:
    name = _logical(subnet)
    # By this tag the controllers find where internal load balancers stand. Public subnets get none of
    # theirs, for ScalarDL has no public load balancer [private-access].
    role = {} if subnet.public or subnet.name == BASTION else {"kubernetes.io/role/internal-elb": "1"}
    properties = {
        "VpcId": _ref("Vpc"),
        "AvailabilityZone": subnet.zone,
        "CidrBlock": subnet.network,
        "MapPublicIpOnLaunch": subnet.public,
        "Tags": _tags(f"{site.name}-{subnet.name}", **role),
    }
    table = "PublicRoutes" if subnet.public else f"{name}Routes"
    found = {name: _resource("Subnet", properties)}
    if not subnet.public:
        found[table] = _resource("RouteTable", {"VpcId": _ref("Vpc")})
    association = {"SubnetId": _ref(name), "RouteTableId": _ref(table)}
    return found | {f"{name}Association": _resource("SubnetRouteTableAssociation", association)}


def _internet() -> dict[str, Any]:
    route = {
        "RouteTableId": _ref("PublicRoutes"),
        "DestinationCidrBlock": _ANYWHERE,
        "GatewayId": _ref("InternetGateway"),
    }
    attachment = {"VpcId": _ref("Vpc"), "InternetGatewayId": _ref("InternetGateway")}
    return {
        "InternetGateway": _resource("InternetGateway", {}),
        "InternetAttachment": _resource("VPCGatewayAttachment", attachment),
        "PublicRoutes": _resource("RouteTable", {"VpcId": _ref("Vpc")}),
        "PublicDefault": _resource("Route", route, DependsOn="InternetAttachment"),
    }


def _outbound(site: Site, public: list[NamedSubnet]) -> dict[str, Any]:
    """A NAT gateway in each zone that has both kinds of subnets, and the private subnets' way to one."""
    if not site.cluster.nat:
        return {}
    private = [subnet for subnet in site.all_subnets if not subnet.public]
    by_zone = {subnet.zone: subnet for subnet in reversed(public)}
    found: dict[str, Any] = {}
    for subnet in private:
        near = by_zone.get(subnet.zone) or public[0]
        nat = f"{_logical(near)}Nat"
        address = {"Fn::GetAtt": [f"{nat}Address", "AllocationId"]}
        found[f"{nat}Address"] = _resource("EIP", {"Domain": "vpc"}, DependsOn="InternetAttachment")
        found[nat] = _resource("NatGateway", {"SubnetId": _ref(_logical(near)), "AllocationId": address})
        found[f"{_logical(subnet)}Default"] = _resource(
            "Route",
            {
                "RouteTableId": _ref(f"{_logical(subnet)}Routes"),
                "DestinationCidrBlock": _ANYWHERE,
                "NatGatewayId": _ref(nat),
            },
        )
    return found
