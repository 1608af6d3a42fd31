"""What the two domains trade: networks before they are connected, certificates, a key in common."""

from __future__ import annotations

import re

import pytest

from profiles.domains import OTHER
from profiles.models import DOMAINS, Product
from tests.generator.bundle.domains import Over, load_with
from tests.generator.bundle.reading import flat, section, titles
from tests.generator.bundle.test_folder import VARIED
from tests.generator.bundle.test_sections import ALONE, GIVEN, HMAC, PLAIN, STORE
from tests.generator.deployments import PROVIDERS

each_product = pytest.mark.parametrize("product", DOMAINS)


def exchange(over: Over, product: Product) -> str:
    return section(f"Exchange with {OTHER[product].title()}'s administrators", over, product)


def steps(text: str) -> list[str]:
    return re.findall(r"^### [\d.]+ (.*)$", text, re.MULTILINE)


@pytest.mark.parametrize(
    "over", [{}, GIVEN, HMAC, PLAIN, STORE], ids=["self-signed", "given", "hmac", "plain", "store"]
)
@each_product
def test_what_is_handed_over_and_what_never(over: Over, product: Product) -> None:
    other = OTHER[product].title()
    found = " ".join(section(f"Exchange with {other}'s administrators", over, product).split())
    own = load_with(over).profile.domain(product)
    assert f"the address `{own.address}`" in found
    assert "Never: a private key, a password, a token" in found
    assert ("signed Envoy's certificate" in found) == (own.tls.mode != "none")
    assert (f"{product}-certificate.pem" in found) == (over != HMAC)
    assert ("hmac-secret-key" in found) == (over == HMAC)
    assert ("openssl x509" in found) == (over != PLAIN or over != HMAC)
    assert "kubectl -n " + own.namespace + " get secret" in found or own.tls.mode in ("none", "secrets")


def test_what_the_other_side_gives_becomes_a_secret_only_then() -> None:
    before = section("Namespace and Secrets", HMAC, "auditor")
    after = section("Exchange with Ledger's administrators", HMAC, "auditor")
    for name in ("amber-environment", "amber-authority-of-the-other"):
        assert f"create secret generic {name}" not in before
        assert f"create secret generic {name}" in after


def test_without_an_auditor_there_is_nobody_to_exchange_with() -> None:
    assert "5. Charts" in titles(ALONE)
    assert "Auditor" not in re.sub(r"neither.*", "", flat({**ALONE, **PLAIN}))


@pytest.mark.parametrize("provider", PROVIDERS)
@each_product
def test_networks_are_traded_before_they_are_connected(provider: str, product: Product) -> None:
    found = steps(exchange(VARIED[provider], product))
    assert found[0] == "Trade what the networks are called"
    connected = f"Connect the network with that of {OTHER[product].title()}"
    assert found[1] == connected
    # The clients' networks are connected with the cluster; the other domain may have none yet.
    assert connected not in steps(section("Cluster", VARIED[provider], product))


@pytest.mark.parametrize("provider", PROVIDERS)
@each_product
def test_what_one_side_needs_of_the_network_the_other_gives(provider: str, product: Product) -> None:
    other = OTHER[product]
    trade, _, connect = exchange(VARIED[provider], product).partition(
        f" Connect the network with that of {other.title()}"
    )
    used = set(re.findall(rf"<[a-z-]+-of-{other}>", connect.partition("\n### ")[0]))
    assert used or provider == "none"
    asked = trade.partition("They give you")[2]
    given = exchange(VARIED[provider], other).partition("They give you")[0]
    assert {word for word in used if f"`{word}`" in asked} == used
    assert {word for word in used if f"| `{word}` |" in given} == used


@pytest.mark.parametrize(
    ("provider", "command"),
    [
        ("eks", "aws sts get-caller-identity --query Account --output text"),
        ("aks", "az network vnet show --resource-group lapis-cluster --name lapis-cluster --query id"),
        ("gke", "gcloud config get project"),
    ],
)
def test_what_the_network_is_called_is_printed(provider: str, command: str) -> None:
    assert command in exchange(VARIED[provider], "ledger")


def test_a_client_whose_name_has_ledgers_in_it_is_no_party_to_the_trade() -> None:
    client = {"name": "ledger-portal", "administrativeDomain": "portal", "networks": ["10.61.0.0/16"]}
    over = {"clients": [client]}
    assert "ledger-portal" not in exchange(over, "auditor")
    assert "Connect the network with that of ledger-portal" in steps(section("Cluster", over, "auditor"))


def test_networks_that_are_not_connected_are_not_traded() -> None:
    one = {owner: {"cluster": {"name": "one"}} for owner in DOMAINS}
    assert "Trade what" not in flat({**one, "separation": "advised"})
