"""One connection: the answer, the reasons, and names that mean nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.generator.commands import Command as Network
from tests.proof.reachability.releases import declaring

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("source", "destination", "port", "code"),
    [
        ("clients", "envoy", "50051", 0),
        ("clients", "Deployment/demo-scalardl-envoy", "50052/tcp", 0),
        ("203.0.113.9", "demo-scalardl-envoy", "50051", 0),
        ("203.0.113.0/25", "envoy", "50051", 0),
        ("envoy", "ledger", "50051", 0),
        ("scalardl/Deployment/demo-scalardl-envoy", "ledger", "50052", 0),
        ("ledger", "databases", "9042", 0),
        ("the other domain", "envoy", "50051", 0),
        ("other-domain", "envoy", "50051", 0),
        ("monitoring", "ledger", "8080", 0),
        ("ledger", "dns", "53/udp", 0),
        ("admin", "api-server", "6443", 0),
        ("kubelet", "ledger", "50051", 0),
        ("clients", "ledger", "50051", 1),
        ("203.0.112.255", "envoy", "50051", 1),
        ("203.0.112.0/23", "envoy", "50051", 1),
        ("any", "envoy", "50051", 1),
        ("ledger", "dns", "53/sctp", 1),
        ("envoy", "databases", "9042", 1),
        ("nodes", "ledger", "50051", 1),
    ],
)
def test_the_exit_code_is_the_answer(
    source: str, destination: str, port: str, code: int, network: Network, hardened: Write, tmp_path: Path
) -> None:
    profile = declaring(tmp_path)
    run = network(
        hardened("ledger", profile),
        "--profile", profile, "--from", source, "--to", destination, "--port", port,
    )  # fmt: skip
    assert (run.code, run.err) == (code, "")
    assert run.out.startswith("yes:" if code == 0 else ("no:", "in part"))


def test_the_rule_that_admits_is_named(network: Network, hardened: Write) -> None:
    run = network(hardened("ledger"), "--from", "envoy", "--to", "ledger", "--port", "50051")
    words = " ".join(run.out.split())
    assert "out NetworkPolicy scalardl/demo-scalardl-envoy egress[1].to[0] admits" in words
    assert "in NetworkPolicy scalardl/demo-scalardl-ledger ingress[0].from[0] admits" in words


def test_what_isolates_is_named_and_a_near_miss(network: Network, hardened: Write) -> None:
    run = network(
        hardened("ledger"), "--from", "envoy", "--to", "ledger", "--port", "50053", "--format", "json"
    )
    effects = {(one["direction"], one["effect"]) for one in run.data["ways"][0]["reasons"]}
    assert run.data["allowed"] == "no"
    assert effects >= {("Ingress", "isolates"), ("Ingress", "other peer"), ("Ingress", "other port")}


def test_through_a_service_that_hides_its_callers_another_answer_counts(
    network: Network, hardened: Write
) -> None:
    path = hardened("ledger behind a load balancer")
    run = network(path, "--from", "203.0.113.9", "--to", "envoy", "--port", "50051", "--format", "json")
    assert [(way["through"], way["allowed"]) for way in run.data["ways"]] == [
        ("Service demo-scalardl-envoy", "yes"),
        (None, "no"),
    ]
    assert (run.code, run.data["allowed"]) == (0, "yes")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("clients", "enovy", "1"), "--to enovy: nobody is called so; did you mean envoy? known here: "),
        (("monitring", "envoy", "1"), "--from monitring: nobody is called so; did you mean monitoring?"),
        (("x\033[31m", "envoy", "1"), "--from x?[31m: nobody is called so"),
        (("10.0.0.300", "envoy", "1"), "--from '10.0.0.300' is no IP address"),
        (("10.0.0.0/33", "envoy", "1"), "--from 10.0.0.0/33: "),
        (("clients", "envoy", "0"), "--port 0: ports are from 1 to 65535"),
        (("clients", "envoy", "65536"), "--port 65536: ports are from 1 to 65535"),
        (("clients", "envoy", "53/icmp"), "--port 53/icmp: icmp is none of tcp, udp, sctp"),
        (("clients", "envoy", "http"), "--port http: no port; write its number"),
        (("clients", "dns", "53"), "--from and --to: neither is a workload of these manifests"),
    ],
)
def test_what_means_nobody_is_refused(
    asked: tuple[str, str, str], said: str, network: Network, hardened: Write
) -> None:
    source, destination, port = asked
    run = network(hardened("ledger"), "--from", source, "--to", destination, "--port", port)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith(said)


def test_a_name_in_two_namespaces_is_told_apart(network: Network, hardened: Write) -> None:
    path = hardened("ledger")
    path.write_text(
        path.read_text() + "---\n" + path.read_text().replace("namespace: scalardl", "namespace: b")
    )
    run = network(path, "--from", "clients", "--to", "ledger", "--port", "50051")
    assert run.code == 2
    assert "say which: b/Deployment/demo-scalardl-ledger, scalardl/Deployment/demo-scalardl-ledger" in run.err


def test_half_a_question_is_refused(network: Network, hardened: Write) -> None:
    run = network(hardened("ledger"), "--from", "clients")
    assert (run.code, run.err) == (2, "a question has all three: --from X --to Y --port N\n")
