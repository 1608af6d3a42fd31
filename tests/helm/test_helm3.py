"""What only Helm 3 has: an executable for a post-renderer, its messages, `--show-only`."""

from __future__ import annotations

from tests.conftest import BIN
from tests.helm.conftest import CHARTS, HARDENED, Helm


def test_show_only_finds_the_hardened_document(real_helm3: Helm) -> None:
    shown = real_helm3.template("ledger", *HARDENED, "--show-only", "templates/deployment.yaml")
    (deployment,) = shown.values()
    assert deployment["metadata"]["name"] == "demo-scalardl-ledger"
    assert "scalardl-harden/applied" in deployment["metadata"]["annotations"]


def test_the_executable_may_be_given_by_its_path(real_helm3: Helm) -> None:
    by_path = real_helm3.template("ledger", "--post-renderer", BIN / "scalardl-harden")
    assert by_path == real_helm3.template("ledger", *HARDENED)


def test_the_user_sees_the_reason(real_helm3: Helm) -> None:
    done = real_helm3.run(
        "template", "demo", CHARTS / "ledger", *HARDENED, "--set", "ledger.image.version=latest"
    )
    assert "demo-scalardl-ledger" in done.stderr
    assert "latest" in done.stderr
