"""The manifests of the released charts through the profiles. Present only where the corpus is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from postrender import policy_source
from postrender.harden import Result, harden
from postrender.manifests import stream
from postrender.patches import APPLIED
from profiles import quantities
from tests.conftest import CORPUS
from tests.schemas.validation import PACKAGED, validate

if not (CORPUS / "rendered").is_dir():
    pytest.skip(
        "not covered: manifests of the released charts (set SCALARDL_CORPUS to their folder)",
        allow_module_level=True,
    )

TODAY = "2026-07-01"
NAMES = (
    "scalardl-4.12.0-default",
    "scalardl-4.12.0-no-envoy",
    "scalardl-4.12.0-production",
    "scalardl-4.12.0-tls",
    "scalardl-4.12.0-upstream-sample",
    "scalardl-4.12.0-user-set",
    "scalardl-4.8.0-production",
    "scalardl-audit-2.12.0-default",
    "scalardl-audit-2.12.0-production",
    "scalardl-audit-2.8.0-production",
    "schema-loading-2.14.0-auditor",
    "schema-loading-2.14.0-ledger",
)
PROFILES = ("production", "multi-az")
# The one release that cannot run: five pods apart from each other on three nodes.
REFUSED = "scalardl-4.12.0-user-set"
HARDENED = [(name, profile) for name in NAMES for profile in PROFILES if name != REFUSED]
TAINT = {"key": "kubernetes.io/app", "operator": "Equal", "value": "scalardlpool", "effect": "NoSchedule"}


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder with manifests rendered from the released charts; not part of the project."""
    return CORPUS


def rendered(corpus: Path, name: str) -> str:
    return (corpus / "rendered" / f"{name}.yaml").read_bytes().decode()


def hardened(corpus: Path, name: str, profile: str) -> Result:
    return harden(rendered(corpus, name), policy_source.named(profile), TODAY)


def objects(text: str | None) -> list[dict[str, Any]]:
    assert text is not None
    return [data for data in yaml.load_all(text, yaml.CSafeLoader) if data is not None]


def identity(data: dict[str, Any]) -> tuple[str, str, str, str]:
    meta = data["metadata"]
    return data["apiVersion"], data["kind"], meta.get("namespace", ""), meta["name"]


def pods(text: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    for data in objects(text):
        if data["kind"] in ("Deployment", "Job"):
            yield f"{data['kind']} {data['metadata']['name']}", data["spec"]["template"]["spec"]


@pytest.mark.parametrize(("name", "profile"), HARDENED)
def test_is_hardened(corpus: Path, name: str, profile: str) -> None:
    assert [outcome.line for outcome in hardened(corpus, name, profile).refused] == []


@pytest.mark.parametrize("profile", PROFILES)
def test_five_pods_apart_on_three_nodes_are_refused(corpus: Path, profile: str) -> None:
    lines = [outcome.line for outcome in hardened(corpus, REFUSED, profile).refused]
    assert len(lines) == 1
    assert (
        "the 5 pods of Deployment ledger-scalardl-ledger must stand on 5 nodes, and the pool has 3"
        in lines[0]
    )


@pytest.mark.parametrize(("name", "profile"), HARDENED)
def test_loses_no_object(corpus: Path, name: str, profile: str) -> None:
    before = {identity(data) for data in objects(rendered(corpus, name))}
    after = [identity(data) for data in objects(hardened(corpus, name, profile).text)]
    assert before <= set(after)
    assert len(after) == len(set(after))


@pytest.mark.parametrize(("name", "profile"), HARDENED)
def test_what_no_rule_changed_is_there_byte_for_byte(corpus: Path, name: str, profile: str) -> None:
    text = hardened(corpus, name, profile).text
    assert text is not None
    after = [document.text for document in stream.split(text)]
    changed = [
        document for document in after if APPLIED in document or "# Source: scalardl-harden/" in document
    ]
    untouched = [document for document in after if document not in changed]
    before = [document.text for document in stream.split(rendered(corpus, name))]
    assert [document for document in before if document in untouched] == untouched
    assert len(before) - len(untouched) == len([document for document in changed if APPLIED in document])


@pytest.mark.parametrize(("name", "profile"), HARDENED)
def test_a_second_run_changes_no_byte(corpus: Path, name: str, profile: str) -> None:
    once = hardened(corpus, name, profile).text
    assert once is not None
    assert harden(once, policy_source.named(profile), TODAY).text == once


@pytest.mark.parametrize(("name", "profile"), HARDENED)
def test_only_lines_are_added_or_values_changed(corpus: Path, name: str, profile: str) -> None:
    """Of an edited document every comment stands as it stood."""
    text = hardened(corpus, name, profile).text
    assert text is not None
    comments = [line for line in rendered(corpus, name).splitlines() if line.lstrip().startswith("#")]
    after = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in after if "scalardl-harden/" not in line] == comments


@pytest.mark.parametrize("version", ["1.21", "1.30", "1.37"])
@pytest.mark.parametrize(("name", "profile"), HARDENED)
def test_objects_are_valid(
    corpus: Path, tmp_path: Path, old_schemas: Path, name: str, profile: str, version: str
) -> None:
    ours = tmp_path / "ours.yaml"
    ours.write_text(f'extends: {profile}\nkubernetesVersion: "{version}"\n')
    text = harden(rendered(corpus, name), policy_source.named(str(ours)), TODAY).text
    known = [data for data in objects(text) if data["apiVersion"].split("/")[0] in BUILT_IN]
    assert validate(known, version, old_schemas if version == "1.21" else PACKAGED) == []


BUILT_IN = {"v1", "apps", "batch", "policy", "networking.k8s.io", "autoscaling", "rbac.authorization.k8s.io"}

PRODUCTION = [
    "scalardl-4.12.0-production",
    "scalardl-audit-2.12.0-production",
    "schema-loading-2.14.0-ledger",
]


@pytest.mark.parametrize("name", PRODUCTION)
def test_all_pods_tolerate_the_taint_and_select_the_pool(corpus: Path, name: str) -> None:
    found = {
        title: (TAINT in spec.get("tolerations", []), spec.get("nodeSelector"))
        for title, spec in pods(hardened(corpus, name, "production").text)
    }
    assert set(map(str, found.values())) == {str((True, {"agentpool": "scalardlpool"}))}, found


@pytest.mark.parametrize("name", PRODUCTION)
def test_all_containers_have_requests_and_limits(corpus: Path, name: str) -> None:
    for title, spec in pods(hardened(corpus, name, "production").text):
        for container in spec["containers"]:
            resources = container["resources"]
            for side in ("requests", "limits"):
                assert set(resources[side]) >= {"cpu", "memory"}, title


@pytest.mark.parametrize("name", PRODUCTION[:2])
def test_the_product_stays_within_the_licence(corpus: Path, name: str) -> None:
    for title, spec in pods(hardened(corpus, name, "production").text):
        if title.endswith(("-ledger", "-auditor")):
            limits = [container["resources"]["limits"] for container in spec["containers"]]
            assert sum(quantities.parse(limit["cpu"]) for limit in limits) == quantities.parse("2")
            assert sum(quantities.parse(limit["memory"]) for limit in limits) == quantities.parse("4Gi")


@pytest.mark.parametrize("name", PRODUCTION[:2])
def test_pods_stand_apart_and_updates_need_no_fourth_node(corpus: Path, name: str) -> None:
    for data in objects(hardened(corpus, name, "production").text):
        if data["kind"] == "Deployment":
            affinity = data["spec"]["template"]["spec"]["affinity"]["podAntiAffinity"]
            terms = affinity["requiredDuringSchedulingIgnoredDuringExecution"]
            assert [term["topologyKey"] for term in terms] == ["kubernetes.io/hostname"]
            assert data["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}


@pytest.mark.parametrize("name", PRODUCTION[:2])
def test_one_budget_per_replicated_workload(corpus: Path, name: str) -> None:
    found = objects(hardened(corpus, name, "production").text)
    selectors = [data["spec"]["selector"] for data in found if data["kind"] == "PodDisruptionBudget"]
    wanted = [data["spec"]["selector"] for data in found if data["kind"] == "Deployment"]
    assert sorted(map(str, selectors)) == sorted(map(str, wanted))


def test_no_budget_for_the_loader(corpus: Path) -> None:
    found = objects(hardened(corpus, "schema-loading-2.14.0-ledger", "production").text)
    assert "PodDisruptionBudget" not in {data["kind"] for data in found}


@pytest.mark.parametrize("name", PRODUCTION)
def test_policies_in_both_directions_for_each_workload(corpus: Path, name: str) -> None:
    found = objects(hardened(corpus, name, "production").text)
    policies = [data["spec"] for data in found if data["kind"] == "NetworkPolicy"]
    assert len(policies) == len([data for data in found if data["kind"] in ("Deployment", "Job")])
    assert {tuple(policy["policyTypes"]) for policy in policies} == {("Ingress", "Egress")}


def ports(rules: list[dict[str, Any]]) -> set[int]:
    return {port["port"] for rule in rules for port in rule.get("ports", [])}


def policy_of(corpus: Path, name: str, workload: str, profile: str = "production") -> dict[str, Any]:
    found = objects(hardened(corpus, name, profile).text)
    return next(
        data["spec"]
        for data in found
        if data["kind"] == "NetworkPolicy" and data["metadata"]["name"] == workload
    )


def test_the_auditor_side_envoy_opens_the_auditors_ports(corpus: Path) -> None:
    policy = policy_of(corpus, "scalardl-audit-2.12.0-production", "auditor-scalardl-audit-envoy")
    assert ports(policy["ingress"]) == {40051, 40052, 9001}
    assert {40051, 40052} <= ports(policy["egress"])


def test_without_envoy_the_clients_reach_ledger(corpus: Path) -> None:
    policy = policy_of(corpus, "scalardl-4.12.0-no-envoy", "ledger-scalardl-ledger")
    rule = next(rule for rule in policy["ingress"] if ports([rule]) == {50051, 50052})
    assert {"ipBlock": {"cidr": "10.0.0.0/8"}} in rule["from"]


@pytest.fixture
def six_nodes(tmp_path: Path) -> str:
    profile = tmp_path / "six.yaml"
    profile.write_text("extends: production\nnodePool: {nodes: 6}\n")
    return str(profile)


def test_on_six_nodes_the_four_cpus_become_two(corpus: Path, six_nodes: str) -> None:
    result = harden(rendered(corpus, REFUSED), policy_source.named(six_nodes), TODAY)
    limits = {
        title: [container["resources"]["limits"] for container in spec["containers"]]
        for title, spec in pods(result.text)
    }
    limit = limits["Deployment ledger-scalardl-ledger"][0]
    assert (quantities.parse(limit["cpu"]), limit["memory"]) == (quantities.parse("2"), "4Gi")
    assert [o.rule for o in result.fixed if "licence" in o.problem] != []


def test_the_teams_own_terms_stay_beside_the_required_one(corpus: Path, six_nodes: str) -> None:
    text = harden(rendered(corpus, REFUSED), policy_source.named(six_nodes), TODAY).text
    spec = dict(pods(text))["Deployment ledger-scalardl-ledger"]
    before = dict(pods(rendered(corpus, REFUSED)))["Deployment ledger-scalardl-ledger"]
    kind = "preferredDuringSchedulingIgnoredDuringExecution"
    assert spec["affinity"]["podAntiAffinity"][kind] == before["affinity"]["podAntiAffinity"][kind]
    assert spec["affinity"]["nodeAffinity"] == before["affinity"]["nodeAffinity"]
    assert len(spec["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]) == 1
    envoy = dict(pods(text))["Deployment ledger-scalardl-envoy"]
    assert {toleration["key"] for toleration in envoy["tolerations"]} == {"dedicated", "kubernetes.io/app"}
