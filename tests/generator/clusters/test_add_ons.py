"""Add-ons that are alike everywhere, the values of their charts, and machine types."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.clusters import open_questions, plan
from generator.clusters.nodes import MACHINES
from profiles.models import Profile
from tests.generator.clusters.places import (
    ADD_ONS,
    MONITORING,
    PROVIDERS,
    SYSTEM,
    changed,
    cluster,
    declared,
    line_of,
    lines,
    option,
    written,
)

every_provider = pytest.mark.parametrize("provider", PROVIDERS)


@every_provider
def test_charts_are_pinned_and_wait_until_they_run(tmp_path: Path, provider: str) -> None:
    installs = [line for line in lines(_with_loki(tmp_path, provider)) if line.startswith("helm upgrade ")]
    assert len(installs) >= 7
    for install in installs:
        assert re.fullmatch(r"v?\d+\.\d+\.\d+", option(install, "--version"))
        assert option(install, "--repo").startswith("https://")
        assert {"--create-namespace", "--wait"} <= set(shlex.split(install))


@every_provider
def test_prometheus_keeps_what_the_checklist_asks(tmp_path: Path, provider: str) -> None:
    made = plan(declared(tmp_path, provider), "ledger")
    spec = yaml.safe_load(made.files["kube-prometheus-stack.yaml"])["prometheus"]["prometheusSpec"]
    assert spec["retention"] == "30d"
    assert spec["storageSpec"]["volumeClaimTemplate"]["spec"]["resources"]["requests"] == {"storage": "50Gi"}
    # The monitors of ScalarDL's charts carry no label of the operator's release.
    assert spec["serviceMonitorSelectorNilUsesHelmValues"] is False
    install = line_of(made, "helm", "upgrade", "--install", "kube-prometheus-stack")
    assert option(install, "--namespace") == "monitoring"


def test_prometheus_stands_on_the_monitoring_pool_where_there_is_one(tmp_path: Path) -> None:
    for pools, expected in (([SYSTEM, MONITORING], {"purpose": "monitoring"}), ([SYSTEM], None)):
        more = {"ledger": {"cluster": cluster("eks", 40, otherPools=pools)}}
        made = plan(declared(tmp_path, "eks", **more), "ledger")
        spec = yaml.safe_load(made.files["kube-prometheus-stack.yaml"])["prometheus"]["prometheusSpec"]
        assert spec.get("nodeSelector") == expected


@every_provider
def test_the_agents_of_loki_tolerate_the_taint_and_loki_has_its_volume(tmp_path: Path, provider: str) -> None:
    files = _with_loki(tmp_path, provider).files
    (toleration,) = yaml.safe_load(files["alloy.yaml"])["controller"]["tolerations"]
    assert (toleration["key"], toleration["effect"]) == ("kubernetes.io/app", "NoSchedule")
    loki = yaml.safe_load(files["loki.yaml"])
    assert loki["singleBinary"]["persistence"] == {"enabled": True, "size": "100Gi"}
    assert loki["loki"]["limits_config"]["retention_period"] == "720h"
    # Helm would take braces in this text for a template.
    assert "{{" not in yaml.safe_load(files["alloy.yaml"])["alloy"]["configMap"]["content"]


def test_scalardls_monitoring_chart_brings_loki_and_sizes(tmp_path: Path) -> None:
    stack = {"retentionDays": 14, "metricsStorage": "80Gi"}
    cluster_ = cluster("eks", 40, addOns=ADD_ONS | {"logs": "loki"})
    profile = declared(tmp_path, "eks", ledger={"cluster": cluster_, "monitoring": {"stack": stack}})
    made = plan(profile, "ledger")
    assert not {"loki.yaml", "alloy.yaml"} & set(made.files)
    values = yaml.safe_load(made.files["kube-prometheus-stack.yaml"])
    assert values["grafana"]["enabled"] is False
    assert values["prometheus"]["prometheusSpec"]["retention"] == "14d"


def test_etcd_is_backed_up_where_the_control_plane_is_ones_own(tmp_path: Path) -> None:
    made = plan(declared(tmp_path, "none"), "ledger")
    assert any(line.startswith("etcdctl ") and "snapshot save" in line for line in lines(made))
    assert any("etcdutl snapshot restore" in line for line in lines(made))


def test_a_cluster_of_ones_own_gets_label_and_taint_by_kubectl(tmp_path: Path) -> None:
    made = plan(declared(tmp_path, "none"), "ledger")
    nodes = ["<scalardl-node-1>", "<scalardl-node-2>", "<scalardl-node-3>"]
    labels = [shlex.split(line) for line in lines(made) if line.startswith("kubectl label nodes ")]
    assert ["kubectl", "label", "nodes", *nodes, "agentpool=scalardlpool", "--overwrite"] in labels
    taint = (
        "kubectl taint nodes -l agentpool=scalardlpool kubernetes.io/app=scalardlpool:NoSchedule --overwrite"
    )
    assert taint in lines(made)
    for node, zone in zip(nodes, "abc", strict=True):
        assert [
            "kubectl",
            "label",
            "nodes",
            node,
            f"topology.kubernetes.io/zone={zone}",
            "--overwrite",
        ] in labels


def test_the_databases_of_clouds_have_a_command_to_delete_them(tmp_path: Path) -> None:
    dynamo = {"storage": "dynamo", "region": "eu-west-1"}
    cosmos = {"storage": "cosmos", "uri": "https://ledger-account.documents.azure.com:443/"}
    for database, expected in (
        (dynamo, "aws dynamodb delete-table --region eu-west-1 --table-name '<table>'"),
        (cosmos, "az cosmosdb delete --name ledger-account "),
    ):
        profile = written(tmp_path, {"extends": "test", "ledger": {"database": database}})
        assert any(line.startswith(expected) for line in lines(plan(profile, "ledger")))


@pytest.mark.parametrize(
    ("provider", "size", "expected"),
    [
        ("eks", ("4", "8Gi"), "m5.xlarge"),
        ("eks", ("4", "17Gi"), "m5.2xlarge"),
        ("eks", ("4100m", "8Gi"), "m5.2xlarge"),
        ("aks", ("4", "8Gi"), "Standard_D4s_v5"),
        ("gke", ("4", "8Gi"), "e2-standard-4"),
        ("gke", ("33", "8Gi"), "n2-standard-48"),
    ],
)
def test_the_smallest_common_machine_is_taken(
    tmp_path: Path, provider: str, size: tuple[str, str], expected: str
) -> None:
    made = plan(_sized(tmp_path, provider, *size), "ledger")
    assert expected in " ".join([*made.files.values(), *lines(made)]).split()


@pytest.mark.parametrize("provider", ["eks", "aks", "gke"])
def test_a_size_that_no_common_machine_has_is_asked_about(tmp_path: Path, provider: str) -> None:
    profile = _sized(tmp_path, provider, "4", "4Ti")
    assert any("ledger.nodePool.instanceType" in line for line in open_questions(profile, "ledger"))
    named = changed(profile, "ledger", "node_pool", instance_type="huge.one")
    assert open_questions(named, "ledger") == ()
    made = plan(named, "ledger")
    assert "huge.one" in " ".join([*made.files.values(), *lines(made)]).split()


@pytest.mark.parametrize("mode", ["none", "secrets", "self-signed"])
def test_cert_manager_makes_scalardls_certificates_where_tls_says_so(tmp_path: Path, mode: str) -> None:
    profile = changed(declared(tmp_path, "eks"), "ledger", "tls", mode=mode)
    (step,) = [step for step in plan(profile, "ledger").create if step.title == "Install cert-manager"]
    assert ("certificates of ScalarDL and Envoy" in step.why) == (mode == "self-signed")


def test_machines_stand_in_order_of_their_size() -> None:
    for machines in MACHINES.values():
        sizes = [(machine.cpus, machine.memory) for machine in machines]
        assert sizes == sorted(sizes)


def _with_loki(folder: Path, provider: str) -> Any:
    more = {"ledger": {"cluster": cluster(provider, 40, addOns=ADD_ONS | {"logs": "loki"})}}
    return plan(declared(folder, provider, **more), "ledger")


def _sized(folder: Path, provider: str, cpu: str, memory: str) -> Profile:
    return declared(folder, provider, nodePool={"nodeSize": {"cpu": cpu, "memory": memory}})
