"""`init` with options alone: what it writes, what it refuses, and what it never touches."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from generator.init import cli as init_cli
from profiles.load import ResolvedProfile, load
from tests.generator.init.conftest import Runner

NETWORK = "10.60.0.0/16"


def test_options_make_a_profile(run: Runner, folder: Path) -> None:
    done = run(
        "--extends", "multi-az", "--ledger-network", NETWORK, "--client", "a=10.2.0.0/16", "--nodes", "6"
    )
    profile = load(str(folder / "scalardl.yaml")).profile
    assert (done.code, done.out) == (0, "")
    assert (profile.extends, profile.ledger.cluster.network) == ("multi-az", NETWORK)
    assert profile.auditor.node_pool
    assert (profile.auditor.node_pool.nodes, profile.auditor.node_pool.zones) == (6, 3)
    assert [client.networks for client in profile.clients] == [("10.2.0.0/16",)]


def test_the_end_says_where_it_is_and_how_to_see_it_whole(run: Runner, folder: Path) -> None:
    assert "\nscalardl.yaml: written;" in run().err
    # Without a suffix it would be taken for the name of a built-in profile.
    assert "scalardl-gen show ./ours\n" in run("-o", "ours").err


def test_what_nobody_said_is_told(run: Runner, folder: Path) -> None:
    said = run("--provider", "aks", "--storage", "cosmos").err
    assert "  --extends production\n" in said
    assert "  --nodes 3\n" in said
    assert "  --ledger-database https://ledger-db.example.com:443/ (a placeholder; declare yours)\n" in said
    # Neither what was said, nor what is not asked, nor what is just not declared.
    for option in ("--provider", "--issuer", "--client", "--region", "--size"):
        assert f"  {option} " not in said


def test_a_dash_writes_to_stdout(run: Runner, folder: Path, tmp_path: Path) -> None:
    done = run("-o", "-", "--auditor-admin", "監査", "--yes")
    (tmp_path / "ours.yaml").write_text(done.out, encoding="utf-8")
    assert load(str(tmp_path / "ours.yaml")).profile.auditor.administrative_domain == "監査"
    assert list(folder.iterdir()) == []


def test_editors_are_told_of_a_schema_that_is_there(run: Runner, folder: Path) -> None:
    (folder / "scalardl.schema.json").write_text("{}", encoding="utf-8")
    run()
    run("-o", "-", "--yes")
    first = (folder / "scalardl.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=scalardl.schema.json"


@pytest.mark.parametrize(
    ("arguments", "said", "option"),
    [
        (["--extends", "prodution"], "did you mean production?", "--extends"),
        (["--extends", ""], "no built-in profile", "--extends"),
        (["--extends", "./base.yaml"], "no built-in profile", "--extends"),
        (["--provider", "esk"], "did you mean eks?", "--provider"),
        (["--provider", "aws"], "did you mean eks?", "--provider"),
        (["--region", ""], "empty", "--region"),
        (["--ledger-cluster", "My Cluster"], "'My Cluster'", "--ledger-cluster"),
        (["--auditor-cluster", "scalardl-ledger"], "separate-clusters", "--auditor-cluster"),
        (["--ledger-network", "10.0.0.1/16"], "write 10.0.0.0/16", "--ledger-network"),
        (["--ledger-network", NETWORK, "--auditor-network", "10.60.1.0/24"], "overlap", "--auditor-network"),
        (["--ledger-address", "10.0.0.1"], "DNS name", "--ledger-address"),
        (["--auditor-address", "https://a.test"], "https://a.test", "--auditor-address"),
        (["--ledger-admin", "auditor-team"], "separate-domains", "--ledger-admin"),
        (["--client", "a=10.2.0.0"], "10.2.0.0", "--client"),
        (["--client", "payments"], "such as payments=10.20.0.0/16", "--client"),
        (["--client", "A b=10.2.0.0/16"], "'A b'", "--client"),
        (["--client", "a=10.60.1.0/24", "--ledger-network", NETWORK], "overlaps", "--client"),
        (
            ["--client", "a=10.2.0.0/16", "--client-admin", "ledger-team"],
            "separate-application-domain",
            "--client-admin",
        ),
        (["--client-admin", "us"], "no application", "--client-admin"),
        (["--storage", "oracle"], "none of its values", "--storage"),
        (["--storage", "dynamo"], "write which", "--ledger-database"),
        (
            ["--storage", "dynamo", "--provider", "aks", "--region", "westus"],
            "write which",
            "--ledger-database",
        ),
        (
            ["--storage", "cassandra", "--auditor-database", ","],
            "neither a host name",
            "--auditor-database",
        ),
        (["--ledger-database", "jdbc:postgresql://u:hidden@h/db"], "no-plain-secrets", "--ledger-database"),
        (["--authentication", "hmca"], "did you mean hmac?", "--authentication"),
        (["--tls", "on"], "none of its values", "--tls"),
        (["--tls", "issuer"], "asks an issuer", "--issuer"),
        (["--issuer", "our-ca"], "asks no issuer", "--issuer"),
        (["--tls", "cluster-issuer", "--issuer", "Our CA"], "'Our CA'", "--issuer"),
        (["--size", "huge"], "none of its values", "--size"),
        (["--size", "large", "--nodes", "7"], "8 pods", "--size"),
        (["--nodes", "three"], "whole number", "--nodes"),
        (["--nodes", "0"], "too small", "--nodes"),
        (["--zones", "4"], "4 zones, but 3 nodes", "--zones"),
        (["--extends", "multi-az", "--nodes", "2"], "3 zones, but 2 nodes", "--nodes"),
        (["--extends", "test", "--nodes", "3"], "no node pool", "--nodes"),
    ],
    ids=str,
)
def test_a_wrong_option_is_named_and_nothing_is_written(
    arguments: list[str], said: str, option: str, run: Runner, folder: Path
) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert option in done.err
    assert "hidden" not in done.err
    assert list(folder.iterdir()) == []


def test_a_refusal_names_no_place_in_a_file_that_is_not_there(run: Runner, folder: Path) -> None:
    refused = run("--ledger-network", "x", "--auditor-admin", "ledger-team", "--nodes", "0").err.splitlines()
    assert {line.partition(":")[0] for line in refused} == {"--ledger-network", "--nodes"}


@pytest.mark.parametrize("client", ["payments", "payments=", "=10.2.0.0/16", "payments=10.2.0.0", "a=b=c"])
def test_what_is_wrong_with_an_application_is_one_line(client: str, run: Runner, folder: Path) -> None:
    assert len(run("--client", client).err.splitlines()) == 1


def test_a_size_says_what_it_has(run: Runner) -> None:
    help_text = " ".join(run("--help").out.split())
    assert "large (8 pods of 2 cpu and 4Gi, Envoy 4 of 500m cpu and 512Mi)" in help_text


def test_what_is_wrong_in_both_domains_is_said_once(run: Runner, folder: Path) -> None:
    assert len(run("--provider", "esk").err.splitlines()) == 1


def test_a_file_that_exists_stays(run: Runner, folder: Path) -> None:
    (folder / "scalardl.yaml").write_text("mine", encoding="utf-8")
    done = run("--yes")
    assert done.code == 2
    assert done.err == (
        "scalardl.yaml: exists, and stays as it is; replace it with --force, or choose another with -o\n"
    )
    assert (folder / "scalardl.yaml").read_text(encoding="utf-8") == "mine"


def test_a_file_that_appears_meanwhile_stays(
    run: Runner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = folder / "scalardl.yaml"

    def slow(path: str) -> ResolvedProfile:
        target.write_text("theirs", encoding="utf-8")
        return load(path)

    monkeypatch.setattr(init_cli, "load", slow)
    assert run("--yes").code == 2
    assert target.read_text(encoding="utf-8") == "theirs"


def test_force_replaces_a_file_and_keeps_a_link(run: Runner, folder: Path) -> None:
    (folder / "there.yaml").write_text("old", encoding="utf-8")
    (folder / "scalardl.yaml").symlink_to("there.yaml")
    assert run("--yes").code == 2
    assert run("--yes", "--force").code == 0
    assert (folder / "scalardl.yaml").is_symlink()
    assert load(str(folder / "there.yaml")).profile.extends == "production"


def test_a_refusal_keeps_the_file_that_was_to_be_replaced(run: Runner, folder: Path) -> None:
    (folder / "scalardl.yaml").write_text("mine", encoding="utf-8")
    assert run("--force", "--nodes", "0").code == 2
    assert (folder / "scalardl.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("target", "said", "code"),
    [
        (".", "a folder", 2),
        ("", "a folder", 2),
        ("/dev/null", "no ordinary file", 2),
        ("link.yaml", "no ordinary file", 2),
        ("nowhere/scalardl.yaml", "No such file or directory", 74),
        ("x" * 300, "File name too long", 74),
    ],
)
def test_a_place_that_cannot_be_written_is_refused(
    target: str, said: str, code: int, run: Runner, folder: Path
) -> None:
    (folder / "link.yaml").symlink_to("/dev/zero")
    done = run("-o", target, "--yes", "--force")
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert [file.name for file in folder.iterdir()] == ["link.yaml"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_the_umask_says_who_may_read_it(
    mask: int, mode: int, run: Runner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.umask(mask)
    try:
        run("--yes")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "scalardl.yaml").stat().st_mode) == mode


def test_a_file_system_without_links_will_do(
    run: Runner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    assert run("--yes").code == 0
    assert load(str(folder / "scalardl.yaml")).profile.extends == "production"


def test_a_second_run_writes_the_same_bytes(run: Runner, folder: Path) -> None:
    arguments = ("--yes", "--force", "--provider", "gke", "--storage", "cosmos", "--client", "a=10.2.0.0/16")
    run(*arguments)
    first = (folder / "scalardl.yaml").read_bytes()
    run(*arguments)
    assert (folder / "scalardl.yaml").read_bytes() == first


def test_an_argument_that_is_not_utf_8_is_refused(run: Runner, folder: Path) -> None:
    done = run("--ledger-admin", "\udcff", "--yes")
    assert done.code == 2
    assert "--ledger-admin" in done.err
    assert list(folder.iterdir()) == []


def test_all_that_is_needed_is_said_at_once(run: Runner, folder: Path) -> None:
    lines = run("--storage", "dynamo", "--tls", "issuer").err.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "--ledger-database",
        "--auditor-database",
        "--issuer",
    ]


def test_clients_of_a_test_reach_it(run: Runner, folder: Path) -> None:
    assert run("--extends", "test", "--client", "a=10.2.0.0/16").code == 0
    profile = load(str(folder / "scalardl.yaml")).profile
    assert profile.load_balancer.type == "internal"
    assert not profile.ledger.address.endswith(".cluster.local")


@pytest.mark.parametrize(("size", "nodes"), [("small", 3), ("medium", 4), ("large", 8), ("very-large", 16)])
def test_a_size_takes_a_node_for_each_of_its_pods(size: str, nodes: int, run: Runner, folder: Path) -> None:
    assert f"  --nodes {nodes}\n" in run("--size", size).err
    pool = load(str(folder / "scalardl.yaml")).profile.node_pool
    assert pool
    assert pool.nodes == nodes
