"""The deployment that meets the guides, with the manifests of both its domains as they are installed.

Rendered from the generated umbrella charts (with the stand-ins of what they depend on) and hardened: what
`helm template` prints, piped through scalardl-harden.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from generator.bundle import folder
from postrender import policy_source
from postrender.harden import harden
from profiles.load import load
from profiles.models import Product
from tests.charts import umbrella

DEPLOYMENT = Path(__file__).parent / "base" / "deployment.yaml"
TODAY = "2026-07-01"
_APIS = ("monitoring.coreos.com/v1", "cert-manager.io/v1")


@cache
def hardened(product: Product) -> str:
    """The manifests of a domain, with its namespace and External Secrets, as its runbook installs them."""
    resolved = load(str(DEPLOYMENT))
    domain = resolved.profile.domain(product)
    files = folder.files(resolved, product)
    with TemporaryDirectory() as place:
        chart = Path(place, "chart")
        for name, text in files.items():
            if name.startswith("chart/"):
                file = Path(place, name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        completed = umbrella.complete(chart, Path(place, "completed"))
        rendered = umbrella.render(
            completed, name=domain.release, namespace=domain.namespace, api_versions=_APIS, hooks=True
        )
    text = harden(rendered, policy_source.named(str(DEPLOYMENT), rendered), TODAY).text
    assert text is not None
    beside = [files[name] for name in ("namespace.yaml", "external-secrets.yaml")]
    return "".join(part if part.startswith("---") else f"---\n{part}" for part in (*beside, text))
