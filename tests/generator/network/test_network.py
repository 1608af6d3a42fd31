"""Who may talk to whom in releases of the stand-in charts, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.generator.commands import Command as Network
from tests.generator.network.conftest import TEAM
from tests.proof.reachability.releases import RELEASES, declaring

Write = Callable[..., Path]
ENVOY, LEDGER = "Deployment demo-scalardl-envoy", "Deployment demo-scalardl-ledger"
ADMIN = "CronJob demo-scalar-admin-for-kubernetes"


def told(data: Any) -> set[tuple[str, str, str]]:
    """Who to whom, at which ports, and nothing else."""
    return {
        (
            one["from"]["name"],
            one["to"]["name"],
            " ".join(f"{p['protocol']}:{p['first']}-{p['last']}" for p in one["ports"]),
        )
        for one in data["connections"]
    }


@pytest.mark.parametrize("profile", ["production", "test"])
@pytest.mark.parametrize("name", RELEASES)
def test_a_hardened_release_is_well(name: str, profile: str, network: Network, hardened: Write) -> None:
    run = network(hardened(name, profile), "--profile", profile)
    assert (run.code, run.err) == (0, "")
    assert "declared flows pass, and nothing else is open" in run.out.splitlines()[-1]


def test_a_ledger_s_connections_are_those_of_its_documentation(
    network: Network, hardened: Write, tmp_path: Path
) -> None:
    run = network(
        hardened("ledger", declaring(tmp_path)), "--profile", declaring(tmp_path), "--format", "json"
    )
    assert run.code == 0
    dns = "TCP:53-53 UDP:53-53"
    assert told(run.data) == {
        (ENVOY, LEDGER, "TCP:50051-50052"),
        (ADMIN, LEDGER, "TCP:50053-50053"),
        ("scalar-admin", LEDGER, "TCP:50053-50053"),
        ("clients", ENVOY, "TCP:50051-50052"),
        ("the other domain", ENVOY, "TCP:50051-50052"),
        ("monitoring", ENVOY, "TCP:9001-9001"),
        ("monitoring", LEDGER, "TCP:8080-8080"),
        (ENVOY, "DNS", dns),
        (LEDGER, "DNS", dns),
        (ADMIN, "DNS", dns),
        (LEDGER, "the databases", "TCP:9042-9042"),
        (ADMIN, "the API server", "TCP:443-443 TCP:6443-6443"),
        (ADMIN, "Ledger and Auditor", "TCP:40053-40053 TCP:50053-50053"),
    }


def test_without_policies_everything_is_open(network: Network, rendered: Write) -> None:
    run = network(rendered("ledger"))
    assert run.code == 1
    assert "no NetworkPolicy is in these manifests: everything is open" in run.out
    assert f"open    Ingress of {LEDGER}: no NetworkPolicy limits it" in run.out
    assert "-> pipe the manifests through scalardl-harden" in run.out


def test_what_a_team_s_policy_blocks_is_told_with_its_cure(network: Network, rendered: Write) -> None:
    run = network(rendered("ledger", TEAM), "--format", "json")
    wrong = [one for one in run.data["wrong"] if one["kind"] == "blocked"]
    assert [one["what"].split(",")[0] for one in wrong] == [
        f"clients -> {ENVOY}",
        f"the other domain -> {ENVOY}",
        f"monitoring -> {ENVOY}",
    ]
    assert "admit it in a NetworkPolicy" in wrong[0]["cure"]


def test_what_is_open_beyond_a_declared_flow_is_told(network: Network, hardened: Write) -> None:
    path = hardened("ledger")
    path.write_text(path.read_text() + "---\n" + TEAM.replace("port: 50051", "port: 22"))
    run = network(path, "--format", "json")
    assert run.code == 1
    (one,) = run.data["wrong"]
    assert one["kind"] == "open"
    assert "NetworkPolicy scalardl/team ingress[0].from[0] admits 10.1.0.0/16 on TCP 22" in one["what"]
    assert ("10.1.0.0/16", ENVOY, "TCP:22-22") in told(run.data)


def test_a_load_balancer_that_hides_callers_lets_anybody_in(network: Network, hardened: Write) -> None:
    run = network(hardened("ledger behind a load balancer"), "--format", "json")
    through = {one["from"]["name"] for one in run.data["connections"] if one["through"]}
    assert through == {"any address", "clients", "the other domain"}
    assert any("hides who calls" in note for note in run.data["notes"])


def test_pods_on_their_host_s_network_are_open(network: Network, hardened: Write) -> None:
    path = hardened("ledger")
    text = path.read_text()
    # In the pod of Envoy's Deployment alone.
    head, mark, rest = text.partition("      serviceAccountName: demo-scalardl-envoy")
    path.write_text(f"{head}      hostNetwork: true\n{mark}{rest}" if mark else text)
    run = network(path)
    assert mark, "the stand-in names the ServiceAccount"
    assert run.code == 1
    assert f"note: {ENVOY} has its node's network" in " ".join(run.out.split())


def test_the_rows_of_a_terminal_stay_within_their_width(network: Network, hardened: Write) -> None:
    run = network(hardened("ledger"))
    assert max(map(len, run.out.splitlines())) <= 100


def test_no_colours_but_on_a_terminal(network: Network, hardened: Write) -> None:
    assert "\033" not in network(hardened("ledger")).out


def test_colours_where_they_are_asked_for(network: Network, hardened: Write) -> None:
    assert "\033[32mall 14 declared flows pass" in network(hardened("ledger"), FORCE_COLOR="1").out


def test_no_colours_where_nobody_wants_them(network: Network, hardened: Write) -> None:
    assert "\033" not in network(hardened("ledger"), FORCE_COLOR="1", NO_COLOR="1").out
