"""What holds for the plans of all providers."""

from __future__ import annotations

import ipaddress
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from generator.clusters import ClusterPlan, open_questions, plan
from profiles.deployment import AddOns, Cluster, OtherPool, Provider, Subnet
from profiles.hardening import Label, NodePool, NodeSize, Reserved, Taint
from profiles.models import DOMAINS
from profiles.product import Backup
from tests.generator.clusters.places import (
    ADD_ONS,
    PROVIDERS,
    changed,
    cluster,
    declared,
    joined,
    lines,
    undeclared,
    written,
)

BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(BASH is None, reason="no bash here: command lines are not read by a shell")
every_provider = pytest.mark.parametrize("provider", PROVIDERS)

# What a field may be instead; a field that is not here fails the test that asks for it.
OTHER_CLUSTER: dict[str, Any] = {
    "name": "another",
    "provider": "another than the test's",
    "region": "elsewhere-2",
    "network": "10.32.0.0/11",
    "subnets": (),
    "private_api": False,
    "bastion": "10.40.12.0/28",
    "nat": False,
    "control_plane_nodes": 3,
    "other_pools": (),
}
OTHER_SUBNET: dict[str, Any] = {"zone": "7", "network": "10.40.77.0/24", "public": True}
OTHER_OTHER_POOL: dict[str, Any] = {
    "name": "another",
    "purpose": "monitoring",
    "nodes": 6,
    "node_size": NodeSize(cpu="8", memory="16Gi"),
    "instance_type": "a-machine",
}
OTHER_POOL: dict[str, Any] = {
    "label": Label(key="dedicated", value="scalardl"),
    "taint": Taint(key="example.com/dedicated", value="scalardl", effect="NoExecute"),
    "nodes": 6,
    "zones": 2,
    "node_size": NodeSize(cpu="8", memory="16Gi"),
    "reserved": Reserved(cpu="500m", memory="2Gi"),
    "name": "another",
    "instance_type": "a-machine",
    "max_nodes": 9,
}


def test_the_providers_are_all_that_a_profile_may_name() -> None:
    assert set(PROVIDERS) == set(get_args(Provider))


@every_provider
@pytest.mark.parametrize("extends", ["test", "production", "multi-az"])
def test_a_plan_is_the_same_at_each_run(tmp_path: Path, provider: str, extends: str) -> None:
    for product in DOMAINS:
        first = plan(undeclared(tmp_path, provider, extends), product)
        assert first == plan(undeclared(tmp_path, provider, extends), product)
        assert list(first.files) == list(plan(undeclared(tmp_path, provider, extends), product).files)


@every_provider
def test_steps_say_what_to_do_and_why(tmp_path: Path, provider: str) -> None:
    for profile in (declared(tmp_path, provider), undeclared(tmp_path, provider)):
        for step in _steps(plan(profile, "ledger")):
            assert re.fullmatch(r"[A-Z][^\n]*[^.\n]", step.title)
            assert re.fullmatch(r"[^\n]+ \[[a-z]+(-[a-z]+)*(, [a-z]+(-[a-z]+)*)*\]", step.why)
            for command in (*step.commands, *step.verify):
                assert command
                assert "\n" not in joined(command)


@every_provider
def test_files_are_yaml_under_plain_names(tmp_path: Path, provider: str) -> None:
    for name, text in plan(declared(tmp_path, provider), "ledger").files.items():
        assert re.fullmatch(r"[a-z-]+\.yaml", name)
        assert isinstance(yaml.safe_load(text), dict)


@every_provider
def test_each_file_is_used_by_a_command(tmp_path: Path, provider: str) -> None:
    logs = {"addOns": ADD_ONS | {"logs": "loki"}}
    more = {"ledger": {"cluster": cluster(provider, 40, **logs)}}
    made = plan(declared(tmp_path, provider, **more), "ledger")
    assert made.files
    for name in made.files:
        assert any(name in command for step in made.create for command in step.commands)


@needs_bash
@every_provider
def test_a_shell_can_read_each_line(tmp_path: Path, provider: str) -> None:
    assert BASH
    for profile in (declared(tmp_path, provider), undeclared(tmp_path, provider)):
        script = "\n".join(lines(plan(profile, "auditor")))
        done = subprocess.run([BASH, "-n"], input=script, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@needs_bash
@every_provider
def test_values_reach_the_commands_whole_and_run_nothing(tmp_path: Path, provider: str) -> None:
    assert BASH
    hostile = 'a  b\'; touch owned; $(touch owned) `touch owned` "$HOME" * >owned'
    profile = declared(tmp_path, provider)
    profile = changed(profile, "ledger", "cluster", region=hostile)
    profile = changed(profile, "ledger", "node_pool", instance_type=hostile[:60])
    if provider != "none":
        profile = changed(profile, "ledger", "database", storage="dynamo", region=hostile, url=None)
    tools = "aws az etcdctl etcdutl eksctl gcloud helm kubectl nc scalardl-gen sed velero"
    # Each tool shows its arguments, one in a line; what stands in $(...) goes to the tool's own log too.
    stubs = [f'{tool}() {{ printf "%s\\n" "$@" | tee -a seen; }}' for tool in tools.split()]
    script = "\n".join([*stubs, *lines(plan(profile, "ledger"))])
    run = tmp_path / "run"
    run.mkdir()
    done = subprocess.run([BASH], input=script, cwd=run, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    # A step for EKS writes eksctl.yaml, with the id of the network in it.
    assert {path.name for path in run.iterdir()} - {"eksctl.yaml"} == {"seen"}
    seen = (run / "seen").read_text(encoding="utf-8").splitlines()
    assert any(hostile in word for word in seen) or provider == "none"


@every_provider
def test_no_network_is_invented(tmp_path: Path, provider: str) -> None:
    for extends in ("production", "multi-az"):
        made = plan(undeclared(tmp_path, provider, extends), "ledger")
        assert _addresses(made) <= {"127.0.0.1"}


@every_provider
def test_only_declared_networks_and_their_parts_appear(tmp_path: Path, provider: str) -> None:
    known = [ipaddress.IPv4Network(f"10.{number}.0.0/16") for number in (40, 50, 60)]
    # etcd on its own machine, and the way to the internet.
    allowed = {"127.0.0.1", "0.0.0.0/0"}
    for address in _addresses(plan(declared(tmp_path, provider), "ledger")) - allowed:
        assert any(ipaddress.IPv4Network(address).subnet_of(network) for network in known), address


@every_provider
def test_what_is_declared_leaves_no_question(tmp_path: Path, provider: str) -> None:
    for product in DOMAINS:
        assert open_questions(declared(tmp_path, provider), product) == ()


@every_provider
@pytest.mark.parametrize("field", AddOns.model_fields)
def test_each_add_on_has_a_step_when_it_is_declared(tmp_path: Path, provider: str, field: str) -> None:
    profile = declared(tmp_path, provider)
    names = {name: info.alias for name, info in AddOns.model_fields.items()}
    assert set(names.values()) == set(ADD_ONS), "an add-on that no test declares"
    baseline = {"logs": None, "policies": "pod-security"}
    off = changed(profile, "ledger", "cluster.add_ons", **{field: baseline.get(field, False)})
    values: dict[str, tuple[Any, ...]] = {
        "logs": ("provider", "loki", "other"),
        "policies": ("kyverno", "gatekeeper", "pod-security"),
    }
    without = {step.title for step in plan(off, "ledger").create}
    for value in values.get(field, (True,)):
        on = changed(profile, "ledger", "cluster.add_ons", **{field: value})
        new = [step for step in plan(on, "ledger").create if step.title not in without]
        if value == baseline.get(field):
            assert new == []
        else:
            assert new
            assert any(step.commands or step.verify for step in new)


@every_provider
def test_what_is_not_declared_is_not_mentioned(tmp_path: Path, provider: str) -> None:
    domains = {product: {"cluster": {"provider": provider}} for product in DOMAINS}
    made = plan(written(tmp_path, {"extends": "test", **domains}), "ledger")
    said = " ".join([*made.files.values(), *lines(made), *(step.title + step.why for step in _steps(made))])
    for word in (
        *(
            "autoscal",
            "metrics server",
            "metrics-server",
            "cert-manager",
            "external-secrets",
            "clusterLogging",
        ),
        *("diagnostic", "API_SERVER", "cloudwatch", "monitoring add", "prometheus", "loki", "kyverno"),
        *("gatekeeper", "argo", "velero", "etcd", "standby", "storage-class"),
    ):
        assert word.lower() not in said.lower(), word


@every_provider
@pytest.mark.parametrize("field", [field for field in Cluster.model_fields if field != "add_ons"])
def test_each_field_of_a_cluster_counts(tmp_path: Path, provider: str, field: str) -> None:
    if field == "control_plane_nodes":
        provider = "none"  # elsewhere a profile that says so is refused
    value = OTHER_CLUSTER[field]
    if field == "provider":
        value = "none" if provider != "none" else "eks"
    profile = declared(tmp_path, provider)
    assert _all(changed(profile, "ledger", "cluster", **{field: value})) != _all(profile)


@every_provider
@pytest.mark.parametrize("field", Subnet.model_fields)
def test_each_field_of_a_subnet_counts(tmp_path: Path, provider: str, field: str) -> None:
    profile = declared(tmp_path, provider)
    first, *rest = profile.ledger.cluster.subnets
    subnets = (first.model_copy(update={field: OTHER_SUBNET[field]}), *rest)
    assert _all(changed(profile, "ledger", "cluster", subnets=subnets)) != _all(profile)


@every_provider
@pytest.mark.parametrize("field", OtherPool.model_fields)
def test_each_field_of_another_pool_counts(tmp_path: Path, provider: str, field: str) -> None:
    profile = declared(tmp_path, provider)
    first, *rest = profile.ledger.cluster.other_pools
    pools = (first.model_copy(update={field: OTHER_OTHER_POOL[field]}), *rest)
    assert _all(changed(profile, "ledger", "cluster", other_pools=pools)) != _all(profile)


@every_provider
@pytest.mark.parametrize("field", NodePool.model_fields)
def test_each_field_of_the_node_pool_counts(tmp_path: Path, provider: str, field: str) -> None:
    # At AKS the label agentpool is the pool's name; with another one the name counts.
    label = Label(key="pool", value="scalardl")
    profile = changed(declared(tmp_path, provider), "ledger", "node_pool", label=label)
    assert _all(changed(profile, "ledger", "node_pool", **{field: OTHER_POOL[field]})) != _all(profile)


@every_provider
@pytest.mark.parametrize("field", Backup.model_fields)
def test_each_backup_has_a_step(tmp_path: Path, provider: str, field: str) -> None:
    profile = changed(declared(tmp_path, provider), "ledger", "backup", **{field: False})
    with_it = changed(profile, "ledger", "backup", **{field: True})
    new = len(plan(with_it, "ledger").create) - len(plan(profile, "ledger").create)
    # The database's backups are steps of the runbook; a managed control plane backs up its own etcd.
    elsewhere = field in ("automatic", "point_in_time_recovery") or (field == "etcd" and provider != "none")
    assert new == (0 if elsewhere else 1)


@every_provider
def test_all_is_removed_in_the_guides_order(tmp_path: Path, provider: str) -> None:
    titles = [step.title.lower() for step in plan(declared(tmp_path, provider), "ledger").delete]
    order = ("node", "cluster", "database", "bastion", "nat gateway", "network")
    found = [min(at for at, title in enumerate(titles) if word in title) for word in order]
    assert found == sorted(found)


@every_provider
def test_networks_are_connected_with_the_other_domain_and_with_clients(tmp_path: Path, provider: str) -> None:
    connected = [
        step for step in plan(declared(tmp_path, provider), "ledger").create if "Connect" in step.title
    ]
    assert [step.title.rpartition(" ")[2] for step in connected] == ["Auditor", "payments"]
    alone = changed(declared(tmp_path, provider), "ledger", "cluster").model_copy(update={"peering": False})
    assert not any("Connect" in step.title for step in plan(alone, "ledger").create)


def test_clusters_at_two_providers_are_connected_by_other_means(tmp_path: Path) -> None:
    more = {"auditor": {"cluster": cluster("gke", 50)}}
    for product in DOMAINS:
        made = plan(declared(tmp_path, "eks", **more), product)
        (step,) = [step for step in made.create if "Connect" in step.title and "payments" not in step.title]
        assert "VPN" in step.why
        assert step.commands == ()


def test_ledger_and_auditor_in_one_cluster_need_no_connection(tmp_path: Path) -> None:
    made = plan(written(tmp_path, {"extends": "test"}), "ledger")
    assert not any("Connect" in step.title for step in made.create)


@every_provider
def test_ids_are_traded_before_networks_are_connected(tmp_path: Path, provider: str) -> None:
    for product, other in (("ledger", "Auditor"), ("auditor", "Ledger")):
        steps = plan(declared(tmp_path, provider), product).create
        connect = [at for at, step in enumerate(steps) if "Connect" in step.title]
        trade = [at for at, step in enumerate(steps) if step.title.startswith("Trade the ids")]
        # A network of one's own has no ids.
        assert len(trade) == (provider != "none")
        for at in trade:
            assert at < min(connect)
            assert steps[at].commands
            assert other in steps[at].why
            assert "payments" in steps[at].why


@every_provider
def test_what_is_read_has_no_word_to_replace(tmp_path: Path, provider: str) -> None:
    profile = undeclared(tmp_path, provider)
    for product in DOMAINS:
        said = [*open_questions(profile, product)]
        said += [step.title + step.why for step in _steps(plan(profile, product))]
        assert [text for text in said if "<" in text] == []


@every_provider
def test_long_commands_go_on_at_their_options(tmp_path: Path, provider: str) -> None:
    for step in _steps(plan(declared(tmp_path, provider), "ledger")):
        for command in (*step.commands, *step.verify):
            first, *rest = command.splitlines()
            # A row is longer only where one option and its values are.
            assert len(first) <= 120
            for row in rest:
                assert len(row) <= 120 or row.count(" -") == 1, row


@every_provider
def test_the_bastion_is_made_before_it_is_needed(tmp_path: Path, provider: str) -> None:
    steps = plan(declared(tmp_path, provider), "ledger").create
    (at,) = [at for at, step in enumerate(steps) if step.title == "Make the bastion"]
    assert "10.40.11.0/28" in steps[at].why
    (tools,) = steps[at].verify
    for tool in ("kubectl", "helm", "openssl", "scalardl-gen", "scalardl-harden", "velero"):
        assert tool in tools.split()
    uses = [n for n, step in enumerate(steps) if "run on the bastion" in step.why]
    assert all(at < n for n in uses)


@every_provider
def test_a_public_api_without_a_bastion_has_no_step_for_one(tmp_path: Path, provider: str) -> None:
    profile = changed(declared(tmp_path, provider), "ledger", "cluster", private_api=False, bastion=None)
    assert not any("bastion" in step.title for step in _steps(plan(profile, "ledger")))


def _steps(made: ClusterPlan) -> list[Any]:
    return [*made.create, *made.delete]


def _all(profile: Any) -> tuple[Any, ...]:
    return (plan(profile, "ledger"), open_questions(profile, "ledger"))


def _addresses(made: ClusterPlan) -> set[str]:
    steps = [part for step in _steps(made) for part in (step.title, step.why, *step.commands, *step.verify)]
    texts = "\n".join([*made.files.values(), *steps])
    return set(re.findall(r"\b\d+\.\d+\.\d+\.\d+(?:/\d+)?", texts))
