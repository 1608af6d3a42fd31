"""What a runbook says is still open, and what its reader has to bring."""

from __future__ import annotations

import re

import pytest

from profiles.models import DOMAINS
from tests.generator.bundle.domains import Over, made_of_kind
from tests.generator.bundle.reading import BLOCK, section, text
from tests.generator.bundle.test_folder import OPERATOR
from tests.generator.deployments import KINDS, Kind, of_kind


def opened(over: Over | None = None) -> str:
    return " ".join(section("Still open", over).split())


@pytest.mark.parametrize("kind", KINDS[::7], ids=str)
def test_what_is_still_open_comes_first(kind: Kind) -> None:
    for product in DOMAINS:
        domain = of_kind(kind).profile.domain(product)
        opened = (
            made_of_kind(kind, product)["runbook.md"].partition("## 0. Still open")[2].partition("\n## ")[0]
        )
        if kind.extends == "test" and kind.provider == "none":
            continue  # what is left open of a throw-away cluster is not asked
        assert opened
        for place in (
            domain.address,
            domain.database.url,
            domain.database.uri,
            *(domain.database.hosts or ()),
        ):
            if place and "example.com" in place:
                assert f"`{place}`" in opened
        if kind.extends != "test":
            assert "network.clients is not declared" in " ".join(opened.split())


def test_words_that_only_the_reader_knows_are_listed() -> None:
    opened = section("Still open")
    body = text().replace(opened, "")
    found = set(re.findall(r"'(<[a-z-]+>)'", "\n".join(BLOCK.findall(body))))
    assert len(found) > 3
    assert {f"`{word}`" for word in found} <= set(re.findall(r"`<[a-z-]+>`", opened))


@pytest.mark.parametrize(
    ("over", "asked"),
    [
        ({}, True),
        ({"kubernetesVersion": "1.33"}, False),
        ({"ledger": {"kubernetesVersion": "1.33"}}, False),
        ({"ledger": {"cluster": {"provider": "none"}}}, False),
    ],
    ids=["undeclared", "declared", "declared for the domain", "no provider that withdraws it"],
)
def test_a_version_of_kubernetes_that_nobody_chose_is_open(over: Over, asked: bool) -> None:
    assert ("write ledger.kubernetesVersion" in opened(over)) == asked


@pytest.mark.parametrize(("mode", "asked"), [("none", True), ("self-signed", False)])
def test_two_domains_without_tls_are_warned_of(mode: str, asked: bool) -> None:
    assert ("TLS is off" in opened({"tls": {"mode": mode}})) == asked


BROUGHT: dict[str, tuple[Over, str, str]] = {
    "cluster issuer": (
        {"tls": {"mode": "cluster-issuer", "issuer": "corp-ca"}},
        "the ClusterIssuer `corp-ca`",
        "kubectl get clusterissuer corp-ca\n",
    ),
    "issuer": (
        {"tls": {"mode": "issuer", "issuer": "corp-ca"}},
        "the Issuer `corp-ca`",
        "kubectl -n lapis-namespace get issuer corp-ca\n",
    ),
    "store": (
        {"externalSecrets": {"store": "vault"}, **OPERATOR},
        "the ClusterSecretStore `vault`",
        "kubectl get clustersecretstore vault\n",
    ),
}


@pytest.mark.parametrize(("over", "named", "looked"), BROUGHT.values(), ids=BROUGHT.keys())
def test_what_nothing_here_makes_is_named_and_looked_for_before_it_is_used(
    over: Over, named: str, looked: str
) -> None:
    assert named in opened(over)
    assert looked in text(over).partition("## 7. Install")[0]


def test_what_is_made_here_is_not_brought() -> None:
    assert "You bring" not in opened()
