"""Control planes of two versions, and what a scenario needs of them. Only `make prove` runs any of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import CACHE, HELM3, HELM4, ROOT, oracle
from tests.helm.conftest import (  # fixtures
    Helm,
    helm4_with_plugin,
    helm_environment,
    plugin_folder,
    real_helm3,
    real_helm4,
)
from tests.prove import record
from tests.prove import site as sites
from tests.prove.control_plane import ControlPlane, Programs, running
from tests.prove.known import KNOWN
from tests.prove.release import Release
from tests.prove.site import ZONES, Site

__all__ = ["helm4_with_plugin", "helm_environment", "plugin_folder", "real_helm3", "real_helm4"]

# Where tests/prove/build puts them, under the cache.
NEWEST, OLDER = "1.37.2", "1.32.13"
ETCD = "etcd/3.7.3/etcd"
KWOK = "kwok/0.8.0/kwok"
FOLDER = Path(__file__).parent
PROGRAMS = {
    f"Kubernetes {NEWEST}": CACHE / f"kubernetes/{NEWEST}/kubernetes",
    f"Kubernetes {OLDER}": CACHE / f"kubernetes/{OLDER}/kubernetes",
    "etcd 3.7.3": CACHE / ETCD,
    "kwok 0.8.0": CACHE / KWOK,
    "Helm 3.21.4": CACHE / HELM3,
    "Helm 4.2.4": CACHE / HELM4,
}
ASKED = os.environ.get("SCALARDL_PROVE") == "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker("prove")
            if not ASKED:
                item.add_marker(pytest.mark.skip(reason="starts a control plane: make prove"))


def pytest_configure() -> None:
    """Whoever ends the run after its time does that with SIGTERM: what was started is ended then as well."""
    if ASKED:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Notes what has passed, for docs/proof.md; that takes its control plane with it."""
    report = yield
    if report.when == "call" and report.passed and "plane" in item.callspec.params:
        scenario = (item.module.__doc__ or "").partition("\n")[0]
        what = item.function.__name__.removeprefix("test_").replace("_", " ")
        version = str(item.callspec.params["plane"])
        record.SHOWN.append(record.Shown(version, scenario, what, report.duration))
    return report


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """After a whole run in which all passed, the page says so."""
    files = {path.name for path in FOLDER.glob("test_*.py")}
    whole = {item.path.name for item in session.items} >= files and not session.config.option.keyword
    if ASKED and exitstatus == 0 and whole:
        (ROOT / "docs" / "proof.md").write_text(record.page(PROGRAMS, KNOWN))


@pytest.fixture(scope="session", params=[NEWEST, OLDER])
def plane(request: pytest.FixtureRequest) -> Iterator[ControlPlane]:
    """A control plane of each version in turn."""
    version: str = request.param
    what = f"a control plane of Kubernetes {version}"
    kubernetes = oracle("KUBERNETES", CACHE / f"kubernetes/{version}/kubernetes", what)
    programs = Programs(
        version, kubernetes, oracle("ETCD", CACHE / ETCD, what), oracle("KWOK", CACHE / KWOK, what)
    )
    with running(programs) as started:
        yield started


@pytest.fixture
def site(plane: ControlPlane) -> Iterator[Site]:
    """A namespace of the test's own, and the pool: a node in each of three zones."""
    with sites.opened(plane) as opened:
        names = [f"node-{zone[-1]}" for zone in ZONES]
        for name, zone in zip(names, ZONES, strict=True):
            opened.add_node(name, zone)
        opened.until_nodes(names)
        yield opened


@pytest.fixture
def helm(request: pytest.FixtureRequest, plane: ControlPlane) -> Helm:
    """Helm 4 at the newest Kubernetes, Helm 3 at the older one."""
    name = "helm4_with_plugin" if plane.version == NEWEST else "real_helm3"
    found: Helm = request.getfixturevalue(name)
    return replace(found, environment=found.environment | {"KUBECONFIG": str(plane.kubeconfig)})


@pytest.fixture
def release(helm: Helm, site: Site) -> Release:
    """The release `demo` of the test's namespace; not installed yet."""
    return Release(helm, "demo", site.namespace)
