"""namespace.yaml and external-secrets.yaml, against Kubernetes' schemas and the operator's fields."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator.bundle.secrets import needed
from profiles.models import DOMAINS, Product
from profiles.scalardl import PORTS
from tests.generator.bundle.domains import Over, load_with, made, made_of_kind
from tests.generator.deployments import KINDS, Kind, of_kind
from tests.schemas.validation import validate

each_product = pytest.mark.parametrize("product", DOMAINS)
STACK: Over = {
    "monitoring": {"serviceMonitor": False, "rules": False, "dashboards": False, "stack": {}},
}
STORE: Over = {"externalSecrets": {"store": "vault", "prefix": "team/scalardl/", "refresh": "30m"}}
OPERATOR: Over = {owner: {"cluster": {"addOns": {"externalSecrets": True}}} for owner in DOMAINS}
STORED: Over = {**STORE, **OPERATOR}


def objects(text: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(text))


def namespace(over: Over | None = None, product: Product = "ledger") -> list[dict[str, Any]]:
    return objects(made(over, product)["namespace.yaml"])


def stored(over: Over | None = None, product: Product = "ledger") -> dict[str, dict[str, Any]]:
    found = objects(made({**STORED, **(over or {})}, product)["external-secrets.yaml"])
    return {each["metadata"]["name"]: each for each in found}


@pytest.mark.parametrize("version", ["1.30", "1.37"])
@pytest.mark.parametrize("over", [{}, STACK], ids=["plain", "stack"])
@each_product
def test_kubernetes_accepts_the_namespace(over: Over, product: Product, version: str) -> None:
    assert validate(namespace(over, product), version) == []


@each_product
def test_the_namespace_is_restricted_at_the_declared_version(product: Product) -> None:
    first = namespace({"kubernetesVersion": "1.33"}, product)[0]
    assert first["metadata"]["name"] == {"ledger": "lapis-namespace", "auditor": "amber-namespace"}[product]
    assert first["metadata"]["labels"] == {
        f"pod-security.kubernetes.io/{mode}{ending}": value
        for mode in ("enforce", "audit", "warn")
        for ending, value in (("", "restricted"), ("-version", "v1.33"))
    }


@pytest.mark.parametrize(
    "over",
    [
        STACK,
        {"rules": {"pod-security": "check"}},
        {"exemptions": [{"rule": "pod-security", "kind": "Deployment", "name": "x", "reason": "agent"}]},
    ],
    ids=["monitoring stack", "not enforced", "exemption"],
)
def test_what_is_not_restricted_is_only_warned_of(over: Over) -> None:
    text = made(over)["namespace.yaml"]
    labels = objects(text)[0]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"
    assert (
        labels["pod-security.kubernetes.io/warn"]
        == labels["pod-security.kubernetes.io/audit"]
        == "restricted"
    )
    assert "warned of" in text


@each_product
def test_all_traffic_is_denied_by_default(product: Product) -> None:
    _, policy = namespace(product=product)
    # https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-ingress-and-all-egress-traffic
    assert policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert policy["metadata"]["namespace"] == f"{'lapis' if product == 'ledger' else 'amber'}-namespace"


@each_product
def test_a_monitoring_stack_gets_the_policies_that_it_brings_not(product: Product) -> None:
    _, deny, stack, metrics = namespace(STACK, product)
    assert deny["spec"]["podSelector"] == {}
    (names,) = stack["spec"]["podSelector"]["matchExpressions"]
    assert names["operator"] == "NotIn"
    chart = {"ledger": "scalardl", "auditor": "scalardl-audit"}[product]
    assert {chart, "schema-loading", "scalar-admin-for-kubernetes"} == set(names["values"])
    assert metrics["spec"]["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": chart}}
    (rule,) = metrics["spec"]["ingress"]
    assert [port["port"] for port in rule["ports"]] == [PORTS[product].metrics, 9001]


@pytest.mark.parametrize("kind", KINDS[::7], ids=str)
def test_without_a_store_no_external_secret_is_made(kind: Kind) -> None:
    for product in DOMAINS:
        assert "external-secrets.yaml" not in made_of_kind(kind, product)
        assert len(objects(made_of_kind(kind, product)["namespace.yaml"])) == 2


@pytest.mark.parametrize(
    "over",
    [{}, {"authentication": {"method": "hmac"}}, {"tls": {"mode": "secrets"}}],
    ids=["keys", "hmac", "given certificates"],
)
@each_product
def test_each_secret_that_a_store_can_hold_is_fetched(over: Over, product: Product) -> None:
    profile = load_with({**STORED, **over}).profile
    wanted = {secret.name: secret for secret in needed(profile, product) if not secret.copied_from}
    found = stored(over, product)
    assert found.keys() == wanted.keys()
    for name, each in found.items():
        assert (each["apiVersion"], each["kind"]) == ("external-secrets.io/v1", "ExternalSecret")
        assert each["metadata"]["namespace"] == wanted[name].namespace
        assert each["spec"]["secretStoreRef"] == {"name": "vault", "kind": "ClusterSecretStore"}
        assert each["spec"]["refreshInterval"] == "30m"
        assert each["spec"]["target"]["name"] == name
        assert each["spec"]["data"] == [
            {"secretKey": key.name, "remoteRef": {"key": f"team/scalardl/{name}", "property": key.name}}
            for key in wanted[name].keys
        ]


# Fields of the custom resource, as its page lists them: https://external-secrets.io/latest/api/spec/
FIELDS: dict[str, Any] = {
    "secretStoreRef": {"name": None, "kind": None},
    "refreshInterval": None,
    "target": {
        "name": None,
        "creationPolicy": None,
        "template": {"type": None, "mergePolicy": None, "data": None},
    },
    "data": {"secretKey": None, "remoteRef": {"key": None, "property": None}},
}


def unknown(value: Any, fields: Any) -> list[str]:
    if isinstance(value, list):
        return [name for each in value for name in unknown(each, fields)]
    if fields is None:
        return []
    wrong = [name for name in value if name not in fields]
    return wrong + [name for key in value if key in fields for name in unknown(value[key], fields[key])]


@each_product
def test_the_operator_knows_every_field(product: Product) -> None:
    cosmos = {"storage": "cosmos", "uri": "https://OWNER.example.net:443/"}
    uris = {
        owner: {"database": {**cosmos, "uri": f"https://{owner}.example.net:443/"}, **OPERATOR[owner]}
        for owner in DOMAINS
    }
    for each in stored({"tls": {"mode": "secrets"}, **uris}, product).values():
        assert unknown(each["spec"], FIELDS) == []


def test_types_that_are_not_opaque_are_stated() -> None:
    types = {
        name: each["spec"]["target"].get("template", {}).get("type", "Opaque")
        for name, each in stored({"tls": {"mode": "secrets"}}).items()
    }
    assert types == {
        "lapis-pull": "kubernetes.io/dockerconfigjson",
        "lapis-database": "Opaque",
        "lapis-keys": "Opaque",
        "lapis-producttls": "kubernetes.io/tls",
        "lapis-envoytls": "kubernetes.io/tls",
        "lapis-metricsca": "Opaque",
    }


def test_the_user_that_cosmos_does_not_know_is_empty() -> None:
    database = {"storage": "cosmos", "uri": "https://a.example.net:443/"}
    spec = stored({"ledger": {"database": database, **OPERATOR["ledger"]}})["lapis-database"]["spec"]
    assert [entry["secretKey"] for entry in spec["data"]] == ["db-password"]
    # Merge: what was fetched stays beside what the template has.
    assert spec["target"]["template"] == {"mergePolicy": "Merge", "data": {"db-username": ""}}


@pytest.mark.parametrize("kind", KINDS[::7], ids=str)
def test_no_file_holds_a_secret_of_kubernetes(kind: Kind) -> None:
    for product in DOMAINS:
        for path, text in made_of_kind(kind, product).items():
            assert "kind: Secret\n" not in text, path
    assert of_kind(kind).profile.external_secrets is None
