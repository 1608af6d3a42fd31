"""AKS: the Azure CLI's lines."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from generator.clusters import open_questions, plan
from profiles.models import Profile
from tests.generator.clusters.places import changed, cluster, declared, line_of, lines, option, undeclared


def test_the_cluster_is_private_and_enforces_network_policies(tmp_path: Path) -> None:
    create = _create(declared(tmp_path, "aks"))
    assert "--enable-private-cluster" in shlex.split(create)
    assert option(create, "--network-policy") == "calico"
    assert option(create, "--outbound-type") == "userAssignedNATGateway"
    assert option(create, "--kubernetes-version") == "1.30"
    assert "--vnet-name cluster-40 --name private-1" in option(create, "--vnet-subnet-id")


def test_the_first_system_pool_comes_with_the_cluster(tmp_path: Path) -> None:
    profile = declared(tmp_path, "aks")
    create = _create(profile)
    assert (option(create, "--nodepool-name"), option(create, "--node-count")) == ("system", "3")
    # AKS places no pods of its own on a system pool that is tainted.
    assert "--nodepool-taints" not in create
    added = [_name(command) for command in _added(profile)]
    assert added == ["scalardlpool", "monitoring"]


def test_scalardls_pool_carries_the_taint_and_its_name_is_the_label(tmp_path: Path) -> None:
    profile = declared(tmp_path, "aks")
    pool = _added(profile)[0]
    words = shlex.split(pool)
    assert option(pool, "--node-taints") == "kubernetes.io/app=scalardlpool:NoSchedule"
    # AKS writes agentpool=NAME itself and refuses to be told.
    assert "--labels" not in words
    at = words.index("--zones")
    assert words[at + 1 : at + 4] == ["1", "2", "3"]
    assert option(pool, "--node-vm-size") == "Standard_D4s_v5"
    assert not any(command.startswith("kubectl taint") for command in lines(plan(profile, "ledger")))


def test_another_label_is_on_the_pool_under_its_own_name(tmp_path: Path) -> None:
    pool = {"label": {"key": "dedicated", "value": "scalardl"}, "name": "ours"}
    command = _added(declared(tmp_path, "aks", nodePool=pool))[0]
    assert (_name(command), option(command, "--labels")) == ("ours", "dedicated=scalardl")


def test_a_label_value_that_is_no_pool_name_is_asked_about(tmp_path: Path) -> None:
    pool = {"label": {"key": "agentpool", "value": "scalardl-pool"}}
    profile = declared(tmp_path, "aks", nodePool=pool)
    assert _name(_added(profile)[0]) == "<pool-name>"
    assert any("ledger.nodePool.label" in line for line in open_questions(profile, "ledger"))


@pytest.mark.parametrize("domain", ["kubernetes.io", "k8s.io", "kubernetes.azure.com"])
def test_labels_of_reserved_domains_are_left_to_kubectl(tmp_path: Path, domain: str) -> None:
    label = {"key": f"{domain}/pool", "value": "ours"}
    made = plan(declared(tmp_path, "aks", nodePool={"label": label}), "ledger")
    labelled = (
        f"kubectl label nodes -l kubernetes.azure.com/agentpool=scalardl {domain}/pool=ours --overwrite"
    )
    assert labelled in lines(made)


@pytest.mark.parametrize(("key", "value"), [("kubernetes.azure.com/x", "ours"), ("dedicated", "")])
def test_taints_that_az_refuses_are_left_to_kubectl(tmp_path: Path, key: str, value: str) -> None:
    taint = {"key": key, "value": value, "effect": "NoSchedule"}
    profile = declared(tmp_path, "aks", nodePool={"taint": taint})
    assert "--node-taints" not in _added(profile)[0]
    line = f"kubectl taint nodes -l agentpool=scalardlpool {key}={value}:NoSchedule --overwrite"
    assert line in lines(plan(profile, "ledger"))


def test_the_autoscaler_has_bounds(tmp_path: Path) -> None:
    pool = _added(declared(tmp_path, "aks", nodePool={"maxNodes": 7}))[0]
    assert "--enable-cluster-autoscaler" in pool
    assert (option(pool, "--min-count"), option(pool, "--max-count")) == ("3", "7")


def test_without_nat_images_come_from_a_registry_inside(tmp_path: Path) -> None:
    create = _create(changed(declared(tmp_path, "aks"), "ledger", "cluster", nat=False))
    assert option(create, "--outbound-type") == "none"
    assert option(create, "--bootstrap-container-registry-resource-id") == "<registry-resource-id>"


def test_a_public_api_admits_only_whom_the_user_fills_in(tmp_path: Path) -> None:
    create = _create(changed(declared(tmp_path, "aks"), "ledger", "cluster", private_api=False))
    assert "--enable-private-cluster" not in create
    assert option(create, "--api-server-authorized-ip-ranges") == "<administrators-network>"


def test_the_bastion_gets_a_subnet_unless_it_stands_in_one(tmp_path: Path) -> None:
    made = plan(declared(tmp_path, "aks"), "ledger")
    assert not any("subnet create" in command and "--name bastion" in command for command in lines(made))
    more = {"ledger": {"cluster": cluster("aks", 40, bastion="10.40.99.0/28")}}
    made = plan(declared(tmp_path, "aks", **more), "ledger")
    (line,) = [
        command for command in lines(made) if "subnet create" in command and "--name bastion" in command
    ]
    assert option(line, "--address-prefixes") == "10.40.99.0/28"


def test_ranges_of_aks_that_overlap_a_declared_network_are_asked_for(tmp_path: Path) -> None:
    # AKS takes 10.0.0.0/16 for Services where nothing is said.
    more = {"auditor": {"cluster": cluster("aks", 0)}}
    profile = declared(tmp_path, "aks", **more)
    create = _create(profile)
    assert option(create, "--service-cidr") == "<service-range>"
    assert "--pod-cidr" not in create
    assert any("10.0.0.0/16" in line for line in open_questions(profile, "ledger"))
    assert "--service-cidr" not in _create(declared(tmp_path, "aks"))


def test_what_is_open_stands_in_brackets(tmp_path: Path) -> None:
    made = plan(undeclared(tmp_path, "aks", "multi-az"), "ledger")
    assert option(line_of(made, "az", "group", "create"), "--location") == "<region>"
    assert option(line_of(made, "az", "network", "vnet", "create"), "--address-prefixes") == "<network>"
    create = line_of(made, "az", "aks", "create")
    assert option(create, "--node-count") == "<system-nodes>"
    pool = line_of(made, "az", "aks", "nodepool", "add")
    assert "--zones 1 2 3 " in pool


def _create(profile: Profile) -> str:
    return line_of(plan(profile, "ledger"), "az", "aks", "create")


def _added(profile: Profile) -> list[str]:
    return [
        command for command in lines(plan(profile, "ledger")) if command.startswith("az aks nodepool add ")
    ]


def _name(command: str) -> str:
    return option(command, "--name")
