"""Hardened releases: what ScalarDL needs passes, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from postrender.proof.reachability import parties, ports
from postrender.proof.reachability.declared import blocked, components, flows, open_beyond
from postrender.proof.reachability.verdict import verdict
from postrender.proof.reachability.world import Endpoint
from tests.conftest import ROOT
from tests.proof.reachability.releases import (
    OTHERS,
    PROFILES,
    RELEASES,
    declaring,
    policy,
    problems,
    seen,
    standing_in,
)
from tests.proof.reachability.worlds import named

pytest.importorskip("helm_python", reason="not covered: the stand-in charts (no Helm engine here)")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", RELEASES)
def test_all_declared_flows_pass_and_no_others(name: str, profile: str) -> None:
    assert problems(seen(standing_in(name, profile), profile), profile) == []


@pytest.mark.parametrize("name", RELEASES)
def test_all_declared_flows_pass_and_no_others_where_every_network_is_declared(
    name: str, tmp_path: Path
) -> None:
    profile = declaring(tmp_path)
    assert problems(seen(standing_in(name, profile), profile), profile) == []


CASES = sorted((ROOT / "tests" / "rules" / "network-policies").glob("*/expected.yaml"))


@pytest.mark.parametrize("expected", CASES, ids=lambda path: path.parent.name)
def test_the_rules_own_cases_block_no_declared_flow(expected: Path) -> None:
    own = expected.with_name("profile.yaml")
    profile = str(own) if own.exists() else "production"
    made = seen(expected.read_bytes().decode(), profile)
    stated = flows(made, policy(profile).network)
    assert [each.flow.text for each in blocked(made, stated)] == []


# The flows as they are documented, by hand: from, to, ports. Whoever is not in it does not get in.

LEDGER, ENVOY, ADMIN = "demo-scalardl-ledger", "demo-scalardl-envoy", "demo-scalar-admin-for-kubernetes"
AUDITOR, FRONT = "demo-scalardl-audit-auditor", "demo-scalardl-audit-envoy"
CLIENT, PARTNER, NODE, DATABASE, API, RESOLVER, WORLD = (
    "203.0.113.9", "198.51.100.9", "10.1.2.3", "10.2.0.7", "10.3.0.1", "10.4.0.10", "192.0.2.9",
)  # fmt: skip
NAMES = "TCP 53; UDP 53"
EVERYWHERE = {
    (ADMIN, "dns"): NAMES,
    (ADMIN, RESOLVER): NAMES,
    (ADMIN, API): "TCP 443, 6443",
}
LEDGER_SIDE = EVERYWHERE | {
    (CLIENT, ENVOY): "TCP 50051-50052",
    (PARTNER, ENVOY): "TCP 50051-50052",
    (ENVOY, LEDGER): "TCP 50051-50052",
    (ADMIN, LEDGER): "TCP 50053",
    ("prometheus", LEDGER): "TCP 8080",
    ("prometheus", ENVOY): "TCP 9001",
    (LEDGER, DATABASE): "TCP 9042",
    (LEDGER, "dns"): NAMES,
    (LEDGER, RESOLVER): NAMES,
    (ENVOY, "dns"): NAMES,
    (ENVOY, RESOLVER): NAMES,
}
AUDITOR_SIDE = EVERYWHERE | {
    (CLIENT, FRONT): "TCP 40051-40052",
    (FRONT, AUDITOR): "TCP 40051-40052",
    (ADMIN, AUDITOR): "TCP 40053",
    ("prometheus", AUDITOR): "TCP 8080",
    ("prometheus", FRONT): "TCP 9001",
    (AUDITOR, DATABASE): "TCP 9042",
    (AUDITOR, PARTNER): "TCP 50051-50052",
    (AUDITOR, "dns"): NAMES,
    (AUDITOR, RESOLVER): NAMES,
    (FRONT, "dns"): NAMES,
    (FRONT, RESOLVER): NAMES,
}
BEHIND = {"ledger": {(NODE, ENVOY): "TCP 50051-50052"}, "auditor": {(NODE, FRONT): "TCP 40051-40052"}}
ASKED = [
    ("TCP", number)
    for number in (53, 80, 443, 6443, 8080, 9001, 9042, 40051, 40052, 40053, 50051, 50052, 50053)
] + [("UDP", 53), ("UDP", 50051), ("SCTP", 50051)]


def documented(text: str) -> set[tuple[str, int]]:
    """`TCP 53, 80-81; UDP 53` as single ports."""
    found = set()
    for part in text.split("; "):
        protocol, _, numbers = part.partition(" ")
        for pair in numbers.split(", "):
            first, _, last = pair.partition("-")
            found |= {(protocol, number) for number in range(int(first), int(last or first) + 1)}
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ledger", LEDGER_SIDE),
        ("ledger behind a load balancer", LEDGER_SIDE | BEHIND["ledger"]),
        ("auditor", AUDITOR_SIDE),
        ("auditor behind a load balancer", AUDITOR_SIDE | BEHIND["auditor"]),
    ],
)
def test_the_documented_flows_pass_and_no_others(
    name: str, expected: dict[tuple[str, str], str], tmp_path: Path
) -> None:
    profile = declaring(tmp_path)
    watching = {**OTHERS[1], "metadata": {**OTHERS[1]["metadata"], "namespace": "watchers"}}
    made = seen(standing_in(name, profile), profile, OTHERS[0], watching, *OTHERS[2:])
    own = [one.workload.manifest.name for one in components(made)]
    inside: dict[str, Endpoint] = {one.workload.manifest.name: one for one in made.pods}
    outside = {
        text: parties.address(text) for text in (CLIENT, PARTNER, NODE, DATABASE, API, RESOLVER, WORLD)
    }
    found: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for source, one in (inside | outside).items():
        for destination, other in (inside | outside).items():
            for protocol, number in ASKED if source in own or destination in own else ():
                answer = verdict(made, one, other, number, protocol).allowed
                assert answer is not None
                if answer:
                    found.setdefault((source, destination), set()).add((protocol, number))
    assert found == {pair: documented(text) for pair, text in expected.items()}


# What the proof is for.


def flipped(text: str) -> str:
    assert "externalTrafficPolicy: Local" in text
    return text.replace("externalTrafficPolicy: Local", "externalTrafficPolicy: Cluster")


def test_a_load_balancer_that_hides_the_clients_blocks_them_and_the_cure_is_said(tmp_path: Path) -> None:
    path = tmp_path / "clients.yaml"
    path.write_text(
        "extends: production\nnetwork: {clients: [203.0.113.0/24], otherDomain: [198.51.100.0/24]}\n"
    )
    profile = str(path)
    text = standing_in("ledger behind a load balancer", profile)
    assert problems(seen(text, profile), profile) == []
    made = seen(flipped(text), profile)
    found = blocked(made, flows(made, policy(profile).network))
    assert [each.flow.text for each in found] == [
        f"{who} -> Deployment {ENVOY}, TCP 50051-50052 (through Service {ENVOY})"
        for who in ("clients", "the other domain")
    ]
    assert all(each.verdict.allowed is False for each in found)
    assert "set externalTrafficPolicy: Local" in found[0].verdict.because[0].text


def test_names_that_are_looked_up_over_udp_only_are_half_blocked() -> None:
    text = standing_in("ledger", "production")
    half = text.replace("    - protocol: TCP\n      port: 53\n", "")
    assert half != text
    made = seen(half, "production")
    found = blocked(made, flows(made, policy("production").network))
    assert {(each.flow.destination.title, ports.text(each.ports)) for each in found} == {("DNS", "TCP 53")}


def test_without_its_policies_a_release_is_open_in_every_direction() -> None:
    kept = [
        part
        for part in standing_in("ledger", "production").split("---\n")
        if "kind: NetworkPolicy" not in part
    ]
    made = seen("---\n".join(kept), "production")
    stated = flows(made, policy("production").network)
    assert blocked(made, stated) == []
    found = open_beyond(made, components(made), stated)
    assert sorted(each.text for each in found) == sorted(
        f"{direction} of {kind}: no NetworkPolicy limits it"
        for kind in (f"Deployment {LEDGER}", f"Deployment {ENVOY}", f"CronJob {ADMIN}")
        for direction in ("Ingress", "Egress")
    )


def test_a_team_policy_that_opens_the_admin_port_is_found() -> None:
    team = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "team", "namespace": "scalardl"},
        "spec": {
            "podSelector": {},
            "ingress": [{"from": [{"namespaceSelector": {}}], "ports": [{"port": 50053}]}],
        },
    }
    made = seen(standing_in("ledger", "production"), "production", team)
    stated = flows(made, policy("production").network)
    (found,) = open_beyond(made, [named(made, LEDGER)], stated)
    assert found.text == (
        f"Ingress of Deployment {LEDGER}: NetworkPolicy scalardl/team ingress[0].from[0] admits any pod of "
        "the cluster on TCP 50053, of which some is not declared, such as pods with "
        "no app.kubernetes.io/name=scalar-admin-for-kubernetes of the cluster on TCP 50053"
    )
