"""EKS: eksctl's file, the network's template, and what is left to kubectl."""

from __future__ import annotations

import ipaddress
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.clusters import ClusterPlan, open_questions, plan
from profiles.models import DOMAINS, Profile
from tests.generator.clusters.places import (
    ADD_ONS,
    ZONES,
    changed,
    cluster,
    declared,
    joined,
    line_of,
    lines,
    option,
    undeclared,
    written,
)

TAINT = "kubectl taint nodes -l agentpool=scalardlpool kubernetes.io/app=scalardlpool:NoSchedule --overwrite"


def test_the_file_names_the_cluster_and_keeps_its_api_private(tmp_path: Path) -> None:
    config = _config(declared(tmp_path, "eks"))
    assert (config["apiVersion"], config["kind"]) == ("eksctl.io/v1alpha5", "ClusterConfig")
    assert config["metadata"] == {"name": "cluster-40", "region": "ap-northeast-1", "version": "1.30"}
    assert config["vpc"]["clusterEndpoints"] == {"privateAccess": True, "publicAccess": False}


def test_scalardls_nodes_are_a_group_of_their_own_in_private_subnets(tmp_path: Path) -> None:
    group = _group(declared(tmp_path, "eks"), "scalardl")
    assert group == {
        "name": "scalardl",
        "instanceType": "m5.xlarge",
        "minSize": 3,
        "desiredCapacity": 3,
        "maxSize": 3,
        "privateNetworking": True,
        "subnets": ["private-1", "private-2", "private-3"],
        "labels": {"agentpool": "scalardlpool"},
        "propagateASGTags": True,
    }


def test_other_pools_are_groups_too(tmp_path: Path) -> None:
    group = _group(declared(tmp_path, "eks"), "monitoring")
    assert (group["minSize"], group["maxSize"], group["labels"]) == (2, 2, {"purpose": "monitoring"})


def test_nodes_of_one_zone_stand_in_its_subnets_only(tmp_path: Path) -> None:
    assert _group(declared(tmp_path, "eks", "production"), "scalardl")["subnets"] == ["private-1"]


def test_without_subnets_eksctl_makes_the_network(tmp_path: Path) -> None:
    open_ = {"subnets": [], "bastion": None}
    more = {"ledger": {"cluster": cluster("eks", 40, **open_)}}
    for extends, gateway in (("production", "Single"), ("multi-az", "HighlyAvailable")):
        made = plan(declared(tmp_path, "eks", extends, **more), "ledger")
        vpc = yaml.safe_load(config_text(made))["vpc"]
        assert (vpc["cidr"], vpc["nat"]) == ("10.40.0.0/16", {"gateway": gateway})
        assert "id" not in vpc
        assert "network.yaml" not in made.files


def test_declared_subnets_are_made_by_a_template_and_named_to_eksctl(tmp_path: Path) -> None:
    made = plan(declared(tmp_path, "eks"), "ledger")
    resources = _read(made, "network.yaml")["Resources"]
    subnets = {
        resource["Properties"]["CidrBlock"]: resource["Properties"]
        for resource in resources.values()
        if resource["Type"] == "AWS::EC2::Subnet"
    }
    vpc = yaml.safe_load(config_text(made))["vpc"]
    for kind, public in (("private", False), ("public", True)):
        assert [each["az"] for each in vpc["subnets"][kind].values()] == list(ZONES["eks"])
        for each in vpc["subnets"][kind].values():
            assert subnets[each["cidr"]]["AvailabilityZone"] == each["az"]
            assert subnets[each["cidr"]]["MapPublicIpOnLaunch"] is public
    assert len(subnets) == 6
    assert vpc["id"] == "<vpc-id>"
    assert any(command.startswith("sed ") and "<vpc-id>" in command for command in lines(made))


def test_each_reference_of_the_template_names_a_resource(tmp_path: Path) -> None:
    template = _read(plan(declared(tmp_path, "eks"), "ledger"), "network.yaml")
    names = set(template["Resources"])
    assert set(_references(template)) <= names


def test_each_zones_nodes_have_a_nat_gateway_in_it(tmp_path: Path) -> None:
    resources = _read(plan(declared(tmp_path, "eks"), "ledger"), "network.yaml")["Resources"]
    for number in ("1", "2", "3"):
        gateway = resources[f"Private{number}Default"]["Properties"]["NatGatewayId"]["Ref"]
        place = resources[gateway]["Properties"]["SubnetId"]["Ref"]
        zone = resources[place]["Properties"]["AvailabilityZone"]
        assert zone == resources[f"Private{number}"]["Properties"]["AvailabilityZone"]
        assert resources[place]["Properties"]["MapPublicIpOnLaunch"] is True


def test_without_nat_there_are_no_gateways_and_endpoints_stand_for_the_internet(tmp_path: Path) -> None:
    made = plan(changed(declared(tmp_path, "eks"), "ledger", "cluster", nat=False), "ledger")
    kinds = {resource["Type"] for resource in _read(made, "network.yaml")["Resources"].values()}
    assert "AWS::EC2::NatGateway" not in kinds
    config = yaml.safe_load(config_text(made))
    # eksctl refuses both of these in a cluster without a way to the internet.
    assert "clusterEndpoints" not in config["vpc"]
    assert "public" not in config["vpc"]["subnets"]
    assert config["privateCluster"] == {
        "enabled": True,
        "additionalEndpointServices": ["autoscaling", "logs"],
    }


def test_the_default_taint_is_left_to_kubectl(tmp_path: Path) -> None:
    made = plan(declared(tmp_path, "eks"), "ledger")
    assert "taints" not in _group(declared(tmp_path, "eks"), "scalardl")
    (step,) = [step for step in made.create if TAINT in map(joined, step.commands)]
    assert "node-taint-by-kubectl" in step.why
    assert "without it" in step.why
    titles = [step.title for step in made.create]
    assert titles.index(step.title) > titles.index("Create the node groups")


def test_a_taint_that_eks_takes_is_on_the_group(tmp_path: Path) -> None:
    taint = {"key": "scalar-labs.com/dedicated-node", "value": "scalardl-ledger", "effect": "NoSchedule"}
    profile = declared(tmp_path, "eks", nodePool={"taint": taint})
    assert _group(profile, "scalardl")["taints"] == [taint]
    assert not any(command.startswith("kubectl taint") for command in lines(plan(profile, "ledger")))


@pytest.mark.parametrize("domain", ["kubernetes.io", "node.kubernetes.io", "k8s.io", "eks.amazonaws.com"])
def test_labels_of_reserved_domains_are_left_to_kubectl(tmp_path: Path, domain: str) -> None:
    label = {"key": f"{domain}/pool", "value": "scalardl"}
    profile = declared(tmp_path, "eks", nodePool={"label": label})
    assert "labels" not in _group(profile, "scalardl")
    made = plan(profile, "ledger")
    labelled = (
        f"kubectl label nodes -l eks.amazonaws.com/nodegroup=scalardl {domain}/pool=scalardl --overwrite"
    )
    assert labelled in lines(made)


@pytest.mark.parametrize("key", ["mykubernetes.io/pool", "example.com/kubernetes.io", "pool"])
def test_other_labels_are_on_the_group(tmp_path: Path, key: str) -> None:
    profile = declared(tmp_path, "eks", nodePool={"label": {"key": key, "value": "scalardl"}})
    assert _group(profile, "scalardl")["labels"] == {key: "scalardl"}


def test_the_autoscaler_may_grow_the_group_and_has_a_role(tmp_path: Path) -> None:
    profile = declared(tmp_path, "eks", nodePool={"maxNodes": 7})
    group = _group(profile, "scalardl")
    assert (group["minSize"], group["maxSize"]) == (3, 7)
    (role,) = _config(profile)["iam"]["podIdentityAssociations"]
    assert (role["namespace"], role["serviceAccountName"]) == ("kube-system", "cluster-autoscaler")
    assert role["wellKnownPolicies"] == {"autoScaler": True}
    install = line_of(plan(profile, "ledger"), "helm", "upgrade", "--install", "cluster-autoscaler")
    assert "autoDiscovery.clusterName=cluster-40" in install
    assert "rbac.serviceAccount.name=cluster-autoscaler" in install
    assert "image.tag=v1.30." in install


def test_without_an_autoscaler_there_is_no_role(tmp_path: Path) -> None:
    more = {"ledger": {"cluster": cluster("eks", 40, addOns=ADD_ONS | {"clusterAutoscaler": False})}}
    profile = declared(tmp_path, "eks", **more)
    assert "iam" not in _config(profile)
    assert "propagateASGTags" not in _group(profile, "scalardl")


def test_add_ons_of_eks_are_those_declared(tmp_path: Path) -> None:
    always = {"vpc-cni", "coredns", "kube-proxy"}
    both = {product: {"cluster": {"provider": "eks"}} for product in DOMAINS}
    bare = _config(written(tmp_path, {"extends": "test", **both}))
    assert {add_on["name"] for add_on in bare["addons"]} == always
    # eksctl would install a metrics server that nobody declared.
    assert bare["addonsConfig"] == {"disableDefaultAddons": True}
    full = _config(declared(tmp_path, "eks"))
    assert {add_on["name"] for add_on in full["addons"]} - always == {
        "eks-pod-identity-agent",
        "metrics-server",
        "aws-ebs-csi-driver",
        "amazon-cloudwatch-observability",
    }


def test_network_policies_are_enforced(tmp_path: Path) -> None:
    assert _settings(undeclared(tmp_path, "eks"), "vpc-cni") == {"enableNetworkPolicy": "true"}


def test_cloudwatch_tolerates_the_taint(tmp_path: Path) -> None:
    (toleration,) = _settings(declared(tmp_path, "eks"), "amazon-cloudwatch-observability")["tolerations"]
    assert toleration["key"] == "kubernetes.io/app"
    assert (toleration["value"], toleration["effect"]) == ("scalardlpool", "NoSchedule")


@pytest.mark.parametrize(
    ("region", "partition"),
    [("ap-northeast-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov")],
)
def test_policies_are_those_of_the_regions_partition(tmp_path: Path, region: str, partition: str) -> None:
    profile = changed(declared(tmp_path, "eks"), "ledger", "cluster", region=region)
    text = config_text(plan(profile, "ledger"))
    assert f"arn:{partition}:iam::aws:policy/CloudWatchAgentServerPolicy" in text


def test_the_control_planes_logs_are_kept_where_declared(tmp_path: Path) -> None:
    logging = _config(declared(tmp_path, "eks"))["cloudWatch"]["clusterLogging"]
    assert logging == {"enableTypes": ["*"], "logRetentionInDays": 30}
    off = changed(declared(tmp_path, "eks"), "ledger", "cluster.add_ons", control_plane_logs=False)
    assert "cloudWatch" not in _config(off)


def test_the_bastion_may_reach_the_api(tmp_path: Path) -> None:
    line = line_of(
        plan(declared(tmp_path, "eks"), "ledger"), "aws", "ec2", "authorize-security-group-ingress"
    )
    assert "--protocol tcp --port 443 --cidr 10.40.11.0/28" in line


def test_a_public_api_admits_only_whom_the_user_fills_in(tmp_path: Path) -> None:
    profile = changed(declared(tmp_path, "eks"), "ledger", "cluster", private_api=False, bastion=None)
    vpc = _config(profile)["vpc"]
    assert vpc["clusterEndpoints"] == {"privateAccess": True, "publicAccess": True}
    assert vpc["publicAccessCIDRs"] == ["<administrators-network>"]
    assert not any("authorize-security-group-ingress" in line for line in lines(plan(profile, "ledger")))
    assert any("administrators-network" in line for line in open_questions(profile, "ledger"))


def test_node_groups_go_without_evictions_and_before_the_cluster(tmp_path: Path) -> None:
    made = plan(declared(tmp_path, "eks"), "ledger")
    # CoreDNS's budget would block an eviction; without --wait the cluster's deletion would come too early.
    gone = line_of(made, "eksctl", "delete", "nodegroup").split()
    assert {"--approve", "--drain=false", "--wait"} <= set(gone)


def test_the_bastions_group_goes_once_the_machine_is_gone(tmp_path: Path) -> None:
    for bastion in ("10.40.11.0/28", "10.200.0.0/28"):
        more = {"ledger": {"cluster": cluster("eks", 40, bastion=bastion)}}
        made = plan(declared(tmp_path, "eks", **more), "ledger")
        (step,) = [step for step in made.delete if step.title == "Delete the bastion"]
        order = ("terminate-instances", "wait instance-terminated", "delete-security-group")
        assert [word in line for word, line in zip(order, step.commands, strict=True)] == [True] * 3


def test_the_bastion_has_a_subnet_unless_it_stands_in_one(tmp_path: Path) -> None:
    for bastion, own in (("10.40.99.0/28", {"10.40.99.0/28"}), ("10.40.11.0/28", set())):
        more = {"ledger": {"cluster": cluster("eks", 40, bastion=bastion)}}
        made = plan(declared(tmp_path, "eks", **more), "ledger")
        resources = _read(made, "network.yaml")["Resources"].values()
        found = [each["Properties"] for each in resources if each["Type"] == "AWS::EC2::Subnet"]
        declared_ = {subnet["network"] for subnet in cluster("eks", 40)["subnets"]}
        assert {each["CidrBlock"] for each in found} - declared_ == own
        for each in found:
            # No load balancer of ScalarDL's stands there.
            balanced = any("internal-elb" in tag["Key"] for tag in each["Tags"])
            assert balanced == (each["CidrBlock"] not in own and not each["MapPublicIpOnLaunch"])
        run = line_of(made, "aws", "ec2", "run-instances")
        assert ("--associate-public-ip-address" in run) == (not own)


def test_the_bastion_has_an_address_to_which_the_api_is_open(tmp_path: Path) -> None:
    run = line_of(plan(declared(tmp_path, "eks"), "ledger"), "aws", "ec2", "run-instances")
    address = ipaddress.ip_address(option(run, "--private-ip-address"))
    assert address in ipaddress.ip_network("10.40.11.0/28")
    # AWS keeps the first four: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    assert int(address) >= int(ipaddress.ip_address("10.40.11.4"))


def test_without_a_public_subnet_for_nat_no_template_is_written(tmp_path: Path) -> None:
    private = _without_public(tmp_path)
    made = plan(private, "ledger")
    assert "network.yaml" not in made.files
    assert _read(made, "eksctl.yaml")["vpc"]["id"] == "<vpc-id>"
    assert not any("network.yaml" in line or "cluster-40-network" in line for line in lines(made))
    (question,) = open_questions(private, "ledger")
    assert "network.yaml" in question


def test_what_to_declare_for_nat_is_said_and_settles_it(tmp_path: Path) -> None:
    (question,) = open_questions(_without_public(tmp_path), "ledger")
    found = re.search(r"ledger\.cluster\.subnets: one more, (\{.*?\})", question)
    assert found
    subnets = [subnet for subnet in cluster("eks", 40)["subnets"] if not subnet["public"]]
    subnets.append(yaml.safe_load(found[1]))
    more = {"ledger": {"cluster": cluster("eks", 40, subnets=subnets, bastion="10.40.99.0/28")}}
    settled = declared(tmp_path, "eks", **more)
    assert open_questions(settled, "ledger") == ()
    template = _read(plan(settled, "ledger"), "network.yaml")
    assert set(_references(template)) <= set(template["Resources"])


def test_a_bastion_that_no_subnet_can_hold_is_asked_about(tmp_path: Path) -> None:
    more = {"ledger": {"cluster": cluster("eks", 40, bastion="10.40.99.7/32")}}
    (question,) = open_questions(declared(tmp_path, "eks", **more), "ledger")
    assert "10.40.99.7/32" in question
    assert "/28" in question


def test_what_is_open_is_said_and_stands_in_brackets(tmp_path: Path) -> None:
    profile = undeclared(tmp_path, "eks")
    config = _config(profile)
    assert config["metadata"]["region"] == "<region>"
    assert config["vpc"]["cidr"] == "<network>"
    questions = "\n".join(open_questions(profile, "ledger"))
    for key in (
        "cluster.region",
        "cluster.network",
        "cluster.subnets",
        "cluster.bastion",
        "cluster.otherPools",
    ):
        assert f"write ledger.{key}" in questions
    assert "write auditor.cluster.network" in questions


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"network": "10.32.0.0/12", "subnets": ()}, "/16 to /24"),
        ({"nat": True}, "public: true"),
    ],
)
def test_what_eks_cannot_do_is_asked(tmp_path: Path, fields: dict[str, Any], words: str) -> None:
    profile = declared(tmp_path, "eks")
    private = tuple(subnet for subnet in profile.ledger.cluster.subnets if not subnet.public)
    profile = changed(profile, "ledger", "cluster", **({"subnets": private} | fields))
    assert any(words in line for line in open_questions(profile, "ledger"))


def test_a_name_that_stacks_cannot_have_is_asked_about(tmp_path: Path) -> None:
    profile = changed(declared(tmp_path, "eks"), "ledger", "cluster", name="our_cluster")
    assert any("write ledger.cluster.name" in line for line in open_questions(profile, "ledger"))


def _without_public(folder: Path) -> Profile:
    subnets = [subnet for subnet in cluster("eks", 40)["subnets"] if not subnet["public"]]
    more = {"ledger": {"cluster": cluster("eks", 40, subnets=subnets, bastion="10.40.99.0/28")}}
    return declared(folder, "eks", **more)


def _read(made: ClusterPlan, name: str) -> Any:
    return yaml.safe_load(made.files[name])


def config_text(made: ClusterPlan) -> str:
    """The eksctl configuration; without the network's id where a step makes the network."""
    (name,) = made.files.keys() & {"eksctl.yaml", "eksctl-without-network.yaml"}
    return made.files[name]


def _config(profile: Profile) -> Any:
    return yaml.safe_load(config_text(plan(profile, "ledger")))


def _group(profile: Profile, name: str) -> Any:
    (found,) = [group for group in _config(profile)["managedNodeGroups"] if group["name"] == name]
    return found


def _settings(profile: Profile, add_on: str) -> Any:
    (found,) = [each for each in _config(profile)["addons"] if each["name"] == add_on]
    return json.loads(found["configurationValues"])


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["Ref"]] if set(value) == {"Ref"} else value.get("Fn::GetAtt", [])[:1]
        return own + [found for each in value.values() for found in _references(each)]
    return [found for each in value for found in _references(each)] if isinstance(value, list) else []
