"""A release that real Helm installs into the test's namespace, hardened or not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.helm.conftest import CHARTS, HARDENED, Helm
from tests.proof.small_cases import POOL_LABEL, POOL_TAINT

# What the guides tell to set, in the values of the Ledger chart: the pool and the requests. All else is
# the chart's default, the strategy too.
_TOLERATION = POOL_TAINT | {"operator": "Equal"}
_POOL = {"nodeSelector": POOL_LABEL, "tolerations": [_TOLERATION]}


def amounts(cpu: str, memory: str) -> dict[str, object]:
    """Requests of a container, which are its limits too, as values of a chart."""
    both = {"cpu": cpu, "memory": memory}
    return {"resources": {"requests": both, "limits": both}}


GUIDED = {
    "ledger": _POOL | amounts("2", "4Gi"),
    "envoy": _POOL | amounts("500m", "512Mi"),
}
# The same, small enough for all pods on one node: it is not for want of room that they spread.
SMALL = {name: _POOL | amounts("500m", "1Gi") for name in GUIDED}


class Release(NamedTuple):
    """Its name, and where it goes. `helm` knows the control plane."""

    helm: Helm
    name: str
    namespace: str

    def install(
        self,
        chart: str | Path,
        values: Mapping[str, object] | None = None,
        *options: str,
        hardened: bool,
        profile: str = "production",
    ) -> None:
        """`helm upgrade --install` of a stand-in chart in tests/charts, or of the chart at that path."""
        command = self.command(chart, *options, hardened=hardened, profile=profile)
        self.helm.output(*command, *self._file(values))

    def command(
        self, chart: str | Path, *options: str, hardened: bool, profile: str = "production"
    ) -> list[str | Path]:
        """What `install` runs, without the values. Without a profile, that counts which the release has."""
        through = list(HARDENED) if hardened else []
        if hardened and profile:
            through += ["--post-renderer-args", f"--profile={profile}"]
        names = ["--namespace", self.namespace]
        return ["upgrade", "--install", self.name, CHARTS / chart, *names, *through, *options]

    def _file(self, values: Mapping[str, object] | None) -> list[str | Path]:
        if values is None:
            return []
        path = Path(self.helm.environment["HOME"]).parent / "values.yaml"
        path.write_text(json.dumps(values))
        return ["--values", path]
