"""What holds under Helm 3 and under Helm 4."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import ROOT, Harden
from tests.helm.api_server import api_server
from tests.helm.conftest import CHARTS, HARDENED, Helm, Key, hook, objects

Release = dict[Key, dict[str, Any]]

APPLIED = "scalardl-harden/applied"
RELEASES = [
    ("ledger", ()),
    ("ledger", ("--set", "autoscaling.enabled=true")),
    ("ledger", ("--set", "envoy.enabled=false", "--include-crds")),
    ("auditor", ()),
    ("schema-loading", ()),
    ("schema-loading", ("--set", "schemaLoading.asHook=true")),
]


@pytest.mark.parametrize("chart", ["ledger", "auditor"])
def test_every_deployment_is_hardened(helm: Helm, chart: str) -> None:
    hardened = helm.template(chart, *HARDENED)
    deployments = [document for (_, kind, _, _), document in hardened.items() if kind == "Deployment"]
    assert len(deployments) == 2
    assert all(APPLIED in document["metadata"]["annotations"] for document in deployments)


@pytest.mark.parametrize(("chart", "options"), RELEASES)
def test_no_object_is_lost(helm: Helm, chart: str, options: tuple[str, ...]) -> None:
    assert helm.template(chart, *options).keys() <= helm.template(chart, *options, *HARDENED).keys()


@pytest.mark.parametrize(("chart", "options"), RELEASES)
def test_hooks_stay_hooks_and_nothing_becomes_one(helm: Helm, chart: str, options: tuple[str, ...]) -> None:
    plain = helm.template(chart, *options)
    hardened = helm.template(chart, *options, *HARDENED)
    assert _hooks(hardened) == _hooks(plain)


@pytest.mark.parametrize(("chart", "options"), RELEASES)
def test_both_majors_give_the_same_objects(
    real_helm3: Helm, helm4_with_plugin: Helm, chart: str, options: tuple[str, ...]
) -> None:
    # Helm 3 hands no hooks to a post-renderer, so only Helm 4 can have them hardened.
    by_helm3 = real_helm3.template(chart, *options, *HARDENED)
    by_helm4 = helm4_with_plugin.template(chart, *options, *HARDENED)
    assert _installed(by_helm3) == _installed(by_helm4)


@pytest.mark.parametrize("command", [("install",), ("upgrade", "--install")])
def test_a_client_dry_run_has_what_template_has(helm: Helm, command: tuple[str, ...]) -> None:
    with api_server() as address:
        release = json.loads(
            helm.output(
                *command,
                "demo",
                CHARTS / "ledger",
                "--namespace=scalardl",
                "--dry-run=client",
                "--disable-openapi-validation",
                f"--kube-apiserver={address}",
                "--output=json",
                *HARDENED,
            )
        )
    assert objects(release["manifest"]) == _installed(helm.template("ledger", *HARDENED))


def test_options_reach_the_command(helm: Helm, harden: Harden) -> None:
    helm.template("ledger", *HARDENED, "--post-renderer-args=--profile", "--post-renderer-args=multi-az")
    assert _last_report(harden)["profile"] == "multi-az"


def test_the_policy_of_the_release_is_used(helm: Helm, harden: Harden) -> None:
    policy = ROOT / "profiles" / "compiled" / "test.json"
    helm.template("ledger", *HARDENED, "--set-file", f"hardeningPolicy={policy}")
    assert _last_report(harden)["profile"] == "test"


def test_a_policy_that_cannot_be_met_fails_the_command(helm: Helm) -> None:
    done = helm.run("template", "demo", CHARTS / "ledger", *HARDENED, "--set", "ledger.image.version=latest")
    assert (done.returncode, done.stdout) == (1, "")


def test_last_shows_why_the_command_failed(helm: Helm, harden: Harden) -> None:
    helm.run("template", "demo", CHARTS / "ledger", *HARDENED, "--set", "ledger.image.version=latest")
    shown = harden("", "last").stdout
    assert "image-pinning" in shown
    assert "demo-scalardl-ledger" in shown


def _last_report(harden: Harden) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(harden("", "last", "--format", "json").stdout)
    return report


def _hooks(release: Release) -> dict[Key, str | None]:
    return {key: hook(document) for key, document in release.items() if hook(document) is not None}


def _installed(release: Release) -> Release:
    return {key: document for key, document in release.items() if hook(document) is None}
