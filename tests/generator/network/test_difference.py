"""What one rendering opens and closes against another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.generator.commands import Command as Network
from tests.generator.network.conftest import TEAM

Write = Callable[..., Path]
ENVOY, LEDGER = "Deployment demo-scalardl-envoy", "Deployment demo-scalardl-ledger"


def test_nothing_differs_from_itself(network: Network, hardened: Write) -> None:
    path = hardened("ledger")
    run = network("--diff", path, path)
    assert (run.code, run.out) == (0, "nothing is opened, and nothing is closed\n")


def test_policies_written_in_another_way_differ_in_nothing(network: Network, tmp_path: Path) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ns, labels: {app: a}}\nspec: {}\n---\n"
    whole = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: ns}
spec:
  podSelector: {}
  ingress:
    - from: [{ipBlock: {cidr: 10.0.0.0/8}}]
      ports: [{port: 80, endPort: 81}]
"""
    halves = whole.replace("10.0.0.0/8}}", "10.0.0.0/9}}, {ipBlock: {cidr: 10.128.0.0/9}}").replace(
        "port: 80, endPort: 81", "port: 80}, {port: 81"
    )
    (tmp_path / "old.yaml").write_text(pod + whole)
    (tmp_path / "new.yaml").write_text(pod + halves)
    assert network("--diff", tmp_path / "old.yaml", tmp_path / "new.yaml").code == 0


def test_a_policy_that_comes_opens_exactly_what_it_admits(network: Network, hardened: Write) -> None:
    old = hardened("ledger")
    new = old.with_name("new.yaml")
    new.write_text(old.read_text() + "---\n" + TEAM.replace("50051}", "50050, endPort: 50052}"))
    run = network("--diff", old, new, "--format", "json")
    assert run.code == 1
    # Clients of 10.0.0.0/8 had the other two ports before.
    assert run.data["closed"] == []
    assert run.data["opened"] == [
        {
            "from": {"kind": "others", "name": "10.1.0.0/16", "peers": "10.1.0.0/16"},
            "to": {"kind": "workload", "name": ENVOY, "role": None, "namespace": "scalardl"},
            "ports": [{"protocol": "TCP", "first": 50050, "last": 50050}],
            "butFor": [],
            "through": None,
        }
    ]


def test_hardening_closes_and_opens_nothing(network: Network, rendered: Write, hardened: Write) -> None:
    run = network("--diff", rendered("ledger"), hardened("ledger"), "--format", "json")
    assert (run.code, run.data["opened"]) == (1, [])
    closed = {(one["from"]["name"], one["to"]["name"]): one for one in run.data["closed"]}
    assert closed["anybody", ENVOY]["butFor"] == [
        "10.0.0.0/8 on TCP 50051-50052",
        "172.16.0.0/12 on TCP 50051-50052",
        "192.168.0.0/16 on TCP 50051-50052",
        "any pod in namespace monitoring on TCP 9001",
    ]


def test_between_workloads_both_sides_count(network: Network, hardened: Write) -> None:
    old, new = hardened("ledger"), hardened("ledger at ports of its own")
    opened = network("--diff", old, new, "--format", "json").data["opened"]
    assert [
        (one["ports"][0]["first"], one["ports"][0]["last"])
        for one in opened
        if (one["from"]["name"], one["to"]["name"]) == (ENVOY, LEDGER)
    ] == [(60051, 60052)]


def test_a_load_balancer_opens_a_way(network: Network, hardened: Write) -> None:
    run = network("--diff", hardened("ledger"), hardened("ledger behind a load balancer"))
    assert run.code == 1
    assert "opened  any address -> Deployment demo-scalardl-envoy" in run.out
    assert run.out.endswith("3 opened, 0 closed\n")


def test_workloads_that_come_and_go_are_named(network: Network, hardened: Write) -> None:
    run = network("--diff", hardened("ledger"), hardened("ledger without envoy"))
    assert run.code == 1
    assert run.out.startswith(f"{ENVOY} is gone\n")


def test_old_may_come_from_stdin(network: Network, hardened: Write) -> None:
    path = hardened("ledger")
    assert network("--diff", "-", path, stdin=path.read_text()).code == 0


def test_stdin_is_no_two_renderings(network: Network) -> None:
    run = network("--diff", "-", "-")
    assert (run.code, run.err[:10]) == (2, "--diff - -")


def test_a_difference_stands_alone(network: Network, hardened: Write) -> None:
    path = hardened("ledger")
    assert network(path, "--diff", path, path).code == 2
