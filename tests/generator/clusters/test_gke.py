"""GKE: gcloud's lines."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from generator.clusters import open_questions, plan
from profiles.models import Profile
from tests.generator.clusters.places import changed, declared, line_of, lines, option, undeclared


def test_the_cluster_is_private_and_enforces_network_policies(tmp_path: Path) -> None:
    create = _create(declared(tmp_path, "gke")).split()
    assert {"--enable-private-nodes", "--enable-private-endpoint", "--enable-dataplane-v2"} <= set(create)
    assert "--enable-master-authorized-networks" in create
    command = " ".join(create)
    assert option(command, "--master-authorized-networks") == "10.40.11.0/28"
    assert option(command, "--subnetwork") == "cluster-40-private-1"
    assert option(command, "--cluster-version") == "1.30"


def test_pods_and_services_get_free_ranges_of_the_declared_network(tmp_path: Path) -> None:
    profile = declared(tmp_path, "gke")
    create = _create(profile)
    chosen = [
        ipaddress.IPv4Network(option(create, name))
        for name in ("--cluster-ipv4-cidr", "--services-ipv4-cidr")
    ]
    taken = [ipaddress.IPv4Network(subnet.network) for subnet in profile.ledger.cluster.subnets]
    for network in chosen:
        assert network.subnet_of(ipaddress.IPv4Network("10.40.0.0/16"))
        assert not any(network.overlaps(subnet) for subnet in taken)
    assert not chosen[0].overlaps(chosen[1])
    # A node takes 256 addresses for its pods.
    assert chosen[0].num_addresses >= 256 * 3


def test_a_network_without_room_for_pods_is_asked_about(tmp_path: Path) -> None:
    profile = declared(tmp_path, "gke")
    first = profile.ledger.cluster.subnets[0].model_copy(update={"network": "10.40.0.0/16"})
    profile = changed(profile, "ledger", "cluster", subnets=(first,))
    assert option(_create(profile), "--cluster-ipv4-cidr") == "<range-of-the-pods>"
    assert any("room for pods" in line for line in open_questions(profile, "ledger"))


def test_scalardls_pool_carries_label_and_taint(tmp_path: Path) -> None:
    pool = _pool(declared(tmp_path, "gke"), "scalardl")
    assert option(pool, "--node-labels") == "agentpool=scalardlpool"
    assert option(pool, "--node-taints") == "kubernetes.io/app=scalardlpool:NoSchedule"
    assert option(pool, "--machine-type") == "e2-standard-4"


@pytest.mark.parametrize("domain", ["node-role.kubernetes.io", "k8s.io", "cloud.google.com"])
def test_labels_of_reserved_domains_are_left_to_kubectl(tmp_path: Path, domain: str) -> None:
    label = {"key": f"{domain}/pool", "value": "ours"}
    profile = declared(tmp_path, "gke", nodePool={"label": label})
    assert "--node-labels" not in _pool(profile, "scalardl")
    nodes = "cloud.google.com/gke-nodepool=scalardl"
    labelled = f"kubectl label nodes -l {nodes} {domain}/pool=ours --overwrite"
    assert labelled in lines(plan(profile, "ledger"))


@pytest.mark.parametrize(("nodes", "in_each"), [(3, "1"), (6, "2"), (4, "2")])
def test_nodes_are_counted_by_zone(tmp_path: Path, nodes: int, in_each: str) -> None:
    pool = _pool(declared(tmp_path, "gke", nodePool={"nodes": nodes}), "scalardl")
    assert option(pool, "--num-nodes") == in_each
    assert option(pool, "--node-locations").count(",") == 2


def test_nodes_of_one_zone_are_all_in_it(tmp_path: Path) -> None:
    pool = _pool(declared(tmp_path, "gke", "production"), "scalardl")
    assert (option(pool, "--num-nodes"), option(pool, "--node-locations")) == ("3", "asia-northeast1-a")


def test_the_autoscaler_has_bounds_over_all_zones(tmp_path: Path) -> None:
    pool = _pool(declared(tmp_path, "gke", nodePool={"maxNodes": 7}), "scalardl")
    assert "--enable-autoscaling" in pool
    assert (option(pool, "--total-min-nodes"), option(pool, "--total-max-nodes")) == ("3", "7")


def test_the_pool_that_gke_makes_is_deleted_once_there_are_others(tmp_path: Path) -> None:
    titles = [step.title for step in plan(declared(tmp_path, "gke"), "ledger").create]
    deleted = titles.index("Delete the pool that GKE made by itself")
    assert all(titles.index(title) < deleted for title in titles if title.startswith("Create the node pool"))


@pytest.mark.parametrize(
    ("logs", "control_plane", "expected"),
    [
        (None, False, "SYSTEM"),
        ("provider", False, "SYSTEM,WORKLOAD"),
        ("loki", True, "SYSTEM,API_SERVER,CONTROLLER_MANAGER,SCHEDULER"),
    ],
)
def test_logs_are_those_declared(
    tmp_path: Path, logs: str | None, control_plane: bool, expected: str
) -> None:
    add_ons = {"logs": logs, "control_plane_logs": control_plane}
    profile = changed(declared(tmp_path, "gke"), "ledger", "cluster.add_ons", **add_ons)
    assert option(_create(profile), "--logging") == expected


def test_nat_serves_the_private_subnets_only(tmp_path: Path) -> None:
    made = plan(declared(tmp_path, "gke"), "ledger")
    served = option(
        line_of(made, "gcloud", "compute", "routers", "nats", "create"), "--nat-custom-subnet-ip-ranges"
    )
    assert served.split(",") == [f"cluster-40-private-{number}:ALL" for number in (1, 2, 3)]


def test_a_public_api_admits_only_whom_the_user_fills_in(tmp_path: Path) -> None:
    create = _create(changed(declared(tmp_path, "gke"), "ledger", "cluster", private_api=False))
    assert "--enable-private-endpoint" not in create
    assert option(create, "--master-authorized-networks") == "<administrators-network>"


def test_what_is_open_stands_in_brackets(tmp_path: Path) -> None:
    profile = undeclared(tmp_path, "gke")
    create = _create(profile)
    assert option(create, "--location") == "<region>"
    assert option(create, "--cluster-ipv4-cidr") == "<range-of-the-pods>"
    assert option(create, "--master-authorized-networks") == "<bastion-range>"
    assert option(_pool(profile, "scalardl"), "--node-locations") == "<zones>"


def _create(profile: Profile) -> str:
    return line_of(plan(profile, "ledger"), "gcloud", "container", "clusters", "create")


def _pool(profile: Profile, name: str) -> str:
    return line_of(plan(profile, "ledger"), "gcloud", "container", "node-pools", "create", name)
