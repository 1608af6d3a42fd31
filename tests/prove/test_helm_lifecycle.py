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
from tests.prove.control_plane import CONTAINER_LOG
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
# A team's own test of its release. It asks for no node of the pool; Helm 3 does not hand it to us.
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
  securityContext: {runAsNonRoot: true, runAsUser: 1000, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: ask
      image: registry.example.com/ask:1
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
"""
COMPONENTS = ("ledger", "envoy")
NEW_IMAGE = (
    *("--set", "scalardl.ledger.image.version=3.13.1"),
    *("--set", "schema-loading.schemaLoading.image.version=3.13.1"),
)


class HelmError(Exception):
    """What Helm told as it failed."""


class Team(NamedTuple):
    """Who installs: the umbrella chart with its dependencies, a profile, and the release."""

    chart: Path
    folder: Path
    release: Release

    def install(self, *options: str, profile: str = PROFILE) -> str:
        """As the runbook has it: values from the profile, then Helm through the post-renderer.

        Gives what Helm told beside its result.
        """
        path, values = self.folder / "scalardl.yaml", self.folder / "values.yaml"
        path.write_text(profile)
        made = subprocess.run(
            [BIN / "scalardl-gen", "profile", path, "--for", "ledger"], capture_output=True, check=True
        )
        values.write_bytes(made.stdout)
        given = ("--values", str(values), *options)
        done = self.release.helm.run(*self.release.command(self.chart, *given, hardened=True, profile=""))
        if done.returncode:
            raise HelmError(done.stderr)
        return done.stderr

    def helm(self, *arguments: str) -> str:
        return self.release.helm.output(*arguments, "--namespace", self.release.namespace)


@pytest.fixture(params=["real_helm3", "helm4_with_plugin"])
def team(request: pytest.FixtureRequest, site: Site, tmp_path: Path) -> Team:
    """With each major of Helm, in a namespace of the restricted level. Beside the pool is a node for all."""
    level = {"pod-security.kubernetes.io/enforce": "restricted"}
    site.api.patch(f"/api/v1/namespaces/{site.namespace}", {"metadata": {"labels": level}})
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


def policy(site: Site) -> str:
    """What the release carries as its policy."""
    found = site.api.get(f"{site.path('configmaps')}/demo-hardening-policy")
    return str(found["data"]["policy.json"])


def until_loaded(site: Site, times: int) -> None:
    """Waits until the schema loader has come to its end so many times, each time as a new Job."""

    def met(events: list[Object]) -> bool:
        ended = {
            one["involvedObject"]["uid"]
            for one in events
            if one["involvedObject"]["kind"] == "Job" and one["reason"] == "Completed"
        }
        return len(ended) == times

    site.api.until(site.path("events"), met, f"{times} schema loaders have completed")


def test_installed_upgraded_rolled_back_tested_and_removed_it_leaves_nothing(site: Site, team: Team) -> None:
    before = site.everything()

    assert CONTAINER_LOG in team.install(), "Helm does not show the loader's log"
    installed = settled(site)
    until_loaded(site, 1)
    assert image(site) == "3.13.0"

    assert CONTAINER_LOG in team.install(*NEW_IMAGE)
    upgraded, before_more = settled(site), policy(site)
    until_loaded(site, 2)
    assert image(site) == "3.13.1"
    assert not set(upgraded["ledger"]) & set(installed["ledger"]), "a new image restarts all pods"

    team.install(*NEW_IMAGE, profile=MORE)
    assert policy(site) != before_more
    assert settled(site) == upgraded, "a workload was restarted for a change of the policy's text"

    team.helm("rollback", "demo", "1")
    settled(site)
    assert image(site) == "3.13.0"

    assert "Succeeded" in team.helm("test", "demo")

    team.helm("uninstall", "demo", "--wait")
    site.api.until(site.path("pods"), lambda pods: not pods, "no pod left")
    # Neither of the release, nor of its hooks, which Helm's uninstallation knows nothing of.
    assert site.everything() - before == set()


def test_after_a_loader_that_failed_the_next_one_succeeds_and_leaves_nothing(site: Site, team: Team) -> None:
    before = site.everything()
    for node in ("node-a", "node-b", "node-c"):
        site.cordon(node)
    with pytest.raises(HelmError, match="pre-install"):
        team.install("--timeout", "5s")
    (job,) = site.api.items(site.path("jobs", "batch/v1"))
    assert job["metadata"]["name"] == "demo-schema-loader", "it stays with its log"
    for node in ("node-a", "node-b", "node-c"):
        site.cordon(node, False)
    assert CONTAINER_LOG in team.install()
    settled(site)
    team.helm("uninstall", "demo", "--wait")
    site.api.until(site.path("pods"), lambda pods: not pods, "no pod left")
    assert site.everything() - before == set()


def test_a_loader_that_is_no_hook_does_not_survive_an_upgrade(site: Site, team: Team) -> None:
    """The chart's own Job cannot be changed: that is why the umbrella charts run theirs as a hook."""
    team.release.install("schema-loading", hardened=True)
    newer = ("--set", "schemaLoading.image.version=3.13.1")
    command = team.release.command("schema-loading", *newer, hardened=True)
    done = team.release.helm.run(*command)
    assert done.returncode == 1
    assert "field is immutable" in done.stderr
