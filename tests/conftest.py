"""What tests share: the installed command, the corpus, and the tools that tests compare with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings

from tests.proof.scheduler import Scheduler

# The same examples at each run; SCALARDL_EXPLORE=1 looks for new ones.
settings.register_profile("same", derandomize=True)
if os.environ.get("SCALARDL_EXPLORE") != "1":
    settings.load_profile("same")

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
CACHE = Path(
    os.environ.get("SCALARDL_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "scalardl-harden")
)
# Where tests/oracles/build puts each tool, by version, under CACHE.
HELM3 = "helm/3.21.4/helm"
HELM4 = "helm/4.2.4/helm"
ARGOCD = "argocd/3.6.1/argocd"
KUSTOMIZE = "kustomize/5.8.2/kustomize"
YAMLJSON = "yamljson/1.6.0/yamljson"
NETPOL = "netpol/0.5.6/netpol"
SCHEDULER = "scheduler/1.37.2/scheduler"
OLD_SCHEMAS = "kubernetes-validate/1.28.3"
JUNIT = "junit/9.2.0"
HADOLINT = "hadolint/2.15.1"
SARIF = "sarif-multitool/5.7.0"
# Manifests rendered from the released charts; not part of the project.
CORPUS = Path(os.environ.get("SCALARDL_CORPUS") or ROOT.parent / "shared" / "corpus")
ORACLES = {
    "helm3",
    "helm4",
    "argocd",
    "kustomize",
    "yamljson",
    "netpol",
    "scheduler",
    "old_schemas",
    "hadolint",
    "junit_xsd",
    "sarif_multitool",
}


class Harden(Protocol):
    """Runs the installed `scalardl-harden` with the text on stdin; bytes go in as they are.

    Line ends come back as they were written. The state folder is the test's own.
    """

    def __call__(
        self, stdin_text: str | bytes, *args: str | Path, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if ORACLES & set(getattr(item, "fixturenames", ())):
            item.add_marker("oracle")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment for a run: the installed command first on PATH, a state folder of the test's own."""
    ours = ("SCALARDL_", "HELM_", "KUBE", "FORCE_COLOR", "NO_COLOR")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return inherited | {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }


@pytest.fixture
def harden(environment: dict[str, str], tmp_path: Path) -> Harden:
    def run(
        stdin_text: str | bytes, *args: str | Path, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        stdin = stdin_text if isinstance(stdin_text, bytes) else stdin_text.encode()
        command = [str(BIN / "scalardl-harden"), *map(str, args)]
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            env=environment | dict(env or {}),
            cwd=tmp_path,
            check=False,
        )
        # Not text=True: that would turn CRLF into LF.
        return subprocess.CompletedProcess(
            command, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return run


@pytest.fixture(scope="session")
def helm3() -> Path:
    """Real Helm 3."""
    return oracle("HELM3", CACHE / HELM3, "runs under real Helm 3")


@pytest.fixture(scope="session")
def helm4() -> Path:
    """Real Helm 4."""
    return oracle("HELM4", CACHE / HELM4, "runs under real Helm 4")


@pytest.fixture(scope="session")
def argocd() -> Path:
    """Argo CD's own server of plugins, and what asks it as its repo-server does (tests/oracles/argocd)."""
    return oracle("ARGOCD", CACHE / ARGOCD, "runs under Argo CD's own server of plugins")


@pytest.fixture(scope="session")
def kustomize() -> Path:
    """Real kustomize."""
    return oracle("KUSTOMIZE", CACHE / KUSTOMIZE, "runs under real kustomize")


@pytest.fixture(scope="session")
def yamljson() -> Path:
    """Reads a YAML stream as Kubernetes does, prints a line of JSON per document (tests/oracles/yamljson)."""
    return oracle("YAMLJSON", CACHE / YAMLJSON, "comparison with sigs.k8s.io/yaml")


@pytest.fixture(scope="session")
def netpol() -> Path:
    """Answers who may talk to whom under NetworkPolicies, with cyclonus' engine (tests/oracles/netpol)."""
    return oracle("NETPOL", CACHE / NETPOL, "comparison with another evaluation of NetworkPolicies")


@pytest.fixture(scope="session")
def scheduler() -> Iterator[Scheduler]:
    """Kubernetes' own filters of nodes, pod requests and counts of pods (tests/oracles/scheduler)."""
    with Scheduler(oracle("SCHEDULER", CACHE / SCHEDULER, "comparison with Kubernetes' own code")) as running:
        yield running


@pytest.fixture(scope="session")
def old_schemas() -> Path:
    """The folder of Kubernetes schemas down to 1.21."""
    folder = CACHE / OLD_SCHEMAS / "kubernetes_validate" / "kubernetes-json-schema"
    return oracle("OLD_SCHEMAS", folder, "validation against Kubernetes 1.21")


@pytest.fixture(scope="session")
def junit_xsd() -> Path:
    """The folder of Jenkins' schema of JUnit's XML, junit-10.xsd, and of the package xmlschema."""
    return oracle("JUNIT", CACHE / JUNIT, "validation of JUnit's XML")


@pytest.fixture(scope="session")
def hadolint() -> Path:
    """The linter of Containerfiles."""
    return oracle("HADOLINT", CACHE / HADOLINT / "bin" / "hadolint", "the linter of container/Containerfile")


@pytest.fixture(scope="session")
def sarif_multitool() -> Path:
    """The folder of Microsoft's validator of SARIF, Sarif.Multitool, and of the schema sarif-2.1.0.json."""
    return oracle("SARIF", CACHE / SARIF, "validation of SARIF")


def oracle(variable: str, path: Path, what: str) -> Path:
    """The tool at `path`, or where the variable says. Without it the test is skipped, or fails in CI."""
    found = Path(os.environ.get(variable) or path)
    if found.exists():
        return found
    reason = f"not covered: {what} (no {found}; make it with: make oracles)"
    if os.environ.get("CI") == "true" or os.environ.get("SCALARDL_REQUIRE_ORACLES") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
