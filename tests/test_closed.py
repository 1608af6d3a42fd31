"""What the program cannot do: no shell, no code out of data, no network; programs are run in two places."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import BIN, ROOT
from tests.samples import PINNED, SECRET

SOURCES = sorted(
    path for floor in ("generator", "postrender", "profiles") for path in (ROOT / floor).rglob("*.py")
)
# These alone run a program: Helm, by a list of arguments.
RUN_HELM = {"generator/argocd/helm.py", "generator/check/rendering.py"}
MODULES = {
    *(
        "socket",
        "ssl",
        "http",
        "http.client",
        "http.server",
        "urllib.request",
        "urllib3",
        "ftplib",
        "smtplib",
    ),
    *(
        "telnetlib",
        "poplib",
        "imaplib",
        "xmlrpc",
        "xmlrpc.client",
        "socketserver",
        "asyncio",
        "requests",
        "httpx",
    ),
    *("pickle", "cPickle", "marshal", "shelve", "dill", "ctypes", "cffi", "multiprocessing", "pty", "code"),
    *("codeop", "importlib.util", "runpy", "xml.sax", "xml.dom", "xml.dom.minidom", "webbrowser"),
}
CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.posix_spawn", "os.fork"}
CALLS |= {
    f"os.{how}{kind}"
    for how in ("exec", "spawn")
    for kind in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")
}
RUNNERS = {"subprocess.run", "subprocess.Popen"}
# Loaders that make nothing but plain data: those of these names derive from SafeLoader, as a test below sees.
LOADERS = {"_Plain", "_LOADER"}


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in SOURCES:
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def calls(tree: ast.Module) -> list[tuple[str, ast.Call]]:
    return [(ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_the_search_finds_what_is_planted() -> None:
    tree = ast.parse(
        "import socket\nfrom urllib import request\nos.system('x')\nsubprocess.run('x', shell=True)"
    )
    assert {"socket", "urllib.request"} <= imported(tree)
    assert {"os.system", "subprocess.run"} <= {name for name, _ in calls(tree)}


def test_nothing_is_imported_that_reaches_the_network_or_runs_data() -> None:
    assert {name: found for name, tree in trees() if (found := imported(tree) & MODULES)} == {}


def test_nothing_is_called_that_runs_text() -> None:
    found = [(name, call) for name, tree in trees() for call, _ in calls(tree) if call in CALLS]
    assert found == []


def test_programs_are_run_in_two_places_by_a_list_and_without_a_shell() -> None:
    assert {name for name, tree in trees() if "subprocess" in imported(tree)} == RUN_HELM
    for name, tree in trees():
        for call, node in calls(tree):
            assert not any(word.arg == "shell" for word in node.keywords), (name, node.lineno)
            if call.startswith("subprocess."):
                assert call in {*RUNNERS, "subprocess.CompletedProcess"}, (name, call)
            if call in RUNNERS:
                argument = node.args[0]
                assert isinstance(argument, ast.List) or ast.unparse(argument) == "command", (
                    name,
                    node.lineno,
                )


def test_yaml_is_read_as_plain_data() -> None:
    for name, tree in trees():
        for call, node in calls(tree):
            if call == "YAML":
                assert {"typ='safe'"} <= {ast.unparse(word) for word in node.keywords}, name
            elif call in ("yaml.load", "yaml.load_all"):
                loader = [
                    *map(ast.unparse, node.args[1:]),
                    *(ast.unparse(word.value) for word in node.keywords),
                ]
                assert set(loader) <= LOADERS, (name, node.lineno)
            assert call not in ("yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all"), name


def test_the_loaders_of_our_own_are_safe_ones() -> None:
    import yaml

    from generator.argocd import helm
    from profiles import requirements

    for loader in (helm._Plain, requirements._LOADER):
        names = {base.__name__ for base in loader.__mro__}
        assert names & {"SafeLoader", "CSafeLoader"}
        with pytest.raises(yaml.YAMLError):
            yaml.load("!!python/object/apply:os.getcwd []", loader)


# Fails at the first attempt to reach or to look up a host, whoever makes it.
HOOK = """
import sys
def watch(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname" and event != "socket.__new__":
        sys.stderr.write(f"NETWORK {event}\\n")
        sys.stderr.flush()
        import os
        os._exit(99)
    if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
        sys.stderr.write(f"PROGRAM {event}\\n")
        sys.stderr.flush()
        import os
        os._exit(98)
sys.addaudithook(watch)
"""
HARDEN, GEN = "scalardl-harden", "scalardl-gen"
COMMANDS = [
    (HARDEN,),
    (HARDEN, "--diff", "--profile", "test"),
    (HARDEN, "--check", "--format", "json"),
    (HARDEN, "--emit", "flux", "-o", "emitted"),
    (HARDEN, "last"),
    (GEN, "profile"),
    (GEN, "profile", "production", "-o", "bundle"),
    (GEN, "values", "production", "--for", "ledger"),
    (GEN, "init", "--yes", "-o", "ours.yaml"),
    (GEN, "show", "production"),
    (GEN, "policy", "production"),
    (GEN, "schema"),
    (GEN, "explain", "node-pool"),
    (GEN, "check", "-"),
    (GEN, "plan"),
    (GEN, "network"),
    (GEN, "keys", "new", "ledger"),
    (GEN, "keys", "check", "ledger-certificate.pem"),
    (GEN, "argocd", "parameters"),
    (GEN, "argocd", "manifests"),
]


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    (folder / "hook").mkdir(exist_ok=True)
    (folder / "hook" / "sitecustomize.py").write_text(HOOK, "utf-8")
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("SCALARDL_", "HELM_"))
    }
    return subprocess.run(
        command,
        input=SECRET + PINNED,
        capture_output=True,
        text=True,
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(folder / "hook"), "XDG_STATE_HOME": str(folder / "state")},
        check=False,
    )


def test_no_command_reaches_for_the_network_or_starts_a_program(tmp_path: Path) -> None:
    for command in COMMANDS:
        done = run(tmp_path, str(BIN / command[0]), *command[1:])
        assert done.returncode in (0, 1), (command, done.stderr)
        assert "NETWORK" not in done.stderr
    assert (tmp_path / "bundle" / "ledger" / "runbook.md").is_file()


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("import socket; socket.getaddrinfo('localhost', 1)", 99),
        ("import socket; socket.socket().connect(('127.0.0.1', 1))", 99),
        ("import subprocess; subprocess.run(['true'])", 98),
    ],
)
def test_the_watch_sees_what_is_planted(tmp_path: Path, code: str, exit_code: int) -> None:
    assert run(tmp_path, sys.executable, "-c", code).returncode == exit_code


def test_the_report_of_the_last_run_is_for_its_user_alone(tmp_path: Path) -> None:
    assert run(tmp_path, str(BIN / HARDEN)).returncode == 0
    kept = tmp_path / "state" / "scalardl-harden"
    modes = [path.stat().st_mode & 0o777 for path in (kept, kept / "last.json")]
    assert modes == [0o700, 0o600]
    assert run(tmp_path, str(BIN / GEN), "keys", "new", "ledger").returncode == 0
    assert (tmp_path / "ledger-private-key.pem").stat().st_mode & 0o777 == 0o600
