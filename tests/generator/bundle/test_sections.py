"""What the sections of a runbook say: what the profile asks for, and nothing that does not apply."""

from __future__ import annotations

import re

import pytest

from profiles.domains import OTHER
from profiles.models import DOMAINS, Product
from profiles.scalardl import ADMIN_CHART, CHART_REPOSITORY, LOADER_CHART, MONITORING_CHARTS, PRODUCT_CHARTS
from tests.generator.bundle.domains import Over, load_with, made_of_kind
from tests.generator.bundle.reading import flat, section, text, titles
from tests.generator.bundle.test_folder import OPERATOR, VARIED
from tests.generator.deployments import PROVIDERS, Kind

each_product = pytest.mark.parametrize("product", DOMAINS)
HMAC: Over = {"authentication": {"method": "hmac"}}
GIVEN: Over = {"tls": {"mode": "secrets"}}
PLAIN: Over = {"tls": {"mode": "none"}}
STORE: Over = {"externalSecrets": {"store": "vault"}, **OPERATOR}
ALONE: Over = {"auditorMode": False}
SCALED: Over = {"autoscaling": {"maxReplicas": {"product": 3, "envoy": 3}}}


def test_a_declared_deployment_goes_through_all_sections_with_its_database_behind_its_network() -> None:
    assert titles() == [
        "0. Still open",
        "1. Network",
        "2. Cluster",
        "3. Database",
        "4. Namespace and Secrets",
        "5. Exchange with Auditor's administrators",
        "6. Charts",
        "7. Install",
        "8. Verify",
        "9. Register",
        "10. Operate",
        "11. For people to decide",
        "12. Tear down",
    ]


@each_product
def test_every_name_is_filled_in(product: Product) -> None:
    domain = load_with().profile.domain(product)
    install = section("Install", product=product)
    assert f"helm upgrade --install {domain.release} ./chart --namespace {domain.namespace} " in install
    assert "--post-renderer scalardl-harden" in install
    assert f"helm template {domain.release} ./chart --namespace {domain.namespace} " in install
    assert "scalardl-harden --diff" in install
    assert "helm plugin install ./helm4-plugin" in install
    assert f"job/{domain.release}-schema-loader" in install
    assert text(product=product).startswith(f"# Runbook: ScalarDL {product.title()}\n")


@each_product
def test_the_charts_are_named_with_their_versions(product: Product) -> None:
    found = section("Charts", product=product)
    assert "helm dependency update chart" in found
    assert CHART_REPOSITORY in found
    for chart in (PRODUCT_CHARTS[product], LOADER_CHART, MONITORING_CHARTS[product]):
        assert f"| {chart.name} | {chart.version} |" in found


@each_product
def test_the_network_is_that_of_the_profile(product: Product) -> None:
    domain = load_with().profile.domain(product)
    found = section("Network", product=product)
    for subnet in domain.cluster.subnets:
        assert (
            f"| {'public' if subnet.public else 'private'} subnet | `{subnet.network}` in `{subnet.zone}` |"
            in found
        )
    ports = {"ledger": "50051, 50052", "auditor": "40051, 40052"}
    assert f"| clients, `10.60.0.0/16` | {product.title()}, `{domain.address}` | {ports[product]} |" in found
    assert f"| the bastion, `{domain.cluster.bastion}` | the cluster's API | 443 |" in found
    if product == "ledger":
        assert f"| Auditor's network, `10.50.0.0/16` | Ledger, `{domain.address}` | 50051, 50052 |" in found
    else:
        assert "| the nodes | Ledger, `lapis-address.example.net` | 50051, 50052 |" in found


def test_cosmos_is_reached_on_the_ports_of_its_replicas_as_well() -> None:
    # Direct mode: https://learn.microsoft.com/azure/cosmos-db/nosql/sdk-connection-modes
    cosmos = {"ledger": {"database": {"storage": "cosmos", "uri": "https://acc.example.net:443/"}}}
    row = "| the nodes | the database, `acc.example.net` | 443, 10000 to 20000 |"
    assert row in section("Network", cosmos)
    assert "10000" not in section("Network")


def test_auditors_network_has_no_range_where_none_is_declared() -> None:
    over = {"auditor": {"cluster": {"network": None, "bastion": None, "subnets": []}}}
    assert "| Auditor's network | Ledger, " in section("Network", over)


@pytest.mark.parametrize("networks", [None, ["10.40.200.0/24"]])
def test_a_database_in_the_clusters_network_comes_after_that(networks: list[str] | None) -> None:
    found = " ".join(section("Database", {"network": {"databases": networks}}).split())
    assert ('can be made since "Cluster"' in found) == (networks is not None)


def test_a_plugin_is_installed_only_where_there_is_none() -> None:
    found = section("Install")
    assert found.index("helm plugin list\n") < found.index("helm plugin install ./helm4-plugin\n")
    assert "Only where `scalardl-harden` is **not** listed" in found
    assert '/helm4-plugin"`' in found.partition('"two plugins claim the name"')[2]


def test_it_says_who_makes_the_folder_anew_and_from_what() -> None:
    for product in DOMAINS:
        assert f"`scalardl-gen profile FILE --for {product} -o .`" in flat(product=product)
        assert f"{OTHER[product].title()}'s administrators keep the same one" in flat(product=product)


def test_a_name_that_is_cluster_and_namespace_is_one_folder() -> None:
    same = {"ledger": {"namespace": "lapis", "cluster": {"name": "lapis"}}}
    assert 'mkdir -p "$HOME"/.scalardl/lapis)' in text(same)


@pytest.mark.parametrize(
    ("database", "expected"),
    [
        ({"storage": "dynamo", "region": "ap-northeast-3"}, "DynamoDB in `ap-northeast-3`"),
        ({"storage": "cosmos", "uri": "https://acc.example.net:443/"}, "consistency **Strong**"),
        ({"storage": "cassandra", "hosts": ["c1.example.net"]}, "replication factor of 3"),
        ({"storage": "jdbc", "url": "jdbc:mysql://m.example.net/x"}, "`jdbc:mysql://m.example.net/x`"),
    ],
)
def test_the_database_is_that_of_the_storage(database: Over, expected: str) -> None:
    found = " ".join(section("Database", {"ledger": {"database": database}}).split())
    assert expected in found
    assert ("connections each" in found) == (database["storage"] == "jdbc")
    assert "`scalar.asset`" in found


def test_connections_are_counted_for_as_many_pods_as_there_may_be() -> None:
    pool = {"ledger": {"database": {"poolSize": 30, "maxConnections": 1000}}}
    # 30 for data, 25 and 25 that ScalarDB opens beside them.
    assert "3 pods with up to 80 connections each" in " ".join(section("Database", pool).split())
    assert "It allows 1000" in section("Database", pool)
    six = {
        **pool,
        "nodePool": {"nodes": 3, "maxNodes": 6},
        "autoscaling": {"maxReplicas": {"product": 6, "envoy": 3}},
        "ledger": {**pool["ledger"], "cluster": {"addOns": {"clusterAutoscaler": True}}},
        "auditor": {"cluster": {"addOns": {"clusterAutoscaler": True}}},
    }
    assert "6 pods with up to 80 connections each" in " ".join(section("Database", six).split())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_backups_are_switched_on_where_the_profile_has_them(provider: str) -> None:
    with_provider = VARIED[provider]
    none: Over = {"backup": {"automatic": False, "pointInTimeRecovery": False}}
    assert "Switch backups on" in section("Database", with_provider)
    assert "Switch backups on" not in section("Database", {**with_provider, **none})
    assert "consistent as a whole" in section("Operate", with_provider)
    assert "consistent as a whole" not in section("Operate", {**with_provider, **none})


def test_backups_of_the_storage() -> None:
    dynamo = {"ledger": {"database": {"storage": "dynamo", "region": "ap-northeast-3"}}}
    assert "describe-continuous-backups --region ap-northeast-3 --table-name scalar.asset" in text(dynamo)
    cosmos = {"ledger": {"database": {"storage": "cosmos", "uri": "https://acc.example.net:443/"}}}
    assert "az cosmosdb update --name acc " in text(cosmos)
    assert "--backup-policy-type Continuous" in text(cosmos)
    assert "aws rds modify-db-instance" in text()


@pytest.mark.parametrize(
    ("over", "steps"),
    [
        ({}, ["Make Ledger's key and certificate", "Make the Secret lapis-keys"]),
        (HMAC, ["Make Ledger's HMAC keys", "Make the Secret lapis-environment"]),
        (GIVEN, ["Make TLS keys and have them signed", "Make the Secret lapis-envoytls"]),
        (STORE, ["Put the Secrets into the store", "Let External Secrets fetch them"]),
        ({"ledger": {"licensed": True}}, ["Fetch the licence", "Make the Secret lapis-environment"]),
    ],
    ids=["keys", "hmac", "given certificates", "store", "licence"],
)
def test_secrets_are_made_in_the_way_of_the_profile(over: Over, steps: list[str]) -> None:
    every = {
        *(
            "Make Ledger's key and certificate",
            "Make Ledger's HMAC keys",
            "Make TLS keys and have them signed",
        ),
        *("Put the Secrets into the store", "Fetch the licence"),
    }
    found = re.findall(r"^### [\d.]+ (.*)$", section("Namespace and Secrets", over), re.MULTILINE)
    assert set(steps) <= set(found)
    needed = set(steps) | ({"Make Ledger's key and certificate"} if over != HMAC else set())
    assert every & set(found) == every & needed


def test_a_store_leaves_no_command_that_makes_a_secret() -> None:
    assert "create secret" not in text({**STORE, **GIVEN})
    assert "kubectl apply -f external-secrets.yaml" in text(STORE)
    # What cert-manager makes in the cluster comes from no store.
    assert "create secret generic lapis-metricsca" in text(STORE)


@pytest.mark.parametrize(
    ("provider", "told"), [("aks", True), ("gke", True), ("eks", False), ("none", False)]
)
def test_a_store_that_takes_no_slash_is_told_of(provider: str, told: bool) -> None:
    # Azure Key Vault and Google Secret Manager take letters, digits, - (and _) only.
    over = {
        "externalSecrets": {"store": "vault"},
        "ledger": {"cluster": {"provider": provider, "addOns": {"externalSecrets": True}}},
        "auditor": {"cluster": {"addOns": {"externalSecrets": True}}},
    }
    found = " ".join(section("Namespace and Secrets", over).split())
    assert ("have a `/` in their names" in found) == told


def test_a_store_of_one_namespace_must_be_in_each() -> None:
    over = {**STORE, **GIVEN, "externalSecrets": {"store": "vault", "kind": "SecretStore"}}
    assert "it must be in monitoring as well" in " ".join(section("Namespace and Secrets", over).split())


def test_certificates_are_asked_for_the_hosts_that_are_called() -> None:
    found = section("Namespace and Secrets", GIVEN)
    headless = "lapis-release-scalardl-headless.lapis-namespace.svc.cluster.local"
    assert f"scalardl-gen keys new ledger --for tls --csr --quiet --dns {headless} " in found
    envoy = (
        "--dns lapis-address.example.net --dns lapis-release-scalardl-envoy.lapis-namespace.svc.cluster.local"
    )
    assert f"scalardl-gen keys new ledger-envoy --for tls --csr --quiet {envoy} " in found


@pytest.mark.parametrize("product", DOMAINS)
def test_each_registers_its_own_certificate_with_both(product: Product) -> None:
    found = section("Register", product=product)
    holder = {"ledger": "ledger", "auditor": "amber-holder"}[product]
    for line in (
        "scalar.dl.client.server.host=lapis-address.example.net",
        "scalar.dl.client.server.port=50051",
        "scalar.dl.client.server.privileged_port=50052",
        "scalar.dl.client.auditor.enabled=true",
        "scalar.dl.client.auditor.host=amber-address.example.net",
        "scalar.dl.client.auditor.port=40051",
        "scalar.dl.client.auditor.privileged_port=40052",
        "scalar.dl.client.tls.enabled=true",
        "scalar.dl.client.auditor.tls.enabled=true",
        f"scalar.dl.client.entity.id={holder}",
        f"scalar.dl.client.entity.identity.digital_signature.private_key_path={product}-private-key.pem",
    ):
        assert f"{line}\n" in found
    assert f"scalardl register-cert --properties {product}.as.client.properties" in found


def test_the_version_of_a_certificate_is_that_of_the_profile() -> None:
    raised = {"auditor": {"certificateVersion": 4}}
    assert "digital_signature.cert_version=4\n" in section("Register", raised, "auditor")
    properties = {
        "scalar.dl.auditor.ledger.cert_version": "3",
        "scalar.dl.auditor.ledger.cert_holder_id": "l",
    }
    found = section("Register", {"auditor": {"properties": properties}})
    assert "digital_signature.cert_version=3\n" in found
    assert "scalar.dl.client.entity.id=l\n" in found


def test_with_hmac_only_clients_register() -> None:
    found = section("Register", HMAC)
    assert "register-secret" in found
    assert "register-cert" not in found
    assert "scalar.dl.client.authentication.method=hmac\n" in found


def test_without_tls_clients_need_no_authority() -> None:
    assert ".tls." not in section("Register", PLAIN)
    assert "openssl s_client" not in section("Verify", PLAIN)


@pytest.mark.parametrize(
    ("over", "expected", "there"),
    [
        ({}, "get certificates", True),
        (GIVEN, "get certificates", False),
        ({}, "create secret generic lapis-metricsca", True),
        ({"monitoring": {"serviceMonitor": False}}, "create secret generic lapis-metricsca", False),
        ({}, "servicemonitors,prometheusrules", True),
        ({}, "horizontalpodautoscalers", False),
        (SCALED, "horizontalpodautoscalers", True),
        ({}, "-L topology.kubernetes.io/zone", True),
        ({}, "get service lapis-release-scalardl-envoy", True),
    ],
)
def test_what_is_verified_is_what_is_there(over: Over, expected: str, there: bool) -> None:
    assert (expected in section("Verify", over)) == there


def test_the_installation_is_verified_as_the_guides_say() -> None:
    found = " ".join(section("Verify").split())
    assert "`scalar.asset`" in found
    assert "3 of Ledger and 3 of Envoy, all `Running`" in found
    assert "EXTERNAL-IP" in found
    assert "networkpolicies,poddisruptionbudgets" in found
    assert "scalardl-harden last" in found
    assert "`auditor.asset_lock`" in " ".join(section("Verify", product="auditor").split())


def test_a_rollback_is_for_configuration_alone() -> None:
    found = " ".join(section("Operate").split())
    assert "does not support downgrading its schema" in found
    assert "helm rollback lapis-release '<revision>' --namespace lapis-namespace" in found


def test_pods_are_restarted_after_a_rotation() -> None:
    restart = "kubectl -n lapis-namespace rollout restart"
    assert (
        f"{restart} deployment/lapis-release-scalardl-ledger deployment/lapis-release-scalardl-envoy"
        in text()
    )
    auditor = "deployment/amber-release-scalardl-audit-auditor deployment/amber-release-scalardl-audit-envoy"
    assert auditor in text(product="auditor")


def test_ledger_is_paused_by_the_pinned_chart_and_autoscaling_frozen() -> None:
    found = section("Operate", SCALED)
    assert f"{ADMIN_CHART.name} --repo {CHART_REPOSITORY} --version {ADMIN_CHART.version}" in found
    assert (
        "--values pause.yaml --post-renderer scalardl-harden --post-renderer-args --profile=policy.json"
        in found
    )
    assert found.count('"selectPolicy": "Disabled"') == found.count('"selectPolicy": "Max"') == 4
    assert "selectPolicy" not in section("Operate")
    assert ADMIN_CHART.name not in text(SCALED, "auditor")
    assert "Ledger's administrators pause Ledger" in section("Operate", product="auditor")


def test_nodes_are_marked_again_where_the_provider_does_not() -> None:
    # EKS refuses the guides' taint on a node group; one of another domain it takes.
    assert "After new nodes" in section("Operate")
    other = {"nodePool": {"taint": {"key": "example.org/for", "value": "x", "effect": "NoSchedule"}}}
    assert "After new nodes" not in section("Operate", other)


def test_people_are_asked_what_no_program_can_tell() -> None:
    found = section("For people to decide")
    for row in (
        "load-test",
        "security-scanning",
        "staged-rollout",
        "ledger-client-checklist",
        "alert-thresholds",
    ):
        assert row in found


def test_the_teardown_begins_with_the_release_and_ends_with_the_network() -> None:
    steps = re.findall(r"^### [\d.]+ (.*)$", section("Tear down"), re.MULTILINE)
    order = [
        "ScalarDL",
        "namespace",
        "node groups",
        "cluster",
        "database",
        "bastion",
        "NAT gateways and the network",
    ]
    assert len(steps) == len(order)
    assert all(word in step for word, step in zip(order, steps, strict=True)), steps
    assert "kubectl -n monitoring delete secret lapis-metricsca" in section("Tear down")


def test_without_a_load_balancer_there_is_no_address_to_point_to() -> None:
    kind = Kind("test", "jdbc", "hmac", "none", "none")
    found = made_of_kind(kind, "ledger")["runbook.md"]
    assert "EXTERNAL-IP" not in found
    assert "load balancer" not in found
    assert "in a pod of the cluster" in found


def test_a_name_with_signs_of_markdown_does_no_harm() -> None:
    odd = "`rm` | <b>*Ops*</b> [x](y)"
    assert f"For `` {odd} ``, who administer" in flat({"ledger": {"administrativeDomain": odd}})
