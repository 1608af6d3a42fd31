"""TLS in the stand-ins: where certificates come from and who trusts whom, as in the released charts."""

from __future__ import annotations

import pytest

from tests.charts.parts import NAMES, PRODUCTS, environment, envoy, product, rendered, volume, volumes

SELF_SIGNED = {"enabled": True, "certManager": {"enabled": True, "selfSigned": {"enabled": True}}}
SECRETS = {
    "enabled": True,
    "caRootCertSecret": "authority",
    "certChainSecret": "chain",
    "privateKeySecret": "key",
}


@pytest.mark.parametrize("chart", PRODUCTS)
def test_tls_of_cert_manager_mounts_its_secret(chart: str) -> None:
    found = rendered(chart, {chart: {"tls": SELF_SIGNED}})
    certificate = found["Certificate", f"demo-{NAMES[chart]}-tls-cert"]["spec"]["secretName"]
    pod = product(chart, {"tls": SELF_SIGNED})["spec"]
    assert volume(pod, f"scalardl-{chart}-tls-volume")["secret"] == {"secretName": certificate}


@pytest.mark.parametrize("chart", PRODUCTS)
def test_tls_of_given_secrets_projects_the_three(chart: str) -> None:
    pod = product(chart, {"tls": SECRETS})["spec"]
    sources = volume(pod, f"scalardl-{chart}-tls-volume")["projected"]["sources"]
    assert [source["secret"]["name"] for source in sources] == ["authority", "chain", "key"]


@pytest.mark.parametrize("chart", PRODUCTS)
def test_every_issuer_of_a_self_signed_release_is_in_it(chart: str) -> None:
    values = {chart: {"tls": SELF_SIGNED}, "envoy": {"tls": {"downstream": SELF_SIGNED}}}
    found = rendered(chart, values)
    wanted = [data["spec"]["issuerRef"]["name"] for (kind, _), data in found.items() if kind == "Certificate"]
    assert len(wanted) == 3
    assert set(wanted) <= {name for kind, name in found if kind == "Issuer"}


def test_a_given_issuer_is_taken_as_it_is() -> None:
    issuer = {"name": "own", "kind": "ClusterIssuer"}
    found = rendered("ledger", {"ledger": {"tls": {"certManager": {"enabled": True, "issuerRef": issuer}}}})
    assert found["Certificate", "demo-scalardl-tls-cert"]["spec"]["issuerRef"] == issuer
    assert not [name for kind, name in found if kind == "Issuer"]


def test_certificates_alone_turn_no_tls_on() -> None:
    assert "scalardl-ledger-tls-volume" not in volumes(
        product("ledger", {"tls": {"certManager": {"enabled": True}}})["spec"]
    )


def test_without_ledgers_authority_auditor_trusts_its_own_certificate() -> None:
    pod = product("auditor", {"tls": SELF_SIGNED})["spec"]
    trusted = volume(pod, "scalardl-auditor-tls-for-ledger-volume")
    assert trusted["secret"] == volume(pod, "scalardl-auditor-tls-volume")["secret"]


def test_ledgers_authority_is_mounted_where_it_is_given() -> None:
    pod = product("auditor", {"tls": SECRETS | {"caRootCertForLedgerSecret": "of-ledger"}})["spec"]
    assert volume(pod, "scalardl-auditor-tls-for-ledger-volume")["secret"] == {"secretName": "of-ledger"}


@pytest.mark.parametrize("probe", ["startupProbe", "livenessProbe"])
@pytest.mark.parametrize("chart", PRODUCTS)
def test_probes_speak_tls(chart: str, probe: str) -> None:
    container = product(chart, {"tls": SECRETS | {"overrideAuthority": "own.example.com"}})["spec"][
        "containers"
    ][0]
    assert container[probe]["exec"]["command"][2:] == [
        "-tls",
        f"-tls-ca-cert=/tls/scalardl-{chart}/certs/ca.crt",
        "-tls-server-name=own.example.com",
    ]


def test_envoy_without_an_authority_trusts_its_own_certificate() -> None:
    pod = envoy("ledger", {"tls": {"upstream": {"enabled": True}}})
    assert volume(pod, "scalar-envoy-tls-upstream-volume")["secret"] == {
        "secretName": "demo-scalardl-envoy-tls-cert"
    }


def test_envoys_certificate_of_given_secrets_is_projected() -> None:
    secrets = {"enabled": True, "certChainSecret": "chain", "privateKeySecret": "key"}
    pod = envoy("auditor", {"tls": {"downstream": secrets}})
    sources = volume(pod, "scalar-envoy-tls-downstream-volume")["projected"]["sources"]
    assert [source["secret"]["name"] for source in sources] == ["chain", "key"]
    assert environment(pod)["envoy_downstream_tls"] == "true"
