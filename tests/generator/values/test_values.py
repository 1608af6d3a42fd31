"""The values of every kind of deployment: keys that the charts know, no secret, nothing said twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from generator.values import interface, schema, umbrella
from profiles.errors import ProfileError
from profiles.load import load
from profiles.models import DOMAINS, Product
from profiles.scalardl import LOADER_CHART, MONITORING_CHARTS, PRODUCT_CHARTS
from tests.conftest import CORPUS
from tests.generator.deployments import KINDS, Kind, of_kind, profile, values_of

each_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
each_product = pytest.mark.parametrize("product", DOMAINS)
DIGITAL = Kind("production", "jdbc", "digital-signature", "self-signed", "eks")
HMAC = DIGITAL._replace(method="hmac")


def chart_values(kind: Kind, folder: Path, product: Product) -> dict[str, Any]:
    values = umbrella.values(profile(kind, folder), product).data[PRODUCT_CHARTS[product].name]
    assert isinstance(values, dict)
    return values


def properties(text: str) -> dict[str, str]:
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def product_properties(kind: Kind, folder: Path, product: Product) -> dict[str, str]:
    return properties(chart_values(kind, folder, product)[product][f"{product}Properties"])


@each_kind
def test_every_key_is_one_that_the_charts_know(kind: Kind) -> None:
    for product in DOMAINS:
        values, known = values_of(kind, product).data, interface.defaults(product)
        known[LOADER_CHART.name]["enabled"] = False
        stated = {name: values[name] for name in known}
        assert interface.unknown(stated, known) == []


@each_kind
def test_the_released_schemas_accept_them(kind: Kind) -> None:
    folder = CORPUS / "interface"
    if not folder.is_dir():
        pytest.skip("not covered: the schemas of the released charts (no corpus here)")
    for product in DOMAINS:
        values = values_of(kind, product).data
        for chart in (PRODUCT_CHARTS[product], LOADER_CHART):
            released = json.loads(
                (folder / f"{chart.name}-{chart.version}" / "values.schema.json").read_text()
            )
            jsonschema.Draft7Validator(released).validate(values[chart.name])
        released = json.loads((folder / "envoy-2.6.0" / "values.schema.json").read_text())
        jsonschema.Draft7Validator(released).validate(values[PRODUCT_CHARTS[product].name]["envoy"])


@each_kind
def test_the_umbrella_schema_accepts_them(kind: Kind) -> None:
    for product in DOMAINS:
        jsonschema.validate(values_of(kind, product).data, schema.of(product))


@each_product
@pytest.mark.parametrize(
    "typo",
    [
        "scalardl.ledger.replicacount",
        "scalardl.envoy.service.typ",
        "schema-loading.schemaLoading.schema",
        "autoscalling",
    ],
)
def test_the_umbrella_schema_refuses_a_typo(product: Product, typo: str) -> None:
    values = umbrella.values(load("production"), product).data
    *above, key = (
        typo.replace("scalardl.", f"{PRODUCT_CHARTS[product].name}.")
        .replace("ledger.", f"{product}.")
        .split(".")
    )
    place = values
    for step in above:
        place = place[step]
    place[key] = 1
    with pytest.raises(jsonschema.ValidationError, match=key):
        jsonschema.validate(values, schema.of(product))


def repeated(values: dict[str, Any], defaults: dict[str, Any], above: str = "") -> list[str]:
    found = []
    for key, value in values.items():
        path = f"{above}.{key}".lstrip(".")
        if isinstance(value, dict) and isinstance(defaults.get(key), dict):
            found += repeated(value, defaults[key], path)
        elif key in defaults and value == defaults[key]:
            found.append(path.rpartition(".")[2])
        elif value in ({}, [], None, ""):
            found.append(f"{path} is empty")
    return found


# A decision of the profile is stated, whatever a chart takes for granted; a rollout's type belongs to its
# figures; and what the umbrella's hook reads is in no chart's defaults while that chart is off.
STATED = {"replicaCount", "type", "repository", "version", "pullPolicy", "schemaType"}


@each_kind
def test_no_default_is_repeated_and_no_block_is_empty(kind: Kind) -> None:
    for product in DOMAINS:
        values, known = values_of(kind, product).data, interface.defaults(product)
        assert set(repeated({name: values[name] for name in known}, known)) <= STATED


@each_kind
def test_the_text_is_stable_and_says_what_the_data_say(kind: Kind) -> None:
    for product in DOMAINS:
        text = umbrella.text(of_kind(kind), product)
        assert yaml.safe_load(text) == values_of(kind, product).data
        assert text == umbrella.text(of_kind(kind), product)
        assert all(line == line.rstrip() for line in text.splitlines())
        assert "\n\n\n" not in text


@each_kind
def test_the_two_domains_share_no_secret_and_name_each_other_by_address_only(kind: Kind) -> None:
    both = of_kind(kind).profile
    texts = {product: umbrella.text(of_kind(kind), product) for product in DOMAINS}
    for product, other in (("ledger", both.auditor), ("auditor", both.ledger)):
        strange = {other.namespace, other.database.url, other.database.uri, *(other.database.hosts or ())}
        strange |= set(other.secrets.model_dump().values()) - {both.auditor.secrets.ledger_ca}
        if kind.extends != "test":
            strange |= {other.cluster.name, other.administrative_domain}
        # The address, and the folder in which the chart mounts the CA of Ledger.
        rest = texts[product].replace(other.address, "").replace("/tls/scalardl-ledger/", "")
        found = {name for name in strange - {None} if name in rest}
        assert not found


@each_product
@pytest.mark.parametrize(
    ("storage", "point"),
    [
        ("dynamo", "ap-northeast-1"),
        ("cosmos", "https://OWNER-db.example.com:443/"),
        ("jdbc", "jdbc:mysql://OWNER-db.example.com:3306/OWNER"),
        ("cassandra", "OWNER-db-1.example.com,OWNER-db-2.example.com"),
    ],
)
def test_a_storage_is_reached_where_the_profile_says(
    product: Product, storage: str, point: str, tmp_path: Path
) -> None:
    found = product_properties(DIGITAL._replace(storage=storage), tmp_path, product)
    assert found["scalar.db.storage"] == storage
    assert found["scalar.db.contact_points"] == point.replace("OWNER", product)
    assert ("scalar.db.username" in found) == (storage != "cosmos")


@each_kind
def test_no_credential_stands_in_values(kind: Kind) -> None:
    for product in DOMAINS:
        values = values_of(kind, product).data
        found = properties(values[PRODUCT_CHARTS[product].name][product][f"{product}Properties"])
        found |= properties(values[LOADER_CHART.name]["schemaLoading"]["databaseProperties"])
        for name, value in found.items():
            if any(word in name for word in ("password", "username", "secret_key", "cipher_key", "license")):
                assert value.startswith("${env:")


@each_product
def test_the_default_credentials_are_never_rendered(product: Product, tmp_path: Path) -> None:
    values = umbrella.values(profile(HMAC, tmp_path), product).data
    secret = f"{product}-database"
    assert values[PRODUCT_CHARTS[product].name][product]["existingSecret"] == secret
    assert values[LOADER_CHART.name]["schemaLoading"]["existingSecret"] == secret


def test_ledger_proves_and_knows_auditor(tmp_path: Path) -> None:
    found = product_properties(DIGITAL, tmp_path, "ledger")
    assert found["scalar.dl.ledger.proof.enabled"] == "true"
    assert found["scalar.dl.ledger.auditor.enabled"] == "true"
    assert found["scalar.dl.ledger.proof.private_key_path"] == "/keys/private-key"


def test_auditor_calls_ledgers_load_balancer(tmp_path: Path) -> None:
    found = product_properties(DIGITAL, tmp_path, "auditor")
    assert found["scalar.dl.auditor.ledger.host"] == "ledger.scalardl.example.com"
    assert found["scalar.dl.auditor.tls.ca_root_cert_path"] == "/tls/scalardl-ledger/certs/ca.crt"
    assert (
        chart_values(DIGITAL, tmp_path, "auditor")["auditor"]["tls"]["caRootCertForLedgerSecret"]
        == "ledger-ca"
    )


@each_product
def test_hmac_is_on_in_properties_and_mounts_no_key(product: Product, tmp_path: Path) -> None:
    values = chart_values(HMAC, tmp_path, product)[product]
    found = properties(values[f"{product}Properties"])
    assert found[f"scalar.dl.{product}.authentication.method"] == "hmac"
    assert (
        found[f"scalar.dl.{product}.servers.authentication.hmac.secret_key"]
        == "${env:SCALAR_DL_HMAC_SECRET_KEY}"
    )
    assert "ledgerProofEnabled" not in values.get("scalarLedgerConfiguration", {})
    assert values.get("authentication", {"method": "hmac"}) == {"method": "hmac"}
    assert not [name for name, value in found.items() if value.startswith("/keys/")]


@each_product
def test_a_certificate_names_the_hosts_that_are_called(product: Product, tmp_path: Path) -> None:
    values = chart_values(DIGITAL, tmp_path, product)
    own, envoy = values[product]["tls"], values["envoy"]["tls"]
    assert own["certManager"]["dnsNames"] == ["localhost", own["overrideAuthority"]]
    assert envoy["upstream"]["overrideAuthority"] == own["overrideAuthority"]
    assert f"{product}.scalardl.example.com" in envoy["downstream"]["certManager"]["dnsNames"]


@each_product
def test_rolling_takes_one_pod_at_a_time_and_no_node_more(product: Product, tmp_path: Path) -> None:
    pool = {"nodes": 16, "nodeSize": {"cpu": "4", "memory": "8Gi"}}
    for count in (3, 4, 7, 16):
        resolved = profile(DIGITAL, tmp_path, nodePool=pool, replicas={"product": count, "envoy": 3})
        strategy = umbrella.values(resolved, product).data[PRODUCT_CHARTS[product].name][product]["strategy"]
        share = int(strategy["rollingUpdate"]["maxUnavailable"].rstrip("%"))
        # https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-unavailable rounds down.
        assert count * share // 100 == 1
        assert strategy["rollingUpdate"]["maxSurge"] == "0%"


@each_product
@pytest.mark.parametrize(
    ("provider", "key"),
    [
        ("eks", "service.beta.kubernetes.io/aws-load-balancer-internal"),
        ("aks", "service.beta.kubernetes.io/azure-load-balancer-internal"),
        ("gke", "networking.gke.io/load-balancer-type"),
    ],
)
def test_the_load_balancer_is_internal(product: Product, provider: str, key: str, tmp_path: Path) -> None:
    service = chart_values(DIGITAL._replace(provider=provider), tmp_path, product)["envoy"]["service"]
    assert service["type"] == "LoadBalancer"
    assert service["annotations"][key] in ("true", "Internal")


@each_product
def test_autoscalers_are_those_of_the_profile(product: Product, tmp_path: Path) -> None:
    more = {"autoscaling": {"maxReplicas": {"product": 6, "envoy": 4}}, "nodePool": {"nodes": 6}}
    scaling = umbrella.values(profile(DIGITAL, tmp_path, **more), product).data["autoscaling"]
    assert scaling["product"] == {"minReplicas": 3, "maxReplicas": 6}
    assert scaling["envoy"] == {"minReplicas": 3, "maxReplicas": 4}
    assert (scaling["cpuPercent"], scaling["memoryPercent"], scaling["scaleDownSeconds"]) == (70, 80, 300)


def test_the_monitoring_chart_keeps_what_the_profile_says(tmp_path: Path) -> None:
    resolved = profile(DIGITAL, tmp_path, monitoring={"stack": {}})
    stack = umbrella.values(resolved, "ledger").data[MONITORING_CHARTS["ledger"].name]
    assert stack["prometheus"]["server"]["retention"] == "30d"
    assert stack["prometheus"]["server"]["persistentVolume"]["size"] == "50Gi"


def test_images_of_a_mirror_are_used(tmp_path: Path) -> None:
    images = {"ledger": {"repository": "registry.acme.example/ledger", "version": "3.13.1"}}
    values = umbrella.values(profile(DIGITAL, tmp_path, images=images), "ledger").data["scalardl"]
    assert values["ledger"]["image"] == {"repository": "registry.acme.example/ledger", "version": "3.13.1"}


def test_without_auditor_mode_there_is_no_auditor(tmp_path: Path) -> None:
    resolved = profile(DIGITAL, tmp_path, auditorMode=False)
    assert "scalar.dl.ledger.auditor" not in umbrella.text(resolved, "ledger")
    with pytest.raises(ProfileError, match="auditorMode is false"):
        umbrella.values(resolved, "auditor")


@each_kind
def test_over_the_shipped_chart_nothing_of_its_own_values_stays(kind: Kind) -> None:
    for product in DOMAINS:
        shipped = umbrella.values(load(umbrella.SHIPPED), product).data
        over = umbrella.over_shipped(of_kind(kind), product).data
        known = interface.defaults(product)
        expected = as_helm(known, values_of(kind, product).data)
        assert as_helm(known, interface.laid(shipped, over)) == expected


def as_helm(defaults: dict[str, Any], values: dict[str, Any]) -> Any:
    """What templates see: values over defaults, without keys that are null, and without empty maps."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {key: bare(below) for key, below in value.items() if below is not None}
            return {key: below for key, below in kept.items() if below != {}}
        return value

    return bare(interface.laid(defaults, values))


@each_product
def test_the_loader_makes_tables_where_the_product_looks_for_them(product: Product, tmp_path: Path) -> None:
    prefix = {"scalar.db.dynamo.namespace.prefix": "prod_", f"scalar.dl.{product}.name": "main"}
    more: dict[str, Any] = {
        product: {"properties": prefix, "database": {"storage": "dynamo", "region": "eu-west-1"}}
    }
    values = umbrella.values(profile(DIGITAL._replace(storage="dynamo"), tmp_path, **more), product).data
    found = properties(values[LOADER_CHART.name]["schemaLoading"]["databaseProperties"])
    assert found["scalar.db.dynamo.namespace.prefix"] == "prod_"
    assert f"scalar.dl.{product}.name" not in found


def test_a_variable_that_a_property_names_comes_from_the_secret(tmp_path: Path) -> None:
    token = {"scalar.db.multi_storage.storages.x.password": "${env:MY_TOKEN}"}
    resolved = profile(DIGITAL, tmp_path, ledger={"properties": token})
    assert (
        umbrella.values(resolved, "ledger").data["scalardl"]["ledger"]["secretName"] == "ledger-environment"
    )


def test_what_java_reads_as_latin_1_is_escaped(tmp_path: Path) -> None:
    resolved = profile(DIGITAL, tmp_path, auditor={"certificateHolder": "監 😀"})
    text = umbrella.values(resolved, "ledger").data["scalardl"]["ledger"]["ledgerProperties"]
    # https://docs.oracle.com/javase/8/docs/api/java/util/Properties.html#load-java.io.InputStream-
    assert "cert_holder_id=\\u76e3 \\ud83d\\ude00\n" in text


@each_product
def test_an_exemption_takes_nothing_from_the_hook(product: Product, tmp_path: Path) -> None:
    exempt = {"rule": "network-policies", "kind": "Job", "name": "*", "reason": "once", "until": "2020-01-01"}
    resolved = profile(DIGITAL, tmp_path, exemptions=[exempt])
    assert umbrella.values(resolved, product).data["loader"]["networkPolicy"]["egress"]


@each_product
def test_one_pod_at_a_time_however_many_the_autoscaler_made(product: Product, tmp_path: Path) -> None:
    more = {"autoscaling": {"maxReplicas": {"product": 9, "envoy": 9}}, "nodePool": {"nodes": 9}}
    values = umbrella.values(profile(DIGITAL, tmp_path, **more), product).data
    strategy = values[PRODUCT_CHARTS[product].name][product]["strategy"]["rollingUpdate"]
    share = int(strategy["maxUnavailable"].rstrip("%"))
    # Where it and maxSurge come to 0, Kubernetes takes 1 for it.
    assert {max(count * share // 100, 1) for count in range(3, 10)} == {1}


@each_product
def test_the_authority_outlives_what_it_signs(product: Product, tmp_path: Path) -> None:
    resolved = profile(DIGITAL, tmp_path, tls={"mode": "self-signed", "duration": "87600h"})
    made = umbrella.values(resolved, product).data[PRODUCT_CHARTS[product].name][product]["tls"][
        "certManager"
    ]
    assert made["selfSigned"]["caRootCert"] == {"duration": "876000h0m0s", "renewBefore": "175200h0m0s"}
