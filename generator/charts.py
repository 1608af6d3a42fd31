"""The umbrella charts: pinned dependencies, values of a profile, their schema, and a few templates.

`python -m generator.charts` writes charts/ anew.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

from generator.templating import ENVIRONMENT
from generator.values import schema, umbrella
from generator.yamltext import dump
from postrender.version import VERSION
from profiles.load import ResolvedProfile, load
from profiles.models import DOMAINS, Product
from profiles.scalardl import (
    APP_VERSION,
    CHART_REPOSITORY,
    LOADER_CHART,
    MONITORING_CHARTS,
    PRODUCT_CHARTS,
)
from profiles.values import OLDEST_KUBERNETES


def name(product: Product) -> str:
    """The umbrella chart's name."""
    return f"scalardl-{product}"


def files(resolved: ResolvedProfile, product: Product) -> dict[str, str]:
    """The chart's files by their path in its folder, with the values of the profile."""
    made = {
        "Chart.yaml": _chart(product),
        "values.yaml": umbrella.text(resolved, product),
        "values.schema.json": json.dumps(schema.of(product), indent=2) + "\n",
    }
    folder = resources.files("generator").joinpath("templates", "chart", "templates")
    for template in sorted(folder.iterdir(), key=lambda entry: entry.name):
        text = template.read_text(encoding="utf-8")
        made[f"templates/{template.name}"] = ENVIRONMENT.from_string(text).render(
            product=product, title=product.title(), chart=PRODUCT_CHARTS[product].name
        )
    return made


def _chart(product: Product) -> str:
    dependencies = [
        (PRODUCT_CHARTS[product], None),
        (LOADER_CHART, f"{LOADER_CHART.name}.enabled"),
        (MONITORING_CHARTS[product], f"{MONITORING_CHARTS[product].name}.enabled"),
    ]
    major, minor = OLDEST_KUBERNETES
    return dump(
        {
            "apiVersion": "v2",
            "name": name(product),
            "description": f"ScalarDL {product.title()} with its schema, autoscalers and hardening policy",
            "type": "application",
            "version": VERSION,
            "appVersion": APP_VERSION,
            "kubeVersion": f">={major}.{minor}.0-0",
            "dependencies": [
                {
                    "name": chart.name,
                    "version": chart.version,
                    "repository": CHART_REPOSITORY,
                    **({"condition": condition} if condition else {}),
                }
                for chart, condition in dependencies
            ],
        },
        {("dependencies",): "Pinned [chart-versions]; fetched with: helm dependency update"},
    )


def main() -> None:
    """Writes charts/, which a test keeps in step."""
    for product in DOMAINS:
        folder = Path(__file__).parent.parent / "charts" / name(product)
        for path, text in files(load(umbrella.SHIPPED), product).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
