"""As the sidecar runs it: user 999, a read-only root, no network, no home, and /tmp alone to write to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests import read_only_root
from tests.conftest import ROOT

CODE = """\
import os, sys
os.chdir("/srv/tools/chart")
sys.argv = ["scalardl-gen", "argocd", "generate"]
from generator.cli import main
main()
"""


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
def test_a_chart_is_rendered_and_hardened(helm: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    shutil.copy(request.getfixturevalue(helm), tools / "helm")
    # With what it depends on in its folder charts.
    shutil.copytree(ROOT / "tests" / "charts" / "ledger", tools / "chart")
    done = read_only_root.run(
        ROOT, CODE, tools=tools, ARGOCD_APP_NAME="team_demo", ARGOCD_APP_NAMESPACE="scalardl"
    )
    assert (done.returncode, done.stderr) == (0, "")
    objects = [one for one in yaml.safe_load_all(done.stdout) if one]
    names = {(one["kind"], one["metadata"]["name"]) for one in objects}
    assert {("Deployment", "demo-scalardl-ledger"), ("NetworkPolicy", "demo-scalardl-ledger")} <= names
