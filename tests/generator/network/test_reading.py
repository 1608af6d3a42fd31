"""Manifests come from files, folders and stdin; what cannot be read says where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.generator.commands import Command as Network

Write = Callable[..., Path]
SECRET = "hunter2-do-not-show"


def test_stdin_is_read_where_nothing_is_named(network: Network, hardened: Write) -> None:
    text = hardened("ledger").read_text()
    assert network(stdin=text).code == 0
    assert network("-", stdin=text).code == 0


def test_a_folder_is_read_with_all_below_it(network: Network, hardened: Write, tmp_path: Path) -> None:
    text = hardened("ledger").read_text()
    folder = tmp_path / "out" / "chart" / "templates"
    folder.mkdir(parents=True)
    first, second = text.split("---\n# Source: ", 1)
    for number, part in enumerate([first, *(f"# Source: {one}" for one in second.split("---\n# Source: "))]):
        (folder / f"{number}.{'yaml' if number % 2 else 'yml'}").write_text(part)
    (folder / "NOTES.txt").write_text("{{ no manifest }}")
    (folder / ".hidden.yaml").write_text("a: 1")
    assert network(tmp_path / "out").code == 0


def test_line_ends_of_windows_are_read(network: Network, hardened: Write) -> None:
    assert network(stdin=hardened("ledger").read_bytes().replace(b"\n", b"\r\n")).code == 0


def test_a_byte_order_mark_is_passed_over(network: Network, hardened: Write) -> None:
    assert network(stdin=b"\xef\xbb\xbf" + hardened("ledger").read_bytes()).code == 0


@pytest.mark.parametrize("stdin", ["", "\n", "---\n# nothing\n"])
def test_nothing_is_no_network(stdin: str, network: Network) -> None:
    run = network(stdin=stdin)
    assert (run.code, run.out) == (3, "")
    assert run.err == "no manifests came in; did the command before the pipe fail?\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\n", "document 1, line 1: no Kubernetes object"),
        ("kind: Pod\n  apiVersion: v1\n", "document 1"),
        (b"\xff\xfe", "document 1, line 1: not UTF-8 (it looks like UTF-16)"),
    ],
)
def test_what_is_no_manifest_is_refused_with_its_file(
    text: str | bytes, said: str, network: Network, hardened: Write, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_bytes(text if isinstance(text, bytes) else text.encode())
    run = network(hardened("ledger"), wrong)
    assert (run.code, run.out) == (3, "")
    assert run.err.startswith(f"{wrong}: {said}")


def test_a_policy_that_the_api_server_refuses_is_refused(network: Network, hardened: Write) -> None:
    path = hardened("ledger")
    path.write_text(path.read_text().replace("cidr: 10.0.0.0/8", "cidr: 10.0.0.0/99"))
    run = network(path)
    assert (run.code, run.out) == (3, "")
    assert "/spec/ingress/0/from/0/ipBlock/cidr is no CIDR" in run.err


def test_a_file_that_is_not_there_is_wrong_usage(network: Network, tmp_path: Path) -> None:
    run = network(tmp_path / "none.yaml")
    assert (run.code, run.err) == (
        2,
        f"{tmp_path / 'none.yaml'}: cannot be read: No such file or directory; check the name\n",
    )


def test_a_folder_without_manifests_is_wrong_usage(network: Network, tmp_path: Path) -> None:
    (tmp_path / "values.txt").write_text("a")
    run = network(tmp_path)
    assert (run.code, run.err[: len(str(tmp_path)) + 4]) == (2, f"{tmp_path}: no")


def test_without_workloads_there_is_nothing_to_judge(network: Network) -> None:
    run = network(stdin="apiVersion: v1\nkind: Service\nmetadata: {name: a}\n")
    assert (run.code, run.out) == (2, "")


def test_without_a_component_the_network_is_shown_and_not_judged(network: Network) -> None:
    run = network(stdin="apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {}\n")
    assert run.code == 2
    assert "Pod a" in run.out
    assert run.err.startswith("no component of ScalarDL is in these manifests")


def test_a_profile_s_networks_are_taken(network: Network, hardened: Write, tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text("extends: production\nnetwork: {clients: [203.0.113.0/24]}\n")
    run = network(hardened("ledger"), "--profile", tmp_path / "ours.yaml")
    assert run.code == 1
    assert f"clients -> {'Deployment demo-scalardl-envoy'}" in run.out


def test_the_variable_names_a_profile(network: Network, hardened: Write) -> None:
    run = network(hardened("ledger", "test"), SCALARDL_PROFILE="test")
    assert (run.code, run.out.splitlines()[0][:40]) == (0, "profile test (SCALARDL_PROFILE=test): 3 ")


def test_the_domain_is_one_of_a_profile(network: Network, hardened: Write) -> None:
    run = network(hardened("ledger"), "--for", "ledger")
    assert (run.code, run.err) == (2, "--for ledger: of which profile? Name it with --profile\n")
    assert network(hardened("ledger"), "--profile", "production", "--for", "ledger").code == 0
    assert network(hardened("ledger"), "--profile", "production", "--for", "both").code == 2


@pytest.mark.parametrize("form", ["text", "json", "markdown", "mermaid", "dot", "svg"])
def test_no_format_shows_a_secret(form: str, network: Network, rendered: Write) -> None:
    secret = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{db-password: {SECRET}}}\n"
    run = network(rendered("ledger", secret), "--format", form)
    assert SECRET not in run.out + run.err


def test_a_secret_in_the_wrong_place_is_not_shown(network: Network, rendered: Write) -> None:
    secret = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: [{SECRET}]}}\nstringData: {{db-password: x}}\n"
    run = network(rendered("ledger", secret))
    assert SECRET not in run.out + run.err
