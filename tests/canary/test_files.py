"""No command repeats what is secret in the other files that it reads: profiles, values, keys and JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.canary.canary import LEDGER, filled, told
from tests.canary.runs import GEN, HARDEN, Run, Runner

Commands = dict[tuple[str, ...], str]
PLACES = Path(__file__).parent / "places"

# The arguments, with @FILE@ where the file stands; and which sorts of files they are for.
COMMANDS: dict[str, list[tuple[str, ...]]] = {
    "profiles": [
        (HARDEN, "--profile", "@FILE@"),
        (HARDEN, "--profile", "@FILE@", "--diff"),
        (GEN, "profile", "@FILE@"),
        (GEN, "profile", "@FILE@", "-o", "out/bundle"),
        (GEN, "values", "@FILE@", "--for", "ledger"),
        (GEN, "show", "@FILE@"),
        (GEN, "policy", "@FILE@"),
        (GEN, "check", "@FILE@"),
        (GEN, "check", "@FILE@", "--format", "sarif"),
        (GEN, "check", "-", "--exemptions", "@FILE@"),
        (GEN, "plan", "--profile", "@FILE@"),
        (GEN, "network", "--profile", "@FILE@"),
        (GEN, "argocd", "manifests", "--profile", "@FILE@"),
        (GEN, "init", "--extends", "test", "--yes", "-o", "@FILE@"),
        (GEN, "keys", "check", "@FILE@"),
    ],
    "values": [
        (GEN, "values", "test", "--for", "ledger", "--merge", "@FILE@"),
        (GEN, "values", "production", "--for", "ledger", "--merge", "@FILE@"),
        (GEN, "values", "production", "--for", "auditor", "--merge", "@FILE@"),
        *((GEN, "check", "@FILE@", "--format", form) for form in ("text", "json", "sarif", "junit")),
        *((GEN, "check", "@FILE@", "--all", "--format", form) for form in ("markdown", "github")),
        (GEN, "show", "@FILE@"),
        (GEN, "plan", "@FILE@"),
        (GEN, "network", "@FILE@"),
        (HARDEN, "--profile", "@FILE@"),
    ],
    "json": [
        (HARDEN, "--profile", "@FILE@"),
        (GEN, "check", "-", "--baseline", "@FILE@"),
        (GEN, "check", "@FILE@"),
        (GEN, "plan", "--nodes", "@FILE@"),
        (GEN, "plan", "--nodes", "@FILE@", "--pods", "@FILE@"),
        (GEN, "network", "--diff", "@FILE@", "@FILE@"),
        (GEN, "keys", "check", "@FILE@"),
    ],
    "keys": [
        (GEN, "keys", "check", "@FILE@"),
        (GEN, "keys", "check", "@FILE@", "--format", "json"),
        (GEN, "keys", "check", "@FILE@", "--pair"),
        (GEN, "check", "@FILE@"),
        (GEN, "check", "@FILE@", "--format", "json"),
    ],
}
FILES = [(sort, path) for sort in COMMANDS for path in sorted((PLACES / sort).iterdir())]


def _searched(command: tuple[str, ...]) -> Callable[[Run], str]:
    """What of a run is searched: all of it, but for values that a file of the user's was brought up to."""
    return lambda run: run.said if "--merge" in command and run.code == 0 else run.everything


@pytest.mark.parametrize(("sort", "path"), FILES, ids=[f"{sort}/{path.name}" for sort, path in FILES])
def test_no_command_repeats_it(runner: Runner, sort: str, path: Path) -> None:
    file = runner.file(path.name, filled(path.read_text("utf-8")))
    found = []
    for command in COMMANDS[sort]:
        run = runner(*(word.replace("@FILE@", file) for word in command), stdin=LEDGER)
        assert run.everything.strip(), command
        found += [f"{' '.join(command)}: {leak}" for leak in told(_searched(command)(run))]
    assert found == []


ADDRESS = filled("https://me:@PLAIN@@git.example.com/x.yaml")
JDBC = filled("jdbc:postgresql://me:@PLAIN@@db.example.com/x?password=@PERCENT@")
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "harden --profile": (HARDEN, "--profile", ADDRESS),
    "harden --check": (HARDEN, "--check", "--profile", ADDRESS),
    "profile": (GEN, "profile", ADDRESS),
    "show": (GEN, "show", ADDRESS),
    "check --profile": (GEN, "check", "-", "--profile", ADDRESS),
    "plan --profile": (GEN, "plan", "--profile", ADDRESS),
    "network --profile": (GEN, "network", "--profile", ADDRESS),
    "init --ledger-database": (
        GEN, "init", "--yes", "--storage", "jdbc", "--ledger-database", JDBC, "-o", "out/x.yaml"
    ),
    "init --extends": (GEN, "init", "--yes", "--extends", ADDRESS, "-o", "out/x.yaml"),
}  # fmt: skip


@pytest.mark.parametrize("name", ARGUMENTS)
def test_an_address_with_a_login_is_not_repeated(runner: Runner, name: str) -> None:
    run = runner(*ARGUMENTS[name], stdin=LEDGER)
    assert run.code != 0
    assert told(run.everything) == []


def test_nor_is_one_in_the_environment(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALARDL_PROFILE", ADDRESS)
    for command in ((HARDEN,), (HARDEN, "--check"), (GEN, "check", "-"), (GEN, "plan"), (GEN, "network")):
        assert told(runner(*command, stdin=LEDGER).everything) == []


ADDED_VARIABLE = (
    "select: {kind: Deployment}, operations: [{op: add, path: /spec/template/spec/containers/0/env/-, "
    "value: {name: DB_PASSWORD, value: '@PLAIN@'}}]"
)
PATCHES = {
    "a patch of a Secret": (
        "select: {kind: Secret}, operations: [{op: add, path: /stringData/db-password, value: '@PLAIN@'}]",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: b}\n",
    ),
    "a test of a Secret": (
        "select: {kind: Secret}, operations: [{op: test, path: /stringData/a, value: '@PLAIN@'}]",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: '@BASE64@'}\n",
    ),
    "a patch of a ConfigMap": (
        "select: {kind: ConfigMap}, operations: [{op: add, path: /data/DB_PASSWORD, value: '@PLAIN@'}]",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n",
    ),
    "a patch of variables": (
        ADDED_VARIABLE,
        "@LEDGER@",
    ),
}


@pytest.mark.parametrize("name", PATCHES)
def test_what_a_patch_writes_is_in_no_report(runner: Runner, name: str) -> None:
    patch, manifests = map(filled, PATCHES[name])
    file = runner.file("ours.yaml", f"extends: test\npatches: [{{{patch}}}]\n")
    for command in ((), ("--check",), ("--check", "--format", "json"), ("--diff",)):
        run = runner(HARDEN, "--profile", file, *command, stdin=manifests)
        assert told(run.said if not command and run.code == 0 else run.everything) == [], command
