"""Scenario 7: the life of a release under Helm 3 and under Helm 4."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.charts.umbrella import complete
from tests.conftest import BIN, ROOT
from tests.helm.conftest import Helm
from tests.prove.api import Object
from tests.prove.release import Release
from tests.prove.site import Site

pytestmark = pytest.mark.prove

# Neither cert-manager nor the Prometheus operator runs here.
PROFILE = """\
extends: production
tls: {mode: none}
monitoring: {serviceMonitor: false, rules: false, dashboards: false}
"""
# Nothing that this says concerns the release, but it stands in the policy that the release carries.
MORE = (
    PROFILE
    + """\
exemptions:
  - {rule: zone-spread, kind: Deployment, name: nobody-has-this-name, reason: a rack for tests}
"""
)
# A team's own test of its release. It asks for no node of the pool.
TEST = """\
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-answers
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  restartPolicy: Never
  containers:
    - {name: ask, image: "registry.example.com/ask:1"}
"""
COMPONENTS = ("ledger", "envoy")
LOADER = {
    "job.batch/demo-schema-loader",
    "configmap/demo-schema-loader-properties",
    "networkpolicy.networking.k8s.io/demo-schema-loader",
}
NEW_IMAGE = ("--set", "scalardl.ledger.image.version=3.13.1")


class Team(NamedTuple):
    """Who installs: the umbrella chart with its dependencies, a profile, and the release."""

    chart: Path
    folder: Path
    release: Release

    def install(self, *options: str, profile: str = PROFILE) -> None:
        """As the runbook has it: values from the profile, then Helm through the post-renderer."""
        path, values = self.folder / "scalardl.yaml", self.folder / "values.yaml"
        path.write_text(profile)
        made = subprocess.run(
            [BIN / "scalardl-gen", "profile", path, "--for", "ledger"], capture_output=True, check=True
        )
        values.write_bytes(made.stdout)
        self.release.install(self.chart, None, "--values", str(values), *options, hardened=True, profile="")

    def helm(self, *arguments: str) -> str:
        return self.release.helm.output(*arguments, "--namespace", self.release.namespace)


@pytest.fixture(params=["real_helm3", "helm4_with_plugin"])
def team(request: pytest.FixtureRequest, site: Site, tmp_path: Path) -> Team:
    """With each major of Helm. A node for all stands beside the pool."""
    site.add_node("node-for-all", "zone-a", pool=False)
    site.until_nodes(["node-for-all"])
    helm: Helm = request.getfixturevalue(request.param)
    knowing = replace(helm, environment=helm.environment | {"KUBECONFIG": str(site.plane.kubeconfig)})
    chart = complete(ROOT / "charts" / "scalardl-ledger", tmp_path / "umbrella")
    (chart / "templates" / "tests").mkdir()
    (chart / "templates" / "tests" / "answers.yaml").write_text(TEST)
    return Team(chart, tmp_path, Release(knowing, "demo", site.namespace))


def settled(site: Site) -> dict[str, list[str]]:
    """Waits until all pods of the release are ready; the uids of each component's."""
    for component in COMPONENTS:
        site.until_rolled_out(component)
    return {
        component: sorted(pod["metadata"]["uid"] for pod in site.until_ready(component, 3))
        for component in COMPONENTS
    }


def image(site: Site) -> str:
    (found,) = {pod["spec"]["containers"][0]["image"] for pod in site.pods("ledger")}
    return str(found).rpartition(":")[2]


def loader(site: Site) -> Object:
    """Its Job, once it has succeeded."""
    (job,) = site.api.items(site.path("jobs", "batch/v1"))
    assert job["status"]["succeeded"] == 1
    return job


def test_install_upgrade_rollback_test_uninstall(site: Site, team: Team) -> None:
    before = site.everything()

    team.install()
    settled(site)
    first = loader(site)
    assert image(site) == "3.13.0"

    team.install(*NEW_IMAGE)
    upgraded = settled(site)
    assert image(site) == "3.13.1"
    # The loader ran again, before the new pods came.
    assert loader(site)["metadata"]["uid"] != first["metadata"]["uid"]

    team.install(*NEW_IMAGE, profile=MORE)
    assert settled(site) == upgraded, "a workload was restarted for a change of the policy's text"

    team.helm("rollback", "demo", "1")
    settled(site)
    assert image(site) == "3.13.0"

    assert "Succeeded" in team.helm("test", "demo")

    team.helm("uninstall", "demo", "--wait")
    site.until_ready("ledger", 0)
    left = site.everything() - before
    # Helm forgets hooks. Those of the last loader stay, for its log tells that the tables exist;
    # they go with the namespace, which the runbook removes next.
    pod = {one for one in left if one.startswith("pod/demo-schema-loader-")}
    assert len(pod) == 1
    assert left - pod == LOADER


def test_a_loader_that_is_no_hook_does_not_survive_an_upgrade(site: Site, team: Team) -> None:
    """The chart's own Job cannot be changed: that is why the umbrella charts run theirs as a hook."""
    team.release.install("schema-loading", hardened=True)
    newer = ("--set", "schemaLoading.image.version=3.13.1")
    command = team.release.command("schema-loading", *newer, hardened=True)
    done = team.release.helm.run(*command)
    assert done.returncode == 1
    assert "field is immutable" in done.stderr
