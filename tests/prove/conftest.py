"""Control planes of two versions, and what a scenario needs of them. Only `make prove` runs any of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import oracle
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
from tests.prove.programs import ETCD, KWOK, NEWEST, PROGRAMS, VERSIONS
from tests.prove.release import Release
from tests.prove.site import ZONES, Site

__all__ = ["helm4_with_plugin", "helm_environment", "plugin_folder", "real_helm3", "real_helm4"]

# A version, or `1` for all of them.
ASKED = os.environ.get("SCALARDL_PROVE", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not ASKED and item.get_closest_marker("prove"):
            item.add_marker(pytest.mark.skip(reason="starts a control plane: make prove"))


def pytest_configure() -> None:
    """Whoever ends the run after its time does that with SIGTERM: what was started is ended then as well."""
    if ASKED:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        if ASKED not in ("1", *VERSIONS):
            raise pytest.UsageError(f"SCALARDL_PROVE is {ASKED}; it is 1, or one of {', '.join(VERSIONS)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Notes what has passed, for docs/proof.md; with what has not, the last words of the control plane."""
    report = yield
    plane = item.funcargs.get("plane")
    if report.failed and isinstance(plane, ControlPlane):
        report.sections.append(("what the control plane said last", plane.last_words()))
    if report.when == "call" and report.passed and item.get_closest_marker("prove"):
        scenario = (item.module.__doc__ or "").partition("\n")[0]
        what = item.function.__name__.removeprefix("test_").replace("_", " ")
        version = str(item.callspec.params["plane"])
        record.SHOWN.append(record.Shown(item.path.name, version, scenario, what, report.duration))
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    if path := os.environ.get("SCALARDL_PROVE_RECORD"):
        asked = sum(item.get_closest_marker("prove") is not None for item in session.items)
        record.save(Path(path), record.Record(asked, record.SHOWN, record.AGREEMENTS))


@pytest.fixture(scope="session", params=[version for version in VERSIONS if ASKED in ("", "1", version)])
def plane(request: pytest.FixtureRequest) -> Iterator[ControlPlane]:
    """A control plane of each version in turn."""
    version: str = request.param
    what = f"a control plane of Kubernetes {version}"
    kubernetes = oracle("KUBERNETES", PROGRAMS[f"Kubernetes {version}"], what)
    programs = Programs(version, kubernetes, oracle("ETCD", ETCD, what), oracle("KWOK", KWOK, what))
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
